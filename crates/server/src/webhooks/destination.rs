//! Where a webhook may lead. A subscriber says its URL, and the server asks it from inside: without a guard it could be
//! made to ask whatever trusts its neighbours, such as a cloud's metadata service (server-side request forgery).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use hyper::Uri;
use ipnet::IpNet;

/// The longest URL of a webhook, in bytes.
const URL_BYTES_MAX: usize = 500;

/// A URL, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Destination {
    pub(super) is_tls: bool,
    /// A name, or an address without brackets.
    pub(super) host: String,
    pub(super) port: u16,
    /// Host and port as the URL has them, for the `Host` header.
    pub(super) authority: String,
    pub(super) path: String,
}

/// Why nothing may be sent to a URL. The words are for whoever gave it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Forbidden {
    #[error("This is not a URL that can be sent to, such as https://example.com/confab.")]
    Malformed,
    #[error("The URL has to begin with https://.")]
    Unencrypted,
    #[error("The host of this URL can't be found.")]
    Unknown,
    #[error("{0} is not a public address, and nothing is sent there.")]
    Private(IpAddr),
}

impl Destination {
    pub(super) fn parse(text: &str) -> Result<Self, Forbidden> {
        // What follows a # would be passed over silently.
        let fits = text.len() <= URL_BYTES_MAX && !text.contains('#');
        let uri: Uri = text.parse().ok().filter(|_| fits).ok_or(Forbidden::Malformed)?;
        let is_tls = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _ => return Err(Forbidden::Malformed),
        };
        let authority = uri.authority().ok_or(Forbidden::Malformed)?;
        // A password in a URL would be shown wherever that is.
        if authority.as_str().contains('@') || authority.host().is_empty() {
            return Err(Forbidden::Malformed);
        }
        let port = match authority.port() {
            Some(port) => port.as_str().parse().ok().filter(|port| *port != 0),
            // One that is no number of a port is passed over by whoever took the text apart.
            None if authority.as_str() != authority.host() => None,
            None => Some(if is_tls { 443 } else { 80 }),
        };
        let host = authority.host().trim_start_matches('[').trim_end_matches(']');
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        Ok(Self {
            is_tls,
            host: host.to_owned(),
            port: port.ok_or(Forbidden::Malformed)?,
            authority: authority.as_str().to_owned(),
            path: path.to_owned(),
        })
    }
}

/// What may be reached: public addresses, and by configuration others.
#[derive(Debug, Clone, Default)]
pub(super) struct Guard {
    networks: Vec<IpNet>,
}

impl Guard {
    pub(super) fn new(networks: Vec<IpNet>) -> Self {
        Self { networks }
    }

    /// Sees whether each of the addresses that a name stands for may be reached: who answers for the name may
    /// mix one in that may not. Without TLS those alone may that the operator has named.
    pub(super) fn check(&self, is_tls: bool, addresses: &[SocketAddr]) -> Result<(), Forbidden> {
        if addresses.is_empty() {
            return Err(Forbidden::Unknown);
        }
        for address in addresses {
            let ip = address.ip().to_canonical();
            let is_named = self.networks.iter().any(|network| network.contains(&ip));
            if !is_named && !is_public(ip) {
                return Err(Forbidden::Private(ip));
            }
            if !is_named && !is_tls {
                return Err(Forbidden::Unencrypted);
            }
        }
        Ok(())
    }
}

/// Whether an address is one of the public Internet, by IANA's registries of special-purpose addresses (RFC 6890).
fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

/// One that answers for metadata though its address is a public one: that of Azure.
const AZURE_WIRE_SERVER: Ipv4Addr = Ipv4Addr::new(168, 63, 129, 16);

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    let is_special = match (a, b, c) {
        // This network, loopback, multicast and what is above.
        (0 | 127 | 224.., ..) => true,
        // Private networks (RFC 1918), and those of carriers (RFC 6598).
        (10, ..) | (172, 16..=31, _) | (192, 168, _) | (100, 64..=127, _) => true,
        // Link-local, with the metadata of most clouds.
        (169, 254, _) => true,
        // Protocol assignments (RFC 6890), relays to IPv6 (RFC 7526) and benchmarks (RFC 2544).
        (192, 0, 0) | (192, 88, 99) | (198, 18..=19, _) => true,
        // Documentation (RFC 5737).
        (192, 0, 2) | (198, 51, 100) | (203, 0, 113) => true,
        _ => false,
    };
    !is_special && ip != AZURE_WIRE_SERVER
}

/// Global unicast (RFC 4291, section 2.4) but for what carries other addresses inside, or is for other uses.
fn is_public_v6(ip: Ipv6Addr) -> bool {
    let [a, b, ..] = ip.segments();
    let is_unicast = a & 0xe000 == 0x2000;
    let is_special = match (a, b) {
        // Protocol assignments, among them Teredo (RFC 4380).
        (0x2001, 0..=0x01ff) => true,
        // Documentation (RFC 3849, RFC 9637).
        (0x2001, 0x0db8) | (0x3fff, 0..=0x0fff) => true,
        // 6to4 (RFC 3056).
        (0x2002, _) => true,
        _ => false,
    };
    is_unicast && !is_special
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(networks: &[&str], is_tls: bool, addresses: &[&str]) -> Result<(), Forbidden> {
        let guard = Guard::new(networks.iter().map(|network| network.parse().unwrap()).collect());
        let addresses = addresses.iter().map(|ip| SocketAddr::new(ip.parse().unwrap(), 443));
        guard.check(is_tls, &addresses.collect::<Vec<_>>())
    }

    #[test]
    fn urls_are_taken_apart() {
        let it = Destination::parse("https://example.com/a/b?c=d").unwrap();
        assert_eq!((it.is_tls, it.host.as_str(), it.port), (true, "example.com", 443));
        assert_eq!((it.authority.as_str(), it.path.as_str()), ("example.com", "/a/b?c=d"));
        let it = Destination::parse("http://[::1]:8080").unwrap();
        assert_eq!((it.is_tls, it.host.as_str(), it.port), (false, "::1", 8080));
        assert_eq!((it.authority.as_str(), it.path.as_str()), ("[::1]:8080", "/"));
    }

    #[test]
    fn what_is_no_url_is_refused() {
        let long = format!("https://example.com/{}", "a".repeat(URL_BYTES_MAX));
        for bad in [
            "",
            "example.com",
            "/path",
            "ftp://example.com/",
            "file:///etc/passwd",
            "gopher://example.com/",
            "https://",
            "https:///path",
            "https://user:password@example.com/",
            "https://example.com/#part",
            "https://example.com:0/",
            "https://example.com:70000/",
            "https://exa mple.com/",
            "https://example.com/\r\nX: y",
            &long,
        ] {
            assert_eq!(Destination::parse(bad), Err(Forbidden::Malformed), "{bad:?}");
        }
    }

    #[test]
    fn what_is_not_public_is_refused() {
        for ip in [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "100.100.100.200",
            "127.0.0.1",
            "127.8.8.8",
            "168.63.129.16",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.192",
            "192.0.2.1",
            "192.168.1.1",
            "198.19.0.1",
            "203.0.113.9",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:169.254.169.254",
            "::7f00:1",
            "64:ff9b::a9fe:a9fe",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::1",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(matches!(check(&[], true, &[ip]), Err(Forbidden::Private(_))), "{ip}");
        }
        for ip in ["1.1.1.1", "172.32.0.1", "192.0.1.1", "2606:4700::1111", "2a00:1450::1"] {
            assert_eq!(check(&[], true, &[ip]), Ok(()), "{ip}");
        }
    }

    #[test]
    fn every_address_of_a_name_counts() {
        let loopback = Err(Forbidden::Private("127.0.0.1".parse().unwrap()));
        assert_eq!(check(&[], true, &["1.1.1.1", "127.0.0.1"]), loopback);
        assert_eq!(check(&[], true, &[]), Err(Forbidden::Unknown));
    }

    #[test]
    fn the_operator_may_name_networks_and_there_without_tls() {
        assert_eq!(check(&["10.0.0.0/8"], true, &["10.1.2.3"]), Ok(()));
        assert_eq!(check(&["10.0.0.0/8"], false, &["10.1.2.3"]), Ok(()));
        assert_eq!(check(&["10.0.0.0/8"], false, &["::ffff:10.1.2.3"]), Ok(()));
        assert_eq!(check(&["10.0.0.0/8"], false, &["1.1.1.1"]), Err(Forbidden::Unencrypted));
        assert!(check(&["10.0.0.0/8"], true, &["192.168.0.1"]).is_err());
    }
}
