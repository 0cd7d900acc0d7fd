//! Live events.

use serde_json::json;

use super::support::Server;

#[tokio::test]
async fn a_stream_begins_with_all_there_is_and_counts_on() {
    let (server, carrier) = Server::with_carrier(|_| {}).await;
    let conference = server.conference().await;
    let mut events = server.events(&conference).await;
    let snapshot = events.next().await.unwrap();
    assert_eq!((snapshot.name.as_str(), snapshot.id), ("snapshot", 0));
    let mut view = server.ask("GET", &conference).await.json();
    // A stream is the same for all.
    assert_eq!(view.as_object_mut().unwrap().remove("role").unwrap(), "guest");
    assert_eq!(snapshot.data, view);

    server.call(&conference, "01 99 00 00 10").await;
    let mut last = 0;
    let mut names = Vec::new();
    while names.last().map(String::as_str) != Some("conference") || names.len() < 3 {
        let event = events.next().await.unwrap();
        assert_eq!(event.id, last + 1, "none is missed");
        last = event.id;
        names.push(event.name);
    }
    assert_eq!(names.first().map(String::as_str), Some("conference"), "it becomes active");
    assert!(names.contains(&"left".to_owned()), "{names:?}");
    let mut late = server.events(&conference).await;
    assert_eq!(late.next().await.unwrap().id, last, "a later page goes on from here");
    server.stop().await;
    carrier.close().await;
}

#[tokio::test]
async fn pages_see_the_conference_end_and_streams_end_with_the_server() {
    let server = Server::start(|_| {}).await;
    let conference = server.conference().await;
    let mut events = server.events(&conference).await;
    events.next().await.unwrap();
    server.ask_as_owner("DELETE", &conference).await;
    let ended = events.until("conference", |status| status["state"] == "ended").await;
    assert_eq!(ended.data["open"], json!(false));
    server.stop().await;
    assert!(events.next().await.is_none());
}

#[tokio::test]
async fn pages_are_told_when_the_time_to_open_has_come() {
    let server = Server::start(|config| config.conferences.lead_s = 3598).await;
    let start = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(1);
    let body = json!({ "title": "Soon", "starts_at": start.to_string() });
    let created = server.tell_as_owner("POST", "/api/v1/conferences", &body).await;
    assert_eq!(created.json()["open"], false);
    let mut events = server.events(&created.headers["location"]).await;
    events.until("conference", |status| status["open"] == true).await;
    server.stop().await;
}
