//! Linear prediction: each sample as a weighted sum of those before it. The weights are the colour of a sound
//! (of a voice, its formants); what they don't predict, the residual, is what excites it.
//!
//! Autocorrelation and the Levinson-Durbin recursion, with the window, the white noise correction and the
//! bandwidth expansion that speech codecs apply (as ITU-T G.729 §3.2.1-3.2.2 does, but for its numbers).

use crate::{rate::Rate, vector};

/// The most weights.
pub(crate) const ORDER_MAX: usize = 16;

/// The stretch that is analysed.
const ANALYSED_MS: u32 = 20;
const ANALYSED_SAMPLES_MAX: usize = Rate::Hz16000.samples_in_ms(ANALYSED_MS);

/// A share of noise that is added to a sound, -40 dB, so that no tone in it makes the weights stiff.
const WHITE_NOISE: f32 = 1e-4;

/// By so much each weight is taken back, once for each sample that it looks back: a filter that rings dies
/// away.
const EXPANSION: f32 = 0.992;

/// Predicts a sound of one colour.
#[derive(Debug, Clone, Default)]
pub(crate) struct Predictor {
    /// From the weight of the sample farthest back to that of the one right before.
    weights: [f32; ORDER_MAX],
}

impl Predictor {
    /// Learns the colour of the end of `sound`.
    pub(crate) fn of(sound: &[f32], rate: Rate) -> Self {
        let (correlation, order) = correlation(sound, rate, order(rate));
        let (forward, _) = levinson(&correlation[..=order]);
        let mut expansion = 1.0;
        let mut weights = [0.0; ORDER_MAX];
        for (weight, forward) in weights.iter_mut().rev().zip(forward) {
            expansion *= EXPANSION;
            *weight = expansion * forward;
        }
        Self { weights }
    }

    /// What comes after `before`, of which at least [`ORDER_MAX`] samples are needed.
    #[inline]
    pub(crate) fn predict(&self, before: &[f32]) -> f32 {
        let before = &before[before.len() - ORDER_MAX..];
        self.weights.iter().zip(before).map(|(weight, sample)| weight * sample).sum()
    }
}

/// The colour of the end of `sound`, as so many reflection coefficients, each within ±1: those of a tube of
/// as many pieces that would colour noise so. The first is above zero where neighbouring samples are alike.
pub(crate) fn reflections(sound: &[f32], rate: Rate, order: usize) -> [f32; ORDER_MAX] {
    let (correlation, order) = correlation(sound, rate, order);
    levinson(&correlation[..=order]).1
}

/// A weight for each formant's two, and some for the rest: ten at 8 kHz is what telephone codecs have.
const fn order(rate: Rate) -> usize {
    match rate {
        Rate::Hz8000 => 12,
        Rate::Hz16000 | Rate::Hz48000 => ORDER_MAX,
    }
}

/// How like the end of a sound is to itself, a number of samples later each; and up to how many.
fn correlation(sound: &[f32], rate: Rate, order: usize) -> ([f32; ORDER_MAX + 1], usize) {
    let length = rate.samples_in_ms(ANALYSED_MS).min(ANALYSED_SAMPLES_MAX).min(sound.len());
    let mut windowed = [0.0; ANALYSED_SAMPLES_MAX];
    let windowed = &mut windowed[..length];
    windowed.copy_from_slice(&sound[sound.len() - length..]);
    // A Hann window's rise to three quarters and its fall: what is latest counts most.
    for (n, sample) in windowed.iter_mut().enumerate() {
        let place = (n as f32 + 0.5) / length as f32;
        let phase = if place < 0.75 { place / 1.5 } else { 0.5 + (place - 0.75) / 0.5 };
        *sample *= 0.5 - 0.5 * (std::f32::consts::TAU * phase).cos();
    }
    let order = order.min(ORDER_MAX).min(length.saturating_sub(1));
    let mut correlation = [0.0; ORDER_MAX + 1];
    for (lag, value) in correlation[..=order].iter_mut().enumerate() {
        *value = vector::dot(&windowed[lag..], &windowed[..length - lag]);
    }
    correlation[0] *= 1.0 + WHITE_NOISE;
    (correlation, order)
}

/// The weights that leave the least residual, the nearest sample's first, from the correlations of a sound with
/// itself at each lag; and the reflection coefficients (Levinson and Durbin's recursion).
fn levinson(correlation: &[f32]) -> ([f32; ORDER_MAX], [f32; ORDER_MAX]) {
    let (mut weights, mut reflections) = ([0.0; ORDER_MAX], [0.0; ORDER_MAX]);
    let mut error = correlation[0];
    for step in 1..correlation.len() {
        if error <= f32::MIN_POSITIVE {
            break;
        }
        let predicted: f32 = (1..step).map(|n| weights[n - 1] * correlation[step - n]).sum();
        let reflection = (correlation[step] - predicted) / error;
        let before = weights;
        for n in 1..step {
            weights[n - 1] = before[n - 1] - reflection * before[step - n - 1];
        }
        weights[step - 1] = reflection;
        reflections[step - 1] = reflection;
        error *= 1.0 - reflection * reflection;
    }
    (weights, reflections)
}
