//! DTLS datagrams that workers and the control side pass on to each other unread.

use crate::LegId;

/// Longest DTLS datagram, in bytes: a whole Ethernet frame.
pub const DTLS_BYTES_MAX: usize = 1_500;

/// A DTLS datagram on its way between a worker and the control side, with its bytes inline so that
/// nothing is allocated for it.
#[derive(Clone, Copy)]
pub(crate) struct DtlsDatagram {
    /// Named by id and place: of two browsers that had one place, the wrong one is not to get it.
    pub(crate) leg: LegId,
    pub(crate) slot: u32,
    length: usize,
    bytes: [u8; DTLS_BYTES_MAX],
}

impl DtlsDatagram {
    /// None if it is too long.
    pub(crate) fn new(leg: LegId, slot: u32, datagram: &[u8]) -> Option<Self> {
        let mut bytes = [0; DTLS_BYTES_MAX];
        bytes.get_mut(..datagram.len())?.copy_from_slice(datagram);
        Some(Self { leg, slot, length: datagram.len(), bytes })
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}
