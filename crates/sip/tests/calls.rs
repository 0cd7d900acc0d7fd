//! Two endpoints of ours on loopback sockets call each other.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says what went wrong by failing")]

use std::{net::SocketAddr, time::Duration};

use bytes::Bytes;
use sip::{
    CallId, Credentials, Dial, EndCause, Endpoint, HangUp, HostPort, Rejection, Settings, SipError,
    SipEvent, SipHandle, Trunk, TrunkId,
};
use tokio::sync::mpsc::Receiver;

const LOOPBACK: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 0);

struct Side {
    handle: SipHandle,
    events: Receiver<SipEvent>,
}

impl Side {
    async fn next(&mut self) -> SipEvent {
        tokio::time::timeout(Duration::from_secs(10), self.events.recv()).await.unwrap().unwrap()
    }
}

async fn callee() -> Side {
    let mut settings = Settings::udp(LOOPBACK);
    let mut trunk = Trunk::new("peer", LOOPBACK.into());
    trunk.inbound.sources.push("127.0.0.0/8".parse().unwrap());
    settings.trunks.push(trunk);
    settings.tcp = Some(LOOPBACK);
    let (handle, events) = Endpoint::bind(settings).await.unwrap();
    Side { handle, events }
}

async fn caller(callee: &Side, transport: sip::Transport) -> Side {
    let mut settings = Settings::udp(LOOPBACK);
    settings.tcp = Some(LOOPBACK);
    let address = match transport {
        sip::Transport::Udp => callee.handle.local_udp_addr(),
        sip::Transport::Tcp => callee.handle.local_tcp_addr(),
    };
    let mut trunk = Trunk::new("carrier", address.unwrap().into());
    trunk.transport = transport;
    settings.trunks.push(trunk);
    let (handle, events) = Endpoint::bind(settings).await.unwrap();
    Side { handle, events }
}

fn dial() -> Dial {
    Dial {
        trunk: TrunkId("carrier".into()),
        to_number: "+33612345678".into(),
        caller_id: Some("+33123456789".into()),
        offer: Bytes::from_static(b"v=0 offer"),
        ring_time: Duration::from_secs(60),
    }
}

#[tokio::test]
async fn a_call_is_answered_and_hung_up() {
    for transport in [sip::Transport::Udp, sip::Transport::Tcp] {
        let mut callee = callee().await;
        let mut caller = caller(&callee, transport).await;
        let out = CallId(7);
        caller.handle.dial(out, dial()).unwrap();
        let SipEvent::Incoming { call, to_user, from, offer, .. } = callee.next().await else {
            panic!()
        };
        assert_eq!((to_user.as_str(), from.user.as_str()), ("+33612345678", "+33123456789"));
        assert_eq!(offer.as_deref(), Some(&b"v=0 offer"[..]));
        callee.handle.ring(call).unwrap();
        assert!(
            matches!(caller.next().await, SipEvent::Ringing { call, sdp: None } if call == out)
        );
        callee.handle.answer(call, Bytes::from_static(b"v=0 answer")).unwrap();
        let SipEvent::Answered { sdp, .. } = caller.next().await else { panic!() };
        assert_eq!(&sdp[..], b"v=0 answer");
        caller.handle.hang_up(out, HangUp::Normal).unwrap();
        assert!(matches!(caller.next().await, SipEvent::Ended { cause: EndCause::Local, .. }));
        assert!(matches!(callee.next().await, SipEvent::Ended { cause: EndCause::Remote, .. }));
        callee.handle.shutdown().await;
        caller.handle.shutdown().await;
        assert_eq!((caller.handle.stats().calls, callee.handle.stats().calls), (0, 0));
    }
}

#[tokio::test]
async fn a_busy_callee_says_so() {
    let mut callee = callee().await;
    let mut caller = caller(&callee, sip::Transport::Udp).await;
    caller.handle.dial(CallId(1), dial()).unwrap();
    let call = callee.next().await.call();
    callee.handle.reject(call, Rejection::status(486)).unwrap();
    let SipEvent::Ended { cause, .. } = caller.next().await else { panic!() };
    assert_eq!(cause, EndCause::Rejected { status: 486, reason: "Busy Here".into() });
}

#[tokio::test]
async fn dropping_the_events_ends_the_calls() {
    let mut callee = callee().await;
    let mut caller = caller(&callee, sip::Transport::Udp).await;
    caller.handle.dial(CallId(1), dial()).unwrap();
    let call = callee.next().await.call();
    callee.handle.answer(call, Bytes::from_static(b"v=0 answer")).unwrap();
    assert!(matches!(caller.next().await, SipEvent::Answered { .. }));
    drop(caller.events);
    assert!(matches!(callee.next().await, SipEvent::Ended { cause: EndCause::Remote, .. }));
}

#[tokio::test]
async fn what_can_not_be_dialled_is_said_at_once() {
    let callee = callee().await;
    let handle = caller(&callee, sip::Transport::Udp).await.handle;
    let unknown = Dial { trunk: TrunkId("nobody".into()), ..dial() };
    assert!(matches!(handle.dial(CallId(1), unknown), Err(SipError::UnknownTrunk(_))));
    assert!(matches!(handle.dial(CallId(1 << 63), dial()), Err(SipError::ReservedCallId)));
    for number in ["", "+", "sip:a@b", "+33 6", "1234567890123456789012345678901234"] {
        let odd = Dial { to_number: number.into(), ..dial() };
        assert!(matches!(handle.dial(CallId(1), odd), Err(SipError::NotDiallable)), "{number}");
    }
    for name in ["+33612345678", "*98#", "room-1000", "Alice.B_2~!"] {
        let good = Dial { to_number: name.into(), ..dial() };
        assert!(handle.dial(CallId(1), good).is_ok(), "{name}");
    }
    assert!(matches!(
        Endpoint::bind(Settings { udp: None, ..Settings::udp(LOOPBACK) }).await,
        Err(SipError::NoAddress)
    ));
    let taken = callee.handle.local_udp_addr().unwrap();
    assert!(matches!(Endpoint::bind(Settings::udp(taken)).await, Err(SipError::Bind { .. })));
}

#[tokio::test]
async fn trunks_have_names_and_ipv6_addresses_too() {
    let any: SocketAddr = "[::]:0".parse().unwrap();
    let mut settings = Settings::udp(any);
    let mut trunk = Trunk::new("peer", LOOPBACK.into());
    for address in ["::1/128", "127.0.0.1/32"] {
        trunk.inbound.sources.push(address.parse().unwrap());
    }
    settings.trunks.push(trunk);
    let (handle, events) = Endpoint::bind(settings).await.unwrap();
    let port = handle.local_udp_addr().unwrap().port();
    let mut callee = Side { handle, events };
    for (own, host) in
        [("[::1]:0", "::1"), ("127.0.0.1:0", "127.0.0.1"), ("127.0.0.1:0", "localhost")]
    {
        let mut settings = Settings::udp(own.parse().unwrap());
        let address = HostPort { host: host.into(), port: Some(port) };
        settings.trunks.push(Trunk::new("carrier", address));
        let (handle, events) = Endpoint::bind(settings).await.unwrap();
        let mut caller = Side { handle, events };
        caller.handle.dial(CallId(1), dial()).unwrap();
        let call = callee.next().await.call();
        callee.handle.answer(call, Bytes::from_static(b"v=0 answer")).unwrap();
        assert!(matches!(caller.next().await, SipEvent::Answered { .. }), "{host}");
        callee.handle.hang_up(call, HangUp::Cleared).unwrap();
        assert!(matches!(caller.next().await, SipEvent::Ended { cause: EndCause::Remote, .. }));
        assert!(matches!(callee.next().await, SipEvent::Ended { cause: EndCause::Local, .. }));
    }
}

#[tokio::test]
async fn a_call_placed_at_once_finds_its_trunk_and_needs_no_repetition() {
    for _ in 0..20 {
        let mut callee = callee().await;
        let port = callee.handle.local_udp_addr().unwrap().port();
        let mut settings = Settings::udp(LOOPBACK);
        settings.timers.t1 = Duration::from_secs(60);
        let name = HostPort { host: "localhost".into(), port: Some(port) };
        settings.trunks.push(Trunk::new("carrier", name));
        let (handle, events) = Endpoint::bind(settings).await.unwrap();
        let mut caller = Side { handle, events };
        caller.handle.dial(CallId(1), dial()).unwrap();
        let call = callee.next().await.call();
        callee.handle.reject(call, Rejection::status(486)).unwrap();
        let SipEvent::Ended { cause, .. } = caller.next().await else { panic!() };
        assert_eq!(cause, EndCause::Rejected { status: 486, reason: "Busy Here".into() });
    }
}

#[tokio::test]
async fn both_sides_authenticate() {
    let credentials = Credentials { username: "pbx".into(), password: "hush".into(), realm: None };
    let mut settings = Settings::udp(LOOPBACK);
    let mut trunk = Trunk::new("peer", LOOPBACK.into());
    trunk.inbound.digest = Some(credentials.clone());
    settings.trunks.push(trunk);
    let (handle, events) = Endpoint::bind(settings).await.unwrap();
    let mut callee = Side { handle, events };
    for (password, is_known) in [("hush", true), ("guess", false)] {
        let mut settings = Settings::udp(LOOPBACK);
        let mut trunk = Trunk::new("carrier", callee.handle.local_udp_addr().unwrap().into());
        trunk.credentials = Some(Credentials { password: password.into(), ..credentials.clone() });
        settings.trunks.push(trunk);
        let (handle, events) = Endpoint::bind(settings).await.unwrap();
        let mut caller = Side { handle, events };
        let offer = Bytes::from("v=0 offer\r\n".repeat(20));
        caller.handle.dial(CallId(1), Dial { offer, ..dial() }).unwrap();
        if is_known {
            let call = callee.next().await.call();
            callee.handle.reject(call, Rejection::status(603)).unwrap();
            callee.next().await;
        }
        let SipEvent::Ended { cause: EndCause::Rejected { status, .. }, .. } = caller.next().await
        else {
            panic!("{password}");
        };
        assert_eq!(status, if is_known { 603 } else { 403 });
    }
}
