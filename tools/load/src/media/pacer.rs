//! When which legs send: every packet time of 20 ms has 20 steps, and each leg sends in one of them, so that no
//! two legs of a small room send at once and the load is even.
//!
//! Deadlines are absolute: a step's time follows from its number, so nothing drifts. A step that comes late is
//! made up for at once; one that is a whole packet time late is left out, since its legs' next packets are due
//! already, and counted.

use std::time::Duration;

/// Steps in a packet time.
pub(crate) const STEPS: u64 = 20;

/// From one step to the next.
pub(crate) const STEP: Duration = Duration::from_millis(20 / STEPS);

/// How many steps after each leg's the next one's is: prime to [`STEPS`], so that as many legs send in each, and
/// such that the talkers of a room, who are neighbours, are spread over the packet time. What they wait for the
/// server's tick is part of the latency, and would else be the same for all of them, by chance.
const NEIGHBOUR_STEPS: usize = 7;

/// Of the numbers below `legs`, those that send in a step with this phase.
pub(crate) fn legs_of_step(phase: usize, legs: usize) -> impl Iterator<Item = usize> {
    let steps = STEPS as usize;
    let first = (0..steps).find(|leg| leg * NEIGHBOUR_STEPS % steps == phase).unwrap_or(legs);
    (first..legs).step_by(steps)
}

/// One step.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Step {
    /// Packet times since the start, those left out included.
    pub(crate) tick: u64,
    /// Which legs send, below [`STEPS`].
    pub(crate) phase: usize,
    /// How long after its time it comes.
    pub(crate) lateness: Duration,
    /// Steps left out since the one before.
    pub(crate) skipped: u64,
}

impl Step {
    /// Whether it comes when the next one is due already.
    pub(crate) fn is_late(&self) -> bool {
        self.lateness >= STEP
    }
}

/// Tells when which step is due.
#[derive(Clone, Debug)]
pub(crate) struct Pacer {
    start: Duration,
    /// Number of the next step.
    next: u64,
}

impl Pacer {
    /// A pacer whose first step is due at `start`.
    pub(crate) fn new(start: Duration) -> Self {
        Self { start, next: 0 }
    }

    /// When the next step is due.
    pub(crate) fn next_due(&self) -> Duration {
        self.due(self.next)
    }

    /// The next step, if it is due at `now`.
    pub(crate) fn step(&mut self, now: Duration) -> Option<Step> {
        let late = now.checked_sub(self.next_due())?;
        let overdue = (late.as_nanos() / STEP.as_nanos()) as u64;
        let skipped = (overdue + 1).saturating_sub(STEPS);
        let number = self.next + skipped;
        self.next = number + 1;
        Some(Step {
            tick: number / STEPS,
            phase: (number % STEPS) as usize,
            lateness: now.saturating_sub(self.due(number)),
            skipped,
        })
    }

    fn due(&self, number: u64) -> Duration {
        self.start
            .saturating_add(Duration::from_nanos(number.saturating_mul(STEP.as_nanos() as u64)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn us(microseconds: u64) -> Duration {
        Duration::from_micros(microseconds)
    }

    #[test]
    fn a_step_comes_every_millisecond_and_a_leg_sends_every_20() {
        let mut pacer = Pacer::new(us(5_000));
        assert_eq!(pacer.step(us(4_999)), None);
        for number in 0..60 {
            assert_eq!(pacer.next_due(), us(5_000 + 1_000 * number));
            let step = pacer.step(pacer.next_due()).unwrap();
            assert_eq!((step.tick, step.phase as u64), (number / 20, number % 20));
            assert!(!step.is_late() && step.skipped == 0 && step.lateness.is_zero());
        }
    }

    #[test]
    fn each_leg_sends_in_one_step_and_neighbours_far_apart() {
        let phase_of = |leg| {
            (0..STEPS as usize).filter(move |&phase| legs_of_step(phase, 100).any(|it| it == leg))
        };
        let phases: Vec<usize> = (0..100).flat_map(phase_of).collect();
        assert_eq!(phases.len(), 100);
        assert_eq!(phases[..4], [0, 7, 14, 1]);
        for phase in 0..STEPS as usize {
            assert_eq!(phases.iter().filter(|it| **it == phase).count(), 5);
        }
    }

    #[test]
    fn a_late_step_is_made_up_for_and_told() {
        let mut pacer = Pacer::new(us(0));
        let steps: Vec<Step> = std::iter::from_fn(|| pacer.step(us(3_400))).collect();
        assert_eq!(steps.iter().map(|step| step.phase).collect::<Vec<_>>(), [0, 1, 2, 3]);
        assert_eq!(steps.iter().filter(|step| step.is_late()).count(), 3);
        assert_eq!(steps.last().unwrap().lateness, us(400));
        assert_eq!(pacer.next_due(), us(4_000), "what came late delays nothing after it");
    }

    #[test]
    fn no_leg_ever_has_two_packets_to_send_at_once() {
        let mut pacer = Pacer::new(us(0));
        let steps: Vec<Step> = std::iter::from_fn(|| pacer.step(us(1_000_500))).collect();
        assert_eq!((steps.len(), steps[0].skipped), (20, 981));
        let mut phases: Vec<usize> = steps.iter().map(|step| step.phase).collect();
        phases.sort_unstable();
        assert_eq!(phases, (0..20).collect::<Vec<_>>());
        assert!(steps.iter().all(|step| step.lateness < us(20_000)));
    }
}
