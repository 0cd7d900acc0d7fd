//! How long a worker's turns take: counted by the worker in buckets, read by anybody.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// The longest times that fall into each bucket but the last, which takes all that are longer. A
/// turn comes every 5 ms; one that takes more makes the next late, and 20 ms a tick be skipped.
pub const TICK_TIME_BOUNDS: [Duration; 15] = {
    const fn us(microseconds: u64) -> Duration {
        Duration::from_micros(microseconds)
    }
    [
        us(50),
        us(100),
        us(200),
        us(400),
        us(700),
        us(1_000),
        us(1_500),
        us(2_000),
        us(2_500),
        us(3_000),
        us(4_000),
        us(5_000),
        us(7_500),
        us(10_000),
        us(20_000),
    ]
};

const BUCKETS: usize = TICK_TIME_BOUNDS.len() + 1;

/// How long quantiles and the longest are of.
const WINDOW: Duration = Duration::from_secs(5);

/// How long a worker's turns took: in all, and in the last 5 s that are over.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TickTimes {
    /// Turns since the start, by the bucket of their time: see [`TICK_TIME_BOUNDS`].
    pub buckets: [u64; BUCKETS],
    /// All of their time together.
    pub sum: Duration,
    /// Half of the turns of the last 5 s took at most so long, by the bounds of the buckets.
    pub p50: Duration,
    /// 99 % of them.
    pub p99: Duration,
    /// The longest of them, exactly.
    pub max: Duration,
}

/// Counts on the worker.
#[derive(Debug, Default)]
pub(crate) struct TickClock {
    times: TickTimes,
    /// The buckets at the beginning of the present window, when that is, and the longest since.
    before: [u64; BUCKETS],
    begun_at: Duration,
    longest: Duration,
}

impl TickClock {
    pub(crate) fn new(start: Duration) -> Self {
        Self { begun_at: start, ..Self::default() }
    }

    /// Counts what was worked until `now`; gives all so far.
    pub(crate) fn note(&mut self, now: Duration, worked: Duration) -> &TickTimes {
        let bucket = TICK_TIME_BOUNDS.partition_point(|&bound| bound < worked);
        self.times.buckets[bucket] += 1;
        self.times.sum = self.times.sum.saturating_add(worked);
        self.longest = self.longest.max(worked);
        if now.saturating_sub(self.begun_at) >= WINDOW {
            self.end_window(now);
        }
        &self.times
    }

    fn end_window(&mut self, now: Duration) {
        let Self { times, before, begun_at, longest } = self;
        let window: [u64; BUCKETS] = std::array::from_fn(|n| times.buckets[n] - before[n]);
        times.p50 = quantile(&window, 0.5).min(*longest);
        times.p99 = quantile(&window, 0.99).min(*longest);
        times.max = std::mem::take(longest);
        (*before, *begun_at) = (times.buckets, now);
    }
}

/// The bound that so large a share of what is in `buckets` does not exceed.
fn quantile(buckets: &[u64; BUCKETS], share: f64) -> Duration {
    let wanted = (buckets.iter().sum::<u64>() as f64 * share).ceil() as u64;
    let mut passed = 0;
    let bucket = buckets.iter().position(|count| {
        passed += count;
        passed >= wanted
    });
    bucket.and_then(|n| TICK_TIME_BOUNDS.get(n)).copied().unwrap_or(Duration::MAX)
}

/// What a worker has counted, for others to read. Each figure is right; together they may be a
/// little apart.
#[derive(Debug, Default)]
pub(crate) struct SharedTickTimes {
    buckets: [AtomicU64; BUCKETS],
    sum_ns: AtomicU64,
    p50_ns: AtomicU64,
    p99_ns: AtomicU64,
    max_ns: AtomicU64,
}

impl SharedTickTimes {
    pub(crate) fn publish(&self, times: &TickTimes) {
        for (shared, count) in self.buckets.iter().zip(times.buckets) {
            shared.store(count, Ordering::Relaxed);
        }
        let store = |shared: &AtomicU64, time: Duration| {
            shared.store(u64::try_from(time.as_nanos()).unwrap_or(u64::MAX), Ordering::Relaxed);
        };
        store(&self.sum_ns, times.sum);
        store(&self.p50_ns, times.p50);
        store(&self.p99_ns, times.p99);
        store(&self.max_ns, times.max);
    }

    pub(crate) fn get(&self) -> TickTimes {
        let load = |shared: &AtomicU64| Duration::from_nanos(shared.load(Ordering::Relaxed));
        TickTimes {
            buckets: std::array::from_fn(|n| self.buckets[n].load(Ordering::Relaxed)),
            sum: load(&self.sum_ns),
            p50: load(&self.p50_ns),
            p99: load(&self.p99_ns),
            max: load(&self.max_ns),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn us(microseconds: u64) -> Duration {
        Duration::from_micros(microseconds)
    }

    #[test]
    fn turns_are_counted_by_how_long_they_took() {
        let mut clock = TickClock::new(Duration::ZERO);
        for worked in [0, 50, 51, 5_000, 5_001, 1_000_000] {
            clock.note(Duration::ZERO, us(worked));
        }
        let TickTimes { buckets, sum, p50, .. } = clock.times;
        assert_eq!(
            (buckets[0], buckets[1], buckets[11], buckets[12], buckets[15]),
            (2, 1, 1, 1, 1)
        );
        assert_eq!((sum, p50), (us(1_010_102), Duration::ZERO), "no window is over yet");
    }

    #[test]
    fn quantiles_are_of_the_window_that_is_over() {
        let mut clock = TickClock::new(Duration::ZERO);
        let mut now = Duration::ZERO;
        let mut window = |clock: &mut TickClock, usual, rare| {
            for turn in 0..1_000 {
                now += us(5_000);
                clock.note(now, us(if turn % 50 == 0 { rare } else { usual }));
            }
            let TickTimes { p50, p99, max, .. } = clock.times;
            (p50, p99, max)
        };
        assert_eq!(window(&mut clock, 300, 6_000), (us(400), us(6_000), us(6_000)));
        assert_eq!(window(&mut clock, 90, 90), (us(90), us(90), us(90)), "the past is forgotten");
        assert_eq!(window(&mut clock, 1_200, 30_000), (us(1_500), us(30_000), us(30_000)));
    }

    #[test]
    fn what_is_published_is_read() {
        let mut clock = TickClock::new(Duration::ZERO);
        clock.note(WINDOW, us(123));
        let shared = SharedTickTimes::default();
        shared.publish(&clock.times);
        assert_eq!(shared.get(), clock.times);
        assert_eq!(shared.get().max, us(123));
    }
}
