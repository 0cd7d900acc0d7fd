//! Who asks: the client's address, as far as it can be known.

use std::net::{IpAddr, SocketAddr};

use axum::http::HeaderMap;
use ipnet::IpNet;

/// How many hops of `X-Forwarded-For` are looked at.
const HOPS_MAX: usize = 16;

/// The client behind a connection from `peer`. `X-Forwarded-For` counts only as far as `trusted`
/// proxies wrote it: read from its end, the first address that is no such proxy is the client.
pub(super) fn client_ip(peer: SocketAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let is_trusted = |ip: IpAddr| trusted.iter().any(|net| net.contains(&ip));
    let mut ip = peer.ip().to_canonical();
    let lines: Vec<&str> =
        headers.get_all("x-forwarded-for").iter().filter_map(|line| line.to_str().ok()).collect();
    let hops = lines.iter().flat_map(|line| line.split(',')).rev().take(HOPS_MAX);
    for hop in hops {
        if !is_trusted(ip) {
            break;
        }
        match hop.trim().parse::<IpAddr>() {
            Ok(address) => ip = address.to_canonical(),
            Err(_) => break,
        }
    }
    ip
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(peer: &str, forwarded: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for line in forwarded {
            headers.append("x-forwarded-for", line.parse().unwrap());
        }
        let trusted = ["10.0.0.0/8".parse().unwrap(), "127.0.0.0/8".parse().unwrap()];
        let peer = SocketAddr::new(peer.parse().unwrap(), 1234);
        client_ip(peer, &headers, &trusted).to_string()
    }

    #[test]
    fn a_stranger_cannot_say_who_it_is() {
        assert_eq!(of("192.0.2.1", &["198.51.100.9"]), "192.0.2.1");
    }

    #[test]
    fn a_trusted_proxy_says_whom_it_speaks_for() {
        assert_eq!(of("10.0.0.1", &["198.51.100.9"]), "198.51.100.9");
        assert_eq!(of("::ffff:10.0.0.1", &["198.51.100.9"]), "198.51.100.9");
        assert_eq!(of("10.0.0.1", &["1.1.1.1, 198.51.100.9, 10.0.0.2"]), "198.51.100.9");
        assert_eq!(of("10.0.0.1", &["1.1.1.1", "198.51.100.9"]), "198.51.100.9");
    }

    #[test]
    fn what_is_no_address_ends_the_trail() {
        assert_eq!(of("10.0.0.1", &["unknown"]), "10.0.0.1");
        assert_eq!(of("10.0.0.1", &[]), "10.0.0.1");
    }
}
