//! The buffer itself: what comes in and is kept.

use super::arrivals::Arrivals;
use super::losses::Waits;
use super::pace::Pace;
use super::phase::Phase;
use super::slots::{Entry, Slots, Unplaced};
use super::{
    Counters, DELAY_MAX, Insert, JUMP_MAX, KEPT_MAX, PACKETS_RANGE, Reading, SLIP_HEADROOM,
    Settings,
};
use crate::packet::Packet;
use crate::sequence::{MISORDER_MAX, extend_timestamp};
use crate::time;
use std::time::Duration;

/// After so long without a packet clocks may have drifted too far apart for what was known of the stream.
const STALE_US: i64 = 5_000_000;

/// A talk spurt that is later than this by the schedule of those before it has a schedule of its own.
const SPURT_LATE_US: i64 = 40_000;

/// A third packet is waited for where all three last no longer than this,
const RECOVERY_MAX_US: i64 = 60_000;

/// and two of any length.
const PACKETS_WAITED: i64 = 2;

/// Holds the packets of one stream until they are due.
///
/// The caller keeps a small queue of decoded samples, and each tick calls [`next`](Self::next) until the queue
/// holds a tick of sound or the buffer says [`Next::Wait`](super::Next::Wait). Then it asks whether the sound should
/// be made a little [longer or shorter](Self::adjustment).
#[derive(Debug)]
pub struct JitterBuffer {
    pub(super) settings: Settings,
    pub(super) slots: Slots,
    pub(super) phase: Phase,
    /// The stream that is played, once there is one.
    ssrc: Option<u32>,
    /// Number of the packet played last.
    pub(super) played: Option<u16>,
    /// Source and number that would follow a stray.
    after_stray: Option<(u32, u16)>,
    arrivals: Arrivals,
    /// How many packets are waited for, with which what was lost may come back.
    pub(super) waits: Waits,
    /// Media time of the newest packet, and when it came.
    newest: Option<(i64, i64)>,
    /// How long the packet lasts that was played last, in units.
    pub(super) packet_units: u32,
    /// From this media time on the peer sends something else than sound.
    pub(super) silent_from: Option<i64>,
    pub(super) pace: Pace,
    pub(super) counters: Counters,
}

/// An RTP packet, and what else is known of it as it arrives.
struct Arrival<'a> {
    reading: Reading,
    packet: &'a Packet<'a>,
    level: Option<u8>,
    /// Whether it is played, or passed over.
    is_wanted: bool,
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
            arrivals: Arrivals::new(time::microseconds(settings.grain)),
            waits: Waits::default(),
            newest: None,
            packet_units: 0,
            silent_from: None,
            pace: Pace::default(),
            counters: Counters::default(),
        }
    }

    /// Takes in a packet that arrived at `now`. Only sound belongs here, and [comfort
    /// noise](Settings::comfort_noise): of others the buffer is [told](Self::note_other).
    pub fn insert(&mut self, now: Duration, packet: &Packet<'_>) -> Insert {
        self.insert_with_level(now.into(), packet, None)
    }

    /// Takes in a packet whose header told its level, in -dBov (RFC 6464).
    pub fn insert_with_level(
        &mut self,
        reading: Reading,
        packet: &Packet<'_>,
        level: Option<u8>,
    ) -> Insert {
        self.take_in(&Arrival { reading, packet, level, is_wanted: true })
    }

    /// Notes a packet that nobody will listen to, in place of [inserting](Self::insert_with_level) it: when it came and
    /// which one it was is known as of any other, as if it had been played. The payloads of those that wait are given
    /// to `each`, the earliest first, and playout begins anew with the next packet that is inserted.
    pub fn pass_over(
        &mut self,
        reading: Reading,
        packet: &Packet<'_>,
        mut each: impl FnMut(&[u8]),
    ) -> Insert {
        while let Some((_, place)) = self.slots.take() {
            each(self.slots.payload(&place));
        }
        self.wait();
        self.take_in(&Arrival { reading, packet, level: None, is_wanted: false })
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
        let arrival = now.saturating_sub(behind);
        let copied_behind = self.packets_in(behind, units);
        let entry =
            Entry { header: *copy.header(), timestamp, units, arrival, level, copied_behind };
        if matches!(&self.phase, Phase::Playing(playout) if entry.end() <= playout.cursor) {
            return false;
        }
        self.slots.insert(entry, copy.payload()).is_ok()
    }

    /// Notes that the peer sent something else in place of sound, from this packet's media time on: the digits of
    /// RFC 4733 take the numbers and the time of sound that is not lost, but was never sent.
    pub fn note_other(&mut self, packet: &Packet<'_>) {
        let Some((newest, _)) = self.newest.filter(|_| self.ssrc == Some(packet.ssrc())) else {
            return;
        };
        let timestamp = extend_timestamp(newest, packet.timestamp());
        if timestamp > newest {
            self.silent_from = Some(timestamp);
        }
    }

    /// Forgets the stream: what waits is dropped, and the next packet starts playout anew.
    pub fn reset(&mut self) {
        self.slots.clear();
        self.wait();
        self.arrivals.begin_anew();
        self.ssrc = None;
        self.played = None;
        self.after_stray = None;
        self.newest = None;
        self.silent_from = None;
    }

    /// How long a packet that the network didn't delay waits now, to half a [`tick`](Settings::tick): what its jitter
    /// needs, at least the [depth](Settings::depth), and one to three packets more while losses are to be recovered from.
    #[must_use]
    pub fn depth(&self) -> Duration {
        let half_tick = self.settings.tick.mul_f64(0.5);
        half_tick.saturating_add(Duration::from_micros(self.goal_us().unsigned_abs()))
    }

    /// Media that waits, from what is played next to the end of the newest packet.
    #[must_use]
    pub fn buffered(&self) -> Duration {
        let (Some(front), Some(end)) = (self.slots.front(), self.newest_end()) else {
            return Duration::ZERO;
        };
        let start = match &self.phase {
            Phase::Waiting => front.timestamp,
            Phase::Playing(playout) => playout.cursor,
        };
        let units = u64::try_from(end.saturating_sub(start)).unwrap_or(0);
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

    /// When a packet with this media time should be played.
    pub(super) fn due_us(&self, timestamp: i64) -> i64 {
        let undelayed_us = self.arrivals.fastest_us().unwrap_or(0);
        undelayed_us.saturating_add(self.us(timestamp)).saturating_add(self.goal_us())
    }

    /// How long a packet that the network didn't delay waits at least for its tick.
    fn goal_us(&self) -> i64 {
        let Settings { depth, tick, grain, recovers, .. } = self.settings;
        let slip =
            if self.arrivals.is_slipping() { SLIP_HEADROOM.max(grain) } else { Duration::ZERO };
        let depth_us = time::microseconds(depth).saturating_sub(time::microseconds(tick) / 2);
        let least_us = depth_us.max(time::microseconds(slip));
        let target_us = self.arrivals.target_us().min(time::microseconds(DELAY_MAX));
        let recovery_us = if recovers { self.recovery_us() } else { 0 };
        target_us.max(least_us).max(0).saturating_add(recovery_us)
    }

    /// Whether the time in which packets wait is used up by a way that becomes longer.
    pub(super) fn is_slipping(&self) -> bool {
        self.arrivals.is_slipping()
    }

    /// Whether nothing else asks for more of that time.
    pub(super) fn only_slips(&self) -> bool {
        let slip_us = time::microseconds(SLIP_HEADROOM.max(self.settings.grain));
        self.is_slipping() && self.arrivals.target_us() <= slip_us
    }

    /// How much longer packets wait while losses are to be recovered from.
    fn recovery_us(&self) -> i64 {
        let packet_us = self.us(i64::from(self.packet_units)).max(1);
        let packets_max = RECOVERY_MAX_US.checked_div(packet_us).unwrap_or(0).max(PACKETS_WAITED);
        packet_us.saturating_mul(packets_max.min(self.waits.packets().into()))
    }

    /// Media time of the end of all that waits.
    pub(super) fn newest_end(&self) -> Option<i64> {
        self.slots.back().map(Entry::end)
    }

    /// Stops playout, until the next packet is due.
    pub(super) fn wait(&mut self) {
        self.phase = Phase::Waiting;
    }

    pub(super) fn is_comfort_noise(&self, payload_type: u8) -> bool {
        self.settings.comfort_noise == Some(payload_type)
    }

    /// Units of the media clock in microseconds.
    pub(super) fn us(&self, units: i64) -> i64 {
        let clock_hz = i64::from(self.settings.clock_hz);
        units.saturating_mul(1_000_000).checked_div(clock_hz).unwrap_or(0)
    }

    /// Units of the media clock in some time.
    pub(super) fn units(&self, time: Duration) -> u32 {
        u32::try_from(time::units(time, self.settings.clock_hz)).unwrap_or(u32::MAX)
    }

    pub(super) fn tick_units(&self) -> u32 {
        self.units(self.settings.tick).max(1)
    }

    fn take_in(&mut self, arrival: &Arrival<'_>) -> Insert {
        let insert = self.admit(arrival);
        let counter = match insert {
            Insert::Stored | Insert::Passed => return insert,
            Insert::Restarted => &mut self.counters.restarted,
            Insert::Duplicate => &mut self.counters.duplicate,
            Insert::Late => &mut self.counters.late,
            Insert::Stray => &mut self.counters.stray,
            Insert::TooLong | Insert::Malformed => &mut self.counters.unusable,
        };
        *counter = counter.wrapping_add(1);
        insert
    }

    fn admit(&mut self, arrival: &Arrival<'_>) -> Insert {
        let packet = arrival.packet;
        let Some(units) = self.length(packet) else { return Insert::Malformed };
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
        let is_other = self.ssrc.is_some_and(|ssrc| ssrc != packet.ssrc());
        if is_other {
            self.reset();
        }
        self.ssrc = Some(packet.ssrc());
        let entry = arrival.entry(timestamp, units);
        let begins = self.begins_talk_spurt(&entry);
        self.observe(&entry, arrival.reading.late_by, begins);
        if let Phase::Playing(playout) = &self.phase
            && entry.end() <= playout.cursor
            && !begins
        {
            return Insert::Late;
        }
        if begins {
            self.wait();
        }
        match self.keep(entry, arrival) {
            Insert::Stored | Insert::Passed if is_other => Insert::Restarted,
            insert => insert,
        }
    }

    /// How long a packet lasts, in units. What follows comfort noise is more of it.
    fn length(&self, packet: &Packet<'_>) -> Option<u32> {
        match self.is_comfort_noise(packet.payload_type()) {
            true => (!packet.payload().is_empty()).then(|| self.tick_units()),
            false => self.settings.framing.units(packet.payload()),
        }
    }

    /// How many packets of so many units are sent in a time; at least one.
    fn packets_in(&self, time: Duration, units: u32) -> u8 {
        let packets = self.units(time).div_ceil(units.max(1));
        u8::try_from(packets).unwrap_or(u8::MAX).max(1)
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
        let is_same = self.ssrc == Some(packet.ssrc());
        let reference = match (&self.phase, self.slots.front()) {
            (Phase::Waiting, None) => {
                let newest = self.newest.filter(|_| is_same).map(|(newest, _)| newest);
                let first = i64::from(packet.timestamp());
                return Some(newest.map_or(first, |it| extend_timestamp(it, packet.timestamp())));
            }
            (Phase::Waiting, Some(front)) => front.timestamp,
            (Phase::Playing(playout), _) => playout.cursor,
        };
        let timestamp = extend_timestamp(reference, packet.timestamp());
        let distance = timestamp.abs_diff(reference);
        let is_near = distance <= time::units(JUMP_MAX, self.settings.clock_hz);
        (is_near && is_same).then_some(timestamp)
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
        self.observe(&entry, arrival.reading.late_by, false);
        match self.keep(entry, arrival) {
            Insert::Stored | Insert::Passed => Insert::Restarted,
            other => other,
        }
    }

    /// The talk spurt after a short silence need not keep to the schedule of the one before.
    fn begins_talk_spurt(&self, entry: &Entry) -> bool {
        let is_bridging =
            matches!(&self.phase, Phase::Playing(playout) if playout.bridged_units > 0);
        let is_next = !self.is_behind_played(entry.header.sequence);
        entry.header.marker && is_next && is_bridging && self.slots.is_empty()
    }

    /// Notes how long the packet was on its way. The first after a silence may show that it is not comparable with
    /// those before.
    fn observe(&mut self, entry: &Entry, late_by: Duration, begins: bool) {
        let now_us = time::microseconds(entry.arrival);
        let transit_us = now_us.saturating_sub(self.us(entry.timestamp));
        let is_waiting = matches!(self.phase, Phase::Waiting) && self.slots.is_empty();
        if (begins || is_waiting)
            && let (Some(fastest_us), Some((_, came_us))) =
                (self.arrivals.fastest_us(), self.newest)
        {
            let late_us = transit_us.saturating_sub(fastest_us).saturating_sub(self.goal_us());
            let may_be_us = match entry.header.marker {
                true => SPURT_LATE_US,
                false => time::microseconds(KEPT_MAX),
            };
            if late_us > may_be_us || now_us.saturating_sub(came_us) > STALE_US {
                self.arrivals.begin_anew();
            }
        }
        self.arrivals.record(now_us, transit_us, time::microseconds(late_by));
        let newest = self.newest.map_or(entry.timestamp, |(newest, _)| newest.max(entry.timestamp));
        self.newest = Some((newest, now_us));
    }

    fn keep(&mut self, entry: Entry, arrival: &Arrival<'_>) -> Insert {
        match arrival.is_wanted {
            true => self.store(entry, arrival.packet.payload()),
            false => self.pass(&entry),
        }
    }

    fn pass(&mut self, entry: &Entry) -> Insert {
        self.waits.played(self.is_behind_a_loss(entry).into(), false);
        self.played = Some(entry.header.sequence);
        self.packet_units = entry.units;
        self.silent_from = None;
        self.counters.passed = self.counters.passed.wrapping_add(1);
        Insert::Passed
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
}

impl Arrival<'_> {
    fn entry(&self, timestamp: i64, units: u32) -> Entry {
        let Self { reading, packet, level, .. } = *self;
        let (header, arrival) = (*packet.header(), reading.at);
        Entry { header, timestamp, units, arrival, level, copied_behind: 0 }
    }
}
