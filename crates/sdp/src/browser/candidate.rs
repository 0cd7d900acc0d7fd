//! Addresses at which an agent may be reached.

use super::ice::is_ice_text;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;
use std::str::FromStr;

/// Characters of a foundation (RFC 8839 section 5.1).
const FOUNDATION_LENGTH: RangeInclusive<usize> = 1..=32;
/// Characters of a domain name.
const NAME_LENGTH: RangeInclusive<usize> = 1..=255;
/// RTP, and with it all that shares its port.
const COMPONENT_RTP: u16 = 1;
/// What the component contributes to a priority: 256 less its number.
const COMPONENT_PREFERENCE: u32 = 255;
/// Preference of a host candidate's kind by UDP, the most there is (RFC 8445 section 5.1.2.2).
const HOST_UDP: u32 = 126;
/// That of one by TCP, below all that UDP can have (RFC 6544 section 4.2).
const HOST_TCP: u32 = 90;
/// Preference of a passive TCP candidate among those of TCP (RFC 6544 section 4.2).
const DIRECTION_PASSIVE: u32 = 4;
/// Most preferred among addresses of one kind, for UDP and below the direction of TCP.
const LOCAL_UDP: u32 = 65_535;
const LOCAL_TCP: u32 = 8_191;

/// An address at which an agent may be reached (RFC 8839 section 5.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The same for candidates that come from the same place in the same way.
    pub foundation: String,
    /// 1 for RTP, 2 for RTCP.
    pub component: u16,
    /// How packets are carried.
    pub transport: CandidateTransport,
    /// The larger, the better.
    pub priority: u32,
    /// Where.
    pub address: CandidateAddress,
    /// Where; 9 for those who only connect by TCP.
    pub port: u16,
    /// How the address came about.
    pub kind: CandidateKind,
}

/// Where a candidate is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CandidateAddress {
    /// An address.
    Ip(IpAddr),
    /// A name: those that end in `.local` hide a browser's address.
    Name(String),
}

/// How a candidate carries packets; for TCP, who connects (RFC 6544 section 4.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CandidateTransport {
    /// In datagrams.
    Udp,
    /// Over a connection that it makes.
    TcpActive,
    /// Over a connection that it accepts.
    TcpPassive,
    /// Over a connection that both make at once.
    TcpSimultaneous,
}

/// How a candidate's address came about (RFC 8445 section 5.1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CandidateKind {
    /// It is the machine's own.
    Host,
    /// A STUN server saw it.
    ServerReflexive,
    /// The peer saw it.
    PeerReflexive,
    /// It is a relay's.
    Relayed,
}

/// Our candidates: sockets that are bound to, or what a translator makes of them, the preferred first; all by
/// UDP are preferred over those that accept connections by TCP.
#[must_use]
pub fn host_candidates(udp: &[SocketAddr], tcp_passive: &[SocketAddr]) -> Vec<Candidate> {
    let ranked = |addresses: &[SocketAddr], transport| -> Vec<_> {
        (0u32..).zip(addresses).map(|(rank, address)| (transport, rank, *address)).collect()
    };
    let mut all = ranked(udp, CandidateTransport::Udp);
    all.extend(ranked(tcp_passive, CandidateTransport::TcpPassive));
    let numbered = (1u32..).zip(all);
    numbered
        .map(|(number, (transport, rank, address))| Candidate {
            foundation: number.to_string(),
            component: COMPONENT_RTP,
            transport,
            priority: host_priority(transport, rank),
            address: CandidateAddress::Ip(address.ip()),
            port: address.port(),
            kind: CandidateKind::Host,
        })
        .collect()
}

/// The priority by the formula of RFC 8445 section 5.1.2.1, that of TCP by RFC 6544 section 4.2.
fn host_priority(transport: CandidateTransport, rank: u32) -> u32 {
    let (kind, local) = match transport {
        CandidateTransport::Udp => (HOST_UDP, LOCAL_UDP.saturating_sub(rank)),
        _ => (HOST_TCP, DIRECTION_PASSIVE << 13 | LOCAL_TCP.saturating_sub(rank)),
    };
    kind << 24 | local << 8 | COMPONENT_PREFERENCE
}

impl Candidate {
    /// Address and port, if the address is not a name.
    #[must_use]
    pub fn socket_address(&self) -> Option<SocketAddr> {
        match self.address {
            CandidateAddress::Ip(ip) => Some(SocketAddr::new(ip, self.port)),
            CandidateAddress::Name(_) => None,
        }
    }

    /// Reads the value of the attribute. None if it is malformed, or of a transport or kind that is unknown, for
    /// which reason it is to be skipped (RFC 8839 section 5.1). What may follow, as the address of which a
    /// reflexive one is the image, is of no use to us.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut fields = text.split_whitespace();
        let foundation = fields.next().filter(|text| FOUNDATION_LENGTH.contains(&text.len()))?;
        let component = fields.next()?.parse().ok().filter(|id| (1..=256).contains(id))?;
        let protocol = fields.next()?;
        let priority =
            fields.next()?.parse().ok().filter(|priority| *priority <= i32::MAX as u32)?;
        let address = fields.next()?.parse().ok()?;
        let port = fields.next()?.parse().ok()?;
        fields.next().filter(|typ| typ.eq_ignore_ascii_case("typ"))?;
        let kind = CandidateKind::from_name(fields.next()?)?;
        let tcp_type = pairs(fields).find(|(name, _)| name.eq_ignore_ascii_case("tcptype"));
        let transport = CandidateTransport::read(protocol, tcp_type.map(|(_, value)| value))?;
        is_ice_text(foundation).then(|| Self {
            foundation: foundation.to_owned(),
            component,
            transport,
            priority,
            address,
            port,
            kind,
        })
    }
}

impl fmt::Display for Candidate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { foundation, component, transport, priority, address, port, kind } = self;
        let (protocol, tcp_type) = transport.names();
        write!(f, "{foundation} {component} {protocol} {priority} {address} {port}")?;
        write!(f, " typ {}", kind.name())?;
        tcp_type.map_or(Ok(()), |tcp_type| write!(f, " tcptype {tcp_type}"))
    }
}

impl FromStr for CandidateAddress {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        if let Ok(ip) = text.parse() {
            return Ok(Self::Ip(ip));
        }
        let letters = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
        let is_name = NAME_LENGTH.contains(&text.len()) && text.bytes().all(letters);
        is_name.then(|| Self::Name(text.to_owned())).ok_or(())
    }
}

impl fmt::Display for CandidateAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ip(ip) => ip.fmt(f),
            Self::Name(name) => f.write_str(name),
        }
    }
}

impl CandidateTransport {
    const ALL: [Self; 4] = [Self::Udp, Self::TcpActive, Self::TcpPassive, Self::TcpSimultaneous];

    /// The protocol, and for TCP who connects.
    fn names(self) -> (&'static str, Option<&'static str>) {
        match self {
            Self::Udp => ("udp", None),
            Self::TcpActive => ("tcp", Some("active")),
            Self::TcpPassive => ("tcp", Some("passive")),
            Self::TcpSimultaneous => ("tcp", Some("so")),
        }
    }

    fn read(protocol: &str, tcp_type: Option<&str>) -> Option<Self> {
        Self::ALL.into_iter().find(|transport| {
            let (name, connects) = transport.names();
            let same = match (connects, tcp_type) {
                (Some(connects), Some(tcp_type)) => connects.eq_ignore_ascii_case(tcp_type),
                (connects, _) => connects.is_none(),
            };
            name.eq_ignore_ascii_case(protocol) && same
        })
    }
}

impl CandidateKind {
    const ALL: [Self; 4] = [Self::Host, Self::ServerReflexive, Self::PeerReflexive, Self::Relayed];

    fn name(self) -> &'static str {
        match self {
            Self::Host => "host",
            Self::ServerReflexive => "srflx",
            Self::PeerReflexive => "prflx",
            Self::Relayed => "relay",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name().eq_ignore_ascii_case(name))
    }
}

/// Names and values that follow each other.
fn pairs<'a>(
    mut fields: impl Iterator<Item = &'a str>,
) -> impl Iterator<Item = (&'a str, &'a str)> {
    std::iter::from_fn(move || Some((fields.next()?, fields.next()?)))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use proptest::prelude::*;

    fn candidate(text: &str) -> Candidate {
        Candidate::parse(text).unwrap()
    }

    #[test]
    fn what_browsers_write_is_read() {
        let hidden = candidate(
            "35848280 1 udp 2113937151 457b4713-b1da-45dc-bc83-67c94c8a11c3.local 49346 typ host generation 0 \
             network-cost 999",
        );
        let name = "457b4713-b1da-45dc-bc83-67c94c8a11c3.local".to_owned();
        assert_eq!(hidden.address, CandidateAddress::Name(name));
        assert_eq!((hidden.socket_address(), hidden.port), (None, 49_346));

        let active = candidate(
            "4234997325 1 tcp 1518280447 192.0.2.20 9 typ host tcptype active generation 0 network-id 1",
        );
        assert_eq!(active.transport, CandidateTransport::TcpActive);

        let reflexive = candidate(
            "1 1 UDP 1686052863 2001:db8::9 51022 typ srflx raddr 192.0.2.20 rport 51022",
        );
        assert_eq!(reflexive.kind, CandidateKind::ServerReflexive);
        assert_eq!(reflexive.socket_address(), Some("[2001:db8::9]:51022".parse().unwrap()));
    }

    #[test]
    fn what_is_unknown_or_malformed_is_not() {
        for text in [
            "",
            "1 1 udp 1 192.0.2.1 9",
            "1 1 udp 1 192.0.2.1 9 typ",
            "1 1 udp 1 192.0.2.1 9 typ tunnel",
            "1 1 sctp 1 192.0.2.1 9 typ host",
            "1 1 tcp 1 192.0.2.1 9 typ host",
            "1 1 tcp 1 192.0.2.1 9 typ host tcptype both",
            "1 0 udp 1 192.0.2.1 9 typ host",
            "1 257 udp 1 192.0.2.1 9 typ host",
            "1 1 udp 2147483648 192.0.2.1 9 typ host",
            "1 1 udp 1 192.0.2.1 65536 typ host",
            "1 1 udp 1 na/me 9 typ host",
            "fo-undation 1 udp 1 192.0.2.1 9 typ host",
            "123456789012345678901234567890123 1 udp 1 192.0.2.1 9 typ host",
        ] {
            assert_eq!(Candidate::parse(text), None, "{text}");
        }
    }

    #[test]
    fn our_own_are_ranked_by_transport_and_order() {
        let udp = ["198.51.100.1:40000".parse().unwrap(), "[2001:db8::1]:40000".parse().unwrap()];
        let tcp = ["198.51.100.1:443".parse().unwrap()];
        let written: Vec<_> = host_candidates(&udp, &tcp).iter().map(ToString::to_string).collect();
        assert_eq!(
            written,
            [
                "1 1 udp 2130706431 198.51.100.1 40000 typ host",
                "2 1 udp 2130706175 2001:db8::1 40000 typ host",
                "3 1 tcp 1520435199 198.51.100.1 443 typ host tcptype passive",
            ]
        );
    }

    pub(in crate::browser) fn any_candidate() -> impl Strategy<Value = Candidate> {
        let address = prop_oneof![
            any::<IpAddr>().prop_map(CandidateAddress::Ip),
            "[a-z][a-z0-9-]{0,20}\\.local".prop_map(CandidateAddress::Name),
        ];
        let of = (
            prop::sample::select(&CandidateTransport::ALL[..]),
            prop::sample::select(&CandidateKind::ALL[..]),
        );
        ("[a-zA-Z0-9+/]{1,32}", 1..=256u16, of, 0..=i32::MAX as u32, address, any::<u16>())
            .prop_map(|(foundation, component, (transport, kind), priority, address, port)| {
                Candidate { foundation, component, transport, priority, address, port, kind }
            })
    }

    proptest! {
        #[test]
        fn candidates_survive_the_wire(candidate in any_candidate()) {
            prop_assert_eq!(Candidate::parse(&candidate.to_string()), Some(candidate));
        }

        #[test]
        fn any_text_is_safe(text in "([!-~]{0,9} ){0,12}") {
            let _ = Candidate::parse(&text);
        }
    }
}
