//! What one says to another alone, and voices that are turned up or down.
#![allow(clippy::unwrap_used, missing_docs, reason = "a test may fail where it stands")]
#![allow(dead_code, reason = "the party is shared with other tests")]

mod party;

use audio::codec::CodecKind;
use mixer::{RoomSettings, StripSettings, TickStats, Whisper};
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

/// Has one whisper to another; gives whether that one had heard no whispers yet.
fn whisper(party: &mut Party, from: usize, to: usize) -> bool {
    party.whispers.retain(|(by, _)| *by != from);
    party.whispers.push((from, to));
    party.room.set_whispering(party.people[from].id, true);
    party.room.expect_whispers(party.people[to].id, Box::default()).is_none()
}

/// Has one speak to all again.
fn speak_up(party: &mut Party, from: usize) {
    party.whispers.retain(|(by, _)| *by != from);
    party.room.set_whispering(party.people[from].id, false);
}

fn end_whispers(party: &mut Party, to: usize) -> Option<Box<Whisper>> {
    party.room.end_whispers(party.people[to].id)
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

        speak_up(&mut party, 0);
        party.run(2 * SECOND);
        assert!(end_whispers(&mut party, 1).is_some());
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
    speak_up(&mut party, 0);
    assert!(end_whispers(&mut party, 1).is_none(), "it sounds still");
    party.run(1);
    assert!(end_whispers(&mut party, 1).is_some());
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
        assert_eq!(whisper(&mut party, 0, 1), round == 0, "one is enough");
        party.run(10);
        speak_up(&mut party, 0);
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
    assert!(!whisper(&mut party, 0, 1), "nobody is there to hear it");
    speak_up(&mut party, 0);
    party.run(2 * SECOND);
    assert!((0.08..0.12).contains(&hears(&party, 2, 0)));
    party.leave(0);
    party.run(SECOND);
}

#[test]
fn who_is_muted_whispers_nothing_and_one_may_follow_another() {
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
    assert!(whisper(&mut party, 0, 3), "to another one now");
    party.run(2 * SECOND);
    assert!(hears(&party, 1, 0) < 0.002 && (0.08..0.12).contains(&hears(&party, 3, 0)));
    assert!(!whisper(&mut party, 2, 3), "what the first was heard by is enough");
    party.whispers.retain(|(by, _)| *by != 0);
    party.run(2 * SECOND);
    assert!(hears(&party, 3, 0) < 0.002 && (0.08..0.12).contains(&hears(&party, 3, 2)));
}

#[test]
fn what_whispers_are_heard_by_comes_back_at_once_from_one_on_hold_and_passes_on_to_its_successor() {
    let mut party = party_of(&[CodecKind::Pcma; 3]);
    whisper(&mut party, 0, 1);
    party.run(SECOND);
    assert!(end_whispers(&mut party, 1).is_none(), "it sounds");
    let listener = party.people[1].id;
    party.room.set_deaf(listener, true);
    assert!(end_whispers(&mut party, 1).is_some() && end_whispers(&mut party, 1).is_none());

    party.room.set_deaf(listener, false);
    whisper(&mut party, 0, 1);
    party.run(SECOND);
    let mut before = party.room.leave(listener).unwrap();
    let next = party.join(CodecKind::G722);
    let id = party.people[next].id;
    let mut member = party.room.leave(id).unwrap();
    member.hear_on_as(&mut before);
    party.people[next].id = party.room.join(member).unwrap();
    party.whispers = vec![(0, next)];
    party.run(2 * SECOND);
    assert!((0.08..0.12).contains(&hears(&party, next, 0)));
    assert!(hears(&party, 2, 0) < 0.002);
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
