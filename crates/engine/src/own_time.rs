//! How late a worker's turns would be by its own work alone.
//!
//! On a shared machine a turn also comes late because the host, or another thread, had the core. Which it was
//! follows from the processor time that turns take: on a core that is always there, a turn would begin when it is
//! due and the one before is done, and would end after that time (D. V. Lindley, *The theory of queues with a single
//! server*, 1952). Linux takes what the host has stolen off a thread's processor time, if the host reports it; if it
//! doesn't, the theft counts as work. So a worker never looks better than it is.

use std::time::Duration;

use crate::schedule::SUB_TICK;

/// The time at which a worker would be, had it its core to itself.
#[derive(Debug, Default)]
pub(crate) struct OwnTime {
    /// When it would be done with all turns so far.
    done: Duration,
    /// Processor time that it had used by then.
    cpu: Duration,
    /// When the first of the turns that are being worked was due, and how many there are.
    first_due: Duration,
    turns: u32,
}

impl OwnTime {
    /// Notes a turn that begins now. Tells whether it would have come later than the next was due, had the worker had
    /// its core to itself.
    pub(crate) fn begin(&mut self, due: Duration) -> bool {
        if self.turns == 0 {
            self.first_due = due;
        }
        self.turns += 1;
        self.done.saturating_sub(due) >= SUB_TICK
    }

    /// Notes that the turns which have begun are done, and that `cpu` is what the worker has used of a processor since
    /// its start. Several turns, one made up for after the other, are taken to have cost the same.
    pub(crate) fn end(&mut self, cpu: Duration) {
        let used = cpu.saturating_sub(self.cpu);
        self.cpu = cpu;
        let each = used / self.turns.max(1);
        for turn in 0..self.turns {
            let due = self.first_due.saturating_add(SUB_TICK * turn);
            self.done = self.done.max(due).saturating_add(each);
        }
        self.turns = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }

    /// Works these turns: when each is due and what it takes of a processor; gives which were late by own work.
    fn work(turns: &[(u64, u64)]) -> Vec<bool> {
        let (mut own, mut cpu) = (OwnTime::default(), Duration::ZERO);
        let late = turns.iter().map(|&(due, used)| {
            let is_late = own.begin(ms(due));
            cpu += ms(used);
            own.end(cpu);
            is_late
        });
        late.collect()
    }

    #[test]
    fn who_works_less_than_there_is_time_is_never_late_whenever_it_comes() {
        assert_eq!(work(&[(100, 4), (105, 5), (110, 5), (115, 1)]), [false; 4]);
    }

    #[test]
    fn a_long_turn_makes_those_behind_it_late_until_it_is_made_up_for() {
        let late = work(&[(100, 14), (105, 1), (110, 1), (115, 1), (120, 1)]);
        assert_eq!(late, [false, true, true, false, false]);
    }

    #[test]
    fn overload_is_one_s_own() {
        let turns: Vec<_> = (0..20).map(|n| (100 + 5 * n, 6)).collect();
        let late = work(&turns);
        assert_eq!(late.iter().filter(|late| **late).count(), 15, "from the sixth on");
    }

    #[test]
    fn turns_made_up_for_together_count_each_from_its_own_time() {
        let mut own = OwnTime::default();
        for due in [100, 105, 110, 115] {
            assert!(!own.begin(ms(due)), "the core was taken, not used");
        }
        own.end(ms(16));
        assert_eq!(own.done, ms(119), "4 ms each, none before its time");
        assert!(!own.begin(ms(120)));
    }
}
