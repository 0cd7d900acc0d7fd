//! What sounds beside speech: a fan, music on hold, the keys of a telephone.

use std::f64::consts::TAU;
use std::io::Cursor;

use crate::level::{active_level_db, gain};
use crate::random::Random;
use crate::resample::convert;
use crate::speech::RATE_HZ;

/// Of each sample of a fan's noise, how much is what the one before was: there is less of it above 800 Hz.
const FAN_DARKNESS: f64 = 0.73;

/// Six seconds of music on hold: `crates/audio/tests/assets/hold-music/README.md` tells whose.
const MUSIC: &[u8] =
    include_bytes!("../../../crates/audio/tests/assets/hold-music/reno_project-system.wav");

/// The frequencies of a keypad's rows and columns, in hertz (ITU-T Q.23).
pub(crate) const ROWS_HZ: [f64; 4] = [697.0, 770.0, 852.0, 941.0];
/// See [`ROWS_HZ`].
pub(crate) const COLUMNS_HZ: [f64; 4] = [1_209.0, 1_336.0, 1_477.0, 1_633.0];

/// How long a key is pressed, and how long it takes to the next, in samples: 100 ms each.
const PRESSED_SAMPLES: usize = RATE_HZ as usize / 10;

/// How loud each of a key's tones is: -12 dBFS, as loud as telephones make them.
const KEY_AMPLITUDE: f64 = 0.25;

/// The noise of a fan, so many samples of it at [`RATE_HZ`], at a level in dBov.
pub(crate) fn fan(samples: usize, level_db: f64, seed: u64) -> Vec<f32> {
    let (mut random, mut last) = (Random::new(seed), 0.0);
    let noise: Vec<f64> = (0..samples)
        .map(|_| {
            last = FAN_DARKNESS * last + (1.0 - FAN_DARKNESS) * (2.0 * random.unit() - 1.0);
            last
        })
        .collect();
    let power = noise.iter().map(|sample| sample * sample).sum::<f64>() / samples.max(1) as f64;
    let factor = 10_f64.powf(level_db / 20.0) / power.sqrt();
    noise.iter().map(|sample| (factor * sample) as f32).collect()
}

/// Music on hold at [`RATE_HZ`], at a level in dBov.
pub(crate) fn music(level_db: f64) -> Vec<f32> {
    // The file is part of the program, and tested.
    let Ok(reader) = hound::WavReader::new(Cursor::new(MUSIC)) else { return Vec::new() };
    let rate_hz = reader.spec().sample_rate;
    let samples: Vec<f32> =
        reader.into_samples::<i16>().flatten().map(|sample| f32::from(sample) / 32_768.0).collect();
    let samples = convert(&samples, rate_hz, RATE_HZ);
    let factor = gain(active_level_db(&samples, RATE_HZ), level_db);
    samples.iter().map(|sample| factor * sample).collect()
}

/// One after the other, all the keys of a telephone with four columns.
pub(crate) fn keys() -> Vec<f32> {
    let key = |row: f64, column: f64| {
        let tone = |hz: f64, n: usize| (TAU * hz * n as f64 / f64::from(RATE_HZ)).sin();
        let pressed = move |n| (KEY_AMPLITUDE * (tone(row, n) + tone(column, n))) as f32;
        let pause = std::iter::repeat_n(0.0, PRESSED_SAMPLES);
        (0..PRESSED_SAMPLES).map(pressed).chain(pause)
    };
    let of_row = |row| COLUMNS_HZ.into_iter().flat_map(move |column| key(row, column));
    ROWS_HZ.into_iter().flat_map(of_row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_is_as_loud_as_it_is_said_to_be() {
        let level = |samples: &[f32]| {
            let power: f64 = samples.iter().map(|&sample| f64::from(sample).powi(2)).sum();
            10.0 * (power / samples.len() as f64).log10()
        };
        assert!((level(&fan(32_000, -40.0, 1)) + 40.0).abs() < 0.1);
        let music = music(-20.0);
        assert!(music.len() > 5 * RATE_HZ as usize);
        assert!((active_level_db(&music, RATE_HZ) + 20.0).abs() < 0.1);
        assert_eq!(keys().len(), 16 * 2 * PRESSED_SAMPLES);
        assert!((level(&keys()[..PRESSED_SAMPLES]) + 12.0).abs() < 0.1);
    }
}
