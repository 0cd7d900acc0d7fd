//! Whether a voice speaks, or a line just sounds.
//!
//! Whatever sounds may be the beginning of speech, and counts as *doubt*, for no first syllable is to be lost. It is so
//! until something else is found:
//!
//! - *Voiced* for a tenth of a second, louder than the line's noise: somebody speaks, and does so over pauses.
//! - No louder than the line's noise, or as steady as no speech is for a second: a fan, a street, a hum.
//! - Voiced, but *dull* for a second and a half: music, or a tone.
//!
//! What has the rhythm of words and no voice stays in doubt for as long as it lasts: a cough or a keyboard, but it may be
//! somebody who whispers. All is found in the band of a telephone, so that phones and browsers are judged alike.

mod line;
mod liveliness;
mod voicing;

use crate::{recent::Recent, spectrum};
use line::Line;
use liveliness::Liveliness;

/// A noise that was steady for so long, 200 ms, is broken into by what is clearly louder.
const STEADY_TICKS: u32 = 10;

/// Periodicity from which on a tick is voiced: noise stays below.
const VOICED_FROM: f32 = 0.65;

/// A spectrum that changes less than this is a tone's, not that of a voice.
const TONE_FLUX: f32 = 0.004;

/// So many voiced ticks of the last 15, 100 of 300 ms, are a vowel or two: the voiced end of a cough is shorter.
const VOICED_TICKS_MIN: u32 = 5;
const VOICED_OF_LAST: u32 = (1 << 15) - 1;

/// Who has spoken goes on speaking for so long without a vowel: 1.5 s. Vowels are looked for again when a second of
/// that is left, as looking costs more than all the rest.
const PROVEN_TICKS: u32 = 75;
const RENEWED_BELOW_TICKS: u32 = 50;

/// What the sound of a tick is taken for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Somebody speaks.
    Speech,
    /// It may be speech.
    Doubt,
    /// It is anything else.
    Noise,
}

/// Judges one stream of sound.
#[derive(Debug, Clone)]
pub struct SpeechDetector {
    line: Line,
    liveliness: Liveliness,
    /// Which of the last ticks were voiced, a bit each.
    voiced: u32,
    /// Ticks for which it is proven that somebody speaks.
    proven: u32,
    /// Ticks in a row that didn't stand out of the noise.
    steady: u32,
}

impl SpeechDetector {
    /// One that has heard silence for ever. Allocates nothing, once [`prepare`] was called.
    pub const fn new() -> Self {
        Self { line: Line::new(), liveliness: Liveliness::new(), voiced: 0, proven: 0, steady: 0 }
    }

    /// Judges the latest tick.
    pub fn update(&mut self, recent: &Recent) -> Verdict {
        let standing = self.line.update(recent, self.proven > 0);
        if self.steady >= STEADY_TICKS && standing.breaks_in {
            self.liveliness.forget();
        }
        self.steady = if standing.stands_out { 0 } else { self.steady.saturating_add(1) };
        let flux = self.liveliness.update(recent, decibels(standing.energy));
        self.seek_proof(recent, standing.stands_out && flux > TONE_FLUX);
        if self.liveliness.is_dull() {
            Verdict::Noise
        } else if self.proven > 0 {
            Verdict::Speech
        } else if standing.stands_out {
            Verdict::Doubt
        } else {
            Verdict::Noise
        }
    }

    /// Takes so many ticks of silence: they need not be looked at.
    pub fn skip(&mut self, ticks: u32) {
        if ticks == 0 {
            return;
        }
        self.line.fall(ticks);
        self.liveliness.fall(ticks);
        self.voiced = self.voiced.checked_shl(ticks).unwrap_or(0);
        self.proven = self.proven.saturating_sub(ticks);
        self.steady = 0;
    }

    /// Looks for a voice in a tick that `may_be` voiced.
    fn seek_proof(&mut self, recent: &Recent, may_be: bool) {
        self.proven = self.proven.saturating_sub(1);
        let is_voiced = may_be
            && self.proven < RENEWED_BELOW_TICKS
            && voicing::periodicity(recent) >= VOICED_FROM;
        self.voiced = self.voiced << 1 | u32::from(is_voiced);
        if (self.voiced & VOICED_OF_LAST).count_ones() >= VOICED_TICKS_MIN {
            (self.proven, self.voiced) = (PROVEN_TICKS, 0);
        }
    }
}

impl Default for SpeechDetector {
    fn default() -> Self {
        Self::new()
    }
}

/// Makes all tables that detectors share: to be called before one is used where nothing may allocate.
pub fn prepare() {
    spectrum::prepare();
}

/// An energy in decibels, not below -100.
fn decibels(energy: f32) -> f32 {
    10.0 * energy.max(1e-10).log10()
}
