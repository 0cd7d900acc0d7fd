//! What is done to recorded voices before they are mixed: hum and noise go, and all become equally loud.
#![allow(clippy::unwrap_used, missing_docs, reason = "a test may fail where it stands")]

mod recorded;

use audio::{
    Rate, TICKS_PER_SECOND,
    denoise::Denoiser,
    high_pass::HighPass,
    level::Dbfs,
    leveller::{Learned, Leveller},
    noise_meter::NoiseMeter,
    vector,
};
use recorded::{SENTENCES, fan, loudness};

/// A sentence, said again and again for so many seconds.
fn speech(sentence: usize, rate: Rate, gain_db: f32, seconds: usize) -> Vec<f32> {
    let once = recorded::speech(sentence, rate, gain_db);
    recorded::over_and_over(&once, seconds * rate.hz() as usize)
}

/// Brings samples to the common loudness; gives what was learned after each tick.
fn level(samples: &mut [f32], rate: Rate) -> Vec<Learned> {
    let mut learned = Learned::NOTHING;
    let mut leveller = Leveller::new(rate, &learned);
    let mut process = |tick: &mut [f32]| {
        leveller.process(tick, true, &mut learned);
        learned
    };
    samples.chunks_exact_mut(rate.tick_samples()).map(&mut process).collect()
}

const SECOND: usize = TICKS_PER_SECOND as usize;

#[test]
fn voices_recorded_twenty_decibels_apart_become_equally_loud() {
    for rate in Rate::ALL {
        let mut levels = Vec::new();
        for (sentence, gain_db) in [-20.0, -13.0, -7.0, 0.0, -3.0].into_iter().enumerate() {
            let mut samples = speech(sentence, rate, gain_db, 20);
            level(&mut samples, rate);
            levels.push(loudness(&samples[10 * rate.hz() as usize..], rate));
        }
        let wrong = levels.iter().map(|level| (level - Leveller::TARGET.decibels()).abs());
        assert!(wrong.fold(0.0, f32::max) < 2.0, "{rate:?}: {levels:?} LUFS");
    }
}

#[test]
fn a_steady_voice_is_not_pumped() {
    for sentence in 0..SENTENCES {
        let mut samples = speech(sentence, Rate::Hz16000, -12.0, 40);
        let gains: Vec<f32> =
            level(&mut samples, Rate::Hz16000).iter().map(Learned::gain_db).collect();
        let known = &gains[10 * SECOND..];
        let (least, most) =
            known.iter().fold((99.0f32, -99.0f32), |(a, b), &gain| (a.min(gain), b.max(gain)));
        assert!(most - least <= 2.0, "from {least} to {most} dB");
    }
}

#[test]
fn the_noise_floor_of_a_recording_is_found_under_it() {
    for sentence in 0..SENTENCES {
        let mut samples = speech(sentence, Rate::Hz8000, 0.0, 10);
        let noise = fan(samples.len(), Rate::Hz8000, -50.0);
        vector::add(&mut samples, &noise);
        let mut floor = NoiseMeter::new();
        for tick in samples.chunks_exact(Rate::Hz8000.tick_samples()) {
            floor.update(vector::sum_of_squares(tick) / tick.len() as f32);
        }
        let found = Dbfs::of_mean_square(floor.energy().unwrap()).decibels();
        assert!((-53.0..-46.0).contains(&found), "{found} dBFS");
    }
}

#[test]
fn a_fan_goes_and_the_voice_stays() {
    for rate in Rate::ALL {
        let clean = speech(0, rate, 0.0, 12);
        let voice_dbfs = loudness(&clean, rate);
        let noise = fan(clean.len(), rate, voice_dbfs - 15.0);
        let mut noisy = clean.clone();
        vector::add(&mut noisy, &noise);
        let (mut denoised, mut alone) = (noisy.clone(), noise.clone());
        for samples in [&mut denoised, &mut alone] {
            let mut denoiser = Denoiser::new();
            let ticks = samples.chunks_exact_mut(rate.tick_samples());
            ticks.for_each(|tick| _ = denoiser.process(rate, tick));
        }
        // From two seconds on, when it knows the noise.
        let from = 2 * rate.hz() as usize;
        let removed_db = Dbfs::of(&noise[from..]).decibels() - Dbfs::of(&alone[from..]).decibels();
        assert!(removed_db > 20.0, "{rate:?}: {removed_db} dB of the noise");
        let kept_db = loudness(&denoised[from..], rate) - loudness(&clean[from..], rate);
        assert!(kept_db.abs() < 2.0, "{rate:?}: the voice is {kept_db} dB louder");
        // It is as late as it says, to a millisecond.
        let alike = |late: usize| {
            let heard = &denoised[from + late..];
            vector::dot(&clean[from..clean.len() - late], heard)
        };
        let latest = rate.samples_in_ms(30);
        let late = (0..latest).max_by(|&a, &b| alike(a).total_cmp(&alike(b))).unwrap();
        let late_ms = late as f32 * 1_000.0 / rate.hz() as f32;
        assert!((late_ms - Denoiser::delay_ms(rate)).abs() < 1.0, "{rate:?}: {late_ms} ms late");
    }
}

#[test]
fn what_is_flushed_is_not_heard_again() {
    let mut denoiser = Denoiser::new();
    let mut samples = speech(1, Rate::Hz8000, 0.0, 3);
    samples.chunks_exact_mut(160).for_each(|tick| _ = denoiser.process(Rate::Hz8000, tick));
    denoiser.flush();
    let mut tick = [0.0; 160];
    denoiser.process(Rate::Hz8000, &mut tick);
    assert!(vector::peak(&tick) < 5e-4, "{}", vector::peak(&tick));
    let mut odd = [0.5; 100];
    assert_eq!(denoiser.process(Rate::Hz8000, &mut odd), 0.0);
    assert_eq!(odd, [0.5; 100], "what is no tick is left alone");
}

#[test]
fn rumble_under_a_voice_goes() {
    let rate = Rate::Hz16000;
    let mut samples: Vec<f32> = (0..32_000)
        .map(|n| 0.05 * (std::f32::consts::TAU * 20.0 * n as f32 / rate.hz() as f32).sin())
        .collect();
    let mut filter = HighPass::new(rate);
    samples.chunks_exact_mut(320).for_each(|tick| filter.process(tick));
    assert!(Dbfs::of(&samples[16_000..]).decibels() < -43.0);
}
