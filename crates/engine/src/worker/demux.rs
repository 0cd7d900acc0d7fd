//! Which leg a datagram is for: by the socket that it came to and the address that it came from.

use std::hash::{BuildHasher, Hash, Hasher};
use std::net::{Ipv6Addr, SocketAddr};

use foldhash::fast::RandomState;

use super::socket_key::SocketKey;

/// Marks a place of the table as free.
const NOBODY: u32 = u32::MAX;

/// The table of known sources. Only sources of legs are in it, never a stranger's, and its hash has a
/// key of its own, so that nobody can choose sources that crowd one place.
///
/// Every packet is looked up here, and with thousands of legs hardly any of the table is in the
/// processor's cache. So a place is half a cache line, and one look at one place nearly always does:
/// the table is open, with at least half of it free, and what is removed leaves no trace behind, for
/// what stands after it moves up. It never grows.
pub(crate) struct Demux {
    places: Box<[Place]>,
    used: usize,
    used_max: usize,
    hash: RandomState,
}

/// A source, and whose it is.
#[derive(Debug, Clone, Copy)]
#[repr(align(32))]
struct Place {
    source: Source,
    leg: u32,
}

/// A socket of ours and an address of a peer's, in little room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Source {
    /// In four parts, for all of it to be in half a cache line.
    ip: [u32; 4],
    scope: u32,
    socket: SocketKey,
    port: u16,
}

const _: () = assert!(size_of::<Place>() == 32);

impl Demux {
    /// A table for `sources_max` sources.
    pub(crate) fn new(sources_max: usize) -> Self {
        let source = Source::new(SocketKey::browsers(0), (Ipv6Addr::UNSPECIFIED, 0).into());
        let places = sources_max.saturating_mul(2).next_power_of_two().max(2);
        Self {
            places: vec![Place { source, leg: NOBODY }; places].into_boxed_slice(),
            used: 0,
            used_max: places / 2,
            hash: RandomState::default(),
        }
    }

    /// The leg whose source that is.
    pub(crate) fn find(&self, socket: SocketKey, source: SocketAddr) -> Option<u32> {
        let leg = self.places[self.place_of(&Source::new(socket, source))].leg;
        (leg != NOBODY).then_some(leg)
    }

    /// Notes that `source` is `leg`'s. A source that is another leg's already stays so.
    pub(crate) fn claim(&mut self, socket: SocketKey, source: SocketAddr, leg: u32) {
        if self.find(socket, source).is_none() {
            self.assign(socket, source, leg);
        }
    }

    /// Notes that `source` is `leg`'s, whosever it was before. One more than there is room for is
    /// left out; the control side lets no more legs in than that.
    pub(crate) fn assign(&mut self, socket: SocketKey, source: SocketAddr, leg: u32) {
        let source = Source::new(socket, source);
        let index = self.place_of(&source);
        let is_new = self.places[index].leg == NOBODY;
        if is_new && self.used == self.used_max {
            return;
        }
        self.used += usize::from(is_new);
        self.places[index] = Place { source, leg };
    }

    /// Forgets that `source` is `leg`'s, if it is.
    pub(crate) fn release(&mut self, socket: SocketKey, source: SocketAddr, leg: u32) {
        let mut hole = self.place_of(&Source::new(socket, source));
        if leg == NOBODY || self.places[hole].leg != leg {
            return;
        }
        self.places[hole].leg = NOBODY;
        self.used -= 1;
        // What stands behind the hole moves up, unless that would put it before its first place.
        let mut next = self.after(hole);
        while self.places[next].leg != NOBODY {
            let first = self.first_place(&self.places[next].source);
            let way = |from: usize| next.wrapping_sub(from) & (self.places.len() - 1);
            if way(first) >= way(hole) {
                self.places[hole] = self.places[next];
                self.places[next].leg = NOBODY;
                hole = next;
            }
            next = self.after(next);
        }
    }

    /// The place of a source, or the free one where it would go. There is a free one, for half are.
    fn place_of(&self, source: &Source) -> usize {
        let mut index = self.first_place(source);
        while self.places[index].leg != NOBODY && self.places[index].source != *source {
            index = self.after(index);
        }
        index
    }

    fn first_place(&self, source: &Source) -> usize {
        // The table's length is a power of two.
        self.hash.hash_one(source) as usize & (self.places.len() - 1)
    }

    fn after(&self, index: usize) -> usize {
        (index + 1) & (self.places.len() - 1)
    }
}

impl Source {
    fn new(socket: SocketKey, address: SocketAddr) -> Self {
        let (ip, scope) = match address {
            SocketAddr::V4(v4) => (v4.ip().to_ipv6_mapped(), 0),
            SocketAddr::V6(v6) => (*v6.ip(), v6.scope_id()),
        };
        let ip = u128::from(ip);
        let ip = [96, 64, 32, 0].map(|shift| (ip >> shift) as u32);
        Self { ip, scope, socket, port: address.port() }
    }
}

impl Hash for Source {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let [a, b, c, d] = self.ip.map(u64::from);
        state.write_u64(a << 32 | b);
        state.write_u64(c << 32 | d);
        state.write_u64(u64::from(self.scope) << 32 | u64::from(self.port));
        state.write_u64(self.socket.index() as u64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    use proptest::prelude::*;

    use crate::worker::socket_key::Channel;

    const RTP: Channel = Channel::Rtp;
    const RTCP: Channel = Channel::Rtcp;

    fn at(port: u16) -> SocketAddr {
        ([192, 0, 2, 1], port).into()
    }

    #[test]
    fn a_source_is_one_legs_on_each_socket() {
        let mut demux = Demux::new(4);
        demux.claim(SocketKey::port(0, RTP), at(1), 7);
        demux.claim(SocketKey::port(1, RTP), at(1), 8);
        demux.claim(SocketKey::port(0, RTCP), at(1), 9);
        demux.claim(SocketKey::port(0, RTP), at(1), 10);
        assert_eq!(demux.find(SocketKey::port(0, RTP), at(1)), Some(7), "who comes first stays");
        assert_eq!(demux.find(SocketKey::port(1, RTP), at(1)), Some(8));
        assert_eq!(demux.find(SocketKey::port(0, RTCP), at(1)), Some(9));
        assert_eq!(demux.find(SocketKey::port(0, RTP), at(2)), None);
        demux.assign(SocketKey::port(0, RTP), at(1), 10);
        assert_eq!(demux.find(SocketKey::port(0, RTP), at(1)), Some(10), "unless it is proved");
    }

    #[test]
    fn only_its_own_source_is_released() {
        let mut demux = Demux::new(4);
        demux.claim(SocketKey::port(0, RTP), at(1), 7);
        demux.release(SocketKey::port(0, RTP), at(1), 8);
        assert_eq!(demux.find(SocketKey::port(0, RTP), at(1)), Some(7));
        demux.release(SocketKey::port(0, RTP), at(1), 7);
        assert_eq!(demux.find(SocketKey::port(0, RTP), at(1)), None);
    }

    #[test]
    fn one_peer_by_its_two_families_is_two_sources_unless_it_is_mapped() {
        let mut demux = Demux::new(4);
        let key = SocketKey::port(0, RTP);
        let at = |address: &str| address.parse::<SocketAddr>().unwrap();
        demux.claim(key, at("192.0.2.1:1"), 1);
        demux.claim(key, at("[2001:db8::1]:1"), 2);
        demux.claim(key, at("[fe80::1%2]:1"), 3);
        demux.claim(key, at("[fe80::1%3]:1"), 4);
        let found = ["[::ffff:192.0.2.1]:1", "[2001:db8::1]:1", "[fe80::1%2]:1", "[fe80::1%3]:1"];
        assert_eq!(found.map(|address| demux.find(key, at(address))), [1, 2, 3, 4].map(Some));
        assert_eq!(demux.find(key, at("[fe80::1]:1")), None);
    }

    #[test]
    fn a_full_table_leaves_out_what_is_new() {
        let mut demux = Demux::new(2);
        for port in 0..9 {
            demux.assign(SocketKey::port(0, RTP), at(port), port.into());
        }
        assert_eq!(demux.used, demux.used_max);
        demux.assign(SocketKey::port(0, RTP), at(0), 7);
        assert_eq!(demux.find(SocketKey::port(0, RTP), at(0)), Some(7), "it is known already");
        assert_eq!(demux.find(SocketKey::port(0, RTP), at(8)), None);
    }

    proptest! {
        /// Whatever comes and goes, in a table so small that most sources crowd each other: it knows
        /// what a map knows.
        #[test]
        fn it_is_a_map(steps in prop::collection::vec((0..3_u8, 0..24_u16, 0..3_u32), 0..400)) {
            let (mut demux, mut map) = (Demux::new(16), HashMap::new());
            let key = SocketKey::port(0, RTP);
            for (step, port, leg) in steps {
                match step {
                    0 if map.len() < 16 => {
                        demux.claim(key, at(port), leg);
                        map.entry(port).or_insert(leg);
                    }
                    1 if map.len() < 16 => {
                        demux.assign(key, at(port), leg);
                        map.insert(port, leg);
                    }
                    _ => {
                        demux.release(key, at(port), leg);
                        if map.get(&port) == Some(&leg) {
                            map.remove(&port);
                        }
                    }
                }
                prop_assert_eq!(demux.used, map.len());
                for port in 0..24 {
                    prop_assert_eq!(demux.find(key, at(port)), map.get(&port).copied());
                }
            }
        }
    }
}
