//! What an endpoint is started with.

use std::{net::SocketAddr, time::Duration};

use crate::{Limits, Trunk};

/// Everything that an endpoint needs to know.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where to listen for datagrams; port 0 takes a free one.
    pub udp: Option<SocketAddr>,
    /// Where to listen for streams; port 0 takes a free one.
    pub tcp: Option<SocketAddr>,
    /// The host (name or address) that peers reach us at, for `Via` and `Contact`; when `None` the bound
    /// address, or, where that is unspecified, the local address on the way to the peer.
    pub advertised: Option<String>,
    /// `User-Agent` and `Server`.
    pub user_agent: String,
    /// Carriers and exchanges. The first one that vouches for a source address is taken.
    pub trunks: Vec<Trunk>,
    /// Where the endpoint stops.
    pub limits: Limits,
    /// The timers of RFC 3261.
    pub timers: Timers,
}

impl Settings {
    /// An endpoint on `udp` (and nothing else) without trunks.
    pub fn udp(udp: SocketAddr) -> Self {
        Self {
            udp: Some(udp),
            tcp: None,
            advertised: None,
            user_agent: concat!("Confab/", env!("CARGO_PKG_VERSION")).into(),
            trunks: Vec::new(),
            limits: Limits::default(),
            timers: Timers::default(),
        }
    }
}

/// The base values that all timers of RFC 3261 (table 4) derive from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timers {
    /// Round-trip time estimate: the first retransmission interval.
    pub t1: Duration,
    /// The longest interval between retransmissions of anything but an INVITE.
    pub t2: Duration,
    /// How long a message may stay in the network.
    pub t4: Duration,
    /// How often an unanswered inbound call repeats its 18x, so that proxies do not give up (section 13.3.1.1).
    pub progress: Duration,
}

impl Timers {
    /// How long a transaction waits for its end: timers B, F, H, J, L and M.
    pub fn transaction(&self) -> Duration {
        self.t1 * 64
    }
}

impl Default for Timers {
    fn default() -> Self {
        Self {
            t1: Duration::from_millis(500),
            t2: Duration::from_secs(4),
            t4: Duration::from_secs(5),
            progress: Duration::from_secs(60),
        }
    }
}
