//! The DTLS endpoints of all browsers, and their timers.
//!
//! They run in the switchboard's own task: a handshake costs it some hundred microseconds in all, so
//! that even 50 browsers a second leave it time for everything else.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use engine::LegId;
use webrtc::dtls::{Certificate, DtlsError, Epoch, Event, Fingerprint, Handshake, Side};

/// Datagrams that one browser's endpoint takes in its life. A handshake is made of four, over a bad
/// network of some dozens; nothing but its end comes after it. More is an attempt to keep us busy.
const DATAGRAMS_MAX: u32 = 500;

/// The endpoints.
pub(in crate::switchboard) struct Handshakes {
    certificate: Certificate,
    by_leg: HashMap<LegId, Endpoint>,
    /// Times are told to endpoints as what has passed since then.
    epoch: Instant,
}

struct Endpoint {
    handshake: Handshake,
    /// When it wants to be told that time has passed.
    deadline: Option<Duration>,
    datagrams_left: u32,
    is_connected: bool,
}

/// What came of something that an endpoint was told.
#[derive(Default)]
pub(super) struct Step {
    /// Datagrams to send, in order.
    pub(super) datagrams: Vec<Vec<u8>>,
    /// What it means for the call.
    pub(super) outcome: Option<Outcome>,
}

/// What a handshake came to.
pub(super) enum Outcome {
    /// The browser is who it said in its offer, and these are the keys of its media.
    Connected(rtp::srtp::Keys),
    /// The browser said goodbye.
    Closed,
    /// It came to nothing.
    Failed(DtlsError),
}

impl Handshakes {
    pub(in crate::switchboard) fn new(certificate: Certificate) -> Handshakes {
        Handshakes { certificate, by_leg: HashMap::new(), epoch: Instant::now() }
    }

    /// Our fingerprint, as SDP has it.
    pub(super) fn fingerprint(&self) -> String {
        self.certificate.fingerprint().to_string()
    }

    /// Expects a browser with one of these certificates.
    pub(super) fn expect(&mut self, leg: LegId, fingerprints: Vec<Fingerprint>) {
        let (epoch, now) = (Epoch::new(self.epoch), self.now());
        let handshake = Handshake::new(Side::Server, &self.certificate, fingerprints, epoch, now);
        let endpoint = Endpoint {
            deadline: handshake.poll_timeout(),
            handshake,
            datagrams_left: DATAGRAMS_MAX,
            is_connected: false,
        };
        self.by_leg.insert(leg, endpoint);
    }

    /// Gives a leg's endpoint what its browser has sent.
    pub(super) fn take(&mut self, leg: LegId, datagram: &[u8]) -> Step {
        let now = self.now();
        let Some(endpoint) = self.by_leg.get_mut(&leg) else { return Step::default() };
        let Some(left) = endpoint.datagrams_left.checked_sub(1) else { return Step::default() };
        endpoint.datagrams_left = left;
        endpoint.handshake.handle_datagram(now, datagram);
        endpoint.step()
    }

    /// Tells those endpoints that time has passed who wanted to know.
    pub(super) fn take_time(&mut self) -> Vec<(LegId, Step)> {
        let now = self.now();
        let is_due =
            |endpoint: &Endpoint| endpoint.deadline.is_some_and(|deadline| deadline <= now);
        let due = self.by_leg.iter_mut().filter(|(_, endpoint)| is_due(endpoint));
        due.map(|(leg, endpoint)| {
            endpoint.handshake.handle_timeout(now);
            (*leg, endpoint.step())
        })
        .collect()
    }

    /// Forgets a leg's endpoint; gives what its browser is to be told as goodbye.
    pub(super) fn close(&mut self, leg: LegId) -> Vec<Vec<u8>> {
        let Some(mut endpoint) = self.by_leg.remove(&leg) else { return Vec::new() };
        endpoint.handshake.close();
        endpoint.step().datagrams
    }

    /// How many there are.
    #[cfg(test)]
    pub(super) fn count(&self) -> usize {
        self.by_leg.len()
    }

    /// How many are not through yet.
    pub(in crate::switchboard) fn under_way(&self) -> usize {
        self.by_leg.values().filter(|endpoint| !endpoint.is_connected).count()
    }

    fn now(&self) -> Duration {
        self.epoch.elapsed()
    }
}

impl Endpoint {
    fn step(&mut self) -> Step {
        let datagrams = std::iter::from_fn(|| self.handshake.poll_transmit()).collect();
        let outcome = self.handshake.poll_event().map(|event| match event {
            Event::Connected(keys) => {
                self.is_connected = true;
                Outcome::Connected(keys)
            }
            Event::Closed => Outcome::Closed,
            Event::Failed(error) => Outcome::Failed(error),
        });
        self.deadline = self.handshake.poll_timeout();
        Step { datagrams, outcome }
    }
}

/// A name for why a handshake failed, for counting.
pub(super) fn name_of(error: &DtlsError) -> &'static str {
    match error {
        DtlsError::WrongFingerprint => "wrong_fingerprint",
        DtlsError::NoCertificate => "no_certificate",
        DtlsError::NoProfile => "no_profile",
        DtlsError::TimedOut => "timed_out",
        DtlsError::Protocol(_) => "protocol",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEG: LegId = LegId(7);

    /// A browser's own endpoint, and ours, which expects `expected`.
    fn ends(expected: Option<Fingerprint>) -> (Handshake, Handshakes) {
        let certificate = Certificate::generate().unwrap();
        let mut ours = Handshakes::new(Certificate::generate().unwrap());
        let known = vec![Fingerprint::parse(&ours.fingerprint()).unwrap()];
        let (epoch, start) = (Epoch::new(Instant::now()), Duration::ZERO);
        let theirs = Handshake::new(Side::Client, &certificate, known, epoch, start);
        ours.expect(LEG, vec![expected.unwrap_or_else(|| certificate.fingerprint())]);
        (theirs, ours)
    }

    /// Carries datagrams to and fro until nobody has anything to say; what it comes to for us.
    fn talk(theirs: &mut Handshake, ours: &mut Handshakes) -> Option<Outcome> {
        let mut outcome = None;
        while let Some(datagram) = theirs.poll_transmit() {
            let step = ours.take(LEG, &datagram);
            outcome = outcome.or(step.outcome);
            for datagram in step.datagrams {
                theirs.handle_datagram(Duration::ZERO, &datagram);
            }
        }
        outcome
    }

    #[test]
    fn a_browser_with_its_certificate_gets_in_and_says_goodbye() {
        let (mut theirs, mut ours) = ends(None);
        assert_eq!(ours.under_way(), 1);
        let outcome = talk(&mut theirs, &mut ours);
        assert!(matches!(outcome, Some(Outcome::Connected(_))));
        assert!(matches!(theirs.poll_event(), Some(Event::Connected(_))));
        assert_eq!(ours.under_way(), 0);
        theirs.close();
        assert!(matches!(talk(&mut theirs, &mut ours), Some(Outcome::Closed)));
    }

    #[test]
    fn one_with_another_certificate_does_not() {
        let another = Certificate::generate().unwrap().fingerprint();
        let (mut theirs, mut ours) = ends(Some(another));
        match talk(&mut theirs, &mut ours) {
            Some(Outcome::Failed(error)) => assert_eq!(name_of(&error), "wrong_fingerprint"),
            _ => panic!("it got in"),
        }
    }

    #[test]
    fn we_say_goodbye_too() {
        let (mut theirs, mut ours) = ends(None);
        talk(&mut theirs, &mut ours);
        theirs.poll_event();
        for datagram in ours.close(LEG) {
            theirs.handle_datagram(Duration::ZERO, &datagram);
        }
        assert!(matches!(theirs.poll_event(), Some(Event::Closed)));
        assert!(ours.close(LEG).is_empty(), "it is forgotten");
        assert!(ours.take(LEG, b"\x16\xfe\xfd").outcome.is_none());
    }

    #[test]
    fn a_browser_cannot_keep_us_busy() {
        let (mut theirs, mut ours) = ends(None);
        let hello = theirs.poll_transmit().unwrap();
        for _ in 0..DATAGRAMS_MAX {
            ours.take(LEG, b"\x16 neither a record nor a hello");
        }
        assert!(ours.take(LEG, &hello).datagrams.is_empty(), "it has had its share");
    }
}
