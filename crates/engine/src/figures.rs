//! What one worker shows of itself, and what is told of it.

use crate::load::SharedLoad;
use crate::stats::{Counts, SharedCounts};
use crate::tick_times::{SharedTickTimes, TickTimes};

/// All that a worker shows of itself.
#[derive(Debug, Default)]
pub(crate) struct SharedFigures {
    pub(crate) counts: SharedCounts,
    pub(crate) load: SharedLoad,
    pub(crate) tick_times: SharedTickTimes,
}

/// The state of one worker, for metrics.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct WorkerStats {
    /// What it has counted.
    pub counts: Counts,
    /// The share of time that it works, smoothed over a second: 0 is idle, 1 all that there is.
    pub load: f32,
    /// How long its turns take.
    pub tick_times: TickTimes,
    /// Whether it takes no further leg until its load has sunk.
    pub is_overloaded: bool,
}
