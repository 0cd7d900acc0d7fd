//! The endpoint without its sockets.

use std::{
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use bytes::Bytes;

use crate::{Command, Entropy, Settings, SipEvent, Stats, Transport};

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
    /// The TCP connection; without one the driver uses the one to `remote` or opens it.
    pub connection: Option<ConnectionId>,
}

/// What the driver has to do.
#[derive(Debug, Clone)]
pub enum Output {
    /// Send these bytes.
    Send(Flow, Bytes),
    /// Give this to the caller.
    Event(SipEvent),
}

/// Tells which address of ours a peer reaches us at.
pub trait LocalAddresses: Send {
    /// The address of the interface on the way to `remote`.
    fn towards(&self, remote: SocketAddr) -> IpAddr;
}

/// The endpoint: everything but sockets, clock and threads.
pub struct Core {
    stats: Stats,
}

impl Core {
    /// An endpoint that listens on the addresses of `settings` (already bound: no port is 0).
    pub fn new(_settings: Settings, _local: Box<dyn LocalAddresses>, _entropy: Entropy) -> Self {
        Self { stats: Stats::default() }
    }

    /// Takes one datagram, or one message from a stream.
    pub fn handle_message(&mut self, _now: Duration, _flow: Flow, _data: &[u8]) {}

    /// Takes a command.
    pub fn handle_command(&mut self, _now: Duration, _command: Command) {}

    /// Does what is due.
    pub fn handle_timeout(&mut self, _now: Duration) {}

    /// What to do next.
    pub fn poll_output(&mut self) -> Option<Output> {
        None
    }

    /// When `handle_timeout` is due.
    pub fn poll_timeout(&self) -> Option<Duration> {
        None
    }

    /// What was counted.
    pub fn stats(&self) -> Stats {
        self.stats
    }
}
