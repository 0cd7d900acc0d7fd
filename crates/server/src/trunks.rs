//! Trunks, from the configuration to signalling.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use sip::{Credentials, HostPort, Inbound, InvalidHostPort, TrunkId};
use tokio::net::{UdpSocket, lookup_host};

use crate::config::{Config, Secret, Transport, Trunk};

/// What the SIP endpoint is started with.
///
/// # Errors
/// A trunk's address is none, which the configuration's check found before.
pub(crate) fn sip_settings(config: &Config) -> Result<sip::Settings, InvalidHostPort> {
    let limits = sip::Limits { calls_max: config.sip.calls_max, ..sip::Limits::default() };
    Ok(sip::Settings {
        tcp: Some(config.sip.tcp),
        advertised: config.sip.advertised_address.map(|ip| ip.to_string()),
        trunks: config.sip.trunks.iter().map(trunk).collect::<Result<_, _>>()?,
        limits,
        ..sip::Settings::udp(config.sip.udp)
    })
}

/// The trunk by which calls go out: the one that is named, or the first.
pub(crate) fn outbound(config: &Config) -> Option<TrunkId> {
    let named = config.calls.trunk.clone();
    named.or_else(|| config.sip.trunks.first().map(|trunk| trunk.id.clone())).map(TrunkId)
}

/// Our address on the way to a trunk.
pub(crate) async fn way_to(trunk: &Trunk) -> Option<IpAddr> {
    let address: HostPort = trunk.address.parse().ok()?;
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

fn trunk(trunk: &Trunk) -> Result<sip::Trunk, InvalidHostPort> {
    let credentials = |username: &Option<String>, password: &Option<Secret>| {
        username.as_ref().zip(password.as_ref()).map(|(username, password)| Credentials {
            username: username.clone(),
            password: password.reveal().to_owned(),
            realm: None,
        })
    };
    Ok(sip::Trunk {
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
        ..sip::Trunk::new(trunk.id.clone(), trunk.address.parse()?)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_credentials_are_none() {
        let address = "192.0.2.1".to_owned();
        let half = Trunk { address, username: Some("u".to_owned()), ..Trunk::default() };
        assert!(trunk(&half).unwrap().credentials.is_none());
        let whole = Trunk { password: Some(Secret::new("p")), ..half };
        assert_eq!(
            trunk(&whole).unwrap().credentials.map(|found| found.username).as_deref(),
            Some("u")
        );
    }

    #[tokio::test]
    async fn the_way_to_loopback_is_loopback() {
        let trunk = Trunk { address: "127.0.0.1:5060".to_owned(), ..Trunk::default() };
        assert_eq!(way_to(&trunk).await, Some(IpAddr::V4(Ipv4Addr::LOCALHOST)));
    }
}
