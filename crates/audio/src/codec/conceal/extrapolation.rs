//! More of a sound than was heard: of the same pitch, colour and roughness.
//!
//! A sound is taken to be an excitation, coloured by a filter (linear prediction). The excitation's last
//! period is repeated as far as the sound is periodic, and for the rest picked from at random, so that a hiss
//! doesn't become a buzz; the filter goes on from where it is, so that there is no seam. The model is that of
//! every speech codec since LPC-10; ITU-T G.722 Appendix IV and WebRTC's NetEQ ("expand") conceal by it.

use super::pitch::{self, PERIOD_SAMPLES_MAX, Pitch};
use crate::{
    prediction::{ORDER_MAX, Predictor},
    rate::Rate,
};

/// A likeness of one period to the next below which a sound is all noise, and above which it is all voice.
const NOISE_LIKENESS: f32 = 0.3;
const VOICE_LIKENESS: f32 = 0.8;

/// The least that a sound must last to be continued.
pub(super) const HEARD_MS_MIN: u32 = 10;

/// Samples that are made at a time.
const CHUNK_SAMPLES: usize = 160;

/// Continues one sound.
#[derive(Debug, Clone)]
pub(super) struct Extrapolation {
    predictor: Predictor,
    /// What the filter looks back on.
    latest: [f32; ORDER_MAX],
    /// The residual of the sound's end.
    excitation: [f32; PERIOD_SAMPLES_MAX],
    /// How much of it is there, at its end.
    excitation_len: usize,
    pitch: Pitch,
    /// Samples made, by the place within the period.
    phase: usize,
    random: u32,
}

impl Default for Extrapolation {
    fn default() -> Self {
        Self {
            predictor: Predictor::default(),
            latest: [0.0; ORDER_MAX],
            excitation: [0.0; PERIOD_SAMPLES_MAX],
            excitation_len: 1,
            pitch: Pitch { period: 1, likeness: 0.0 },
            phase: 0,
            random: 1,
        }
    }
}

impl Extrapolation {
    /// Learns the sound that ends `heard`, which lasts at least [`HEARD_MS_MIN`].
    pub(super) fn begin(&mut self, rate: Rate, heard: &[f32]) {
        self.pitch = Pitch::of(heard, rate);
        self.predictor = Predictor::of(heard, rate);
        self.latest.copy_from_slice(&heard[heard.len() - ORDER_MAX..]);
        let length = PERIOD_SAMPLES_MAX.min(*pitch::periods(rate).end());
        self.excitation_len = length.min(heard.len() - ORDER_MAX).max(self.pitch.period);
        let end = self.excitation.len();
        for n in 1..=self.excitation_len {
            let (before, from) = heard.split_at(heard.len() - n);
            self.excitation[end - n] = from[0] - self.predictor.predict(before);
        }
        self.phase = 0;
    }

    /// How the sound repeats itself.
    pub(super) const fn pitch(&self) -> Pitch {
        self.pitch
    }

    /// Whether the sound is more of a voice than of a noise.
    pub(super) fn is_voiced(&self) -> bool {
        self.voicing() > 0.5
    }

    /// Fills `out` with what comes next.
    pub(super) fn fill(&mut self, out: &mut [f32]) {
        let voicing = self.voicing();
        let (periodic, noisy) = (voicing, (1.0 - voicing * voicing).sqrt());
        let mut line = [0.0; ORDER_MAX + CHUNK_SAMPLES];
        for out in out.chunks_mut(CHUNK_SAMPLES) {
            line[..ORDER_MAX].copy_from_slice(&self.latest);
            for n in 0..out.len() {
                let (before, from) = line.split_at_mut(ORDER_MAX + n);
                let excitation = periodic * self.next_periodic() + noisy * self.next_random();
                from[0] = excitation + self.predictor.predict(before);
            }
            out.copy_from_slice(&line[ORDER_MAX..][..out.len()]);
            self.latest.copy_from_slice(&line[out.len()..][..ORDER_MAX]);
        }
    }

    fn voicing(&self) -> f32 {
        let range = VOICE_LIKENESS - NOISE_LIKENESS;
        ((self.pitch.likeness - NOISE_LIKENESS) / range).clamp(0.0, 1.0)
    }

    fn next_periodic(&mut self) -> f32 {
        let place = self.excitation.len() - self.pitch.period + self.phase;
        self.phase = (self.phase + 1) % self.pitch.period;
        self.excitation[place]
    }

    /// A sample of the excitation from anywhere, by a linear congruence (Numerical Recipes' constants).
    fn next_random(&mut self) -> f32 {
        self.random = self.random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let place = (self.random >> 16) as usize % self.excitation_len;
        self.excitation[self.excitation.len() - 1 - place]
    }
}
