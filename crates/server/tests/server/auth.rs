//! What a participant must not do needs a token.

use serde_json::json;
use server::config::Secret;

use super::support::{Server, TOKEN, bearer, config, request, send};

#[tokio::test]
async fn the_owners_requests_need_the_owners_token() {
    let server = Server::start(|_| {}).await;
    let conference = server.conference().await;
    let participant = format!("{conference}/participants/p1");
    for (method, path, body) in [
        ("POST", "/api/v1/conferences", Some("{}")),
        ("GET", "/api/v1/conferences", None),
        ("DELETE", conference.as_str(), None),
        ("PATCH", participant.as_str(), Some(r#"{"muted":true}"#)),
        ("DELETE", participant.as_str(), None),
    ] {
        let without = send(server.address(), &request(method, path, &[], body)).await;
        without.problem(401, "token_missing");
        assert_eq!(without.headers["www-authenticate"], "Bearer");
        for wrong in [bearer("wrong"), bearer(&"x".repeat(300)), "Authorization: Basic eA==".into()]
        {
            let reply = send(server.address(), &request(method, path, &[&wrong], body)).await;
            assert_eq!(reply.status, 401, "{method} {path} {wrong}");
        }
    }
    server.stop().await;
}

#[tokio::test]
async fn a_first_start_makes_a_token_and_a_second_none() {
    let server = Server::start(|config| config.api.token = None).await;
    let token = server.running.first_token.clone().unwrap();
    let create =
        request("POST", "/api/v1/conferences", &[&bearer(&token)], Some(r#"{"title":"x"}"#));
    assert_eq!(send(server.address(), &create).await.status, 201);
    let directory = server.stop().await;
    let stored = std::fs::read(directory.path().join("confab.db")).unwrap();
    let is_there = stored.windows(token.len()).any(|window| window == token.as_bytes());
    assert!(!is_there, "the token itself is not kept");

    let mut config = config(directory.path());
    config.api.token = None;
    let running = server::start(config).await.unwrap();
    assert_eq!(running.first_token, None);
    assert_eq!(send(running.http_addr, &create).await.status, 201, "it still works");
    running.stop().await;
}

#[tokio::test]
async fn another_subscribers_conference_is_as_if_it_were_not_there() {
    let server = Server::start(|_| {}).await;
    let conference = server.conference().await;
    let directory = server.stop().await;
    let mut config = config(directory.path());
    config.api.token = Some(Secret::new("another-token-of-these-tests"));
    let running = server::start(config).await.unwrap();
    let other = bearer("another-token-of-these-tests");
    let list =
        send(running.http_addr, &request("GET", "/api/v1/conferences", &[&other], None)).await;
    assert_eq!(list.json()["conferences"], json!([]));
    let end = request("DELETE", &conference, &[&other], None);
    send(running.http_addr, &end).await.problem(404, "not_found");
    let own = request("DELETE", &conference, &[&bearer(TOKEN)], None);
    assert_eq!(send(running.http_addr, &own).await.status, 204);
    running.stop().await;
}
