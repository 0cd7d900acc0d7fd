//! Reminders by mail before a set time: once to each who is invited, and not of what was moved or called off.

use serde_json::{Value, json};

use crate::smtp::{Outage, Smtp, letter_until, sends_to};
use crate::support::Server;

/// A conference of which people are reminded in some seconds, and a minute later it begins.
async fn soon(server: &Server) -> String {
    server.conference_in(66, json!({ "remind_min": 1 })).await
}

async fn invite(server: &Server, conference: &str) {
    let to = json!([
        { "address": "anna@example.com", "time_zone": "Asia/Tokyo" },
        { "address": "bert@example.com" },
    ]);
    let path = format!("{conference}/invitations");
    let reply = server.tell_as_owner("POST", &path, &json!({ "to": to })).await;
    assert_eq!(reply.status, 201, "{}", reply.body);
}

fn subject(message: &Value) -> String {
    message["headers"]["subject"].as_str().unwrap().to_owned()
}

/// The subjects of the messages that come, up to the updates for both.
async fn subjects_until_updated(smtp: &mut Smtp) -> Vec<String> {
    let (mut subjects, mut updates) = (Vec::new(), 0);
    while updates < 2 {
        let subject = subject(&smtp.message().await);
        updates += usize::from(subject.starts_with("Changed: "));
        subjects.push(subject);
    }
    subjects
}

#[tokio::test]
async fn each_is_reminded_once_by_their_own_clock_whatever_stops_and_starts() {
    let (outage, server) = Outage::begin().await;
    let conference = soon(&server).await;
    let view = server.ask("GET", &conference).await.json();
    assert_eq!((&view["remind_min"], &view["repetition"]), (&json!(1), &Value::Null));
    invite(&server, &conference).await;
    letter_until(&server, &conference, |letter| letter["purpose"] == "reminder").await;

    let (server, mut smtp) = outage.end(server).await;
    letter_until(&server, &conference, |letter| letter["state"] == "sent").await;
    let change = json!({ "title": "Another" });
    assert_eq!(server.tell_as_owner("PATCH", &conference, &change).await.status, 200);
    let subjects = subjects_until_updated(&mut smtp).await;
    let is_reminder = |subject: &&String| subject.starts_with("Reminder: Planning, ");
    let reminders: Vec<_> = subjects.iter().filter(is_reminder).collect();
    assert_eq!(reminders.len(), 2, "{subjects:?}");
    for zone in ["(Asia/Tokyo)", "(UTC)"] {
        assert!(reminders.iter().any(|subject| subject.ends_with(zone)), "{reminders:?}");
    }
    server.stop().await;
}

#[tokio::test]
async fn what_was_moved_or_called_off_is_not_reminded_of() {
    let port = Smtp::start(0).await.stop().await;
    let server = Server::start(|config| sends_to(config, port)).await;
    let conference = soon(&server).await;
    invite(&server, &conference).await;
    letter_until(&server, &conference, |letter| letter["purpose"] == "reminder").await;
    // It is in the outbox, and has not left.
    let later = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(2);
    let change = json!({ "starts_at": later.to_string(), "remind_min": 60 });
    let changed = server.tell_as_owner("PATCH", &conference, &change).await;
    assert_eq!((changed.status, &changed.json()["remind_min"]), (200, &json!(60)));
    let mut smtp = Smtp::start(port).await;
    let subjects = subjects_until_updated(&mut smtp).await;
    assert!(!subjects.iter().any(|subject| subject.starts_with("Reminder")), "{subjects:?}");
    server.stop().await;
}

#[tokio::test]
async fn a_reminder_that_can_not_be_is_refused() {
    let server = Server::start(|_| {}).await;
    for wrong in [0, 10_081] {
        let start = "2099-01-01T00:00";
        let body = json!({ "title": "A", "starts_at": start, "remind_min": wrong });
        let reply = server.tell_as_owner("POST", "/api/v1/conferences", &body).await;
        assert_eq!(reply.problem(422, "invalid")["field"], "remind_min");
    }
    let conference = server.conference_in(300, json!({})).await;
    let to = json!([{ "address": "anna@example.com", "time_zone": "Europe/Atlantis" }]);
    let path = format!("{conference}/invitations");
    let reply = server.tell_as_owner("POST", &path, &json!({ "to": to })).await;
    assert_eq!(reply.problem(422, "invalid")["field"], "to");
    server.stop().await;
}
