//! Which of our addresses a peer sees.

use std::{
    cell::RefCell,
    collections::HashMap,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket},
};

use crate::flow::LocalAddresses;

/// Peers whose route is remembered. Routes change seldom, and a look-up takes two system calls.
const REMEMBERED_MAX: usize = 1024;

/// Asks the system's routing table, by a socket that is connected and never sends.
#[derive(Debug, Default)]
pub(super) struct RouteLookup {
    remembered: RefCell<HashMap<IpAddr, IpAddr>>,
}

impl LocalAddresses for RouteLookup {
    fn towards(&self, remote: SocketAddr) -> IpAddr {
        let mut remembered = self.remembered.borrow_mut();
        if let Some(local) = remembered.get(&remote.ip()) {
            return *local;
        }
        let loopback: IpAddr = match remote {
            SocketAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
            SocketAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
        };
        let local = look_up(remote).unwrap_or(loopback);
        if remembered.len() >= REMEMBERED_MAX {
            remembered.clear();
        }
        remembered.insert(remote.ip(), local);
        local
    }
}

fn look_up(remote: SocketAddr) -> Option<IpAddr> {
    let any: IpAddr = match remote {
        SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    let socket = UdpSocket::bind((any, 0)).ok()?;
    socket.connect(remote).ok()?;
    Some(socket.local_addr().ok()?.ip())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_loopback_is_reached_from_the_loopback() {
        let lookup = RouteLookup::default();
        for _ in 0..2 {
            let local = lookup.towards(SocketAddr::from((Ipv4Addr::LOCALHOST, 5060)));
            assert_eq!(local, IpAddr::from(Ipv4Addr::LOCALHOST));
        }
    }
}
