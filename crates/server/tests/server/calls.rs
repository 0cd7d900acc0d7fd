//! Calls that a page asks for, with simulated phones on a simulated carrier.

use serde_json::{Value, json};

use super::support::Server;

/// Answered at once; both talk.
const ANNA: &str = "+33 1 99 00 00 00";
const BERT: &str = "+33 1 99 00 00 01";

fn is_in(call: &Value) -> bool {
    call["state"] == "in"
}

fn is_over(call: &Value) -> bool {
    call["state"] == "ended"
}

#[tokio::test]
async fn a_phone_rings_is_answered_joins_and_is_hung_up() {
    let (server, carrier) = Server::with_carrier(|_| {}).await;
    let conference = server.conference().await;
    let mut events = server.events(&conference).await;
    let (call, placed) = server.call(&conference, BERT).await;
    assert_eq!((&placed["state"], &placed["ending"]), (&json!("calling"), &Value::Null));
    assert!(!placed.to_string().contains("199000001"), "the number is masked: {placed}");
    let participant = placed["participant"].clone();
    for state in ["calling", "ringing", "answered", "in"] {
        let event = events.until("participant", |p| p["state"] == state).await;
        assert_eq!(event.data["id"], participant);
    }
    assert!(is_in(&server.ask("GET", &call).await.json()));
    assert_eq!(server.ask("GET", &conference).await.json()["state"], "active");
    assert!(carrier.party(BERT).is_some());

    assert_eq!(server.ask("DELETE", &call).await.status, 204);
    let left = events.until("left", |_| true).await;
    assert_eq!(left.data, json!({ "id": participant, "ending": "left" }));
    events.until("conference", |status| status["state"] == "resting").await;
    assert_eq!(server.ask("DELETE", &call).await.status, 204, "once more is no fault");
    assert_eq!(server.ask("GET", &call).await.json()["ending"], "left");
    server.stop().await;
    carrier.close().await;
}

#[tokio::test]
async fn every_ending_has_its_name() {
    let (server, carrier) = Server::with_carrier(|config| config.calls.ring_time_s = 5).await;
    let conference = server.conference().await;
    let endings = [
        ("01 99 00 00 10", "busy"),
        ("01 99 00 00 12", "declined"),
        ("01 99 00 00 13", "not_reachable"),
        ("01 99 00 00 14", "trunk_failed"),
        ("01 99 00 00 11", "no_answer"),
        ("01 99 00 00 21", "left"),
    ];
    let mut calls = Vec::new();
    for (number, ending) in endings {
        calls.push((server.call(&conference, number).await.0, number, ending));
    }
    for (call, number, ending) in calls {
        let ended = server.call_until(&call, is_over).await;
        assert_eq!(ended["ending"], ending, "{number}");
    }
    server.stop().await;
    carrier.close().await;
}

#[tokio::test]
async fn a_call_is_cancelled_while_it_rings() {
    let (server, carrier) = Server::with_carrier(|_| {}).await;
    let conference = server.conference().await;
    let (call, _) = server.call(&conference, "01 99 00 00 11").await;
    server.call_until(&call, |call| call["state"] == "ringing").await;
    assert_eq!(server.ask("DELETE", &call).await.status, 204);
    assert_eq!(server.ask("GET", &call).await.json()["ending"], "cancelled");
    server.stop().await;
    carrier.close().await;
}

#[tokio::test]
async fn a_trunk_that_is_not_there_fails_the_call() {
    let server = Server::start(|config| {
        config.sip.trunks = vec![server::config::Trunk {
            id: "gone".to_owned(),
            address: "127.0.0.1:1".to_owned(),
            transport: server::config::Transport::Tcp,
            ..Default::default()
        }];
    })
    .await;
    let conference = server.conference().await;
    let (call, _) = server.call(&conference, ANNA).await;
    let ended = server.call_until(&call, is_over).await;
    assert_eq!(ended["ending"], "trunk_failed");
    server.stop().await;
}

#[tokio::test]
async fn two_phones_hear_each_other_and_not_themselves() {
    let (server, carrier) = Server::with_carrier(|_| {}).await;
    let conference = server.conference().await;
    let (anna, _) = server.call(&conference, ANNA).await;
    let (bert, _) = server.call(&conference, BERT).await;
    server.call_until(&anna, is_in).await;
    server.call_until(&bert, is_in).await;
    let phones = [carrier.party(ANNA).unwrap(), carrier.party(BERT).unwrap()];
    let heard = async {
        loop {
            tokio::time::sleep(std::time::Duration::from_millis(500)).await;
            let of_the_other = [phones[0].find(phones[1].says()), phones[1].find(phones[0].says())];
            if of_the_other.iter().all(sim::correlate::Match::is_heard) {
                return;
            }
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(15), heard)
        .await
        .expect("nothing is heard");
    for phone in &phones {
        assert!(phone.find(phone.says()).is_not_heard(), "nobody hears themselves");
    }
    server.stop().await;
    carrier.close().await;
}

#[tokio::test]
async fn star_six_mutes_and_the_page_and_the_owner_can_too() {
    let (server, carrier) = Server::with_carrier(|_| {}).await;
    let conference = server.conference().await;
    let mut events = server.events(&conference).await;
    let (call, placed) = server.call(&conference, ANNA).await;
    server.call_until(&call, is_in).await;
    let muted = |muted: bool| move |participant: &Value| participant["muted"] == muted;
    carrier.party(ANNA).unwrap().press("*6");
    events.until("participant", muted(true)).await;
    carrier.party(ANNA).unwrap().press("*6");
    events.until("participant", muted(false)).await;

    let reply = server.tell("PATCH", &call, &json!({ "muted": true })).await;
    assert_eq!(reply.json()["muted"], true);
    events.until("participant", muted(true)).await;
    let id = placed["participant"].as_str().unwrap();
    let participant = format!("{conference}/participants/{id}");
    let reply = server.tell_as_owner("PATCH", &participant, &json!({ "muted": false })).await;
    assert_eq!((reply.status, &reply.json()["muted"]), (200, &json!(false)));
    for (change, status) in [
        (json!({ "noise_suppression": "on" }), 200),
        (json!({ "noise_suppression": "auto", "muted": false }), 200),
        (json!({ "noise_suppression": "loud" }), 422),
        (json!({}), 422),
    ] {
        let reply = server.tell_as_owner("PATCH", &participant, &change).await;
        assert_eq!(reply.status, status, "{change}: {}", reply.body);
    }
    assert_eq!(server.ask_as_owner("DELETE", &participant).await.status, 204);
    let left = events.until("left", |_| true).await;
    assert_eq!(left.data["ending"], "removed");
    server.stop().await;
    carrier.close().await;
}

#[tokio::test]
async fn the_end_of_the_conference_ends_its_calls() {
    let (server, carrier) = Server::with_carrier(|_| {}).await;
    let conference = server.conference().await;
    let (call, _) = server.call(&conference, ANNA).await;
    let (ringing, _) = server.call(&conference, "01 99 00 00 11").await;
    server.call_until(&call, is_in).await;
    assert_eq!(server.ask_as_owner("DELETE", &conference).await.status, 204);
    for call in [&call, &ringing] {
        let ended = server.call_until(call, is_over).await;
        assert_eq!(ended["ending"], "conference_ended");
    }
    let again =
        server.tell("POST", &format!("{conference}/calls"), &json!({ "number": ANNA })).await;
    again.problem(410, "conference_ended");
    let freed = async {
        while !server.ask("GET", "/metrics").await.body.contains("confab_legs 0\n") {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(5), freed).await.expect("a leg remains");
    server.stop().await;
    carrier.close().await;
}
