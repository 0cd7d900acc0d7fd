//! What is due at a tick: a packet, something in its place, or nothing.

use super::buffer::JitterBuffer;
use super::pace::TOLERANCE_US;
use super::phase::{Phase, Playout};
use super::slots::Entry;
use super::{COMFORT_MAX, CONCEAL_MAX, KEPT_MAX, Next, Stored};
use crate::sequence::MISORDER_MAX;
use crate::time;
use std::time::Duration;

impl JitterBuffer {
    /// What is to be played next, at a tick that is at `now`.
    pub fn next(&mut self, now: Duration) -> Next<'_> {
        let Some(mut playout) = self.playout(now) else { return Next::Wait };
        self.discard_played(&playout);
        let Some(gap) = self.gap(playout.cursor) else { return self.make_up(now, playout) };
        let made_up = std::mem::take(&mut playout.made_up_units);
        if gap > 0 {
            let bridged = i64::from(made_up).min(gap);
            let won = self.units_to_win(now, playout.cursor.saturating_add(bridged)).min(bridged);
            playout.cursor = playout.cursor.saturating_add(bridged.saturating_sub(won));
        }
        match self.gap(playout.cursor) {
            Some(1..) => self.bridge(now, playout),
            _ => self.play(playout),
        }
    }

    /// Whether the packet that is played next is here.
    #[must_use]
    pub fn has_next(&self) -> bool {
        let Phase::Playing(playout) = self.phase else { return false };
        self.gap(playout.cursor).is_some_and(|gap| gap <= 0)
    }

    /// Units from `cursor` to the first packet that waits, if any does.
    fn gap(&self, cursor: i64) -> Option<i64> {
        Some(self.slots.front()?.timestamp.saturating_sub(cursor))
    }

    /// Where playout stands; starts it when the first packet is due.
    fn playout(&mut self, now: Duration) -> Option<Playout> {
        if let Phase::Playing(playout) = self.phase {
            return Some(playout);
        }
        let now_us = time::microseconds(now);
        self.drop_stale(now_us);
        let cursor = self.slots.front()?.timestamp;
        let is_due = now_us.saturating_add(TOLERANCE_US) >= self.due_us(cursor);
        is_due.then_some(Playout {
            cursor,
            bridged_units: 0,
            made_up_units: 0,
            is_pause: false,
            is_comfort: false,
        })
    }

    /// Of packets that came in a burst, those that are too late to be caught up with are dropped.
    fn drop_stale(&mut self, now_us: i64) {
        let kept_us = time::microseconds(KEPT_MAX);
        while self.slots.len() > 1
            && let Some(front) = self.slots.front()
            && now_us.saturating_sub(self.due_us(front.timestamp)) > kept_us
        {
            self.drop_front();
        }
    }

    /// A sender whose packets overlap may have some that are over before they come up.
    fn discard_played(&mut self, playout: &Playout) {
        while self.slots.front().is_some_and(|entry| entry.end() <= playout.cursor) {
            self.drop_front();
        }
    }

    fn drop_front(&mut self) {
        if self.slots.take().is_some() {
            self.counters.skipped = self.counters.skipped.wrapping_add(1);
        }
    }

    fn play(&mut self, mut playout: Playout) -> Next<'_> {
        self.remember_losses();
        let Some((mut entry, place)) = self.slots.take() else { return Next::Wait };
        playout.is_comfort = self.is_comfort_noise(entry.header.payload_type);
        if playout.is_comfort
            && let Some(front) = self.slots.front()
        {
            let until_next = front.timestamp.saturating_sub(entry.timestamp).max(1);
            entry.units = u32::try_from(until_next).unwrap_or(u32::MAX).min(entry.units);
        } else {
            self.packet_units = entry.units;
        }
        let skip = playout.cursor.saturating_sub(entry.timestamp);
        playout.cursor = entry.end();
        playout.bridged_units = 0;
        let payload = self.slots.payload(&place);
        playout.is_pause = playout.is_comfort || self.settings.framing.is_pause(payload);
        self.phase = Phase::Playing(playout);
        self.played = Some(entry.header.sequence);
        self.silent_from = self.silent_from.filter(|from| *from >= playout.cursor);
        self.counters.played = self.counters.played.wrapping_add(1);
        self.counters.copied = self.counters.copied.wrapping_add(u64::from(entry.is_copy()));
        Next::Packet(stored(&entry, skip, payload))
    }

    /// Notes whether the packet that is played next is another than would follow, or has come as a copy.
    fn remember_losses(&mut self) {
        let Some(entry) = self.slots.front() else { return };
        let (is_missing, is_copy) = (self.is_behind_a_loss(entry), entry.is_copy());
        let tells_of_it = |payload| self.settings.framing.carries_copy(payload);
        let is_told = is_missing && is_copy && self.slots.front_payload().is_some_and(tells_of_it);
        let tells_of_all = |payload| self.settings.framing.carries_deep_copies(payload);
        let packets = match is_copy {
            true => entry.copied_behind.saturating_add(is_told.into()),
            false if is_missing && self.slots.front_payload().is_some_and(tells_of_all) => {
                self.missing_before(entry)
            }
            false => is_missing.into(),
        };
        self.waits.played(packets, is_copy);
    }

    /// How many packets are missing before this one, which is played next.
    fn missing_before(&self, entry: &Entry) -> u8 {
        let behind = self.played.map_or(0, |played| entry.header.sequence.wrapping_sub(played));
        u8::try_from(behind.saturating_sub(1)).unwrap_or(u8::MAX)
    }

    /// Whether a packet before this one is missing, if this is what is played next.
    pub(super) fn is_behind_a_loss(&self, entry: &Entry) -> bool {
        let missed = self.played.map_or(0, |played| entry.header.sequence.wrapping_sub(played));
        (2..=MISORDER_MAX).contains(&missed) && self.silent_from.is_none()
    }

    /// Fills the gap before a packet that waits; where it is long, only its beginning, and then waits for the rest
    /// of it.
    fn bridge(&mut self, now: Duration, mut playout: Playout) -> Next<'_> {
        let gap = self.gap(playout.cursor).and_then(|gap| u32::try_from(gap).ok());
        let longest = if playout.is_comfort { COMFORT_MAX } else { CONCEAL_MAX };
        let most = self.units(longest).saturating_sub(playout.bridged_units);
        let most = most.min(self.units(CONCEAL_MAX));
        if most == 0 {
            self.wait();
            return match self.playout(now) {
                Some(playout) => self.play(playout),
                None => Next::Wait,
            };
        }
        let whole = gap.filter(|gap| *gap <= most);
        let units = whole.unwrap_or(self.tick_units().min(most));
        playout.cursor = playout.cursor.saturating_add(i64::from(units));
        playout.bridged_units = playout.bridged_units.saturating_add(units);
        self.phase = Phase::Playing(playout);
        if self.is_silent(&playout) {
            return Next::Silent { timestamp_units: units };
        }
        self.counters.lost = self.counters.lost.wrapping_add(1);
        let following = if whole.is_some() { self.slots.front_payload() } else { None };
        Next::Lost { timestamp_units: units, following }
    }

    /// Nothing is here: what comes next may be lost, or late. Something is played for it, and media time stands
    /// still, so that what is only late is played all the same. Behind a pause there is nothing to be
    /// late.
    fn make_up(&mut self, now: Duration, mut playout: Playout) -> Next<'_> {
        let is_silent = self.is_silent(&playout);
        let longest = match (is_silent, playout.is_comfort) {
            (false, _) => CONCEAL_MAX,
            (true, true) => COMFORT_MAX,
            (true, false) => Duration::ZERO,
        };
        if playout.bridged_units >= self.units(longest) {
            self.wait();
            return Next::Wait;
        }
        let units = match self.packet_units {
            0 => self.tick_units(),
            packet => packet.min(self.tick_units()),
        };
        playout.made_up_units = playout.made_up_units.saturating_add(units);
        playout.bridged_units = playout.bridged_units.saturating_add(units);
        self.phase = Phase::Playing(playout);
        if is_silent {
            return Next::Silent { timestamp_units: units };
        }
        self.pace.underran(time::microseconds(now));
        self.counters.lost = self.counters.lost.wrapping_add(1);
        Next::Lost { timestamp_units: units, following: None }
    }

    /// Whether what is missing is no loss.
    fn is_silent(&self, playout: &Playout) -> bool {
        playout.is_pause || self.silent_from.is_some_and(|from| playout.cursor >= from)
    }

    /// How much longer a delay is wanted to recover what is lost from what comes after it, in units of whole ticks: so
    /// much of what was made up is time that was won.
    fn units_to_win(&self, now: Duration, cursor: i64) -> i64 {
        let until_due_us = self.due_us(cursor).saturating_sub(time::microseconds(now));
        if !self.settings.recovers || until_due_us <= TOLERANCE_US {
            return 0;
        }
        let tick_us = time::microseconds(self.settings.tick).max(1);
        let ticks = until_due_us.saturating_sub(1).checked_div(tick_us).unwrap_or(0);
        ticks.saturating_add(1).saturating_mul(i64::from(self.tick_units()))
    }
}

fn stored<'a>(entry: &Entry, skip: i64, payload: &'a [u8]) -> Stored<'a> {
    Stored {
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
        is_copy: entry.is_copy(),
    }
}
