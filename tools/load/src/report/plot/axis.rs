//! An axis with ticks at round values.

use crate::report::numbers::figure;

/// The most steps between the ends of an axis.
const STEPS_MAX: f64 = 6.0;

/// From zero to a round value.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Axis {
    step: f64,
    steps: usize,
}

impl Axis {
    /// From zero to the first round value that is not below `max`. Of what is no positive number, zero to one.
    pub(super) fn from_zero(max: f64) -> Self {
        let max = if max.is_finite() && max > 0.0 { max } else { 1.0 };
        let step = round_step(max / STEPS_MAX);
        let steps = (max / step - 1e-9).ceil().max(1.0) as usize;
        Self { step, steps }
    }

    /// The value at its end.
    pub(super) fn end(&self) -> f64 {
        self.tick(self.steps)
    }

    /// Where a value lies, from 0 to 1. What is beyond an end lies at it.
    pub(super) fn place(&self, value: f64) -> f64 {
        (value / self.end()).clamp(0.0, 1.0)
    }

    /// The round values, both ends included.
    pub(super) fn ticks(&self) -> impl Iterator<Item = f64> + '_ {
        (0..=self.steps).map(|index| self.tick(index))
    }

    /// How a round value is written: with as many decimals as tell it from its neighbours.
    pub(super) fn label(&self, tick: f64) -> String {
        let decimals = (-self.step.log10() + 0.7).floor().clamp(0.0, 6.0) as usize;
        if decimals == 0 { figure(tick.round()) } else { format!("{tick:.decimals$}") }
    }

    fn tick(&self, index: usize) -> f64 {
        self.step * index as f64
    }
}

/// The smallest of 1, 2, 5, 10, 20, … that is not below `step`, at any power of ten.
fn round_step(step: f64) -> f64 {
    let power = 10f64.powf(step.log10().floor());
    let digit = step / power;
    let round = [1.0, 2.0, 5.0].into_iter().find(|round| digit <= round + 1e-9);
    round.unwrap_or(10.0) * power
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(max: f64) -> Vec<String> {
        let axis = Axis::from_zero(max);
        axis.ticks().map(|tick| axis.label(tick)).collect()
    }

    #[test]
    fn ticks_are_round_and_reach_to_the_largest_value() {
        assert_eq!(labels(34.2), ["0", "10", "20", "30", "40"]);
        assert_eq!(labels(3_000.0), ["0", "500", "1,000", "1,500", "2,000", "2,500", "3,000"]);
        assert_eq!(labels(0.1), ["0.00", "0.02", "0.04", "0.06", "0.08", "0.10"]);
        assert_eq!(labels(1.0), ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
    }

    #[test]
    fn what_is_no_size_gives_an_axis_all_the_same() {
        for max in [0.0, -3.0, f64::NAN, f64::INFINITY] {
            assert_eq!(Axis::from_zero(max).end(), 1.0);
        }
        for max in [1e-9, 1e12] {
            assert!(Axis::from_zero(max).end() >= max);
            assert!(labels(max).len() <= 8);
        }
    }

    #[test]
    fn values_lie_in_proportion_and_never_outside() {
        let axis = Axis::from_zero(40.0);
        assert_eq!([-1.0, 0.0, 10.0, 40.0, 1e9].map(|v| axis.place(v)), [0.0, 0.0, 0.25, 1.0, 1.0]);
    }
}
