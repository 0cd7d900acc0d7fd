//! What is between an answered call and the room.

use std::time::Duration;

use serde_json::{Value, json};
use sim::Carrier;

use super::support::Server;

/// Answered at once; talks, and presses 1 when it is asked to.
const ANNA: &str = "+33 1 99 00 00 00";
/// A voicemail box.
const VOICEMAIL: &str = "+33 1 99 00 00 40";

async fn asking() -> (Server, Carrier) {
    Server::with_carrier(|config| config.calls.press_1 = true).await
}

fn state(view: &Value) -> &str {
    view["state"].as_str().unwrap()
}

#[tokio::test]
async fn whoever_is_called_presses_1_and_is_in() {
    let (server, carrier) = asking().await;
    let conference = server.conference().await;
    let mut events = server.events(&conference).await;
    let (call, placed) = server.call(&conference, ANNA).await;
    for state in ["answered", "confirming", "in"] {
        let event = events.until("participant", |p| p["state"] == state).await;
        assert_eq!(event.data["id"], placed["participant"]);
    }
    assert_eq!(state(&server.ask("GET", &call).await.json()), "in");
    events.until("speaking", |data| data["speaking"] == true).await;
    server.stop().await;
    carrier.close().await;
}

#[tokio::test]
async fn a_voicemail_box_neither_hears_nor_is_heard_and_is_hung_up() {
    let (server, carrier) = asking().await;
    let conference = server.conference().await;
    let (anna, _) = server.call(&conference, ANNA).await;
    server.call_until(&anna, |call| state(call) == "in").await;
    let (box_, _) = server.call(&conference, VOICEMAIL).await;
    server.call_until(&box_, |call| state(call) == "confirming").await;
    let (talker, voicemail) = (carrier.party(ANNA).unwrap(), carrier.party(VOICEMAIL).unwrap());
    // Long enough to hear whatever the other says once, with what is said to itself.
    tokio::time::sleep(Duration::from_secs(8)).await;
    assert!(voicemail.spoken_to() > Duration::from_secs(2), "it is asked");
    assert!(voicemail.find(talker.says()).is_not_heard(), "it hears the room");
    assert!(talker.find(voicemail.says()).is_not_heard(), "the room hears it");
    assert_eq!(server.ask("DELETE", &box_).await.status, 204);
    assert_eq!(server.ask("GET", &box_).await.json()["ending"], "left");
    server.stop().await;
    carrier.close().await;
}

#[tokio::test]
async fn a_page_that_cancels_before_the_key_is_pressed_frees_everything() {
    let (server, carrier) = asking().await;
    let conference = server.conference().await;
    let (call, _) = server.call(&conference, VOICEMAIL).await;
    server.call_until(&call, |call| state(call) == "confirming").await;
    assert_eq!(server.ask_as_owner("DELETE", &conference).await.status, 204);
    assert_eq!(server.ask("GET", &call).await.json()["ending"], "conference_ended");
    let freed = async {
        while !server.ask("GET", "/metrics").await.body.contains("confab_legs 0\n") {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), freed)
        .await
        .expect("it hears its goodbye for ever");
    assert_eq!(server.ask("GET", &conference).await.json()["participants"], json!([]));
    server.stop().await;
    carrier.close().await;
}
