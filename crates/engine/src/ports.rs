//! Which leg is on which port, as the control side knows it: pure bookkeeping.
//!
//! A worker tells legs on one port apart by the address that their packets come from, so each pair
//! of port and source must name one leg. A leg whose peer is not known yet starts on a port of its
//! own; a leg whose peer is known may join a port if all legs there are latched and have other
//! peers. Then a packet from an unknown source can only be meant for the newcomer.

use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;
use std::time::Duration;

use crate::LegId;

/// How long no newcomer joins a port that a leg has just left: what the old peer still sends must
/// not be taken for the newcomer's.
pub(crate) const SHARE_COOLDOWN: Duration = Duration::from_secs(2);

/// Where a peer says it is, and where it was found to be.
#[derive(Debug, Clone, Copy, Default)]
struct Peer {
    signalled: Option<SocketAddr>,
    latched: Option<SocketAddr>,
}

impl Peer {
    fn is_at(&self, address: SocketAddr) -> bool {
        self.signalled == Some(address) || self.latched == Some(address)
    }
}

#[derive(Debug)]
struct Port {
    worker: usize,
    slot: u32,
    legs: HashMap<LegId, Peer>,
    /// Legs that are not latched yet.
    open: usize,
    shareable_from: Duration,
    /// Its sockets are on their way back; nobody joins any more.
    is_closing: bool,
}

/// The ports of an engine.
#[derive(Debug)]
pub(crate) struct Ports {
    /// First even port and last odd one.
    range: (u16, u16),
    legs_per_port_max: usize,
    /// The even port to try next: ports are taken in turn, so that one is not used again soon.
    cursor: u16,
    ports: BTreeMap<u16, Port>,
}

impl Ports {
    pub(crate) fn new((first, last): (u16, u16), legs_per_port_max: usize) -> Self {
        let first = first.checked_next_multiple_of(2).unwrap_or(u16::MAX - 1);
        let last = if last % 2 == 1 { last } else { last.saturating_sub(1) };
        Self { range: (first, last), legs_per_port_max, cursor: first, ports: BTreeMap::new() }
    }

    /// How many are open.
    pub(crate) fn len(&self) -> usize {
        self.ports.len()
    }

    /// A port of `worker` that a leg whose peer is at `remote` may join.
    pub(crate) fn shareable(
        &self,
        worker: usize,
        remote: SocketAddr,
        now: Duration,
    ) -> Option<u16> {
        self.ports
            .iter()
            .find(|(_, port)| {
                port.worker == worker
                    && !port.is_closing
                    && port.open == 0
                    && port.legs.len() < self.legs_per_port_max
                    && port.shareable_from <= now
                    && !port.legs.values().any(|peer| peer.is_at(remote))
            })
            .map(|(&number, _)| number)
    }

    /// Even ports that are not open, each once, in the order in which to try to bind them.
    pub(crate) fn unused(&self) -> impl Iterator<Item = u16> + use<> {
        let (first, last) = self.range;
        let taken: Vec<u16> = self.ports.keys().copied().collect();
        let ahead = (self.cursor..last).step_by(2);
        let behind = (first..self.cursor).step_by(2);
        ahead.chain(behind).filter(move |number| taken.binary_search(number).is_err())
    }

    /// Notes that the pair at `number` was bound and belongs to `worker`, which has it in `slot`.
    pub(crate) fn open(&mut self, number: u16, worker: usize, slot: u32) {
        let (first, last) = self.range;
        let next = number.saturating_add(2);
        self.cursor = if next < last { next } else { first };
        let port = Port {
            worker,
            slot,
            legs: HashMap::new(),
            open: 0,
            shareable_from: Duration::ZERO,
            is_closing: false,
        };
        self.ports.insert(number, port);
    }

    /// The worker's slot of an open port.
    pub(crate) fn slot(&self, number: u16) -> Option<u32> {
        self.ports.get(&number).map(|port| port.slot)
    }

    /// Puts `leg` on an open port.
    pub(crate) fn join(&mut self, number: u16, leg: LegId, signalled: Option<SocketAddr>) {
        if let Some(port) = self.ports.get_mut(&number) {
            port.legs.insert(leg, Peer { signalled, latched: None });
            port.open += 1;
        }
    }

    /// Notes the address that a leg's peer has signalled. Another one than before opens the leg's
    /// latch again. False, and nothing noted, if another leg on the port has that address.
    /// An unspecified address, as for hold, says nothing and is nobody's.
    pub(crate) fn signal(&mut self, number: u16, leg: LegId, address: SocketAddr) -> bool {
        let Some(address) = known(address) else { return true };
        let Some(port) = self.ports.get_mut(&number) else { return false };
        if port.legs.iter().any(|(&other, peer)| other != leg && peer.is_at(address)) {
            return false;
        }
        let Some(peer) = port.legs.get_mut(&leg) else { return false };
        if peer.latched.is_some_and(|latched| latched != address) && peer.signalled != Some(address)
        {
            peer.latched = None;
            port.open += 1;
        }
        peer.signalled = Some(address);
        true
    }

    /// Notes where a leg's packets come from.
    pub(crate) fn latch(&mut self, number: u16, leg: LegId, source: SocketAddr) {
        let Some(port) = self.ports.get_mut(&number) else { return };
        let Some(peer) = port.legs.get_mut(&leg) else { return };
        if peer.latched.replace(source).is_none() {
            port.open = port.open.saturating_sub(1);
        }
    }

    /// Takes `leg` off its port. When it was the last one, the port is closing: its worker and slot
    /// are returned, and nobody joins it any more.
    pub(crate) fn leave(&mut self, number: u16, leg: LegId, now: Duration) -> Option<(usize, u32)> {
        let port = self.ports.get_mut(&number)?;
        let peer = port.legs.remove(&leg)?;
        if peer.latched.is_none() {
            port.open = port.open.saturating_sub(1);
        }
        port.shareable_from = now + SHARE_COOLDOWN;
        port.is_closing = port.legs.is_empty();
        port.is_closing.then_some((port.worker, port.slot))
    }

    /// Forgets a port whose sockets are closed.
    pub(crate) fn close(&mut self, number: u16) {
        self.ports.remove(&number);
    }
}

/// The address in the form in which sources are named, if it is one.
pub(crate) fn known(address: SocketAddr) -> Option<SocketAddr> {
    let canonical = SocketAddr::new(address.ip().to_canonical(), address.port());
    (!canonical.ip().is_unspecified()).then_some(canonical)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Duration = Duration::from_secs(100);

    fn at(address: &str) -> SocketAddr {
        address.parse().unwrap()
    }

    fn ports() -> Ports {
        Ports::new((5_001, 5_010), 3)
    }

    #[test]
    fn pairs_are_even_within_the_range_and_taken_in_turn() {
        let mut ports = ports();
        assert_eq!(ports.unused().collect::<Vec<_>>(), [5_002, 5_004, 5_006, 5_008]);
        ports.open(5_002, 0, 0);
        ports.open(5_004, 0, 1);
        ports.close(5_002);
        assert_eq!(ports.unused().collect::<Vec<_>>(), [5_006, 5_008, 5_002]);
        ports.open(5_008, 0, 2);
        assert_eq!(ports.unused().next(), Some(5_002), "and round again");
        assert_eq!((ports.len(), ports.slot(5_008)), (2, Some(2)));
    }

    #[test]
    fn the_highest_pair_is_usable_and_nothing_overflows() {
        let mut ports = Ports::new((65_534, 65_535), 1);
        assert_eq!(ports.unused().collect::<Vec<_>>(), [65_534]);
        ports.open(65_534, 0, 0);
        assert_eq!(ports.unused().count(), 0);
    }

    #[test]
    fn a_port_is_shared_once_its_legs_are_latched_and_by_other_peers_only() {
        let mut ports = ports();
        ports.open(5_002, 1, 0);
        ports.join(5_002, LegId(1), Some(at("192.0.2.1:4000")));
        let newcomer = at("192.0.2.1:6000");
        assert_eq!(ports.shareable(1, newcomer, NOW), None, "leg 1 is still open");
        ports.latch(5_002, LegId(1), at("192.0.2.1:4444"));
        assert_eq!(ports.shareable(1, newcomer, NOW), Some(5_002));
        assert_eq!(ports.shareable(0, newcomer, NOW), None, "another worker's");
        assert_eq!(ports.shareable(1, at("192.0.2.1:4000"), NOW), None, "signalled by leg 1");
        assert_eq!(ports.shareable(1, at("192.0.2.1:4444"), NOW), None, "found to be leg 1's");
    }

    #[test]
    fn a_port_takes_so_many_legs_and_no_more() {
        let mut ports = ports();
        ports.open(5_002, 0, 0);
        for leg in 1..=3 {
            let peer = SocketAddr::new(at("192.0.2.1:0").ip(), 4_000 + leg);
            ports.join(5_002, LegId(leg.into()), Some(peer));
            ports.latch(5_002, LegId(leg.into()), peer);
        }
        assert_eq!(ports.shareable(0, at("192.0.2.2:4000"), NOW), None);
    }

    #[test]
    fn a_new_address_opens_the_leg_again_and_must_be_nobody_elses() {
        let mut ports = ports();
        let (one, two) = (at("192.0.2.1:4000"), at("192.0.2.2:4000"));
        ports.open(5_002, 0, 0);
        for (leg, peer) in [(LegId(1), one), (LegId(2), two)] {
            ports.join(5_002, leg, Some(peer));
            ports.latch(5_002, leg, peer);
        }
        assert!(!ports.signal(5_002, LegId(1), two));
        assert!(ports.signal(5_002, LegId(1), one), "no news");
        assert!(ports.shareable(0, at("192.0.2.3:4000"), NOW).is_some());
        assert!(ports.signal(5_002, LegId(1), at("192.0.2.1:7000")));
        assert_eq!(ports.shareable(0, at("192.0.2.3:4000"), NOW), None);
        ports.latch(5_002, LegId(1), at("192.0.2.1:7000"));
        assert!(ports.shareable(0, at("192.0.2.3:4000"), NOW).is_some());
    }

    #[test]
    fn hold_of_old_is_nobodys_address() {
        let mut ports = ports();
        ports.open(5_002, 0, 0);
        for (leg, peer) in [(LegId(1), at("192.0.2.1:4000")), (LegId(2), at("192.0.2.2:4000"))] {
            ports.join(5_002, leg, Some(peer));
            ports.latch(5_002, leg, peer);
            assert!(ports.signal(5_002, leg, at("0.0.0.0:4000")), "also when both hold");
        }
        assert!(ports.shareable(0, at("192.0.2.3:4000"), NOW).is_some(), "they stay latched");
        assert!(
            !ports.signal(5_002, LegId(1), at("[::ffff:192.0.2.2]:4000")),
            "the same by another name"
        );
    }

    #[test]
    fn a_port_cools_down_after_a_leg_and_closes_after_the_last() {
        let mut ports = ports();
        ports.open(5_002, 0, 9);
        for leg in 1..=2 {
            let peer = SocketAddr::new(at("192.0.2.1:0").ip(), 4_000 + leg);
            ports.join(5_002, LegId(leg.into()), Some(peer));
            ports.latch(5_002, LegId(leg.into()), peer);
        }
        let newcomer = at("192.0.2.2:4000");
        assert_eq!(ports.leave(5_002, LegId(1), NOW), None);
        assert_eq!(ports.shareable(0, newcomer, NOW), None);
        assert_eq!(ports.shareable(0, newcomer, NOW + SHARE_COOLDOWN), Some(5_002));
        assert_eq!(ports.leave(5_002, LegId(2), NOW), Some((0, 9)));
        assert_eq!(ports.shareable(0, newcomer, NOW + SHARE_COOLDOWN), None, "it is closing");
        assert_eq!(ports.leave(5_002, LegId(2), NOW), None, "left already");
    }

    #[test]
    fn a_leg_that_was_never_latched_leaves_nothing_open() {
        let mut ports = ports();
        ports.open(5_002, 0, 0);
        ports.join(5_002, LegId(1), None);
        ports.latch(5_002, LegId(1), at("192.0.2.1:4000"));
        ports.join(5_002, LegId(2), Some(at("192.0.2.2:4000")));
        ports.leave(5_002, LegId(2), NOW);
        assert!(ports.shareable(0, at("192.0.2.3:4000"), NOW + SHARE_COOLDOWN).is_some());
    }
}
