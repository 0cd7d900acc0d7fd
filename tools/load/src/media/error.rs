//! Why the media plane can't do as it is told.

use std::io;
use std::net::SocketAddr;

use audio::codec::CodecError;
use rtp::srtp::KeyError;
use udp::BindError;

use crate::plan::LegId;

/// Why the media plane can't do as it is told.
#[derive(Debug, thiserror::Error)]
pub enum MediaError {
    /// A socket can't be bound.
    #[error(transparent)]
    Bind(#[from] BindError),
    /// Its thread can't be started.
    #[error("cannot start the media thread: {0}")]
    Thread(io::Error),
    /// The sounds can't be encoded.
    #[error(transparent)]
    Codec(#[from] CodecError),
    /// SRTP refuses its keys.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// The plan has no such leg.
    #[error("the plan has no {0}")]
    NoSuchLeg(LegId),
    /// Packets would leave this machine, and nobody has said that they may.
    #[error("{0} is not on loopback; sending elsewhere must be allowed explicitly")]
    NotLoopback(SocketAddr),
    /// The layout for loopback reaches addresses of IPv4 on loopback only.
    #[error("{0} can't be reached from addresses of 127.0.0.0/8")]
    OutOfReach(SocketAddr),
    /// The name of the media section doesn't fit a header extension.
    #[error("a media section's name of {0} bytes, where a header extension holds 1 to 16")]
    Mid(usize),
    /// A datagram is longer than [`DATAGRAM_BYTES_MAX`](super::DATAGRAM_BYTES_MAX).
    #[error("a datagram of {0} bytes is too long")]
    DatagramTooLong(usize),
    /// More is asked for than the media thread can take up in a step; later it can.
    #[error("the media thread is busy")]
    Busy,
    /// Nothing was being measured.
    #[error("nothing is being measured")]
    NotMeasuring,
    /// The media thread has stopped.
    #[error("the media thread has stopped")]
    Stopped,
}
