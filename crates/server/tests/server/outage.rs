//! The database and the mail server away while a conference is on.
//!
//! `OUTAGE_S` in the environment makes it as long as wanted: `OUTAGE_S=60 cargo test -p server --test server outage`.

#[path = "../../../store/testing/cluster.rs"]
mod cluster;

use std::time::Duration;

use serde_json::{Value, json};
use server::config::Secret;

use self::cluster::Cluster;
use super::hearing::{hears, until};
use super::smtp::{Smtp, invite, letter_until, sends_to};
use super::support::Server;

/// Both are answered at once and talk.
const ANNA: &str = "+33 1 99 00 00 00";
const BERT: &str = "+33 1 99 00 00 01";

/// Comes while all is away.
const CLARA: &str = "+33 1 99 00 00 02";

/// For how long all is away, besides the time that what is looked at meanwhile takes.
fn outage() -> Duration {
    let seconds = std::env::var("OUTAGE_S").ok().and_then(|text| text.parse().ok());
    Duration::from_secs(seconds.unwrap_or(0))
}

#[tokio::test]
async fn a_conference_goes_on_while_postgres_and_mail_are_away_and_nothing_is_lost() {
    let mut cluster = Cluster::start();
    let url = cluster.url();
    let smtp = Smtp::start(0).await;
    let (server, carrier) = Server::with_carrier(|config| {
        config.database.url = Some(Secret::new(&url));
        sends_to(config, smtp.port);
    })
    .await;
    let conference = server.conference().await;
    let mut calls = Vec::new();
    for number in [ANNA, BERT] {
        let (call, _) = server.call(&conference, number).await;
        server.call_until(&call, |call| call["state"] == "in").await;
        calls.push(call);
    }
    let mut events = server.events(&conference).await;
    assert_eq!(events.status, 200);

    let port = smtp.stop().await;
    invite(&server, &conference, &["dora@example.com"]).await;
    letter_until(&server, &conference, |letter| letter["reason"].is_string()).await;
    cluster.stop();
    let says = carrier.party(BERT).unwrap().says().samples(audio::Rate::Hz8000);
    tokio::time::sleep(outage()).await;
    carrier.party(ANNA).unwrap().forget();
    until(|| hears(&carrier, ANNA, &says)).await;
    let view = server.ask("GET", &conference).await;
    assert_eq!(view.status, 200, "{}", view.body);
    assert_eq!(view.json()["participants"].as_array().unwrap().len(), 2);
    let (clara, _) = server.call(&conference, CLARA).await;
    server.call_until(&clara, |call| call["state"] == "in").await;
    until(|| hears(&carrier, CLARA, &says)).await;
    calls.push(clara);
    for call in &calls {
        assert_eq!(server.ask("DELETE", call).await.status, 204);
        server.call_until(call, |call| call["state"] == "ended").await;
    }
    events.until("left", |_| true).await;
    refuses_what_needs_the_database(&server, &conference).await;

    cluster.restart();
    assert_eq!(server.ask("GET", "/healthz").await.status, 200);
    let mut smtp = Smtp::start(port).await;
    assert_eq!(smtp.message().await["envelope"][1], "dora@example.com");
    let store = store::Store::connect(&url).await.unwrap();
    let key = conference.rsplit('/').next().unwrap().parse().unwrap();
    // A server that stops writes what is left.
    server.stop().await;
    let records = store.calls_of(key, store::Page::default()).await.unwrap().entries;
    assert_eq!(records.len(), calls.len());
    store.close().await;
    carrier.close().await;
}

/// What can't be done now is refused in words, and is not half done.
async fn refuses_what_needs_the_database(server: &Server, conference: &str) {
    let body = json!({ "title": "Another" });
    let new = server.tell_as_owner("POST", "/api/v1/conferences", &body).await;
    new.problem(503, "unavailable");
    let to: Value = json!({ "to": [{ "address": "emma@example.com" }] });
    let invited = server.tell_as_owner("POST", &format!("{conference}/invitations"), &to).await;
    invited.problem(503, "unavailable");
    server.ask("GET", "/healthz").await.problem(503, "unavailable");
}
