//! Short spectra for those who only look at sound, at 8 kHz.

use crate::{
    recent::{RATE, Recent},
    vector,
};
use realfft::{RealFftPlanner, RealToComplex, num_complex::Complex32};
use std::{
    f32::consts::TAU,
    sync::{Arc, LazyLock},
};

/// 32 ms, in which speech is steady: bins are 31.25 Hz apart.
pub(crate) static SHORT: LazyLock<Spectrum> = LazyLock::new(|| Spectrum::new(Recent::SAMPLES / 2));

/// 64 ms, which a shift by half a tick changes little: bins are 15.6 Hz apart.
pub(crate) static LONG: LazyLock<Spectrum> = LazyLock::new(|| Spectrum::new(Recent::SAMPLES));

/// Plans all transforms, so that nothing is left to be done on a media thread.
pub(crate) fn prepare() {
    LazyLock::force(&SHORT);
    LazyLock::force(&LONG);
}

/// A transform of windows of one length.
pub(crate) struct Spectrum {
    plan: Arc<dyn RealToComplex<f32>>,
    /// A Hann window, scaled so that the powers of all bins of a sound add up to its mean square.
    window: Box<[f32]>,
}

impl Spectrum {
    fn new(samples: usize) -> Self {
        let hann = |n: usize| 0.5 - 0.5 * (TAU * n as f32 / samples as f32).cos();
        // The mean square of a Hann window is 3/8, and half of each power is at negative frequencies.
        let scale = (2.0 / 0.375f32).sqrt() / samples as f32;
        Self {
            plan: RealFftPlanner::new().plan_fft_forward(samples),
            window: (0..samples).map(|n| scale * hann(n)).collect(),
        }
    }

    /// The bin that a frequency lies in, in hertz.
    pub(crate) const fn bin(samples: usize, hz: usize) -> usize {
        hz * samples / RATE.hz() as usize
    }

    /// The power in each bin of the latest sound, from bin `first` on.
    pub(crate) fn powers(&self, recent: &Recent, first: usize, out: &mut [f32]) {
        let length = self.window.len();
        let mut windowed = [0.0; Recent::SAMPLES];
        let windowed = &mut windowed[..length];
        vector::product(windowed, recent.latest(length), &self.window);
        let mut bins = [Complex32::ZERO; Recent::SAMPLES / 2 + 1];
        let mut scratch = [Complex32::ZERO; Recent::SAMPLES];
        let scratch = &mut scratch[..self.plan.get_scratch_len().min(Recent::SAMPLES)];
        let bins = &mut bins[..length / 2 + 1];
        // The lengths are right, which is all that could be wrong.
        let _ = self.plan.process_with_scratch(windowed, bins, scratch);
        for (out, bin) in out.iter_mut().zip(bins.get(first..).unwrap_or_default()) {
            *out = bin.norm_sqr();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{level::Dbfs, recent::TICK_SAMPLES};

    #[test]
    fn powers_add_up_and_stand_where_the_sound_is() {
        let mut recent = Recent::new();
        let sine = |n: usize| 0.1 * (TAU * 1_000.0 * n as f32 / RATE.hz() as f32).sin();
        let samples: Vec<f32> = (0..4 * TICK_SAMPLES).map(sine).collect();
        samples.chunks_exact(TICK_SAMPLES).for_each(|tick| recent.take(tick, RATE));
        for (spectrum, samples) in [(&SHORT, 256), (&LONG, 512)] {
            let mut powers = [0.0; 257];
            spectrum.powers(&recent, 0, &mut powers[..samples / 2 + 1]);
            let level = Dbfs::of_mean_square(powers.iter().sum());
            assert!((level.decibels() + 23.0).abs() < 0.1, "{level:?}");
            let loudest = (0..=samples / 2).max_by(|&a, &b| powers[a].total_cmp(&powers[b]));
            assert_eq!(loudest, Some(Spectrum::bin(samples, 1_000)));
        }
    }
}
