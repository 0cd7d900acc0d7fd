//! The workers behind the relay.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use tokio::net::UdpSocket;
use webrtc::ice::{Binding, UserFragment};

/// Where each worker is reached from this machine.
pub(super) struct Workers(Vec<Option<SocketAddr>>);

/// A first frame that leads to no worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Misled {
    /// It is no connectivity check.
    NotACheck,
    /// The check is for a user fragment that is not of this server.
    UnknownWorker,
}

impl Workers {
    /// Of each worker the first address counts.
    pub(super) fn new(addresses: &[Vec<SocketAddr>]) -> Workers {
        Workers(addresses.iter().map(|of_worker| of_worker.first().map(from_here)).collect())
    }

    /// The worker that a check is for.
    pub(super) fn of_check(&self, datagram: &[u8]) -> Result<SocketAddr, Misled> {
        let fragment = Binding::peek(datagram).ok_or(Misled::NotACheck)?;
        let fragment = UserFragment::parse(fragment).ok_or(Misled::UnknownWorker)?;
        let worker = self.0.get(usize::from(fragment.worker())).copied().flatten();
        worker.ok_or(Misled::UnknownWorker)
    }
}

/// A socket that speaks with one worker alone.
pub(super) async fn connect(worker: SocketAddr) -> io::Result<UdpSocket> {
    let any: IpAddr = match worker {
        SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    let socket = UdpSocket::bind((any, 0)).await?;
    socket.connect(worker).await?;
    Ok(socket)
}

/// A socket that is bound to all addresses is reached by loopback.
fn from_here(bound: &SocketAddr) -> SocketAddr {
    let ip = match bound.ip() {
        IpAddr::V4(Ipv4Addr::UNSPECIFIED) => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(Ipv6Addr::UNSPECIFIED) => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, bound.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_worker_is_reached_where_it_is_bound() {
        let from_here = |bound: &str| from_here(&bound.parse().unwrap()).to_string();
        assert_eq!(from_here("0.0.0.0:40000"), "127.0.0.1:40000");
        assert_eq!(from_here("[::]:40000"), "[::1]:40000");
        assert_eq!(from_here("192.0.2.1:40000"), "192.0.2.1:40000");
        assert_eq!(from_here("[2001:db8::1]:40000"), "[2001:db8::1]:40000");
    }

    #[test]
    fn a_worker_without_addresses_is_not_reached() {
        assert_eq!(Workers::new(&[Vec::new()]).0, [None]);
    }
}
