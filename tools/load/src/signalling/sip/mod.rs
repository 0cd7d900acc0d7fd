//! Calls by SIP (RFC 3261), with plain RTP: what any conference server understands.

mod target;

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use bytes::Bytes;
use sdp::{Direction, Encoding, LocalMedia, Negotiated, Session, SessionDescription};
use sip::{
    CallId, Credentials, Dial, Endpoint, HangUp, HostPort, Limits, Settings, SipError, SipEvent,
    SipHandle, Transport, Trunk, TrunkId,
};
use tokio::sync::mpsc::Receiver;

use super::{Agreed, CallEvent, Events, Reason};
use crate::LegId;
use crate::destination::Reach;

pub use target::{InvalidTarget, ROOM, SipTarget};

/// How long a call may ring.
const RING_TIME: Duration = Duration::from_secs(30);

/// The name of the one trunk there is.
const TRUNK: &str = "target";

/// An offer that can't be taken (RFC 3261 section 21.4.26).
const NOT_ACCEPTABLE_HERE: u16 = 488;

/// What phones are set up with.
#[derive(Clone, Debug)]
pub struct PhoneSettings {
    /// The server, looked up.
    pub server: SocketAddr,
    /// How messages get there.
    pub transport: Transport,
    /// What a challenge is answered with.
    pub credentials: Option<Credentials>,
    /// The one codec of all calls.
    pub codec: Encoding,
    /// Most calls at a time.
    pub calls_max: usize,
    /// Where sound may go.
    pub reach: Reach,
}

/// Phones that call one server.
pub struct Phones {
    settings: PhoneSettings,
    handle: SipHandle,
    received: Receiver<SipEvent>,
    calls: HashMap<CallId, Call>,
    by_leg: HashMap<LegId, CallId>,
    placed: u64,
    events: Events,
}

/// A call that isn't over.
struct Call {
    leg: LegId,
    session: Session,
}

impl Phones {
    /// Opens an endpoint of its own.
    ///
    /// # Errors
    /// There is no socket to be had.
    pub async fn open(settings: PhoneSettings) -> Result<Self, SipError> {
        let is_here = settings.server.ip().is_loopback();
        let local = if is_here { Ipv4Addr::LOCALHOST } else { Ipv4Addr::UNSPECIFIED };
        let local = SocketAddr::new(IpAddr::V4(local), 0);
        let mut trunk = Trunk::new(TRUNK, HostPort::from(settings.server));
        trunk.transport = settings.transport;
        trunk.credentials = settings.credentials.clone();
        // Whoever asks how we are (OPTIONS) or changes a call is answered, from the server alone.
        trunk.inbound.sources = vec![settings.server.ip().into()];
        let endpoint = Settings {
            tcp: (settings.transport == Transport::Tcp).then_some(local),
            user_agent: concat!("confab-load/", env!("CARGO_PKG_VERSION")).to_owned(),
            trunks: vec![trunk],
            limits: Limits { calls_max: settings.calls_max, ..Limits::default() },
            ..Settings::udp(local)
        };
        let (handle, received) = Endpoint::bind(endpoint).await?;
        Ok(Self {
            settings,
            handle,
            received,
            calls: HashMap::new(),
            by_leg: HashMap::new(),
            placed: 0,
            events: Events::new(),
        })
    }

    /// Calls `user` for a leg whose sound comes to `local`.
    pub fn place(&mut self, leg: LegId, user: &str, local: SocketAddr) {
        self.placed += 1;
        let call = CallId(self.placed);
        let mut session = Session::new(self.local_media(local));
        let dial = Dial {
            trunk: TrunkId(TRUNK.to_owned()),
            to_number: user.to_owned(),
            caller_id: Some(format!("load-{}", leg.0)),
            offer: session.offer().to_string().into(),
            ring_time: RING_TIME,
        };
        match self.handle.dial(call, dial) {
            Ok(()) => {
                self.calls.insert(call, Call { leg, session });
                self.by_leg.insert(leg, call);
            }
            Err(error) => {
                let reason = Reason::NotPlaced(error.to_string());
                self.events.push_back(CallEvent::Over { leg, reason });
            }
        }
    }

    /// The next thing that happened.
    pub fn poll(&mut self) -> Option<CallEvent> {
        while self.events.is_empty() {
            let event = self.received.try_recv().ok()?;
            self.take(event);
        }
        self.events.pop_front()
    }

    /// Ends the call of a leg.
    pub fn hang_up(&mut self, leg: LegId) {
        if let Some(call) = self.by_leg.get(&leg).copied() {
            self.end(call);
        }
    }

    /// Ends all calls, and waits until the server has heard it.
    pub async fn close(mut self) {
        self.calls.clear();
        let Self { handle, mut received, .. } = self;
        let drained = async { while received.recv().await.is_some() {} };
        tokio::select! {
            () = handle.shutdown() => {}
            () = drained => {}
        }
    }

    fn take(&mut self, event: SipEvent) {
        match event {
            SipEvent::Answered { call, sdp, .. } => self.answered(call, &sdp),
            SipEvent::Offer { call, sdp } => self.offered(call, sdp),
            SipEvent::Ended { call, cause } => {
                if let Some(Call { leg, .. }) = self.calls.remove(&call) {
                    self.by_leg.remove(&leg);
                    self.events.push_back(CallEvent::Over { leg, reason: cause.into() });
                }
            }
            // Nobody calls a load tester.
            SipEvent::Incoming { call, .. } => self.end(call),
            SipEvent::Ringing { .. }
            | SipEvent::AckAnswer { .. }
            | SipEvent::OfferAnswered { .. }
            | SipEvent::OfferRefused { .. }
            | SipEvent::Digit { .. } => {}
        }
    }

    fn answered(&mut self, id: CallId, sdp: &Bytes) {
        let Some(call) = self.calls.get(&id) else { return };
        let concluded = concluded(&call.session, sdp);
        match concluded.and_then(|agreed| self.agreed(call.leg, &agreed)) {
            Ok(agreed) => self.events.push_back(CallEvent::Up(Box::new(agreed))),
            Err(reason) => {
                let leg = call.leg;
                self.end(id);
                self.events.push_back(CallEvent::Over { leg, reason });
            }
        }
    }

    /// A new offer within a call: a refresh, or one that moves the sound elsewhere.
    fn offered(&mut self, id: CallId, sdp: Option<Bytes>) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        let leg = call.leg;
        let answered = match sdp {
            Some(sdp) => SessionDescription::parse(&sdp)
                .ok()
                .and_then(|offer| call.session.answer(&offer).ok())
                .map(|(answer, negotiated)| (answer, Some(negotiated))),
            None => Some((call.session.offer(), None)),
        };
        let Some((answer, negotiated)) = answered else {
            // Fails only when the endpoint has closed, and its calls with it.
            let _ = self.handle.refuse_offer(id, NOT_ACCEPTABLE_HERE);
            return;
        };
        let _ = self.handle.accept_offer(id, answer.to_string().into());
        let moved = negotiated.filter(|negotiated| negotiated.direction.sends());
        if let Some(Ok(agreed)) = moved.map(|negotiated| self.agreed(leg, &negotiated)) {
            self.events.push_back(CallEvent::Moved(Box::new(agreed)));
        }
    }

    fn agreed(&self, leg: LegId, negotiated: &Negotiated) -> Result<Agreed, Reason> {
        Ok(Agreed {
            leg,
            remote: self.settings.reach.check(negotiated.remote_rtp)?,
            payload_type: negotiated.codec.payload_type_send,
            keys: None,
            level_extension: None,
            mid: None,
        })
    }

    fn end(&mut self, call: CallId) {
        if let Some(Call { leg, .. }) = self.calls.remove(&call) {
            self.by_leg.remove(&leg);
        }
        // Fails only when the endpoint has closed, and its calls with it.
        let _ = self.handle.hang_up(call, HangUp::Normal);
    }

    fn local_media(&self, local: SocketAddr) -> LocalMedia {
        let media = LocalMedia::new(local, rand::random::<u32>().into());
        LocalMedia {
            codecs: vec![self.settings.codec],
            // A tester presses no keys, and listens for no reports.
            telephone_event: false,
            direction: Direction::SendReceive,
            ..media
        }
    }
}

fn concluded(session: &Session, sdp: &Bytes) -> Result<Negotiated, Reason> {
    let answer = SessionDescription::parse(sdp).map_err(|error| Reason::Sdp(error.to_string()))?;
    session.conclude(&answer).map_err(|refusal| Reason::Sdp(refusal.to_string()))
}

#[cfg(test)]
mod tests {
    use sip::{EndCause, Rejection};

    use super::*;

    const LOCAL: ([u8; 4], u16) = ([127, 0, 0, 1], 50_000);

    /// A server of one's own, and phones that call it.
    async fn pair(reach: Reach) -> (SipHandle, Receiver<SipEvent>, Phones) {
        let everybody = HostPort { host: "127.0.0.1".to_owned(), port: None };
        let mut trunk = Trunk::new("everybody", everybody);
        trunk.inbound.sources = vec!["127.0.0.0/8".parse().unwrap()];
        let mut settings = Settings::udp(([127, 0, 0, 1], 0).into());
        settings.trunks.push(trunk);
        let (handle, events) = Endpoint::bind(settings).await.unwrap();
        let phones = Phones::open(PhoneSettings {
            server: handle.local_udp_addr().unwrap(),
            transport: Transport::Udp,
            credentials: None,
            codec: Encoding::Pcmu,
            calls_max: 10,
            reach,
        });
        (handle, events, phones.await.unwrap())
    }

    async fn next(phones: &mut Phones) -> CallEvent {
        for _ in 0..2_000 {
            if let Some(event) = phones.poll() {
                return event;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("nothing happened");
    }

    async fn incoming(events: &mut Receiver<SipEvent>) -> (CallId, String, Bytes) {
        loop {
            if let SipEvent::Incoming { call, to_user, offer, .. } = events.recv().await.unwrap() {
                return (call, to_user, offer.unwrap());
            }
        }
    }

    /// The answer of somebody whose sound is at `rtp`.
    fn answer(offer: &Bytes, rtp: &str) -> Bytes {
        let local = LocalMedia::new(rtp.parse().unwrap(), 7);
        let offer = SessionDescription::parse(offer).unwrap();
        sdp::answer(&offer, &local).unwrap().0.to_string().into()
    }

    #[tokio::test]
    async fn a_call_comes_up_and_ends_when_the_server_says_so() {
        let (server, mut events, mut phones) = pair(Reach::Loopback).await;
        phones.place(LegId(5), "room-7", LOCAL.into());
        let (call, user, offer) = incoming(&mut events).await;
        assert_eq!(user, "room-7");
        server.answer(call, answer(&offer, "127.0.0.1:4000")).unwrap();
        let CallEvent::Up(agreed) = next(&mut phones).await else { panic!("not up") };
        assert_eq!((agreed.leg, agreed.payload_type), (LegId(5), 0));
        assert_eq!(agreed.remote, "127.0.0.1:4000".parse().unwrap());
        server.hang_up(call, HangUp::Normal).unwrap();
        let over = next(&mut phones).await;
        assert!(matches!(over, CallEvent::Over { leg: LegId(5), reason: Reason::HungUp }));
    }

    #[tokio::test]
    async fn a_refusal_is_told_by_its_status_and_our_own_end_not_at_all() {
        let (server, mut events, mut phones) = pair(Reach::Loopback).await;
        phones.place(LegId(0), "1", LOCAL.into());
        let (call, ..) = incoming(&mut events).await;
        server.reject(call, Rejection::status(486)).unwrap();
        let CallEvent::Over { reason, .. } = next(&mut phones).await else { panic!("not over") };
        assert!(reason.to_string().starts_with("SIP 486"), "{reason}");

        phones.place(LegId(1), "1", LOCAL.into());
        let (call, _, offer) = incoming(&mut events).await;
        server.answer(call, answer(&offer, "127.0.0.1:4000")).unwrap();
        assert!(matches!(next(&mut phones).await, CallEvent::Up(_)));
        phones.hang_up(LegId(1));
        loop {
            if let SipEvent::Ended { cause, .. } = events.recv().await.unwrap()
                && cause == EndCause::Remote
            {
                break;
            }
        }
        assert!(phones.poll().is_none());
    }

    #[tokio::test]
    async fn sound_does_not_follow_an_answer_off_the_machine() {
        let (server, mut events, mut phones) = pair(Reach::Loopback).await;
        phones.place(LegId(0), "1", LOCAL.into());
        let (call, _, offer) = incoming(&mut events).await;
        server.answer(call, answer(&offer, "192.0.2.1:4000")).unwrap();
        let over = next(&mut phones).await;
        assert!(matches!(over, CallEvent::Over { reason: Reason::Elsewhere, .. }), "{over:?}");
    }

    #[tokio::test]
    async fn the_server_may_move_its_end() {
        let (server, mut events, mut phones) = pair(Reach::Loopback).await;
        phones.place(LegId(3), "1", LOCAL.into());
        let (call, _, offer) = incoming(&mut events).await;
        server.answer(call, answer(&offer, "127.0.0.1:4000")).unwrap();
        assert!(matches!(next(&mut phones).await, CallEvent::Up(_)));
        let moved = LocalMedia::new("127.0.0.1:4002".parse().unwrap(), 7);
        server.offer(call, sdp::offer(&moved).to_string().into()).unwrap();
        let CallEvent::Moved(agreed) = next(&mut phones).await else { panic!("not moved") };
        assert_eq!(agreed.remote, "127.0.0.1:4002".parse().unwrap());
    }
}
