//! A server that is too busy for anybody else says so, in the words of each way in.

use serde_json::json;
use tokio::net::UdpSocket;

use super::support::{LOOPBACK, Reply, Server};
use super::whip::offer;

/// What people are told.
const DETAIL: &str = "The server is full just now. Please try again in a moment.";

/// A server whose workers have no time for anybody, and a trunk from here.
async fn overloaded() -> (Server, sim::Carrier) {
    Server::with_carrier(|config| config.media.load_max = 0.0).await
}

fn is_full(reply: &Reply) {
    let problem = reply.problem(503, "server_full");
    assert_eq!(problem["detail"], DETAIL);
    assert_eq!(reply.headers["retry-after"], "10");
}

#[tokio::test]
async fn pages_are_told_in_plain_words_and_refusals_are_counted() {
    let (server, carrier) = overloaded().await;
    let conference = server.conference().await;
    let sdp = ["Content-Type: application/sdp"];
    is_full(&server.give("POST", &format!("{conference}/whip"), &sdp, &offer().to_string()).await);
    let body = json!({ "number": "01 99 00 00 01" });
    is_full(&server.tell("POST", &format!("{conference}/calls"), &body).await);
    assert!(
        server.ask("GET", &conference).await.json()["participants"].as_array().unwrap().is_empty()
    );
    let metrics = server.ask("GET", "/metrics").await.body;
    for line in [
        "confab_calls_refused_total{reason=\"server_full\"} 2",
        "confab_media_overloaded{worker=\"0\"} 1",
        "confab_media_tick_seconds{worker=\"0\",quantile=\"0.99\"}",
        "confab_media_tick_duration_seconds_bucket{worker=\"0\",le=\"+Inf\"}",
        "confab_media_load{worker=\"0\"}",
        "confab_media_packets_dropped_total{worker=\"0\",reason=\"stranger\"} 0",
    ] {
        assert!(metrics.contains(line), "{line} in {metrics}");
    }
    server.stop().await;
    carrier.close().await;
}

#[tokio::test]
async fn callers_get_a_503_that_says_when_to_try_again() {
    let (server, carrier) = overloaded().await;
    let conference = server.conference().await;
    let view = server.ask("GET", &conference).await.json();
    let code = view["dial_in"]["code"].as_str().unwrap();
    let caller = UdpSocket::bind((LOOPBACK, 0)).await.unwrap();
    let invite = invite(code, caller.local_addr().unwrap().port());
    caller.send_to(invite.as_bytes(), server.running.sip_udp_addr).await.unwrap();
    let mut buffer = [0; 4096];
    let response = loop {
        let length = caller.recv(&mut buffer).await.unwrap();
        let response = String::from_utf8(buffer[..length].to_vec()).unwrap();
        if !response.starts_with("SIP/2.0 1") {
            break response;
        }
    };
    assert!(response.starts_with("SIP/2.0 503 "), "{response}");
    assert!(response.contains("\r\nRetry-After: 10\r\n"), "{response}");
    server.stop().await;
    carrier.close().await;
}

/// A call from a port of loopback.
fn invite(code: &str, port: u16) -> String {
    let sdp = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n\
        m=audio 40000 RTP/AVP 8\r\n";
    format!(
        "INVITE sip:{code}@127.0.0.1 SIP/2.0\r\n\
        Via: SIP/2.0/UDP 127.0.0.1:{port};branch=z9hG4bKoverload;rport\r\n\
        Max-Forwards: 70\r\nFrom: <sip:+33199000042@127.0.0.1>;tag=caller\r\n\
        To: <sip:{code}@127.0.0.1>\r\nCall-ID: overload@127.0.0.1\r\nCSeq: 1 INVITE\r\n\
        Contact: <sip:caller@127.0.0.1:{port}>\r\nContent-Type: application/sdp\r\n\
        Content-Length: {}\r\n\r\n{sdp}",
        sdp.len()
    )
}
