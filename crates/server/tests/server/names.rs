//! Names that callers say before the room, as the others hear them.

use std::time::Duration;

use audio::Rate;
use serde_json::{Value, json};
use sim::carrier::Connection;
use sim::{Caller, Speech, correlate};

use super::support::{Events, LOOPBACK, Server};

/// Who they are: what says each is who it is.
const ADA: Speech = Speech::ALL[0];
const BERT: Speech = Speech::ALL[1];

/// What is looked for: a second of somebody's speech, wherever in it the name was cut out.
const PIECE_SAMPLES: usize = 8_000;

/// A piece that was heard alone scores above this, and by chance none does.
const SAID: f32 = 0.5;

/// A conference that announces names; its path, and the code by which it is dialled.
async fn conference(server: &Server) -> (String, String) {
    let body = json!({ "title": "Names", "access": { "announces_names": true } });
    let created = server.tell_as_owner("POST", "/api/v1/conferences", &body).await;
    let view = created.json();
    assert_eq!(view["access"]["announces_names"], true, "{view}");
    (created.headers["location"].clone(), view["dial_in"]["code"].as_str().unwrap().to_owned())
}

/// Waits until any second of what somebody says all the time was heard.
async fn hears(listener: &Connection, name: Speech) {
    let speech = name.samples(Rate::Hz8000);
    let pieces = || speech.windows(PIECE_SAMPLES).step_by(PIECE_SAMPLES / 2);
    let heard = async {
        loop {
            let heard = listener.conversation.heard();
            if pieces().any(|piece| correlate::find(piece, &heard).score > SAID) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), heard).await.expect("nobody said that name");
}

/// Waits until a caller has been asked and is in; who it is.
async fn comes_in(events: &mut Events) -> Value {
    events.until("participant", |one| one["state"] == "saying_name").await;
    events.until("participant", |one| one["state"] == "in").await.data["id"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn callers_are_announced_by_the_names_that_they_say() {
    let (server, carrier) = Server::with_carrier(|_| {}).await;
    let (path, code) = conference(&server).await;
    let mut events = server.events(&path).await;
    let caller = Caller::open(LOOPBACK, server.running.sip_udp_addr).await.unwrap();
    let ada = caller.dial(&code, "+33199000041", ADA).await.unwrap();
    comes_in(&mut events).await;
    let bert = caller.dial(&code, "+33199000042", BERT).await.unwrap();
    let bert_id = comes_in(&mut events).await;
    // Nobody hears itself, so that Bert can have heard no Bert but who was announced.
    hears(&bert, BERT).await;

    let muted = json!({ "muted": true });
    let participant = format!("{path}/participants/{}", bert_id.as_str().unwrap());
    assert_eq!(server.tell_as_owner("PATCH", &participant, &muted).await.status, 200);
    ada.conversation.forget();
    ada.conversation.press("*2");
    hears(&ada, ADA).await;
    hears(&ada, BERT).await;

    ada.conversation.forget();
    drop(bert);
    events.until("left", |left| left["id"] == bert_id).await;
    hears(&ada, BERT).await;
    drop(ada);
    events.until("conference", |status| status["state"] == "resting").await;
    let metrics = server.ask("GET", "/metrics").await.body;
    assert!(metrics.contains("confab_calls 0\n"), "{metrics}");
    caller.close().await;
    server.stop().await;
    carrier.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_in_by_phone_says_the_name_anew_by_keypad() {
    let (server, carrier) = Server::with_carrier(|_| {}).await;
    let path = server.conference().await;
    let code = server.ask("GET", &path).await.json()["dial_in"]["code"].clone();
    let code = code.as_str().unwrap();
    let mut events = server.events(&path).await;
    let caller = Caller::open(LOOPBACK, server.running.sip_udp_addr).await.unwrap();
    let ada = caller.dial(code, "+33199000041", ADA).await.unwrap();
    events.until("participant", |one| one["state"] == "in").await;
    let bert = caller.dial(code, "+33199000042", BERT).await.unwrap();
    let joined = |one: &Value| one["state"] == "in" && one["id"] != "p1";
    let bert_id = events.until("participant", joined).await.data["id"].clone();
    bert.conversation.press("*7");
    let named = |one: &Value| one["id"] == bert_id && one["said_name"] == true;
    events.until("participant", named).await;
    // It is back in the room, and is heard there.
    ada.conversation.forget();
    hears(&ada, BERT).await;

    let participant = format!("{path}/participants/{}", bert_id.as_str().unwrap());
    let muted = server.tell_as_owner("PATCH", &participant, &json!({ "muted": true })).await;
    assert_eq!((muted.status, &muted.json()["said_name"]), (200, &json!(true)));
    tokio::time::sleep(Duration::from_secs(1)).await;
    ada.conversation.forget();
    ada.conversation.press("*2");
    hears(&ada, BERT).await;
    caller.close().await;
    server.stop().await;
    carrier.close().await;
}
