//! Noise as it was described.

use super::{
    description::{NoiseDescription, ORDER_MAX},
    floor::White,
};
use crate::level::Dbfs;

/// The noise moves towards a new description by this share in each piece of [`PIECE_SAMPLES`], so that nobody
/// hears it change (RFC 3389 §4 leaves that to the receiver; at 8 kHz it is there within some 50 ms).
const SHARE: f32 = 0.3;
const PIECE_SAMPLES: usize = 80;

/// Makes noise of any loudness and colour: white, through an all-pole lattice (J. Makhoul, "Linear Prediction: A
/// Tutorial Review", 1975), which is stable whatever the coefficients within ±1.
#[derive(Debug, Clone)]
pub struct NoiseSource {
    /// What it moves towards.
    told: NoiseDescription,
    /// What it makes now: root mean square in ±1.0, and colour.
    amplitude: f32,
    reflections: [f32; ORDER_MAX],
    /// What runs backwards in the lattice.
    backward: [f32; ORDER_MAX + 1],
    white: White,
}

impl NoiseSource {
    /// A source that is silent.
    pub const fn new() -> Self {
        let told = NoiseDescription { level: Dbfs::SILENCE, reflections: [0.0; ORDER_MAX] };
        Self {
            told,
            amplitude: 0.0,
            reflections: [0.0; ORDER_MAX],
            backward: [0.0; ORDER_MAX + 1],
            white: White::new(1),
        }
    }

    /// Makes noise of this kind from now on.
    pub const fn follow(&mut self, description: &NoiseDescription) {
        self.told = *description;
    }

    /// Fills `out` with noise.
    pub fn fill(&mut self, out: &mut [f32]) {
        for piece in out.chunks_mut(PIECE_SAMPLES) {
            self.approach();
            // Uniform noise in ±1 has a mean square of a third, and the lattice adds what it reflects.
            let passed: f32 = self.reflections.iter().map(|k| 1.0 - k * k).product();
            let gain = self.amplitude * (3.0 * passed).sqrt();
            for sample in piece {
                let excitation = gain * self.white.next();
                *sample = self.coloured(excitation);
            }
        }
    }

    fn approach(&mut self) {
        let amplitude =
            if self.told.level > Dbfs::SILENCE { self.told.level.amplitude() } else { 0.0 };
        self.amplitude += SHARE * (amplitude - self.amplitude);
        for (own, told) in self.reflections.iter_mut().zip(self.told.reflections) {
            *own += SHARE * (told - *own);
        }
    }

    fn coloured(&mut self, excitation: f32) -> f32 {
        let mut forward = excitation;
        for n in (0..ORDER_MAX).rev() {
            forward -= self.reflections[n] * self.backward[n];
            self.backward[n + 1] = self.backward[n] + self.reflections[n] * forward;
        }
        self.backward[0] = forward;
        forward
    }
}

impl Default for NoiseSource {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rate::Rate;
    use proptest::{collection::vec, prelude::*};

    /// A second of what a source makes of a description, once it is there.
    fn made(description: &NoiseDescription) -> Vec<f32> {
        let mut source = NoiseSource::new();
        source.follow(description);
        let mut noise = vec![0.0; 12_000];
        source.fill(&mut noise);
        noise.split_off(4_000)
    }

    #[test]
    fn noise_is_as_loud_and_as_coloured_as_was_told() {
        for payload in [&[40_u8][..], &[60, 30], &[50, 230], &[45, 20, 180, 100, 140]] {
            let told = NoiseDescription::parse(payload).unwrap();
            let noise = made(&told);
            let difference_db = Dbfs::of(&noise).decibels() - told.level.decibels();
            assert!(difference_db.abs() < 1.5, "{payload:?}: {difference_db} dB");
            let mut found = [0.0; 4];
            let ticks = noise.chunks_exact(160);
            let count = ticks.len() as f32;
            for tick in ticks {
                let description = NoiseDescription::of(tick, Rate::Hz8000);
                for (found, reflection) in found.iter_mut().zip(description.reflections) {
                    *found += reflection / count;
                }
            }
            for (found, told) in found.iter().zip(told.reflections) {
                assert!((found - told).abs() < 0.1, "{payload:?}: {found} for {told}");
            }
        }
    }

    #[test]
    fn it_begins_and_changes_softly() {
        let mut source = NoiseSource::new();
        let mut noise = [9.0; 160];
        source.fill(&mut noise);
        assert_eq!(noise, [0.0; 160], "silent until told");
        source.follow(&NoiseDescription::parse(&[40, 60]).unwrap());
        source.fill(&mut noise);
        let levels: Vec<_> = noise.chunks_exact(PIECE_SAMPLES).map(Dbfs::of).collect();
        assert!(levels[0] < Dbfs::new(-44.0), "{levels:?}");
        source.fill(&mut [0.0; 1_600]);
        source.follow(&NoiseDescription::parse(&[127]).unwrap());
        source.fill(&mut [0.0; 4_000]);
        source.fill(&mut noise);
        assert!(Dbfs::of(&noise) < Dbfs::new(-90.0));
    }

    proptest! {
        /// Whatever is told, and however often: noise is made that is bounded.
        #[test]
        fn any_description_makes_bounded_noise(payloads in vec(vec(any::<u8>(), 1..16), 1..8)) {
            let mut source = NoiseSource::new();
            for payload in payloads {
                source.follow(&NoiseDescription::parse(&payload).unwrap());
                let mut noise = [0.0; 960];
                source.fill(&mut noise);
                prop_assert!(noise.iter().all(|sample| sample.abs() < 100.0));
            }
        }
    }
}
