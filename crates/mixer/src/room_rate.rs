//! The rate that a room mixes at, and when it takes on another.
//!
//! It follows what the members need. While something sounds a change means a short fade, which is heard amid a word; so
//! it waits for a pause, and somebody who comes and goes doesn't make one each time.

use audio::{Rate, TICKS_PER_SECOND};

/// A higher rate comes with the next pause, and after so many ticks without: for a second whoever needs it hears the
/// others as by telephone.
const RISE_TICKS_MAX: u32 = TICKS_PER_SECOND;

/// A higher rate than is needed costs those who speak some resampling, and nobody anything else: it is kept for so many
/// ticks, 10 s,
const FALL_TICKS_MIN: u32 = 10 * TICKS_PER_SECOND;

/// and after that until the next pause, or for 60 s in all.
const FALL_TICKS_MAX: u32 = 60 * TICKS_PER_SECOND;

/// The rate of a room.
#[derive(Debug)]
pub(crate) struct RoomRate {
    rate: Rate,
    /// Members by the rate that they need; the highest is what the room's rate follows.
    members_at: [usize; Rate::ALL.len()],
    needed: Rate,
    /// Ticks for which it has been another that is needed.
    waited_ticks: u32,
}

/// When a room takes on another rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change {
    /// Not now.
    No,
    /// Before this tick: nothing sounds.
    AtOnce(Rate),
    /// After this tick, in which everything that sounds is to end.
    AfterTick(Rate),
}

impl RoomRate {
    /// That of a room that nobody has been in.
    pub(crate) const fn new() -> Self {
        let (rate, needed) = (Rate::Hz8000, Rate::Hz8000);
        Self { rate, members_at: [0; Rate::ALL.len()], needed, waited_ticks: 0 }
    }

    /// The rate that the room mixes at.
    pub(crate) const fn get(&self) -> Rate {
        self.rate
    }

    /// Takes on another rate.
    pub(crate) const fn set(&mut self, rate: Rate) {
        self.rate = rate;
        self.waited_ticks = 0;
    }

    /// Somebody comes who needs this rate.
    pub(crate) fn enter(&mut self, rate: Rate) {
        self.members_at[rate.index()] += 1;
        self.review();
    }

    /// Somebody goes who needed this rate.
    pub(crate) fn leave(&mut self, rate: Rate) {
        self.members_at[rate.index()] -= 1;
        self.review();
    }

    /// Whether another is to be taken on in this tick. To be asked once a tick; `sounds` tells whether anything does,
    /// and is asked for that only where it matters.
    pub(crate) fn change(&mut self, sounds: impl FnOnce() -> bool) -> Change {
        if self.needed == self.rate {
            self.waited_ticks = 0;
            return Change::No;
        }
        self.waited_ticks += 1;
        let (least, most) = match self.needed > self.rate {
            true => (0, RISE_TICKS_MAX),
            false => (FALL_TICKS_MIN, FALL_TICKS_MAX),
        };
        match self.waited_ticks {
            waited if waited <= least => Change::No,
            _ if !sounds() => Change::AtOnce(self.needed),
            waited if waited > most => Change::AfterTick(self.needed),
            _ => Change::No,
        }
    }

    /// Finds the rate that the members need; the last one's stays when all have left.
    fn review(&mut self) {
        let needed = Rate::ALL.into_iter().rev().find(|rate| self.members_at[rate.index()] > 0);
        self.needed = needed.unwrap_or(self.needed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ticks until the rate changes, while something sounds, or nothing does, and what it changes to.
    fn ticks_until_change(rate: &mut RoomRate, sounds: bool) -> (u32, Change) {
        let mut changes = (1..=2 * FALL_TICKS_MAX).map(|tick| (tick, rate.change(|| sounds)));
        let (ticks, change) = changes.find(|(_, change)| *change != Change::No).unwrap();
        if let Change::AtOnce(next) | Change::AfterTick(next) = change {
            rate.set(next);
        }
        (ticks, change)
    }

    #[test]
    fn a_higher_rate_comes_with_a_pause_or_after_a_second() {
        let mut rate = RoomRate::new();
        rate.enter(Rate::Hz8000);
        assert_eq!(rate.change(|| false), Change::No);
        rate.enter(Rate::Hz16000);
        assert_eq!(ticks_until_change(&mut rate, false), (1, Change::AtOnce(Rate::Hz16000)));
        rate.enter(Rate::Hz48000);
        (0..RISE_TICKS_MAX).for_each(|_| assert_eq!(rate.change(|| true), Change::No));
        assert_eq!(rate.change(|| true), Change::AfterTick(Rate::Hz48000));
    }

    #[test]
    fn a_lower_rate_waits_until_the_higher_has_long_been_needed_by_nobody() {
        let high = || {
            let mut rate = RoomRate::new();
            [Rate::Hz8000, Rate::Hz48000].into_iter().for_each(|needed| rate.enter(needed));
            ticks_until_change(&mut rate, false);
            rate.leave(Rate::Hz48000);
            rate
        };
        let low = Rate::Hz8000;
        let (in_pause, in_speech) = (FALL_TICKS_MIN + 1, FALL_TICKS_MAX + 1);
        assert_eq!(ticks_until_change(&mut high(), false), (in_pause, Change::AtOnce(low)));
        assert_eq!(ticks_until_change(&mut high(), true), (in_speech, Change::AfterTick(low)));
    }

    #[test]
    fn who_comes_and_goes_changes_nothing() {
        let mut rate = RoomRate::new();
        [Rate::Hz8000, Rate::Hz48000].into_iter().for_each(|needed| rate.enter(needed));
        ticks_until_change(&mut rate, false);
        for _ in 0..20 {
            rate.leave(Rate::Hz48000);
            (0..FALL_TICKS_MIN).for_each(|_| assert_eq!(rate.change(|| false), Change::No));
            rate.enter(Rate::Hz48000);
            assert_eq!(rate.change(|| false), Change::No);
        }
        assert_eq!(rate.get(), Rate::Hz48000);
    }

    #[test]
    fn when_all_have_left_the_last_rate_stays() {
        let mut rate = RoomRate::new();
        rate.enter(Rate::Hz16000);
        ticks_until_change(&mut rate, false);
        rate.leave(Rate::Hz16000);
        (0..2 * FALL_TICKS_MAX).for_each(|_| assert_eq!(rate.change(|| false), Change::No));
    }
}
