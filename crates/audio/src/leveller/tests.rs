//! Bursts of sound for words: what the gain does, tick by tick.

use super::*;
use crate::level::Dbfs;

const RATE: Rate = Rate::Hz16000;

/// A voice of syllables and pauses over noise, and the leveller that it goes through.
struct Scene {
    leveller: Leveller,
    learned: Learned,
    tick: usize,
}

impl Scene {
    fn new() -> Self {
        let learned = Learned::NOTHING;
        Self { leveller: Leveller::new(RATE, &learned), learned, tick: 0 }
    }

    /// Runs some seconds of a voice and of noise, at levels in dBFS; gives the level of each tick of speech.
    fn run(&mut self, seconds: usize, voice_dbfs: Option<f32>, noise_dbfs: f32) -> Vec<f32> {
        let mut levels = Vec::new();
        for _ in 0..seconds * TICKS_PER_SECOND as usize {
            let speaks = voice_dbfs.filter(|_| self.tick % 30 < 24);
            let mut samples = hiss(self.tick, speaks.unwrap_or(Dbfs::SILENCE.decibels()));
            let noise = hiss(self.tick + 99_991, noise_dbfs);
            vector::add(&mut samples, &noise);
            self.leveller.process(&mut samples, true, &mut self.learned);
            levels.extend(speaks.map(|_| Dbfs::of(&samples).decibels()));
            self.tick += 1;
        }
        levels
    }

    fn gain_db(&self) -> f32 {
        self.learned.gain_db()
    }
}

/// A tick of noise at a level.
fn hiss(seed: usize, dbfs: f32) -> Vec<f32> {
    let amplitude = 10f32.powf(dbfs / 20.0) * 3f32.sqrt();
    let sample = |n: usize| {
        let hash = ((seed * 320 + n) as u32).wrapping_mul(2_654_435_761).rotate_left(13);
        let hash = hash.wrapping_mul(0x9E37_79B1);
        amplitude * (2.0 * (hash as f32 / u32::MAX as f32) - 1.0)
    };
    (0..RATE.tick_samples()).map(sample).collect()
}

#[test]
fn faint_and_loud_voices_come_out_alike() {
    let levels = [-44.0, -37.0, -30.0, -24.0, -10.0].map(|voice_dbfs| {
        let levels = Scene::new().run(20, Some(voice_dbfs), -80.0);
        levels.last().copied().unwrap()
    });
    let (least, most) = levels.iter().fold((0.0f32, -99.0f32), |(a, b), &l| (a.min(l), b.max(l)));
    assert!(most - least < 2.0, "{levels:?}");
}

#[test]
fn a_new_voice_is_levelled_within_a_sentence() {
    let mut scene = Scene::new();
    scene.run(2, Some(-40.0), -80.0);
    let soon = scene.gain_db();
    scene.run(20, Some(-40.0), -80.0);
    assert!(soon > 10.0 && (soon - scene.gain_db()).abs() < 2.0, "{soon} dB");
}

#[test]
fn noise_alone_is_never_turned_up() {
    for noise_dbfs in [-70.0, -50.0, -30.0] {
        let mut scene = Scene::new();
        scene.run(20, None, noise_dbfs);
        assert_eq!(scene.gain_db(), 0.0);
        assert_eq!(scene.learned.loudness(), None);
    }
}

#[test]
fn a_pause_changes_nothing_however_long_and_noisy() {
    let mut scene = Scene::new();
    scene.run(10, Some(-35.0), -65.0);
    let before = scene.gain_db();
    assert!(before > 5.0);
    scene.run(60, None, -65.0);
    assert_eq!(scene.gain_db(), before);
}

#[test]
fn noise_under_a_faint_voice_stays_bearable() {
    let mut scene = Scene::new();
    scene.run(20, Some(-42.0), -57.0);
    let noise = Lufs::of_energy(scene.learned.noise).decibels() + scene.gain_db();
    assert!(noise <= Leveller::NOISE_MAX.decibels() + 0.1, "{noise} LUFS");
    assert!(scene.gain_db() > 2.0);
}

#[test]
fn the_gain_of_a_known_voice_is_slow_and_rests() {
    let mut scene = Scene::new();
    scene.run(20, Some(-30.0), -80.0);
    let rest = scene.gain_db();
    scene.run(10, Some(-30.0), -80.0);
    assert_eq!(scene.gain_db(), rest, "nothing moves where nothing changes");
    scene.run(1, Some(-22.0), -80.0);
    assert!((scene.gain_db() - rest).abs() <= Leveller::SLOW_DB_PER_S, "{}", scene.gain_db());
    scene.run(20, Some(-22.0), -80.0);
    assert!(scene.gain_db() < rest - 6.0, "{}", scene.gain_db());
}

#[test]
fn a_cough_does_not_turn_a_voice_down() {
    let mut scene = Scene::new();
    scene.run(20, Some(-30.0), -80.0);
    let before = scene.gain_db();
    let ticks_of_cough = 10;
    for tick in 0..ticks_of_cough {
        scene.leveller.process(&mut hiss(tick, -8.0), true, &mut scene.learned);
    }
    scene.run(10, Some(-30.0), -80.0);
    assert!((scene.gain_db() - before).abs() < 2.0, "{} after {before}", scene.gain_db());
}

#[test]
fn what_the_caller_says_is_no_speech_is_not_learned_from() {
    let mut learned = Learned::NOTHING;
    let mut leveller = Leveller::new(RATE, &learned);
    for tick in 0..1_000 {
        let dbfs = if tick % 30 < 24 { -40.0 } else { -80.0 };
        leveller.process(&mut hiss(tick, dbfs), false, &mut learned);
    }
    assert_eq!((learned.gain_db(), learned.loudness()), (0.0, None));
}

#[test]
fn what_was_learned_serves_from_the_first_tick_of_the_next_time() {
    let mut scene = Scene::new();
    scene.run(20, Some(-38.0), -80.0);
    let gain_db = scene.gain_db();
    scene.leveller = Leveller::new(RATE, &scene.learned);
    let mut samples = hiss(7, -38.0);
    let before = Dbfs::of(&samples).decibels();
    scene.leveller.process(&mut samples, true, &mut scene.learned);
    assert!((Dbfs::of(&samples).decibels() - before - gain_db).abs() < 0.2);
}

#[test]
fn the_gain_has_no_step() {
    let mut scene = Scene::new();
    let mut last = None;
    for tick in 0..200 {
        let mut samples = [0.01f32; 320];
        if tick % 30 >= 24 {
            samples.fill(1e-4);
        }
        let clean = samples;
        scene.leveller.weighting.reset();
        scene.leveller.process(&mut samples, true, &mut scene.learned);
        let gains = samples.iter().zip(clean).map(|(sample, clean)| sample / clean);
        for gain in gains {
            let step = (gain / last.unwrap_or(gain) - 1.0).abs();
            assert!(step < 1e-3, "tick {tick}: {step}");
            last = Some(gain);
        }
    }
}
