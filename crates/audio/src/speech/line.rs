//! The noise of a line, and what stands out of it.
//!
//! Noise is known by the quietest moments of some seconds ([`NoiseMeter`]), and at once when sound has been steadier
//! for a second than any speech is: a fan need not be heard for longer than that.

use crate::{noise_meter::NoiseMeter, recent, recent::Recent, vector};

/// Of each sample, what the one before it is held against it: this evens out noise, most of which is dark, and lets
/// rumble count for little (pre-emphasis, as in L. R. Rabiner and R. W. Schafer, *Digital Processing of Speech
/// Signals*, 1978, section 8).
const EMPHASIS: f32 = 0.9;

/// How many times the energy of the noise a sound has that stands out of it, with emphasis: 5 dB. Noise swings by 2.
const STANDS_OUT: f32 = 3.2;

/// The same without emphasis, where a rumble swings by 6 dB: 8 dB.
const STANDS_OUT_WHOLE: f32 = 6.3;

/// What is so much stronger than the noise begins to speak in it, be that noise a hum: 10 dB.
const BREAKS_IN: f32 = 10.0;

/// By how many times the strongest tick of steady sound exceeds the weakest, at most: 8 dB. A word swings by 15.
const STEADY_RATIO: f32 = 6.3;

/// How long sound must be steady to be taken for noise: 1 s, twice as long as the longest vowel in a sentence.
const STEADY_TICKS: u32 = 50;

/// The energy that silence is taken for: -87 dBFS, which is still a sound to the meter.
const SILENCE: f32 = 2e-9;

/// Ticks that the meter takes a mean of: after so many of silence it has seen silence.
const SILENT_TICKS: u32 = 3;

/// Follows the noise of a line.
#[derive(Debug, Clone)]
pub(super) struct Line {
    bright: Band,
    whole: Band,
    /// The weakest and the strongest tick since sound has been steady, and how many ticks that was.
    least: f32,
    most: f32,
    steady_ticks: u32,
}

/// One weighting of the sound.
#[derive(Debug, Clone)]
struct Band {
    noise: NoiseMeter,
    /// The energies of the ticks since sound has been steady, added up.
    steady: f32,
}

/// What a tick is beside the noise.
#[derive(Debug, Clone, Copy)]
pub(super) struct Standing {
    /// Its energy, with emphasis.
    pub(super) energy: f32,
    pub(super) stands_out: bool,
    pub(super) breaks_in: bool,
}

impl Line {
    /// One that has been silent for ever.
    pub(super) const fn new() -> Self {
        Self {
            bright: Band::new(),
            whole: Band::new(),
            least: f32::INFINITY,
            most: 0.0,
            steady_ticks: 0,
        }
    }

    /// Takes the latest tick. What is known to be speech (`is_speech`) is no noise, however steady.
    pub(super) fn update(&mut self, recent: &Recent, is_speech: bool) -> Standing {
        let samples = recent.latest(recent::TICK_SAMPLES + 1);
        let of_tick = |sum: f32| sum / recent::TICK_SAMPLES as f32;
        let energy = of_tick(vector::sum_of_squares_of_rises(samples, EMPHASIS));
        let whole = of_tick(vector::sum_of_squares(recent.tick()));
        self.watch_steadiness(energy, whole, is_speech);
        let above = self.bright.above(energy);
        Standing {
            energy,
            stands_out: above >= STANDS_OUT || self.whole.above(whole) >= STANDS_OUT_WHOLE,
            breaks_in: above >= BREAKS_IN,
        }
    }

    /// Takes so many ticks of silence.
    pub(super) fn fall(&mut self, ticks: u32) {
        for _ in 0..ticks.min(SILENT_TICKS) {
            self.bright.above(SILENCE);
            self.whole.above(SILENCE);
        }
        self.steady_ticks = 0;
    }

    fn watch_steadiness(&mut self, energy: f32, whole: f32, is_speech: bool) {
        (self.least, self.most) = (self.least.min(energy), self.most.max(energy));
        if is_speech || self.steady_ticks == 0 || self.most > STEADY_RATIO * self.least {
            (self.least, self.most, self.steady_ticks) = (energy, energy, 0);
            (self.bright.steady, self.whole.steady) = (0.0, 0.0);
        }
        self.steady_ticks += 1;
        self.bright.steady += energy;
        self.whole.steady += whole;
        if self.steady_ticks == STEADY_TICKS {
            self.bright.take_for_noise();
            self.whole.take_for_noise();
            self.steady_ticks = 0;
        }
    }
}

impl Band {
    const fn new() -> Self {
        Self { noise: NoiseMeter::from_energy(SILENCE), steady: 0.0 }
    }

    /// Takes the energy of a tick, and gives how many times as much that is as the noise.
    fn above(&mut self, energy: f32) -> f32 {
        self.noise.update(energy);
        energy / self.noise.energy().unwrap_or(energy).max(f32::MIN_POSITIVE)
    }

    /// Takes what was steady for as long as it takes for the noise of the line.
    fn take_for_noise(&mut self) {
        self.noise = NoiseMeter::from_energy(self.steady / STEADY_TICKS as f32);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rate::Rate;

    /// Whether each tick of noise stands out, of an amplitude a tick.
    fn stand_out(line: &mut Line, amplitudes: impl IntoIterator<Item = f32>) -> Vec<bool> {
        let (mut recent, mut state) = (Recent::new(), 5u32);
        let mut look = |amplitude: f32| {
            let mut tick = [0.0; recent::TICK_SAMPLES];
            for sample in &mut tick {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                *sample = amplitude * (state as f32 / u32::MAX as f32 - 0.5);
            }
            recent.take(&tick, Rate::Hz8000);
            line.update(&recent, false).stands_out
        };
        amplitudes.into_iter().map(&mut look).collect()
    }

    #[test]
    fn what_is_steady_for_a_second_is_noise_and_what_is_louder_stands_out() {
        let mut line = Line::new();
        let found = stand_out(&mut line, [0.1; 200]);
        assert!(found[..49].iter().all(|&found| found), "it may be the beginning of speech");
        assert!(found[51..].iter().all(|&found| !found));
        assert!(stand_out(&mut line, [0.2])[0], "6 dB above it");
    }

    #[test]
    fn words_that_follow_each_other_stand_out_for_ever() {
        let mut line = Line::new();
        let syllable = (0..10).map(|tick| 0.01 * 1.6f32.powi(5 - (tick - 5i32).abs()));
        let found = stand_out(&mut line, syllable.cycle().take(1_000));
        assert!(found.iter().filter(|found| !**found).count() < 350, "but for the softest parts");
        assert!(found[500..].chunks(10).all(|word| word.contains(&true)));
    }

    #[test]
    fn after_silence_everything_stands_out() {
        let mut line = Line::new();
        stand_out(&mut line, [0.1; 200]);
        assert!(!stand_out(&mut line, [0.1])[0]);
        line.fall(3);
        assert!(stand_out(&mut line, [0.1])[0]);
    }
}
