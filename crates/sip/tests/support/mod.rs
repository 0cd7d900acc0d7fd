//! Endpoints without sockets, in virtual time.
#![allow(dead_code, reason = "each test binary uses its part")]

pub(crate) mod peer;
pub(crate) mod world;

use std::net::{IpAddr, SocketAddr};

use sip::{
    Settings, Trunk,
    endpoint::{Flow, LocalAddresses},
};

/// Every peer sees the same address of ours.
pub(crate) struct OneAddress(pub(crate) IpAddr);

impl LocalAddresses for OneAddress {
    fn towards(&self, _remote: SocketAddr) -> IpAddr {
        self.0
    }
}

/// An endpoint at `own` with one trunk, `carrier`, at `peer`.
pub(crate) fn settings(own: SocketAddr, peer: SocketAddr) -> Settings {
    let mut settings = Settings::udp(own);
    let mut trunk = Trunk::new("carrier", peer.into());
    trunk.inbound.sources.push(peer.ip().into());
    settings.trunks.push(trunk);
    settings
}

/// The way of a datagram from `remote`.
pub(crate) fn datagram(remote: SocketAddr) -> Flow {
    Flow { transport: sip::Transport::Udp, remote, connection: None }
}
