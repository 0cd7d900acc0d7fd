//! The buffer itself: what comes in, and what is due.

use super::delay::{Adjustment, Bounds, Window};
use super::losses::Losses;
use super::slots::{Entry, Slots, Unplaced};
use super::{CONCEAL_MAX, Counters, Insert, JUMP_MAX, Next, PACKETS_RANGE, Settings, Stored};
use crate::packet::Packet;
use crate::sequence::{MISORDER_MAX, extend_timestamp};
use crate::time;
use std::time::Duration;

/// Holds the packets of one stream until they are due.
///
/// The caller keeps a small queue of decoded samples, and each tick calls [`next`](Self::next) until the queue
/// holds a tick of sound or the buffer says [`Next::Wait`].
#[derive(Debug)]
pub struct JitterBuffer {
    settings: Settings,
    slots: Slots,
    phase: Phase,
    /// The stream that is played, once there is one.
    ssrc: Option<u32>,
    /// Number of the packet played last.
    played: Option<u16>,
    /// Source and number that would follow a stray.
    after_stray: Option<(u32, u16)>,
    window: Window,
    losses: Losses,
    /// How long the packet lasts that was played last, in units.
    packet_units: u32,
    /// Units yet to be skipped.
    skip_units: i64,
    /// A tick is to be stretched.
    stretch: bool,
    counters: Counters,
}

#[derive(Clone, Copy, Debug)]
enum Phase {
    /// Nothing is played until the first packet that waits is due.
    Waiting,
    Playing(Playout),
}

/// Where playout stands.
#[derive(Clone, Copy, Debug)]
struct Playout {
    /// Media time of the next unit to be played.
    cursor: i64,
    /// A moment and the media time that was to be played next then: what is due when follows from it.
    reference: (Duration, i64),
    /// Units bridged since the last packet.
    lost_units: u32,
    /// The last packet said that silence follows.
    is_pause: bool,
}

/// An RTP packet, and what else is known of it as it arrives.
struct Arrival<'a> {
    now: Duration,
    packet: &'a Packet<'a>,
    level: Option<u8>,
}

impl JitterBuffer {
    /// Takes all memory that the buffer will ever use.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        let packets = settings.packets_max.clamp(*PACKETS_RANGE.start(), *PACKETS_RANGE.end());
        Self {
            settings,
            slots: Slots::new(packets, settings.payload_bytes_max, settings.bytes_max),
            phase: Phase::Waiting,
            ssrc: None,
            played: None,
            after_stray: None,
            window: Window::default(),
            losses: Losses::default(),
            packet_units: 0,
            skip_units: 0,
            stretch: false,
            counters: Counters::default(),
        }
    }

    /// Takes in a packet that arrived at `now`. Only audio belongs here: telephone events and comfort noise
    /// are to be kept out by their payload types.
    pub fn insert(&mut self, now: Duration, packet: &Packet<'_>) -> Insert {
        self.insert_with_level(now, packet, None)
    }

    /// Takes in a packet whose header told its level, in -dBov (RFC 6464).
    pub fn insert_with_level(
        &mut self,
        now: Duration,
        packet: &Packet<'_>,
        level: Option<u8>,
    ) -> Insert {
        let insert = self.admit(&Arrival { now, packet, level });
        let counter = match insert {
            Insert::Stored => return insert,
            Insert::Restarted => &mut self.counters.restarted,
            Insert::Duplicate => &mut self.counters.duplicate,
            Insert::Late => &mut self.counters.late,
            Insert::Stray => &mut self.counters.stray,
            Insert::TooLong | Insert::Malformed => &mut self.counters.unusable,
        };
        *counter = counter.wrapping_add(1);
        insert
    }

    /// Takes in a copy of an earlier packet, that came along `behind` in one that was just
    /// [inserted](Self::insert), and gives whether it was needed: the packet itself isn't here, and it is not too
    /// late for it. A copy that isn't needed is neither a duplicate nor late, and pushes nothing out. Its own level
    /// is not told; `level` is that of the packet that it came in.
    pub fn insert_copy(
        &mut self,
        now: Duration,
        copy: &Packet<'_>,
        behind: Duration,
        level: Option<u8>,
    ) -> bool {
        let Some(units) = self.settings.framing.units(copy.payload()) else { return false };
        let fits = copy.payload().len() <= self.slots.payload_bytes_max();
        if !fits || self.ssrc != Some(copy.ssrc()) || self.is_repeated(copy) {
            return false;
        }
        let Some(timestamp) = self.timestamp_near(copy) else { return false };
        // As if it had come by itself, so that a talk spurt that begins with it waits no longer than others.
        let arrival = now.saturating_sub(behind);
        let entry =
            Entry { header: *copy.header(), timestamp, units, arrival, level, is_copy: true };
        if matches!(&self.phase, Phase::Playing(playout) if entry.end() <= playout.cursor) {
            return false;
        }
        self.slots.insert(entry, copy.payload()).is_ok()
    }

    /// What is to be played next, at a tick that is at `now`.
    pub fn next(&mut self, now: Duration) -> Next<'_> {
        let Some(mut playout) = self.playout(now) else { return Next::Wait };
        self.discard_played(&playout);
        self.skip(now, &mut playout);
        if now > playout.reference.0 {
            playout.reference = (now, playout.cursor);
        }
        let due = self.slots.front().is_some_and(|entry| entry.timestamp <= playout.cursor);
        if due && std::mem::take(&mut self.stretch) {
            self.counters.stretched = self.counters.stretched.wrapping_add(1);
            self.phase = Phase::Playing(playout);
            return Next::Lost { timestamp_units: self.tick_units(), following: None };
        }
        if due { self.play(playout) } else { self.bridge(now, playout) }
    }

    /// Forgets the stream: what waits is dropped, and the next packet starts playout anew.
    pub fn reset(&mut self) {
        self.slots.clear();
        self.wait();
        self.ssrc = None;
        self.played = None;
        self.after_stray = None;
    }

    /// How long a packet that the network didn't delay waits now: the [depth](Settings::depth), and a packet more
    /// while losses are to be recovered from.
    #[must_use]
    pub fn depth(&self) -> Duration {
        let Settings { depth, recovers, clock_hz, .. } = self.settings;
        if !(recovers && self.losses.are_frequent()) {
            return depth;
        }
        depth.saturating_add(time::duration(u64::from(self.packet_units), clock_hz))
    }

    /// Media that waits, from what is played next to the end of the newest packet.
    #[must_use]
    pub fn buffered(&self) -> Duration {
        let (Some(front), Some(back)) = (self.slots.front(), self.slots.back()) else {
            return Duration::ZERO;
        };
        let start = match &self.phase {
            Phase::Waiting => front.timestamp,
            Phase::Playing(playout) => playout.cursor,
        };
        let units = u64::try_from(back.end().saturating_sub(start)).unwrap_or(0);
        time::duration(units, self.settings.clock_hz)
    }

    /// What has become of all packets so far.
    #[must_use]
    pub fn counters(&self) -> Counters {
        self.counters
    }

    /// How the buffer was built.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The memory that the buffer takes, in bytes: all that it will ever take.
    #[must_use]
    pub fn memory_bytes(&self) -> usize {
        size_of::<Self>().saturating_add(self.slots.bytes())
    }

    /// Reads a little of all the memory that the next packet will need, and changes nothing. Who has
    /// many buffers and goes through them one after the other waits for memory in each; looking at some
    /// beforehand has those waits overlap. What is given means nothing, but that it was read.
    #[must_use]
    pub fn warm(&self) -> u64 {
        let phase = match &self.phase {
            Phase::Waiting => 0,
            Phase::Playing(playout) => playout.cursor as u64,
        };
        self.slots.warm() ^ phase ^ self.counters.played
    }

    fn admit(&mut self, arrival: &Arrival<'_>) -> Insert {
        let Arrival { now, packet, .. } = *arrival;
        let Some(units) = self.settings.framing.units(packet.payload()) else {
            return Insert::Malformed;
        };
        if packet.payload().len() > self.slots.payload_bytes_max() {
            return Insert::TooLong;
        }
        if self.is_repeated(packet) {
            return Insert::Late;
        }
        let Some(timestamp) = self.timestamp_near(packet) else {
            return self.consider_stray(arrival, units);
        };
        self.after_stray = None;
        self.ssrc = Some(packet.ssrc());
        let entry = arrival.entry(timestamp, units);
        self.observe(now, &entry);
        if let Phase::Playing(playout) = &self.phase
            && entry.end() <= playout.cursor
            && !self.begins_talk_spurt(&entry)
        {
            return Insert::Late;
        }
        if self.begins_talk_spurt(&entry) {
            self.wait();
        }
        self.store(entry, packet.payload())
    }

    /// Whether the packet was played before, or passed over, though nothing waits that it could be compared
    /// with.
    fn is_repeated(&self, packet: &Packet<'_>) -> bool {
        matches!(self.phase, Phase::Waiting)
            && self.ssrc == Some(packet.ssrc())
            && self.is_behind_played(packet.sequence())
    }

    fn is_behind_played(&self, sequence: u16) -> bool {
        self.played.is_some_and(|played| played.wrapping_sub(sequence) <= MISORDER_MAX)
    }

    /// The packet's timestamp without wraps, if it is near to those of the stream that is played or waits.
    /// Any is, when there is none.
    fn timestamp_near(&self, packet: &Packet<'_>) -> Option<i64> {
        let reference = match (&self.phase, self.slots.front()) {
            (Phase::Waiting, None) => return Some(i64::from(packet.timestamp())),
            (Phase::Waiting, Some(front)) => front.timestamp,
            (Phase::Playing(playout), _) => playout.cursor,
        };
        let timestamp = extend_timestamp(reference, packet.timestamp());
        let distance = timestamp.abs_diff(reference);
        let is_near = distance <= time::units(JUMP_MAX, self.settings.clock_hz);
        (is_near && self.ssrc == Some(packet.ssrc())).then_some(timestamp)
    }

    /// One packet that is far from the others is a stray; the second in sequence begins another stream.
    fn consider_stray(&mut self, arrival: &Arrival<'_>, units: u32) -> Insert {
        let packet = arrival.packet;
        let this = (packet.ssrc(), packet.sequence());
        if self.after_stray != Some(this) {
            self.after_stray = Some((packet.ssrc(), packet.sequence().wrapping_add(1)));
            return Insert::Stray;
        }
        self.reset();
        self.ssrc = Some(packet.ssrc());
        let entry = arrival.entry(i64::from(packet.timestamp()), units);
        match self.store(entry, packet.payload()) {
            Insert::Stored => Insert::Restarted,
            other => other,
        }
    }

    /// The talk spurt after a short silence need not keep to the schedule of the one before.
    fn begins_talk_spurt(&self, entry: &Entry) -> bool {
        let is_bridging = matches!(&self.phase, Phase::Playing(playout) if playout.lost_units > 0);
        let is_next = !self.is_behind_played(entry.header.sequence);
        entry.header.marker && is_next && is_bridging && self.slots.is_empty()
    }

    /// Notes how long the packet will wait, or by how much it is late.
    fn observe(&mut self, now: Duration, entry: &Entry) {
        let Phase::Playing(playout) = &self.phase else { return };
        let (at, cursor) = playout.reference;
        let clock_hz = i64::from(self.settings.clock_hz).max(1);
        let until_due = entry.timestamp.saturating_sub(cursor).saturating_mul(1_000_000);
        let since = i64::try_from(now.saturating_sub(at).as_micros()).unwrap_or(i64::MAX);
        let wait_us = until_due.checked_div(clock_hz).unwrap_or(0).saturating_sub(since);
        let packet = time::duration(u64::from(entry.units), self.settings.clock_hz);
        let bounds = Bounds::new(self.depth(), self.settings.tick, packet);
        match self.window.record(now, wait_us, &bounds) {
            Some(Adjustment::Shorten(excess)) => {
                let units = time::units(excess, self.settings.clock_hz);
                self.skip_units = i64::try_from(units).unwrap_or(i64::MAX);
            }
            Some(Adjustment::Lengthen) => self.stretch = true,
            None => {}
        }
    }

    fn store(&mut self, entry: Entry, payload: &[u8]) -> Insert {
        loop {
            match self.slots.insert(entry, payload) {
                Ok(()) => return Insert::Stored,
                Err(Unplaced::Duplicate) => return Insert::Duplicate,
                Err(Unplaced::Full) => {}
            }
            let Some(oldest) = self.slots.front().copied() else { return Insert::TooLong };
            if entry.timestamp < oldest.timestamp {
                return Insert::Late;
            }
            self.slots.take();
            self.counters.overflowed = self.counters.overflowed.wrapping_add(1);
            if let Phase::Playing(playout) = &mut self.phase {
                playout.cursor = playout.cursor.max(oldest.end());
            }
        }
    }

    /// Where playout stands; starts it when the first packet is due, to the nearest tick.
    fn playout(&mut self, now: Duration) -> Option<Playout> {
        if let Phase::Playing(playout) = self.phase {
            return Some(playout);
        }
        let due = self.slots.first_arrival()?.saturating_add(self.depth());
        let half_tick = self.settings.tick.mul_f64(0.5);
        if now.saturating_add(half_tick) < due {
            return None;
        }
        self.cut_to_depth(now);
        let cursor = self.slots.front()?.timestamp;
        self.window.restart();
        Some(Playout { cursor, reference: (now, cursor), lost_units: 0, is_pause: false })
    }

    /// Of packets that came in a burst, those that would make the newest wait longer than the depth are stale.
    /// Half a depth more is left to jitter, so that it doesn't cost the start of a talk spurt.
    fn cut_to_depth(&mut self, now: Duration) {
        let Some(newest) = self.slots.back().copied() else { return };
        let Settings { tick, clock_hz, .. } = self.settings;
        let depth = self.depth();
        let slack = depth.mul_f64(0.5).max(tick);
        let target = newest.arrival.saturating_add(depth).saturating_add(slack);
        while let Some(front) = self.slots.front() {
            let units =
                u64::try_from(newest.timestamp.saturating_sub(front.timestamp)).unwrap_or(0);
            let newest_due = now.saturating_add(time::duration(units, clock_hz));
            if newest_due <= target || self.slots.len() == 1 {
                break;
            }
            self.drop_front();
        }
    }

    /// A sender whose packets overlap may have some that are over before they come up.
    fn discard_played(&mut self, playout: &Playout) {
        while self.slots.front().is_some_and(|entry| entry.end() <= playout.cursor) {
            self.drop_front();
        }
    }

    /// Brings the delay down, by whole packets; the newest always stays.
    fn skip(&mut self, now: Duration, playout: &mut Playout) {
        let target = playout.cursor.saturating_add(self.skip_units);
        while self.slots.len() > 1
            && let Some(end) = self.slots.front().map(Entry::end)
            && end <= target
        {
            self.drop_front();
            playout.cursor = end;
            playout.reference = (now, end);
            self.skip_units = 0;
            self.window.restart();
        }
    }

    fn drop_front(&mut self) {
        if self.slots.take().is_some() {
            self.counters.skipped = self.counters.skipped.wrapping_add(1);
        }
    }

    fn play(&mut self, mut playout: Playout) -> Next<'_> {
        self.remember_losses();
        let Some((entry, payload)) = self.slots.take() else { return Next::Wait };
        let skip = playout.cursor.saturating_sub(entry.timestamp);
        playout.cursor = entry.end();
        playout.lost_units = 0;
        playout.is_pause = self.settings.framing.is_pause(payload);
        self.phase = Phase::Playing(playout);
        self.played = Some(entry.header.sequence);
        self.packet_units = entry.units;
        self.counters.played = self.counters.played.wrapping_add(1);
        self.counters.copied = self.counters.copied.wrapping_add(u64::from(entry.is_copy));
        Next::Packet(Stored {
            payload,
            payload_type: entry.header.payload_type,
            marker: entry.header.marker,
            sequence: entry.header.sequence,
            timestamp: entry.header.timestamp,
            ssrc: entry.header.ssrc,
            units: entry.units,
            skip_units: u32::try_from(skip).unwrap_or(0),
            arrival: entry.arrival,
            level: entry.level,
            is_copy: entry.is_copy,
        })
    }

    /// Notes whether the packet that is played next is another than would follow, or has come as a copy. When
    /// losses become frequent, playout waits at once for what can be recovered.
    fn remember_losses(&mut self) {
        let Some(entry) = self.slots.front() else { return };
        let missed = self.played.map_or(0, |played| entry.header.sequence.wrapping_sub(played));
        let has_lost = entry.is_copy || (2..=MISORDER_MAX).contains(&missed);
        if self.losses.played(has_lost) && self.settings.recovers {
            self.stretch = true;
        }
    }

    /// Bridges a gap up to the next packet, or gives up and lets the next packet start playout anew. Behind a
    /// pause there is nothing to bridge but what lies before a packet that waits.
    fn bridge(&mut self, now: Duration, mut playout: Playout) -> Next<'_> {
        let conceal_max = time::units(CONCEAL_MAX, self.settings.clock_hz);
        let is_silent = playout.is_pause && self.slots.is_empty();
        if is_silent || u64::from(playout.lost_units) >= conceal_max {
            self.wait();
            return match self.playout(now) {
                Some(playout) => self.play(playout),
                None => Next::Wait,
            };
        }
        let gap = self
            .slots
            .front()
            .map_or(i64::MAX, |entry| entry.timestamp.saturating_sub(playout.cursor));
        let units = u32::try_from(gap).unwrap_or(u32::MAX).min(self.tick_units());
        playout.cursor = playout.cursor.saturating_add(i64::from(units));
        playout.lost_units = playout.lost_units.saturating_add(units);
        self.phase = Phase::Playing(playout);
        if playout.is_pause {
            return Next::Silent { timestamp_units: units };
        }
        self.counters.lost = self.counters.lost.wrapping_add(1);
        let is_next = self.slots.front().is_some_and(|entry| entry.timestamp == playout.cursor);
        let following = if is_next { self.slots.front_payload() } else { None };
        Next::Lost { timestamp_units: units, following }
    }

    fn wait(&mut self) {
        self.phase = Phase::Waiting;
        self.window.restart();
        self.skip_units = 0;
        self.stretch = false;
    }

    fn tick_units(&self) -> u32 {
        let units = time::units(self.settings.tick, self.settings.clock_hz);
        u32::try_from(units).unwrap_or(u32::MAX).max(1)
    }
}

impl Arrival<'_> {
    fn entry(&self, timestamp: i64, units: u32) -> Entry {
        let Self { now, packet, level } = *self;
        Entry { header: *packet.header(), timestamp, units, arrival: now, level, is_copy: false }
    }
}
