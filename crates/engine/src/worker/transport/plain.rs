//! RTP and RTCP in the clear, on a port's two sockets: the transport of phones.

use std::net::SocketAddr;

use super::latch::{AllowedIps, Latch};
use crate::LegSettings;
use crate::settings::port_above;
use crate::worker::socket_key::{Channel, Route, SocketKey};

/// Where a phone's packets come from and go to.
pub(crate) struct Plain {
    port: u32,
    /// Its place among the port's legs.
    place: u32,
    rtp: Latch,
    rtcp: Latch,
    is_muxed: bool,
}

impl Plain {
    /// Sources by which a phone is known: of RTP and of RTCP.
    pub(crate) const SOURCES: usize = 2;

    /// A peer that has said where it is, on the port at place `port`.
    pub(crate) fn new(port: u32, settings: &LegSettings) -> Self {
        let allowed = AllowedIps::new(&settings.allowed_source_ips);
        Self {
            port,
            place: 0,
            rtp: Latch::new(settings.remote_rtp, allowed),
            rtcp: Latch::new(settings.rtcp_address(), allowed),
            is_muxed: settings.rtcp_mux,
        }
    }

    /// Takes on what the peer has signalled anew.
    pub(crate) fn signal(&mut self, settings: &LegSettings) {
        let allowed = AllowedIps::new(&settings.allowed_source_ips);
        self.rtp.signal(settings.remote_rtp, allowed);
        self.rtcp.signal(settings.rtcp_address(), allowed);
        self.is_muxed = settings.rtcp_mux;
    }

    /// The place of its port.
    pub(crate) fn port(&self) -> u32 {
        self.port
    }

    /// Its place among the port's legs.
    pub(crate) fn place(&self) -> u32 {
        self.place
    }

    pub(crate) fn set_place(&mut self, place: u32) {
        self.place = place;
    }

    pub(crate) fn is_muxed(&self) -> bool {
        self.is_muxed
    }

    /// Where RTP comes from.
    pub(crate) fn rtp(&self) -> &Latch {
        &self.rtp
    }

    pub(crate) fn rtp_mut(&mut self) -> &mut Latch {
        &mut self.rtp
    }

    /// Where RTCP comes from.
    pub(crate) fn rtcp(&self) -> &Latch {
        &self.rtcp
    }

    pub(crate) fn rtcp_mut(&mut self) -> &mut Latch {
        &mut self.rtcp
    }

    /// The sources that the demux is to know it by: where we send to is where we hear from.
    pub(crate) fn sources(&self) -> [Route; Self::SOURCES] {
        [
            (SocketKey::port(self.port, Channel::Rtp), self.rtp.destination()),
            (SocketKey::port(self.port, Channel::Rtcp), self.rtcp.destination()),
        ]
    }

    /// Where RTP goes, if the peer has said where it is.
    pub(crate) fn rtp_route(&self) -> Option<Route> {
        Some((SocketKey::port(self.port, Channel::Rtp), sendable(self.rtp.destination())?))
    }

    /// Where RTCP goes. A peer whose RTP comes from elsewhere than it said will have its RTCP
    /// beside it, until it shows otherwise.
    pub(crate) fn rtcp_route(&self) -> Option<Route> {
        if self.is_muxed {
            return self.rtp_route();
        }
        let destination = if self.rtp.has_moved() && !self.rtcp.is_locked() {
            port_above(self.rtp.destination())
        } else {
            self.rtcp.destination()
        };
        Some((SocketKey::port(self.port, Channel::Rtcp), sendable(destination)?))
    }
}

/// Hold of old signals `0.0.0.0`, and no media signals port 0: neither is a place to send to.
fn sendable(address: SocketAddr) -> Option<SocketAddr> {
    (!address.ip().is_unspecified() && address.port() != 0).then_some(address)
}
