//! How far playout is from where it should be, and what sound to take away or to add.
//!
//! A packet's *headroom* is the time from the arrival of one that the network did not delay to the tick at which
//! it is needed. It should be the [goal](JitterBuffer::depth), and less than a tick more: playout goes by ticks, so
//! that less than a tick of excess can't be had back. What to do about it follows the decision logic of NetEQ
//! (WebRTC, `modules/audio_coding/neteq/decision_logic.cc`: accelerate, preemptive expand, normal), but is told once
//! a tick: who plays knows whether the sound can be changed unheard, and tells what came of it.

use super::buffer::JitterBuffer;
use super::pace::{Adjustment, Care, EARLY_US, TOLERANCE_US, USED_UP_US};
use super::phase::Phase;
use crate::time;
use std::time::Duration;

/// After a change that may be heard the next is made so much later at the earliest (NetEQ: 50 ms).
const REST_US: i64 = 60_000;

/// Where nothing is to be changed one looks again so much later.
const IDLE_US: i64 = 100_000;

/// Packets of more ticks than this are not taken out before they are needed.
const MORE_TICKS_MAX: u32 = 3;

/// A voice's period is no longer than this. What is missing may be less, but nothing less than a period can be put in:
/// so much is always allowed, and what is too much then is left over.
const PERIOD: Duration = Duration::from_millis(15);

/// A residue below one part in so many of a tick is left alone: no period of a voice is as short. So is one that
/// lengthening may have begun and not ended, as there is too little of headroom.
const RESIDUE_PARTS: u32 = 8;
const RESIDUE_EXCESS_US: i64 = 5_000;

impl JitterBuffer {
    /// How the sound of the tick at `now` should be changed, of which `left_units` are left over when the tick is
    /// taken. To be asked once a tick, when it is filled, and answered by [`adjusted`](Self::adjusted).
    pub fn adjustment(&mut self, now: Duration, left_units: u32) -> Option<Adjustment> {
        let Phase::Playing(playout) = self.phase else { return None };
        let now_us = time::microseconds(now);
        if now_us < self.pace.rest_until_us || playout.made_up_units > 0 || self.packet_units == 0 {
            return None;
        }
        let excess_us = self.excess_us(now_us, playout.cursor, left_units);
        self.pace.wants(excess_us, self.tick_us());
        let adjustment = if excess_us < TOLERANCE_US.saturating_neg() {
            Some(self.lengthen(excess_us, left_units))
        } else if excess_us < EARLY_US && self.only_slips() {
            self.pace.calm();
            Some(self.lengthen(excess_us, left_units))
        } else {
            self.shorten(now_us, excess_us, left_units, playout.cursor)
        };
        if adjustment.is_some() {
            return adjustment;
        }
        self.pace.calm();
        let adjustment = self.trim(excess_us, left_units);
        if adjustment.is_none() {
            self.pace.rest_until_us = now_us.saturating_add(IDLE_US);
        }
        adjustment
    }

    /// Tells what came of an [`adjustment`](Self::adjustment): by so many units the sound was made longer, or
    /// shorter if negative; `is_heard` if there was any sound.
    pub fn adjusted(&mut self, now: Duration, units: i64, is_heard: bool) {
        let Self { counters, pace, .. } = self;
        let count = match units < 0 {
            true => &mut counters.shortened_units,
            false => &mut counters.lengthened_units,
        };
        *count = count.wrapping_add(units.unsigned_abs());
        pace.tried(units != 0);
        if units != 0 && is_heard && !pace.hurries() {
            pace.rest_until_us = time::microseconds(now).saturating_add(REST_US);
        }
    }

    fn lengthen(&self, excess_us: i64, left_units: u32) -> Adjustment {
        let tick = self.tick_units();
        let missing_us = excess_us.saturating_neg().saturating_sub(1).max(0);
        let ticks = missing_us.checked_div(self.tick_us()).unwrap_or(0).saturating_add(1);
        let units = held(ticks.saturating_mul(i64::from(tick)));
        let units = units.saturating_sub(self.residue(left_units)).max(self.period_units());
        Adjustment::Lengthen { units, care: self.pace.care() }
    }

    fn shorten(
        &self,
        now_us: i64,
        excess_us: i64,
        left_units: u32,
        cursor: i64,
    ) -> Option<Adjustment> {
        let (tick, residue) = (self.tick_units(), self.residue(left_units));
        // Packets that are no whole ticks are needed now earlier, now later.
        let uneven_us = if self.is_even() { 0 } else { self.tick_us() };
        let used_up_us = if self.is_slipping() { USED_UP_US } else { 0 };
        let kept_us = uneven_us.saturating_add(used_up_us);
        let ticks = excess_us.saturating_sub(kept_us).checked_div(self.tick_us()).unwrap_or(0);
        let is_settled = self.pace.hurries() || now_us >= self.pace.settled_at_us;
        if ticks > 0 && is_settled && self.has_waiting(cursor, excess_us) {
            let units = held(ticks.saturating_mul(i64::from(tick))).saturating_add(residue);
            let takes_more = self.packet_units <= tick.saturating_mul(MORE_TICKS_MAX);
            return Some(Adjustment::Shorten { units, takes_more, care: self.pace.care() });
        }
        None
    }

    /// Takes away, in a pause, what is left over and no whole tick: that costs delay and serves nobody.
    fn trim(&self, excess_us: i64, left_units: u32) -> Option<Adjustment> {
        let (tick, units) = (self.tick_units(), self.residue(left_units));
        let is_worth_it =
            units.saturating_mul(RESIDUE_PARTS) >= tick && excess_us >= RESIDUE_EXCESS_US;
        let (takes_more, care) = (false, Care::Patient);
        is_worth_it.then_some(Adjustment::Shorten { units, takes_more, care })
    }

    /// Units of the longest period of a voice.
    fn period_units(&self) -> u32 {
        self.units(PERIOD).max(1)
    }

    /// What can be taken of what is left over without that a packet is needed earlier.
    fn residue(&self, left_units: u32) -> u32 {
        let step = self.packet_units.min(self.tick_units());
        let residue = left_units.checked_rem(step).unwrap_or(0);
        if self.is_even() { residue } else { 0 }
    }

    /// Whether packets are whole ticks, or ticks whole packets.
    fn is_even(&self) -> bool {
        let (tick, packet) = (self.tick_units(), self.packet_units);
        tick.checked_rem(packet) == Some(0) || packet.checked_rem(tick) == Some(0)
    }

    fn tick_us(&self) -> i64 {
        self.us(i64::from(self.tick_units())).max(1)
    }

    /// Headroom above the goal of what is played next.
    fn excess_us(&self, now_us: i64, cursor: i64, left_units: u32) -> i64 {
        let (tick, packet) = (self.tick_units(), self.packet_units);
        let ticks = left_units.checked_div(tick).unwrap_or(0).saturating_add(1);
        let needed_us = now_us.saturating_add(self.us(i64::from(ticks.saturating_mul(tick))));
        // Of several short packets that are needed in one tick, the last has the least.
        let missing = tick.saturating_sub(left_units.checked_rem(tick).unwrap_or(0));
        let further = missing.div_ceil(packet.max(1)).saturating_sub(1).saturating_mul(packet);
        needed_us.saturating_sub(self.due_us(cursor.saturating_add(i64::from(further))))
    }

    /// Whether as much waits as would if the delay were in excess: else the way has just become longer.
    fn has_waiting(&self, cursor: i64, excess_us: i64) -> bool {
        let waiting = self.newest_end().map_or(0, |end| end.saturating_sub(cursor));
        let packet_us = self.us(i64::from(self.packet_units));
        self.has_next() && self.us(waiting).saturating_add(packet_us) >= excess_us
    }
}

/// Units, held to what fits.
fn held(units: i64) -> u32 {
    u32::try_from(units.max(0)).unwrap_or(u32::MAX)
}
