//! What a voice may be of sound, without the breath and the rumble in the recordings: those are no syllables, and the
//! server takes some of them away.

use std::f64::consts::TAU;

/// What is lower than this is no voice.
const VOICE_FROM_HZ: f64 = 150.0;

/// What a voice may be of sound: by a high-pass filter of the first order, twice.
pub(crate) fn voice(samples: &[f32], rate_hz: u32) -> Vec<f32> {
    let factor = 1.0 / (1.0 + TAU * VOICE_FROM_HZ / f64::from(rate_hz)) as f32;
    let pass = |samples: &[f32]| -> Vec<f32> {
        let (mut before, mut passed) = (0.0, 0.0);
        let step = |&sample: &f32| {
            passed = factor * (passed + sample - before);
            before = sample;
            passed
        };
        samples.iter().map(step).collect()
    };
    pass(&pass(samples))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rumble_is_no_voice() {
        let level = |hz: f64| {
            let note = |n: u32| (TAU * hz * f64::from(n) / 16_000.0).sin() as f32;
            let note: Vec<f32> = (0..16_000).map(note).collect();
            voice(&note, 16_000)[8_000..].iter().fold(0.0, |most, sample| sample.abs().max(most))
        };
        assert!(level(20.0) < 0.03 && level(1_000.0) > 0.9, "{} {}", level(20.0), level(1_000.0));
    }
}
