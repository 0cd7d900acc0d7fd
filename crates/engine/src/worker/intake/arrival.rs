//! When a datagram came, by the clock that the worker runs by.

use std::time::Duration;

use audio::TICK;

use crate::worker::reporting::Moment;

/// Places the kernel's times of arrival on the worker's clock.
pub(crate) struct ArrivalClock {
    at: Moment,
    /// The wall clock's time at the same moment, if the kernel's times are to be used.
    wall_now: Option<Duration>,
}

impl ArrivalClock {
    /// For a sub-tick at `at`, when it is `wall_now` by the wall clock.
    pub(crate) fn new(at: Moment, wall_now: Option<Duration>) -> Self {
        Self { at, wall_now }
    }

    /// When a datagram came that the kernel took in at `received_at` by the wall clock; the present, however late
    /// that is, if it is not known.
    pub(crate) fn moment(&self, received_at: Option<Duration>) -> Moment {
        let Some((moment, wall)) = received_at.zip(self.wall_now) else { return self.at };
        Moment { now: shift(self.at.now, moment, wall), late_by: Duration::ZERO, ..self.at }
    }
}

/// The monotonic time of a moment of the wall clock, given both for the present. A moment more
/// than a tick away is not believed: the wall clock has been set.
fn shift(now: Duration, moment: Duration, wall_now: Duration) -> Duration {
    let difference = wall_now.abs_diff(moment);
    match (difference > TICK, moment < wall_now) {
        (true, _) => now,
        (false, true) => now.saturating_sub(difference),
        (false, false) => now.saturating_add(difference),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrival_is_placed_on_the_monotonic_clock_unless_the_wall_was_set() {
        let ms = Duration::from_millis;
        assert_eq!(shift(ms(500), ms(9_997), ms(10_000)), ms(497));
        assert_eq!(shift(ms(500), ms(10_001), ms(10_000)), ms(501));
        assert_eq!(shift(ms(500), ms(3_000), ms(10_000)), ms(500));
        assert_eq!(shift(ms(500), ms(60_000), ms(10_000)), ms(500));
    }
}
