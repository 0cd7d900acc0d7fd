//! How thoroughly a table is made: to know the figures, or to see quickly that half of each goal holds.

use std::time::{Duration, Instant};

use crate::ramp::RampSettings;
use crate::result::Bounds;

/// All of a quick table must be done by then.
pub const QUICK_TIME: Duration = Duration::from_secs(50);

/// What is kept of it for stopping the last server and writing the report.
const CLOSING_TIME: Duration = Duration::from_secs(4);

/// What a row takes at least, in a quick table.
const ROW_TIME_MIN: Duration = Duration::from_secs(5);

/// How thoroughly a table is made.
#[derive(Clone, Copy, Debug)]
pub struct Depth {
    /// Whether half of each goal is enough.
    pub quick: bool,
    /// How long those who have just come are let be before they are measured.
    pub settle: Duration,
    /// How long each step is measured where sound is to return.
    pub measure: Duration,
    /// How long each step is measured where latency is to be known: long enough for each of three talkers to chirp, and
    /// to be heard.
    pub measure_latency: Duration,
    /// How long processor time is watched where nothing else is.
    pub watch: Duration,
    /// Calls by SIP placed a second.
    pub sip_rate: f64,
    /// Browser sessions opened a second.
    pub browser_rate: f64,
    deadline: Option<Instant>,
}

impl Depth {
    /// A whole table.
    #[must_use]
    pub fn full() -> Self {
        Self {
            quick: false,
            settle: Duration::from_secs(1),
            measure: Duration::from_secs(6),
            measure_latency: Duration::from_secs(10),
            watch: Duration::from_secs(5),
            sip_rate: 150.0,
            browser_rate: 80.0,
            deadline: None,
        }
    }

    /// A table of half the goals, which is done in time.
    #[must_use]
    pub fn quick() -> Self {
        Self {
            quick: true,
            settle: Duration::from_millis(500),
            measure: Duration::from_millis(1_700),
            measure_latency: Duration::from_millis(2_800),
            watch: Duration::from_millis(800),
            sip_rate: 600.0,
            browser_rate: 300.0,
            deadline: Some(Instant::now() + QUICK_TIME - CLOSING_TIME),
        }
    }

    /// Whether there is time for one more row.
    #[must_use]
    pub fn has_time(&self) -> bool {
        self.time_left() > ROW_TIME_MIN
    }

    /// How a row's capacity is searched for, in which this many legs are the goal.
    #[must_use]
    pub fn ramp(&self, goal: usize) -> RampSettings {
        let half = goal / 2;
        // Half of a goal holds or it doesn't: there is no time to find out what does.
        let resolution = if self.quick { half } else { goal / 50 };
        RampSettings {
            first: half,
            step: (goal / 10).max(1),
            resolution: resolution.max(1),
            bounds: Bounds::default(),
            settle: self.settle,
            measure: self.measure,
            time_max: self.time_left(),
        }
    }

    /// As many legs as a search goes to.
    #[must_use]
    pub fn legs_max(&self, goal: usize) -> usize {
        if self.quick { goal / 2 } else { goal * 3 / 2 }
    }

    fn time_left(&self) -> Duration {
        let left = |deadline: Instant| deadline.saturating_duration_since(Instant::now());
        self.deadline.map_or(ROW_TIME_MAX, left)
    }
}

/// What a row may take in a whole table.
const ROW_TIME_MAX: Duration = Duration::from_secs(600);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quick_table_asks_for_half_and_a_whole_one_goes_beyond() {
        let quick = Depth::quick();
        assert_eq!((quick.ramp(3_000).first, quick.legs_max(3_000)), (1_500, 1_500));
        assert_eq!(quick.ramp(3_000).resolution, 1_500, "it doesn't close in");
        assert!(quick.has_time());
        let full = Depth::full();
        assert_eq!((full.ramp(700).first, full.legs_max(700)), (350, 1_050));
        assert_eq!(full.ramp(700).step, 70);
    }
}
