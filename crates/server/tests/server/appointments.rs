//! Whoever has left a number beforehand is called at the set time.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::call_records::records;
use super::support::Server;

/// Answered after a moment; talks, and presses 1 when it is asked to.
const ANNA: &str = "01 99 00 00 01";
const BUSY: &str = "01 99 00 00 10";
const DECLINES: &str = "01 99 00 00 12";
const UNREACHABLE: &str = "01 99 00 00 13";
const OUT_OF_ORDER: &str = "01 99 00 00 14";

async fn leave(server: &Server, conference: &str, number: &str) -> String {
    let body = json!({ "number": number, "name": "Anna" });
    let left = server.tell("POST", &format!("{conference}/appointments"), &body).await;
    assert_eq!(left.status, 201, "{}", left.body);
    assert_eq!((&left.json()["state"], &left.json()["tries"]), (&json!("waiting"), &json!(0)));
    left.headers["location"].clone()
}

async fn until_settled(server: &Server, appointment: &str) -> Value {
    let settled = async {
        loop {
            let view = server.ask("GET", appointment).await.json();
            if view["state"] != "waiting" {
                return view;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), settled).await.expect("nobody is called")
}

#[tokio::test]
async fn whoever_picks_up_at_the_set_time_is_in_and_who_is_busy_is_called_once_more() {
    let (server, carrier) = Server::with_carrier(|config| {
        config.calls.press_1 = true;
        config.calls.busy_wait_s = 1;
    })
    .await;
    let conference = server.conference_in(8, json!({})).await;
    let anna = leave(&server, &conference, ANNA).await;
    let busy = leave(&server, &conference, BUSY).await;
    let view = server.ask("GET", &conference).await.json();
    assert_eq!(view["participants"], json!([]), "nobody is called before");
    let settled = until_settled(&server, &anna).await;
    assert_eq!((&settled["state"], &settled["tries"]), (&json!("in"), &json!(1)));
    let called_at = Timestamp::now();
    assert!(called_at >= settled["starts_at"].as_str().unwrap().parse().unwrap(), "too early");
    let view = server.ask("GET", &conference).await.json();
    assert!(view["participants"].as_array().unwrap().iter().any(|one| one["label"] == "Anna"));
    let settled = until_settled(&server, &busy).await;
    assert_eq!((&settled["state"], &settled["tries"]), (&json!("busy"), &json!(2)));
    let list = server.ask_as_owner("GET", &format!("{conference}/appointments")).await.json();
    assert_eq!(list["appointments"].as_array().unwrap().len(), 2);
    server.stop().await;
    carrier.close().await;
}

#[tokio::test]
async fn numbers_are_left_by_those_who_may_and_follow_the_set_time() {
    let (server, carrier) = Server::with_carrier(|_| {}).await;
    let open = server.conference().await;
    let at = |conference: &str| format!("{conference}/appointments");
    let body = json!({ "number": ANNA });
    server.tell("POST", &at(&open), &body).await.problem(409, "no_set_time");
    let closed = server.conference_in(3600, json!({ "access": { "pin": "2468" } })).await;
    server.tell("POST", &at(&closed), &body).await.problem(403, "pin_required");
    let wrong = json!({ "number": ANNA, "pin": "1357" });
    server.tell("POST", &at(&closed), &wrong).await.problem(403, "wrong_pin");
    let abroad = json!({ "number": "+1 212 555 0100", "pin": "2468" });
    server.tell("POST", &at(&closed), &abroad).await.problem(403, "number_not_allowed");
    let right = json!({ "number": ANNA, "pin": "2468" });
    let left = server.tell("POST", &at(&closed), &right).await;
    assert_eq!(left.status, 201, "{}", left.body);
    assert!(!left.json()["number"].as_str().unwrap().contains("99 00"), "{}", left.body);
    server.tell("POST", &at(&closed), &right).await.problem(409, "already_called");
    let session = json!({ "number": ANNA, "pin": "2468", "browser": "0".repeat(26) });
    let refused = server.tell("POST", &at(&closed), &session).await;
    assert_eq!(refused.problem(422, "invalid")["field"], "browser");
    server.ask("GET", &at(&closed)).await.problem(401, "token_missing");

    let appointment = left.headers["location"].clone();
    let later = Timestamp::from_second(Timestamp::now().as_second() + 7200).unwrap().to_string();
    let changed = server.tell_as_owner("PATCH", &closed, &json!({ "starts_at": later })).await;
    assert_eq!(changed.status, 200, "{}", changed.body);
    assert_eq!(server.ask("GET", &appointment).await.json()["starts_at"], later);
    let none = server.tell_as_owner("PATCH", &closed, &json!({ "starts_at": null })).await;
    assert_eq!(none.status, 200, "{}", none.body);
    assert_eq!(server.ask("GET", &appointment).await.json()["state"], "cancelled");
    assert_eq!(server.ask("DELETE", &appointment).await.status, 204);
    server.ask("GET", &appointment).await.problem(404, "not_found");
    server.ask("DELETE", &appointment).await.problem(404, "not_found");
    server.stop().await;
    carrier.close().await;
}

#[tokio::test]
async fn a_trunk_is_not_flooded_at_the_set_time() {
    let (server, carrier) = Server::with_carrier(|_| {}).await;
    let conference = server.conference_in(8, json!({})).await;
    let mut left = Vec::new();
    for number in [DECLINES, UNREACHABLE, OUT_OF_ORDER] {
        left.push(leave(&server, &conference, number).await);
    }
    for appointment in &left {
        until_settled(&server, appointment).await;
    }
    let key = conference.rsplit('/').next().unwrap();
    let records = records(&server, &format!("conference={key}"), 3).await;
    let began = |record: &Value| record["began_at"].as_str().unwrap().parse::<Timestamp>().unwrap();
    for pair in records.windows(2) {
        let apart = began(&pair[1]).duration_since(began(&pair[0]));
        assert!(apart.as_millis() >= 250, "{records:?}");
    }
    server.stop().await;
    carrier.close().await;
}
