//! What one leg receives: counted by media time, timed by the kernel.

use crate::measured::GAP_MS_MIN;
use crate::plan::Codec;

/// A packet time in nanoseconds.
pub(crate) const PACKET_NS: u64 = 20_000_000;

/// From here on, the time between two packets is a gap.
const GAP_NS_MIN: u64 = GAP_MS_MIN * 1_000_000;

/// Where a stream begins or a measurement ends, what was waited for is missing from here on: less may be on its
/// way in a burst, and the media time of the packets that do come tells it exactly.
const EDGE_NS_MIN: u64 = 200_000_000;

/// A packet at most this much before the newest is late; one from before that is another stream's.
const LATE_PACKETS_MAX: i64 = 63;

/// A packet at most this much after the newest is of the same stream: 5 s. Then the clock tells what is missing.
const STEP_PACKETS_MAX: i64 = 250;

/// How the timestamps of a codec relate to time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MediaClock {
    /// Units of a packet of 20 ms.
    pub(crate) packet_units: u32,
    /// Nanoseconds of a unit.
    unit_ns: f32,
}

impl MediaClock {
    pub(crate) fn of(codec: Codec) -> Self {
        let packet_units = codec.packet_units();
        Self { packet_units, unit_ns: PACKET_NS as f32 / packet_units as f32 }
    }
}

/// A received packet, as far as it counts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Heard {
    /// When the kernel had it, in nanoseconds since the Unix epoch.
    pub(crate) at_ns: u64,
    pub(crate) ssrc: u32,
    pub(crate) timestamp: u32,
    /// Its payload says that nothing follows for a while (Opus with DTX).
    pub(crate) begins_pause: bool,
}

/// What a packet adds to the counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Arrival {
    /// It is not a copy of one that came before.
    pub(crate) is_new: bool,
    /// So many before it turned out to be missing.
    pub(crate) missing: u32,
    /// It had been counted as missing.
    pub(crate) was_missing: bool,
}

/// The receiving side of one leg. Small, for thousands of them are touched every 20 ms.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stream {
    /// When the newest packet came, or since when one is waited for.
    last_ns: u64,
    /// Which of the 64 packet times up to the newest have come.
    seen: u64,
    ssrc: u32,
    /// Timestamp of the newest packet.
    newest: u32,
    /// RFC 3550 A.8, in nanoseconds.
    jitter_ns: f32,
    is_pausing: bool,
    counts: Counts,
}

/// What is counted of one leg between the beginning and the end of a measurement.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Counts {
    pub(crate) returned: u32,
    pub(crate) missing: u32,
    pub(crate) duplicates: u32,
    pub(crate) reordered: u32,
    pub(crate) gaps: u32,
    pub(crate) longest_us: u32,
}

impl Stream {
    /// A stream of which nothing has come yet, waited for since a moment.
    pub(crate) fn waiting_since(now_ns: u64) -> Self {
        Self { last_ns: now_ns, ..Self::default() }
    }

    /// Counts anew from now on. What has come before remains known, unless that is long ago: what was missing by
    /// then is not missing now.
    pub(crate) fn begin(&mut self, now_ns: u64) {
        self.counts = Counts::default();
        if !self.is_pausing && now_ns.saturating_sub(self.last_ns) >= GAP_NS_MIN {
            (self.last_ns, self.seen) = (now_ns, 0);
        }
    }

    /// Ends the count: whoever was waited for in vain until now is missing too.
    pub(crate) fn end(&mut self, now_ns: u64) -> Counts {
        if !self.is_pausing {
            let waited = now_ns.saturating_sub(self.last_ns);
            let missing = missing_in(waited, EDGE_NS_MIN);
            self.counts.missing = self.counts.missing.saturating_add(missing);
            self.note_wait(waited);
        }
        self.counts
    }

    /// Smoothed interarrival jitter, in microseconds.
    pub(crate) fn jitter_us(&self) -> u64 {
        (self.jitter_ns / 1_000.0) as u64
    }

    /// How many packets came since the count began, copies excluded.
    pub(crate) fn returned(&self) -> u32 {
        self.counts.returned
    }

    /// Takes a packet in.
    pub(crate) fn packet(&mut self, clock: &MediaClock, heard: &Heard) -> Arrival {
        let ahead = i64::from(heard.timestamp.wrapping_sub(self.newest) as i32);
        let units = i64::from(clock.packet_units);
        // To the nearest packet: not every server's timestamps are whole multiples of its packets.
        let step = (ahead + units / 2).div_euclid(units.max(1));
        if self.seen == 0
            || heard.ssrc != self.ssrc
            || !(-LATE_PACKETS_MAX..=STEP_PACKETS_MAX).contains(&step)
        {
            return self.restart(heard);
        }
        if step <= 0 {
            return self.late(step.unsigned_abs());
        }
        let skipped = if self.is_pausing { 0 } else { step as u32 - 1 };
        let waited = heard.at_ns.saturating_sub(self.last_ns);
        if !self.is_pausing {
            self.note_wait(waited);
            let media_ns = ahead as f32 * clock.unit_ns;
            let deviation = (waited as f32 - media_ns).abs();
            self.jitter_ns += (deviation - self.jitter_ns) / 16.0;
        }
        self.seen = self.seen.checked_shl(step as u32).unwrap_or(0) | 1;
        self.newest = heard.timestamp;
        self.note_newest(heard);
        self.counts.missing = self.counts.missing.saturating_add(skipped);
        Arrival { is_new: true, missing: skipped, was_missing: false }
    }

    /// The first packet of a stream. What is missing before it, the clock tells.
    fn restart(&mut self, heard: &Heard) -> Arrival {
        let waited = heard.at_ns.saturating_sub(self.last_ns);
        let least = if self.seen == 0 { EDGE_NS_MIN } else { GAP_NS_MIN };
        let missing = if self.is_pausing { 0 } else { missing_in(waited, least) };
        if self.seen != 0 {
            self.note_wait(waited);
        }
        (self.ssrc, self.newest, self.seen, self.jitter_ns) = (heard.ssrc, heard.timestamp, 1, 0.0);
        self.note_newest(heard);
        self.counts.missing = self.counts.missing.saturating_add(missing);
        Arrival { is_new: true, missing, was_missing: false }
    }

    /// A packet that is not newer than the newest.
    fn late(&mut self, behind: u64) -> Arrival {
        let place = 1u64 << behind.min(LATE_PACKETS_MAX as u64);
        if self.seen & place != 0 {
            self.counts.duplicates += 1;
            return Arrival::default();
        }
        self.seen |= place;
        self.counts.reordered += 1;
        self.counts.returned += 1;
        let was_missing = self.counts.missing > 0;
        self.counts.missing = self.counts.missing.saturating_sub(1);
        Arrival { is_new: true, missing: 0, was_missing }
    }

    fn note_newest(&mut self, heard: &Heard) {
        self.last_ns = heard.at_ns;
        self.is_pausing = heard.begins_pause;
        self.counts.returned += 1;
    }

    fn note_wait(&mut self, waited_ns: u64) {
        let waited_us = u32::try_from(waited_ns / 1_000).unwrap_or(u32::MAX);
        self.counts.longest_us = self.counts.longest_us.max(waited_us);
        self.counts.gaps += u32::from(waited_ns >= GAP_NS_MIN);
    }
}

/// Packets that should have come while one was waited for: none unless that was `least`, since jitter alone can
/// make any one packet late.
fn missing_in(waited_ns: u64, least_ns: u64) -> u32 {
    if waited_ns < least_ns {
        0
    } else {
        (waited_ns / PACKET_NS - 1).min(u64::from(u32::MAX)) as u32
    }
}

#[cfg(test)]
mod tests;
