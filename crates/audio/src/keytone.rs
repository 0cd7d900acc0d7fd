//! The tones of a telephone's keys among other sound (DTMF), so that a room need not hear them.
//!
//! Sources: ITU-T Q.23 (the eight frequencies), Q.24 (levels, and the difference between both tones: "twist"). The
//! power at each frequency is found by Goertzel's algorithm (G. Goertzel, "An algorithm for the evaluation of finite
//! trigonometric series", American Mathematical Monthly 65, 1958), in each half of a tick by itself: a tone that begins
//! with the second half of a tick is to be found in it all the same.

use crate::recent::{RATE, Recent, TICK_SAMPLES};
use multiversion::multiversion;
use std::f32::consts::TAU;

/// The frequencies of rows and of columns, in hertz (ITU-T Q.23).
const HZ: [f32; TONES] = [697.0, 770.0, 852.0, 941.0, 1_209.0, 1_336.0, 1_477.0, 1_633.0];
const TONES: usize = 8;
const ROWS: usize = 4;

const HALF_SAMPLES: usize = TICK_SAMPLES / 2;

/// The faintest tone, as a mean square: -42 dBFS, a little below what receivers must take (ITU-T Q.24: to -29 dBm).
const MEAN_SQUARE_MIN: f32 = 6e-5;

/// What both tones must have of the power of each half of a tick. Speech spreads its power over a dozen harmonics; a tone
/// that is off by the 1.5 % which are allowed (ITU-T Q.24) still has 0.81.
const PURITY: f32 = 0.75;

/// The same of half a tick that stands by itself.
const PURITY_OF_ONE: f32 = 0.9;

/// The most by which one tone may be stronger than the other, as a ratio of powers: 13 dB. ITU-T Q.24 has 4 to 8 dB,
/// which half a tick tells to within 4 dB.
const TWIST_MAX: f32 = 20.0;

/// Finds the tones of keys in a stream.
#[derive(Debug, Clone)]
pub struct KeyTones {
    /// Of each tone, twice the cosine of the angle by which it turns from sample to sample.
    turns: [f32; TONES],
    /// Whether the last tick held a tone.
    sounds: bool,
}

/// Half a tick held against the tones.
#[derive(Debug, Clone, Copy)]
struct Half {
    /// The energy of each tone.
    tones: [f32; TONES],
    /// The energy of all.
    energy: f32,
}

impl KeyTones {
    /// One that has heard no tone.
    pub fn new() -> Self {
        Self { turns: HZ.map(|hz| 2.0 * (TAU * hz / RATE.hz() as f32).cos()), sounds: false }
    }

    /// Whether the latest tick is to be left out: a key's tone sounds in it, or did in the tick before, whose end may
    /// reach into this one.
    pub fn update(&mut self, recent: &Recent) -> bool {
        let (first, second) = recent.tick().split_at(HALF_SAMPLES);
        let [first, second] = halves(&self.turns, first, second);
        let sounds = (first.is_tone(PURITY) && second.is_tone(PURITY))
            || second.is_tone(PURITY_OF_ONE)
            || (self.sounds && first.is_tone(PURITY));
        std::mem::replace(&mut self.sounds, sounds) || sounds
    }

    /// Takes a silent tick.
    pub const fn skip(&mut self) {
        self.sounds = false;
    }
}

impl Default for KeyTones {
    fn default() -> Self {
        Self::new()
    }
}

impl Half {
    /// Of the last two values of Goertzel's recursion over all its samples, and their squares' sum.
    fn new(turns: &[f32; TONES], last: &[[f32; TONES]; 2], energy: f32) -> Self {
        let power = |tone: usize| {
            let [one, two] = [last[0][tone], last[1][tone]];
            one * one + two * two - turns[tone] * one * two
        };
        // The energy of a tone of amplitude a is a²n/2, and its correlation is an/2.
        Self { tones: std::array::from_fn(|tone| 2.0 / HALF_SAMPLES as f32 * power(tone)), energy }
    }

    /// Whether two tones, one of each kind, are nearly all of it.
    fn is_tone(&self, purity: f32) -> bool {
        if self.energy < MEAN_SQUARE_MIN * HALF_SAMPLES as f32 {
            return false;
        }
        let (rows, columns) = self.tones.split_at(ROWS);
        let [row, column] = [rows, columns].map(|tones| tones.iter().copied().fold(0.0, f32::max));
        row + column >= purity * self.energy && row.max(column) <= TWIST_MAX * row.min(column)
    }
}

/// Goertzel's recursion over both halves of a tick side by side, for all tones: so none waits for another.
#[multiversion(targets = "simd")]
fn halves(turns: &[f32; TONES], first: &[f32], second: &[f32]) -> [Half; 2] {
    let mut last = [[[0.0f32; TONES]; 2]; 2];
    let mut energies = [0.0f32; 2];
    for (&first, &second) in first.iter().zip(second) {
        for (half, sample) in [first, second].into_iter().enumerate() {
            let [one, two] = &mut last[half];
            for tone in 0..TONES {
                let next = sample + turns[tone] * one[tone] - two[tone];
                (two[tone], one[tone]) = (one[tone], next);
            }
            energies[half] += sample * sample;
        }
    }
    [0, 1].map(|half| Half::new(turns, &last[half], energies[half]))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two tones from one sample to another, and silence around them.
    fn tones(hz: [f32; 2], amplitudes: [f32; 2], from: usize, to: usize) -> Vec<f32> {
        let tone = |n: usize, t: usize| amplitudes[t] * (TAU * hz[t] * n as f32 / 8_000.0).sin();
        let sample = |n| if (from..to).contains(&n) { tone(n, 0) + tone(n, 1) } else { 0.0 };
        (0..1_600).map(sample).collect()
    }

    fn found(samples: &[f32]) -> Vec<bool> {
        let (mut keys, mut recent) = (KeyTones::new(), Recent::new());
        let mut is_found = |tick: &[f32]| {
            recent.take(tick, RATE);
            keys.update(&recent)
        };
        samples.chunks_exact(TICK_SAMPLES).map(&mut is_found).collect()
    }

    /// Samples of a tone that are let through.
    fn leaked(samples: &[f32]) -> usize {
        let ticks = samples.chunks_exact(TICK_SAMPLES).zip(found(samples));
        ticks
            .filter(|(_, found)| !found)
            .map(|(tick, _)| tick.iter().filter(|s| **s != 0.0).count())
            .sum()
    }

    #[test]
    fn every_key_is_found_off_its_frequency_and_with_twist() {
        let (rows, columns) = HZ.split_at(ROWS);
        for (row, column) in rows.iter().flat_map(|row| columns.iter().map(move |c| (row, c))) {
            for (off, amplitudes) in [(1.0, [0.1, 0.1]), (1.015, [0.1, 0.05]), (0.985, [0.04, 0.1])]
            {
                let hz = [row * off, column * off];
                let found = found(&tones(hz, amplitudes, 0, 1_600));
                assert!(found.iter().all(|&found| found), "{hz:?} {amplitudes:?} {found:?}");
            }
        }
    }

    #[test]
    fn wherever_a_tone_begins_and_ends_little_is_left_of_it() {
        for from in (320..480).step_by(7) {
            let samples = tones([770.0, 1_336.0], [0.1, 0.1], from, from + 800);
            assert!(leaked(&samples) <= HALF_SAMPLES, "{from}: {}", leaked(&samples));
        }
    }

    #[test]
    fn one_tone_three_tones_noise_and_silence_are_no_key() {
        assert!(found(&tones([770.0, 1_336.0], [0.1, 0.0], 0, 1_600)).iter().all(|found| !found));
        assert!(found(&tones([440.0, 480.0], [0.1, 0.1], 0, 1_600)).iter().all(|found| !found));
        let mut three = tones([770.0, 1_336.0], [0.1, 0.1], 0, 1_600);
        let third = tones([300.0, 2_500.0], [0.1, 0.1], 0, 1_600);
        three.iter_mut().zip(third).for_each(|(a, b)| *a += b);
        assert!(found(&three).iter().all(|found| !found));
        assert!(found(&[0.0; 1_600]).iter().all(|found| !found));
    }
}
