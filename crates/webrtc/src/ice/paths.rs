//! The addresses from which a peer proved that it knows the password.

use std::net::SocketAddr;
use std::time::Duration;

/// How many addresses of a peer are remembered. Of more, the one that was silent for the longest goes. A
/// browser's pairs with one server are as many as it has networks and addresses of them.
pub const ADDRESSES_MAX: usize = 8;

/// `address` as it is compared: an IPv4 address that comes in the clothes of IPv6 is that IPv4 address.
#[must_use]
pub fn canonical(address: SocketAddr) -> SocketAddr {
    match address {
        SocketAddr::V6(v6) if v6.ip().to_ipv4_mapped().is_some() => {
            SocketAddr::new(v6.ip().to_canonical(), v6.port())
        }
        // The scope, of a link-local address, must stay; the flow says nothing about who it is.
        SocketAddr::V6(mut v6) => {
            v6.set_flowinfo(0);
            v6.into()
        }
        v4 => v4,
    }
}

#[derive(Clone, Copy, Debug)]
struct Path {
    address: SocketAddr,
    heard: Duration,
}

/// The addresses, and which of them the peer wants to be sent to.
#[derive(Debug)]
pub(super) struct Paths {
    paths: [Option<Path>; ADDRESSES_MAX],
    selected: Option<SocketAddr>,
}

impl Paths {
    pub(super) fn new() -> Self {
        Self { paths: [None; ADDRESSES_MAX], selected: None }
    }

    pub(super) fn contains(&self, address: SocketAddr) -> bool {
        self.selected == Some(address) || self.known().any(|path| path.address == address)
    }

    pub(super) fn selected(&self) -> Option<SocketAddr> {
        self.selected
    }

    /// The address that was heard last.
    pub(super) fn latest(&self) -> Option<SocketAddr> {
        self.known().max_by_key(|path| path.heard).map(|path| path.address)
    }

    /// When the selected address was heard last.
    pub(super) fn selected_heard(&self) -> Option<Duration> {
        let selected = self.selected?;
        self.known().find(|path| path.address == selected).map(|path| path.heard)
    }

    /// Notes that a check came from `address`. Whether it is a new one.
    pub(super) fn hear(&mut self, now: Duration, address: SocketAddr) -> bool {
        let heard = Some(Path { address, heard: now });
        if let Some(path) =
            self.paths.iter_mut().find(|path| path.is_some_and(|path| path.address == address))
        {
            *path = heard;
            return false;
        }
        let selected = self.selected;
        let free = self
            .paths
            .iter_mut()
            .filter(|path| path.is_none_or(|path| Some(path.address) != selected))
            // A free place is older than any.
            .min_by_key(|path| path.map(|path| path.heard));
        if let Some(place) = free {
            *place = heard;
        }
        true
    }

    /// Chooses `address` to be sent to. Whether that is a change.
    pub(super) fn select(&mut self, address: SocketAddr) -> bool {
        self.selected.replace(address) != Some(address)
    }

    fn known(&self) -> impl Iterator<Item = &Path> {
        self.paths.iter().flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(last: usize) -> SocketAddr {
        SocketAddr::from(([192, 0, 2, last as u8], 5_000))
    }

    fn at(seconds: usize) -> Duration {
        Duration::from_secs(seconds as u64)
    }

    #[test]
    fn the_address_that_was_silent_for_the_longest_goes() {
        let mut paths = Paths::new();
        for last in 0..ADDRESSES_MAX {
            assert!(paths.hear(at(last), address(last)));
        }
        assert!(!paths.hear(at(100), address(0)));
        assert!(paths.hear(at(101), address(200)));
        assert!(paths.contains(address(0)) && !paths.contains(address(1)));
        assert!(paths.contains(address(200)));
        assert_eq!(paths.latest(), Some(address(200)));
    }

    #[test]
    fn the_selected_address_stays() {
        let mut paths = Paths::new();
        paths.hear(at(0), address(0));
        assert!(paths.select(address(0)) && !paths.select(address(0)));
        for last in 1..100 {
            paths.hear(at(last), address(last));
        }
        assert!(paths.contains(address(0)));
        assert_eq!((paths.selected(), paths.selected_heard()), (Some(address(0)), Some(at(0))));
        assert_eq!(paths.known().count(), ADDRESSES_MAX);
    }

    #[test]
    fn mapped_addresses_are_the_ipv4_addresses_that_they_are() {
        let mapped: SocketAddr = "[::ffff:192.0.2.1]:80".parse().unwrap();
        assert_eq!(canonical(mapped), "192.0.2.1:80".parse().unwrap());
        for plain in ["192.0.2.1:80", "[2001:db8::1]:80", "[fe80::1%3]:80"] {
            let plain: SocketAddr = plain.parse().unwrap();
            assert_eq!(canonical(plain), plain);
        }
    }
}
