use super::*;
use std::f64::consts::TAU;

const PAIRS: [(Rate, Rate); 6] = [
    (Rate::Hz8000, Rate::Hz16000),
    (Rate::Hz8000, Rate::Hz48000),
    (Rate::Hz16000, Rate::Hz48000),
    (Rate::Hz16000, Rate::Hz8000),
    (Rate::Hz48000, Rate::Hz8000),
    (Rate::Hz48000, Rate::Hz16000),
];

/// The edges of the pass-band and of the stop-band between a rate and a higher one, in hertz.
fn band_edges(lower: Rate) -> (f64, f64) {
    if lower == Rate::Hz8000 { (3_400.0, 4_600.0) } else { (7_000.0, 9_050.0) }
}

fn sine(rate: Rate, hz: f64, ticks: usize) -> Vec<f32> {
    let samples = rate.tick_samples() * ticks;
    (0..samples).map(|n| (TAU * hz * n as f64 / f64::from(rate.hz())).sin() as f32).collect()
}

fn resample(from: Rate, to: Rate, input: &[f32]) -> Vec<f32> {
    let mut resampler = Resampler::new(from, to);
    let mut output = vec![0.0; resampler.output_samples(input.len())];
    assert_eq!(resampler.process(input, &mut output), output.len());
    output
}

/// The settled middle of a stream, 200 ms of it.
fn settled(rate: Rate, samples: &[f32]) -> &[f32] {
    &samples[rate.samples_in_ms(100)..rate.samples_in_ms(300)]
}

/// The amplitude and the phase, in radians, of one frequency. The stretch must hold whole periods.
fn spectrum_at(rate: Rate, samples: &[f32], hz: f64) -> (f64, f64) {
    let (mut re, mut im) = (0.0, 0.0);
    for (n, &sample) in samples.iter().enumerate() {
        let angle = TAU * hz * n as f64 / f64::from(rate.hz());
        re += f64::from(sample) * angle.cos();
        im += f64::from(sample) * angle.sin();
    }
    let amplitude = 2.0 * re.hypot(im) / samples.len() as f64;
    (amplitude, re.atan2(im))
}

fn decibels(amplitude: f64) -> f64 {
    20.0 * amplitude.max(1e-12).log10()
}

/// The level of all but one frequency.
fn residue_db(rate: Rate, samples: &[f32], hz: f64) -> f64 {
    let (amplitude, _) = spectrum_at(rate, samples, hz);
    let power = samples.iter().map(|&s| f64::from(s).powi(2)).sum::<f64>() / samples.len() as f64;
    10.0 * (power - amplitude.powi(2) / 2.0).max(1e-12).log10()
}

#[test]
fn the_pass_band_is_flat() {
    for (from, to) in PAIRS {
        let (pass_hz, _) = band_edges(from.min(to));
        for step in 1..=20 {
            let hz = (pass_hz * f64::from(step) / 20.0 / 5.0).floor() * 5.0;
            let output = resample(from, to, &sine(from, hz, 20));
            let (amplitude, _) = spectrum_at(to, settled(to, &output), hz);
            let gain_db = decibels(amplitude);
            assert!(gain_db.abs() < 0.02, "{from:?} to {to:?} at {hz} Hz: {gain_db} dB");
        }
    }
}

#[test]
fn images_stay_below_90_db_when_the_rate_rises() {
    for (from, to) in PAIRS.into_iter().filter(|(from, to)| from < to) {
        let (pass_hz, _) = band_edges(from);
        for step in 1..=20 {
            let hz = (pass_hz * f64::from(step) / 20.0 / 5.0).floor() * 5.0;
            let output = resample(from, to, &sine(from, hz, 20));
            let residue_db = residue_db(to, settled(to, &output), hz);
            assert!(residue_db < -90.0, "{from:?} to {to:?} at {hz} Hz: {residue_db} dB");
        }
    }
}

#[test]
fn aliases_stay_below_90_db_when_the_rate_falls() {
    for (from, to) in PAIRS.into_iter().filter(|(from, to)| from > to) {
        let (_, stop_hz) = band_edges(to);
        let highest = f64::from(from.hz()) / 2.0;
        for step in 0..20 {
            let hz = stop_hz + (highest - stop_hz) * f64::from(step) / 20.0;
            let output = resample(from, to, &sine(from, hz, 20));
            let level_db = residue_db(to, settled(to, &output), 0.0);
            assert!(level_db < -90.0, "{from:?} to {to:?} at {hz} Hz: {level_db} dB");
        }
    }
}

#[test]
fn the_delay_is_what_is_said_and_at_most_two_milliseconds() {
    for (from, to) in PAIRS {
        let hz = 100.0;
        let output = resample(from, to, &sine(from, hz, 20));
        let (_, phase) = spectrum_at(to, settled(to, &output), hz);
        let delay_s = -phase / (TAU * hz);
        let said_s =
            f64::from(Resampler::new(from, to).delay_samples()) / f64::from(from.max(to).hz());
        assert!((delay_s - said_s).abs() < 2e-6, "{from:?} to {to:?}: {delay_s} s, not {said_s}");
        assert!(delay_s <= 0.002);
    }
}

#[test]
fn it_does_not_matter_how_a_stream_is_cut() {
    for (from, to) in PAIRS {
        let input = sine(from, 440.0, 6);
        let whole = resample(from, to, &input);
        let mut resampler = Resampler::new(from, to);
        let mut pieces = Vec::new();
        let mut rest = &input[..];
        for milliseconds in [1, 20, 3, 10, 30, 5, 51] {
            let (piece, after) = rest.split_at(from.samples_in_ms(milliseconds));
            let mut output = vec![0.0; to.samples_in_ms(milliseconds)];
            resampler.process(piece, &mut output);
            pieces.extend(output);
            rest = after;
        }
        assert_eq!(pieces, whole, "{from:?} to {to:?}");
    }
}

#[test]
fn up_and_down_again_gives_the_same_sound_later() {
    for (lower, higher) in PAIRS.into_iter().filter(|(from, to)| from < to) {
        let original = sine(lower, 1_000.0, 10);
        let back = resample(higher, lower, &resample(lower, higher, &original));
        let delay = if lower == Rate::Hz8000 { 31 } else { 47 };
        for (now, then) in back[200 + delay..].iter().zip(&original[200..]) {
            assert!((now - then).abs() < 1e-4);
        }
    }
}

#[test]
fn equal_rates_pass_bit_for_bit() {
    let input = sine(Rate::Hz16000, 440.0, 3);
    assert_eq!(resample(Rate::Hz16000, Rate::Hz16000, &input), input);
}

#[test]
fn a_copy_goes_on_from_the_same_point_and_a_reset_from_silence() {
    let input = sine(Rate::Hz8000, 440.0, 2);
    let (first, second) = input.split_at(160);
    let mut original = Resampler::new(Rate::Hz8000, Rate::Hz48000);
    let mut buffer = [0.0; 960];
    original.process(first, &mut buffer);
    let mut copy = Resampler::new(Rate::Hz48000, Rate::Hz8000);
    copy.copy_state_from(&original);
    let mut copied = [0.0; 960];
    copy.process(second, &mut copied);
    original.process(second, &mut buffer);
    assert_eq!(copied, buffer);
    original.set(Rate::Hz8000, Rate::Hz16000);
    original.process(&[0.0; 160], &mut buffer[..320]);
    assert_eq!(buffer[..320], [0.0; 320]);
}

#[test]
fn an_output_that_is_too_short_takes_what_it_can() {
    for (from, to) in PAIRS {
        let mut resampler = Resampler::new(from, to);
        assert_eq!(resampler.process(&sine(from, 440.0, 3), &mut [0.0; 100]), 100);
        assert_eq!(resampler.process(&[], &mut [0.0; 100]), 0);
    }
}
