//! Receiving: up to [`BATCH`] datagrams a system call, into buffers allocated once.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::ptr;
use std::time::Duration;

use crate::address::RawAddress;
use crate::{BATCH, DATAGRAM_BYTES_MAX, Socket};

/// How often a call is tried again after a signal or a pending ICMP error before the batch is left
/// for the next poll.
const ATTEMPTS_MAX: usize = 4;

/// Ancillary data of one datagram: room for a timestamp and a destination, aligned as `cmsghdr` must
/// be.
#[derive(Clone, Copy)]
#[repr(C, align(8))]
struct Control([u8; CONTROL_BYTES]);

/// `CMSG_SPACE` of a `timespec` and of an `in_pktinfo` are 32 each on 64-bit Linux.
const CONTROL_BYTES: usize = 64;

#[allow(unsafe_code)]
// SAFETY: `CMSG_SPACE` is arithmetic.
const _: () = assert!(
    unsafe {
        libc::CMSG_SPACE(size_of::<libc::timespec>() as u32)
            + libc::CMSG_SPACE(size_of::<libc::in_pktinfo>() as u32)
    } as usize
        <= CONTROL_BYTES
);

/// Room for one datagram. The line behind it keeps the beginnings of all of them, which is where media
/// packets lie, from falling onto the same few sets of the processor's cache.
#[derive(Clone, Copy)]
#[repr(C)]
struct Room {
    bytes: [u8; DATAGRAM_BYTES_MAX],
    apart: [u8; 64],
}

impl Room {
    const EMPTY: Self = Self { bytes: [0; DATAGRAM_BYTES_MAX], apart: [0; 64] };
}

/// What is known of a datagram besides its bytes.
#[derive(Debug, Clone, Copy)]
struct Entry {
    slot: usize,
    length: usize,
    source: SocketAddr,
    ancillary: Ancillary,
}

/// What came beside a datagram, as far as its socket asks for it.
#[derive(Debug, Clone, Copy, Default)]
struct Ancillary {
    received_at: Option<Duration>,
    destination: Option<Ipv4Addr>,
}

impl Entry {
    const NONE: Entry = Entry {
        slot: 0,
        length: 0,
        source: SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0),
        ancillary: Ancillary { received_at: None, destination: None },
    };
}

/// One datagram of a [`RecvBatch`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Datagram<'a> {
    /// Its bytes.
    pub payload: &'a [u8],
    /// Who sent it.
    pub source: SocketAddr,
    /// When the kernel took it in, by the wall clock (time since the Unix epoch), if the socket was
    /// bound with [`timestamps`](crate::SocketOptions::timestamps).
    pub received_at: Option<Duration>,
    /// The address that it was sent to, if the socket was bound with
    /// [`destinations`](crate::SocketOptions::destinations).
    pub destination: Option<Ipv4Addr>,
}

/// One datagram of a [`RecvBatch`], for work in place.
#[derive(Debug, PartialEq, Eq)]
pub struct DatagramMut<'a> {
    /// Its bytes.
    pub payload: &'a mut [u8],
    /// Who sent it.
    pub source: SocketAddr,
    /// When the kernel took it in, as in [`Datagram::received_at`].
    pub received_at: Option<Duration>,
    /// The address that it was sent to, as in [`Datagram::destination`].
    pub destination: Option<Ipv4Addr>,
}

/// What one call of [`RecvBatch::receive`] found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Received {
    /// Datagrams now in the batch.
    pub datagrams: usize,
    /// Datagrams dropped because they were longer than [`DATAGRAM_BYTES_MAX`].
    pub truncated: usize,
}

impl Received {
    /// Whether the batch was filled, so that more may be waiting.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.datagrams + self.truncated == BATCH
    }
}

/// A reusable batch of received datagrams.
pub struct RecvBatch {
    payloads: Box<[Room]>,
    addresses: Box<[RawAddress]>,
    controls: Box<[Control]>,
    entries: Box<[Entry]>,
    len: usize,
}

impl Default for RecvBatch {
    fn default() -> Self {
        Self::new()
    }
}

impl RecvBatch {
    /// Allocates an empty batch.
    #[must_use]
    pub fn new() -> Self {
        Self {
            payloads: vec![Room::EMPTY; BATCH].into_boxed_slice(),
            addresses: vec![RawAddress::unset(); BATCH].into_boxed_slice(),
            controls: vec![Control([0; CONTROL_BYTES]); BATCH].into_boxed_slice(),
            entries: vec![Entry::NONE; BATCH].into_boxed_slice(),
            len: 0,
        }
    }

    /// Replaces the contents of the batch by what waits at `socket`, without blocking. An ICMP
    /// error left on the socket by an earlier send is no failure of this call and is passed over.
    ///
    /// # Errors
    /// Whatever else the kernel refuses `recvmmsg` for, such as a lack of memory.
    pub fn receive(&mut self, socket: &Socket) -> io::Result<Received> {
        self.len = 0;
        for _ in 0..ATTEMPTS_MAX {
            match self.receive_once(socket) {
                Ok(received) => return Ok(received),
                Err(error) if is_passing(&error) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) => return Err(error),
            }
        }
        Ok(Received::default())
    }

    /// The datagrams of the last [`receive`](Self::receive), in order of arrival.
    pub fn iter(&self) -> impl Iterator<Item = Datagram<'_>> {
        self.entries.iter().take(self.len).map(|entry| Datagram {
            payload: &self.payloads[entry.slot].bytes[..entry.length],
            source: entry.source,
            received_at: entry.ancillary.received_at,
            destination: entry.ancillary.destination,
        })
    }

    /// The same, for work in place: what is decrypted where it lies needs no copy.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = DatagramMut<'_>> {
        let Self { entries, payloads, len, .. } = self;
        let mut payloads = payloads.iter_mut().enumerate();
        entries.iter().take(*len).filter_map(move |entry| {
            // Entries are in the order of their slots, some of which hold nothing.
            let (_, payload) = payloads.find(|(slot, _)| *slot == entry.slot)?;
            Some(DatagramMut {
                payload: payload.bytes.get_mut(..entry.length)?,
                source: entry.source,
                received_at: entry.ancillary.received_at,
                destination: entry.ancillary.destination,
            })
        })
    }

    #[allow(unsafe_code)]
    fn receive_once(&mut self, socket: &Socket) -> io::Result<Received> {
        let mut vectors = [const { libc::iovec { iov_base: ptr::null_mut(), iov_len: 0 } }; BATCH];
        // SAFETY: all-zero bytes are a valid `mmsghdr`: null pointers and lengths of 0.
        let mut headers: [libc::mmsghdr; BATCH] = unsafe { std::mem::zeroed() };
        for (slot, header) in headers.iter_mut().enumerate() {
            vectors[slot].iov_base = self.payloads[slot].bytes.as_mut_ptr().cast();
            vectors[slot].iov_len = DATAGRAM_BYTES_MAX;
            header.msg_hdr.msg_name = (&raw mut self.addresses[slot]).cast();
            header.msg_hdr.msg_namelen = RawAddress::BYTES;
            header.msg_hdr.msg_iov = &raw mut vectors[slot];
            header.msg_hdr.msg_iovlen = 1;
            header.msg_hdr.msg_control = (&raw mut self.controls[slot]).cast();
            header.msg_hdr.msg_controllen = CONTROL_BYTES as _;
        }
        // SAFETY: each header points to one iovec, payload, address and control buffer, all of
        // which outlive the call, are used by no other header, and have the lengths given.
        let count = unsafe {
            libc::recvmmsg(
                socket.raw(),
                headers.as_mut_ptr(),
                BATCH as libc::c_uint,
                libc::MSG_DONTWAIT,
                ptr::null_mut(),
            )
        };
        let count = usize::try_from(count).map_err(|_| io::Error::last_os_error())?;
        Ok(self.collect(&headers[..count.min(BATCH)]))
    }

    /// Notes the whole datagrams of `headers`, which the kernel has filled.
    fn collect(&mut self, headers: &[libc::mmsghdr]) -> Received {
        let mut truncated = 0;
        for (slot, header) in headers.iter().enumerate() {
            if header.msg_hdr.msg_flags & libc::MSG_TRUNC != 0 {
                truncated += 1;
                continue;
            }
            let Some(source) = self.addresses[slot].decode(header.msg_hdr.msg_namelen) else {
                continue;
            };
            self.entries[self.len] = Entry {
                slot,
                length: (header.msg_len as usize).min(DATAGRAM_BYTES_MAX),
                source,
                ancillary: Ancillary::of(&header.msg_hdr),
            };
            self.len += 1;
        }
        Received { datagrams: self.len, truncated }
    }
}

impl Ancillary {
    /// What came beside a received message.
    #[allow(unsafe_code)]
    fn of(header: &libc::msghdr) -> Self {
        let mut found = Self::default();
        // SAFETY: the kernel has filled `header`, whose control buffer is alive and
        // `cmsghdr`-aligned; CMSG_FIRSTHDR returns null or a header that lies wholly within it.
        let mut next = unsafe { libc::CMSG_FIRSTHDR(header) };
        // SAFETY: null, or a whole header within the buffer.
        while let Some(control) = unsafe { next.as_ref() } {
            match (control.cmsg_level, control.cmsg_type) {
                (libc::SOL_SOCKET, libc::SCM_TIMESTAMPNS) => {
                    found.received_at = content(control).and_then(wall_time);
                }
                (libc::IPPROTO_IP, libc::IP_PKTINFO) => {
                    found.destination = content(control).map(|info: libc::in_pktinfo| {
                        Ipv4Addr::from(info.ipi_addr.s_addr.to_ne_bytes())
                    });
                }
                _ => {}
            }
            // SAFETY: `control` is a header within `header`'s buffer; the result is as above.
            next = unsafe { libc::CMSG_NXTHDR(header, control) };
        }
        found
    }
}

/// What a control message holds, if it is long enough for a `T`.
#[allow(unsafe_code)]
fn content<T: KernelData>(control: &libc::cmsghdr) -> Option<T> {
    if control.cmsg_len < size_of::<libc::cmsghdr>() + size_of::<T>() {
        return None;
    }
    // SAFETY: the length was checked to hold a `T`, of which any bytes are a valid value; it may be
    // unaligned.
    Some(unsafe { ptr::read_unaligned(libc::CMSG_DATA(control).cast::<T>()) })
}

/// Plain data that the kernel writes: any bytes are a valid value.
trait KernelData: Copy {}
impl KernelData for libc::timespec {}
impl KernelData for libc::in_pktinfo {}

fn wall_time(time: libc::timespec) -> Option<Duration> {
    Some(Duration::new(u64::try_from(time.tv_sec).ok()?, u32::try_from(time.tv_nsec).ok()?))
}

/// Errors that concern an earlier datagram or the moment, not this socket: try again.
pub(crate) fn is_passing(error: &io::Error) -> bool {
    matches!(
        error.raw_os_error(),
        Some(
            libc::EINTR
                | libc::ECONNREFUSED
                | libc::ECONNRESET
                | libc::EHOSTUNREACH
                | libc::ENETUNREACH
                | libc::EHOSTDOWN
                | libc::ENETDOWN
                | libc::EPROTO
        )
    )
}
