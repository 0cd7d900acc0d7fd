//! Names of a worker's sockets.

use std::net::SocketAddr;

use crate::settings::BROWSER_IPS_MAX;

/// A socket of ours and an address of a peer's: by which we send to where, or hear from where.
pub(crate) type Route = (SocketKey, SocketAddr);

/// Which of the two sockets of a phones' port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Channel {
    Rtp,
    Rtcp,
}

/// What a socket is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Phones: the port at a place of the worker's table.
    Port(u32, Channel),
    /// All browsers of the worker: one of its local addresses.
    Browsers(usize),
}

/// Names a socket of a worker, by its place in a table of all of them: first those for browsers,
/// then the pairs of the ports. One number, because every packet is looked up by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct SocketKey(u32);

impl SocketKey {
    /// A socket of the port at place `port`.
    pub(crate) fn port(port: u32, channel: Channel) -> Self {
        Self(BROWSER_IPS_MAX as u32 + port * 2 + u32::from(channel == Channel::Rtcp))
    }

    /// The browsers' socket on the local address `index`, below [`BROWSER_IPS_MAX`].
    pub(crate) fn browsers(index: usize) -> Self {
        Self(index as u32)
    }

    /// The socket with this place in the table.
    pub(crate) fn at(index: u64) -> Self {
        Self(index as u32)
    }

    /// Its place in the table.
    pub(crate) fn index(self) -> usize {
        self.0 as usize
    }

    /// How large a table of all sockets is, for a worker of `ports` ports.
    pub(crate) fn table_size(ports: usize) -> usize {
        BROWSER_IPS_MAX + ports * 2
    }

    pub(crate) fn purpose(self) -> Purpose {
        match self.0.checked_sub(BROWSER_IPS_MAX as u32) {
            None => Purpose::Browsers(self.index()),
            Some(index) if index % 2 == 1 => Purpose::Port(index / 2, Channel::Rtcp),
            Some(index) => Purpose::Port(index / 2, Channel::Rtp),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_socket_has_a_place_of_its_own() {
        let last = SocketKey::port(2, Channel::Rtcp);
        assert_eq!(SocketKey::table_size(3), last.index() + 1);
        for (port, channel) in [(0, Channel::Rtp), (0, Channel::Rtcp), (40_000, Channel::Rtcp)] {
            let key = SocketKey::port(port, channel);
            assert_eq!(key.purpose(), Purpose::Port(port, channel));
            assert_eq!(SocketKey::at(key.index() as u64), key);
        }
        for index in 0..BROWSER_IPS_MAX {
            assert_eq!(SocketKey::browsers(index).purpose(), Purpose::Browsers(index));
        }
    }
}
