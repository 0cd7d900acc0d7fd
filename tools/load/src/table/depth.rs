//! How thoroughly a table is made: to know the figures, or to see quickly that half of each goal holds.

use std::time::{Duration, Instant};

use super::Goal;

use crate::ramp::RampSettings;

/// All of a quick table must be done by then.
pub const QUICK_TIME: Duration = Duration::from_secs(50);

/// What is kept of it for stopping the last server and writing the report.
const CLOSING_TIME: Duration = Duration::from_secs(6);

/// What a row takes at least, in a quick table.
const ROW_TIME_MIN: Duration = Duration::from_secs(3);

/// What is still to be done in a quick table once a row's capacity is known, when nothing has to be tried again. Only
/// what is left beyond that may be spent on trying again.
const fn time_after(goal: Goal) -> Duration {
    Duration::from_millis(match goal {
        Goal::G711Room => 34_000,
        Goal::G711Rooms => 18_500,
        Goal::OpusRoom => 13_000,
        Goal::Browsers => 5_000,
        _ => 0,
    })
}

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
    /// How often a measurement is made while others take time of the cores.
    pub looks: u32,
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
            settle: Duration::from_millis(2_500),
            measure: Duration::from_secs(5),
            measure_latency: Duration::from_secs(8),
            looks: 2,
            watch: Duration::from_secs(3),
            sip_rate: 400.0,
            browser_rate: 120.0,
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
            measure_latency: Duration::from_millis(2_300),
            looks: 1,
            watch: Duration::from_millis(800),
            sip_rate: 800.0,
            browser_rate: 300.0,
            deadline: Some(Instant::now() + QUICK_TIME - CLOSING_TIME),
        }
    }

    /// Whether there is time for one more row.
    #[must_use]
    pub fn has_time(&self) -> bool {
        self.time_left() > ROW_TIME_MIN
    }

    /// How a row's capacity is searched for.
    #[must_use]
    pub fn ramp(&self, row: Goal) -> RampSettings {
        let goal = row.legs();
        let half = goal / 2;
        // Half of a goal holds or it doesn't: there is no time to find out what does.
        let resolution = if self.quick { half } else { goal / 50 };
        let later = if self.quick { time_after(row) } else { Duration::ZERO };
        RampSettings {
            first: half,
            step: (goal / 10).max(1),
            resolution: resolution.max(1),
            bounds: row.bounds(),
            settle: self.settle,
            measure: self.measure,
            time_max: self.time_left().saturating_sub(later),
            server_cores: Some(1),
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

/// What the search for a row's capacity may take in a whole table, which is to be done within a quarter of an hour.
const ROW_TIME_MAX: Duration = Duration::from_secs(180);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quick_table_asks_for_half_and_a_whole_one_goes_beyond() {
        let quick = Depth::quick();
        assert_eq!((quick.ramp(Goal::G711Room).first, quick.legs_max(3_000)), (1_500, 1_500));
        assert_eq!(quick.ramp(Goal::G711Room).resolution, 1_500, "it doesn't close in");
        assert!(quick.has_time());
        let full = Depth::full();
        assert_eq!((full.ramp(Goal::OpusRooms).first, full.legs_max(700)), (350, 1_050));
        assert_eq!(full.ramp(Goal::OpusRooms).step, 70);
        assert_eq!(full.ramp(Goal::G711Room).time_max, ROW_TIME_MAX);
    }

    #[test]
    fn a_quick_table_leaves_time_for_the_rows_to_come() {
        let quick = Depth::quick();
        let first = quick.ramp(Goal::G711Room).time_max;
        let last = quick.ramp(Goal::OpusRooms).time_max;
        assert!(
            first > Duration::from_secs(5) && last > Duration::from_secs(40),
            "{first:?} {last:?}"
        );
    }
}
