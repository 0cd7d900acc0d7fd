//! The last moments of a stream, for those who only judge sound: at 8 kHz, where all of speech is that tells it from
//! other sound. So telephones and browsers are judged alike.

use crate::rate::Rate;

/// The rate at which sound is judged.
pub(crate) const RATE: Rate = Rate::Hz8000;

/// Samples of a tick at it.
pub(crate) const TICK_SAMPLES: usize = RATE.tick_samples();

/// The last 64 ms of a stream.
#[derive(Debug, Clone)]
pub struct Recent {
    samples: [f32; Self::SAMPLES],
}

impl Recent {
    /// As many as anybody looks at.
    pub(crate) const SAMPLES: usize = 512;

    /// Of a stream that has been silent for ever.
    pub const fn new() -> Self {
        Self { samples: [0.0; Self::SAMPLES] }
    }

    /// Takes the next tick, at whatever rate.
    ///
    /// It is brought down to 8 kHz by means of neighbouring samples. What is above 4 kHz folds over, some 20 dB below
    /// the rest in speech: good enough to look at, not to listen to.
    pub fn take(&mut self, tick: &[f32], rate: Rate) {
        self.samples.copy_within(TICK_SAMPLES.., 0);
        let newest = &mut self.samples[Self::SAMPLES - TICK_SAMPLES..];
        if rate == RATE {
            let common = tick.len().min(TICK_SAMPLES);
            newest[..common].copy_from_slice(&tick[..common]);
            return newest[common..].fill(0.0);
        }
        let factor = (rate.hz() / RATE.hz()) as usize;
        newest.fill(0.0);
        for (out, samples) in newest.iter_mut().zip(tick.chunks_exact(factor)) {
            *out = samples.iter().sum::<f32>() / factor as f32;
        }
    }

    /// Takes so many ticks of silence.
    pub fn skip(&mut self, ticks: u32) {
        let silent = (ticks as usize).saturating_mul(TICK_SAMPLES).min(Self::SAMPLES);
        self.samples.copy_within(silent.., 0);
        self.samples[Self::SAMPLES - silent..].fill(0.0);
    }

    /// The latest tick.
    pub fn tick(&self) -> &[f32] {
        self.latest(TICK_SAMPLES)
    }

    /// So many of the latest samples, or all that are kept.
    pub(crate) fn latest(&self, samples: usize) -> &[f32] {
        &self.samples[Self::SAMPLES.saturating_sub(samples)..]
    }
}

impl Default for Recent {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::level::Dbfs;
    use std::f32::consts::TAU;

    #[test]
    fn a_tick_at_any_rate_becomes_one_at_8_khz() {
        for rate in Rate::ALL {
            let sine = |n: usize| 0.1 * (TAU * 500.0 * n as f32 / rate.hz() as f32).sin();
            let tick: Vec<f32> = (0..rate.tick_samples()).map(sine).collect();
            let mut recent = Recent::new();
            recent.take(&tick, rate);
            let level = Dbfs::of(recent.tick()).decibels();
            assert!((level + 23.0).abs() < 0.3, "{rate:?}: {level}");
        }
    }

    #[test]
    fn the_latest_come_last_and_silence_takes_its_time() {
        let mut recent = Recent::new();
        recent.take(&[0.1; TICK_SAMPLES], RATE);
        recent.take(&[0.2; TICK_SAMPLES - 1], RATE);
        assert_eq!(recent.latest(TICK_SAMPLES + 2)[..3], [0.1, 0.1, 0.2]);
        assert_eq!(recent.tick().last(), Some(&0.0), "what is missing is silence");
        recent.skip(1);
        assert_eq!(recent.tick(), [0.0; TICK_SAMPLES]);
        assert_eq!(recent.latest(2 * TICK_SAMPLES)[0], 0.2);
        recent.skip(u32::MAX);
        assert_eq!(recent.latest(usize::MAX), [0.0; Recent::SAMPLES]);
    }
}
