//! How a browser joins, and what for.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use webrtc::dtls::Certificate;

use crate::phone::Says;

/// How a browser's media travels.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Transport {
    /// By UDP.
    Udp,
    /// By TCP (RFC 6544), as where a network lets nothing else through.
    Tcp,
}

/// What a browser does with what it receives.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Hears {
    /// Decodes and keeps it.
    Everything,
    /// Opens and counts it: many browsers fit into one process so.
    Packets,
}

/// How a browser joins, and what for.
#[derive(Clone, Debug)]
pub struct Join {
    /// Where the server's HTTP is.
    pub server: SocketAddr,
    /// The conference's WHIP endpoint, with its query: `/api/v1/conferences/…/whip?name=…`.
    pub path: String,
    /// Where the browser's own sockets are.
    pub ip: IpAddr,
    /// How its media travels.
    pub transport: Transport,
    /// What it says; nothing when its microphone is off.
    pub says: Option<Says>,
    /// What it does with what it receives.
    pub hears: Hears,
    /// The certificate that it shows; a new one when it has none.
    pub certificate: Option<Arc<Certificate>>,
    /// The fingerprint that it claims to have, such as `sha-256 AB:…`, when that isn't the certificate's.
    pub claims: Option<String>,
}

impl Join {
    /// A browser on this machine that says nothing and hears everything.
    pub fn new(server: SocketAddr, path: impl Into<String>) -> Self {
        Self {
            server,
            path: path.into(),
            ip: Ipv4Addr::LOCALHOST.into(),
            transport: Transport::Udp,
            says: None,
            hears: Hears::Everything,
            certificate: None,
            claims: None,
        }
    }

    /// The same, and it says something.
    #[must_use]
    pub fn saying(self, says: impl Into<Says>) -> Self {
        Self { says: Some(says.into()), ..self }
    }
}
