//! The ways that messages come and go.

use std::net::{IpAddr, SocketAddr};

use crate::Transport;

/// One TCP connection, as the driver names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ConnectionId(pub u64);

/// The way that a message came, and that its answer goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Flow {
    /// How it travels.
    pub transport: Transport,
    /// The peer.
    pub remote: SocketAddr,
    /// The TCP connection; when there is none, or no longer, the one to `remote` is used or opened.
    pub connection: Option<ConnectionId>,
}

/// Tells which address of ours a peer reaches us at.
pub trait LocalAddresses: Send {
    /// The address of the interface on the way to `remote`.
    fn towards(&self, remote: SocketAddr) -> IpAddr;
}
