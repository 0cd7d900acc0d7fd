//! Change of rate of whole recordings, without delay: a sinc of 64 periods under a Kaiser window (J. O. Smith,
//! "Digital Audio Resampling"). Nothing here is what the server does: the bench must not share its faults.

use std::f64::consts::PI;

/// Periods of the slower rate on either side of a sample that it is made of.
const REACH_PERIODS: usize = 32;

/// The window's shape: side lobes 90 dB down.
const KAISER_BETA: f64 = 9.0;

/// What is kept of the lower of both bandwidths.
const BANDWIDTH: f64 = 0.97;

/// The same sound at another rate; sample 0 stays where it is.
#[must_use]
pub(crate) fn convert(samples: &[f32], from_hz: u32, to_hz: u32) -> Vec<f32> {
    if from_hz == to_hz {
        return samples.to_vec();
    }
    let common = greatest_common_divisor(from_hz, to_hz);
    let (up, down) = ((to_hz / common) as usize, (from_hz / common) as usize);
    let kernel = Kernel::new(up, down);
    (0..samples.len() * up / down).map(|n| kernel.sample(samples, n * down)).collect()
}

/// The window and sinc, for each of the places between two samples where one may be wanted.
struct Kernel {
    up: usize,
    reach: usize,
    /// By place, for the samples from `reach - 1` before to `reach` after.
    phases: Vec<Vec<f32>>,
}

impl Kernel {
    fn new(up: usize, down: usize) -> Self {
        let cutoff = BANDWIDTH * (up as f64 / down as f64).min(1.0);
        let reach = (REACH_PERIODS as f64 / cutoff).ceil();
        let weight = |distance: f64| {
            let edge = (1.0 - (distance / reach).powi(2)).max(0.0).sqrt();
            let window = bessel_i0(KAISER_BETA * edge) / bessel_i0(KAISER_BETA);
            (cutoff * sinc(cutoff * distance) * window) as f32
        };
        let phase = |place: usize| {
            let first = reach - 1.0 + place as f64 / up as f64;
            (0..2 * reach as usize).map(|tap| weight(first - tap as f64)).collect()
        };
        Self { up, reach: reach as usize, phases: (0..up).map(phase).collect() }
    }

    /// The sound at so many parts of a sample, of which `up` make one.
    fn sample(&self, samples: &[f32], parts: usize) -> f32 {
        let (whole, phase) = (parts / self.up, &self.phases[parts % self.up]);
        // The first taps may lie before the sound's beginning, where there is silence.
        let first = (whole + 1).checked_sub(self.reach);
        let skipped = if first.is_none() { self.reach - 1 - whole } else { 0 };
        let there = samples.iter().skip(first.unwrap_or(0));
        phase.iter().skip(skipped).zip(there).map(|(weight, sample)| weight * sample).sum()
    }
}

fn sinc(x: f64) -> f64 {
    if x.abs() < 1e-9 { 1.0 } else { (PI * x).sin() / (PI * x) }
}

/// The modified Bessel function of order zero, by its power series.
fn bessel_i0(x: f64) -> f64 {
    let mut term = 1.0;
    let mut sum = 1.0;
    for n in 1..40 {
        term *= (x / (2.0 * f64::from(n))).powi(2);
        sum += term;
    }
    sum
}

fn greatest_common_divisor(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note(hz: f64, rate_hz: u32, seconds: f64) -> Vec<f32> {
        let samples = (seconds * f64::from(rate_hz)) as usize;
        let angle = |n: usize| 2.0 * PI * hz * n as f64 / f64::from(rate_hz);
        (0..samples).map(|n| angle(n).sin() as f32).collect()
    }

    /// The largest difference, away from the ends.
    fn difference(a: &[f32], b: &[f32]) -> f32 {
        let edge = a.len() / 8;
        let pairs = a.iter().zip(b).skip(edge).take(a.len() - 2 * edge);
        pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
    }

    #[test]
    fn a_note_is_the_same_note_at_the_same_time() {
        for (from, to) in [(16_000, 48_000), (48_000, 16_000), (16_000, 8_000), (8_000, 48_000)] {
            let (before, after) = (note(1_000.0, from, 0.2), note(1_000.0, to, 0.2));
            let made = convert(&before, from, to);
            assert_eq!(made.len(), after.len());
            assert!(difference(&made, &after) < 1e-4, "{from} to {to} Hz");
        }
    }

    #[test]
    fn what_a_lower_rate_cannot_hold_is_gone() {
        let made = convert(&note(6_000.0, 16_000, 0.2), 16_000, 8_000);
        assert!(difference(&made, &vec![0.0; made.len()]) < 1e-4);
    }

    #[test]
    fn a_short_sound_is_no_trouble() {
        assert!(convert(&[], 16_000, 48_000).is_empty());
        assert_eq!(convert(&[0.5], 16_000, 48_000).len(), 3);
        assert_eq!(convert(&[0.5; 5], 48_000, 16_000).len(), 1);
    }
}
