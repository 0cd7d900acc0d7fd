//! Five hundred browsers join in ten seconds: all come in, and nobody who is in already notices.

use std::sync::Arc;
use std::time::{Duration, Instant};

use sim::Speech;
use sim::browser::{Browser, Hears, Join};
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval};
use webrtc::dtls::Certificate;

use super::undisturbed::Undisturbed;
use super::{admitted, guest, hears, labelled, quiet_server, rounds, run, until, wait_until_gone};
use crate::support::api::Conference;
use crate::support::confab::Confab;

const BROWSERS: usize = 500;
const BROWSERS_PER_SECOND: u32 = 50;

/// How well each round of what is said must be heard meanwhile: a lost packet of fifty takes less away, an
/// interruption that anybody would notice takes more.
const CLEAN: f32 = 0.8;

/// By how much the two may have been late themselves for their sound to tell of the server: what its jitter buffer makes
/// up for. Only the host of a virtual machine makes them later.
const LATE_MAX: Duration = Duration::from_millis(40);

/// How often it is tried where they were later, or the host has kept the server from its work.
const ATTEMPTS_MAX: usize = 4;

#[test]
fn five_hundred_browsers_join_in_ten_seconds_and_nobody_else_notices() {
    let limits = [
        "browser.joins_per_client_per_minute_max",
        "browser.joins_per_conference_per_minute_max",
        "conferences.participants_max",
    ];
    let options = limits.into_iter().fold(quiet_server(), |options, key| options.set(key, 10_000));
    // What the two send late is to wait, as it would not be the server's doing.
    let confab = Confab::start_alone(options.set("media.jitter_depth_ms", 60));
    let table = confab.api().conference("Two who talk");
    // Not the same conference: there a chime tells of each that comes.
    let hall = confab.api().conference("Everybody else");
    run(async {
        let undisturbed = Undisturbed::start();
        let ann = undisturbed.run(admitted(guest(&table, "Ann").saying(Speech::Amiable))).await;
        let ben = undisturbed.run(admitted(guest(&table, "Ben").saying(Speech::Cards))).await;
        hears(&ann, Speech::Cards).await;
        hears(&ben, Speech::Amiable).await;
        for attempt in 1.. {
            ann.forget();
            ben.forget();
            undisturbed.late();
            let skipped_before = skipped_by_the_host(&confab);
            let crowd = everybody_comes(&hall).await;
            let noticed =
                [noticed(&ann, Speech::Cards).await, noticed(&ben, Speech::Amiable).await];
            let late = undisturbed.late();
            leave(crowd).await;
            let noticed: Vec<String> = noticed.into_iter().flatten().collect();
            let skipped = skipped_by_the_host(&confab) - skipped_before;
            println!(
                "{noticed:?}; the two were late by {late:?}, the host has skipped {skipped} turns"
            );
            if noticed.is_empty() {
                break;
            }
            assert!(late > LATE_MAX || skipped > 0.0, "{noticed:?}");
            assert!(attempt < ATTEMPTS_MAX, "the host has disturbed each attempt: {noticed:?}");
            until("everybody has left", || (inside(&hall) == 0).then_some(())).await;
        }
        leave(vec![ann, ben]).await;
    });
    wait_until_gone(&confab);
}

/// Turns of the media workers that were skipped and would not have been, had they had their cores to themselves.
fn skipped_by_the_host(confab: &Confab) -> f64 {
    let own = confab.metric("confab_media_ticks_late_own_total");
    (labelled(confab, "by=\"skipped\"") - own).max(0.0)
}

/// What a listener noticed of others, from before the first of them came until after the last.
async fn noticed(listener: &Browser, speech: Speech) -> Option<String> {
    let listened = || Some(rounds(listener, speech)).filter(|heard| heard.len() > 1);
    let heard = until("it was listened to for long enough", listened).await;
    let worst = heard.last().map_or(0.0, |worst| worst.score);
    let packets = listener.heard();
    (worst <= CLEAN || packets.lost != 0).then(|| format!("{speech:?}: {heard:?}, {packets:?}"))
}

/// Lets everybody come, and waits until all are sent sound.
async fn everybody_comes(hall: &Conference) -> Vec<Browser> {
    let began = Instant::now();
    let crowd = come(&guest(hall, "one-of-many")).await;
    let took = began.elapsed();
    until("everybody is in", || (inside(hall) == BROWSERS).then_some(())).await;
    until("everybody is sent sound", || {
        crowd.iter().all(|browser| browser.heard().packets > 0).then_some(())
    })
    .await;
    println!("{BROWSERS} browsers connected within {took:?}");
    crowd
}

/// How many are in a conference.
fn inside(hall: &Conference) -> usize {
    let view = hall.view();
    let people = view["participants"].as_array().expect("participants");
    people.iter().filter(|person| person["state"] == "in").count()
}

async fn leave(browsers: Vec<Browser>) {
    let leaving: JoinSet<_> = browsers.into_iter().map(Browser::leave).collect();
    leaving.join_all().await.into_iter().for_each(|left| left.expect("a way out"));
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
