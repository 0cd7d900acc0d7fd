//! Socket addresses as the kernel lays them out.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};

/// Room for an address of either family, aligned as the kernel wants it.
///
/// `sockaddr_in6` is the largest family used here; the kernel truncates what does not fit, and says
/// so by a length that [`RawAddress::decode`] refuses.
#[derive(Clone, Copy)]
#[repr(C)]
pub(crate) union RawAddress {
    family: libc::sa_family_t,
    v4: libc::sockaddr_in,
    v6: libc::sockaddr_in6,
}

impl RawAddress {
    pub(crate) const BYTES: libc::socklen_t = size_of::<RawAddress>() as libc::socklen_t;

    /// An address of no family.
    #[allow(unsafe_code)]
    pub(crate) fn unset() -> Self {
        // SAFETY: all-zero bytes are a valid value of each member of the union.
        unsafe { std::mem::zeroed() }
    }

    /// The address, if the kernel wrote one of a family known here. IPv4 addresses that an IPv6
    /// socket shows as `::ffff:a.b.c.d` come out as plain IPv4, so that one peer has one name.
    #[allow(unsafe_code)]
    pub(crate) fn decode(&self, length: libc::socklen_t) -> Option<SocketAddr> {
        // SAFETY: `unset` initialised every byte, the kernel overwrites them with plain data, and
        // every bit pattern is valid in each member.
        let (family, v4, v6) = unsafe { (self.family, self.v4, self.v6) };
        match i32::from(family) {
            libc::AF_INET if length as usize >= size_of::<libc::sockaddr_in>() => {
                let ip = Ipv4Addr::from(v4.sin_addr.s_addr.to_ne_bytes());
                Some(SocketAddrV4::new(ip, u16::from_be(v4.sin_port)).into())
            }
            libc::AF_INET6 if length as usize >= size_of::<libc::sockaddr_in6>() => {
                let ip = Ipv6Addr::from(v6.sin6_addr.s6_addr);
                let port = u16::from_be(v6.sin6_port);
                Some(match ip.to_ipv4_mapped() {
                    Some(ip) => SocketAddrV4::new(ip, port).into(),
                    None => SocketAddrV6::new(ip, port, 0, v6.sin6_scope_id).into(),
                })
            }
            _ => None,
        }
    }

    /// `address` in the form that a socket of the given family sends to, with its length.
    pub(crate) fn encode(address: SocketAddr, on_v6_socket: bool) -> (Self, libc::socklen_t) {
        match address {
            SocketAddr::V4(address) if on_v6_socket => Self::encode_v6(SocketAddrV6::new(
                address.ip().to_ipv6_mapped(),
                address.port(),
                0,
                0,
            )),
            SocketAddr::V4(address) => Self::encode_v4(address),
            SocketAddr::V6(address) => Self::encode_v6(address),
        }
    }

    fn encode_v4(address: SocketAddrV4) -> (Self, libc::socklen_t) {
        let v4 = libc::sockaddr_in {
            sin_family: libc::AF_INET as libc::sa_family_t,
            sin_port: address.port().to_be(),
            sin_addr: libc::in_addr { s_addr: u32::from_ne_bytes(address.ip().octets()) },
            sin_zero: [0; 8],
        };
        let mut raw = Self::unset();
        raw.v4 = v4;
        (raw, size_of::<libc::sockaddr_in>() as libc::socklen_t)
    }

    fn encode_v6(address: SocketAddrV6) -> (Self, libc::socklen_t) {
        let v6 = libc::sockaddr_in6 {
            sin6_family: libc::AF_INET6 as libc::sa_family_t,
            sin6_port: address.port().to_be(),
            sin6_flowinfo: address.flowinfo(),
            sin6_addr: libc::in6_addr { s6_addr: address.ip().octets() },
            sin6_scope_id: address.scope_id(),
        };
        let mut raw = Self::unset();
        raw.v6 = v6;
        (raw, size_of::<libc::sockaddr_in6>() as libc::socklen_t)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round_trip(address: &str, on_v6_socket: bool) -> String {
        let (raw, length) = RawAddress::encode(address.parse().unwrap(), on_v6_socket);
        raw.decode(length).unwrap().to_string()
    }

    #[test]
    fn addresses_survive_the_kernel_form() {
        assert_eq!(round_trip("192.0.2.7:5004", false), "192.0.2.7:5004");
        assert_eq!(round_trip("[2001:db8::7]:5004", true), "[2001:db8::7]:5004");
        assert_eq!(round_trip("[fe80::7%3]:5004", true), "[fe80::7%3]:5004");
    }

    #[test]
    fn a_v4_peer_of_a_v6_socket_keeps_its_v4_name() {
        assert_eq!(round_trip("192.0.2.7:5004", true), "192.0.2.7:5004");
    }

    #[test]
    fn an_unknown_family_or_a_short_address_is_none() {
        assert_eq!(RawAddress::unset().decode(RawAddress::BYTES), None);
        let (raw, length) = RawAddress::encode("[::1]:1".parse().unwrap(), true);
        assert_eq!(raw.decode(length - 1), None);
    }
}
