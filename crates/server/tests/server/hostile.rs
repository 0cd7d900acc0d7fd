//! Bad and hostile HTTP gets a proper answer, or none, and never harms.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::support::{Server, TOKEN, bearer, reply_of, request, send};

#[tokio::test]
async fn bodies_that_are_no_json_are_refused_by_kind() {
    let server = Server::start(|_| {}).await;
    let path = "/api/v1/conferences";
    let token = bearer(TOKEN);
    let not_json = request("POST", path, &[&token], Some("{"));
    send(server.address(), &not_json).await.problem(400, "not_json");
    let form = not_json.replace("application/json", "text/plain");
    send(server.address(), &form).await.problem(415, "unsupported_media_type");
    let large = format!("{{\"title\":\"{}\"}}", "x".repeat(20_000));
    let large = request("POST", path, &[&token], Some(&large));
    send(server.address(), &large).await.problem(413, "too_large");
    server.stop().await;
}

#[tokio::test]
async fn long_urls_and_headers_are_refused() {
    let server = Server::start(|_| {}).await;
    let long = format!("/{}", "x".repeat(3000));
    server.ask("GET", &long).await.problem(414, "uri_too_long");
    let header = format!("X-Long: {}", "x".repeat(20_000));
    let reply = send(server.address(), &request("GET", "/", &[&header], None)).await;
    assert_eq!(reply.status, 431);
    let many = "X-Many: 1\r\n".repeat(100);
    let reply = send(server.address(), &request("GET", "/", &[many.trim_end()], None)).await;
    assert_eq!(reply.status, 431);
    server.stop().await;
}

#[tokio::test]
async fn nonsense_instead_of_http_is_dropped() {
    let server = Server::start(|_| {}).await;
    for nonsense in [&b"\x16\x03\x01\x02\x00\x01"[..], b"\0\0\0\0\r\n\r\n", b"GET\r\n\r\n"] {
        let mut stream = TcpStream::connect(server.address()).await.unwrap();
        stream.write_all(nonsense).await.unwrap();
        stream.shutdown().await.unwrap();
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        assert!(answer.is_empty() || reply_of(&answer).status == 400);
    }
    assert_eq!(server.ask("GET", "/healthz").await.status, 200);
    server.stop().await;
}

#[tokio::test]
async fn a_header_that_trickles_in_is_cut_off() {
    let server = Server::start(|config| config.http.header_timeout_s = 1).await;
    let mut stream = TcpStream::connect(server.address()).await.unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\nHost: con").await.unwrap();
    let mut answer = Vec::new();
    let closed =
        tokio::time::timeout(Duration::from_secs(10), stream.read_to_end(&mut answer)).await;
    closed.expect("the connection is still open").unwrap();
    assert!(answer.is_empty() || reply_of(&answer).status == 408);
    server.stop().await;
}

#[tokio::test]
async fn a_body_that_trickles_in_is_cut_off() {
    let server = Server::start(|config| config.http.request_timeout_s = 1).await;
    let conference = server.conference().await;
    let slow = format!(
        "POST {conference}/calls HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\
         Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{{"
    );
    send(server.address(), &slow).await.problem(408, "timeout");
    server.stop().await;
}

#[tokio::test]
async fn connections_beyond_the_limit_wait_for_a_place() {
    let server = Server::start(|config| config.http.connections_max = 1).await;
    let first = TcpStream::connect(server.address()).await.unwrap();
    // The kernel takes the second, the server doesn't yet.
    let mut second = TcpStream::connect(server.address()).await.unwrap();
    second.write_all(request("GET", "/healthz", &[], None).as_bytes()).await.unwrap();
    let mut answer = vec![0; 15];
    let early =
        tokio::time::timeout(Duration::from_millis(200), second.read_exact(&mut answer)).await;
    assert!(early.is_err(), "it was answered while the first had the only place");
    drop(first);
    second.read_exact(&mut answer).await.unwrap();
    assert_eq!(answer, b"HTTP/1.1 200 OK");
    server.stop().await;
}
