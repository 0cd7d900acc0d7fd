//! What changes of the sound there are, and when the next may be made.

/// Headroom that is missing by less than this is not missed: a worker's tick may be as late.
pub(super) const TOLERANCE_US: i64 = 2_000;

/// After packets came too late, delay isn't taken back for so long: it may be needed again.
const SETTLE_US: i64 = 500_000;

/// So many ticks, 8 s, one waits for a pause, if clocks that drift are all there is to it: longer than a sentence lasts.
/// Then any place will do where a change isn't heard, after some more one is content with less, and at last with any.
const TRIES_GENTLE: u16 = 400;
const TRIES_FIRM: u16 = TRIES_GENTLE + 25;
const TRIES_FORCED: u16 = TRIES_GENTLE + 100;

/// Of those ticks so many, 3 s, are waited where there is more to it, or something is missing, if that costs little.
const TRIES_SOON: u16 = 150;

/// A clock that is fast makes an excess of a tick, and less than this more: that takes 12 s at 500 parts per million.
const DRIFT_US: i64 = 6_000;

/// Where a clock is slow, a tick is put in from this excess on if there is a pause, though nothing is missing yet: at 500
/// parts per million a voice is left alone for 7 s more by that. What is then too much by less than this is used up.
pub(super) const EARLY_US: i64 = 1_500;
pub(super) const USED_UP_US: i64 = 4_000;

/// A delay that is wrong by less than this costs little for a while.
const PATIENT_US: i64 = 30_000;

/// With so much excess one hurries: after a stall.
const HURRY_US: i64 = 100_000;

/// How the sound of a tick should be changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Adjustment {
    /// So many units may be taken away.
    Shorten {
        /// In units of the media clock.
        units: u32,
        /// Whether another packet may be taken out for it, if one [waits](super::JitterBuffer::has_next).
        takes_more: bool,
        /// How much of it may be heard.
        care: Care,
    },
    /// So many units are missing.
    Lengthen {
        /// In units of the media clock.
        units: u32,
        /// How much of it may be heard.
        care: Care,
    },
}

/// How well a change of the sound must be hidden.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Care {
    /// Nothing but a pause may be changed.
    Patient,
    /// It must not be heard: there is time.
    Gentle,
    /// It may be noticed.
    Firm,
    /// It must be made now.
    Forced,
}

/// When the next change may be made.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Pace {
    pub(super) rest_until_us: i64,
    pub(super) settled_at_us: i64,
    /// How much there is to be changed.
    excess_us: i64,
    /// Ticks in which something was to be changed, and couldn't.
    tries: u16,
}

impl Pace {
    /// A packet wasn't there in time.
    pub(super) fn underran(&mut self, now_us: i64) {
        self.settled_at_us = now_us.saturating_add(SETTLE_US);
    }

    /// So much is to be changed, of which an excess of less than a tick can't be.
    pub(super) fn wants(&mut self, excess_us: i64, tick_us: i64) {
        self.excess_us = excess_us;
        let is_drift = excess_us > 0 && excess_us.saturating_sub(tick_us) < DRIFT_US;
        let tried = match self.is_patient() {
            false => TRIES_GENTLE,
            true if is_drift => 0,
            true => TRIES_GENTLE.saturating_sub(TRIES_SOON),
        };
        self.tries = self.tries.max(tried);
    }

    /// Nothing need be changed.
    pub(super) fn calm(&mut self) {
        self.tries = 0;
    }

    /// Something was changed, or couldn't be. What is begun in a voice is ended in it.
    pub(super) fn tried(&mut self, has_changed: bool) {
        self.tries = match has_changed {
            true => self.tries.min(TRIES_GENTLE),
            false => self.tries.saturating_add(1),
        };
    }

    pub(super) fn hurries(&self) -> bool {
        self.excess_us.saturating_abs() >= HURRY_US
    }

    pub(super) fn care(&self) -> Care {
        match self.tries {
            TRIES_FORCED.. => Care::Forced,
            TRIES_FIRM.. => Care::Firm,
            _ if self.hurries() => Care::Firm,
            TRIES_GENTLE.. => Care::Gentle,
            _ => Care::Patient,
        }
    }

    fn is_patient(&self) -> bool {
        self.excess_us.saturating_abs() < PATIENT_US
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TICK_US: i64 = 20_000;

    /// Ticks in which nothing but a pause will do, where so much is to be changed all the while.
    fn patient_ticks(excess_us: i64) -> usize {
        let mut pace = Pace::default();
        let ticks = std::iter::repeat_with(|| {
            pace.wants(excess_us, TICK_US);
            let care = pace.care();
            pace.tried(false);
            care
        });
        ticks.take_while(|care| *care == Care::Patient).count()
    }

    #[test]
    fn the_less_is_to_be_changed_the_longer_a_pause_is_waited_for() {
        assert_eq!([5_000, 25_000].map(patient_ticks), [400; 2], "by a drift of clocks");
        assert_eq!([-3_000, -10_000, 28_000].map(patient_ticks), [150; 3]);
        assert_eq!([-40_000, 60_000, 150_000].map(patient_ticks), [0; 3]);
    }
}
