//! The jitter buffer: encoded packets wait here, so that those the network delayed can still be played in time.
//!
//! Playout follows the media timestamps. The first packet is due [`Settings::depth`] after it arrived, and all
//! others as much later as their timestamps say. What is missing when it is due is [`Next::Lost`]; when nothing
//! comes for [`CONCEAL_MAX`] (a silence, a stall, a peer that left) the buffer waits, and the next packet to
//! arrive starts playout anew. A peer that says that it falls silent ([`Framing::is_pause`]) loses nothing.
//!
//! Two ways lead back to a lost packet before it is due. A copy that came along in a later packet (RFC 2198) is
//! put in its place by [`JitterBuffer::insert_copy`]; and where the packet right after the gap is there already,
//! [`Next::Lost`] shows it, as it may hold a coarse version of the one before (in-band FEC). Either needs a depth
//! of at least a packet more than the network's jitter: while packets are lost, a buffer that
//! [recovers](Settings::recovers) has playout wait so much longer.
//!
//! Delay is bounded: a burst after a stall is cut to the depth before it is played; what clock drift or a lucky
//! start adds beyond the depth and persists for [`ADJUST_WINDOW`] is skipped, and what drift takes away is put
//! back. The depth itself is fixed.

mod buffer;
mod delay;
mod framing;
mod losses;
mod slots;

pub use buffer::JitterBuffer;
pub use delay::ADJUST_WINDOW;
pub use framing::{Framing, OPUS_PAUSE_BYTES_MAX, OPUS_UNITS_MAX};
pub use losses::MEMORY_PACKETS;

use std::time::Duration;

/// After so much missing media playout stops, and starts anew with the next packet.
pub const CONCEAL_MAX: Duration = Duration::from_millis(100);
/// A timestamp farther from what is played than this belongs to another stream, or is a stray.
pub const JUMP_MAX: Duration = Duration::from_secs(2);
/// Bounds of [`Settings::packets_max`].
pub const PACKETS_RANGE: std::ops::RangeInclusive<usize> = 4..=512;

/// How a buffer is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// How long a packet that the network didn't delay waits, to half a [`tick`](Self::tick).
    pub depth: Duration,
    /// What is lost may come back with the packet after it. While the network loses packets, all wait a packet
    /// longer for that.
    pub recovers: bool,
    /// Clock of the media timestamps.
    pub clock_hz: u32,
    /// How long payloads last.
    pub framing: Framing,
    /// Time between those moments at which packets are taken out.
    pub tick: Duration,
    /// Packets that can wait, kept within [`PACKETS_RANGE`]. One more pushes the oldest out.
    pub packets_max: usize,
    /// Largest payload that is stored.
    pub payload_bytes_max: usize,
    /// Bytes of payload that can wait, at least one of the largest. More push the oldest out.
    pub bytes_max: usize,
}

impl Default for Settings {
    /// G.711, 40 ms deep, up to 32 packets of any codec.
    fn default() -> Self {
        Self {
            depth: Duration::from_millis(40),
            recovers: false,
            clock_hz: 8_000,
            framing: Framing::OctetPerUnit,
            tick: Duration::from_millis(20),
            packets_max: 32,
            payload_bytes_max: 1_280,
            bytes_max: 32 * 1_280,
        }
    }
}

/// What became of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Insert {
    /// It waits to be played.
    Stored,
    /// It waits to be played as the first of another stream, or of one whose time has jumped. What waited
    /// before is gone, and so should be the decoder's state.
    Restarted,
    /// Another packet of its timestamp waits already.
    Duplicate,
    /// All of it should have been played before.
    Late,
    /// Its time or source is far from the others'. If the next packet follows it, that one restarts playout.
    Stray,
    /// The payload is larger than [`Settings::payload_bytes_max`].
    TooLong,
    /// The payload is empty, or not of the codec.
    Malformed,
}

/// What to play next.
#[derive(Debug, PartialEq, Eq)]
pub enum Next<'a> {
    /// This packet.
    Packet(Stored<'a>),
    /// Something to bridge the gap: so many units of media time are missing, one tick's at most.
    Lost {
        /// In units of the media clock.
        timestamp_units: u32,
        /// The payload that comes right after what is missing, if it is here: it can tell of what was lost.
        following: Option<&'a [u8]>,
    },
    /// Silence, as the peer has said: so many units, one tick's at most, up to a packet that waits.
    Silent {
        /// In units of the media clock.
        timestamp_units: u32,
    },
    /// Nothing: the peer is silent, or the first packet is not due yet.
    Wait,
}

/// A packet that is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stored<'a> {
    /// The encoded sound.
    pub payload: &'a [u8],
    /// Its format.
    pub payload_type: u8,
    /// It begins a talk spurt.
    pub marker: bool,
    /// Its number.
    pub sequence: u16,
    /// Its media time.
    pub timestamp: u32,
    /// The stream that it is of.
    pub ssrc: u32,
    /// How long it lasts, in units of the media clock.
    pub units: u32,
    /// So many units at its start were bridged already, as it came late: decode all, but play the rest only.
    /// Usually zero.
    pub skip_units: u32,
    /// When it arrived.
    pub arrival: Duration,
    /// What its header told of its level, in -dBov (RFC 6464).
    pub level: Option<u8>,
    /// It was lost, and this is the copy that came along in a later packet.
    pub is_copy: bool,
}

/// What a buffer has done since it was built.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Packets handed out to be played.
    pub played: u64,
    /// Times that a gap was to be bridged.
    pub lost: u64,
    /// Lost packets of which a copy came in time.
    pub copied: u64,
    /// Packets refused as duplicates.
    pub duplicate: u64,
    /// Packets refused as too late.
    pub late: u64,
    /// Packets refused as strays.
    pub stray: u64,
    /// Packets refused as too long or malformed.
    pub unusable: u64,
    /// Packets that were pushed out by newer ones.
    pub overflowed: u64,
    /// Packets that were skipped to bring the delay down.
    pub skipped: u64,
    /// Ticks that were stretched to bring the delay up.
    pub stretched: u64,
    /// Times that playout began anew for another stream or a jump of its time.
    pub restarted: u64,
}

#[cfg(test)]
mod line;
#[cfg(test)]
mod recovery_tests;
#[cfg(test)]
mod tests;
