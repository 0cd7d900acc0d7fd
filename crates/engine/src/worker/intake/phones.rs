//! From the two sockets of a port: RTP and RTCP in the clear, of phones.

use std::net::SocketAddr;

use rtp::packet::{Packet, is_rtcp};

use crate::worker::leg::Beginning;
use crate::worker::reporting::{Moment, reporter};
use crate::worker::socket_key::{Channel, Route};
use crate::worker::tables::Tables;
use crate::worker::transport::Transport;
use crate::worker::transport::latch::Verdict;
use crate::worker::transport::plain::Plain;

impl Tables {
    /// Takes a datagram that came to a port by a route that is known to be a leg's, or not.
    pub(super) fn take_from_phone(
        &mut self,
        (port, channel): (u32, Channel),
        (socket, source): Route,
        known: Option<u32>,
        at: Moment,
        datagram: &[u8],
    ) {
        // A packet of the same batch may have made it known since.
        let known = known.or_else(|| self.demux.find(socket, source));
        match channel {
            Channel::Rtp if is_rtcp(datagram) => self.muxed_report(known, at, datagram),
            Channel::Rtp => self.packet(port, source, known, at, datagram),
            Channel::Rtcp => self.report(port, source, known, at, datagram),
        }
    }

    fn packet(
        &mut self,
        port: u32,
        source: SocketAddr,
        known: Option<u32>,
        at: Moment,
        datagram: &[u8],
    ) {
        let Some(slot) = known.or_else(|| self.newcomer(port, source)) else {
            self.counts.dropped_stranger += 1;
            return;
        };
        let Ok(packet) = Packet::parse(datagram) else {
            self.counts.dropped_malformed += 1;
            return;
        };
        let Some(Some(leg)) = self.legs.get_mut(slot as usize) else { return };
        let Transport::Plain(plain) = &mut leg.transport else { return };
        let before = (!plain.rtp().is_locked()).then(|| plain.sources());
        match plain.rtp_mut().judge(source, packet.ssrc(), packet.sequence()) {
            Verdict::Accept => {}
            Verdict::Lock => {
                leg.beginning = Beginning::Untold;
                self.follow(slot, before);
                self.tell_beginning(slot);
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
        self.hand_in(slot, at, &packet);
    }

    /// RTCP that shares the port of RTP comes from where the leg's RTP comes from.
    fn muxed_report(&mut self, known: Option<u32>, at: Moment, datagram: &[u8]) {
        let leg = known.and_then(|slot| self.legs.get_mut(slot as usize)?.as_deref_mut());
        match leg.filter(|leg| leg.transport.plain().is_some_and(Plain::is_muxed)) {
            Some(leg) => leg.take_report(at, datagram, &mut self.counts),
            None => self.counts.dropped_stranger += 1,
        }
    }

    fn report(
        &mut self,
        port: u32,
        source: SocketAddr,
        known: Option<u32>,
        at: Moment,
        datagram: &[u8],
    ) {
        let Some(slot) = known.or_else(|| self.reporter(port, source, datagram)) else {
            self.counts.dropped_stranger += 1;
            return;
        };
        let plain = self.leg(slot).and_then(|leg| leg.transport.plain_mut());
        let Some(plain) = plain else { return };
        let before = (!plain.rtcp().is_locked()).then(|| plain.sources());
        match plain.rtcp_mut().judge_known_stream(source) {
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
            let plain = leg.and_then(|leg| leg.transport.plain());
            plain.is_some_and(|plain| plain.rtp().is_open_to(source.ip()))
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
            let leg = leg.filter(|leg| leg.media.receiving.ssrc() == Some(ssrc));
            let plain = leg.and_then(|leg| leg.transport.plain());
            plain.is_some_and(|plain| plain.rtcp().is_open_to(source.ip()))
        })
    }
}
