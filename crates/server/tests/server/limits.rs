//! Whoever asks too often or for too much is told so, and when to try again.

use serde_json::json;

use super::support::{Server, request, send};

/// Rings for a long time and is never answered.
const RINGS_ON: &str = "01 99 00 00 11";

#[tokio::test]
async fn a_client_may_ask_for_so_many_calls_an_hour() {
    let (server, carrier) = Server::with_carrier(|config| {
        config.calls.per_client_per_hour_max = 1;
        config.http.trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
    })
    .await;
    let path = format!("{}/calls", server.conference().await);
    let body = json!({ "number": RINGS_ON }).to_string();
    let from = |client: &str| {
        let header = format!("X-Forwarded-For: {client}");
        request("POST", &path, &[&header], Some(&body))
    };
    assert_eq!(send(server.address(), &from("192.0.2.1")).await.status, 201);
    let second = send(server.address(), &from("192.0.2.1")).await;
    second.problem(429, "client_call_rate");
    assert!(second.headers["retry-after"].parse::<u64>().unwrap() > 3000);
    assert_eq!(send(server.address(), &from("192.0.2.2")).await.status, 201, "another client");
    server.stop().await;
    carrier.close().await;
}

#[tokio::test]
async fn a_conference_and_the_server_have_so_many_calls() {
    let (server, carrier) = Server::with_carrier(|config| {
        config.calls.ringing_per_conference_max = 1;
        config.calls.concurrent_max = 2;
    })
    .await;
    let conferences =
        [server.conference().await, server.conference().await, server.conference().await];
    let body = json!({ "number": RINGS_ON });
    let call =
        async |conference: &str| server.tell("POST", &format!("{conference}/calls"), &body).await;
    assert_eq!(call(&conferences[0]).await.status, 201);
    call(&conferences[0]).await.problem(429, "too_many_calls_at_once");
    assert_eq!(call(&conferences[1]).await.status, 201);
    let busy = call(&conferences[2]).await;
    busy.problem(503, "lines_busy");
    assert!(busy.headers.contains_key("retry-after"));
    server.stop().await;
    carrier.close().await;
}

#[tokio::test]
async fn only_allowed_numbers_are_called() {
    let (server, carrier) = Server::with_carrier(|_| {}).await;
    let path = format!("{}/calls", server.conference().await);
    let elsewhere = server.tell("POST", &path, &json!({ "number": "+44 20 7946 0958" })).await;
    assert_eq!(elsewhere.problem(403, "number_not_allowed")["field"], "number");
    let premium = server.tell("POST", &path, &json!({ "number": "+33 8 99 12 34 56" })).await;
    premium.problem(403, "number_not_allowed");
    for bad in ["", "12", "hello", "+999 123"] {
        let reply = server.tell("POST", &path, &json!({ "number": bad })).await;
        assert_eq!(reply.problem(422, "invalid")["field"], "number", "{bad:?}");
    }
    let long_name = json!({ "number": RINGS_ON, "name": "x".repeat(61) });
    assert_eq!(
        server.tell("POST", &path, &long_name).await.problem(422, "invalid")["field"],
        "name"
    );
    let nowhere = json!({ "number": RINGS_ON, "country": "Mars" });
    let reply = server.tell("POST", &path, &nowhere).await;
    assert_eq!(reply.problem(422, "invalid")["field"], "country");
    server.stop().await;
    carrier.close().await;
}

#[tokio::test]
async fn event_streams_are_limited_by_client_and_by_conference() {
    let server = Server::start(|config| {
        config.http.event_streams_per_client_max = 3;
        config.http.event_streams_per_conference_max = 2;
    })
    .await;
    let (one, other) = (server.conference().await, server.conference().await);
    let first = server.events(&one).await;
    let second = server.events(&one).await;
    assert_eq!((first.status, second.status), (200, 200));
    let third = server.ask("GET", &format!("{one}/events")).await;
    third.problem(503, "too_many_streams");
    let third = server.events(&other).await;
    assert_eq!(third.status, 200);
    let fourth = server.ask("GET", &format!("{other}/events")).await;
    fourth.problem(429, "too_many_streams");
    assert!(fourth.headers.contains_key("retry-after"));
    server.stop().await;
}
