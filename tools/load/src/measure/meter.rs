//! What is counted of all legs between the beginning and the end of a measurement. It is made and freed by the
//! control side; the media thread only fills it.

use std::time::Duration;

use super::Ear;
use super::stream::Counts;
use crate::distribution::Collector;
use crate::plan::{LegId, Plan};

/// Packets received of a leg between two looks at its jitter: a second's worth.
pub(crate) const JITTER_PACKETS: u32 = 50;

/// A measurement that nobody ends on time is counted on by the second so much longer.
const SPARE_SECONDS: u64 = 30;

/// A chirp that went out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct SentChirp {
    pub(crate) talker: LegId,
    /// When, in nanoseconds since the Unix epoch.
    pub(crate) at_ns: u64,
}

/// The counts of a leg.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct LegCounts {
    pub(crate) counts: Counts,
    /// Its smoothed interarrival jitter at the end, in microseconds.
    pub(crate) jitter_us: u64,
}

/// Counts of one second.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct SecondCounts {
    pub(crate) legs: u64,
    pub(crate) sent: u64,
    pub(crate) returned: u64,
    pub(crate) missing: u64,
}

/// Counts of all legs that are not kept by leg.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Totals {
    pub(crate) sent: u64,
    pub(crate) unsent: u64,
    pub(crate) rejected: u64,
    pub(crate) late_steps: u64,
    pub(crate) skipped_steps: u64,
}

/// One measurement.
pub(crate) struct Meter {
    /// From when to when, in nanoseconds since the Unix epoch.
    pub(crate) begun_ns: u64,
    pub(crate) ended_ns: u64,
    /// Processor time of the media thread at the beginning, and from then to the end.
    pub(crate) cpu_before: Duration,
    pub(crate) cpu: Duration,
    pub(crate) totals: Totals,
    seconds: Vec<SecondCounts>,
    pub(crate) jitter: Collector,
    /// How late steps began, and how late they would have begun by own work alone.
    pub(crate) lateness: Collector,
    pub(crate) own_lateness: Collector,
    pub(crate) ears: Vec<Ear>,
    chirps: Vec<SentChirp>,
    legs: Vec<LegCounts>,
    /// Legs that were there at the end.
    pub(crate) legs_at_end: usize,
}

impl Meter {
    /// All memory for a measurement of a plan, and these ears.
    pub(crate) fn new(plan: &Plan, ears: &[LegId]) -> Self {
        let request = plan.request();
        let seconds = request.duration.as_secs() + SPARE_SECONDS;
        // Each room chirps twice a second at most.
        let chirps_max = request.rooms * 2 * (seconds as usize + 1);
        Self {
            begun_ns: 0,
            ended_ns: 0,
            cpu_before: Duration::ZERO,
            cpu: Duration::ZERO,
            totals: Totals::default(),
            seconds: vec![SecondCounts::default(); seconds as usize],
            jitter: Collector::new(),
            lateness: Collector::new(),
            own_lateness: Collector::new(),
            ears: ears.iter().map(|leg| Ear::new(*leg, request.duration)).collect(),
            chirps: Vec::with_capacity(chirps_max),
            // A leg that leaves and comes again counts twice.
            legs: Vec::with_capacity(plan.legs() * 2),
            legs_at_end: 0,
        }
    }

    /// The second that a moment belongs to. What comes after the last one counts for it.
    pub(crate) fn second(&mut self, at_ns: u64) -> &mut SecondCounts {
        let second = (at_ns.saturating_sub(self.begun_ns) / 1_000_000_000) as usize;
        let last = self.seconds.len().saturating_sub(1);
        &mut self.seconds[second.min(last)]
    }

    /// The seconds that have begun until the end.
    pub(crate) fn seconds(&self) -> &[SecondCounts] {
        let lasted = self.ended_ns.saturating_sub(self.begun_ns).div_ceil(1_000_000_000) as usize;
        self.seconds.get(..lasted).unwrap_or(&self.seconds)
    }

    /// Notes that a chirp goes out.
    pub(crate) fn chirp(&mut self, chirp: SentChirp) {
        if self.chirps.len() < self.chirps.capacity() {
            self.chirps.push(chirp);
        }
    }

    pub(crate) fn chirps(&self) -> &[SentChirp] {
        &self.chirps
    }

    /// Notes the counts of a leg, at the end or when it leaves.
    pub(crate) fn leg(&mut self, leg: LegCounts) {
        if self.legs.len() < self.legs.capacity() {
            self.legs.push(leg);
        }
    }

    pub(crate) fn legs(&self) -> &[LegCounts] {
        &self.legs
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Request;

    #[test]
    fn a_measurement_has_the_seconds_that_it_lasted() {
        let request = Request { duration: Duration::from_secs(2), ..Request::default() };
        let mut meter = Meter::new(&Plan::new(request).unwrap(), &[]);
        meter.begun_ns = 5_000_000_000;
        meter.second(6_100_000_000).returned += 3;
        meter.second(4_000_000_000).returned += 1;
        meter.second(u64::MAX).returned += 7;
        meter.ended_ns = 7_000_000_001;
        let returned: Vec<u64> = meter.seconds().iter().map(|second| second.returned).collect();
        assert_eq!(returned, [1, 3, 0]);
        meter.ended_ns = u64::MAX;
        assert_eq!(meter.seconds().len(), 32);
    }

    #[test]
    fn nothing_grows() {
        let mut meter = Meter::new(&Plan::new(Request::default()).unwrap(), &[]);
        let before = (meter.chirps.capacity(), meter.legs.capacity());
        for _ in 0..1_000 {
            meter.chirp(SentChirp { talker: LegId(0), at_ns: 0 });
            meter.leg(LegCounts { counts: Counts::default(), jitter_us: 0 });
        }
        assert_eq!((meter.chirps.capacity(), meter.legs.capacity()), before);
    }
}
