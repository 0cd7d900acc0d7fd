//! What those hear who hear two channels: each voice in a place of its own, and nothing of their own.
#![allow(clippy::unwrap_used, missing_docs, reason = "a test may fail where it stands")]

#[allow(dead_code, reason = "these tests need a part of it")]
mod party;

use std::f32::consts::TAU;

use audio::{
    Rate,
    clip::Clip,
    codec::{CodecKind, EncoderSettings},
};
use mixer::{Blend, Playback, Sound};
use party::Party;

const SECOND: usize = 50;

/// A note for each speaker.
const NOTES_HZ: [f32; 3] = [350.0, 620.0, 1_010.0];

/// A party of so many who hear two channels, of whom the first three speak.
fn party(people: usize) -> Party {
    let mut party = Party::new();
    (0..people).for_each(|_| _ = party.join_with(CodecKind::Opus, EncoderSettings::STEREO_MIX));
    for (person, hz) in NOTES_HZ.into_iter().enumerate() {
        party.say(person, hz, 0.1);
    }
    party
}

/// The amplitudes of a note on the left and on the right, of what somebody was sent in the last half second.
fn hears(party: &Party, person: usize, hz: f32) -> [f32; 2] {
    let mut decoder = opus::Decoder::new(48_000, opus::Channels::Stereo).unwrap();
    let mut heard = Vec::new();
    for payload in party.people[person].payloads.iter().flatten() {
        let mut both = [0.0; 1_920];
        assert_eq!(decoder.decode_float(payload, &mut both, false).unwrap(), 960);
        heard.extend(both);
    }
    let last = &heard[heard.len() - 25 * 1_920..];
    [0, 1].map(|channel| {
        let (mut re, mut im) = (0.0, 0.0);
        for (n, sample) in last.iter().skip(channel).step_by(2).enumerate() {
            let angle = TAU * (f64::from(hz) * n as f64 / 48_000.0).fract() as f32;
            re += sample * angle.cos();
            im += sample * angle.sin();
        }
        2.0 * re.hypot(im) / (last.len() / 2) as f32
    })
}

#[test]
fn each_voice_has_its_place_and_all_listeners_share_an_encode() {
    let mut party = party(20);
    party.run(2 * SECOND);
    assert_eq!(party.room.stats().encodes, 4, "one for each speaker, and one for all others");
    let balance = NOTES_HZ.map(|hz| {
        let [left, right] = hears(&party, 9, hz);
        assert!((0.08..0.12).contains(&((left + right) / 2.0)), "{hz} Hz: {left} and {right}");
        left / right
    });
    assert!((0.9..1.1).contains(&balance[0]), "the first is in the middle: {balance:?}");
    assert!(balance[1] < 0.7 && balance[2] > 1.4, "and the others beside it: {balance:?}");
}

#[test]
fn nobody_hears_itself_on_either_side() {
    let mut party = party(4);
    party.run(2 * SECOND);
    for (speaker, own_hz) in NOTES_HZ.into_iter().enumerate() {
        for hz in NOTES_HZ {
            let [left, right] = hears(&party, speaker, hz);
            let is_heard = left > 0.03 && right > 0.03;
            assert!(if hz == own_hz { left + right < 0.01 } else { is_heard });
        }
    }
}

/// Whoever has one loudspeaker, and whoever was sent one channel, hears the same.
#[test]
fn added_up_the_channels_are_the_mix_of_one() {
    let mut party = party(4);
    let mono = party.join_with(CodecKind::Opus, EncoderSettings::MIX);
    let telephone = party.join(CodecKind::Pcma);
    party.run(2 * SECOND);
    for hz in NOTES_HZ {
        let of = [3, mono, telephone].map(|person| party.people[person].hears(hz, 25));
        assert!(of.iter().all(|amplitude| (0.08..0.12).contains(amplitude)), "{hz} Hz: {of:?}");
    }
}

#[test]
fn what_is_played_is_in_the_middle_and_in_place_of_all_that_is_beside_it() {
    let mut party = party(4);
    party.run(SECOND);
    let note = |n: usize| 0.1 * (TAU * 440.0 * n as f32 / 8_000.0).sin();
    let clip = Clip::new(Rate::Hz8000, (0..16_000).map(note).collect::<Vec<_>>());
    let playback = Playback { sound: Sound::Clip(clip), blend: Blend::Instead };
    party.room.play(party.people[3].id, playback);
    party.run(SECOND);
    let [left, right] = hears(&party, 3, 440.0);
    assert!((0.08..0.12).contains(&left) && (left / right - 1.0).abs() < 0.1);
    assert!(hears(&party, 3, NOTES_HZ[2]).iter().all(|amplitude| *amplitude < 0.01));
}
