//! Outgoing packets of a turn, gathered so that each socket sends its own with few system calls.

use std::net::SocketAddr;

use audio::codec::PAYLOAD_BYTES_MAX;
use rtp::packet::HEADER_BYTES;
use rtp::srtp::OVERHEAD_BYTES_MAX;
use udp::{BATCH, SendBatch, Sent, Socket};

use super::socket_key::SocketKey;
use crate::dtls::DTLS_BYTES_MAX;

/// Packets gathered before they are sent, if no socket has a [`BATCH`] of them: with more, those of
/// many sockets need fewer system calls.
const PACKETS_MAX: usize = 256;

/// Room for packets of usual length.
const ARENA_BYTES: usize = PACKETS_MAX * 256 + PACKET_BYTES_MAX;

/// A line of the processor's cache, on which each packet begins.
const LINE_BYTES: usize = 64;

/// Longest packet: a DTLS datagram that fills a frame of Ethernet.
pub(crate) const PACKET_BYTES_MAX: usize = DTLS_BYTES_MAX;

/// Room for the header extensions of a packet.
const EXTENSIONS_BYTES_MAX: usize = 64;

// The longest encoded frame fits with what is before and behind it; RTCP and STUN are shorter.
const _: () = assert!(
    HEADER_BYTES + EXTENSIONS_BYTES_MAX + PAYLOAD_BYTES_MAX + OVERHEAD_BYTES_MAX
        <= PACKET_BYTES_MAX
);

/// Ends a chain of packets.
const END: u16 = u16::MAX;

/// A packet's envelope.
#[derive(Debug, Clone, Copy)]
struct Envelope {
    destination: SocketAddr,
    /// Where in the arena the packet is.
    start: usize,
    length: usize,
    /// The packet before it for the same socket.
    previous: u16,
}

/// The packets of one socket.
#[derive(Debug, Clone, Copy)]
struct Chain {
    /// The last one, or [`END`].
    newest: u16,
    length: u16,
}

impl Chain {
    const EMPTY: Self = Self { newest: END, length: 0 };
}

/// Packets that wait to be sent, chained by socket.
///
/// They lie one behind the other, and are sent as soon as a socket has a batch: then they are still in
/// the fastest of the processor's caches when the kernel reads them.
pub(crate) struct Outbox {
    arena: Box<[u8]>,
    /// Where the next packet goes.
    end: usize,
    envelopes: Vec<Envelope>,
    chains: Box<[Chain]>,
    has_batch: bool,
    /// Sockets that have packets.
    sockets: Vec<SocketKey>,
    batch: SendBatch,
}

impl Outbox {
    /// For a worker of `ports_max` ports.
    pub(crate) fn new(ports_max: usize) -> Self {
        Self {
            arena: vec![0; ARENA_BYTES].into_boxed_slice(),
            end: 0,
            envelopes: Vec::with_capacity(PACKETS_MAX),
            chains: vec![Chain::EMPTY; SocketKey::table_size(ports_max)].into_boxed_slice(),
            has_batch: false,
            sockets: Vec::with_capacity(PACKETS_MAX),
            batch: SendBatch::new(),
        }
    }

    /// Whether it must be [flushed](Self::flush) before it takes another packet.
    pub(crate) fn is_full(&self) -> bool {
        let has_room = self.arena.len() - self.end >= PACKET_BYTES_MAX;
        self.has_batch || !has_room || self.envelopes.len() == PACKETS_MAX
    }

    /// Lets `write` make a packet for `socket` to send, and tell its length; 0 is no packet.
    /// Does nothing when full.
    pub(crate) fn push(
        &mut self,
        socket: SocketKey,
        destination: SocketAddr,
        write: impl FnOnce(&mut [u8]) -> usize,
    ) {
        if self.is_full() {
            return;
        }
        let (index, start) = (self.envelopes.len(), self.end);
        let (Some(packet), Some(chain)) = (
            self.arena.get_mut(start..start + PACKET_BYTES_MAX),
            self.chains.get_mut(socket.index()),
        ) else {
            return;
        };
        let length = write(packet).min(PACKET_BYTES_MAX);
        if length == 0 {
            return;
        }
        if chain.length == 0 {
            self.sockets.push(socket);
        }
        self.envelopes.push(Envelope { destination, start, length, previous: chain.newest });
        *chain = Chain { newest: index as u16, length: chain.length + 1 };
        self.has_batch = usize::from(chain.length) == BATCH;
        self.end = (start + length).next_multiple_of(LINE_BYTES);
    }

    /// Sends everything, by the sockets that `socket_of` knows.
    pub(crate) fn flush<'s>(
        &mut self,
        socket_of: impl Fn(SocketKey) -> Option<&'s Socket>,
    ) -> Sent {
        let mut total = Sent::default();
        for key in self.sockets.drain(..) {
            let mut next = std::mem::replace(&mut self.chains[key.index()], Chain::EMPTY).newest;
            let Some(socket) = socket_of(key) else { continue };
            let (arena, envelopes) = (&self.arena, &self.envelopes);
            let chain = std::iter::from_fn(|| {
                let Envelope { destination, start, length, previous } =
                    *envelopes.get(usize::from(next))?;
                next = previous;
                Some((destination, &arena[start..start + length]))
            });
            let sent = self.batch.send(socket, chain);
            total.sent += sent.sent;
            total.full += sent.full;
            total.refused += sent.refused;
        }
        self.envelopes.clear();
        (self.end, self.has_batch) = (0, false);
        total
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::worker::socket_key::Channel;
    use udp::{RecvBatch, SocketOptions};

    fn rtp() -> SocketKey {
        SocketKey::port(0, Channel::Rtp)
    }

    fn socket() -> Socket {
        Socket::bind("127.0.0.1:0".parse().unwrap(), &SocketOptions::default()).unwrap()
    }

    fn received(socket: &Socket) -> Vec<(SocketAddr, Vec<u8>)> {
        let mut batch = RecvBatch::new();
        batch.receive(socket).unwrap();
        batch.iter().map(|datagram| (datagram.source, datagram.payload.to_vec())).collect()
    }

    #[test]
    fn packets_leave_by_their_own_sockets() {
        let (ours, peers) = ([socket(), socket()], [socket(), socket()]);
        let mut outbox = Outbox::new(1);
        let keys = [rtp(), SocketKey::browsers(0)];
        for (index, (key, peer)) in [(0, 0), (1, 1), (0, 1), (0, 0)].into_iter().enumerate() {
            outbox.push(keys[key], peers[peer].local_addr(), |packet| {
                packet[0] = index as u8;
                1
            });
        }
        outbox.push(keys[0], peers[0].local_addr(), |_| 0);
        let by_key = |key| Some(&ours[usize::from(key != rtp())]);
        assert_eq!(outbox.flush(by_key).sent, 4);
        let (first, second) = (ours[0].local_addr(), ours[1].local_addr());
        assert_eq!(received(&peers[0]), [(first, vec![3]), (first, vec![0])]);
        let mut at_second = received(&peers[1]);
        at_second.sort();
        let mut expected = [(first, vec![2]), (second, vec![1])];
        expected.sort();
        assert_eq!(at_second, expected);
        assert_eq!(outbox.flush(by_key), Sent::default());
    }

    #[test]
    fn a_full_box_says_so_and_takes_no_more() {
        let (ours, peer) = (socket(), socket());
        let mut outbox = Outbox::new(1);
        let to = peer.local_addr();
        while !outbox.is_full() {
            outbox.push(rtp(), to, |_| 1);
        }
        outbox.push(rtp(), to, |_| unreachable!("there is no place to write to"));
        assert_eq!(outbox.flush(|_| Some(&ours)).sent, BATCH);
        for length in [1, PACKET_BYTES_MAX] {
            let mut packets = 0;
            while !outbox.is_full() {
                outbox.push(SocketKey::browsers(packets % 8), to, |_| length);
                packets += 1;
            }
            assert!(packets * length.next_multiple_of(LINE_BYTES) <= ARENA_BYTES);
            assert_eq!(outbox.flush(|_| Some(&ours)).sent, packets);
        }
        assert!(!outbox.is_full());
    }

    #[test]
    fn packets_of_a_socket_that_is_gone_are_dropped() {
        let mut outbox = Outbox::new(1);
        outbox.push(rtp(), "127.0.0.1:9".parse().unwrap(), |_| 1);
        outbox.push(SocketKey::port(9, Channel::Rtp), "127.0.0.1:9".parse().unwrap(), |_| 1);
        assert_eq!(outbox.flush(|_| None), Sent::default());
    }
}
