//! Requests that are sent again because their answers were lost.

use serde_json::json;

use super::support::{Reply, Server, TOKEN, bearer, request, send};

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
