//! Which of a part's turns another part is to hear in its own turn.
//!
//! All workers count their turns from one moment, so a turn is told from another by when it was due.
//! What was said in a turn is heard in the next one of the other part, at most a tick later, and
//! that is so on time whichever of the two threads is the first to run. A part that does its turns
//! late is waited for: what was missed once is heard a tick later from then on, until it has come
//! early for a second, and one turn is left out to catch up. Older than two ticks is nothing.

use std::time::Duration;

use audio::TICK;
use rtrb::Consumer;

/// What is so old is not heard any more.
const AGE_MAX: Duration = TICK.saturating_mul(2);

/// After so many turns in which more was there than was due, one is left out.
const EARLY_TURNS_MAX: u32 = 50;

/// What is to be done with the oldest that has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    /// It is heard in this turn.
    Hear,
    /// It is heard never: it is too old, or left out to catch up.
    Drop,
    /// It is for a later turn.
    Wait,
}

/// Paces what comes from one part.
#[derive(Debug, Default)]
pub(super) struct Pace {
    /// Turns in a row in which more was there than was due.
    early: u32,
}

impl Pace {
    /// The one of those `waiting` that is to be heard in the turn due at `now`, if there is one. What was said in a turn
    /// tells `due_of` when that was due. What is never to be heard goes to `drop`.
    pub(super) fn next<T>(
        &mut self,
        now: Duration,
        waiting: &mut Consumer<T>,
        due_of: impl Fn(&T) -> Duration,
        mut drop: impl FnMut(T),
    ) -> Option<T> {
        loop {
            let oldest = waiting.read_chunk(waiting.slots().min(2)).ok()?;
            let (older, newer) = oldest.as_slices();
            let mut dues = older.iter().chain(newer).map(&due_of);
            let (first, second) = (dues.next()?, dues.next());
            let verdict = self.judge(now, first, second);
            if verdict == Verdict::Wait {
                return None;
            }
            let said = waiting.pop().ok()?;
            if verdict == Verdict::Hear {
                return Some(said);
            }
            drop(said);
        }
    }

    /// What to do in the turn due at `now` with what was said in the turn due at `first`, the oldest
    /// that has come; `second` is the one that came after it, if there is one.
    fn judge(&mut self, now: Duration, first: Duration, second: Option<Duration>) -> Verdict {
        let Some(age) = now.checked_sub(first).filter(|age| !age.is_zero()) else {
            return Verdict::Wait;
        };
        if age > AGE_MAX {
            return Verdict::Drop;
        }
        let is_early = second.is_some_and(|second| second < now);
        self.early = if is_early { self.early + 1 } else { 0 };
        if self.early > EARLY_TURNS_MAX {
            self.early = 0;
            return Verdict::Drop;
        }
        Verdict::Hear
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::VecDeque;

    const fn ms(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }

    /// One part that says something every tick and another that hears it, each in its phase.
    struct Line {
        pace: Pace,
        waiting: VecDeque<Duration>,
        dropped: usize,
    }

    impl Line {
        fn new() -> Self {
            Self { pace: Pace::default(), waiting: VecDeque::new(), dropped: 0 }
        }

        /// The age of what is heard in the turn due at `now`.
        fn hear(&mut self, now: Duration) -> Option<Duration> {
            while let Some(&first) = self.waiting.front() {
                let verdict = self.pace.judge(now, first, self.waiting.get(1).copied());
                if verdict == Verdict::Wait {
                    return None;
                }
                self.waiting.pop_front();
                if verdict == Verdict::Hear {
                    return Some(now - first);
                }
                self.dropped += 1;
            }
            None
        }
    }

    #[test]
    fn on_time_everything_is_heard_within_a_tick_whoever_runs_first() {
        for phase in [0, 5, 10, 15] {
            for speaker_first in [true, false] {
                let mut line = Line::new();
                for tick in 1..200 {
                    let (said, now) = (ms(100 + 20 * tick), ms(100 + 20 * tick + phase));
                    if speaker_first || phase > 0 {
                        line.waiting.push_back(said);
                    }
                    let age = line.hear(now);
                    if !speaker_first && phase == 0 {
                        line.waiting.push_back(said);
                    }
                    let expected = if phase == 0 { ms(20) } else { ms(phase) };
                    assert_eq!(age, (tick > 1 || phase > 0).then_some(expected), "{phase} {tick}");
                }
                assert_eq!(line.dropped, 0);
            }
        }
    }

    #[test]
    fn who_is_late_for_a_while_is_missed_once_and_caught_up_with_later() {
        let mut line = Line::new();
        let (mut missed, mut oldest) = (0, Duration::ZERO);
        for tick in 0..400 {
            let (said, now) = (ms(20 * tick), ms(20 * tick + 5));
            // From the 100th to the 200th turn, what is said comes after the other part's turn.
            let is_late = (100..200).contains(&tick);
            if !is_late {
                line.waiting.push_back(said);
            }
            match line.hear(now) {
                Some(age) => oldest = oldest.max(age),
                None => missed += 1,
            }
            if is_late {
                line.waiting.push_back(said);
            }
        }
        assert_eq!((missed, line.dropped, oldest), (1, 1, ms(25)));
        assert_eq!(line.hear(ms(8_000)), None, "nothing piled up");
    }

    #[test]
    fn after_a_stall_the_past_is_dropped() {
        let mut line = Line::new();
        line.waiting.extend((0..4).map(|tick| ms(20 * tick)));
        assert_eq!(line.hear(ms(10_000)), None);
        assert_eq!((line.dropped, line.waiting.len()), (4, 0));
        line.waiting.push_back(ms(10_000));
        assert_eq!(line.hear(ms(10_020)), Some(ms(20)));
    }

    proptest! {
        /// However late each of the two is: what is heard goes forward in time and is never older
        /// than two ticks; and nothing that is older stays behind.
        #[test]
        fn lateness_is_bounded(steps in prop::collection::vec((0..4u64, 0..4u64), 1..200)) {
            let mut line = Line::new();
            let (mut said, mut now) = (Duration::ZERO, ms(5));
            let mut last = None;
            for (says, hears) in steps {
                for _ in 0..says {
                    said += TICK;
                    if line.waiting.len() < 4 {
                        line.waiting.push_back(said);
                    }
                }
                for _ in 0..hears {
                    now += TICK;
                    if let Some(age) = line.hear(now) {
                        prop_assert!(age <= AGE_MAX && !age.is_zero());
                        prop_assert!(last < Some(now - age));
                        last = Some(now - age);
                    }
                    prop_assert!(line.waiting.front().is_none_or(|&first| first + AGE_MAX >= now));
                }
            }
        }
    }
}
