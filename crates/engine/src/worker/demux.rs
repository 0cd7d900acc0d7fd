//! Which leg a datagram is for: by the socket that it came to and the address that it came from.

use std::collections::HashMap;
use std::net::SocketAddr;

use super::socket_key::SocketKey;

/// The table of known sources. Only sources of legs are in it, never a stranger's.
///
/// The map is made for twice as many entries as there can be, so that it never grows: with half of
/// it free, `std`'s table clears the traces of removed entries in place. (The test without
/// allocation, in which legs come and go, stands guard over that.)
#[derive(Debug)]
pub(crate) struct Demux {
    legs: HashMap<(SocketKey, SocketAddr), u32>,
}

impl Demux {
    /// A table for `sources_max` sources.
    pub(crate) fn new(sources_max: usize) -> Self {
        Self { legs: HashMap::with_capacity(sources_max.saturating_mul(2)) }
    }

    /// The leg whose source that is.
    pub(crate) fn find(&self, socket: SocketKey, source: SocketAddr) -> Option<u32> {
        self.legs.get(&(socket, source)).copied()
    }

    /// Notes that `source` is `leg`'s. A source that is another leg's already stays so.
    pub(crate) fn claim(&mut self, socket: SocketKey, source: SocketAddr, leg: u32) {
        self.legs.entry((socket, source)).or_insert(leg);
    }

    /// Notes that `source` is `leg`'s, whosever it was before.
    pub(crate) fn assign(&mut self, socket: SocketKey, source: SocketAddr, leg: u32) {
        self.legs.insert((socket, source), leg);
    }

    /// Forgets that `source` is `leg`'s, if it is.
    pub(crate) fn release(&mut self, socket: SocketKey, source: SocketAddr, leg: u32) {
        if self.find(socket, source) == Some(leg) {
            self.legs.remove(&(socket, source));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
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
    fn the_table_never_grows() {
        let mut demux = Demux::new(200);
        let capacity = demux.legs.capacity();
        for round in 0..2_000_u16 {
            for channel in [RTP, RTCP] {
                demux.claim(SocketKey::port(0, channel), at(round), round.into());
                if let Some(old) = round.checked_sub(100) {
                    demux.release(SocketKey::port(0, channel), at(old), old.into());
                }
            }
        }
        // Traces of removed entries count against the capacity until they are cleared.
        assert!(demux.legs.capacity() <= capacity);
    }
}
