//! Pages, headers, health and metrics.

use super::support::{Server, request, send};

#[tokio::test]
async fn pages_are_served_with_strict_headers_and_sent_once() {
    let server = Server::start(|_| {}).await;
    let page = server.ask("GET", "/").await;
    assert_eq!(page.status, 200);
    assert_eq!(page.headers["content-type"], "text/html; charset=utf-8");
    let policy = &page.headers["content-security-policy"];
    assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
    assert_eq!(page.headers["referrer-policy"], "no-referrer");
    assert_eq!(page.headers["x-content-type-options"], "nosniff");
    let known = format!("If-None-Match: {}", page.headers["etag"]);
    let again = send(server.address(), &request("GET", "/", &[&known], None)).await;
    assert_eq!((again.status, again.body.as_str()), (304, ""));
    server.stop().await;
}

#[tokio::test]
async fn a_conferences_page_is_there_if_the_conference_is() {
    let server = Server::start(|_| {}).await;
    let path = server.conference().await;
    let key = path.rsplit('/').next().unwrap();
    assert_eq!(server.ask("GET", &format!("/c/{key}")).await.status, 200);
    for missing in [format!("/c/{}", "0".repeat(26)), "/c/x".to_owned(), "/nothing".to_owned()] {
        let reply = server.ask("GET", &missing).await;
        assert_eq!(reply.status, 404, "{missing}");
        assert!(reply.body.contains("<html"), "{missing} is answered by a page");
    }
    server.ask("GET", "/assets/nothing.js").await.problem(404, "not_found");
    server.stop().await;
}

#[tokio::test]
async fn every_asset_that_a_page_names_is_there() {
    let server = Server::start(|_| {}).await;
    let page = server.ask("GET", "/").await.body;
    let named: Vec<&str> = page.split('"').filter(|text| text.starts_with("/assets/")).collect();
    assert!(!named.is_empty());
    for name in named {
        let name = name.split('#').next().unwrap();
        assert_eq!(server.ask("GET", name).await.status, 200, "{name}");
    }
    server.stop().await;
}

#[tokio::test]
async fn health_and_metrics_tell_how_it_is() {
    let server = Server::start(|_| {}).await;
    assert_eq!(server.ask("GET", "/healthz").await.json()["status"], "ok");
    let metrics = server.ask("GET", "/metrics").await;
    assert!(metrics.headers["content-type"].starts_with("text/plain"));
    for name in
        ["confab_calls 0", "confab_legs 0", "confab_rtp_ports", "confab_http_responses_total"]
    {
        assert!(metrics.body.contains(name), "{name} in {}", metrics.body);
    }
    server.stop().await;
}
