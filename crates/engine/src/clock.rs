//! The clocks that workers are given their time from.

use std::time::Duration;

use nix::time::{ClockId, clock_gettime};

/// The time by which workers run: since boot, never set back.
pub(crate) fn monotonic() -> Duration {
    time_of(ClockId::CLOCK_MONOTONIC)
}

/// The wall clock, as time since the Unix epoch.
pub(crate) fn wall() -> Duration {
    time_of(ClockId::CLOCK_REALTIME)
}

/// Processor time that the calling thread has used.
pub(crate) fn thread_cpu() -> Duration {
    time_of(ClockId::CLOCK_THREAD_CPUTIME_ID)
}

fn time_of(clock: ClockId) -> Duration {
    // These clocks exist on every Linux; without one, time stands still rather than panics.
    clock_gettime(clock).map_or(Duration::ZERO, Duration::from)
}
