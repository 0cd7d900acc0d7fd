//! Requests that are sent again because their answers were lost.

use serde_json::json;

use super::support::{Reply, Server, TOKEN, bearer, request, send};
use super::whip::offer;

const CONFERENCES: &str = "/api/v1/conferences";

async fn post(server: &Server, key: &str, title: &str) -> Reply {
    let key = format!("Idempotency-Key: {key}");
    let body = json!({ "title": title }).to_string();
    let request = request("POST", CONFERENCES, &[&bearer(TOKEN), &key], Some(&body));
    send(server.address(), &request).await
}

async fn count(server: &Server) -> usize {
    let list = server.ask_as_owner("GET", CONFERENCES).await.json();
    list["conferences"].as_array().unwrap().len()
}

#[tokio::test]
async fn a_request_that_is_sent_again_is_answered_alike_and_done_once() {
    let server = Server::start(|_| {}).await;
    let first = post(&server, "\"a-key\"", "Planning").await;
    assert_eq!((first.status, first.headers.get("idempotency-replayed")), (201, None));
    let again = post(&server, "\"a-key\"", "Planning").await;
    assert_eq!((again.status, &again.body), (201, &first.body));
    for header in ["location", "content-type", "content-security-policy"] {
        assert_eq!(again.headers.get(header), first.headers.get(header), "{header}");
    }
    assert_eq!(again.headers["idempotency-replayed"], "true");
    assert_eq!(count(&server).await, 1);
    post(&server, "\"a-key\"", "Another").await.problem(422, "idempotency_key_reused");
    assert_eq!(post(&server, "another-key", "Planning").await.status, 201);
    assert_eq!(count(&server).await, 2);

    // What is wrong in itself is wrong again, and what isn't a key is refused.
    let wrong = post(&server, "\"wrong\"", "").await.problem(422, "invalid");
    assert_eq!(post(&server, "\"wrong\"", "").await.problem(422, "invalid"), wrong);
    post(&server, "\"\"", "Planning").await.problem(400, "idempotency_key_invalid");
    server.stop().await;
}

#[tokio::test]
async fn of_several_at_once_one_is_carried_out() {
    let server = Server::start(|_| {}).await;
    let all = (0..8).map(|_| post(&server, "\"a-key\"", "Planning"));
    let replies = futures_util::future::join_all(all).await;
    for reply in &replies {
        if reply.status != 201 {
            reply.problem(409, "idempotency_key_in_use");
        }
    }
    assert!(replies.iter().any(|reply| reply.status == 201));
    assert_eq!(count(&server).await, 1);
    server.stop().await;
}

#[tokio::test]
async fn keys_are_their_owners_own_and_good_for_one_path() {
    let server = Server::start(|_| {}).await;
    assert_eq!(post(&server, "\"a-key\"", "Planning").await.status, 201);
    let store = store::Store::open(&server.directory.path().join("confab.db")).await.unwrap();
    let now = jiff::Timestamp::now();
    store.create_subscriber("Bert", &store::TokenHash::of("berts-token"), now).await.unwrap();
    store.close().await;
    let body = json!({ "title": "Planning" }).to_string();
    let key = "Idempotency-Key: \"a-key\"";
    let berts = request("POST", CONFERENCES, &[&bearer("berts-token"), key], Some(&body));
    let reply = send(server.address(), &berts).await;
    assert_eq!((reply.status, reply.headers.get("idempotency-replayed")), (201, None));
    let nobodys = request("POST", CONFERENCES, &[&bearer("nobodys-token"), key], Some(&body));
    send(server.address(), &nobodys).await.problem(401, "token_unknown");
    let without = request("POST", CONFERENCES, &[key], Some(&body));
    for _ in 0..2 {
        send(server.address(), &without).await.problem(401, "token_missing");
    }
    let body = json!({ "count": 2 }).to_string();
    let elsewhere = request("POST", "/api/v1/urls", &[&bearer(TOKEN), key], Some(&body));
    let reply = send(server.address(), &elsewhere).await;
    assert_eq!((reply.status, reply.headers.get("idempotency-replayed")), (201, None));
    let large = "x".repeat(17 * 1024);
    let large = request("POST", CONFERENCES, &[&bearer(TOKEN), key], Some(&large));
    send(server.address(), &large).await.problem(413, "too_large");
    server.stop().await;
}

/// Sends something with a key as a client that nobody knows.
async fn post_unknown(server: &Server, path: &str, kind: &str, key: &str, body: &str) -> Reply {
    let (kind, key) = (format!("Content-Type: {kind}"), format!("Idempotency-Key: {key}"));
    send(server.address(), &request("POST", path, &[&kind, &key], Some(body))).await
}

#[tokio::test]
async fn a_browser_that_asks_again_has_the_session_that_it_has_as_long_as_that_lives() {
    let server = Server::start(|_| {}).await;
    let conference = server.conference().await;
    let whip = format!("{conference}/whip");
    let join = |key: &'static str, offer: String| {
        let (server, whip) = (&server, &whip);
        async move { post_unknown(server, whip, "application/sdp", key, &offer).await }
    };
    let first = join("a-key", offer().to_string()).await;
    assert_eq!((first.status, first.headers.get("idempotency-replayed")), (201, None));
    let again = join("a-key", offer().to_string()).await;
    assert_eq!((again.status, &again.body), (201, &first.body));
    for header in ["location", "etag", "content-type", "cache-control"] {
        assert_eq!(again.headers[header], first.headers[header], "{header}");
    }
    assert_eq!(again.headers["idempotency-replayed"], "true");
    let there = server.ask("GET", &conference).await.json()["participants"].clone();
    assert_eq!(there.as_array().unwrap().len(), 1);
    let other = offer().to_string().replace("AB:AB", "AB:AC");
    let reused = join("a-key", other).await;
    reused.problem(422, "idempotency_key_reused");
    assert_eq!(reused.headers["access-control-allow-origin"], "*", "pages elsewhere may read it");
    // What is refused isn't kept.
    join("wrong", "hello".to_owned()).await.problem(400, "offer_unreadable");
    assert_eq!(join("wrong", offer().to_string()).await.status, 201);

    assert_eq!(server.ask("DELETE", &first.headers["location"]).await.status, 200);
    let anew = join("a-key", offer().to_string()).await;
    assert_eq!((anew.status, anew.headers.get("idempotency-replayed")), (201, None));
    assert_ne!(anew.headers["location"], first.headers["location"]);
    server.stop().await;
}

#[tokio::test]
async fn who_signs_in_twice_by_one_key_has_one_session() {
    let server = Server::start(|_| {}).await;
    let new = json!({ "mail": "anna@example.com" });
    let anna = server.tell_as_owner("POST", "/api/v1/subscribers", &new).await.json();
    let id = &anna["subscribers"][0]["id"];
    let path = format!("/api/v1/subscribers/{id}/sign-in-link");
    let link = || async {
        let key = "Idempotency-Key: link";
        let request = request("POST", &path, &[&bearer(TOKEN), key], Some(""));
        send(server.address(), &request).await
    };
    let (first, again) = (link().await, link().await);
    assert_eq!((first.status, &first.body), (201, &again.body), "one link");
    let url = first.json()["url"].as_str().unwrap().to_owned();
    let body = json!({ "token": url.rsplit('/').next().unwrap() }).to_string();
    let begin = |key| post_unknown(&server, "/api/v1/session", "application/json", key, &body);
    let first = begin("a-key").await;
    assert_eq!(first.status, 201, "{}", first.body);
    let again = begin("a-key").await;
    assert_eq!((again.status, &again.body), (201, &first.body));
    assert_eq!(again.headers["set-cookie"], first.headers["set-cookie"]);
    assert_eq!(begin("another").await.status, 404, "a link works once");
    server.stop().await;
}
