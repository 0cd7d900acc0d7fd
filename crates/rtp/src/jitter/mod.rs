//! The jitter buffer: encoded packets wait here, so that those the network delayed can still be played in time.
//!
//! In the manner of WebRTC's NetEQ (`modules/audio_coding/neteq`): how long they wait follows from how much longer
//! packets are on their way than the fastest of them. The longest such delay of each half second goes into a
//! distribution that forgets, and its 95th percentile is the goal, at least [`Settings::depth`] and at most
//! [`DELAY_MAX`]. Once a tick playout is compared with it, and the caller is [told](Adjustment) to make its decoded
//! sound a little shorter or longer. In a silence that costs nothing, and so talk spurts begin where they should.
//!
//! Each tick there is one of these to be played ([`Next`]): the packet that is due; something for a gap before a
//! packet that is here; or, when nothing is here, something for a while: media time stands still meanwhile, so that
//! packets that are only late are played when they come, and the delay grows by as much as they need. It comes back
//! down by the adjustments. When nothing comes for [`CONCEAL_MAX`] (a silence, a stall, a peer that left) playout
//! stops, and starts anew when the next packet is due; of a burst after a stall what is older than [`KEPT_MAX`] is
//! dropped, and the rest played faster. A peer that says that it falls silent ([`Framing::is_pause`], comfort noise
//! of RFC 3389, digits of RFC 4733) loses nothing.
//!
//! Clocks drift apart. A peer's that is fast makes the delay grow, until a tick of it is taken out. One that is slow
//! uses it up: so once it is seen that the way becomes longer, however slowly, packets wait [a little](SLIP_HEADROOM)
//! at least, and a tick is put in before the first of them is missed.
//!
//! Two ways lead back to a lost packet before it is due. A copy that came along in a later packet (RFC 2198) is
//! put in its place by [`JitterBuffer::insert_copy`]; and where the packet right after the gap is there already,
//! [`Next::Lost`] shows it, as it may hold a coarse version of the one before (in-band FEC). Either needs a
//! packet more of delay than the network's jitter: while packets are lost, a buffer that
//! [recovers](Settings::recovers) has playout wait so much longer. With two packets more even two in a row come back,
//! where packets bring copies of the two before them, or copies carry coarse versions in turn, and with three even three;
//! the same where packets tell coarsely of all that was before them (DRED).

mod adjust;
mod arrivals;
mod buffer;
mod framing;
mod histogram;
mod losses;
mod pace;
mod phase;
mod playout;
mod slots;

pub use buffer::JitterBuffer;
pub use framing::{Framing, OPUS_PAUSE_BYTES_MAX, OPUS_UNITS_MAX};
pub use losses::MEMORY_PACKETS;
pub use pace::{Adjustment, Care};

use std::time::Duration;

/// After so much missing media playout stops, and starts anew with the next packet.
pub const CONCEAL_MAX: Duration = Duration::from_millis(100);
/// Comfort noise goes on for so long when nothing follows it; RFC 3389 has no time for that.
pub const COMFORT_MAX: Duration = Duration::from_secs(1);
/// Jitter is waited for so long at most.
pub const DELAY_MAX: Duration = Duration::from_millis(200);
/// While the way becomes longer a packet that the network didn't delay waits for so long at least: time enough, at
/// 500 parts per million, to find a place where sound can be put in unheard.
pub const SLIP_HEADROOM: Duration = Duration::from_millis(5);
/// Sound that comes later than it should have been played by more than this is dropped, if newer is here.
pub const KEPT_MAX: Duration = Duration::from_millis(400);
/// A timestamp farther from what is played than this belongs to another stream, or is a stray.
pub const JUMP_MAX: Duration = Duration::from_secs(2);
/// Bounds of [`Settings::packets_max`].
pub const PACKETS_RANGE: std::ops::RangeInclusive<usize> = 4..=512;

/// How a buffer is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// How long a packet that the network didn't delay waits, to half a [`tick`](Self::tick), while the network
    /// delays none. Jitter and losses only add to it.
    pub depth: Duration,
    /// What is lost may come back with the packet after it. While the network loses packets, all wait a packet
    /// longer for that; and two, or three, where losses in a row come back by them.
    pub recovers: bool,
    /// Clock of the media timestamps.
    pub clock_hz: u32,
    /// Payload type of comfort noise (RFC 3389), if packets of it are put in: 13 at 8 kHz.
    pub comfort_noise: Option<u8>,
    /// How long payloads last.
    pub framing: Framing,
    /// Time between those moments at which packets are taken out.
    pub tick: Duration,
    /// By how much later than it came a packet may be said to come: so often are they looked for, where nobody notes
    /// the moment itself. That a clock is slow is only seen when a packet is found at another look; if it is the
    /// look of its very tick that it misses then, that one is missing, once.
    pub grain: Duration,
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
            comfort_noise: None,
            framing: Framing::OctetPerUnit,
            tick: Duration::from_millis(20),
            grain: Duration::ZERO,
            packets_max: 32,
            payload_bytes_max: 1_280,
            bytes_max: 32 * 1_280,
        }
    }
}

/// When a packet was read, as far as that says when it came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// When it was read.
    pub at: Duration,
    /// How much later that was than the reader had meant to read. It may have come earlier by as much, so that
    /// this part of a delay is not taken for the network's: whoever reads late plays late as well.
    pub late_by: Duration,
}

impl From<Duration> for Reading {
    /// Read as soon as it came.
    fn from(at: Duration) -> Self {
        Self { at, late_by: Duration::ZERO }
    }
}

/// What became of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Insert {
    /// It waits to be played.
    Stored,
    /// It was [passed over](JitterBuffer::pass_over).
    Passed,
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
    /// Something to bridge a gap, or what may be one: all of it up to the packet that follows, if that is here, else
    /// one tick's at most; never more than [`CONCEAL_MAX`].
    Lost {
        /// In units of the media clock.
        timestamp_units: u32,
        /// The payload that comes right after what is missing, if it is here: it can tell of what was lost.
        following: Option<&'a [u8]>,
    },
    /// Silence, as the peer has said: so many units, up to a packet that waits or one tick's; never more than
    /// [`CONCEAL_MAX`].
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
    /// So many units at its start were bridged already, as it overlaps with what was played: decode all, but play
    /// the rest only. Usually zero.
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
    /// Packets passed over.
    pub passed: u64,
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
    /// Packets that were skipped: they came too late after a stall, or lie within others.
    pub skipped: u64,
    /// Units that were taken out of the sound to bring the delay down.
    pub shortened_units: u64,
    /// Units that were added to the sound to bring the delay up.
    pub lengthened_units: u64,
    /// Times that playout began anew for another stream or a jump of its time.
    pub restarted: u64,
}

#[cfg(test)]
mod line;
#[cfg(test)]
mod recovery_tests;
#[cfg(test)]
mod tests;
