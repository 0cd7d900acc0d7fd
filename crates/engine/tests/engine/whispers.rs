//! What one leg says to another alone, and legs that are turned down.

use audio::codec::CodecKind;
use engine::{EngineError, LegId, RoomId};
use mixer::RoomSettings;

use crate::support::{House, Phone, ROOM};

const SIDE_ROOM: RoomId = RoomId(78);
const NOTES_HZ: [f64; 3] = [500.0, 800.0, 1_100.0];

fn scene() -> (House, [Phone; 3]) {
    let mut phones = NOTES_HZ.map(|hz| Phone::new(CodecKind::Pcma, hz));
    let mut house = House::new();
    for (phone, leg) in phones.iter_mut().zip(1..) {
        house.join(leg, phone);
    }
    (house, phones)
}

/// Lets all talk, and forgets what was heard while things changed.
fn talk(house: &mut House, [a, b, c]: &mut [Phone; 3]) {
    house.ticks(50, &mut [a, b, c]);
    for phone in [&mut *a, &mut *b, &mut *c] {
        phone.forget();
    }
    house.ticks(50, &mut [a, b, c]);
}

/// Who hears the first.
fn hear_the_first([_, b, c]: &[Phone; 3]) -> (bool, bool) {
    (b.hears(NOTES_HZ[0]), c.hears(NOTES_HZ[0]))
}

#[test]
fn a_whisper_reaches_one_leg_until_it_ends() {
    let (mut house, mut phones) = scene();
    talk(&mut house, &mut phones);
    assert_eq!(hear_the_first(&phones), (true, true));
    house.engine.whisper(LegId(1), LegId(2)).unwrap();
    talk(&mut house, &mut phones);
    assert_eq!(hear_the_first(&phones), (true, false));
    assert!(phones[1].hears(NOTES_HZ[2]) && phones[0].hears(NOTES_HZ[2]), "the others as before");
    house.engine.whisper(LegId(1), LegId(3)).unwrap();
    talk(&mut house, &mut phones);
    assert_eq!(hear_the_first(&phones), (false, true));
    house.engine.end_whisper(LegId(1)).unwrap();
    talk(&mut house, &mut phones);
    assert_eq!(hear_the_first(&phones), (true, true));
}

#[test]
fn nobody_hears_a_whisper_whose_listener_has_gone_or_whose_speaker_has_moved() {
    let (mut house, mut phones) = scene();
    house.engine.whisper(LegId(1), LegId(2)).unwrap();
    talk(&mut house, &mut phones);
    house.engine.detach(LegId(2)).unwrap();
    // Its port may be another test's at once.
    phones[1].talks = false;
    talk(&mut house, &mut phones);
    assert_eq!(hear_the_first(&phones), (false, false));

    let settings = RoomSettings { members_max: 4, ..RoomSettings::default() };
    house.engine.open_room_beside(SIDE_ROOM, ROOM, settings).unwrap();
    for leg in [1, 3] {
        house.engine.move_leg(LegId(leg), SIDE_ROOM, false).unwrap();
    }
    talk(&mut house, &mut phones);
    assert_eq!(hear_the_first(&phones), (false, false), "nobody has said who shall");
    house.engine.end_whisper(LegId(1)).unwrap();
    talk(&mut house, &mut phones);
    assert_eq!(hear_the_first(&phones), (false, true));
}

#[test]
fn those_who_are_not_together_are_told_so() {
    let (mut house, mut phones) = scene();
    let settings = RoomSettings { members_max: 4, ..RoomSettings::default() };
    house.engine.open_room_beside(SIDE_ROOM, ROOM, settings).unwrap();
    house.engine.move_leg(LegId(2), SIDE_ROOM, false).unwrap();
    let apart = house.engine.whisper(LegId(1), LegId(2));
    assert!(matches!(apart, Err(EngineError::Apart(LegId(1), LegId(2)))), "{apart:?}");
    let nobody = house.engine.whisper(LegId(1), LegId(9));
    assert!(matches!(nobody, Err(EngineError::UnknownLeg(LegId(9)))), "{nobody:?}");
    talk(&mut house, &mut phones);
    assert_eq!(hear_the_first(&phones), (false, true));
}

#[test]
fn a_leg_that_is_turned_down_stays_so_in_another_room() {
    let (mut house, mut phones) = scene();
    house.engine.set_volume(LegId(1), -24.0).unwrap();
    talk(&mut house, &mut phones);
    assert_eq!(hear_the_first(&phones), (false, false), "too faint to count");
    let settings = RoomSettings { members_max: 4, ..RoomSettings::default() };
    house.engine.open_room_beside(SIDE_ROOM, ROOM, settings).unwrap();
    for leg in [1, 2, 3] {
        house.engine.move_leg(LegId(leg), SIDE_ROOM, false).unwrap();
    }
    talk(&mut house, &mut phones);
    assert_eq!(hear_the_first(&phones), (false, false));
    house.engine.set_volume(LegId(1), 0.0).unwrap();
    talk(&mut house, &mut phones);
    assert_eq!(hear_the_first(&phones), (true, true));
}
