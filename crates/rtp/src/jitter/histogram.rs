//! The distribution of delays, in which the older count less: what a playout delay is chosen from.
//!
//! After NetEQ of WebRTC (`modules/audio_coding/neteq/histogram.cc`, `underrun_optimizer.cc`): what is entered is
//! the longest delay of each half second, so that a percentile of it says in how many half seconds something comes
//! too late, and not how many packets; recurring spikes weigh as much as they are heard.

/// Upper edges of the buckets, in milliseconds; what is longer falls into one more.
const EDGES_MS: [u16; 31] = [
    1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 18, 22, 26, 30, 35, 40, 45, 50, 55, 60, 70, 80, 90, 100, 115,
    130, 150, 170, 200, 240, 300,
];

const BUCKETS: usize = EDGES_MS.len() + 1;

/// All of the weight.
const ONE: u16 = 1 << 15;

/// Each entry takes one part in so many of the weight from all before it: they are forgotten within half a minute.
const FORGET: u16 = 48;

/// The share of entries that may be longer than what is chosen: the 95th percentile.
const LONGER_MAX: u16 = ONE / 20;

/// Where the entries lie, as weights that sum to [`ONE`].
#[derive(Clone, Debug)]
pub(super) struct Histogram {
    weights: [u16; BUCKETS],
}

impl Histogram {
    /// Nothing is known yet, which is taken for no delay at all.
    pub(super) fn new() -> Self {
        let mut weights = [0; BUCKETS];
        weights[0] = ONE;
        Self { weights }
    }

    /// Enters a delay, in microseconds.
    pub(super) fn enter(&mut self, delay_us: i64) {
        let mut kept = 0_u16;
        for weight in &mut self.weights {
            *weight = weight.saturating_sub(weight.div_ceil(FORGET));
            kept = kept.saturating_add(*weight);
        }
        let bucket =
            EDGES_MS.partition_point(|edge| i64::from(*edge).saturating_mul(1_000) < delay_us);
        if let Some(weight) = self.weights.get_mut(bucket) {
            *weight = weight.saturating_add(ONE.saturating_sub(kept));
        }
    }

    /// The delay that 95 % of the entries don't exceed, in microseconds; zero if that is the shortest
    /// that is told apart.
    pub(super) fn percentile_us(&self) -> i64 {
        let mut longer = 0_u16;
        for (weight, below) in self.weights.iter().rev().zip((0..BUCKETS).rev()) {
            longer = longer.saturating_add(*weight);
            if longer > LONGER_MAX {
                let edge = EDGES_MS.get(below).or(EDGES_MS.last());
                return if below == 0 {
                    0
                } else {
                    edge.map_or(0, |ms| i64::from(*ms).saturating_mul(1_000))
                };
            }
        }
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(delays_ms: impl IntoIterator<Item = i64>) -> Histogram {
        let mut histogram = Histogram::new();
        delays_ms.into_iter().for_each(|ms| histogram.enter(ms * 1_000));
        histogram
    }

    #[test]
    fn a_steady_delay_is_found_within_two_seconds_and_forgotten_in_a_minute_and_a_half() {
        assert_eq!(Histogram::new().percentile_us(), 0);
        assert_eq!(of([40; 4]).percentile_us(), 40_000);
        let mut histogram = of([40; 200]);
        let entries = (0..).take_while(|_| {
            histogram.enter(0);
            histogram.percentile_us() > 0
        });
        assert!((120..180).contains(&entries.count()), "half seconds");
    }

    #[test]
    fn one_spike_changes_nothing_and_recurring_ones_do() {
        assert_eq!(of([0, 0, 250, 0, 0]).percentile_us(), 0);
        let spikes = |every: i64| of((0..400).map(move |n| if n % every == 0 { 190 } else { 3 }));
        assert_eq!(spikes(60).percentile_us(), 3_000);
        assert_eq!(spikes(10).percentile_us(), 200_000);
    }

    #[test]
    fn delays_are_rounded_up_and_held() {
        for (delay_ms, percentile_ms) in [(0, 0), (1, 0), (2, 2), (9, 10), (41, 45), (9_999, 300)] {
            assert_eq!(of([delay_ms; 200]).percentile_us(), percentile_ms * 1_000);
        }
    }

    proptest! {
        #[test]
        fn the_weights_sum_to_one(delays: Vec<i64>) {
            let mut histogram = Histogram::new();
            for delay in delays {
                histogram.enter(delay);
                prop_assert_eq!(histogram.weights.iter().sum::<u16>(), ONE);
                prop_assert!((0..=300_000).contains(&histogram.percentile_us()));
            }
        }
    }
}
