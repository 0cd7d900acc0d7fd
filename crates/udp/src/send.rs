//! Sending: up to [`BATCH`] datagrams a system call, straight from the caller's buffers.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::ptr;

use crate::address::RawAddress;
use crate::receive::is_passing;
use crate::{BATCH, Socket};

/// How often one datagram is offered to the kernel before it is given up.
const ATTEMPTS_MAX: usize = 2;

/// What became of the datagrams handed to [`SendBatch::send`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sent {
    /// Taken by the kernel.
    pub sent: usize,
    /// Dropped because the socket's send buffer or the device queue was full.
    pub full: usize,
    /// Refused by the kernel for what they are: no route, a forbidden address, too long.
    pub refused: usize,
}

impl Sent {
    fn add(&mut self, other: Self) {
        self.sent += other.sent;
        self.full += other.full;
        self.refused += other.refused;
    }
}

/// Ancillary data of one datagram that names its source, as the kernel lays it out.
#[derive(Clone, Copy)]
#[repr(C)]
struct Source {
    header: libc::cmsghdr,
    info: libc::in_pktinfo,
}

impl Source {
    const BYTES: usize = size_of::<libc::cmsghdr>() + size_of::<libc::in_pktinfo>();

    const fn new(source: Ipv4Addr) -> Self {
        Self {
            header: libc::cmsghdr {
                cmsg_len: Self::BYTES as _,
                cmsg_level: libc::IPPROTO_IP,
                cmsg_type: libc::IP_PKTINFO,
            },
            info: libc::in_pktinfo {
                ipi_ifindex: 0,
                ipi_spec_dst: libc::in_addr { s_addr: u32::from_ne_bytes(source.octets()) },
                ipi_addr: libc::in_addr { s_addr: 0 },
            },
        }
    }
}

// `CMSG_DATA` begins right behind the header.
const _: () = assert!(std::mem::offset_of!(Source, info) == size_of::<libc::cmsghdr>());

/// Reusable room for the addresses of a batch of outgoing datagrams.
///
/// Real-time media has no use for a late packet, so nothing is kept for later: what the kernel
/// does not take now is dropped and counted.
pub struct SendBatch {
    addresses: Box<[RawAddress]>,
    sources: Box<[Source]>,
}

impl Default for SendBatch {
    fn default() -> Self {
        Self::new()
    }
}

impl SendBatch {
    /// Allocates the room.
    #[must_use]
    pub fn new() -> Self {
        Self {
            addresses: vec![RawAddress::unset(); BATCH].into_boxed_slice(),
            sources: vec![Source::new(Ipv4Addr::UNSPECIFIED); BATCH].into_boxed_slice(),
        }
    }

    /// Sends `datagrams`, each to its own destination, with one system call for each [`BATCH`] of
    /// them. One that the kernel refuses does not hold up those behind it.
    pub fn send<'a>(
        &mut self,
        socket: &Socket,
        datagrams: impl IntoIterator<Item = (SocketAddr, &'a [u8])>,
    ) -> Sent {
        let datagrams = datagrams.into_iter();
        self.send_each(socket, datagrams.map(|(destination, payload)| (None, destination, payload)))
    }

    /// Sends `datagrams`, each from its own source to its own destination, by a socket that is bound
    /// to `0.0.0.0`. The sources must be addresses of this machine; else the kernel refuses.
    pub fn send_from<'a>(
        &mut self,
        socket: &Socket,
        datagrams: impl IntoIterator<Item = (Ipv4Addr, SocketAddr, &'a [u8])>,
    ) -> Sent {
        let datagrams = datagrams.into_iter();
        self.send_each(
            socket,
            datagrams.map(|(source, destination, payload)| (Some(source), destination, payload)),
        )
    }

    #[allow(unsafe_code)]
    fn send_each<'a>(
        &mut self,
        socket: &Socket,
        mut datagrams: impl Iterator<Item = (Option<Ipv4Addr>, SocketAddr, &'a [u8])>,
    ) -> Sent {
        let on_v6_socket = socket.local_addr().is_ipv6();
        let mut total = Sent::default();
        let mut vectors = [const { libc::iovec { iov_base: ptr::null_mut(), iov_len: 0 } }; BATCH];
        // SAFETY: all-zero bytes are a valid `mmsghdr`: null pointers and lengths of 0.
        let mut headers: [libc::mmsghdr; BATCH] = unsafe { std::mem::zeroed() };
        loop {
            let mut count = 0;
            for (slot, (source, destination, payload)) in datagrams.by_ref().take(BATCH).enumerate()
            {
                let (address, length) = RawAddress::encode(destination, on_v6_socket);
                self.addresses[slot] = address;
                // The kernel only reads from a sender's buffers, whatever `iovec` says.
                vectors[slot].iov_base = payload.as_ptr().cast_mut().cast();
                vectors[slot].iov_len = payload.len();
                let header = &mut headers[slot].msg_hdr;
                header.msg_name = (&raw mut self.addresses[slot]).cast();
                header.msg_namelen = length;
                header.msg_iov = &raw mut vectors[slot];
                header.msg_iovlen = 1;
                if let Some(source) = source {
                    self.sources[slot] = Source::new(source);
                    header.msg_control = (&raw mut self.sources[slot]).cast();
                    header.msg_controllen = Source::BYTES as _;
                }
                count = slot + 1;
            }
            if count > 0 {
                // SAFETY: each header points to an address and a source of ours, an iovec of this
                // frame, and a payload that the iterator's items borrow for `'a`, longer than this
                // call.
                total.add(unsafe { send_all(socket, &mut headers[..count]) });
            }
            if count < BATCH {
                return total;
            }
        }
    }
}

/// Offers every header to the kernel, passing over those that it refuses.
///
/// # Safety
/// Each header's name, iovec and control must point to live memory of the lengths given.
#[allow(unsafe_code)]
unsafe fn send_all(socket: &Socket, headers: &mut [libc::mmsghdr]) -> Sent {
    let mut outcome = Sent::default();
    let mut done = 0;
    let mut attempts = 0;
    while let Some(rest) = headers.get_mut(done..).filter(|rest| !rest.is_empty()) {
        // SAFETY: passed on to the caller.
        let count = unsafe {
            let length = rest.len() as libc::c_uint;
            libc::sendmmsg(socket.raw(), rest.as_mut_ptr(), length, libc::MSG_DONTWAIT)
        };
        if let Ok(count @ 1..) = usize::try_from(count) {
            // Fewer than asked means that the next one failed; asking again tells why.
            outcome.sent += count;
            done += count;
            attempts = 0;
            continue;
        }
        let error = io::Error::last_os_error();
        attempts += 1;
        if is_full(&error) {
            outcome.full += rest.len();
            break;
        }
        // A pending ICMP error is reported in place of a send that was not made: once more.
        if !is_passing(&error) || attempts >= ATTEMPTS_MAX {
            outcome.refused += 1;
            done += 1;
            attempts = 0;
        }
    }
    outcome
}

/// Whether the kernel has no room for more at the moment.
fn is_full(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::EAGAIN | libc::ENOBUFS | libc::ENOMEM))
}
