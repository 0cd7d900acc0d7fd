//! The database and the mail server away while a conference is on: gone, or there and silent.
//!
//! `OUTAGE_S` in the environment makes it as long as wanted: `OUTAGE_S=60 cargo test -p server --test server outage`.

#[path = "../../../store/testing/cluster.rs"]
mod cluster;

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use server::config::Secret;
use sim::Carrier;

use self::cluster::Cluster;
use super::hearing::{hears, until};
use super::smtp::{Smtp, invite, letter_until, sends_to};
use super::support::Server;

/// Both are answered at once and talk.
const ANNA: &str = "+33 1 99 00 00 00";
const BERT: &str = "+33 1 99 00 00 01";

/// Comes while all is away.
const CLARA: &str = "+33 1 99 00 00 02";

/// Whoever asks is answered within this while the database hangs. One statement is waited for, 10 s at most (the store's
/// `ANSWER_MAX`); whatever is asked besides is told at once that the database is away.
const ANSWERED_MAX: Duration = Duration::from_secs(15);

/// For how long all is away, besides the time that what is looked at meanwhile takes.
fn outage() -> Duration {
    let seconds = std::env::var("OUTAGE_S").ok().and_then(|text| text.parse().ok());
    Duration::from_secs(seconds.unwrap_or(0))
}

/// A conference that Anna and Bert are in, of a server with a PostgreSQL of its own.
struct Stage {
    cluster: Cluster,
    server: Server,
    carrier: Carrier,
    conference: String,
    calls: Vec<String>,
}

impl Stage {
    /// One whose mail goes to this port.
    async fn set(mail_port: u16) -> Stage {
        let cluster = Cluster::start();
        let url = cluster.url();
        let (server, carrier) = Server::with_carrier(|config| {
            config.database.url = Some(Secret::new(url));
            sends_to(config, mail_port);
        })
        .await;
        let conference = server.conference().await;
        let mut calls = Vec::new();
        for number in [ANNA, BERT] {
            let (call, _) = server.call(&conference, number).await;
            server.call_until(&call, |call| call["state"] == "in").await;
            calls.push(call);
        }
        Stage { cluster, server, carrier, conference, calls }
    }

    /// Anna hears Bert, whoever comes hears him too, and leaves as ever.
    async fn goes_on(&mut self) {
        let Stage { server, carrier, conference, calls, .. } = self;
        let mut events = server.events(conference).await;
        assert_eq!(events.status, 200);
        let says = carrier.party(BERT).unwrap().says().samples(audio::Rate::Hz8000);
        carrier.party(ANNA).unwrap().forget();
        until(|| hears(carrier, ANNA, &says)).await;
        let view = server.ask("GET", conference).await;
        assert_eq!(view.status, 200, "{}", view.body);
        assert_eq!(view.json()["participants"].as_array().unwrap().len(), 2);
        let (clara, _) = server.call(conference, CLARA).await;
        server.call_until(&clara, |call| call["state"] == "in").await;
        until(|| hears(carrier, CLARA, &says)).await;
        calls.push(clara);
        for call in calls {
            assert_eq!(server.ask("DELETE", call).await.status, 204);
            server.call_until(call, |call| call["state"] == "ended").await;
        }
        events.until("left", |_| true).await;
    }

    /// All calls are recorded once both are back.
    async fn has_lost_nothing(self) {
        assert_eq!(self.server.ask("GET", "/healthz").await.status, 200);
        let store = store::Store::connect(&self.cluster.url()).await.unwrap();
        let key = self.conference.rsplit('/').next().unwrap().parse().unwrap();
        // A server that stops writes what is left.
        self.server.stop().await;
        let records = store.calls_of(key, store::Page::default()).await.unwrap().entries;
        assert_eq!(records.len(), self.calls.len());
        store.close().await;
        self.carrier.close().await;
    }
}

#[tokio::test]
async fn a_conference_goes_on_while_postgres_and_mail_are_away_and_nothing_is_lost() {
    let smtp = Smtp::start(0).await;
    let mut stage = Stage::set(smtp.port).await;
    let port = smtp.stop().await;
    invite(&stage.server, &stage.conference, &["dora@example.com"]).await;
    letter_until(&stage.server, &stage.conference, |letter| letter["reason"].is_string()).await;
    stage.cluster.stop();
    tokio::time::sleep(outage()).await;
    stage.goes_on().await;
    refuses_what_needs_the_database(&stage.server, &stage.conference).await;

    stage.cluster.restart();
    assert_eq!(stage.server.ask("GET", "/healthz").await.status, 200);
    let mut smtp = Smtp::start(port).await;
    assert_eq!(smtp.message().await["envelope"][1], "dora@example.com");
    stage.has_lost_nothing().await;
}

/// Worse than being gone: all connections are open, and nothing comes back.
#[tokio::test]
async fn a_conference_goes_on_while_postgres_and_mail_hang_and_nobody_waits_for_ever() {
    let mut smtp = Smtp::start(0).await;
    let mut stage = Stage::set(smtp.port).await;
    smtp.hang().await;
    invite(&stage.server, &stage.conference, &["dora@example.com"]).await;
    // A claim that was never answered may hold, and then the letter is late by as long as a claim lasts.
    letter_until(&stage.server, &stage.conference, |letter| letter["tries"] == 1).await;
    stage.cluster.hang();
    let began = Instant::now();
    let view = stage.server.ask("GET", &stage.conference).await;
    assert_eq!(view.status, 200, "as it is in memory: {}", view.body);
    assert!(began.elapsed() < ANSWERED_MAX, "{:?}", began.elapsed());
    tokio::time::sleep(outage()).await;
    stage.goes_on().await;
    let began = Instant::now();
    refuses_what_needs_the_database(&stage.server, &stage.conference).await;
    assert!(began.elapsed() < ANSWERED_MAX, "{:?}", began.elapsed());

    stage.cluster.resume();
    smtp.resume().await;
    let well = async {
        while stage.server.ask("GET", "/healthz").await.status != 200 {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(ANSWERED_MAX, well).await.expect("the database isn't found again");
    assert_eq!(smtp.message().await["envelope"][1], "dora@example.com");
    let sent = |letter: &Value| letter["state"] == "sent";
    letter_until(&stage.server, &stage.conference, sent).await;
    stage.has_lost_nothing().await;
}

#[tokio::test]
async fn a_mail_server_that_hangs_is_left_and_tried_again() {
    let mut smtp = Smtp::start(0).await;
    let server = Server::start(|config| sends_to(config, smtp.port)).await;
    let conference = server.conference().await;
    smtp.hang().await;
    let began = Instant::now();
    invite(&server, &conference, &["dora@example.com"]).await;
    assert!(began.elapsed() < Duration::from_secs(5), "who invites doesn't wait for it");
    let waits = letter_until(&server, &conference, |letter| letter["reason"].is_string()).await;
    assert_eq!(waits["state"], "waiting", "{waits}");
    smtp.resume().await;
    assert_eq!(smtp.message().await["envelope"][1], "dora@example.com");
    letter_until(&server, &conference, |letter| letter["state"] == "sent").await;
    server.stop().await;
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
