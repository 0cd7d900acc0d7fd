use super::*;
use proptest::{collection::vec, prelude::*};
use std::f32::consts::TAU;

/// A voice-like sound of 125 Hz with four harmonics.
fn voice(rate: Rate, from: usize, samples: usize) -> Vec<f32> {
    let phase = |n: usize| TAU * 125.0 * n as f32 / rate.hz() as f32;
    (from..from + samples)
        .map(|n| (1..=4).map(|h| 0.1 * (phase(n) * h as f32).sin()).sum())
        .collect()
}

#[test]
fn a_lost_tick_of_a_voice_is_hardly_missed() {
    for rate in [Rate::Hz8000, Rate::Hz16000] {
        let tick = rate.tick_samples();
        let mut concealer = Concealer::new(rate);
        for n in 0..5 {
            concealer.heard(&mut voice(rate, n * tick, tick));
        }
        let mut made_up = vec![9.0; rate.samples_in_ms(FULL_MS)];
        concealer.conceal(&mut made_up);
        let original = voice(rate, 5 * tick, made_up.len());
        for (made_up, original) in made_up.iter().zip(&original) {
            assert!((made_up - original).abs() < 0.02, "{made_up} for {original}");
        }
    }
}

#[test]
fn a_long_loss_fades_to_silence_and_sound_returns_without_a_step() {
    let rate = Rate::Hz8000;
    let mut concealer = Concealer::new(rate);
    let mut heard = voice(rate, 0, 800);
    concealer.heard(&mut heard);
    let mut all = heard;
    for _ in 0..10 {
        let mut made_up = [9.0; 160];
        concealer.conceal(&mut made_up);
        all.extend(made_up);
    }
    assert!(all[800 + rate.samples_in_ms(SILENT_MS)..].iter().all(|&sample| sample == 0.0));
    let mut back = voice(rate, 2_440, 160);
    let original = back.clone();
    concealer.heard(&mut back);
    assert_eq!(back[rate.samples_in_ms(JOIN_MS)..], original[rate.samples_in_ms(JOIN_MS)..]);
    all.extend(back);
    let step = |samples: &[f32]| {
        samples.windows(2).map(|pair| (pair[1] - pair[0]).abs()).fold(0.0, f32::max)
    };
    assert!(step(&all) <= 1.5 * step(&voice(rate, 0, 800)));
}

#[test]
fn silence_and_nothing_at_all_are_concealed_by_silence() {
    let mut concealer = Concealer::new(Rate::Hz16000);
    let mut made_up = [9.0; 320];
    concealer.conceal(&mut made_up);
    assert_eq!(made_up, [0.0; 320]);
    concealer.heard(&mut []);
    concealer.conceal(&mut []);
}

#[test]
fn a_gap_is_bridged_in_step_with_what_comes_after_it() {
    for rate in [Rate::Hz8000, Rate::Hz16000] {
        // A pitch that rises by a semitone and a half in the gap.
        let gliding = |n: usize| {
            let seconds = n as f32 / rate.hz() as f32;
            let phase = TAU * (120.0 * seconds + 60.0 * seconds * seconds);
            (1..=6).map(|h| 0.1 * (phase * h as f32).sin()).sum::<f32>()
        };
        let tick = rate.tick_samples();
        let sound: Vec<f32> = (0..12 * tick).map(gliding).collect();
        let mut concealer = Concealer::new(rate);
        concealer.heard(&mut sound[..10 * tick].to_vec());
        let lost = &sound[10 * tick..][..tick];
        let error = |made_up: &[f32]| {
            let error: Vec<f32> = made_up.iter().zip(lost).map(|(a, b)| a - b).collect();
            vector::sum_of_squares(&error) / vector::sum_of_squares(lost)
        };
        let (mut guessed, mut bridged) = (vec![0.0; tick], vec![0.0; tick]);
        concealer.foretell(&mut guessed);
        concealer.bridge(&sound[11 * tick..], &mut bridged);
        let (guessed, bridged) = (error(&guessed), error(&bridged));
        assert!(bridged < 0.1 && bridged * 4.0 < guessed, "{bridged} bridged, {guessed} guessed");
        // What is heard next joins on, as it is.
        let mut next = sound[11 * tick..].to_vec();
        concealer.heard(&mut next);
        assert_eq!(next, sound[11 * tick..]);
    }
}

#[test]
fn what_is_foretold_is_what_is_made_up_and_changes_nothing() {
    let rate = Rate::Hz16000;
    let mut concealer = Concealer::new(rate);
    concealer.heard(&mut voice(rate, 0, 1_600));
    for _ in 0..3 {
        let mut made_up = [[9.0; 320]; 3];
        concealer.foretell(&mut made_up[0]);
        concealer.foretell(&mut made_up[1]);
        concealer.conceal(&mut made_up[2]);
        assert!(made_up[0] == made_up[1] && made_up[1] == made_up[2]);
    }
}

#[test]
fn a_hiss_stays_a_hiss() {
    let rate = Rate::Hz8000;
    let mut random = 7_u32;
    let mut hiss: Vec<f32> = (0..800)
        .map(|_| {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (random >> 16) as f32 / 65_536.0 - 0.5
        })
        .collect();
    let mut concealer = Concealer::new(rate);
    concealer.heard(&mut hiss);
    let mut made_up = vec![0.0; rate.samples_in_ms(FULL_MS) * 4];
    concealer.begin();
    concealer.onward.fill(&mut made_up);
    let rms = |samples: &[f32]| (vector::sum_of_squares(samples) / samples.len() as f32).sqrt();
    let ratio = rms(&made_up) / rms(&hiss);
    assert!((0.7..1.4).contains(&ratio), "as loud: {ratio}");
    let repeats = pitch::Pitch::of(&made_up, rate).likeness;
    assert!(repeats < 0.5, "no buzz: {repeats}");
}

proptest! {
    /// Whatever is heard, lost and bridged, of whatever lengths: what is made up is no louder than what is heard
    /// by more than its peaks, and every sample of the gap is filled.
    #[test]
    fn any_gap_in_any_sound_is_filled(
        rate in proptest::sample::select(vec![Rate::Hz8000, Rate::Hz16000]),
        sound in vec(-1.0f32..1.0, 0..2_000),
        tones in vec((50.0f32..3_900.0, 0.0f32..0.3), 0..4),
        gap in 0..2_500_usize,
        next in 0..400_usize,
        more in 0..400_usize,
        hiss in 0.0f32..1.0,
    ) {
        let tone = |n: usize| {
            let hz = rate.hz() as f32;
            tones.iter().map(|(tone, a)| a * (TAU * tone * n as f32 / hz).sin()).sum::<f32>()
        };
        let sample = |(n, noise): (usize, &f32)| (hiss * noise + tone(n)).clamp(-1.0, 1.0);
        let mut sound: Vec<f32> = sound.iter().enumerate().map(sample).collect();
        let mut concealer = Concealer::new(rate);
        concealer.heard(&mut sound);
        let mut out = vec![f32::NAN; gap];
        let next: Vec<f32> = (0..next).map(tone).collect();
        concealer.bridge(&next, &mut out);
        prop_assert!(out.iter().all(|sample| sample.abs() < 20.0));
        let mut out = vec![f32::NAN; more];
        concealer.conceal(&mut out);
        prop_assert!(out.iter().all(|sample| sample.abs() < 20.0));
    }
}
