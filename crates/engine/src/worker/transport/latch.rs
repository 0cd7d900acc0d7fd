//! Where a peer's media comes from: learnt once, then locked.
//!
//! A peer behind a NAT sends from another address than the one it signalled. Taking any source
//! would let a stranger speak in the room, and sending to any source would hand the room's sound
//! to whoever asks. So:
//!
//! - until a packet was accepted, we send to the signalled address and nowhere else;
//! - a packet from the signalled address locks the leg to it at once;
//! - another source must be of the same IP address or of one that was allowed for the leg, and
//!   must send [`CONFIRMATIONS`] packets in sequence with nothing else in between;
//! - once locked, only that source is heard and sent to, until the peer signals another address.

use std::net::{IpAddr, SocketAddr};

use crate::settings::ALLOWED_SOURCES_MAX;

/// Packets in sequence after which a source that was not signalled is believed: 100 ms of speech.
pub(crate) const CONFIRMATIONS: u16 = 5;

/// The same for the source that was locked before the peer signalled a new address. What is still
/// on its way from there must not win against the new stream, but a peer whose NAT sends from
/// where it always did must be heard again: 1 s of speech.
pub(crate) const CONFIRMATIONS_FORMER: u16 = 50;

/// What is to be done with a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It comes from the locked source: take it.
    Accept,
    /// It has just locked the leg to its source: take it.
    Lock,
    /// Its source may become the leg's, but is not believed yet: drop it.
    Candidate,
    /// It has nothing to do with this leg: drop it.
    Stranger,
}

/// IP addresses that a leg's media may come from; a fixed set, so that it allocates nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct AllowedIps([Option<IpAddr>; ALLOWED_SOURCES_MAX]);

impl AllowedIps {
    /// Takes the first [`ALLOWED_SOURCES_MAX`] of `addresses`.
    pub(crate) fn new(addresses: &[IpAddr]) -> Self {
        let mut allowed = Self::default();
        for (place, address) in allowed.0.iter_mut().zip(addresses) {
            *place = Some(address.to_canonical());
        }
        allowed
    }

    fn contains(&self, address: IpAddr) -> bool {
        self.0.contains(&Some(address))
    }
}

/// A source that is trying.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Candidate {
    source: SocketAddr,
    ssrc: u32,
    sequence: u16,
    count: u16,
}

/// What is known of a leg's source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Open { candidate: Option<Candidate>, former: Option<SocketAddr> },
    Locked(SocketAddr),
}

/// The rule above for one leg.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Latch {
    signalled: SocketAddr,
    allowed: AllowedIps,
    state: State,
}

impl Latch {
    /// An open latch for a peer that signalled the address `signalled`.
    pub(crate) fn new(signalled: SocketAddr, allowed: AllowedIps) -> Self {
        Self {
            signalled: canonical(signalled),
            allowed,
            state: State::Open { candidate: None, former: None },
        }
    }

    /// Takes what the peer has signalled anew. Another address opens the latch again; an
    /// unspecified one (`0.0.0.0`, a hold of old) says nothing about where the peer is.
    pub(crate) fn signal(&mut self, signalled: SocketAddr, allowed: AllowedIps) {
        self.allowed = allowed;
        let signalled = canonical(signalled);
        if signalled.ip().is_unspecified() || signalled == self.signalled {
            return;
        }
        self.signalled = signalled;
        self.state = match self.state {
            State::Locked(source) if source == signalled => State::Locked(source),
            State::Locked(source) => State::Open { candidate: None, former: Some(source) },
            State::Open { former, .. } => State::Open { candidate: None, former },
        };
    }

    /// Judges a packet by its source and by the fields of its header that show a stream.
    pub(crate) fn judge(&mut self, source: SocketAddr, ssrc: u32, sequence: u16) -> Verdict {
        match self.state {
            State::Locked(locked) if locked == source => Verdict::Accept,
            State::Locked(_) => Verdict::Stranger,
            State::Open { .. } if source == self.signalled => self.lock(source),
            State::Open { .. } if !self.may_come_from(source.ip()) => Verdict::Stranger,
            State::Open { candidate, former } => {
                let follows = candidate.filter(|last| {
                    (last.source, last.ssrc) == (source, ssrc)
                        && last.sequence.wrapping_add(1) == sequence
                });
                let count = follows.map_or(1, |last| last.count.saturating_add(1));
                let needed =
                    if former == Some(source) { CONFIRMATIONS_FORMER } else { CONFIRMATIONS };
                if count >= needed {
                    return self.lock(source);
                }
                let candidate = Some(Candidate { source, ssrc, sequence, count });
                self.state = State::Open { candidate, former };
                Verdict::Candidate
            }
        }
    }

    /// Locks to `source` without further ado, if the leg is open and media may come from there:
    /// for RTCP, whose rare packets are known by the stream that they speak of.
    pub(crate) fn judge_known_stream(&mut self, source: SocketAddr) -> Verdict {
        match self.state {
            State::Locked(locked) if locked == source => Verdict::Accept,
            State::Open { .. } if source == self.signalled || self.may_come_from(source.ip()) => {
                self.lock(source)
            }
            _ => Verdict::Stranger,
        }
    }

    /// Whether an unknown source of this IP address could become the leg's.
    pub(crate) fn is_open_to(&self, ip: IpAddr) -> bool {
        !self.is_locked() && self.may_come_from(ip)
    }

    /// Where to send: to the locked source, or else where the peer said.
    pub(crate) fn destination(&self) -> SocketAddr {
        match self.state {
            State::Locked(source) => source,
            State::Open { .. } => self.signalled,
        }
    }

    pub(crate) fn is_locked(&self) -> bool {
        matches!(self.state, State::Locked(_))
    }

    /// Whether the peer was found elsewhere than it said.
    pub(crate) fn has_moved(&self) -> bool {
        self.destination() != self.signalled
    }

    fn may_come_from(&self, ip: IpAddr) -> bool {
        ip == self.signalled.ip() || self.allowed.contains(ip)
    }

    fn lock(&mut self, source: SocketAddr) -> Verdict {
        self.state = State::Locked(source);
        Verdict::Lock
    }
}

/// `::ffff:a.b.c.d` as plain IPv4, the way received packets name their source.
fn canonical(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SIGNALLED: &str = "192.0.2.1:4000";
    const SAME_IP: &str = "192.0.2.1:61000";
    const ALLOWED: &str = "198.51.100.9:4000";
    const STRANGER: &str = "203.0.113.5:4000";

    fn at(address: &str) -> SocketAddr {
        address.parse().unwrap()
    }

    fn latch() -> Latch {
        Latch::new(at(SIGNALLED), AllowedIps::new(&[at(ALLOWED).ip()]))
    }

    fn run(latch: &mut Latch, source: &str, sequences: std::ops::Range<u16>) -> Vec<Verdict> {
        sequences.map(|sequence| latch.judge(at(source), 1, sequence)).collect()
    }

    #[test]
    fn the_signalled_address_locks_at_once() {
        let mut latch = latch();
        assert_eq!(latch.destination(), at(SIGNALLED));
        assert_eq!(run(&mut latch, SIGNALLED, 7..9), [Verdict::Lock, Verdict::Accept]);
        assert_eq!(run(&mut latch, SAME_IP, 0..9), [Verdict::Stranger; 9]);
    }

    #[test]
    fn another_port_or_an_allowed_address_must_show_a_stream() {
        for source in [SAME_IP, ALLOWED] {
            let mut latch = latch();
            assert_eq!(run(&mut latch, source, 65_534..65_535), [Verdict::Candidate]);
            assert_eq!(latch.judge(at(source), 1, 65_535), Verdict::Candidate);
            assert_eq!(run(&mut latch, source, 0..2), [Verdict::Candidate; 2]);
            assert_eq!(latch.destination(), at(SIGNALLED), "not believed yet: draws nothing out");
            assert_eq!(latch.judge(at(source), 1, 2), Verdict::Lock);
            assert_eq!(latch.destination(), at(source));
            assert!(latch.has_moved());
            assert_eq!(run(&mut latch, SIGNALLED, 0..1), [Verdict::Stranger]);
        }
    }

    #[test]
    fn a_gap_another_stream_or_another_source_begins_the_count_again() {
        let mut latch = latch();
        run(&mut latch, SAME_IP, 0..4);
        assert_eq!(latch.judge(at(SAME_IP), 1, 9), Verdict::Candidate);
        run(&mut latch, SAME_IP, 10..13);
        assert_eq!(latch.judge(at(SAME_IP), 2, 13), Verdict::Candidate);
        run(&mut latch, ALLOWED, 0..4);
        assert_eq!(run(&mut latch, SAME_IP, 13..14), [Verdict::Candidate]);
        assert!(!latch.is_locked());
    }

    #[test]
    fn a_new_address_opens_the_latch_but_stragglers_do_not_take_it() {
        let mut latch = latch();
        run(&mut latch, SIGNALLED, 0..1);
        latch.signal(at("192.0.2.1:5000"), AllowedIps::default());
        assert_eq!(latch.destination(), at("192.0.2.1:5000"));
        assert_eq!(run(&mut latch, SIGNALLED, 1..50), [Verdict::Candidate; 49]);
        assert_eq!(run(&mut latch, "192.0.2.1:5000", 0..1), [Verdict::Lock]);
    }

    #[test]
    fn a_peer_whose_nat_stays_is_heard_again_after_a_second() {
        let mut latch = latch();
        run(&mut latch, SAME_IP, 0..5);
        latch.signal(at("192.0.2.1:5000"), AllowedIps::default());
        assert_eq!(run(&mut latch, SAME_IP, 5..55).last(), Some(&Verdict::Lock));
    }

    #[test]
    fn signals_without_news_change_nothing() {
        let mut latch = latch();
        run(&mut latch, SAME_IP, 0..5);
        latch.signal(at(SIGNALLED), AllowedIps::default());
        latch.signal(at("0.0.0.0:4000"), AllowedIps::default());
        assert_eq!(latch.destination(), at(SAME_IP));
        latch.signal(at(SAME_IP), AllowedIps::default());
        assert!(latch.is_locked(), "the peer only confirms what was learnt");
    }

    #[test]
    fn rtcp_of_a_known_stream_locks_at_once_but_not_from_anywhere() {
        let mut latch = latch();
        assert_eq!(latch.judge_known_stream(at(STRANGER)), Verdict::Stranger);
        assert_eq!(latch.judge_known_stream(at(ALLOWED)), Verdict::Lock);
        assert_eq!(latch.judge_known_stream(at(SIGNALLED)), Verdict::Stranger);
    }

    proptest! {
        /// Whatever arrives in whatever order: a stranger's packet is never taken and never sent
        /// to, and a locked latch stays as it is.
        #[test]
        fn strangers_never_get_in(
            packets in prop::collection::vec((0..4_usize, 0..2_u32, 0..8_u16), 0..300),
        ) {
            let sources = [SIGNALLED, SAME_IP, ALLOWED, STRANGER];
            let mut latch = latch();
            let mut locked = None;
            for (source, ssrc, sequence) in packets {
                let source = at(sources[source]);
                let verdict = latch.judge(source, ssrc, sequence);
                match verdict {
                    Verdict::Lock => prop_assert!(locked.replace(source).is_none()),
                    Verdict::Accept => prop_assert_eq!(locked, Some(source)),
                    Verdict::Candidate => prop_assert!(locked.is_none()),
                    Verdict::Stranger => prop_assert_ne!(locked, Some(source)),
                }
                prop_assert_ne!(latch.destination(), at(STRANGER));
                prop_assert_eq!(latch.destination(), locked.unwrap_or(at(SIGNALLED)));
            }
        }

        /// A believed source has shown the confirmations in a row, or was signalled.
        #[test]
        fn only_a_run_of_packets_locks(sequences in prop::collection::vec(0..12_u16, 0..200)) {
            let mut latch = latch();
            let mut run = 0;
            let mut last = None;
            for sequence in sequences {
                let follows = last.is_some_and(|last: u16| last.wrapping_add(1) == sequence);
                run = if follows { run + 1 } else { 1 };
                last = Some(sequence);
                if latch.judge(at(SAME_IP), 1, sequence) == Verdict::Lock {
                    prop_assert_eq!(run, CONFIRMATIONS);
                    break;
                }
                prop_assert!(run < CONFIRMATIONS);
            }
        }
    }
}
