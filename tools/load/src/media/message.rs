//! What goes between the control side and the media thread. Everything is made and freed by the control side.

use std::net::SocketAddr;

use super::leg::Leg;
use super::outgoing::PACKET_BYTES_MAX;
use crate::measure::Meter;
use crate::plan::LegId;

/// The longest datagram of STUN or DTLS, in bytes.
pub const DATAGRAM_BYTES_MAX: usize = PACKET_BYTES_MAX;

/// To the media thread.
#[expect(clippy::large_enum_variant, reason = "a box would be made or freed on the media thread")]
pub(crate) enum Command {
    /// Put this leg, which may be a vacant one, where that of the number is.
    Place(LegId, Box<Leg>),
    /// Send a datagram from a leg's address.
    Send(LegId, SocketAddr, Bytes),
    /// Begin to measure.
    Begin(Box<Meter>),
    /// End it.
    End,
}

/// From the media thread.
#[expect(clippy::large_enum_variant, reason = "a box would be made or freed on the media thread")]
pub(crate) enum Report {
    /// The leg that had the place before.
    Displaced(Box<Leg>),
    /// The measurement is over.
    Ended(Box<Meter>),
    /// Somebody sent a datagram of STUN or DTLS to a leg.
    Datagram(LegId, SocketAddr, Bytes),
}

/// A datagram in memory of its own, so that none is allocated on the media thread.
pub(crate) struct Bytes {
    length: u16,
    bytes: [u8; DATAGRAM_BYTES_MAX],
}

impl Bytes {
    /// A copy of `bytes`, if they are not too many.
    pub(crate) fn of(bytes: &[u8]) -> Option<Self> {
        let mut copy = Self { length: bytes.len() as u16, bytes: [0; DATAGRAM_BYTES_MAX] };
        copy.bytes.get_mut(..bytes.len())?.copy_from_slice(bytes);
        Some(copy)
    }

    pub(crate) fn as_slice(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.length)).unwrap_or_default()
    }
}
