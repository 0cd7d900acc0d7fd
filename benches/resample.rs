//! Our resampler beside rubato, both as near to 2 ms of delay as they come: first what each does to sound, then what 20 ms
//! of it take.
#![allow(clippy::unwrap_used, missing_docs, reason = "a bench may fail where it stands")]

use std::f64::consts::TAU;
use std::hint::black_box;

use audio::Rate;
use audio::resample::Resampler;
use criterion::{Criterion, criterion_group, criterion_main};
use rubato::audioadapter_buffers::direct::InterleavedSlice;
use rubato::{
    Async, Fft, FixedAsync, FixedSync, SincInterpolationParameters, SincInterpolationType,
    WindowFunction,
};

const PAIRS: [(Rate, Rate); 4] = [
    (Rate::Hz8000, Rate::Hz48000),
    (Rate::Hz48000, Rate::Hz8000),
    (Rate::Hz16000, Rate::Hz48000),
    (Rate::Hz48000, Rate::Hz16000),
];

/// The delay that a pass may have.
const DELAY_MS: u32 = 2;

/// Ticks of a note that are looked at, after as many in which filters settle.
const TICKS: usize = 10;

/// Puts a tick of one rate into one of another.
type Pass = Box<dyn FnMut(&[f32], &mut [f32])>;

/// What is compared.
#[derive(Clone, Copy)]
enum Kind {
    Ours,
    /// By convolution with a sinc, of whose steps as many are calculated beforehand as there are phases.
    RubatoSinc,
    /// In the domain of frequencies, in blocks of which the delay is half a one.
    RubatoFft,
}

const KINDS: [(Kind, &str); 3] = [
    (Kind::Ours, "ours"),
    (Kind::RubatoSinc, "rubato, Async sinc"),
    (Kind::RubatoFft, "rubato, Fft"),
];

impl Kind {
    fn pass(self, from: Rate, to: Rate) -> Pass {
        match self {
            Self::Ours => {
                let mut resampler = Resampler::new(from, to);
                Box::new(move |input, output| _ = resampler.process(input, output))
            }
            Self::RubatoSinc => {
                let sinc_len = 2 * from.samples_in_ms(DELAY_MS);
                let phases = (to.hz() / from.hz()).max(1) as usize;
                let parameters =
                    SincInterpolationParameters::new(sinc_len, WindowFunction::Blackman2)
                        .oversampling_factor(phases)
                        .interpolation(SincInterpolationType::Nearest);
                let ratio = f64::from(to.hz()) / f64::from(from.hz());
                let chunk = from.tick_samples();
                through(
                    Async::new_sinc(ratio, 1.0, &parameters, chunk, 1, FixedAsync::Input).unwrap(),
                )
            }
            Self::RubatoFft => {
                let (chunk, blocks) = (from.tick_samples(), 20 / (2 * DELAY_MS) as usize);
                let (from, to) = (from.hz() as usize, to.hz() as usize);
                let window = WindowFunction::Blackman2;
                through(
                    Fft::new_custom(from, to, chunk, blocks, 1, window, FixedSync::Both).unwrap(),
                )
            }
        }
    }
}

fn through(mut resampler: impl rubato::Resampler<f32> + 'static) -> Pass {
    Box::new(move |input, output| {
        let (from, to) = (input.len(), output.len());
        let input = InterleavedSlice::new(input, 1, from).unwrap();
        let mut output = InterleavedSlice::new_mut(output, 1, to).unwrap();
        resampler.process_into_buffer(&input, &mut output, None).unwrap();
    })
}

/// What a note of this pitch becomes: its amplitude, its delay in seconds, and the amplitude of all else.
fn through_of(pass: &mut Pass, from: Rate, to: Rate, hz: f64) -> (f64, f64, f64) {
    let mut heard = Vec::new();
    for tick in 0..2 * TICKS {
        let note = |n: usize| {
            let n = tick * from.tick_samples() + n;
            (TAU * hz * n as f64 / f64::from(from.hz())).sin() as f32
        };
        let input: Vec<f32> = (0..from.tick_samples()).map(note).collect();
        let mut output = vec![0.0; to.tick_samples()];
        pass(&input, &mut output);
        heard.extend(output);
    }
    let settled = &heard[TICKS * to.tick_samples()..];
    let (mut re, mut im, mut power) = (0.0, 0.0, 0.0);
    for (n, &sample) in settled.iter().enumerate() {
        let angle = TAU * hz * n as f64 / f64::from(to.hz());
        re += f64::from(sample) * angle.cos();
        im += f64::from(sample) * angle.sin();
        power += f64::from(sample).powi(2);
    }
    let amplitude = 2.0 * re.hypot(im) / settled.len() as f64;
    let rest = (2.0 * power / settled.len() as f64 - amplitude.powi(2)).max(1e-14).sqrt();
    (amplitude, -re.atan2(im) / (TAU * hz), rest)
}

fn decibels(amplitude: f64) -> f64 {
    20.0 * amplitude.max(1e-9).log10()
}

/// What is told before anything is timed. Notes are whole multiples of 50 Hz, so that what is looked at is whole periods.
fn quality() {
    for (from, to) in PAIRS {
        let lower = f64::from(from.min(to).hz());
        // A telephone's band, and that of wideband telephony; what lies as far above half the rate must go.
        let pass_hz = if lower == 8_000.0 { 3_400.0 } else { 7_000.0 };
        let stop_hz = lower - pass_hz;
        for (kind, name) in KINDS {
            let mut pass = kind.pass(from, to);
            let (_, delay_s, _) = through_of(&mut pass, from, to, 50.0);
            let mut ripple_db = 0.0_f64;
            let mut alias_db = f64::NEG_INFINITY;
            for step in 1..=20 {
                let hz = (pass_hz * f64::from(step) / 20.0 / 50.0).round() * 50.0;
                let (amplitude, _, rest) = through_of(&mut pass, from, to, hz);
                ripple_db = ripple_db.max(decibels(amplitude).abs());
                alias_db = alias_db.max(decibels(rest));
                let above_hz = stop_hz + 50.0 * f64::from(step);
                if from > to {
                    let (amplitude, _, rest) = through_of(&mut pass, from, to, above_hz);
                    alias_db = alias_db.max(decibels(amplitude.hypot(rest)));
                }
            }
            println!(
                "{} to {} kHz, {name}: delay {:.2} ms, ripple {ripple_db:.2} dB up to {pass_hz} Hz, alias {alias_db:.0} dB",
                from.hz() / 1_000,
                to.hz() / 1_000,
                delay_s * 1_000.0,
            );
        }
    }
}

fn cost(criterion: &mut Criterion) {
    quality();
    for (from, to) in PAIRS {
        let (from_khz, to_khz) = (from.hz() / 1_000, to.hz() / 1_000);
        let mut group = criterion.benchmark_group(format!("20 ms from {from_khz} to {to_khz} kHz"));
        for (kind, name) in KINDS {
            let mut pass = kind.pass(from, to);
            let input: Vec<f32> = (0..from.tick_samples()).map(|n| (n as f32).sin()).collect();
            let mut output = vec![0.0; to.tick_samples()];
            group.bench_function(name, |bencher| {
                bencher.iter(|| pass(black_box(&input), black_box(&mut output)));
            });
        }
        group.finish();
    }
}

criterion_group!(benches, cost);
criterion_main!(benches);
