//! How a leg's packets come and go, apart from what is in them.

pub(crate) mod latch;
pub(crate) mod plain;

use std::net::SocketAddr;

use super::demux::SocketKey;

/// A socket of ours and an address of a peer's: by which we send to where, or hear from where.
pub(crate) type Route = (SocketKey, SocketAddr);
