//! TCP connections: framing, keep-alives, limits.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says what went wrong by failing")]

mod support;

use std::{
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};

use bytes::Bytes;
use sip::{
    CallId, Command, Dial, Endpoint, Limits, Settings, SipEvent, SipHandle, Transport, Trunk,
    TrunkId, endpoint::Output,
};
use support::peer::Bench;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::mpsc::Receiver,
    time::timeout,
};

const LOOPBACK: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

async fn endpoint(limits: Limits) -> (SipHandle, Receiver<SipEvent>) {
    let mut settings = Settings::udp(LOOPBACK);
    settings.tcp = Some(LOOPBACK);
    settings.limits = limits;
    let mut trunk = Trunk::new("peer", LOOPBACK.into());
    trunk.inbound.sources.push("127.0.0.0/8".parse().unwrap());
    settings.trunks.push(trunk);
    Endpoint::bind(settings).await.unwrap()
}

async fn connect(handle: &SipHandle) -> TcpStream {
    TcpStream::connect(handle.local_tcp_addr().unwrap()).await.unwrap()
}

fn options(count: u32) -> String {
    format!(
        "OPTIONS sip:confab@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1:1;branch=z9hG4bKo{count}\r\n\
         From: <sip:a@b>;tag=1\r\nTo: <sip:confab@127.0.0.1>\r\nCall-ID: o{count}\r\nCSeq: 1 OPTIONS\r\n\
         Content-Length: 0\r\n\r\n"
    )
}

/// Reads until `end` is the end of what was read.
async fn read_until(stream: &mut TcpStream, end: &str) -> String {
    let mut text = String::new();
    let mut buffer = [0; 4096];
    let reading = async {
        while !text.ends_with(end) {
            let length = stream.read(&mut buffer).await.unwrap();
            assert_ne!(length, 0, "closed after {text:?}");
            text += std::str::from_utf8(&buffer[..length]).unwrap();
        }
    };
    timeout(Duration::from_secs(10), reading).await.unwrap();
    text
}

/// Waits until the peer closes.
async fn assert_closed(stream: &mut TcpStream) {
    let mut rest = Vec::new();
    // A reset is as good as an end.
    let _ = timeout(Duration::from_secs(10), stream.read_to_end(&mut rest)).await.unwrap();
    assert!(rest.is_empty(), "{rest:?}");
}

#[tokio::test]
async fn requests_are_framed_however_they_arrive() {
    let (handle, _events) = endpoint(Limits::default()).await;
    let mut stream = connect(&handle).await;
    let two = format!("{}\r\n{}", options(1), options(2));
    for part in two.as_bytes().chunks(37) {
        stream.write_all(part).await.unwrap();
        stream.flush().await.unwrap();
    }
    let mut text = String::new();
    while text.matches("SIP/2.0 200 OK\r\n").count() < 2 {
        text += &read_until(&mut stream, "\r\n\r\n").await;
    }
    assert!(text.contains("Call-ID: o1\r\n") && text.contains("Call-ID: o2\r\n"));
    assert_eq!(handle.stats().connections, 1);
}

#[tokio::test]
async fn a_ping_gets_its_pong() {
    let (handle, _events) = endpoint(Limits::default()).await;
    let mut stream = connect(&handle).await;
    stream.write_all(b"\r\n\r\n").await.unwrap();
    assert_eq!(read_until(&mut stream, "\r\n").await, "\r\n");
    stream.write_all(options(1).as_bytes()).await.unwrap();
    assert!(read_until(&mut stream, "\r\n\r\n").await.starts_with("SIP/2.0 200 OK"));
}

#[tokio::test]
async fn a_stream_that_can_not_be_framed_is_closed() {
    let (handle, _events) = endpoint(Limits::default()).await;
    for length in [
        "Content-Length: 99999999999999999999",
        "Content-Length: 4000000",
        "X: y",
        "Content-Length: -1",
    ] {
        let mut stream = connect(&handle).await;
        let bad = options(1).replace("Content-Length: 0", length);
        stream.write_all(bad.as_bytes()).await.unwrap();
        assert_closed(&mut stream).await;
    }
    // The endpoint is none the worse for it.
    let mut stream = connect(&handle).await;
    stream.write_all(options(2).as_bytes()).await.unwrap();
    read_until(&mut stream, "\r\n\r\n").await;
    assert_eq!(handle.stats().connections_refused, 4);
}

#[tokio::test]
async fn connections_are_limited() {
    let limits = Limits { connections_per_address_max: 3, ..Limits::default() };
    let (handle, _events) = endpoint(limits).await;
    let mut kept = Vec::new();
    for count in 0..3 {
        let mut stream = connect(&handle).await;
        stream.write_all(options(count).as_bytes()).await.unwrap();
        read_until(&mut stream, "\r\n\r\n").await;
        kept.push(stream);
    }
    assert_closed(&mut connect(&handle).await).await;
    drop(kept);
    let freed = async {
        while handle.stats().connections > 0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(Duration::from_secs(10), freed).await.unwrap();
}

#[tokio::test]
async fn slow_and_idle_connections_are_closed() {
    let limits = Limits { message_time: Duration::from_millis(100), ..Limits::default() };
    let (handle, _events) = endpoint(limits).await;
    let mut stream = connect(&handle).await;
    stream.write_all(b"OPTIONS sip:slowly").await.unwrap();
    assert_closed(&mut stream).await;

    let limits = Limits { connection_idle: Duration::from_millis(100), ..Limits::default() };
    let (handle, _events) = endpoint(limits).await;
    assert_closed(&mut connect(&handle).await).await;
}

fn dial(offer: Bytes) -> Dial {
    Dial {
        trunk: TrunkId("carrier".into()),
        to_number: "+33612345678".into(),
        caller_id: None,
        offer,
        ring_time: Duration::from_secs(60),
    }
}

#[tokio::test]
async fn a_trunk_that_refuses_connections_is_unreachable_at_once() {
    let mut settings = Settings::udp(LOOPBACK);
    let mut trunk = Trunk::new("carrier", "127.0.0.1:1".parse().unwrap());
    trunk.transport = Transport::Tcp;
    settings.trunks.push(trunk);
    let (handle, mut events) = Endpoint::bind(settings).await.unwrap();
    handle.dial(CallId(1), dial("v=0".into())).unwrap();
    let event = timeout(Duration::from_secs(5), events.recv()).await.unwrap().unwrap();
    assert!(matches!(event, SipEvent::Ended { cause: sip::EndCause::Unreachable, .. }));
}

#[test]
fn large_requests_go_by_tcp_where_the_trunk_takes_them() {
    for (allowed, length, expected) in
        [(true, 1400, Transport::Tcp), (true, 100, Transport::Udp), (false, 1400, Transport::Udp)]
    {
        let mut bench = Bench::with(|settings| {
            settings.tcp = settings.udp;
            settings.trunks[0].large_requests_by_tcp = allowed;
        });
        let dial = dial("x".repeat(length).into());
        bench.core.handle_command(bench.now, Command::Dial(CallId(1), dial));
        let Some(Output::Send(flow, data)) = bench.core.poll_output() else { panic!() };
        assert_eq!(flow.transport, expected);
        let via = format!("Via: SIP/2.0/{expected} ");
        assert!(String::from_utf8_lossy(&data).contains(&via));
    }
}
