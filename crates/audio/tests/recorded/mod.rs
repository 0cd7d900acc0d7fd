//! Recorded speech and music, and noises made: what tests of several crates are about.
#![allow(dead_code, unreachable_pub, reason = "no test needs all of it")]

use audio::{
    Rate,
    level::Dbfs,
    loudness::{KWeighting, Lufs, Momentary},
    resample::Resampler,
    vector,
};

/// Read sentences at 16 kHz, of several voices: WAV files of the simulated phones.
const SPEECH: [&[u8]; 5] = [
    include_bytes!("../../../sim/assets/speech/amiable.wav"),
    include_bytes!("../../../sim/assets/speech/cards.wav"),
    include_bytes!("../../../sim/assets/speech/cold-hearted.wav"),
    include_bytes!("../../../sim/assets/speech/ill-disposed.wav"),
    include_bytes!("../../../sim/assets/speech/respectable.wav"),
];

/// How many sentences there are.
pub const SENTENCES: usize = SPEECH.len();

/// Music on hold at 8 kHz, six seconds of each piece.
const MUSIC: [&[u8]; 2] = [
    include_bytes!("../assets/hold-music/reno_project-system.wav"),
    include_bytes!("../assets/hold-music/manolo_camp-morning_coffee.wav"),
];

/// How many pieces of music there are.
pub const PIECES: usize = MUSIC.len();

const WAV_HEADER_BYTES: usize = 44;

/// A sentence, so much louder: whole ticks of it, at some rate.
pub fn speech(sentence: usize, rate: Rate, gain_db: f32) -> Vec<f32> {
    let gain = 10f32.powf(gain_db / 20.0);
    let spoken: Vec<f32> =
        samples_of(SPEECH[sentence]).iter().map(|sample| gain * sample).collect();
    let ticks = spoken.len() / Rate::Hz16000.tick_samples();
    let mut samples = vec![0.0; ticks * rate.tick_samples()];
    Resampler::new(Rate::Hz16000, rate).process(&spoken, &mut samples);
    samples
}

/// The same again and again, so many samples of it.
pub fn over_and_over(samples: &[f32], length: usize) -> Vec<f32> {
    samples.iter().copied().cycle().take(length).collect()
}

/// A piece of music on hold, at 8 kHz.
pub fn music(piece: usize) -> Vec<f32> {
    samples_of(MUSIC[piece])
}

fn samples_of(wav: &[u8]) -> Vec<f32> {
    let samples = wav[WAV_HEADER_BYTES..].chunks_exact(2);
    samples.map(|s| f32::from(i16::from_le_bytes([s[0], s[1]])) / 32_768.0).collect()
}

/// A sentence at 8 kHz as it would be whispered: the mouth goes through the same shapes, by linear prediction of each
/// tick (J. Makhoul, "Linear prediction: a tutorial review", 1975), but what they shape is noise. At a level in dBFS.
pub fn whisper(sentence: usize, dbfs: f32) -> Vec<f32> {
    let said = speech(sentence, Rate::Hz8000, 0.0);
    // Whispering is brighter than speech: it lacks what the vocal cords add to the depth.
    let bright: Vec<f32> = said.windows(2).map(|pair| pair[1] - 0.9 * pair[0]).collect();
    let breath = noise(bright.len(), 0.0);
    let mut out: Vec<f32> = Vec::new();
    for (tick, breath) in bright.chunks_exact(160).zip(breath.chunks_exact(160)) {
        let (shape, power) = predictor(tick);
        for breath in breath {
            let before = out.iter().rev().zip(&shape).map(|(sample, factor)| sample * factor);
            let predicted: f32 = before.sum();
            out.push(predicted + power.sqrt() * breath);
        }
    }
    at_level(out, dbfs)
}

/// The ten coefficients that predict a sample from those before it, and the power of what they don't tell (Levinson and
/// Durbin's recursion).
fn predictor(samples: &[f32]) -> ([f32; 10], f32) {
    let correlation = |lag: usize| vector::dot(&samples[lag..], samples) / samples.len() as f32;
    let mut power = correlation(0) * 1.0001 + 1e-9;
    let mut shape = [0.0; 10];
    for order in 0..shape.len() {
        let told: f32 = (0..order).map(|n| shape[n] * correlation(order - n)).sum();
        let reflection = (correlation(order + 1) - told) / power;
        let before = shape;
        for n in 0..order {
            shape[n] -= reflection * before[order - 1 - n];
        }
        shape[order] = reflection;
        power *= 1.0 - reflection * reflection;
    }
    (shape, power)
}

/// White noise at a level in dBFS.
pub fn noise(samples: usize, dbfs: f32) -> Vec<f32> {
    dark_noise(samples, dbfs, 0.0)
}

/// Noise of which each sample has so much of the one before: 0 is white, towards 1 it rumbles.
pub fn dark_noise(samples: usize, dbfs: f32, darkness: f32) -> Vec<f32> {
    let mut last = 0.0;
    let noise = |n: u32| {
        last = darkness * last + (1.0 - darkness) * random(n);
        last
    };
    at_level((0..samples as u32).map(noise).collect(), dbfs)
}

/// Noise as a fan makes it, less of it above 800 Hz.
pub fn fan(samples: usize, rate: Rate, dbfs: f32) -> Vec<f32> {
    let darkness = (-std::f32::consts::TAU * 800.0 / rate.hz() as f32).exp();
    dark_noise(samples, dbfs, darkness)
}

/// A number in ±1.0, without any pattern (lowbias32, by C. Wellons).
fn random(n: u32) -> f32 {
    let n = (n ^ n >> 16).wrapping_mul(0x7FEB_352D);
    let n = (n ^ n >> 15).wrapping_mul(0x846C_A68B);
    2.0 * ((n ^ n >> 16) as f32 / u32::MAX as f32) - 1.0
}

/// The same sound at a level in dBFS.
fn at_level(mut samples: Vec<f32>, dbfs: f32) -> Vec<f32> {
    let gain = 10f32.powf((dbfs - Dbfs::of(&samples).decibels()) / 20.0);
    samples.iter_mut().for_each(|sample| *sample *= gain);
    samples
}

/// Both at once, for as long as the shorter lasts.
pub fn together(a: &[f32], b: &[f32]) -> Vec<f32> {
    a.iter().zip(b).map(|(a, b)| a + b).collect()
}

/// The loudness of speech in LUFS, by EBU R 128: of blocks of 400 ms that are neither silent nor much fainter than the
/// others.
pub fn loudness(samples: &[f32], rate: Rate) -> f32 {
    let (mut weighting, mut momentary) = (KWeighting::new(rate), Momentary::new());
    let ticks = samples.chunks_exact(rate.tick_samples());
    let blocks: Vec<f32> =
        ticks.filter_map(|tick| momentary.update(weighting.energy(tick))).collect();
    let above = |gate: Lufs| {
        let loud: Vec<f32> =
            blocks.iter().copied().filter(|&block| Lufs::of_energy(block) >= gate).collect();
        Lufs::of_energy(loud.iter().sum::<f32>() / loud.len() as f32).decibels()
    };
    above(Lufs::new(above(Lufs::GATE) - 10.0))
}
