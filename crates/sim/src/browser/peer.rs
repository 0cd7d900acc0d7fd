//! All of a browser but its sockets and its clock.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use audio::codec::CodecError;
use is::Protocol;
use sdp::browser::{BrowserNegotiated, ClientAnswer, IceCredentials, TrickleFragment};
use webrtc::Datagram;
use webrtc::dtls::{Certificate, DtlsError, Epoch, Event, Fingerprint, Handshake, Side};

use super::checks::Checks;
use super::media::Media;
use super::receiver::{Captured, Receiver};
use super::{BrowserError, Heard, Hears, Route};
use crate::phone::Says;

/// How far a browser is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Stage {
    /// It looks for a way, or for keys.
    Connecting,
    /// It talks and listens.
    Connected,
    /// The server said goodbye.
    Closed,
    /// DTLS came to nothing.
    Failed(DtlsError),
}

/// One browser, which is given the time and what arrives, and asked what to send.
pub struct Peer {
    checks: Checks,
    handshake: Option<Handshake>,
    media: Option<Media>,
    setup: Setup,
    stage: Stage,
    outgoing: VecDeque<(Route, Vec<u8>)>,
}

/// What a peer needs once it has found a way.
struct Setup {
    certificate: std::sync::Arc<Certificate>,
    expected: Vec<Fingerprint>,
    agreed: BrowserNegotiated,
    says: Option<Says>,
    hears: Hears,
    epoch: Instant,
}

impl Peer {
    /// A peer with one socket, `local`, that goes by the server's answer to the offer in which its `checks`
    /// were.
    ///
    /// # Errors
    /// The answer has nothing that can be used.
    pub(super) fn new(
        mut checks: Checks,
        local: (SocketAddr, Protocol),
        answer: &ClientAnswer,
        certificate: std::sync::Arc<Certificate>,
        (says, hears): (Option<Says>, Hears),
        now: Instant,
    ) -> Result<Self, BrowserError> {
        checks.begin(local, &answer.remote.ice, &answer.candidates)?;
        let fingerprints = answer.remote.fingerprints.iter();
        let expected: Result<Vec<_>, _> =
            fingerprints.map(|fingerprint| Fingerprint::parse(&fingerprint.to_string())).collect();
        let agreed = answer.negotiated.clone();
        let setup = Setup { certificate, expected: expected?, agreed, says, hears, epoch: now };
        let (stage, outgoing) = (Stage::Connecting, VecDeque::new());
        let mut peer = Self { checks, handshake: None, media: None, setup, stage, outgoing };
        peer.handle_timeout(now);
        Ok(peer)
    }

    /// How far it is.
    pub fn stage(&self) -> &Stage {
        &self.stage
    }

    /// The way that it found.
    pub fn route(&self) -> Option<Route> {
        self.checks.nominated()
    }

    /// What it received so far.
    pub fn heard(&self) -> Heard {
        self.receiver().map(|receiver| receiver.heard.clone()).unwrap_or_default()
    }

    /// The sound that it received.
    pub(super) fn captured(&self) -> Captured {
        self.receiver().map(Receiver::captured).unwrap_or_default()
    }

    /// Forgets what it received.
    pub fn forget(&mut self) {
        if let Some(media) = &mut self.media {
            media.receiver.forget();
        }
    }

    /// Says something else from now on, or nothing.
    ///
    /// # Errors
    /// The codec can't be set up.
    pub fn say(&mut self, says: Option<Says>) -> Result<(), CodecError> {
        self.setup.says = says;
        self.media.as_mut().map_or(Ok(()), |media| media.mouth.say(says))
    }

    /// Begins ICE again, with the credentials that this gives.
    pub fn restart(&mut self) -> IceCredentials {
        self.checks.restart()
    }

    /// Goes on with a restart, by the server's side of it.
    ///
    /// # Errors
    /// The fragment has no credentials, or addresses that can't be used.
    pub fn restarted(
        &mut self,
        local: (SocketAddr, Protocol),
        fragment: &TrickleFragment,
    ) -> Result<(), BrowserError> {
        let ice = fragment.ice.as_ref().ok_or(BrowserError::Lacks("credentials"))?;
        self.checks.begin(local, ice, &fragment.candidates)
    }

    /// Takes a datagram.
    pub fn handle_datagram(&mut self, now: Instant, route: Route, datagram: &mut [u8]) {
        match Datagram::of(datagram) {
            Some(Datagram::Stun) => self.checks.handle_datagram(now, route, datagram),
            Some(Datagram::Dtls) => {
                let since = self.since(now);
                if let Some(handshake) = &mut self.handshake {
                    handshake.handle_datagram(since, datagram);
                }
            }
            Some(Datagram::Rtp) => {
                if let Some(media) = &mut self.media {
                    media.take(now, datagram);
                }
            }
            None => {}
        }
        self.progress(now);
    }

    /// Does what is due.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.checks.handle_timeout(now);
        let since = self.since(now);
        if let Some(handshake) = &mut self.handshake {
            handshake.handle_timeout(since);
        }
        self.progress(now);
    }

    /// Talks: to be called every 20 ms.
    pub fn tick(&mut self, now: Instant) {
        if let (Some(media), Some(route)) = (&mut self.media, self.checks.nominated()) {
            let packets = media.tick(now).into_iter().map(|packet| (route, packet));
            self.outgoing.extend(packets);
        }
    }

    /// Says goodbye by DTLS.
    pub fn close(&mut self) {
        if let Some(handshake) = &mut self.handshake {
            handshake.close();
        }
        self.send_dtls();
    }

    /// When [`handle_timeout`](Self::handle_timeout) is due.
    pub fn poll_timeout(&mut self) -> Option<Instant> {
        let dtls = self.handshake.as_ref().and_then(Handshake::poll_timeout);
        let dtls = dtls.map(|since| self.setup.epoch + since);
        self.checks.poll_timeout().into_iter().chain(dtls).min()
    }

    /// The next datagram to send, and its way.
    pub fn poll_transmit(&mut self) -> Option<(Route, Vec<u8>)> {
        self.checks.poll_transmit().or_else(|| self.outgoing.pop_front())
    }

    fn progress(&mut self, now: Instant) {
        self.checks.settle();
        if self.handshake.is_none() && self.checks.nominated().is_some() {
            let Setup { certificate, expected, epoch, .. } = &self.setup;
            let epoch = Epoch::new(*epoch);
            let since = self.since(now);
            self.handshake =
                Some(Handshake::new(Side::Client, certificate, expected.clone(), epoch, since));
        }
        let events =
            self.handshake.as_mut().map(|handshake| std::iter::from_fn(|| handshake.poll_event()));
        let events: Vec<Event> = events.into_iter().flatten().collect();
        for event in events {
            self.take_event(event);
        }
        self.send_dtls();
    }

    fn take_event(&mut self, event: Event) {
        self.stage = match event {
            Event::Connected(keys) => {
                let Setup { agreed, says, hears, epoch, .. } = &self.setup;
                match Media::new(&keys, agreed, *says, *hears, *epoch) {
                    Ok(media) => self.media = Some(media),
                    Err(error) => tracing::warn!(%error, "a browser can't talk"),
                }
                Stage::Connected
            }
            Event::Closed => Stage::Closed,
            Event::Failed(error) => Stage::Failed(error),
        };
    }

    fn send_dtls(&mut self) {
        let (Some(handshake), Some(route)) = (&mut self.handshake, self.checks.nominated()) else {
            return;
        };
        let datagrams = std::iter::from_fn(|| handshake.poll_transmit());
        self.outgoing.extend(datagrams.map(|datagram| (route, datagram)));
    }

    fn receiver(&self) -> Option<&Receiver> {
        self.media.as_ref().map(|media| &media.receiver)
    }

    fn since(&self, now: Instant) -> Duration {
        now.saturating_duration_since(self.setup.epoch)
    }
}
