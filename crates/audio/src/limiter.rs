//! Keeps a mix of many voices within ±1.0 without anybody hearing that it does.

use crate::vector;

/// A soft limiter for one stream of sound, fed tick by tick.
///
/// Below [`Limiter::THRESHOLD`] it changes no bit. Above it, the gain comes down before the peak (a
/// tick is seen as a whole, which is look-ahead that costs no delay) and recovers slowly, so that
/// loud moments are turned down rather than distorted. A peak at the very start of a tick, for
/// which no time is left to turn down, is rounded off by a smooth knee instead: no sample ever
/// leaves ±1.0.
#[derive(Debug, Clone)]
pub struct Limiter {
    /// The gain that the last tick ended with.
    gain: f32,
}

impl Limiter {
    /// The magnitude up to which sound passes untouched: −2.5 dBFS.
    pub const THRESHOLD: f32 = 0.75;

    /// Parts of a tick between which the gain is interpolated: 1.25 ms each.
    const BLOCKS: usize = 16;

    /// The most by which the gain recovers in one block: from −12 dB to 0 in some 150 ms.
    const RELEASE: f32 = 0.006;

    /// A limiter at rest.
    pub const fn new() -> Self {
        Self { gain: 1.0 }
    }

    /// Limits one tick of sound in place. Each sample must be finite.
    pub fn process(&mut self, samples: &mut [f32]) {
        let peak = vector::peak(samples);
        if self.gain >= 1.0 && peak <= Self::THRESHOLD {
            return;
        }
        let block_samples = samples.len().div_ceil(Self::BLOCKS).max(1);
        let curve = self.gain_curve(samples, block_samples);
        for (block, gains) in samples.chunks_mut(block_samples).zip(curve.windows(2)) {
            vector::ramp(block, gains[0], gains[1]);
        }
        self.gain = curve[Self::BLOCKS];
        round_off(samples);
    }

    /// Limits one tick of two channels in place, both by what the louder one asks for: so a voice stays
    /// where it is. The channels are equally long.
    pub fn process_both(&mut self, left: &mut [f32], right: &mut [f32]) {
        let peak = vector::peak(left).max(vector::peak(right));
        if self.gain >= 1.0 && peak <= Self::THRESHOLD {
            return;
        }
        let block_samples = left.len().div_ceil(Self::BLOCKS).max(1);
        let mut curve = self.gain_curve(left, block_samples);
        let other = self.gain_curve(right, block_samples);
        curve.iter_mut().zip(other).for_each(|(gain, other)| *gain = gain.min(other));
        for channel in [left, right] {
            for (block, gains) in channel.chunks_mut(block_samples).zip(curve.windows(2)) {
                vector::ramp(block, gains[0], gains[1]);
            }
            round_off(channel);
        }
        self.gain = curve[Self::BLOCKS];
    }

    /// The gain at each boundary between blocks, from the start of the tick to its end.
    fn gain_curve(&self, samples: &[f32], block_samples: usize) -> [f32; Self::BLOCKS + 1] {
        // What each block can bear; a tick shorter than its blocks bears anything at the end.
        let mut bearable = [1.0f32; Self::BLOCKS];
        for (bearable, block) in bearable.iter_mut().zip(samples.chunks(block_samples)) {
            let peak = vector::peak(block);
            if peak > Self::THRESHOLD {
                *bearable = Self::THRESHOLD / peak;
            }
        }
        let mut curve = [self.gain; Self::BLOCKS + 1];
        for block in 0..Self::BLOCKS {
            let next = bearable.get(block + 1).copied().unwrap_or(1.0);
            curve[block + 1] = (curve[block] + Self::RELEASE).min(bearable[block]).min(next);
        }
        curve
    }
}

impl Default for Limiter {
    fn default() -> Self {
        Self::new()
    }
}

/// Bends what is above the threshold so that it approaches ±1.0 and never gets there; the bend
/// begins with slope 1, so that it has no corner.
#[multiversion::multiversion(targets = "simd")]
fn round_off(samples: &mut [f32]) {
    const ROOM: f32 = 1.0 - Limiter::THRESHOLD;
    for sample in samples {
        let excess = (sample.abs() - Limiter::THRESHOLD).max(0.0) / ROOM;
        let bent = Limiter::THRESHOLD + ROOM * excess / (1.0 + excess);
        *sample = if excess > 0.0 { bent.copysign(*sample) } else { *sample };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::{collection::vec, prelude::*};
    use std::f32::consts::TAU;

    fn sine(amplitude: f32, cycles_per_tick: f32) -> Vec<f32> {
        (0..960).map(|n| amplitude * (TAU * cycles_per_tick * n as f32 / 960.0).sin()).collect()
    }

    #[test]
    fn quiet_sound_passes_bit_for_bit() {
        let original = sine(Limiter::THRESHOLD, 20.0);
        let mut limited = original.clone();
        Limiter::new().process(&mut limited);
        assert_eq!(limited, original);
    }

    #[test]
    fn sustained_loud_sound_is_turned_down_and_not_distorted() {
        let mut limiter = Limiter::new();
        let original = sine(3.0, 20.0);
        for _ in 0..5 {
            limiter.process(&mut original.clone());
        }
        let mut limited = original.clone();
        limiter.process(&mut limited);
        // What the best-fitting sine leaves over is distortion.
        let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
        let gain = dot(&limited, &original) / dot(&original, &original);
        let residue: Vec<f32> = limited
            .iter()
            .zip(&original)
            .map(|(limited, sample)| limited - gain * sample)
            .collect();
        let distortion = (dot(&residue, &residue) / dot(&limited, &limited)).sqrt();
        assert!(distortion < 0.01, "distortion {distortion}");
        assert!((gain * 3.0 - Limiter::THRESHOLD).abs() < 0.03);
    }

    #[test]
    fn two_channels_keep_their_balance() {
        let (mut left, mut right) = (sine(3.0, 20.0), sine(0.5, 20.0));
        let mut limiter = Limiter::new();
        limiter.process_both(&mut left.clone(), &mut right.clone());
        limiter.process_both(&mut left, &mut right);
        assert!(left.iter().all(|sample| sample.abs() <= 1.0));
        let balance = vector::peak(&left) / vector::peak(&right);
        assert!((balance - 6.0).abs() < 0.1, "{balance}");
    }

    #[test]
    fn the_gain_recovers_and_the_limiter_comes_to_rest() {
        let mut limiter = Limiter::new();
        limiter.process(&mut sine(8.0, 20.0));
        assert!(limiter.gain < 0.2);
        let quiet = sine(0.1, 20.0);
        for _ in 0..15 {
            limiter.process(&mut quiet.clone());
        }
        let mut last = quiet.clone();
        limiter.process(&mut last);
        assert_eq!(last, quiet);
    }

    #[test]
    fn the_gain_moves_without_a_step_from_tick_to_tick() {
        let mut limiter = Limiter::new();
        let mut ticks = Vec::new();
        for amplitude in [0.5, 2.0, 4.0, 0.5, 0.5] {
            let mut tick = vec![amplitude; 160];
            limiter.process(&mut tick);
            ticks.push((amplitude, tick));
        }
        for pair in ticks.windows(2) {
            let (before, after) = (&pair[0], &pair[1]);
            let gain_before = before.1[159] / before.0;
            let gain_after = after.1[0] / after.0;
            // Equal but for the knee, which only ever lessens.
            assert!(gain_after <= gain_before + 2.0 * Limiter::RELEASE);
        }
    }

    proptest! {
        #[test]
        fn nothing_ever_leaves_full_scale(
            ticks in vec(vec(-64.0f32..64.0, 0..200), 1..6)
        ) {
            let mut limiter = Limiter::new();
            for mut tick in ticks {
                limiter.process(&mut tick);
                prop_assert!(tick.iter().all(|sample| sample.abs() <= 1.0));
            }
        }
    }
}
