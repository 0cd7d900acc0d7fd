//! Short fades, so that sound which begins or ends doesn't click.

use crate::{rate::Rate, vector};

/// Length of a fade in milliseconds: too short to be heard as one, long enough not to click.
pub const FADE_MS: u32 = 5;

/// Fades the beginning of `samples` in from silence.
pub fn fade_in(samples: &mut [f32], rate: Rate) {
    let (start, _) = split(samples, rate);
    vector::ramp(start, 0.0, 1.0);
}

/// Fades the beginning of `samples` out, and silences the rest.
pub fn fade_out(samples: &mut [f32], rate: Rate) {
    let (start, rest) = split(samples, rate);
    vector::ramp(start, 1.0, 0.0);
    rest.fill(0.0);
}

/// What a filter that changes the rate remembers at most, in milliseconds.
const FILTER_MS: u32 = 4;

/// Fades `samples` out at their end, but so that all filters they go through have run empty by then.
pub fn fade_out_late(samples: &mut [f32], rate: Rate) {
    let kept = samples.len().saturating_sub(rate.samples_in_ms(FADE_MS + FILTER_MS));
    fade_out(&mut samples[kept..], rate);
}

/// What follows sound that broke off at the sample `last`: a slide from there to silence, instead
/// of a step.
pub fn tail(samples: &mut [f32], rate: Rate, last: f32) {
    samples.fill(last);
    fade_out(samples, rate);
}

fn split(samples: &mut [f32], rate: Rate) -> (&mut [f32], &mut [f32]) {
    let fade_samples = rate.samples_in_ms(FADE_MS).min(samples.len());
    samples.split_at_mut(fade_samples)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn largest_step(samples: &[f32]) -> f32 {
        samples.windows(2).map(|pair| (pair[1] - pair[0]).abs()).fold(0.0, f32::max)
    }

    #[test]
    fn fades_have_no_step() {
        for rate in Rate::ALL {
            let step_max = 1.01 / rate.samples_in_ms(FADE_MS) as f32;
            let mut samples = vec![1.0; rate.tick_samples()];
            fade_in(&mut samples, rate);
            assert_eq!((samples[0], samples[rate.tick_samples() - 1]), (0.0, 1.0));
            assert!(largest_step(&samples) <= step_max);
            let mut samples = vec![1.0; rate.tick_samples()];
            fade_out(&mut samples, rate);
            assert_eq!((samples[0], samples[rate.tick_samples() - 1]), (1.0, 0.0));
            assert!(largest_step(&samples) <= step_max);
            let mut samples = vec![1.0; rate.tick_samples()];
            fade_out_late(&mut samples, rate);
            assert_eq!(samples[..rate.samples_in_ms(11)], vec![1.0; rate.samples_in_ms(11)]);
            assert_eq!(samples[rate.samples_in_ms(16)..], vec![0.0; rate.samples_in_ms(4)]);
            assert!(largest_step(&samples) <= step_max);
        }
    }

    #[test]
    fn a_tail_starts_where_the_sound_broke_off() {
        let mut samples = [9.0; 160];
        tail(&mut samples, Rate::Hz8000, -0.5);
        assert_eq!(samples[0], -0.5);
        assert_eq!(samples[159], 0.0);
        assert!(largest_step(&samples) < 0.02);
    }

    #[test]
    fn samples_shorter_than_the_fade_are_faded_all_the_same() {
        let mut samples = [1.0; 4];
        fade_out(&mut samples, Rate::Hz48000);
        assert_eq!(samples[0], 1.0);
        assert!(samples[3] < 0.5);
    }
}
