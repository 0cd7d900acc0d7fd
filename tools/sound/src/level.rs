//! How loud somebody speaks: the active speech level of ITU-T P.56, method B.
//!
//! Pauses don't count: the level is that of the time in which somebody speaks, which is found by a smoothed
//! envelope, a threshold that lies a fixed margin below that very level, and a hangover.

/// The envelope's time constant, in seconds.
const SMOOTHING_S: f64 = 0.03;

/// How long somebody is still taken to speak after the envelope has fallen, in seconds.
const HANGOVER_S: f64 = 0.2;

/// By how much the threshold lies below the active level, in decibels.
const MARGIN_DB: f64 = 15.9;

/// Thresholds that are tried: powers of two from 2^-15 of full scale.
const THRESHOLDS: usize = 15;

/// The level of speech, in decibels below a full-scale square (dBov); minus infinity of silence.
#[must_use]
pub fn active_level_db(samples: &[f32], rate_hz: u32) -> f64 {
    let power: f64 = samples.iter().map(|&sample| f64::from(sample).powi(2)).sum();
    if power <= 0.0 {
        return f64::NEG_INFINITY;
    }
    let active = active_samples(samples, rate_hz);
    // By threshold: the level if that one tells speech, and by how much it lies above the threshold.
    let levels = active.iter().enumerate().map(|(n, &active)| {
        let level = decibels(power / active.max(1) as f64);
        (level, level - 2.0 * decibels(threshold(n)))
    });
    interpolated(levels).unwrap_or_else(|| decibels(power / samples.len() as f64))
}

/// The factor that brings speech of this level to another.
#[must_use]
pub fn gain(from_db: f64, to_db: f64) -> f32 {
    10_f64.powf((to_db - from_db) / 20.0) as f32
}

/// For each threshold, how many samples are speech by it.
fn active_samples(samples: &[f32], rate_hz: u32) -> [usize; THRESHOLDS] {
    let keep = (-1.0 / (SMOOTHING_S * f64::from(rate_hz))).exp();
    let hangover = (HANGOVER_S * f64::from(rate_hz)) as usize;
    let (mut once, mut envelope) = (0.0, 0.0);
    let mut active = [0; THRESHOLDS];
    let mut hanging = [0; THRESHOLDS];
    for sample in samples {
        once = keep * once + (1.0 - keep) * f64::from(sample.abs());
        envelope = keep * envelope + (1.0 - keep) * once;
        for (n, (active, hanging)) in active.iter_mut().zip(&mut hanging).enumerate() {
            if envelope >= threshold(n) {
                *hanging = hangover;
            }
            if *hanging > 0 {
                *active += 1;
                *hanging -= 1;
            }
        }
    }
    active
}

fn threshold(number: usize) -> f64 {
    0.5_f64.powi((THRESHOLDS - number) as i32)
}

/// The level at which the distance to the threshold is the margin, between the two thresholds that enclose it.
fn interpolated(levels: impl Iterator<Item = (f64, f64)>) -> Option<f64> {
    let mut before: Option<(f64, f64)> = None;
    for (level, distance) in levels {
        if distance <= MARGIN_DB {
            let Some((level_before, distance_before)) = before else { return Some(level) };
            let way = (distance_before - MARGIN_DB) / (distance_before - distance);
            return Some(level_before + way * (level - level_before));
        }
        before = Some((level, distance));
    }
    None
}

fn decibels(power: f64) -> f64 {
    10.0 * power.log10()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::speech::{LEVEL_DB, RATE_HZ, Recording};

    #[test]
    fn pauses_do_not_count() {
        let speech = Recording::Reader2.samples();
        let pauses =
            [&speech[..], &vec![0.0; speech.len()], &speech, &vec![0.0; speech.len()]].concat();
        let [level, with_pauses] = [&speech[..], &pauses].map(|s| active_level_db(s, RATE_HZ));
        assert!((level - LEVEL_DB).abs() < 0.01, "{level}");
        assert!((with_pauses - level).abs() < 0.6, "{with_pauses} {level}");
    }

    #[test]
    fn a_gain_moves_the_level_by_as_much() {
        let speech = Recording::Cards.samples();
        let factor = gain(LEVEL_DB, LEVEL_DB - 20.0);
        let soft: Vec<f32> = speech.iter().map(|sample| factor * sample).collect();
        assert!((active_level_db(&soft, RATE_HZ) - (LEVEL_DB - 20.0)).abs() < 0.5);
        assert_eq!(active_level_db(&[0.0; 100], RATE_HZ), f64::NEG_INFINITY);
        assert_eq!(active_level_db(&[], RATE_HZ), f64::NEG_INFINITY);
    }
}
