//! Those who wait: with music, and for the set time.

use jiff::Timestamp;
use serde_json::json;
use server::prompts::{Language, Prompts, Word};
use sim::Carrier;

use super::hearing::{hears, until};
use super::support::Server;

/// Both are answered at once and talk.
const ANNA: &str = "+33 1 99 00 00 00";
const BERT: &str = "+33 1 99 00 00 01";

/// So many seconds of the music, as it is played from its beginning.
fn music(from: usize, to: usize) -> Vec<f32> {
    let prompts = Prompts::load(None).unwrap();
    prompts.music().samples()[8000 * from..8000 * to].to_vec()
}

/// Waits until who has this number is told that it begins.
async fn hears_that_it_begins(carrier: &Carrier, number: &str) {
    let prompts = Prompts::load(None).unwrap();
    let told = prompts.say(Language::En, &[Word::Begins]).samples().to_vec();
    until(|| hears(carrier, number, &told)).await;
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
    let conference = server.conference_in(12, json!({})).await;
    let view = server.ask("GET", &conference).await.json();
    let starts_at: Timestamp = view["starts_at"].as_str().unwrap().parse().unwrap();
    let mut events = server.events(&conference).await;
    let (anna, _) = server.call(&conference, ANNA).await;
    server.call_until(&anna, |call| call["state"] == "awaiting_start").await;
    // Behind what is said to her first.
    let waits = music(4, 7);
    until(|| hears(&carrier, ANNA, &waits)).await;
    assert_eq!(server.ask("GET", &anna).await.json()["state"], "awaiting_start");
    events.until("participant", |participant| participant["state"] == "in").await;
    assert!(Timestamp::now() >= starts_at, "not before");
    hears_that_it_begins(&carrier, ANNA).await;
    server.stop().await;
    carrier.close().await;
}

#[tokio::test]
async fn a_host_opens_it_from_the_page_for_those_who_are_early() {
    let (server, carrier) = Server::with_carrier(|_| {}).await;
    let conference = server.conference_in(300, json!({})).await;
    let (anna, _) = server.call(&conference, ANNA).await;
    server.call_until(&anna, |call| call["state"] == "awaiting_start").await;
    let (room, begin) = (format!("{conference}/room"), json!({ "begun": true }));
    server.tell("PATCH", &room, &begin).await.problem(401, "token_missing");
    let put_off = server.tell_as_owner("PATCH", &room, &json!({ "begun": false })).await;
    assert_eq!(put_off.problem(422, "invalid")["field"], "begun");
    assert_eq!(server.tell_as_owner("PATCH", &room, &begin).await.status, 200);
    server.call_until(&anna, |call| call["state"] == "in").await;
    hears_that_it_begins(&carrier, ANNA).await;
    server.stop().await;
    carrier.close().await;
}

#[tokio::test]
async fn a_host_opens_it_long_before_its_time_by_coming() {
    let (server, carrier) = Server::with_carrier(|_| {}).await;
    let conference = server.conference_in(3600, json!({})).await;
    let mut events = server.events(&conference).await;
    let (calls, bert) = (format!("{conference}/calls"), json!({ "number": BERT }));
    server.tell("POST", &calls, &bert).await.problem(409, "not_open");
    let host = server.tell_as_owner("POST", &calls, &json!({ "number": ANNA })).await;
    assert_eq!(host.status, 201, "{}", host.body);
    events.until("conference", |status| status["open"] == true).await;
    let (guest, _) = server.call(&conference, BERT).await;
    server.call_until(&guest, |call| call["state"] == "in").await;
    server.stop().await;
    carrier.close().await;
}
