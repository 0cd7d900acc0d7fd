//! Whether a voice sounds: the vocal cords give speech a period that coughs, fans and keyboards don't have.
//!
//! Source: normalised autocorrelation, as in L. R. Rabiner, "On the use of autocorrelation analysis for pitch
//! detection", IEEE Transactions on Acoustics, Speech, and Signal Processing 25 (1), 1977; at 4 kHz, below which all
//! of a voice's strong harmonics are.

use crate::{recent::Recent, vector};

/// The stretch that is compared with what was before it: 30 ms, two periods of a deep voice.
const FRAME_SAMPLES: usize = 120;

/// The longest period: 17.5 ms, of a voice of 57 Hz.
const PERIOD_SAMPLES_MAX: usize = 70;

/// The shortest period: 2.25 ms, of a child's voice of 440 Hz.
const PERIOD_SAMPLES_MIN: usize = 9;

/// Shifts that are looked at before the shortest period: a period is a return, so the likeness must have been lost in
/// between, which that of a rumble never is.
const LIKENESS_LOST: f32 = 0.5;

/// What is fainter is not compared: a mean square of -70 dBFS.
const MEAN_SQUARE_MIN: f32 = 1e-7;

/// What is looked at, at 4 kHz.
const SAMPLES: usize = FRAME_SAMPLES + PERIOD_SAMPLES_MAX;

/// How alike the latest 30 ms are to themselves a period before: 1 for what repeats exactly, below 0.6 for noise.
pub(super) fn periodicity(recent: &Recent) -> f32 {
    let mut samples = [0.0; SAMPLES];
    for (out, pair) in samples.iter_mut().zip(recent.latest(2 * SAMPLES).chunks_exact(2)) {
        *out = 0.5 * (pair[0] + pair[1]);
    }
    let latest = &samples[PERIOD_SAMPLES_MAX..];
    let energy = vector::sum_of_squares(latest);
    if energy < MEAN_SQUARE_MIN * FRAME_SAMPLES as f32 {
        return 0.0;
    }
    let (mut best, mut least) = (0.0f32, 1.0f32);
    // The energy of the shifted stretch, which each shift changes by a sample at either end.
    let mut shifted_energy = energy;
    for shift in 1..=PERIOD_SAMPLES_MAX {
        let start = PERIOD_SAMPLES_MAX - shift;
        let (entering, leaving) = (samples[start], samples[start + FRAME_SAMPLES]);
        shifted_energy += entering * entering - leaving * leaving;
        // Odd shifts of few samples tell nothing that the even ones don't.
        if shift < PERIOD_SAMPLES_MIN && shift % 2 == 1 {
            continue;
        }
        let shifted = &samples[start..start + FRAME_SAMPLES];
        let scale = (energy * shifted_energy.max(f32::MIN_POSITIVE)).sqrt();
        let likeness = vector::dot(latest, shifted) / scale;
        if shift >= PERIOD_SAMPLES_MIN && least < LIKENESS_LOST {
            best = best.max(likeness);
        }
        least = least.min(likeness);
    }
    best.min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recent::RATE;
    use std::f32::consts::TAU;

    fn of(sample: impl FnMut(usize) -> f32) -> f32 {
        let samples: Vec<f32> = (0..800).map(sample).collect();
        let mut recent = Recent::new();
        samples.chunks_exact(160).for_each(|tick| recent.take(tick, RATE));
        periodicity(&recent)
    }

    fn noise() -> impl FnMut() -> f32 {
        let mut state = 1u32;
        move || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state as f32 / u32::MAX as f32 - 0.5
        }
    }

    #[test]
    fn voices_of_any_pitch_are_periodic() {
        for hz in [70.0, 110.0, 180.0, 260.0, 400.0] {
            let value = of(|n| {
                let turns = hz * n as f32 / 8_000.0;
                (1..6).map(|h| 0.1 / h as f32 * (TAU * turns * h as f32).sin()).sum()
            });
            assert!(value > 0.9, "{hz} Hz: {value}");
        }
    }

    #[test]
    fn noise_rumble_and_silence_are_not() {
        let mut white = noise();
        assert!(of(|_| 0.1 * white()) < 0.6);
        let (mut source, mut rumble) = (noise(), 0.0);
        let value = of(|_| {
            rumble += 0.02 * (source() - rumble);
            rumble
        });
        assert!(value < 0.6, "{value}");
        assert_eq!(of(|_| 0.0), 0.0);
    }
}
