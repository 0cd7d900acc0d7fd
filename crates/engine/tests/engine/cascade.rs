//! Rooms that span workers sound like any other.

use audio::codec::CodecKind;
use audio::level::Dbfs;
use audio::tone::Tone;
use engine::{EngineError, EngineEvent, LegId};
use mixer::RoomSettings;
use proptest::prelude::*;

use crate::support::span::{SETTLED, Span, heard_by, join_all, note, phones};
use crate::support::{Participant, Phone, ROOM, share_of};

/// Everybody hears all who talk but themselves.
fn assert_all_hear_all(phones: &[Phone]) {
    for (index, phone) in phones.iter().enumerate() {
        let others = (0..phones.len()).filter(|&other| other != index && phones[other].talks);
        assert_eq!(heard_by(phone, phones), others.collect::<Vec<_>>(), "phone {index}");
        assert!(phone.share_of(note(index)) < 1e-3, "phone {index} hears itself");
    }
}

#[test]
fn members_on_different_workers_hear_each_other_and_nobody_itself() {
    let mixed = [CodecKind::Pcma, CodecKind::G722, CodecKind::Opus, CodecKind::Pcmu];
    for (workers, codecs) in [(2, [CodecKind::Pcmu; 4]), (2, mixed), (4, mixed)] {
        let mut span = Span::new(workers, 4 / workers);
        let mut phones = phones(&codecs);
        join_all(&mut span, &mut phones);
        span.ticks(SETTLED, &mut phones);
        assert_eq!(span.parts(), workers as u64);
        assert_all_hear_all(&phones);
        for leg in 1..=4 {
            assert!(span.events.contains(&EngineEvent::SpeakingStarted { leg: LegId(leg) }));
        }
        let counts = span.engine.stats().counts;
        assert!(counts.cascade_sent > 0 && counts.cascade_received > 0, "{counts:?}");
        assert_eq!((counts.cascade_dropped, counts.cascade_missed), (0, 0));
    }
}

/// When a phone first hears something, in samples.
fn onset(phone: &Phone) -> usize {
    phone.heard.iter().position(|sample| sample.abs() > 0.02).unwrap()
}

#[test]
fn sound_goes_through_the_link_whole_and_at_most_a_tick_later() {
    for sub_ticks in 0..4 {
        let mut span = Span::new(2, 2);
        span.shift(sub_ticks);
        let mut phones = phones(&[CodecKind::Pcma; 4]);
        phones.iter_mut().for_each(|phone| phone.talks = false);
        join_all(&mut span, &mut phones);
        span.ticks(5, &mut phones);
        phones.iter_mut().for_each(Phone::forget);
        phones[0].talks = true;
        span.ticks(200, &mut phones);
        let [_, near, far, _] = phones.as_slice() else { unreachable!() };
        let later = onset(far).checked_sub(onset(near)).unwrap();
        // A guest is faded in once more, which the threshold takes for a millisecond or so.
        assert!(later <= 160 + 20, "{later} samples later, with {sub_ticks} sub-ticks between");
        for phone in [near, far] {
            let whole = phone.heard[onset(phone) + 160..].windows(1_600).step_by(40);
            let worst = whole.map(|heard| share_of(heard, phone.codec.audio_rate(), note(0)));
            let worst = worst.fold(1.0, f64::min);
            assert!(worst > 0.998, "{worst} with {sub_ticks} sub-ticks between");
        }
        assert_eq!(span.engine.stats().counts.cascade_missed, 0);
    }
}

#[test]
fn all_parts_hear_the_same_few() {
    let few = RoomSettings { speakers_max: 2, ..RoomSettings::default() };
    let mut span = Span::with(3, 3, few);
    let mut phones = phones(&[CodecKind::Pcmu; 9]);
    // Two talk on each worker, and one listens.
    for listener in [2, 5, 8] {
        phones[listener].talks = false;
    }
    join_all(&mut span, &mut phones);
    span.ticks(2 * SETTLED, &mut phones);
    let heard = heard_by(&phones[2], &phones);
    assert_eq!(heard.len(), 2, "{heard:?}");
    for listener in [5, 8] {
        assert_eq!(heard_by(&phones[listener], &phones), heard);
    }
    for (index, phone) in phones.iter().enumerate() {
        let others: Vec<usize> = heard.iter().copied().filter(|&other| other != index).collect();
        assert_eq!(heard_by(phone, &phones), others, "phone {index}");
    }
}

#[test]
fn a_worker_that_stalls_holds_up_nobody_and_is_heard_again() {
    let mut span = Span::new(2, 2);
    let mut phones = phones(&[CodecKind::Pcmu; 4]);
    join_all(&mut span, &mut phones);
    span.ticks(SETTLED, &mut phones);
    span.stalled[1] = true;
    span.ticks(200, &mut phones);
    assert_eq!(heard_by(&phones[0], &phones), [1], "those of the other worker are missing");
    assert_eq!(heard_by(&phones[1], &phones), [0]);
    let counts = span.engine.stats().counts;
    assert!(counts.cascade_dropped > 150 && counts.cascade_missed > 150, "{counts:?}");
    span.stalled[1] = false;
    span.ticks(SETTLED, &mut phones);
    assert_all_hear_all(&phones);
    let before = span.engine.stats().counts;
    span.ticks(SETTLED, &mut phones);
    let counts = span.engine.stats().counts;
    assert_eq!(counts.cascade_dropped, before.cascade_dropped, "nothing is behind any more");
}

#[test]
fn what_is_asked_of_a_room_or_a_leg_holds_wherever_it_is() {
    let mut span = Span::new(2, 2);
    let mut phones = phones(&[CodecKind::Pcmu; 4]);
    join_all(&mut span, &mut phones);
    span.ticks(SETTLED, &mut phones);
    span.engine.set_muted(LegId(3), true).unwrap();
    span.ticks(SETTLED, &mut phones);
    assert_eq!(heard_by(&phones[0], &phones), [1, 3]);
    assert!(span.events.contains(&EngineEvent::SpeakingStopped { leg: LegId(3) }));

    phones.iter_mut().for_each(|phone| phone.talks = false);
    span.ticks(SETTLED, &mut phones);
    phones.iter_mut().for_each(Phone::forget);
    span.engine.announce(ROOM, Tone::Entry).unwrap();
    span.ticks(10, &mut phones);
    for phone in &phones {
        assert!(Dbfs::of(&phone.heard) > Dbfs::new(-40.0), "everybody hears the chime");
    }

    span.engine.close_room(ROOM).unwrap();
    span.ticks(3, &mut phones);
    let left = |event: &&EngineEvent| matches!(event, EngineEvent::Left { .. });
    assert_eq!(span.events.iter().filter(left).count(), 4);
    assert_eq!((span.parts(), span.engine.stats().legs), (0, 0));
}

#[test]
fn a_part_that_nobody_is_in_closes_and_gives_everything_back() {
    let mut span = Span::new(3, 2);
    let mut phones = phones(&[CodecKind::Pcmu; 6]);
    join_all(&mut span, &mut phones);
    span.ticks(SETTLED, &mut phones);
    assert_eq!(span.parts(), 3);
    // More often than there are places for links and rooms.
    for _ in 0..100 {
        for leg in 3..=6 {
            span.engine.detach(LegId(leg)).unwrap();
        }
        span.ticks(3, &mut phones[..2]);
        assert_eq!(span.parts(), 1);
        (3..).zip(&mut phones[2..]).for_each(|(leg, phone)| span.join(leg, phone));
        span.ticks(3, &mut phones);
        assert_eq!(span.parts(), 3);
    }
    span.ticks(SETTLED, &mut phones);
    phones.iter_mut().for_each(Phone::forget);
    span.ticks(SETTLED, &mut phones);
    assert_all_hear_all(&phones);
}

#[test]
fn a_place_that_is_given_up_again_leaves_no_part_behind() {
    let mut span = Span::new(2, 2);
    let mut first = phones(&[CodecKind::Pcmu; 2]);
    join_all(&mut span, &mut first);
    // Without a word from the workers in between: what they have yet to return is limited too.
    for _ in 0..2_000 {
        match span.engine.reserve(LegId(3), ROOM, None) {
            Ok(_) => span.engine.detach(LegId(3)).unwrap(),
            Err(EngineError::WorkerBusy(_) | EngineError::LegsFull(_) | EngineError::PortsFull) => {
            }
            Err(error) => panic!("{error}"),
        }
    }
    span.ticks(10, &mut first);
    assert_eq!((span.parts(), span.engine.stats().legs), (1, 2));
    let mut third = Phone::new(CodecKind::Pcmu, 900.0);
    span.join(3, &mut third);
    span.ticks(3, &mut first);
    assert_eq!(span.parts(), 2);
}

#[test]
fn a_room_is_as_large_as_it_may_be_and_as_the_workers_are() {
    let mut span = Span::new(2, 2);
    for leg in 1..=4 {
        span.engine.reserve(LegId(leg), ROOM, None).unwrap();
    }
    let full = span.engine.reserve(LegId(5), ROOM, None);
    assert!(matches!(full, Err(EngineError::LegsFull(_))));
    let mut span = Span::new(2, 2);
    span.engine.close_room(ROOM).unwrap();
    let room = RoomSettings { members_max: 3, ..RoomSettings::default() };
    span.engine.open_room(ROOM, room).unwrap();
    for leg in 1..=3 {
        span.engine.reserve(LegId(leg), ROOM, None).unwrap();
    }
    let full = span.engine.reserve(LegId(4), ROOM, None);
    assert!(matches!(full, Err(EngineError::LegsFull(_))));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    /// Whoever comes and goes, over whatever parts: those who are there hear exactly the others, and
    /// when all have gone, everything is free again.
    #[test]
    fn whoever_comes_and_goes_all_who_are_there_hear_the_others(
        steps in prop::collection::vec((0..8_usize, 0..4_usize), 1..30),
    ) {
        let mut span = Span::new(3, 3);
        let mut all: Vec<Phone> = phones(&[CodecKind::Pcmu; 8]);
        let mut there = [false; 8];
        for (who, ticks) in steps {
            let leg = LegId(who as u64);
            if there[who] {
                span.engine.detach(leg).unwrap();
                span.ticks(2, &mut []);
                all[who].listen();
                there[who] = false;
            } else if span.engine.reserve(leg, ROOM, None).map(|at| all[who].server = at).is_ok() {
                span.engine.attach(leg, all[who].settings()).unwrap();
                there[who] = true;
            }
            talk(&mut span, ticks, &mut all, &there);
        }
        talk(&mut span, SETTLED, &mut all, &there);
        for (index, phone) in all.iter().enumerate().filter(|(index, _)| there[*index]) {
            let others: Vec<usize> = (0..8).filter(|&other| there[other] && other != index).collect();
            prop_assert_eq!(heard_by(phone, &all), others, "phone {}", index);
        }
        for leg in (0..8).filter(|&leg| there[leg]) {
            span.engine.detach(LegId(leg as u64)).unwrap();
        }
        span.ticks(3, &mut []);
        prop_assert_eq!((span.parts(), span.engine.stats().legs), (1, 0));
    }
}

/// Lets time pass in which those who are there talk.
fn talk(span: &mut Span, ticks: usize, all: &mut [Phone], there: &[bool]) {
    for _ in 0..ticks {
        let mut present: Vec<&mut Phone> = all
            .iter_mut()
            .zip(there)
            .filter(|(_, there)| **there)
            .map(|(phone, _)| phone)
            .collect();
        present.iter_mut().for_each(|phone| phone.speak());
        span.ticks(1, &mut []);
        present.iter_mut().for_each(|phone| phone.listen());
    }
}
