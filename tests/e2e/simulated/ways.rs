//! Ways that end, change, or are of TCP.

use std::net::{IpAddr, Ipv4Addr};
use std::time::{Duration, Instant};

use sim::Speech;
use sim::browser::{Join, Transport};

use super::{admitted, guest, hears, quiet_server, run, talkers, wait_until_gone};
use crate::support::confab::Confab;
use crate::support::free_ports;

/// How long somebody who vanished may seem to be there.
const GHOST_TIME_MAX: Duration = Duration::from_secs(30);

#[test]
fn who_vanishes_is_gone_in_half_a_minute() {
    let confab = Confab::start(quiet_server());
    let conference = confab.api().conference("Vanishing");
    let mut events = conference.events();
    run(async {
        let (ann, ben) = talkers(&conference).await;
        let vanished = Instant::now();
        drop(ann);
        let left = events.wait_long("somebody left", |event| event.name == "left");
        assert_eq!(left.data["ending"], "media_lost", "{}", left.data);
        assert!(vanished.elapsed() < GHOST_TIME_MAX, "{:?}", vanished.elapsed());
        ben.leave().await.expect("a way out");
    });
    wait_until_gone(&confab);
}

#[test]
fn who_says_goodbye_is_gone_at_once() {
    let confab = Confab::start(quiet_server());
    let conference = confab.api().conference("Goodbye");
    let mut events = conference.events();
    run(async {
        let (ann, ben) = talkers(&conference).await;
        ann.close().await;
        let left = events.wait("somebody left", |event| event.name == "left");
        assert_eq!(left.data["ending"], "left", "{}", left.data);
        ben.leave().await.expect("a way out");
    });
    wait_until_gone(&confab);
}

#[test]
fn who_changes_networks_stays_in() {
    let confab = Confab::start(quiet_server());
    let conference = confab.api().conference("On the move");
    run(async {
        let (mut ann, ben) = talkers(&conference).await;
        let people = || conference.view()["participants"].as_array().map(Vec::len);
        let before = (ann.route().expect("a way").local, people());
        let elsewhere = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2));
        ann.move_to(elsewhere).await.expect("ICE restarts");
        ben.forget();
        ann.forget();
        hears(&ben, Speech::Amiable).await;
        hears(&ann, Speech::Cards).await;
        let after = ann.route().expect("a way").local;
        assert_eq!(after.ip(), elsewhere);
        assert_ne!(after, before.0);
        assert_eq!(people(), before.1);
        assert_eq!(ann.heard().unopened, 0, "the keys are the same, and the stream goes on");
    });
}

#[test]
fn who_has_tcp_alone_comes_in() {
    let confab = Confab::start(quiet_server().set("browser.tcp_port", free_ports()));
    let conference = confab.api().conference("Behind a wall");
    run(async {
        let walled = guest(&conference, "Ann").saying(Speech::Amiable);
        let walled = admitted(Join { transport: Transport::Tcp, ..walled }).await;
        let free = admitted(guest(&conference, "Ben").saying(Speech::Cards)).await;
        hears(&walled, Speech::Cards).await;
        hears(&free, Speech::Amiable).await;
        walled.leave().await.expect("a way out");
        free.leave().await.expect("a way out");
    });
    wait_until_gone(&confab);
}
