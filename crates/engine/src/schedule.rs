//! When a worker works: every 20 ms for each room, in four sub-ticks so that packets leave evenly.
//!
//! The schedule is absolute: a sub-tick's time follows from its number, so that nothing drifts and
//! RTP timestamps follow the wall. A worker that wakes late makes up for sub-ticks that are less
//! than a whole tick late; an older one is skipped, because its room's next turn is due already.
//! So work never queues up, and latency under overload is bounded by one tick.

use std::time::Duration;

use audio::TICK;

/// Sub-ticks in a tick.
pub(crate) const PHASES: u64 = 4;

/// The period of sub-ticks.
pub(crate) const SUB_TICK: Duration = Duration::from_millis(20 / PHASES);

/// One turn of work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Turn {
    /// The rooms whose turn it is, below [`PHASES`].
    pub(crate) phase: usize,
    /// Counts ticks since the start, skipped ones included.
    pub(crate) tick: u64,
    /// When it was due.
    pub(crate) due: Duration,
    /// Whether it comes later than the sub-tick after it was due.
    pub(crate) is_late: bool,
    /// Sub-ticks that were skipped since the turn before.
    pub(crate) skipped: u64,
}

/// Tells when which turn is due.
#[derive(Debug, Clone)]
pub(crate) struct Schedule {
    start: Duration,
    /// Number of the next sub-tick.
    next: u64,
}

impl Schedule {
    /// A schedule whose first turn is due at `start`.
    pub(crate) fn new(start: Duration) -> Self {
        Self { start, next: 0 }
    }

    /// When the next turn is due.
    pub(crate) fn next_due(&self) -> Duration {
        self.due(self.next)
    }

    /// The next turn, if it is due at `now`.
    pub(crate) fn turn(&mut self, now: Duration) -> Option<Turn> {
        let late = now.checked_sub(self.next_due())?;
        let overdue = (late.as_nanos() / SUB_TICK.as_nanos()) as u64;
        // Of the overdue ones the newest `PHASES` are still worth their work.
        let skipped = (overdue + 1).saturating_sub(PHASES);
        let number = self.next + skipped;
        self.next = number + 1;
        Some(Turn {
            phase: (number % PHASES) as usize,
            tick: number / PHASES,
            due: self.due(number),
            is_late: now.saturating_sub(self.due(number)) >= SUB_TICK,
            skipped,
        })
    }

    fn due(&self, number: u64) -> Duration {
        let ticks = u32::try_from(number / PHASES).unwrap_or(u32::MAX);
        let phases = (number % PHASES) as u32;
        self.start.saturating_add(TICK.saturating_mul(ticks)).saturating_add(SUB_TICK * phases)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const fn ms(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }

    #[test]
    fn turns_come_every_5_ms_and_each_phase_every_20() {
        let mut schedule = Schedule::new(ms(100));
        assert_eq!(schedule.turn(ms(99)), None);
        let mut turns = Vec::new();
        for step in 0..8 {
            assert_eq!(schedule.next_due(), ms(100 + 5 * step));
            let turn = schedule.turn(schedule.next_due()).unwrap();
            assert!(!turn.is_late && turn.skipped == 0);
            turns.push((turn.tick, turn.phase));
        }
        assert_eq!(turns, [(0, 0), (0, 1), (0, 2), (0, 3), (1, 0), (1, 1), (1, 2), (1, 3)]);
    }

    #[test]
    fn a_turn_is_given_once() {
        let mut schedule = Schedule::new(ms(0));
        assert!(schedule.turn(ms(0)).is_some());
        assert_eq!(schedule.turn(ms(0)), None);
        assert_eq!(schedule.turn(ms(4)), None);
        assert!(schedule.turn(ms(5)).is_some());
    }

    #[test]
    fn a_short_delay_is_made_up_for_and_told() {
        let mut schedule = Schedule::new(ms(0));
        let all: Vec<Turn> = std::iter::from_fn(|| schedule.turn(ms(16))).collect();
        assert_eq!(all.iter().map(|turn| turn.phase).collect::<Vec<_>>(), [0, 1, 2, 3]);
        assert_eq!(
            all.iter().map(|turn| turn.is_late).collect::<Vec<_>>(),
            [true, true, true, false]
        );
        assert!(all.iter().all(|turn| turn.skipped == 0));
    }

    #[test]
    fn what_is_a_whole_tick_late_is_skipped_and_counted() {
        let mut schedule = Schedule::new(ms(0));
        let all: Vec<Turn> = std::iter::from_fn(|| schedule.turn(ms(1_003))).collect();
        assert_eq!(all[0].skipped, 197);
        assert_eq!((all[0].tick, all[0].phase), (49, 1));
        assert_eq!(all.len(), 4, "each room has its turn once, not once for each tick missed");
        assert_eq!(schedule.next_due(), ms(1_005));
    }

    proptest! {
        /// However the worker is delayed, no room has two turns within one tick number, ticks
        /// never go back, every sub-tick is either given or counted as skipped, and nothing given
        /// is a tick or more late.
        #[test]
        fn delays_never_queue_work(delays_us in prop::collection::vec(0..100_000_u64, 1..200)) {
            let mut schedule = Schedule::new(Duration::ZERO);
            let mut now = Duration::ZERO;
            let (mut given, mut skipped) = (0, 0);
            let mut last = None;
            for delay in delays_us {
                now += Duration::from_micros(delay);
                while let Some(turn) = schedule.turn(now) {
                    let number = turn.tick * PHASES + turn.phase as u64;
                    prop_assert!(last.is_none_or(|last| last < number));
                    last = Some(number);
                    given += 1;
                    skipped += turn.skipped;
                    prop_assert_eq!(given + skipped, number + 1);
                    prop_assert_eq!(turn.due, schedule.due(number));
                    prop_assert!(now - turn.due < TICK);
                }
                prop_assert!(schedule.next_due() > now);
            }
        }
    }
}
