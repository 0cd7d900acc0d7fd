//! Those who wait: with music, and for the set time.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use server::prompts::{Language, Prompts, Word};
use sim::Carrier;
use sim::correlate;

use super::support::Server;

/// Both are answered at once and talk.
const ANNA: &str = "+33 1 99 00 00 00";
const BERT: &str = "+33 1 99 00 00 01";

/// So many seconds of the music, as it is played from its beginning.
fn music(from: usize, to: usize) -> Vec<f32> {
    let prompts = Prompts::load(None).unwrap();
    prompts.music().samples()[8000 * from..8000 * to].to_vec()
}

fn hears(carrier: &Carrier, number: &str, sound: &[f32]) -> bool {
    carrier.party(number).is_some_and(|party| correlate::find(sound, &party.heard()).is_heard())
}

async fn until(holds: impl Fn() -> bool) {
    let wait = async {
        while !holds() {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(40), wait).await.expect("it is never heard");
}

#[tokio::test]
async fn whoever_is_alone_hears_music_until_somebody_comes() {
    let (server, carrier) = Server::with_carrier(|config| config.prompts.music = true).await;
    let conference = server.conference().await;
    let (anna, _) = server.call(&conference, ANNA).await;
    server.call_until(&anna, |call| call["state"] == "in").await;
    let begins = music(1, 4);
    until(|| hears(&carrier, ANNA, &begins)).await;
    let (bert, _) = server.call(&conference, BERT).await;
    server.call_until(&bert, |call| call["state"] == "in").await;
    let said = carrier.party(BERT).unwrap().says().samples(audio::Rate::Hz8000);
    carrier.party(ANNA).unwrap().forget();
    until(|| hears(&carrier, ANNA, &said)).await;
    // Whatever of it could be heard now is in what Anna has heard since.
    let (head, tail) = (music(5, 9), music(9, 13));
    assert!(!hears(&carrier, ANNA, &head) && !hears(&carrier, ANNA, &tail), "it goes on");
    server.stop().await;
    carrier.close().await;
}

#[tokio::test]
async fn who_comes_early_waits_with_music_and_is_in_at_the_set_time() {
    let (server, carrier) = Server::with_carrier(|config| config.prompts.music = true).await;
    let starts_at = Timestamp::now() + SignedDuration::from_secs(12);
    let body = json!({"title": "Planning", "starts_at": starts_at.strftime("%FT%TZ").to_string()});
    let reply = server.tell_as_owner("POST", "/api/v1/conferences", &body).await;
    assert_eq!(reply.status, 201, "{}", reply.body);
    let conference = reply.headers["location"].clone();
    let mut events = server.events(&conference).await;
    let (anna, _) = server.call(&conference, ANNA).await;
    server.call_until(&anna, |call| call["state"] == "awaiting_start").await;
    // Behind what is said to her first.
    let waits = music(4, 7);
    until(|| hears(&carrier, ANNA, &waits)).await;
    assert_eq!(server.ask("GET", &anna).await.json()["state"], "awaiting_start");
    events.until("participant", |participant| participant["state"] == "in").await;
    assert!(Timestamp::now() + SignedDuration::from_secs(1) > starts_at, "not before");
    let prompts = Prompts::load(None).unwrap();
    let told = prompts.say(Language::En, &[Word::Begins]).samples().to_vec();
    until(|| hears(&carrier, ANNA, &told)).await;
    server.stop().await;
    carrier.close().await;
}
