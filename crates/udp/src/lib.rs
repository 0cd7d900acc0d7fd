//! Batched datagram I/O: `recvmmsg`, `sendmmsg` and `epoll`, and nothing above them.
//!
//! A system call costs more than the packet it carries, so datagrams move in batches of [`BATCH`].
//! Every socket is non-blocking; every buffer is allocated once, when its batch or poller is made.
//! No call in this crate allocates, blocks (unless [`Poller::poll`] is given time to wait) or fails
//! because of what a peer sent.
//!
//! ```
//! use udp::{RecvBatch, SendBatch, Socket, SocketOptions};
//!
//! let any = "127.0.0.1:0".parse()?;
//! let ours = Socket::bind(any, &SocketOptions::default())?;
//! let theirs = Socket::bind(any, &SocketOptions::default())?;
//!
//! let sent = SendBatch::new().send(&ours, [(theirs.local_addr(), &b"hello"[..])]);
//! assert_eq!(sent.sent, 1);
//!
//! let mut batch = RecvBatch::new();
//! batch.receive(&theirs)?;
//! let datagram = batch.iter().next().expect("loopback delivers at once");
//! assert_eq!((datagram.payload, datagram.source), (&b"hello"[..], ours.local_addr()));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Deliberately missing: segmentation offload (media packets differ in length and destination),
//! `io_uring` (measured no cheaper for this pattern), path MTU discovery (packets leave whole or not at
//! all), and any async wrapper.

mod address;
mod poller;
mod receive;
mod send;
mod socket;

pub use poller::Poller;
pub use receive::{Datagram, DatagramMut, Received, RecvBatch};
pub use send::{SendBatch, Sent};
pub use socket::{BindError, Socket, SocketOptions};

/// Datagrams moved by one system call. Larger batches gain nothing measurable.
pub const BATCH: usize = 64;

/// The longest datagram that is received whole, in bytes. Anything longer is dropped and counted:
/// no media packet comes near an Ethernet frame's 1,500 bytes.
pub const DATAGRAM_BYTES_MAX: usize = 2_048;
