//! Trunks, from the configuration to signalling.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use sip::{Credentials, HostPort, Inbound, TrunkId};
use tokio::net::{UdpSocket, lookup_host};

use crate::config::{Config, Secret, Transport, Trunk};

/// What the SIP endpoint is started with.
pub(crate) fn sip_settings(config: &Config) -> sip::Settings {
    let limits = sip::Limits { calls_max: config.sip.calls_max, ..sip::Limits::default() };
    sip::Settings {
        tcp: Some(config.sip.tcp),
        advertised: config.sip.advertised_address.map(|ip| ip.to_string()),
        trunks: config.sip.trunks.iter().map(trunk).collect(),
        limits,
        ..sip::Settings::udp(config.sip.udp)
    }
}

/// The trunk by which calls go out: the one that is named, or the first.
pub(crate) fn outbound(config: &Config) -> Option<TrunkId> {
    let named = config.calls.trunk.clone();
    named.or_else(|| config.sip.trunks.first().map(|trunk| trunk.id.clone())).map(TrunkId)
}

/// Our address on the way to a trunk.
pub(crate) async fn way_to(trunk: &Trunk) -> Option<IpAddr> {
    let address = host_port(&trunk.address);
    let remote = lookup_host((address.host.as_str(), address.port())).await.ok()?.next()?;
    let any: IpAddr = match remote {
        SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    // Connecting a datagram socket sends nothing, but finds the way.
    let socket = UdpSocket::bind((any, 0)).await.ok()?;
    socket.connect(remote).await.ok()?;
    Some(socket.local_addr().ok()?.ip())
}

fn trunk(trunk: &Trunk) -> sip::Trunk {
    let credentials = |username: &Option<String>, password: &Option<Secret>| {
        username.as_ref().zip(password.as_ref()).map(|(username, password)| Credentials {
            username: username.clone(),
            password: password.reveal().to_owned(),
            realm: None,
        })
    };
    sip::Trunk {
        transport: match trunk.transport {
            Transport::Udp => sip::Transport::Udp,
            Transport::Tcp => sip::Transport::Tcp,
        },
        credentials: credentials(&trunk.username, &trunk.password),
        inbound: Inbound {
            sources: trunk.sources.clone(),
            digest: credentials(&trunk.inbound_username, &trunk.inbound_password),
        },
        from_domain: trunk.from_domain.clone(),
        caller_id: trunk.caller_id.clone(),
        ..sip::Trunk::new(trunk.id.clone(), host_port(&trunk.address))
    }
}

/// Splits `host`, `host:port`, `[v6]` and `[v6]:port`.
fn host_port(text: &str) -> HostPort {
    if let Ok(ip) = text.parse::<IpAddr>() {
        return HostPort { host: ip.to_string(), port: None };
    }
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, port.parse().ok()),
        _ => (text, None),
    };
    let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    HostPort { host: host.to_owned(), port }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_every_form_are_split() {
        let split = |text| {
            let HostPort { host, port } = host_port(text);
            (host, port)
        };
        assert_eq!(split("sip.example.net"), ("sip.example.net".to_owned(), None));
        assert_eq!(split("192.0.2.1:5070"), ("192.0.2.1".to_owned(), Some(5070)));
        assert_eq!(split("[2001:db8::1]:5070"), ("2001:db8::1".to_owned(), Some(5070)));
        assert_eq!(split("[2001:db8::1]"), ("2001:db8::1".to_owned(), None));
        assert_eq!(split("2001:db8::1"), ("2001:db8::1".to_owned(), None));
    }

    #[test]
    fn half_credentials_are_none() {
        let half = Trunk { username: Some("u".to_owned()), ..Trunk::default() };
        assert!(trunk(&half).credentials.is_none());
        let whole = Trunk { password: Some(Secret::new("p")), ..half };
        assert_eq!(trunk(&whole).credentials.map(|found| found.username).as_deref(), Some("u"));
    }

    #[tokio::test]
    async fn the_way_to_loopback_is_loopback() {
        let trunk = Trunk { address: "127.0.0.1:5060".to_owned(), ..Trunk::default() };
        assert_eq!(way_to(&trunk).await, Some(IpAddr::V4(Ipv4Addr::LOCALHOST)));
    }
}
