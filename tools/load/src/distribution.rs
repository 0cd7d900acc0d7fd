//! How values are distributed: what a histogram becomes for people, JSON and plots.

use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};

/// Values are told apart to two significant digits.
const DIGITS: u8 = 2;

/// The largest value that is told apart; larger ones count as this: a minute in microseconds.
pub const VALUE_MAX: u64 = 60_000_000;

/// Bars of a distribution.
const BARS: u64 = 60;

/// A distribution of values in one unit, which the field that holds it names.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Distribution {
    /// How many values there are. Everything else is 0 without any.
    pub count: u64,
    /// Their mean.
    pub mean: f64,
    /// Half of the values are up to this.
    pub p50: f64,
    /// 90% of the values are up to this.
    pub p90: f64,
    /// 99% of the values are up to this.
    pub p99: f64,
    /// 99.9% of the values are up to this.
    pub p999: f64,
    /// The largest.
    pub max: f64,
    /// Bars of equal width from 0 to the 99.9th percentile, and one more for what is beyond.
    pub bars: Vec<Bar>,
}

/// One bar of a distribution.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub struct Bar {
    /// The values of this bar are up to this, and above that of the bar before.
    pub up_to: f64,
    /// How many values there are.
    pub count: u64,
}

/// Collects values in microseconds. Recording one allocates nothing.
#[derive(Clone, Debug)]
pub struct Collector(Histogram<u64>);

impl Default for Collector {
    fn default() -> Self {
        Self::new()
    }
}

impl Collector {
    /// A collector without values, with all the memory that it will need.
    #[must_use]
    pub fn new() -> Self {
        // Bounds and digits are constants within what the library takes; it tells so by an error.
        let bounded = Histogram::new_with_bounds(1, VALUE_MAX, DIGITS);
        Self(bounded.unwrap_or_else(|_| unreachable!("the bounds are constant and valid")))
    }

    /// Takes a value in.
    pub fn record(&mut self, microseconds: u64) {
        self.0.saturating_record(microseconds);
    }

    /// How many values there are.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The value that a share, from 0 to 1, of all values stays within, in microseconds.
    #[must_use]
    pub fn quantile(&self, share: f64) -> u64 {
        self.0.value_at_quantile(share)
    }

    /// The distribution in milliseconds.
    #[must_use]
    pub fn in_ms(&self) -> Distribution {
        self.scaled(1_000.0)
    }

    /// The distribution in microseconds.
    #[must_use]
    pub fn in_us(&self) -> Distribution {
        self.scaled(1.0)
    }

    fn scaled(&self, microseconds: f64) -> Distribution {
        if self.is_empty() {
            return Distribution::default();
        }
        let scaled = |value: u64| value as f64 / microseconds;
        let quantile = |share| scaled(self.quantile(share));
        Distribution {
            count: self.len(),
            mean: self.0.mean() / microseconds,
            p50: quantile(0.5),
            p90: quantile(0.9),
            p99: quantile(0.99),
            p999: quantile(0.999),
            max: scaled(self.0.max()),
            bars: self
                .bars()
                .into_iter()
                .map(|(up_to, count)| Bar { up_to: scaled(up_to), count })
                .collect(),
        }
    }

    fn bars(&self) -> Vec<(u64, u64)> {
        let end = self.quantile(0.999).max(BARS);
        let width = end.div_ceil(BARS);
        let mut bars: Vec<(u64, u64)> = (1..=BARS).map(|bar| (bar * width, 0)).collect();
        let mut beyond = 0;
        for value in self.0.iter_recorded() {
            let bar = value.value_iterated_to().saturating_sub(1) / width;
            match bars.get_mut(bar as usize) {
                Some((_, count)) => *count += value.count_since_last_iteration(),
                None => beyond += value.count_since_last_iteration(),
            }
        }
        bars.push((self.0.max().max(BARS * width), beyond));
        bars
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_distribution_tells_its_quantiles_in_the_unit_asked_for() {
        let mut collector = Collector::new();
        for value in 1..=1_000 {
            collector.record(value * 10);
        }
        let ms = collector.in_ms();
        assert_eq!(ms.count, 1_000);
        let close = |value: f64, to: f64| assert!((value - to).abs() < to * 0.02, "{value} {to}");
        close(ms.mean, 5.0);
        close(ms.p50, 5.0);
        close(ms.p99, 9.9);
        close(ms.max, 10.0);
        close(collector.in_us().p50, 5_000.0);
    }

    #[test]
    fn bars_hold_every_value_once() {
        let mut collector = Collector::new();
        for value in [0, 1, 5, 7_777, 20_000, 20_001, VALUE_MAX * 2] {
            collector.record(value);
        }
        let distribution = collector.in_us();
        assert_eq!(distribution.bars.iter().map(|bar| bar.count).sum::<u64>(), 7);
        assert!(distribution.bars.windows(2).all(|pair| pair[0].up_to <= pair[1].up_to));
        assert_eq!(distribution.bars.len() as u64, BARS + 1);
    }

    #[test]
    fn without_values_everything_is_zero() {
        assert_eq!(Collector::new().in_ms(), Distribution::default());
    }
}
