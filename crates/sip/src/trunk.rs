//! Trunks: the carriers and exchanges that we call over, and that may call us.

use std::{
    fmt,
    net::{IpAddr, Ipv6Addr},
    str::FromStr,
};

use ipnet::IpNet;

use crate::message::parse_host_port;

/// The name of a trunk.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TrunkId(pub String);

impl fmt::Display for TrunkId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How messages travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Transport {
    /// Datagrams.
    #[default]
    Udp,
    /// Streams.
    Tcp,
}

impl Transport {
    /// The token in a `Via`.
    pub const fn via_token(self) -> &'static str {
        match self {
            Self::Udp => "UDP",
            Self::Tcp => "TCP",
        }
    }

    /// The token in a `transport` parameter.
    pub const fn uri_token(self) -> &'static str {
        match self {
            Self::Udp => "udp",
            Self::Tcp => "tcp",
        }
    }

    /// Whether what is sent arrives or its loss is told, so that nothing is sent twice.
    pub const fn is_reliable(self) -> bool {
        matches!(self, Self::Tcp)
    }
}

impl fmt::Display for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.via_token())
    }
}

/// A host, by name or address, and a port.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct HostPort {
    /// A DNS name, or an IPv4 or IPv6 address (without brackets).
    pub host: String,
    /// 5060 when `None` (RFC 3261 section 19.1.2).
    pub port: Option<u16>,
}

/// The port of SIP over UDP and TCP (RFC 3261 section 19.1.2).
pub const DEFAULT_PORT: u16 = 5060;

impl HostPort {
    /// The port, or SIP's own.
    pub fn port(&self) -> u16 {
        self.port.unwrap_or(DEFAULT_PORT)
    }

    /// The address, when it is one and not a name.
    pub fn ip(&self) -> Option<IpAddr> {
        self.host.parse().ok()
    }
}

impl FromStr for HostPort {
    type Err = InvalidHostPort;

    /// Reads `host`, `host:port`, `[v6]:port`, and a bare IPv6 address.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Ok(address) = text.parse::<Ipv6Addr>() {
            return Ok(Self { host: address.to_string(), port: None });
        }
        parse_host_port(text).map_err(|_| InvalidHostPort)
    }
}

/// The text is no host, or its port is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a host, host:port or [IPv6 address]:port")]
pub struct InvalidHostPort;

impl From<std::net::SocketAddr> for HostPort {
    fn from(address: std::net::SocketAddr) -> Self {
        Self { host: address.ip().to_string(), port: Some(address.port()) }
    }
}

impl fmt::Display for HostPort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]", self.host)?;
        } else {
            f.write_str(&self.host)?;
        }
        match self.port {
            Some(port) => write!(f, ":{port}"),
            None => Ok(()),
        }
    }
}

/// Digest credentials (RFC 8760). Their `Debug` form does not show the password.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The user name.
    pub username: String,
    /// The password.
    pub password: String,
    /// Answer challenges of this realm only; of any when `None`.
    pub realm: Option<String>,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("realm", &self.realm).finish_non_exhaustive()
    }
}

/// Who may call in over a trunk: whoever comes from one of the networks *and*, where it is set, knows the credentials.
#[derive(Debug, Clone, Default)]
pub struct Inbound {
    /// Networks that the trunk calls from. Empty with `digest` set: any address; empty without: nobody calls in.
    pub sources: Vec<IpNet>,
    /// Credentials that an INVITE must prove to know.
    pub digest: Option<Credentials>,
}

/// A carrier or exchange.
#[derive(Debug, Clone)]
pub struct Trunk {
    /// Its name, unique among the trunks.
    pub id: TrunkId,
    /// Where to send calls.
    pub address: HostPort,
    /// How to send them.
    pub transport: Transport,
    /// Send requests above [`DATAGRAM_REQUEST_BYTES_MAX`](crate::limits::DATAGRAM_REQUEST_BYTES_MAX) by TCP.
    pub large_requests_by_tcp: bool,
    /// What to answer the trunk's challenges with.
    pub credentials: Option<Credentials>,
    /// Who may call in over it.
    pub inbound: Inbound,
    /// The domain in `From`; the trunk's own host when `None`.
    pub from_domain: Option<String>,
    /// The number shown to callees when a call does not say; `anonymous` when `None`.
    pub caller_id: Option<String>,
    /// Send the caller id as `P-Asserted-Identity` too (RFC 3325), and believe the trunk's.
    pub asserted_identity: bool,
}

impl Trunk {
    /// A trunk by UDP that nobody calls in over, without credentials.
    pub fn new(id: impl Into<String>, address: HostPort) -> Self {
        Self {
            id: TrunkId(id.into()),
            address,
            transport: Transport::Udp,
            large_requests_by_tcp: false,
            credentials: None,
            inbound: Inbound::default(),
            from_domain: None,
            caller_id: None,
            asserted_identity: false,
        }
    }

    /// Whether the trunk calls from this address.
    pub fn calls_from(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.inbound.sources.iter().any(|network| network.contains(&address))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_read_and_shown_the_same_way() {
        for text in
            ["sip.example.com", "sip.example.com:5080", "192.0.2.1:5060", "[2001:db8::1]:5060"]
        {
            assert_eq!(text.parse::<HostPort>().unwrap().to_string(), text);
        }
        assert_eq!("::1".parse::<HostPort>().unwrap().ip(), Some(Ipv6Addr::LOCALHOST.into()));
        for bad in ["", "a b", "host:", "host:99999", "[::1", "sip:host"] {
            assert_eq!(bad.parse::<HostPort>(), Err(InvalidHostPort), "{bad}");
        }
    }

    #[test]
    fn a_trunk_calls_from_its_networks_only() {
        let mut trunk = Trunk::new("t", HostPort { host: "192.0.2.1".into(), port: None });
        assert!(!trunk.calls_from([192, 0, 2, 1].into()));
        trunk.inbound.sources = vec!["192.0.2.0/28".parse().unwrap()];
        assert!(trunk.calls_from("::ffff:192.0.2.15".parse().unwrap()));
        assert!(!trunk.calls_from([192, 0, 2, 16].into()));
    }

    #[test]
    fn secrets_do_not_show() {
        let credentials =
            Credentials { username: "confab".into(), password: "hush".into(), realm: None };
        let shown = format!("{credentials:?}");
        assert!(!shown.contains("hush") && !shown.contains("confab"));
    }
}
