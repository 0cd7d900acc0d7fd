//! Datagrams from the network: which leg they are for, whether they may come in, and in they go.

mod arrival;
mod browsers;
mod phones;

use std::hint::black_box;

use rtp::packet::Packet;
use udp::{BATCH, RecvBatch};

use super::outbox::Outbox;
use super::reporting::Moment;
use super::socket_key::{Purpose, SocketKey};
use super::tables::Tables;
use crate::message::WorkerEvent;
pub(crate) use arrival::ArrivalClock;

impl Tables {
    /// Takes in a batch that came to `socket`, and may decrypt it where it lies. What is to be answered
    /// at once goes into `outbox`.
    pub(crate) fn take_in(
        &mut self,
        socket: SocketKey,
        batch: &mut RecvBatch,
        clock: &ArrivalClock,
        outbox: &mut Outbox,
    ) {
        let known = self.look_up(socket, batch);
        for (datagram, known) in batch.iter_mut().zip(known) {
            let (at, route) = (clock.moment(datagram.received_at), (socket, datagram.source));
            match socket.purpose() {
                Purpose::Port(port, channel) => {
                    self.take_from_phone((port, channel), route, known, at, datagram.payload);
                }
                Purpose::Browsers(_) => {
                    self.take_from_browser(route, known, at, datagram.payload, outbox);
                }
            }
        }
    }

    /// Hands an RTP packet to the leg that it is for.
    fn hand_in(&mut self, slot: u32, at: Moment, packet: &Packet<'_>) {
        let Self { legs, bench, counts, .. } = self;
        let Some(Some(leg)) = legs.get_mut(slot as usize) else { return };
        let rested = leg.rests();
        let (id, digit) = (leg.id(), leg.take(at, packet, bench, counts));
        if leg.rests() != rested {
            self.note_rest(slot);
        }
        if let Some(digit) = digit {
            self.tell(WorkerEvent::Digit(id, digit));
        }
    }

    /// The legs that the datagrams of a batch are for, as far as their sources are known.
    ///
    /// With thousands of legs, next to nothing of a leg is in the processor's cache when its packet
    /// comes. One after the other, the packets would wait for memory several times each. So the legs of
    /// a batch are first all looked up and looked at: the waits then overlap.
    fn look_up(&self, socket: SocketKey, batch: &RecvBatch) -> [Option<u32>; BATCH] {
        let mut known = [None; BATCH];
        let demux = match socket.purpose() {
            Purpose::Port(..) => &self.demux,
            Purpose::Browsers(_) => self.browsers.demux(),
        };
        for (known, datagram) in known.iter_mut().zip(batch.iter()) {
            *known = demux.find(socket, datagram.source);
        }
        let legs =
            known.iter().flatten().filter_map(|&slot| self.legs.get(slot as usize)?.as_ref());
        black_box(legs.fold(0, |sum, leg| sum ^ leg.warm()));
        known
    }
}
