//! Whether a worker takes another leg: by its measured load, before anybody suffers.
//!
//! A measurement comes late: a leg that was let in is felt after about a second, and one that is only
//! reserved, for a phone that rings, is not felt at all. So what is judged is the load that all legs
//! let in so far *will* cause, at what a leg is measured to cost. A burst of hundreds is stopped in
//! its midst by that, long before it can be measured.

use super::{Engine, WorkerRecord};
use crate::load::Measured;
use crate::{Counts, WorkerStats};

/// How far the load must sink below its limit until legs are taken again, so that a worker at its
/// limit does not change its mind with every leg.
const RELIEF: f32 = 0.05;

/// What a leg is taken to cost while too few are there to tell: between a phone's share of a worker
/// and an Opus talker's.
const COST_ASSUMED: f32 = 1.0 / 1_000.0;

/// By how many measured legs that assumption is outweighed.
const LEGS_ASSUMED: f32 = 50.0;

/// Loads that differ by less than this are alike when the least loaded worker is looked for: else
/// chance would decide, and not the legs.
const LOAD_STEP: f32 = 0.05;

/// Whether a leg adds to the load.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Newness {
    /// It does.
    New,
    /// It doesn't: it comes in the place of another, which is about to leave.
    Again,
}

/// What is remembered for judging a worker.
#[derive(Debug)]
pub(super) struct Gate {
    load_max: f32,
    is_shut: bool,
}

impl Gate {
    pub(super) fn new(load_max: f32) -> Self {
        Self { load_max, is_shut: false }
    }

    /// Whether one more is let in beside `legs` that were.
    fn admits(&mut self, measured: Measured, legs: usize) -> bool {
        let limit = if self.is_shut { self.load_max - RELIEF } else { self.load_max };
        self.is_shut = self.load_max < 1.0 && expected_load(measured, legs + 1) > limit;
        !self.is_shut
    }
}

/// The load of a worker once all `legs` are felt that were let in.
fn expected_load(measured: Measured, legs: usize) -> f32 {
    let cost = (COST_ASSUMED * LEGS_ASSUMED + measured.load) / (LEGS_ASSUMED + measured.legs);
    measured.load + cost * (legs as f32 - measured.legs).max(0.0)
}

impl WorkerRecord {
    /// Whether the worker's load allows for another leg.
    pub(super) fn admits(&mut self) -> bool {
        self.gate.admits(self.link.figures.load.get(), self.link.legs.taken())
    }

    /// The worker's load, its legs and its rooms, by which the least loaded one is found.
    pub(super) fn burden(&self) -> (u32, usize, usize) {
        let legs = self.link.legs.taken();
        let load = expected_load(self.link.figures.load.get(), legs);
        ((load / LOAD_STEP) as u32, legs, self.link.rooms.taken())
    }

    pub(super) fn stats(&self) -> WorkerStats {
        let figures = &self.link.figures;
        let mut counts = Counts::default();
        figures.counts.add_to(&mut counts);
        WorkerStats {
            counts,
            load: figures.load.get().load,
            tick_times: figures.tick_times.get(),
            is_overloaded: self.gate.is_shut,
        }
    }
}

impl Engine {
    /// Whether every worker is so busy that [`reserve`](Self::reserve) and
    /// [`reserve_browser`](Self::reserve_browser) would refuse as
    /// [`Overloaded`](crate::EngineError::Overloaded): for whoever wants to know beforehand.
    pub fn is_overloaded(&mut self) -> bool {
        !self.workers.iter_mut().any(WorkerRecord::admits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const fn measured(load: f32, legs: f32) -> Measured {
        Measured { load, legs }
    }

    /// How many legs are let in at once.
    fn burst(gate: &mut Gate, measured: Measured, there: usize) -> usize {
        (there..there + 100_000).take_while(|&legs| gate.admits(measured, legs)).count()
    }

    #[test]
    fn a_worker_at_its_limit_takes_no_leg_until_its_load_has_sunk_for_good() {
        let mut gate = Gate::new(0.85);
        assert!(gate.admits(measured(0.84, 2_000.0), 2_000));
        assert!(!gate.admits(measured(0.86, 2_000.0), 2_000));
        assert!(!gate.admits(measured(0.82, 2_000.0), 2_000), "it has sunk a little");
        assert!(gate.admits(measured(0.79, 2_000.0), 2_000));
        assert!(gate.admits(measured(0.84, 2_000.0), 2_000), "and may rise again");
    }

    #[test]
    fn a_burst_is_stopped_before_it_is_measured() {
        let mut gate = Gate::new(0.85);
        let let_in = burst(&mut gate, measured(0.75, 2_000.0), 2_000);
        let costs = 0.75 / 2_000.0;
        let load = 0.75 + let_in as f32 * costs;
        assert!((0.84..=0.85).contains(&load), "{let_in} legs make a load of {load}");
        let mut gate = Gate::new(0.85);
        let let_in = burst(&mut gate, measured(0.01, 0.0), 0);
        assert!((500..1_000).contains(&let_in), "an idle worker takes hundreds at once: {let_in}");
    }

    #[test]
    fn a_limit_of_one_is_none() {
        assert!(Gate::new(1.0).admits(measured(3.0, 10.0), 10_000));
    }

    proptest! {
        /// Whatever was measured, no burst is let in that would exceed the limit at the measured cost.
        #[test]
        fn no_burst_exceeds_the_limit(load in 0.0..1.2f32, legs in 0.0..5_000.0f32, more in 0..500usize) {
            let mut gate = Gate::new(0.85);
            let there = legs as usize + more;
            let let_in = burst(&mut gate, measured(load, legs), there);
            prop_assert!(let_in < 100_000);
            if let_in > 0 {
                prop_assert!(expected_load(measured(load, legs), there + let_in) <= 0.85);
            }
        }
    }
}
