//! The database away while a conference is on.

#[path = "../../../store/testing/cluster.rs"]
mod cluster;

use serde_json::json;
use server::config::Secret;

use self::cluster::Cluster;
use super::support::Server;

/// Answers after a moment, and talks.
const ANSWERS: &str = "01 99 00 00 01";

#[tokio::test]
async fn a_conference_goes_on_while_postgres_is_away_and_nothing_is_lost() {
    let mut cluster = Cluster::start();
    let url = cluster.url();
    let (server, carrier) =
        Server::with_carrier(|config| config.database.url = Some(Secret::new(&url))).await;
    let conference = server.conference().await;
    let (first, _) = server.call(&conference, ANSWERS).await;
    server.call_until(&first, |call| call["state"] == "in").await;
    let mut events = server.events(&conference).await;
    assert_eq!(events.status, 200);

    cluster.stop();
    let view = server.ask("GET", &conference).await;
    assert_eq!(view.status, 200, "{}", view.body);
    assert_eq!(view.json()["participants"].as_array().unwrap().len(), 1);
    let (second, _) = server.call(&conference, ANSWERS).await;
    server.call_until(&second, |call| call["state"] == "in").await;
    for call in [&first, &second] {
        assert_eq!(server.ask("DELETE", call).await.status, 204);
        server.call_until(call, |call| call["state"] == "ended").await;
    }
    events.until("left", |_| true).await;
    let body = json!({ "title": "Another" });
    let new = server.tell_as_owner("POST", "/api/v1/conferences", &body).await;
    new.problem(503, "unavailable");
    server.ask("GET", "/healthz").await.problem(503, "unavailable");

    cluster.restart();
    assert_eq!(server.ask("GET", "/healthz").await.status, 200);
    let store = store::Store::connect(&url).await.unwrap();
    let key = conference.rsplit('/').next().unwrap().parse().unwrap();
    // A server that stops writes what is left.
    server.stop().await;
    let calls = store.calls_of(key, store::Page::default()).await.unwrap().entries;
    assert_eq!(calls.len(), 2);
    store.close().await;
    carrier.close().await;
}
