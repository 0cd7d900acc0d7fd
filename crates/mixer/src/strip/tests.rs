//! Words and pauses over noise: what a strip does with them.

use super::*;

const RATE: Rate = Rate::Hz8000;
const OWNER: SlotId = SlotId::NOBODY;
const SECOND: usize = TICKS_PER_SECOND as usize;

/// A voice of words and pauses, and the strips of its room.
struct Scene {
    strips: Strips,
    denoisers: Denoisers,
    profile: Profile,
    now: u32,
    /// Ticks in which a denoiser was at work.
    denoised: usize,
}

impl Scene {
    fn new(settings: StripSettings) -> Self {
        Self {
            strips: Strips::new(settings, 2),
            denoisers: Denoisers::new(1),
            profile: Profile::new(),
            now: 0,
            denoised: 0,
        }
    }

    /// A tick of a voice in dBFS over noise; gives what comes out.
    fn tick(&mut self, owner: SlotId, voice_dbfs: f32, noise_dbfs: f32) -> Vec<f32> {
        let speaks = self.now % 40 < 28;
        let mut samples = noise(self.now, noise_dbfs);
        if speaks {
            vector::add(&mut samples, &buzz(self.now, voice_dbfs));
        }
        let Self { strips, denoisers, profile, now, denoised } = self;
        let take = Take {
            rate: RATE,
            samples: &mut samples,
            begins: *now == 0,
            may_be_speech: true,
            profile,
        };
        *denoised += usize::from(strips.process(owner, *now, denoisers, take));
        strips.end_tick(*now);
        *now += 1;
        samples
    }

    fn run(&mut self, seconds: usize, voice_dbfs: f32, noise_dbfs: f32) -> Vec<f32> {
        let ticks = (0..seconds * SECOND).flat_map(|_| self.tick(OWNER, voice_dbfs, noise_dbfs));
        ticks.collect()
    }

    /// Whether somebody has the one denoiser.
    fn is_lent(&self) -> bool {
        self.denoisers.lend().is_none()
    }
}

/// What a larynx sounds like: pulses at 120 Hz through a throat that rings at 700 Hz.
fn buzz(tick: u32, dbfs: f32) -> Vec<f32> {
    let sample = |n: usize| {
        let seconds = (tick as usize * 160 + n) as f32 / 8_000.0;
        let since_pulse = (seconds * 120.0).fract() / 120.0;
        (-since_pulse * 300.0).exp() * (std::f32::consts::TAU * 700.0 * since_pulse).sin()
    };
    scaled((0..160).map(sample).collect(), dbfs)
}

fn noise(tick: u32, dbfs: f32) -> Vec<f32> {
    let sample = |n: u32| {
        let hash = (tick * 160 + n).wrapping_mul(2_654_435_761).rotate_left(13);
        hash.wrapping_mul(0x9E37_79B1) as f32 / u32::MAX as f32 - 0.5
    };
    scaled((0..160).map(sample).collect(), dbfs)
}

fn scaled(samples: Vec<f32>, dbfs: f32) -> Vec<f32> {
    let gain = 10f32.powf((dbfs - Dbfs::of(&samples).decibels()) / 20.0);
    samples.iter().map(|sample| gain * sample).collect()
}

const DENOISE_ALONE: StripSettings =
    StripSettings { high_pass: false, denoise: Denoise::Always, level: false };

#[test]
fn a_bypassed_strip_changes_no_bit() {
    let mut scene = Scene::new(StripSettings::BYPASS);
    let samples = scene.tick(OWNER, -20.0, -50.0);
    let mut expected = noise(0, -50.0);
    vector::add(&mut expected, &buzz(0, -20.0));
    assert_eq!(samples, expected);
}

#[test]
fn noise_that_would_be_heard_is_taken_out_and_no_other() {
    let mut clean = Scene::new(StripSettings::default());
    clean.run(10, -25.0, -62.0);
    assert_eq!((clean.denoised, clean.is_lent()), (0, false));
    let mut noisy = Scene::new(StripSettings::default());
    noisy.run(10, -25.0, -42.0);
    assert!(noisy.denoised > 5 * SECOND && noisy.is_lent());
    // The noise ends, and with it the need.
    noisy.run(10, -25.0, -75.0);
    assert!(!noisy.is_lent());
}

#[test]
fn noise_alone_gets_no_denoiser_of_its_own_accord() {
    let mut scene = Scene::new(StripSettings::default());
    scene.run(10, -90.0, -35.0);
    assert_eq!(scene.denoised, 0);
}

#[test]
fn a_member_may_wish_otherwise() {
    let mut scene = Scene::new(StripSettings::default());
    scene.profile.denoise = Some(Denoise::Never);
    scene.run(5, -25.0, -42.0);
    assert_eq!(scene.denoised, 0);
    scene.profile.denoise = Some(Denoise::Always);
    scene.run(5, -25.0, -70.0);
    assert!(scene.denoised > 4 * SECOND);
}

#[test]
fn a_denoiser_comes_and_goes_without_a_step() {
    let mut scene = Scene::new(DENOISE_ALONE);
    scene.profile.denoise = Some(Denoise::Never);
    let largest = |samples: &[f32]| {
        samples.windows(2).map(|pair| (pair[1] - pair[0]).abs()).fold(0.0, f32::max)
    };
    let own_step = largest(&scene.run(2, -20.0, -40.0));
    for denoise in [Denoise::Always, Denoise::Never, Denoise::Always] {
        scene.profile.denoise = Some(denoise);
        let step = largest(&scene.run(2, -20.0, -40.0));
        assert!(step < 1.2 * own_step, "{step} where {own_step} is the sound's own");
    }
}

#[test]
fn what_is_lent_comes_back_from_whoever_falls_silent() {
    let mut scene = Scene::new(DENOISE_ALONE);
    scene.run(1, -20.0, -40.0);
    assert!(scene.is_lent());
    for _ in 0..=IDLE_TICKS_MAX {
        assert!(scene.is_lent());
        scene.strips.end_tick(scene.now);
        scene.now += 1;
    }
    assert!(!scene.is_lent());
    scene.run(1, -20.0, -40.0);
    assert!(scene.is_lent());
    scene.strips = Strips::new(DENOISE_ALONE, 2);
    assert!(!scene.is_lent(), "the room is gone");
}

#[test]
fn who_finds_no_denoiser_is_heard_as_it_is() {
    let mut scene = Scene::new(DENOISE_ALONE);
    let lease = scene.denoisers.lend();
    let heard = scene.tick(OWNER, -20.0, -40.0);
    let mut said = noise(0, -40.0);
    vector::add(&mut said, &buzz(0, -20.0));
    assert_eq!((heard, scene.denoised), (said, 0));
    drop(lease);
    scene.tick(OWNER, -20.0, -40.0);
    assert_eq!(scene.denoised, 1);
}

#[test]
fn strips_go_to_those_who_speak_and_what_was_learned_stays() {
    let mut scene = Scene::new(StripSettings::default());
    scene.run(10, -40.0, -80.0);
    let gain_db = scene.profile.learned.gain_db();
    assert!(gain_db > 8.0);
    // Two strips, and three who take turns.
    let mut others = crate::slots::Slots::new(3);
    let settings = audio::codec::EncoderSettings::default();
    let mut shared = crate::shared::Shared::new(1);
    let ids: Vec<SlotId> = (0..2)
        .map(|_| {
            let member = crate::Member::new(audio::codec::CodecKind::Pcma, settings).unwrap();
            let seat = crate::seat::Seat::new(Box::new(member), &mut shared, 0);
            others.insert(seat).unwrap()
        })
        .collect();
    let own = std::mem::replace(&mut scene.profile, Profile::new());
    for &id in &ids {
        scene.tick(id, -20.0, -80.0);
    }
    assert!(scene.strips.strips.iter().all(|strip| strip.owner != OWNER));
    assert_eq!(scene.strips.strips.len(), 2);
    scene.profile = own;
    let samples = scene.tick(OWNER, -40.0, -80.0);
    assert!(Dbfs::of(&samples).decibels() > -40.0 + gain_db - 2.0);
}

#[test]
fn a_strip_is_small() {
    assert!(size_of::<Strip>() <= 768, "{}", size_of::<Strip>());
    assert!(size_of::<Profile>() <= 40, "{}", size_of::<Profile>());
}
