//! Datagrams from the network: which leg they are for, whether they may come in, and in they go.

use std::net::SocketAddr;
use std::time::Duration;

use rtp::packet::{Packet, is_rtcp};

use super::demux::{Channel, SocketKey};
use super::reporting::{Moment, reporter};
use super::tables::Tables;
use super::transport::latch::Verdict;
use crate::message::WorkerEvent;

impl Tables {
    /// Takes a datagram that came to `socket` from `source` at `at`.
    pub(crate) fn datagram(
        &mut self,
        socket: SocketKey,
        source: SocketAddr,
        at: Moment,
        datagram: &[u8],
    ) {
        match socket.1 {
            Channel::Rtp if is_rtcp(datagram) => self.muxed_report(socket, source, at, datagram),
            Channel::Rtp => self.packet(socket, source, at.now, datagram),
            Channel::Rtcp => self.report(socket, source, at, datagram),
        }
    }

    fn packet(&mut self, socket: SocketKey, source: SocketAddr, now: Duration, datagram: &[u8]) {
        let known = self.demux.find(socket, source);
        let Some(slot) = known.or_else(|| self.newcomer(socket.0, source)) else {
            self.counts.dropped_stranger += 1;
            return;
        };
        let Ok(packet) = Packet::parse(datagram) else {
            self.counts.dropped_malformed += 1;
            return;
        };
        let Some(Some(leg)) = self.legs.get_mut(slot as usize) else { return };
        let before = (!leg.transport.rtp().is_locked()).then(|| leg.transport.sources());
        match leg.transport.rtp_mut().judge(source, packet.ssrc(), packet.sequence()) {
            Verdict::Accept => {}
            Verdict::Lock => {
                leg.is_lock_untold = true;
                self.follow(slot, before);
            }
            Verdict::Candidate => {
                self.counts.dropped_candidate += 1;
                return;
            }
            Verdict::Stranger => {
                self.counts.dropped_stranger += 1;
                return;
            }
        }
        let Some(Some(leg)) = self.legs.get_mut(slot as usize) else { return };
        if let Some(digit) = leg.take(now, &packet, &mut self.counts) {
            let id = leg.id();
            self.tell(WorkerEvent::Digit(id, digit));
        }
    }

    /// RTCP that shares the port of RTP comes from where the leg's RTP comes from.
    fn muxed_report(&mut self, socket: SocketKey, source: SocketAddr, at: Moment, datagram: &[u8]) {
        let slot = self.demux.find(socket, source);
        let leg = slot.and_then(|slot| self.legs.get_mut(slot as usize)?.as_deref_mut());
        match leg.filter(|leg| leg.transport.is_muxed()) {
            Some(leg) => leg.take_report(at, datagram, &mut self.counts),
            None => self.counts.dropped_stranger += 1,
        }
    }

    fn report(&mut self, socket: SocketKey, source: SocketAddr, at: Moment, datagram: &[u8]) {
        let known = self.demux.find(socket, source);
        let Some(slot) = known.or_else(|| self.reporter(socket.0, source, datagram)) else {
            self.counts.dropped_stranger += 1;
            return;
        };
        let Some(leg) = self.leg(slot) else { return };
        let before = (!leg.transport.rtcp().is_locked()).then(|| leg.transport.sources());
        match leg.transport.rtcp_mut().judge_known_stream(source) {
            Verdict::Accept => {}
            Verdict::Lock => self.follow(slot, before),
            Verdict::Candidate | Verdict::Stranger => {
                self.counts.dropped_stranger += 1;
                return;
            }
        }
        if let Some(Some(leg)) = self.legs.get_mut(slot as usize) {
            leg.take_report(at, datagram, &mut self.counts);
        }
    }

    /// The one leg of a port that an unknown source could belong to. With two it can't be told.
    fn newcomer(&mut self, port: u32, source: SocketAddr) -> Option<u32> {
        let port = self.ports.get(port as usize)?.as_deref()?;
        let legs = &self.legs;
        let mut possible = port.legs().iter().copied().filter(|&slot| {
            let leg = legs.get(slot as usize).and_then(Option::as_deref);
            leg.is_some_and(|leg| leg.transport.rtp().is_open_to(source.ip()))
        });
        let slot = possible.next()?;
        possible.next().is_none().then_some(slot)
    }

    /// The leg of a port whose stream an unknown source of RTCP speaks for.
    fn reporter(&mut self, port: u32, source: SocketAddr, datagram: &[u8]) -> Option<u32> {
        let ssrc = reporter(datagram)?;
        let port = self.ports.get(port as usize)?.as_deref()?;
        port.legs().iter().copied().find(|&slot| {
            let leg = self.legs.get(slot as usize).and_then(Option::as_deref);
            leg.is_some_and(|leg| {
                leg.media.receiving.ssrc() == Some(ssrc)
                    && leg.transport.rtcp().is_open_to(source.ip())
            })
        })
    }
}
