//! Where a packet stands in its stream, as the ciphers have it.

use super::layout::INDEX_WORD_BYTES;

/// What makes a packet's key stream unlike that of any other: whose it is, and which of theirs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Position {
    pub(super) ssrc: u32,
    /// Rollover counter and sequence number of RTP, or the index of RTCP.
    pub(super) index: u64,
}

impl Position {
    /// The upper 32 of an RTP index's 48 bits.
    pub(super) fn rollover_counter(self) -> [u8; 4] {
        let [_, _, r0, r1, r2, r3, _, _] = self.index.to_be_bytes();
        [r0, r1, r2, r3]
    }
}

/// The word that goes with a protected RTCP packet: that it is encrypted, and its index (RFC 3711 section 3.4).
pub(super) fn rtcp_index_word(index: u64) -> [u8; INDEX_WORD_BYTES] {
    const ENCRYPTED: u8 = 0x80;
    let [_, _, _, _, i0, i1, i2, i3] = index.to_be_bytes();
    [ENCRYPTED | i0, i1, i2, i3]
}
