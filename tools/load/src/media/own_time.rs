//! How late the media thread would be by its own work alone.
//!
//! Steps also begin late because the host of a virtual machine, or another thread, had the core. What steps take of
//! the processor tells which it was: on a core that is always there, a step would begin when it is due and the one
//! before is done, and would end after that time (D. V. Lindley, *The theory of queues with a single server*, 1952).
//! Linux takes what the host has stolen off a thread's processor time, if the host reports it; if it doesn't, the
//! theft counts as work. So the tester never looks better than it is.

use std::time::Duration;

/// The time at which the thread would be, had it its core to itself.
#[derive(Clone, Debug, Default)]
pub(crate) struct OwnTime {
    /// When it would be done with all work so far.
    done: Duration,
    /// Processor time that it had used by then.
    cpu: Duration,
}

impl OwnTime {
    /// A thread that has used so much of a processor until now, and waits for its first step.
    pub(crate) fn new(cpu: Duration) -> Self {
        Self { done: Duration::ZERO, cpu }
    }

    /// A step begins that was due at this time: how late it would have been by own work alone.
    pub(crate) fn begin(&mut self, due: Duration) -> Duration {
        self.done = self.done.max(due);
        self.done - due
    }

    /// Work is done, by which time the thread has used so much of a processor.
    pub(crate) fn worked(&mut self, cpu: Duration) {
        self.done = self.done.saturating_add(cpu.saturating_sub(self.cpu));
        self.cpu = cpu;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn us(microseconds: u64) -> Duration {
        Duration::from_micros(microseconds)
    }

    /// Steps each millisecond, with what each takes of a processor; how late each was by own work.
    fn lateness(work: &[u64]) -> Vec<u64> {
        let (mut own, mut cpu) = (OwnTime::new(us(7)), us(7));
        let late = (0..).zip(work).map(|(number, used)| {
            let late = own.begin(us(5_000 + 1_000 * number));
            cpu += us(*used);
            own.worked(cpu);
            late.as_micros() as u64
        });
        late.collect()
    }

    #[test]
    fn whoever_works_less_than_there_is_time_is_not_late() {
        assert_eq!(lateness(&[900, 1_000, 20, 0, 999]), [0; 5]);
    }

    #[test]
    fn a_long_step_delays_those_behind_it_until_it_is_made_up_for() {
        assert_eq!(lateness(&[3_500, 100, 100, 100, 100]), [0, 2_500, 1_600, 700, 0]);
    }

    #[test]
    fn too_much_work_is_later_and_later() {
        assert_eq!(lateness(&[1_200; 5]), [0, 200, 400, 600, 800]);
    }
}
