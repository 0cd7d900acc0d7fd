//! What is sent to those to whom not all of it is delivered, by the few who lose some and by many.
#![allow(clippy::unwrap_used, missing_docs, reason = "a test may fail where it stands")]

#[allow(dead_code, reason = "these tests need a part of it")]
mod party;

use audio::{
    codec::{CodecKind, Delivery, EncoderSettings},
    comfort::FLOOR_LEVEL,
    level::Dbfs,
};
use mixer::RoomSettings;
use party::Party;

const SECOND: usize = 50;

/// As long as it takes to pass from one stream to another.
const PASSAGE: usize = 30;

/// A party of so many by Opus, of whom the first says a note.
fn party(people: usize) -> Party {
    let mut party = Party::new();
    (0..people).for_each(|_| _ = party.join_with(CodecKind::Opus, EncoderSettings::MIX));
    party.say(0, 350.0, 0.1);
    party.run(SECOND);
    party
}

fn deliver(party: &mut Party, people: impl IntoIterator<Item = usize>, delivery: Delivery) {
    for person in people {
        party.room.set_delivery(party.people[person].id, delivery);
    }
}

fn last(party: &Party, person: usize) -> &[u8] {
    party.people[person].payloads.last().unwrap().as_deref().unwrap()
}

/// What somebody was sent in the last second, in bytes.
fn bytes(party: &Party, person: usize) -> usize {
    let payloads = party.people[person].payloads.iter().rev().take(SECOND);
    payloads.flatten().map(Vec::len).sum()
}

/// Whether a packet is by the coder that makes copies for lost ones, if there is a voice: so says the number
/// of its configuration (RFC 6716 §3.1).
fn has_copies(payload: &[u8]) -> bool {
    payload[0] >> 3 < 16
}

#[test]
fn who_comes_back_from_hold_speaking_is_sent_something_however_that_is_delivered() {
    let mut party = Party::new();
    let person = party.join_with(CodecKind::Opus, EncoderSettings::MIX);
    let id = party.people[person].id;
    party.room.set_deaf(id, true);
    party.room.set_delivery(id, Delivery::Lossy);
    party.say(person, 350.0, 0.1);
    party.room.set_deaf(id, false);
    party.run(SECOND);
    let payloads = &party.people[person].payloads;
    assert!(payloads.iter().all(Option::is_some), "{payloads:?}");
}

#[test]
fn those_who_lose_some_share_an_encode_of_their_own_kind() {
    let mut party = party(20);
    assert_eq!(party.room.stats().encodes, 2, "the speaker's, and that of all others");
    deliver(&mut party, 2..6, Delivery::Lossy);
    deliver(&mut party, 6..8, Delivery::Poor);
    deliver(&mut party, [8], Delivery::Repeated);
    party.run(PASSAGE);
    assert_eq!(party.room.stats().encodes, 5);
    assert_eq!(last(&party, 2), last(&party, 5));
    assert_ne!(last(&party, 2), last(&party, 1));
    assert!((2..9).all(|person| has_copies(last(&party, person))));
    assert!(!has_copies(last(&party, 1)));
    assert_ne!(last(&party, 7), last(&party, 8));
    party.run(SECOND);
    let sent = [7, 2, 1].map(|person| bytes(&party, person));
    assert!(sent.is_sorted(), "the less is sent, the more is lost: {sent:?}");

    deliver(&mut party, 2..9, Delivery::Whole);
    party.run(PASSAGE);
    assert_eq!(party.room.stats().encodes, 2);
    assert_eq!(last(&party, 2), last(&party, 1));
}

/// A change of kind, with others on either stream or alone, and back.
#[test]
fn a_change_of_delivery_is_inaudible() {
    for already in [0, 1] {
        let heard = [false, true].map(|changes| {
            let mut party = party(4);
            deliver(&mut party, 3 - already..3, Delivery::Lossy);
            party.run(SECOND);
            for delivery in [Delivery::Lossy, Delivery::Whole, Delivery::Poor] {
                if changes {
                    deliver(&mut party, [3], delivery);
                }
                party.run(SECOND);
            }
            std::mem::take(&mut party.people[3].heard)
        });
        let difference: Vec<f32> = heard[0].iter().zip(&heard[1]).map(|(a, b)| a - b).collect();
        for part in 2 * SECOND..heard[0].len() / 960 {
            let tick = part * 960..(part + 1) * 960;
            let level = Dbfs::of(&heard[0][tick.clone()]);
            let snr_db = level.decibels() - Dbfs::of(&difference[tick]).decibels();
            assert!(snr_db > 15.0, "tick {part}, {already} there already: {snr_db} dB");
        }
    }
}

/// What a speaker is sent without its own voice suits its delivery as well, and a listener on hold is sent
/// what suits it when it comes back.
#[test]
fn a_speaker_and_who_was_on_hold_are_sent_what_suits_them() {
    let mut party = party(4);
    deliver(&mut party, [0, 1], Delivery::Lossy);
    party.say(2, 620.0, 0.1);
    party.room.set_deaf(party.people[3].id, true);
    deliver(&mut party, [3], Delivery::Poor);
    party.run(PASSAGE);
    assert!(has_copies(last(&party, 0)) && has_copies(last(&party, 1)));
    party.room.set_deaf(party.people[3].id, false);
    party.run(PASSAGE);
    assert!(has_copies(last(&party, 3)));
    assert!(party.people[0].hears(620.0, 25) > 0.07 && party.people[0].hears(350.0, 25) < 0.01);
}

/// A room of two has brought two streams to lend: each may have a kind of delivery of its own, and both
/// may speak at any time.
#[test]
fn nobody_is_left_without_a_stream() {
    let mut party = party(2);
    deliver(&mut party, [0], Delivery::Lossy);
    deliver(&mut party, [1], Delivery::Poor);
    party.hush(0);
    party.run(3 * SECOND);
    party.say(0, 350.0, 0.1);
    party.say(1, 620.0, 0.1);
    party.run(SECOND);
    assert!(party.people.iter().all(|person| !person.payloads.contains(&None)));
    assert!(party.people[0].hears(620.0, 25) > 0.07 && party.people[1].hears(350.0, 25) > 0.07);
}

/// Comfort noise is no reason to send anything to who is sent nothing in pauses.
#[test]
fn comfort_noise_keeps_nobody_from_pausing() {
    let settings = RoomSettings { comfort_noise: Some(FLOOR_LEVEL), ..RoomSettings::default() };
    let mut party = Party::with_settings(settings);
    let discontinuous = EncoderSettings { opus_dtx: true, ..EncoderSettings::MIX };
    (0..2).for_each(|_| _ = party.join_with(CodecKind::Opus, discontinuous));
    let always = party.join_with(CodecKind::Opus, EncoderSettings::MIX);
    party.say(0, 350.0, 0.1);
    party.run(SECOND);
    party.hush(0);
    party.run(3 * SECOND);
    let pauses = |person: usize| {
        let payloads = party.people[person].payloads.iter().flatten();
        payloads.filter(|payload| CodecKind::Opus.is_pause(payload)).count()
    };
    assert!(pauses(0) > SECOND && pauses(1) > SECOND);
    assert_eq!(pauses(always), 0);
}
