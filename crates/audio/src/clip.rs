//! A recorded sound, such as a prompt.

use crate::rate::Rate;
use std::{sync::Arc, time::Duration};

/// A recorded sound to be played to members. Cheap to clone: clones share the samples.
///
/// The last clone frees them, so a thread that mustn't free memory hands its clone back instead of
/// dropping it.
#[derive(Clone, PartialEq)]
pub struct Clip {
    rate: Rate,
    samples: Arc<[f32]>,
}

impl Clip {
    /// A clip of mono samples in ±1.0.
    pub fn new(rate: Rate, samples: impl Into<Arc<[f32]>>) -> Self {
        Self { rate, samples: samples.into() }
    }

    /// A clip of 16-bit samples, as WAV files hold them.
    pub fn from_pcm16(rate: Rate, samples: &[i16]) -> Self {
        let samples: Arc<[f32]> =
            samples.iter().map(|&sample| f32::from(sample) / 32_768.0).collect();
        Self { rate, samples }
    }

    /// The rate of the samples.
    pub const fn rate(&self) -> Rate {
        self.rate
    }

    /// The samples.
    pub fn samples(&self) -> &[f32] {
        &self.samples
    }

    /// How long it takes to play.
    pub fn duration(&self) -> Duration {
        Duration::from_secs_f64(self.samples.len() as f64 / f64::from(self.rate.hz()))
    }

    /// Ticks it takes to play; the last may be partly silent.
    pub fn ticks(&self) -> usize {
        self.samples.len().div_ceil(self.rate.tick_samples())
    }
}

impl std::fmt::Debug for Clip {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Clip")
            .field("rate", &self.rate)
            .field("duration", &self.duration())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clip_knows_how_long_it_plays() {
        let clip = Clip::from_pcm16(Rate::Hz8000, &[-32_768; 161]);
        assert_eq!(clip.samples()[160], -1.0);
        assert_eq!(clip.ticks(), 2);
        assert_eq!(clip.duration(), Duration::from_micros(20_125));
        assert_eq!(Clip::new(Rate::Hz48000, Vec::new()).ticks(), 0);
    }
}
