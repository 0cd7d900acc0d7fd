//! Two endpoints of ours on loopback sockets call each other.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says what went wrong by failing")]

use std::{net::SocketAddr, time::Duration};

use bytes::Bytes;
use sip::{
    CallId, Dial, EndCause, Endpoint, HangUp, Rejection, Settings, SipEvent, SipHandle, Trunk,
    TrunkId,
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
