//! How busy a worker is: measured by the worker, read by the control side.
//!
//! The load is the share of time that a worker spends working, the time of skipped turns included: a
//! worker that could not come to its turn is not idle. It is smoothed, and so is the number of legs,
//! by the very same filter: the one over the other is then what a leg costs, and the legs that the
//! control side knows beyond those are the ones that the measurement has not felt yet.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::schedule::SUB_TICK;
use crate::stats::Counts;

/// Over how long the load is smoothed.
const SMOOTHING: Duration = Duration::from_secs(1);

/// What was measured of a worker last.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Measured {
    /// The share of time that it works: 0 is idle, 1 all that there is, more what it can't do.
    pub(crate) load: f32,
    /// The legs by which that was caused.
    pub(crate) legs: f32,
}

/// Measures on the worker.
#[derive(Debug, Default)]
pub(crate) struct LoadMeter {
    /// When it last measured, and what had been used and missed by then.
    at: Duration,
    cpu: Duration,
    skipped: u64,
    measured: Measured,
}

impl LoadMeter {
    /// Begins at `start`, with nothing used.
    pub(crate) fn new(start: Duration) -> Self {
        Self { at: start, ..Self::default() }
    }

    /// Takes the time that the worker has used since its start, as of `now`, and gives its load.
    pub(crate) fn note(&mut self, now: Duration, cpu: Duration, counts: &Counts) -> Measured {
        let passed = now.saturating_sub(self.at);
        if passed.is_zero() {
            return self.measured;
        }
        let skipped = counts.sub_ticks_skipped.saturating_sub(self.skipped);
        let missed = SUB_TICK.saturating_mul(u32::try_from(skipped).unwrap_or(u32::MAX));
        // More than a period can't have been missed in it.
        let busy = cpu.saturating_sub(self.cpu).saturating_add(missed.min(passed));
        let weight = passed.as_secs_f32() / (SMOOTHING + passed).as_secs_f32();
        let Measured { load, legs } = &mut self.measured;
        *load += weight * (busy.as_secs_f32() / passed.as_secs_f32() - *load);
        *legs += weight * (counts.legs as f32 - *legs);
        (self.at, self.cpu, self.skipped) = (now, cpu, counts.sub_ticks_skipped);
        self.measured
    }
}

/// What a worker has measured, for others to read: both figures of one moment.
#[derive(Debug, Default)]
pub(crate) struct SharedLoad(AtomicU64);

impl SharedLoad {
    pub(crate) fn publish(&self, Measured { load, legs }: Measured) {
        let bits = u64::from(load.to_bits()) << 32 | u64::from(legs.to_bits());
        self.0.store(bits, Ordering::Relaxed);
    }

    pub(crate) fn get(&self) -> Measured {
        let bits = self.0.load(Ordering::Relaxed);
        Measured { load: f32::from_bits((bits >> 32) as u32), legs: f32::from_bits(bits as u32) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Has a worker with so many legs work for a share of each 5 ms.
    fn work(meter: &mut LoadMeter, seconds: u32, share: f32, counts: &Counts) -> Measured {
        let mut measured = meter.measured;
        for _ in 0..seconds * 200 {
            let cpu = meter.cpu + SUB_TICK.mul_f32(share);
            measured = meter.note(meter.at + SUB_TICK, cpu, counts);
        }
        measured
    }

    #[test]
    fn the_load_is_the_share_of_time_and_takes_about_a_second_to_show() {
        let mut meter = LoadMeter::new(Duration::from_secs(9));
        let counts = Counts { legs: 100, ..Counts::default() };
        let soon = work(&mut meter, 1, 0.5, &counts);
        assert!((0.28..0.35).contains(&soon.load), "{soon:?}");
        assert!((soon.legs / 200.0 - soon.load).abs() < 0.01, "both by one filter: {soon:?}");
        let late = work(&mut meter, 6, 0.5, &counts);
        assert!((late.load - 0.5).abs() < 0.01 && (late.legs - 100.0).abs() < 1.0, "{late:?}");
        let idle = work(&mut meter, 6, 0.0, &Counts::default());
        assert!(idle.load < 0.01 && idle.legs < 1.0, "{idle:?}");
    }

    #[test]
    fn turns_that_were_skipped_are_time_that_was_not_there() {
        let mut meter = LoadMeter::new(Duration::ZERO);
        let mut counts = Counts::default();
        for second in 1..=8 {
            counts.sub_ticks_skipped += 180;
            meter.note(Duration::from_secs(second), Duration::ZERO, &counts);
        }
        assert!((meter.measured.load - 0.9).abs() < 0.05, "{:?}", meter.measured);
        counts.sub_ticks_skipped = u64::MAX;
        let measured = meter.note(Duration::from_secs(9), Duration::from_secs(1), &counts);
        assert!(measured.load < 2.0, "{measured:?}");
    }

    #[test]
    fn a_clock_that_stands_still_or_goes_back_measures_nothing() {
        let mut meter = LoadMeter::new(Duration::from_secs(5));
        for now in [5, 4, 0].map(Duration::from_secs) {
            let measured = meter.note(now, Duration::from_secs(1), &Counts::default());
            assert_eq!(measured, Measured::default());
        }
    }

    #[test]
    fn what_is_published_is_read() {
        let (shared, measured) = (SharedLoad::default(), Measured { load: 0.75, legs: 1_234.5 });
        assert_eq!(shared.get(), Measured::default());
        shared.publish(measured);
        assert_eq!(shared.get(), measured);
    }
}
