//! Calls with a client that this project did not write: `sipp` (Debian package `sip-tester`) calls and is called,
//! 100 times a second, by UDP and by TCP.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test says what went wrong by failing"
)]

use std::{
    net::{Ipv4Addr, SocketAddr, UdpSocket},
    process::{Child, Command, Stdio},
    time::Duration,
};

use sip::{
    CallId, Dial, EndCause, Endpoint, HangUp, Settings, SipEvent, SipHandle, Transport, Trunk,
    TrunkId,
};
use tokio::{
    sync::mpsc::Receiver,
    time::{interval, sleep, timeout},
};

const LOOPBACK: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);
const SDP: &str = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 40000 RTP/AVP 0\r\n";
const CALLS: usize = 300;
const CALLS_PER_SECOND: usize = 100;

async fn endpoint(sipp: SocketAddr, transport: Transport) -> (SipHandle, Receiver<SipEvent>) {
    let mut settings = Settings::udp(LOOPBACK);
    settings.tcp = Some(LOOPBACK);
    let mut trunk = Trunk::new("sipp", sipp.into());
    trunk.transport = transport;
    trunk.inbound.sources.push("127.0.0.1/32".parse().unwrap());
    settings.trunks.push(trunk);
    Endpoint::bind(settings).await.unwrap()
}

fn free_port() -> SocketAddr {
    UdpSocket::bind(LOOPBACK).unwrap().local_addr().unwrap()
}

/// Waits until somebody listens at a port of loopback. Whoever tried it by taking the port would be in the way.
async fn until_taken(address: SocketAddr, transport: Transport) {
    // The kernel's tables give a socket's own address as `0100007F:PORT`, in hexadecimal.
    let own = format!(":{:04X} ", address.port());
    let table = match transport {
        Transport::Udp => "/proc/net/udp",
        Transport::Tcp => "/proc/net/tcp",
    };
    let taken = async {
        loop {
            let sockets = std::fs::read_to_string(table).unwrap();
            let owns = |line: &str| line.get(..22).is_some_and(|line| line.contains(&own));
            if sockets.lines().any(owns) {
                return;
            }
            sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(Duration::from_secs(10), taken).await.expect("sipp listens");
}

fn sipp(local: SocketAddr, transport: Transport, scenario: &[&str]) -> Child {
    let transport = match transport {
        Transport::Udp => "u1",
        Transport::Tcp => "t1",
    };
    let port = local.port().to_string();
    let calls = CALLS.to_string();
    Command::new("sipp")
        .args(["-i", "127.0.0.1", "-p", &port, "-t", transport, "-m", &calls, "-nostdin"])
        .args(scenario)
        .current_dir(std::env::temp_dir())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("sipp runs (Debian package sip-tester)")
}

/// Waits until nothing is left of any call.
async fn assert_nothing_remains(handle: &SipHandle) {
    let settled = async {
        while handle.stats().calls > 0 {
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(Duration::from_secs(10), settled).await.expect("calls remain");
}

async fn sipp_calls(transport: Transport) {
    let local = free_port();
    let (handle, mut events) = endpoint(local, transport).await;
    let ours = match transport {
        Transport::Udp => handle.local_udp_addr(),
        Transport::Tcp => handle.local_tcp_addr(),
    };
    let (ours, rate) = (ours.unwrap().to_string(), CALLS_PER_SECOND.to_string());
    let mut child =
        sipp(local, transport, &["-sn", "uac", &ours, "-r", &rate, "-d", "100", "-s", "1234"]);
    let mut ended = 0;
    while ended < CALLS {
        match timeout(Duration::from_secs(10), events.recv()).await.unwrap().unwrap() {
            SipEvent::Incoming { call, to_user, offer, .. } => {
                assert!(to_user == "1234" && offer.is_some());
                handle.ring(call).unwrap();
                handle.answer(call, SDP.into()).unwrap();
            }
            SipEvent::Ended { cause, .. } => {
                assert_eq!(cause, EndCause::Remote);
                ended += 1;
            }
            other => panic!("{other:?}"),
        }
    }
    assert!(child.wait().unwrap().success(), "sipp saw a call fail");
    assert_nothing_remains(&handle).await;
}

async fn sipp_is_called(transport: Transport) {
    let local = free_port();
    let mut child = sipp(local, transport, &["-sn", "uas"]);
    until_taken(local, transport).await;
    let (handle, mut events) = endpoint(local, transport).await;
    let caller = handle.clone();
    tokio::spawn(async move {
        let mut beat = interval(Duration::from_secs(1) / u32::try_from(CALLS_PER_SECOND).unwrap());
        for call in 0..CALLS {
            beat.tick().await;
            let dial = Dial {
                trunk: TrunkId("sipp".into()),
                to_number: "+33612345678".into(),
                caller_id: Some("+33123456789".into()),
                offer: SDP.into(),
                ring_time: Duration::from_secs(30),
            };
            caller.dial(CallId(call as u64), dial).unwrap();
        }
    });
    let (mut ended, mut answered) = (0, 0);
    while ended < CALLS {
        match timeout(Duration::from_secs(10), events.recv()).await.unwrap().unwrap() {
            SipEvent::Ringing { .. } => {}
            SipEvent::Answered { call, .. } => {
                answered += 1;
                handle.hang_up(call, HangUp::Normal).unwrap();
            }
            SipEvent::Ended { cause, .. } => {
                assert_eq!(cause, EndCause::Local);
                ended += 1;
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(answered, CALLS);
    assert!(child.wait().unwrap().success(), "sipp saw a call fail");
    assert_nothing_remains(&handle).await;
}

#[tokio::test]
async fn sipp_calls_by_udp() {
    sipp_calls(Transport::Udp).await;
}

#[tokio::test]
async fn sipp_calls_by_tcp() {
    sipp_calls(Transport::Tcp).await;
}

#[tokio::test]
async fn sipp_is_called_by_udp() {
    sipp_is_called(Transport::Udp).await;
}

#[tokio::test]
async fn sipp_is_called_by_tcp() {
    sipp_is_called(Transport::Tcp).await;
}
