//! Who speaks, and who just sounds: held against recorded speech, music on hold and noises.
#![allow(clippy::unwrap_used, missing_docs, reason = "a test may fail where it stands")]

mod recorded;

use audio::{
    Rate,
    codec::{CodecKind, Decoder, Encoder, EncoderSettings},
    keytone::KeyTones,
    level::Dbfs,
    recent::Recent,
    returns::{Origin, ReturnDetector},
    speech::{self, SpeechDetector, Verdict},
};
use recorded::{PIECES, SENTENCES, dark_noise, music, noise, together, whisper};

const TICK: usize = 160;

/// From what level on a room listens.
const GATE: Dbfs = Dbfs::new(-52.0);

/// A sentence as a telephone sends it.
fn sentence(index: usize) -> Vec<f32> {
    recorded::speech(index, Rate::Hz8000, 0.0)
}

/// The verdict on each tick; none for those below the gate.
fn verdicts(samples: &[f32]) -> Vec<Option<Verdict>> {
    speech::prepare();
    let (mut detector, mut recent) = (SpeechDetector::new(), Recent::new());
    let mut judge = |tick: &[f32]| {
        recent.take(tick, Rate::Hz8000);
        if Dbfs::of(tick) < GATE {
            detector.skip(1);
            return None;
        }
        Some(detector.update(&recent))
    };
    samples.chunks_exact(TICK).map(&mut judge).collect()
}

fn count(verdicts: &[Option<Verdict>], verdict: Verdict) -> usize {
    verdicts.iter().filter(|found| **found == Some(verdict)).count()
}

#[test]
fn speech_is_never_taken_for_anything_else() {
    for index in 0..SENTENCES {
        for gain_db in [-20.0, 0.0] {
            let verdicts = verdicts(&recorded::speech(index, Rate::Hz8000, gain_db));
            assert_eq!(count(&verdicts, Verdict::Noise), 0, "{index} at {gain_db} dB");
            let proven = verdicts.iter().position(|found| *found == Some(Verdict::Speech));
            assert!(proven.unwrap() < 30, "{index}: proven after {proven:?} ticks");
        }
    }
}

#[test]
fn a_fan_is_heard_out_once_and_a_voice_in_it_from_its_first_syllable() {
    for (index, level, darkness) in [(0, -45.0, 0.9), (1, -40.0, 0.0), (2, -45.0, 0.5)] {
        let said = sentence(index);
        let silence = vec![0.0; 200 * TICK];
        let speech = [&silence[..], &said, &silence, &said].concat();
        let fan = dark_noise(speech.len(), level, darkness);
        let verdicts = verdicts(&together(&speech, &fan));
        assert!(count(&verdicts[..200], Verdict::Doubt) <= 50);
        assert_eq!(count(&verdicts[..200], Verdict::Speech), 0);
        // What is well above the fan is heard, from its first tick on.
        let loud = |tick: usize| Dbfs::of(&speech[tick * TICK..][..TICK]) > Dbfs::new(level + 10.0);
        let missed: Vec<usize> = (200..verdicts.len())
            .filter(|&tick| loud(tick) && verdicts[tick] == Some(Verdict::Noise))
            .collect();
        assert_eq!(missed, [], "{index}");
        let fallen_silent = 200 + said.len() / TICK + 100;
        let pause = &verdicts[fallen_silent..200 + said.len() / TICK + 200];
        assert_eq!(count(pause, Verdict::Noise), pause.len(), "the fan again");
    }
}

#[test]
fn a_cough_has_its_hearing_and_proves_nothing() {
    // Two bursts of 150 ms that die away, as in N. Korpas et al., "Analysis of the cough sound", 1996.
    let mut cough = dark_noise(50 * TICK, -20.0, 0.6);
    for (n, sample) in cough.iter_mut().enumerate() {
        let since_burst = n % 2_400;
        *sample *= if n < 4_800 { 4.0 * (-(since_burst as f32) / 600.0).exp() } else { 0.0 };
    }
    let verdicts = verdicts(&cough);
    assert_eq!(count(&verdicts, Verdict::Speech), 0);
    assert!(count(&verdicts, Verdict::Doubt) > 10, "it might have been a word");
}

#[test]
fn who_whispers_may_be_heard_for_as_long_as_that_lasts() {
    for index in 0..SENTENCES {
        let sentences = [whisper(index, -40.0), whisper((index + 1) % SENTENCES, -40.0)].concat();
        let said = [&sentences[..], &sentences, &sentences].concat();
        for noise_dbfs in [-90.0, -55.0] {
            let verdicts = verdicts(&together(&said, &noise(said.len(), noise_dbfs)));
            let audible = verdicts.iter().flatten().count();
            let kept_out = count(&verdicts, Verdict::Noise);
            assert!(audible > verdicts.len() / 2, "{audible}");
            assert!(kept_out * 100 <= audible, "{index}: {kept_out} of {audible}");
        }
    }
}

#[test]
fn keys_of_a_keyboard_are_no_speech() {
    let mut typing = noise(500 * TICK, -25.0);
    for (n, sample) in typing.iter_mut().enumerate() {
        *sample *= 3.0 * (-((n % 1_200) as f32) / 80.0).exp();
    }
    let verdicts = verdicts(&typing);
    assert_eq!(count(&verdicts, Verdict::Speech), 0);
    assert!(count(&verdicts[250..], Verdict::Doubt) < 125);
}

#[test]
fn music_on_hold_is_heard_for_two_seconds_and_who_comes_back_at_once() {
    for piece in 0..PIECES {
        let (said, music) = (sentence(0), music(piece));
        let pause = vec![0.0; 25 * TICK];
        let verdicts = verdicts(&[&music[..], &pause, &said].concat());
        let (on_hold, back) = verdicts.split_at(music.len() / TICK + 25);
        let heard = on_hold.len() - count(on_hold, Verdict::Noise) - 25;
        assert!(heard < 120, "{heard} ticks of music");
        assert_eq!(count(&on_hold[120..], Verdict::Speech), 0);
        assert!(count(back, Verdict::Noise) < 5, "{back:?}");
    }
}

#[test]
fn a_steady_note_is_no_speech() {
    let note: Vec<f32> = (0..48_000)
        .map(|n| 0.2 * (std::f32::consts::TAU * 440.0 * n as f32 / 8_000.0).sin())
        .collect();
    let verdicts = verdicts(&note);
    assert!(count(&verdicts, Verdict::Doubt) <= 50);
    assert_eq!(count(&verdicts, Verdict::Speech), 0);
}

#[test]
fn speech_is_not_taken_for_keys() {
    for index in 0..SENTENCES {
        let (mut keys, mut recent) = (KeyTones::new(), Recent::new());
        let said = sentence(index);
        let is_key = |tick: &&[f32]| {
            recent.take(tick, Rate::Hz8000);
            keys.update(&recent)
        };
        assert_eq!(said.chunks_exact(TICK).filter(is_key).count(), 0, "{index}");
    }
}

/// A loudspeaker and a microphone in a small room: a few reflections, fainter and duller, through a codec there and
/// back, `delay` samples later.
fn returned(sent: &[f32], delay: usize, gain: f32, codec: CodecKind) -> Vec<f32> {
    const REFLECTIONS: [(usize, f32); 5] =
        [(0, 1.0), (37, -0.5), (101, 0.4), (230, 0.25), (411, -0.15)];
    let mut encoder = Encoder::new(codec, EncoderSettings::default()).unwrap();
    let mut decoder = Decoder::new(codec).unwrap();
    let mut last = 0.0;
    let room: Vec<f32> = (0..sent.len())
        .map(|n| {
            let reflection = |(after, strength): (usize, f32)| {
                strength * n.checked_sub(delay + after).map_or(0.0, |n| sent[n])
            };
            last += 0.6 * (gain * REFLECTIONS.map(reflection).iter().sum::<f32>() - last);
            last
        })
        .collect();
    let through_codec = |tick: &[f32]| {
        let (mut payload, mut out) = ([0; 1_500], [0.0; TICK]);
        let frame = audio::Frame::from_samples(Rate::Hz8000, tick);
        let bytes = encoder.encode(&frame, &mut payload).unwrap();
        decoder.decode(&payload[..bytes], &mut out).unwrap();
        out
    };
    room.chunks_exact(TICK).flat_map(through_codec).collect()
}

/// The origin of each tick that is heard of a leg.
fn origins(sent: &[f32], heard: &[f32]) -> Vec<Option<Origin>> {
    speech::prepare();
    let (mut detector, mut recent) = (ReturnDetector::new(), Recent::new());
    let ticks = sent.chunks_exact(TICK).zip(heard.chunks_exact(TICK));
    let mut look = |(sent, heard): (&[f32], &[f32])| {
        recent.take(heard, Rate::Hz8000);
        let origin = (Dbfs::of(heard) >= GATE).then(|| detector.update(&recent));
        if origin.is_none() {
            detector.skip();
        }
        detector.note_sent((Dbfs::of(sent) >= GATE).then_some((sent, Rate::Hz8000)));
        origin
    };
    ticks.map(&mut look).collect()
}

fn returns(origins: &[Option<Origin>]) -> usize {
    origins.iter().filter(|origin| **origin == Some(Origin::Returned)).count()
}

fn conversation(indices: &[usize]) -> Vec<f32> {
    indices.iter().flat_map(|&index| sentence(index)).collect()
}

#[test]
fn a_leg_that_gives_back_what_it_is_sent_is_found_and_not_heard() {
    let sent = conversation(&[0, 2, 4]);
    for (delay, gain) in [(400, 0.5), (1_234, 0.3), (4_007, 0.1), (8_080, 0.3)] {
        let returned = returned(&sent, delay, gain, CodecKind::Pcmu);
        let heard = together(&returned, &dark_noise(sent.len(), -65.0, 0.5));
        let origins = origins(&sent, &heard);
        let after = &origins[200..];
        let audible = after.iter().flatten().count();
        let missed = audible - returns(after);
        assert!(missed * 50 <= audible, "{delay} {gain}: {missed} of {audible}");
    }
}

#[test]
fn who_speaks_while_others_do_is_no_return() {
    for (ours, theirs) in [([0, 2, 4], [2, 4, 0]), ([4, 4, 2], [0, 0, 0]), ([1, 3, 1], [3, 1, 3])] {
        let origins = origins(&conversation(&theirs), &conversation(&ours));
        assert_eq!(returns(&origins), 0);
    }
}

#[test]
fn who_breaks_in_on_its_own_return_is_heard() {
    let sent = conversation(&[0, 2, 4]);
    let mut heard = returned(&sent, 1_234, 0.2, CodecKind::Pcmu);
    let own = sentence(3);
    let start = 300 * TICK;
    for (heard, own) in heard[start..].iter_mut().zip(&own) {
        *heard += own;
    }
    let origins = origins(&sent, &heard);
    let loud = |tick: usize| {
        own.get((tick - 300) * TICK..(tick - 299) * TICK)
            .is_some_and(|own| Dbfs::of(own) > Dbfs::new(-24.0))
    };
    let (mut spoken, mut heard) = (0, 0);
    for tick in (300..origins.len()).filter(|&tick| loud(tick)) {
        spoken += 1;
        heard += usize::from(origins[tick] == Some(Origin::Own));
    }
    // What is no louder than the return at its loudest stays beneath it: that is the price of a suppressor.
    assert!(heard * 10 >= spoken * 9, "{heard} of {spoken}");
}
