//! What one says to another alone, and voices that are turned up or down.
#![allow(clippy::unwrap_used, missing_docs, reason = "a test may fail where it stands")]
#![allow(dead_code, reason = "the party is shared with other tests")]

mod party;

use audio::codec::CodecKind;
use mixer::{RoomSettings, StripSettings, TickStats, WHISPERS_MAX, Whisper};
use party::{Party, step_of};

const SECOND: usize = 50;
const NOTES_HZ: [f32; 4] = [350.0, 620.0, 1_010.0, 1_730.0];

/// A party in which voices are mixed as they come.
fn party_of(codecs: &[CodecKind]) -> Party {
    let strip = StripSettings::BYPASS;
    let mut party = Party::with_settings(RoomSettings { strip, ..RoomSettings::default() });
    for (codec, hz) in codecs.iter().zip(NOTES_HZ) {
        let person = party.join(*codec);
        party.say(person, hz, 0.1);
    }
    party
}

/// Has one whisper to another; gives whether nothing came back: neither that whisper nor one from before.
fn whisper(party: &mut Party, from: usize, to: usize) -> bool {
    let lent = Box::new(Whisper::new(party.people[from].codec));
    let (from, to) = (party.people[from].id, party.people[to].id);
    party.room.whisper(from, to, lent).is_none()
}

fn hears(party: &Party, listener: usize, speaker: usize) -> f32 {
    party.people[listener].hears(NOTES_HZ[speaker], SECOND)
}

#[test]
fn a_whisper_is_heard_over_the_mix_by_the_one_whom_it_is_for() {
    for listener in CodecKind::ALL {
        let mut party = party_of(&[CodecKind::Opus, listener, CodecKind::Pcma, CodecKind::Pcma]);
        party.hush(3);
        party.run(SECOND);
        assert!(whisper(&mut party, 0, 1));
        party.run(2 * SECOND);
        assert!((0.08..0.12).contains(&hears(&party, 1, 0)), "{listener:?}");
        assert!((0.08..0.12).contains(&hears(&party, 1, 2)), "{listener:?}: and the others");
        for other in [2, 3] {
            assert!(hears(&party, other, 0) < 0.002, "{listener:?}: {other} hears it too");
            assert!((0.08..0.12).contains(&hears(&party, other, 1)));
        }
        assert!((0.08..0.12).contains(&hears(&party, 0, 2)), "who whispers hears on");
        assert!(hears(&party, 0, 0) < 0.004);

        let speaker = party.people[0].id;
        party.room.end_whisper(speaker);
        party.run(2 * SECOND);
        for other in 1..4 {
            assert!((0.08..0.12).contains(&hears(&party, other, 0)), "{listener:?}: {other}");
        }
    }
}

#[test]
fn it_costs_one_stream_and_nobody_else_anything() {
    let mut party = party_of(&[CodecKind::Pcma; 4]);
    (0..4).for_each(|person| party.hush(person));
    party.run(SECOND);
    let quiet = party.room.stats();
    party.say(0, NOTES_HZ[0], 0.1);
    assert!(whisper(&mut party, 0, 1));
    party.run(SECOND);
    let TickStats { speakers, encodes, touched, .. } = party.room.stats();
    assert_eq!((speakers, encodes), (0, quiet.encodes + 1));
    assert_eq!(touched, quiet.touched + 1);
    party.hush(0);
    let speaker = party.people[0].id;
    party.room.end_whisper(speaker);
    party.run(2 * SECOND);
    let TickStats { encodes, touched, .. } = party.room.stats();
    assert_eq!((encodes, touched), (quiet.encodes, quiet.touched), "all is as before");
}

#[test]
fn it_begins_and_ends_without_a_click() {
    let mut party = party_of(&[CodecKind::Pcma; 3]);
    (1..3).for_each(|person| party.hush(person));
    party.run(SECOND);
    let slope = step_of(NOTES_HZ[0], 0.1, party.people[1].rate());
    for round in 0..3 {
        assert_eq!(whisper(&mut party, 0, 1), round == 0, "the one before comes back");
        party.run(10);
        let speaker = party.people[0].id;
        party.room.end_whisper(speaker);
        party.run(10);
        // A whisper and the voice in the mix may fade across each other.
        for person in [1, 2] {
            let step = party.people[person].largest_step(20);
            assert!(step < 2.5 * slope, "{person}: a step of {step}, the note's is {slope}");
        }
    }
}

#[test]
fn who_whispers_to_somebody_who_leaves_is_heard_by_nobody_until_that_is_said() {
    let mut party = party_of(&[CodecKind::Pcma; 3]);
    assert!(whisper(&mut party, 0, 1));
    party.run(SECOND);
    party.leave(1);
    party.run(2 * SECOND);
    assert!(hears(&party, 2, 0) < 0.002);
    let speaker = party.people[0].id;
    party.room.end_whisper(speaker);
    party.run(2 * SECOND);
    assert!((0.08..0.12).contains(&hears(&party, 2, 0)));
    party.leave(0);
    party.run(SECOND);
}

#[test]
fn who_is_muted_whispers_nothing_and_one_listens_to_one() {
    let mut party = party_of(&[CodecKind::Pcma; 4]);
    let speaker = party.people[0].id;
    party.room.set_muted(speaker, true);
    assert!(whisper(&mut party, 0, 1));
    party.run(2 * SECOND);
    assert!(hears(&party, 1, 0) < 0.002);
    party.room.set_muted(speaker, false);
    party.run(2 * SECOND);
    assert!((0.08..0.12).contains(&hears(&party, 1, 0)));
    assert!(hears(&party, 2, 0) < 0.002);
    assert!(!whisper(&mut party, 2, 1), "somebody whispers to it already");
    assert!(!whisper(&mut party, 2, 2));
    assert!(whisper(&mut party, 0, 3), "to another one now");
    party.run(2 * SECOND);
    assert!(hears(&party, 1, 0) < 0.002 && (0.08..0.12).contains(&hears(&party, 3, 0)));
}

#[test]
fn so_many_whisper_at_once_and_no_more() {
    let mut party = Party::new();
    (0..2 * WHISPERS_MAX + 2).for_each(|_| _ = party.join(CodecKind::Pcma));
    for pair in 0..WHISPERS_MAX {
        assert!(whisper(&mut party, 2 * pair, 2 * pair + 1), "{pair}");
    }
    assert!(!whisper(&mut party, 2 * WHISPERS_MAX, 2 * WHISPERS_MAX + 1));
    party.leave(0);
    assert!(whisper(&mut party, 2 * WHISPERS_MAX, 2 * WHISPERS_MAX + 1));
}

#[test]
fn a_voice_is_turned_up_and_down_for_all_without_a_click() {
    let mut party = party_of(&[CodecKind::Pcma; 3]);
    (1..3).for_each(|person| party.hush(person));
    let slope = step_of(NOTES_HZ[0], 0.2, party.people[1].rate());
    let speaker = party.people[0].id;
    for (volume_db, expected) in [(0.0, 0.1), (6.0206, 0.2), (-12.041, 0.025), (f32::NAN, 0.1)] {
        party.room.set_volume(speaker, volume_db);
        party.run(2 * SECOND);
        let heard = hears(&party, 1, 0);
        assert!((heard / expected - 1.0).abs() < 0.1, "{volume_db} dB: {heard}");
        assert!(party.people[1].largest_step(SECOND) < 1.3 * slope, "{volume_db} dB");
    }
}
