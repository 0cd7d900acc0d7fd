//! Packets that leave with the next system call.

use std::net::SocketAddr;

use audio::codec::PAYLOAD_BYTES_MAX;
use rtp::packet::HEADER_BYTES;
use rtp::srtp::OVERHEAD_BYTES_MAX;
use udp::BATCH;

/// Room for the header extensions of a packet.
pub(crate) const EXTENSIONS_BYTES_MAX: usize = 64;

/// The longest packet: RTP with everything, or a datagram of DTLS.
pub(crate) const PACKET_BYTES_MAX: usize = 1_472;

const _: () = assert!(
    HEADER_BYTES + EXTENSIONS_BYTES_MAX + PAYLOAD_BYTES_MAX + OVERHEAD_BYTES_MAX
        <= PACKET_BYTES_MAX
);

/// A packet's envelope.
#[derive(Clone, Copy, Debug)]
struct Envelope {
    leg: u32,
    start: u32,
    length: u32,
    remote: SocketAddr,
}

/// A batch of packets, written one behind the other so that few lines of cache hold them.
pub(crate) struct Outgoing {
    arena: Box<[u8]>,
    used: usize,
    envelopes: Vec<Envelope>,
}

impl Outgoing {
    pub(crate) fn new() -> Self {
        Self {
            arena: vec![0; BATCH * PACKET_BYTES_MAX].into_boxed_slice(),
            used: 0,
            envelopes: Vec::with_capacity(BATCH),
        }
    }

    /// Whether it must be sent before it takes another packet.
    pub(crate) fn is_full(&self) -> bool {
        self.envelopes.len() == BATCH
    }

    /// The leg of the first packet, if there is one.
    pub(crate) fn first_leg(&self) -> Option<usize> {
        self.envelopes.first().map(|envelope| envelope.leg as usize)
    }

    /// Lets `write` make a packet of a leg, and tell its length; 0 is no packet. Does nothing when full.
    pub(crate) fn push(
        &mut self,
        leg: usize,
        remote: SocketAddr,
        write: impl FnOnce(&mut [u8]) -> usize,
    ) {
        let room = self.used..self.used + PACKET_BYTES_MAX;
        let Some(room) = self.arena.get_mut(room).filter(|_| self.envelopes.len() < BATCH) else {
            return;
        };
        let length = write(room).min(PACKET_BYTES_MAX);
        if length > 0 {
            let (start, length) = (self.used as u32, length as u32);
            self.envelopes.push(Envelope { leg: leg as u32, start, length, remote });
            self.used += length as usize;
        }
    }

    /// Each packet with its leg and where it goes.
    pub(crate) fn packets(&self) -> impl Iterator<Item = (usize, SocketAddr, &[u8])> {
        self.envelopes.iter().map(|envelope| {
            let start = envelope.start as usize;
            let bytes = self.arena.get(start..start + envelope.length as usize);
            (envelope.leg as usize, envelope.remote, bytes.unwrap_or_default())
        })
    }

    pub(crate) fn clear(&mut self) {
        self.envelopes.clear();
        self.used = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_keep_their_legs_and_bytes_and_no_more_than_a_batch_fits() {
        let to: SocketAddr = "127.0.0.1:9".parse().unwrap();
        let mut outgoing = Outgoing::new();
        outgoing.push(9, to, |_| 0);
        assert_eq!(outgoing.first_leg(), None);
        for leg in 0..BATCH + 3 {
            outgoing.push(leg, to, |room| {
                room[..leg + 1].fill(leg as u8);
                leg + 1
            });
        }
        assert!(outgoing.is_full());
        let packets: Vec<_> =
            outgoing.packets().map(|(leg, _, bytes)| (leg, bytes.to_vec())).collect();
        assert_eq!(packets.len(), BATCH);
        assert!(packets.iter().all(|(leg, bytes)| *bytes == vec![*leg as u8; leg + 1]));
        outgoing.clear();
        assert_eq!((outgoing.first_leg(), outgoing.packets().count()), (None, 0));
    }
}
