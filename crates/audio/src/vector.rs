//! The inner loops of mixing, compiled once for each set of vector instructions that a machine may
//! have and chosen when they first run.
//!
//! Slices of unequal length are taken up to the shorter one's end.

use multiversion::multiversion;

/// Independent sums in a reduction: enough that the additions of one don't wait for the other's.
const LANES: usize = 16;

/// `sum[n] += samples[n]`.
#[multiversion(targets = "simd")]
pub fn add(sum: &mut [f32], samples: &[f32]) {
    for (sum, sample) in sum.iter_mut().zip(samples) {
        *sum += sample;
    }
}

/// `sum[n] += gain * samples[n]`.
#[multiversion(targets = "simd")]
pub fn add_scaled(sum: &mut [f32], samples: &[f32], gain: f32) {
    for (sum, sample) in sum.iter_mut().zip(samples) {
        *sum += gain * sample;
    }
}

/// What a middle and a side are on the left and on the right: `middle` becomes the sum of both, and
/// `side` what is left of the middle without the side.
#[multiversion(targets = "simd")]
pub fn to_left_and_right(middle: &mut [f32], side: &mut [f32]) {
    for (middle, side) in middle.iter_mut().zip(side) {
        (*middle, *side) = (*middle + *side, *middle - *side);
    }
}

/// A sample of the left and one of the right in turn.
pub fn interleave(out: &mut [f32], left: &[f32], right: &[f32]) {
    for (pair, (left, right)) in out.chunks_exact_mut(2).zip(left.iter().zip(right)) {
        pair.copy_from_slice(&[*left, *right]);
    }
}

/// `out[n] = a[n] + b[n]`.
#[multiversion(targets = "simd")]
pub fn sum(out: &mut [f32], a: &[f32], b: &[f32]) {
    for ((out, a), b) in out.iter_mut().zip(a).zip(b) {
        *out = a + b;
    }
}

/// `out[n] = a[n] * b[n]`.
#[multiversion(targets = "simd")]
pub fn product(out: &mut [f32], a: &[f32], b: &[f32]) {
    for ((out, a), b) in out.iter_mut().zip(a).zip(b) {
        *out = a * b;
    }
}

/// Multiplies by a gain that runs in a straight line from `from`, at the first sample, towards
/// `to`, which the sample after the last would have.
#[multiversion(targets = "simd")]
pub fn ramp(samples: &mut [f32], from: f32, to: f32) {
    let step = (to - from) / samples.len().max(1) as f32;
    for (n, sample) in samples.iter_mut().enumerate() {
        *sample *= from + step * n as f32;
    }
}

/// The largest magnitude.
#[multiversion(targets = "simd")]
pub fn peak(samples: &[f32]) -> f32 {
    let mut lanes = [0.0f32; LANES];
    let chunks = samples.chunks_exact(LANES);
    let rest = chunks.remainder();
    for chunk in chunks {
        for (lane, sample) in lanes.iter_mut().zip(chunk) {
            *lane = lane.max(sample.abs());
        }
    }
    lanes.iter().chain(rest).fold(0.0, |peak, sample| peak.max(sample.abs()))
}

/// The sum of the squares.
#[multiversion(targets = "simd")]
pub fn sum_of_squares(samples: &[f32]) -> f32 {
    let mut lanes = [0.0f32; LANES];
    let chunks = samples.chunks_exact(LANES);
    let rest = chunks.remainder();
    for chunk in chunks {
        for (lane, sample) in lanes.iter_mut().zip(chunk) {
            *lane += sample * sample;
        }
    }
    lanes.iter().sum::<f32>() + rest.iter().map(|sample| sample * sample).sum::<f32>()
}

/// The sum of the squares of what each sample is more than `factor` times the one before it. The first sample has none
/// before it, and only counts for the second.
#[multiversion(targets = "simd")]
pub fn sum_of_squares_of_rises(samples: &[f32], factor: f32) -> f32 {
    let mut lanes = [0.0f32; LANES];
    let (before, samples) = (samples, samples.get(1..).unwrap_or_default());
    let (chunks, befores) = (samples.chunks_exact(LANES), before.chunks_exact(LANES));
    let whole = samples.len() - chunks.remainder().len();
    for (chunk, before) in chunks.zip(befores) {
        for ((lane, sample), before) in lanes.iter_mut().zip(chunk).zip(before) {
            let rise = sample - factor * before;
            *lane += rise * rise;
        }
    }
    let rest = samples[whole..].iter().zip(&before[whole..]);
    let rest = rest.map(|(sample, before)| (sample - factor * before).powi(2));
    lanes.iter().sum::<f32>() + rest.sum::<f32>()
}

/// The sum of the products.
#[multiversion(targets = "simd")]
pub fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut lanes = [0.0f32; LANES];
    let common = a.len().min(b.len());
    let (a, a_rest) = a[..common].split_at(common - common % LANES);
    let (b, b_rest) = b[..common].split_at(common - common % LANES);
    for (a, b) in a.chunks_exact(LANES).zip(b.chunks_exact(LANES)) {
        for ((lane, a), b) in lanes.iter_mut().zip(a).zip(b) {
            *lane += a * b;
        }
    }
    lanes.iter().sum::<f32>() + a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum::<f32>()
}

/// Copies samples that came from outside: held to ±1.0, and silent where they are no number.
#[multiversion(targets = "simd")]
pub fn copy_sane(out: &mut [f32], samples: &[f32]) {
    for (out, sample) in out.iter_mut().zip(samples) {
        *out = if sample.is_nan() { 0.0 } else { sample.clamp(-1.0, 1.0) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::{collection::vec, prelude::*};

    proptest! {
        #[test]
        fn reductions_agree_with_the_plain_loop(samples in vec(-1.0f32..1.0, 0..500)) {
            let plain_peak = samples.iter().fold(0.0f32, |peak, s| peak.max(s.abs()));
            prop_assert_eq!(peak(&samples), plain_peak);
            let plain_sum: f64 = samples.iter().map(|&s| f64::from(s) * f64::from(s)).sum();
            prop_assert!((f64::from(sum_of_squares(&samples)) - plain_sum).abs() < 1e-3);
        }
    }

    #[test]
    fn a_dot_product_counts_every_sample() {
        let ones = [1.0; 39];
        let counts: Vec<f32> = (0..39).map(|n| n as f32).collect();
        assert_eq!(dot(&ones, &counts), 741.0);
        assert_eq!(dot(&ones[..2], &counts), 1.0);
    }

    #[test]
    fn a_rise_is_counted_between_each_sample_and_the_next() {
        let squares: Vec<f32> = (0..40).map(|n| (n * n) as f32).collect();
        let plain: f32 = squares.windows(2).map(|pair| (pair[1] - 0.5 * pair[0]).powi(2)).sum();
        assert!((sum_of_squares_of_rises(&squares, 0.5) / plain - 1.0).abs() < 1e-5);
        assert_eq!(sum_of_squares_of_rises(&[1.0, 3.0], 1.0), 4.0);
        assert_eq!(sum_of_squares_of_rises(&[1.0], 1.0) + sum_of_squares_of_rises(&[], 1.0), 0.0);
    }

    #[test]
    fn sums_stop_at_the_shorter_end() {
        let mut out = [1.0; 4];
        add(&mut out, &[0.5, 0.5]);
        assert_eq!(out, [1.5, 1.5, 1.0, 1.0]);
        sum(&mut out, &[1.0; 3], &[2.0; 9]);
        assert_eq!(out, [3.0, 3.0, 3.0, 1.0]);
        product(&mut out, &[2.0; 2], &[3.0; 9]);
        assert_eq!(out, [6.0, 6.0, 3.0, 1.0]);
    }

    #[test]
    fn a_ramp_joins_on_to_what_follows_it() {
        let mut samples = [1.0; 4];
        ramp(&mut samples, 0.0, 1.0);
        assert_eq!(samples, [0.0, 0.25, 0.5, 0.75]);
        ramp(&mut [], 0.0, 1.0);
    }

    #[test]
    fn foreign_samples_are_made_sane() {
        let mut out = [9.0; 5];
        copy_sane(&mut out, &[f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 0.5, -7.0]);
        assert_eq!(out, [0.0, 1.0, -1.0, 0.5, -1.0]);
    }
}
