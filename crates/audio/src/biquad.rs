//! A filter of two poles and two zeros, of which the longer ones are built.

use std::f64::consts::PI;

/// One section, with the state of the transposed direct form II: the form that keeps its precision when it is far
/// below the sampling rate. In `f64`, for at 48 kHz the poles of a filter at 40 Hz lie within a thousandth of 1.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Biquad {
    coefficients: Coefficients,
    /// What a sample adds to the state. The next state then waits for the one before alone and not for the result,
    /// which is half as long.
    to_state: [f64; 2],
    state: [f64; 2],
}

/// `b` over `a`, where `a` begins with a 1 that is left out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Coefficients {
    pub(crate) b: [f64; 3],
    pub(crate) a: [f64; 2],
}

impl Coefficients {
    /// A high-pass filter of a quality, −3 dB at `cutoff_hz` if that is 1/√2: the bilinear transform of
    /// s² / (s² + s/q + 1).
    pub(crate) fn high_pass(sampling_hz: f64, cutoff_hz: f64, quality: f64) -> Self {
        let k = (PI * cutoff_hz / sampling_hz).tan();
        let scale = 1.0 / (1.0 + k / quality + k * k);
        Self {
            b: [scale, -2.0 * scale, scale],
            a: [2.0 * (k * k - 1.0) * scale, (1.0 - k / quality + k * k) * scale],
        }
    }
}

impl Biquad {
    pub(crate) const fn new(coefficients: Coefficients) -> Self {
        let Coefficients { b, a } = &coefficients;
        let to_state = [b[1] - a[0] * b[0], b[2] - a[1] * b[0]];
        Self { coefficients, to_state, state: [0.0; 2] }
    }

    /// Filters one sample.
    #[inline(always)]
    pub(crate) fn step(&mut self, sample: f64) -> f64 {
        let Coefficients { b, a } = &self.coefficients;
        let (to, before) = (&self.to_state, self.state);
        self.state[0] = to[0] * sample + before[1] - a[0] * before[0];
        self.state[1] = to[1] * sample - a[1] * before[0];
        b[0] * sample + before[0]
    }

    /// Forgets what was heard.
    pub(crate) const fn reset(&mut self) {
        self.state = [0.0; 2];
    }

    /// To be called once a tick: drops what is left of sound that ended long ago before it becomes so small
    /// that processors reckon with it slowly.
    pub(crate) fn settle(&mut self) {
        const NOTHING: f64 = 1e-20;
        if self.state.iter().all(|state| state.abs() < NOTHING) {
            self.reset();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f64::consts::{FRAC_1_SQRT_2, TAU};

    fn gain(filter: &mut Biquad, hz: f64) -> f64 {
        filter.reset();
        let outputs = (0..48_000).map(|n| filter.step((TAU * hz * f64::from(n) / 48_000.0).sin()));
        outputs.skip(24_000).fold(0.0, |peak, sample| sample.abs().max(peak))
    }

    #[test]
    fn a_high_pass_filter_passes_what_is_high() {
        let mut filter = Biquad::new(Coefficients::high_pass(48_000.0, 100.0, FRAC_1_SQRT_2));
        assert!((gain(&mut filter, 100.0) - FRAC_1_SQRT_2).abs() < 0.001);
        assert!((gain(&mut filter, 10.0) - 0.01).abs() < 0.001);
        assert!((gain(&mut filter, 5_000.0) - 1.0).abs() < 0.001);
    }

    #[test]
    fn what_has_faded_away_is_dropped() {
        let mut filter = Biquad::new(Coefficients::high_pass(8_000.0, 100.0, FRAC_1_SQRT_2));
        filter.step(1.0);
        for _ in 0..100 {
            (0..160).for_each(|_| _ = filter.step(0.0));
            filter.settle();
        }
        assert_eq!(filter.state, [0.0; 2]);
    }
}
