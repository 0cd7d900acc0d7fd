//! A bound, non-blocking UDP socket.

use std::io;
use std::net::SocketAddr;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};

use nix::sys::socket::setsockopt;
use nix::sys::socket::sockopt::{Ipv4PacketInfo, RcvBufForce, ReceiveTimestampns, SndBufForce};
use socket2::{Domain, Protocol, Type};

/// How a [`Socket`] is set up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SocketOptions {
    /// Receive buffer asked of the kernel, in bytes. The kernel doubles it for its own bookkeeping
    /// and, unless the process has CAP_NET_ADMIN, caps it silently at `net.core.rmem_max`.
    pub receive_buffer_bytes: usize,
    /// Send buffer asked of the kernel, in bytes, capped in the same way at `net.core.wmem_max`.
    pub send_buffer_bytes: usize,
    /// Differentiated services code point of what is sent (RFC 2474), 0 to 63. Voice is 46,
    /// "expedited forwarding" (RFC 3246).
    pub dscp: u8,
    /// Whether the kernel notes when each datagram arrived.
    pub timestamps: bool,
    /// Whether the kernel tells to which of the machine's IPv4 addresses each datagram was sent: for a
    /// socket on `0.0.0.0`.
    pub destinations: bool,
    /// Whether other sockets that say the same may be bound to the same address (`SO_REUSEPORT`). The
    /// kernel then spreads senders over them by a hash of both addresses.
    pub reuse_port: bool,
    /// Whether a socket on `[::]` leaves IPv4 to others.
    pub v6_only: bool,
}

impl Default for SocketOptions {
    fn default() -> Self {
        Self {
            receive_buffer_bytes: 512 * 1024,
            send_buffer_bytes: 512 * 1024,
            dscp: 46,
            timestamps: true,
            destinations: false,
            reuse_port: false,
            v6_only: false,
        }
    }
}

/// A socket could not be bound.
#[derive(Debug, thiserror::Error)]
#[error("cannot bind UDP {address}: {source}")]
pub struct BindError {
    /// The address asked for.
    pub address: SocketAddr,
    /// What the kernel said.
    pub source: io::Error,
}

impl BindError {
    /// Whether somebody else holds the port, so that another one may do.
    #[must_use]
    pub fn is_in_use(&self) -> bool {
        self.source.kind() == io::ErrorKind::AddrInUse
    }
}

/// What `SO_MEMINFO` tells, and which of it is the drops: `SK_MEMINFO_VARS` and `SK_MEMINFO_DROPS` of
/// `linux/sock_diag.h`.
const MEMORY_FIGURES: usize = 9;
const DROPS: usize = 8;

/// A bound, non-blocking UDP socket.
#[derive(Debug)]
pub struct Socket {
    inner: socket2::Socket,
    local: SocketAddr,
}

impl Socket {
    /// Binds to `address`; port 0 lets the kernel choose. A socket on `[::]` serves IPv4
    /// too, unless it is to be [`v6_only`](SocketOptions::v6_only).
    ///
    /// # Errors
    /// [`BindError`] when the kernel refuses the socket, an option or the address.
    pub fn bind(address: SocketAddr, options: &SocketOptions) -> Result<Self, BindError> {
        Self::open(address, options).map_err(|source| BindError { address, source })
    }

    fn open(address: SocketAddr, options: &SocketOptions) -> io::Result<Self> {
        let inner = socket2::Socket::new(
            Domain::for_address(address),
            Type::DGRAM.nonblocking().cloexec(),
            Some(Protocol::UDP),
        )?;
        if setsockopt(&inner, RcvBufForce, &options.receive_buffer_bytes).is_err() {
            inner.set_recv_buffer_size(options.receive_buffer_bytes)?;
        }
        if setsockopt(&inner, SndBufForce, &options.send_buffer_bytes).is_err() {
            inner.set_send_buffer_size(options.send_buffer_bytes)?;
        }
        // The code point sits above the two bits of congestion notification (RFC 3168).
        let traffic_class = u32::from(options.dscp & 0x3f) << 2;
        if address.is_ipv6() {
            inner.set_only_v6(options.v6_only)?;
            inner.set_tclass_v6(traffic_class)?;
        } else {
            inner.set_tos_v4(traffic_class)?;
        }
        if options.timestamps {
            setsockopt(&inner, ReceiveTimestampns, &true)?;
        }
        if options.destinations && address.is_ipv4() {
            setsockopt(&inner, Ipv4PacketInfo, &true)?;
        }
        never_fragment(&inner, address.is_ipv6())?;
        inner.set_reuse_port(options.reuse_port)?;
        inner.bind(&address.into())?;
        let local = inner
            .local_addr()?
            .as_socket()
            .ok_or_else(|| io::Error::other("a UDP socket without an IP address"))?;
        Ok(Self { inner, local })
    }

    /// The address that the socket is bound to, with the port that the kernel chose.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.local
    }

    /// How many datagrams the kernel has dropped because they found the receive buffer full.
    ///
    /// # Errors
    /// The kernel's, if it can't tell: before Linux 4.12.
    #[allow(unsafe_code)]
    pub fn dropped(&self) -> io::Result<u32> {
        let mut figures = [0u32; MEMORY_FIGURES];
        let mut length = size_of_val(&figures) as libc::socklen_t;
        // SAFETY: the kernel writes at most `length` bytes of plain data to where `figures` lies.
        let status = unsafe {
            libc::getsockopt(
                self.raw(),
                libc::SOL_SOCKET,
                libc::SO_MEMINFO,
                figures.as_mut_ptr().cast(),
                &raw mut length,
            )
        };
        if status == 0 { Ok(figures[DROPS]) } else { Err(io::Error::last_os_error()) }
    }

    pub(crate) fn raw(&self) -> RawFd {
        self.inner.as_raw_fd()
    }
}

impl AsFd for Socket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.inner.as_fd()
    }
}

/// Has every packet leave whole, with "don't fragment" set and whatever the kernel believes of the path:
/// a media packet that a router cuts up is as good as lost. It is cheaper too: the kernel need not
/// number packets that nobody puts together again, which was 4 to 5 % of sending one.
fn never_fragment(socket: &socket2::Socket, is_ipv6: bool) -> io::Result<()> {
    if is_ipv6 {
        let probe = libc::IPV6_PMTUDISC_PROBE;
        set_number(socket, libc::IPPROTO_IPV6, libc::IPV6_MTU_DISCOVER, probe)?;
    }
    // A socket of IPv6 sends to IPv4 too.
    set_number(socket, libc::IPPROTO_IP, libc::IP_MTU_DISCOVER, libc::IP_PMTUDISC_PROBE)
}

/// Sets an option that is a number and that neither `socket2` nor `nix` has a name for.
#[allow(unsafe_code)]
fn set_number(
    socket: &socket2::Socket,
    level: libc::c_int,
    option: libc::c_int,
    value: libc::c_int,
) -> io::Result<()> {
    let length = size_of::<libc::c_int>() as libc::socklen_t;
    // SAFETY: the pointer is to a live number of the length given, which the kernel only reads.
    let result = unsafe {
        libc::setsockopt(socket.as_raw_fd(), level, option, (&raw const value).cast(), length)
    };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_leave_whole_by_either_family() {
        for ours in ["127.0.0.1:0", "[::1]:0", "[::]:0"] {
            let ours = Socket::bind(ours.parse().unwrap(), &SocketOptions::default()).unwrap();
            let is_ipv6 = ours.local_addr().is_ipv6();
            let (level, option) = match is_ipv6 {
                true => (libc::IPPROTO_IPV6, libc::IPV6_MTU_DISCOVER),
                false => (libc::IPPROTO_IP, libc::IP_MTU_DISCOVER),
            };
            assert_eq!(number(&ours, level, option), libc::IP_PMTUDISC_PROBE);
            assert_eq!(
                number(&ours, libc::IPPROTO_IP, libc::IP_MTU_DISCOVER),
                libc::IP_PMTUDISC_PROBE
            );
        }
    }

    #[allow(unsafe_code)]
    fn number(socket: &Socket, level: libc::c_int, option: libc::c_int) -> libc::c_int {
        let (mut value, mut length) = (-1, size_of::<libc::c_int>() as libc::socklen_t);
        // SAFETY: both pointers are to live numbers, and the length given is that of the first.
        unsafe {
            let value = (&raw mut value).cast();
            libc::getsockopt(socket.raw(), level, option, value, &raw mut length);
        }
        value
    }

    #[test]
    fn a_port_in_use_is_told_apart_from_other_failures() {
        let options = SocketOptions::default();
        let first = Socket::bind("127.0.0.1:0".parse().unwrap(), &options).unwrap();
        let error = Socket::bind(first.local_addr(), &options).unwrap_err();
        assert!(error.is_in_use(), "{error}");

        // TEST-NET-1 (RFC 5737) is nobody's address.
        let error = Socket::bind("192.0.2.1:0".parse().unwrap(), &options).unwrap_err();
        assert!(!error.is_in_use(), "{error}");
    }
}
