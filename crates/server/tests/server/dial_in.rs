//! Calls that come in over a trunk.

use std::time::Duration;

use serde_json::json;
use sim::phone::PhoneError;
use sim::{Caller, Speech};
use sip::EndCause;

use super::support::{LOOPBACK, Server};

const CALLER_ID: &str = "+33199000042";

/// The status that the caller got instead of an answer.
fn status_of(refused: Result<sim::carrier::Connection, PhoneError>) -> u16 {
    match refused.map(|_| ()) {
        Err(PhoneError::NotAnswered(EndCause::Rejected { status, .. })) => status,
        other => panic!("{other:?}"),
    }
}

async fn code_of(server: &Server, conference: &str) -> String {
    let view = server.ask("GET", conference).await.json();
    view["dial_in"]["code"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn whoever_dials_the_code_is_in_until_they_hang_up() {
    let (server, carrier) = Server::with_carrier(|_| {}).await;
    let conference = server.conference().await;
    let code = code_of(&server, &conference).await;
    let mut events = server.events(&conference).await;
    let caller = Caller::open(LOOPBACK, server.running.sip_udp_addr).await.unwrap();
    let connection = caller.dial(&code, CALLER_ID, Speech::ALL[0]).await.unwrap();
    let joined = events.until("participant", |p| p["state"] == "in").await;
    assert_eq!(joined.data["via"], "dial_in");
    let label = joined.data["label"].as_str().unwrap();
    assert!(label.starts_with("+33") && label.ends_with("42") && label.contains('•'), "{label}");
    events.until("speaking", |data| data["speaking"] == true).await;
    drop(connection);
    let left = events.until("left", |_| true).await;
    assert_eq!(left.data["ending"], "left");
    caller.close().await;
    server.stop().await;
    carrier.close().await;
}

#[tokio::test]
async fn a_conferences_own_number_needs_no_code() {
    let (server, carrier) = Server::with_carrier(|_| {}).await;
    let body = json!({ "title": "x", "dial_in_number": "01 99 00 00 99" });
    server.tell_as_owner("POST", "/api/v1/conferences", &body).await;
    let caller = Caller::open(LOOPBACK, server.running.sip_udp_addr).await.unwrap();
    for form in ["+33199000099", "0199000099"] {
        caller.dial(form, CALLER_ID, Speech::ALL[0]).await.unwrap();
    }
    caller.close().await;
    server.stop().await;
    carrier.close().await;
}

#[tokio::test]
async fn an_unknown_code_an_ended_conference_and_a_stranger_are_refused() {
    let (server, carrier) = Server::with_carrier(|_| {}).await;
    let conference = server.conference().await;
    let code = code_of(&server, &conference).await;
    let caller = Caller::open(LOOPBACK, server.running.sip_udp_addr).await.unwrap();
    assert_eq!(status_of(caller.dial("98765432", CALLER_ID, Speech::ALL[0]).await), 404);
    server.ask_as_owner("DELETE", &conference).await;
    assert_eq!(status_of(caller.dial(&code, CALLER_ID, Speech::ALL[0]).await), 404);
    caller.close().await;
    server.stop().await;
    carrier.close().await;

    let closed = Server::start(|_| {}).await;
    let stranger = Caller::open(LOOPBACK, closed.running.sip_udp_addr).await.unwrap();
    assert_eq!(status_of(stranger.dial("98765432", CALLER_ID, Speech::ALL[0]).await), 403);
    stranger.close().await;
    closed.stop().await;
}

#[tokio::test]
async fn a_full_conference_and_a_full_server_say_503() {
    let (server, carrier) = Server::with_carrier(|config| {
        config.conferences.participants_max = 2;
        config.conferences.active_max = 1;
    })
    .await;
    let conference = server.conference().await;
    let code = code_of(&server, &conference).await;
    let other = server.conference().await;
    let other_code = code_of(&server, &other).await;
    let caller = Caller::open(LOOPBACK, server.running.sip_udp_addr).await.unwrap();
    let _first = caller.dial(&code, CALLER_ID, Speech::ALL[0]).await.unwrap();
    let _second = caller.dial(&code, CALLER_ID, Speech::ALL[0]).await.unwrap();
    assert_eq!(status_of(caller.dial(&code, CALLER_ID, Speech::ALL[0]).await), 503);
    assert_eq!(status_of(caller.dial(&other_code, CALLER_ID, Speech::ALL[0]).await), 503);
    caller.close().await;
    server.stop().await;
    carrier.close().await;
}

#[tokio::test]
async fn who_comes_too_early_hears_when_it_starts_and_is_in_no_conference() {
    let (server, carrier) = Server::with_carrier(|_| {}).await;
    let start = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(30);
    let body = json!({ "title": "Later", "starts_at": start.to_string() });
    let created = server.tell_as_owner("POST", "/api/v1/conferences", &body).await;
    let conference = &created.headers["location"];
    let code = code_of(&server, conference).await;
    let caller = Caller::open(LOOPBACK, server.running.sip_udp_addr).await.unwrap();
    let connection = caller.dial(&code, CALLER_ID, Speech::ALL[0]).await.unwrap();
    let spoken = async {
        loop {
            let heard = connection.conversation.heard();
            let loud = heard.iter().filter(|sample| sample.abs() > 0.02).count();
            if loud > 2000 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), spoken).await.expect("nothing was said");
    assert_eq!(server.ask("GET", conference).await.json()["participants"], json!([]));
    let hung_up = async {
        while !server.ask("GET", "/metrics").await.body.contains("confab_calls 0\n") {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), hung_up).await.expect("never hung up on");
    caller.close().await;
    server.stop().await;
    carrier.close().await;
}

#[tokio::test]
async fn a_host_with_a_phone_alone_opens_it_by_pin_long_before_its_time() {
    let (server, carrier) = Server::with_carrier(|_| {}).await;
    let access = json!({ "access": { "host_pin": "1357" } });
    let conference = server.conference_in(30 * 3600, access).await;
    let code = code_of(&server, &conference).await;
    let mut events = server.events(&conference).await;
    let caller = Caller::open(LOOPBACK, server.running.sip_udp_addr).await.unwrap();
    let host = caller.dial(&code, CALLER_ID, Speech::ALL[0]).await.unwrap();
    let early = events.until("participant", |one| one["state"] == "too_early").await;
    let guest = caller.dial(&code, "+33199000043", Speech::ALL[1]).await.unwrap();
    events.until("participant", |one| one["state"] == "too_early").await;
    host.conversation.press("1111#");
    tokio::time::sleep(Duration::from_secs(4)).await;
    assert_eq!(server.ask("GET", &conference).await.json()["open"], false);
    host.conversation.press("1357#");
    let host = events.until("participant", |one| one["state"] == "in").await;
    assert_eq!((&host.data["id"], &host.data["role"]), (&early.data["id"], &json!("host")));
    let other = |one: &serde_json::Value| one["id"] != host.data["id"] && one["state"] == "in";
    events.until("participant", other).await;
    assert_eq!(server.ask("GET", &conference).await.json()["open"], true);
    drop(guest);
    caller.close().await;
    server.stop().await;
    carrier.close().await;
}
