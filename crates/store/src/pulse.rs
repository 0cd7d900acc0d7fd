//! Whether a database answers at all.
//!
//! One that is gone is noticed at once. One that hangs, with its connections open, costs whoever asks it the whole time
//! that an answer may take, and a page asks more than once. So when nothing has been answered for that long, one at a
//! time goes on asking, and all others are told at once that it is away.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// How long a statement may take. A server that doesn't answer counts as away, and nobody waits on.
pub(crate) const ANSWER_MAX: Duration = Duration::from_secs(10);

/// While it answers.
const WELL: u64 = 0;

/// What is known of it. Times are in milliseconds since `began`, from 1.
#[derive(Debug)]
pub(crate) struct Pulse {
    began: Instant,
    /// When it last answered.
    felt_ms: AtomicU64,
    /// [`WELL`], or until when one is asking whether it is back.
    silent_until_ms: AtomicU64,
}

/// A moment, as a pulse counts time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment(u64);

impl Default for Pulse {
    fn default() -> Self {
        let (felt_ms, silent_until_ms) = (AtomicU64::new(0), AtomicU64::new(WELL));
        Self { began: Instant::now(), felt_ms, silent_until_ms }
    }
}

impl Pulse {
    /// Whether there is a chance of an answer, or this one is to try.
    pub(crate) fn may_ask(&self) -> bool {
        self.may_ask_at(self.now())
    }

    /// It has answered, be it by an error.
    pub(crate) fn felt(&self) {
        self.felt_at(self.now());
    }

    /// What was asked at that moment was not answered in time.
    pub(crate) fn missed(&self, since: Moment) {
        self.missed_at(since, self.now());
    }

    pub(crate) fn now(&self) -> Moment {
        let elapsed = u64::try_from(self.began.elapsed().as_millis());
        Moment(elapsed.unwrap_or(u64::MAX - 1) + 1)
    }

    fn may_ask_at(&self, now: Moment) -> bool {
        let until = self.silent_until_ms.load(Ordering::Relaxed);
        if until == WELL {
            return true;
        }
        // Whoever is trying may have gone away meanwhile.
        let next = now.0.saturating_add(millis(ANSWER_MAX));
        let claim = |until| {
            self.silent_until_ms.compare_exchange(until, next, Ordering::Relaxed, Ordering::Relaxed)
        };
        now.0 >= until && claim(until).is_ok()
    }

    fn felt_at(&self, now: Moment) {
        self.felt_ms.fetch_max(now.0, Ordering::Relaxed);
        self.silent_until_ms.store(WELL, Ordering::Relaxed);
    }

    fn missed_at(&self, since: Moment, now: Moment) {
        // Others were answered meanwhile: what was asked is what takes so long.
        if self.felt_ms.load(Ordering::Relaxed) < since.0 {
            self.silent_until_ms.store(now.0, Ordering::Relaxed);
        }
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn second(second: u64) -> Moment {
        Moment(1 + 1000 * second)
    }

    #[test]
    fn one_at_a_time_asks_what_does_not_answer() {
        let pulse = Pulse::default();
        pulse.felt_at(second(1));
        assert!(pulse.may_ask_at(second(2)) && pulse.may_ask_at(second(2)));
        pulse.missed_at(second(2), second(12));
        pulse.missed_at(second(2), second(12));
        assert!(pulse.may_ask_at(second(12)), "one tries");
        assert!(!pulse.may_ask_at(second(12)) && !pulse.may_ask_at(second(21)), "and no other");
        pulse.missed_at(second(12), second(22));
        assert!(pulse.may_ask_at(second(23)) && !pulse.may_ask_at(second(23)));
        assert!(pulse.may_ask_at(second(33)), "the one before went away without a word");
        pulse.felt_at(second(34));
        assert!(pulse.may_ask_at(second(34)) && pulse.may_ask_at(second(34)));
    }

    #[test]
    fn what_takes_long_by_itself_is_not_its_silence() {
        let pulse = Pulse::default();
        pulse.felt_at(second(5));
        pulse.missed_at(second(1), second(11));
        assert!(pulse.may_ask_at(second(11)) && pulse.may_ask_at(second(11)));
    }
}
