//! Five hundred browsers join in ten seconds: all come in, and nobody who is in already notices.

use std::sync::Arc;
use std::time::{Duration, Instant};

use sim::Speech;
use sim::browser::{Browser, Hears, Join};
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval};
use webrtc::dtls::Certificate;

use super::{admitted, guest, quiet_server, rounds, run, talkers, until, wait_until_gone};
use crate::support::confab::Confab;

const BROWSERS: usize = 500;
const BROWSERS_PER_SECOND: u32 = 50;

/// How well each round of what is said must be heard meanwhile: a lost packet of fifty takes less away, an
/// interruption that anybody would notice takes more.
const CLEAN: f32 = 0.8;

#[test]
fn five_hundred_browsers_join_in_ten_seconds_and_nobody_else_notices() {
    let limits = [
        "browser.joins_per_client_per_minute_max",
        "browser.joins_per_conference_per_minute_max",
        "conferences.participants_max",
    ];
    let options = limits.into_iter().fold(quiet_server(), |options, key| options.set(key, 1_000));
    // Five hundred clients on the cores that the two talk from: what they send late is to wait, as it would not be
    // the server's doing.
    let confab = Confab::start_alone(options.set("media.jitter_depth_ms", 60));
    let table = confab.api().conference("Two who talk");
    // Not the same conference: there a chime tells of each that comes.
    let hall = confab.api().conference("Everybody else");
    run(async {
        let (ann, ben) = talkers(&table).await;
        ann.forget();
        ben.forget();

        let began = Instant::now();
        let crowd = come(&guest(&hall, "one-of-many")).await;
        let took = began.elapsed();
        let everybody_in = || {
            let view = hall.view();
            let people = view["participants"].as_array().expect("participants");
            let inside = people.iter().filter(|person| person["state"] == "in").count();
            (inside == BROWSERS).then_some(())
        };
        until("everybody is in", everybody_in).await;
        until("everybody is sent sound", || {
            crowd.iter().all(|browser| browser.heard().packets > 0).then_some(())
        })
        .await;
        println!("{BROWSERS} browsers connected within {took:?}");

        for (listener, speech) in [(&ann, Speech::Cards), (&ben, Speech::Amiable)] {
            // From before the first of them came until after the last.
            let listened = || Some(rounds(listener, speech)).filter(|heard| heard.len() > 1);
            let heard = until("it was listened to for long enough", listened).await;
            let worst = heard.last().map_or(0.0, |worst| worst.score);
            assert!(worst > CLEAN, "{speech:?}: {heard:?}, {:?}", listener.heard());
            assert_eq!(listener.heard().lost, 0, "{:?}", listener.heard());
        }
        let leaving: JoinSet<_> = crowd.into_iter().chain([ann, ben]).map(Browser::leave).collect();
        leaving.join_all().await.into_iter().for_each(|left| left.expect("a way out"));
    });
    wait_until_gone(&confab);
}

/// Lets everybody join, one after the other at the rate, and waits until they are connected.
async fn come(guest: &Join) -> Vec<Browser> {
    // One for all, as their making is not what is tried here.
    let certificate = Arc::new(Certificate::generate().expect("a certificate"));
    let guest = Join { certificate: Some(certificate), hears: Hears::Packets, ..guest.clone() };
    let mut clock = interval(Duration::from_secs(1) / BROWSERS_PER_SECOND);
    clock.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let mut joining = JoinSet::new();
    for _ in 0..BROWSERS {
        clock.tick().await;
        joining.spawn(admitted(guest.clone()));
    }
    joining.join_all().await
}
