//! Legs that go from one room to another.

use audio::codec::CodecKind;
use engine::{EngineError, LegId, RoomId};
use mixer::RoomSettings;

use crate::support::{House, Phone, ROOM};

const ANTEROOM: RoomId = RoomId(77);

/// Two who talk in the room, and a third with this codec in the anteroom, muted.
fn scene(codec: CodecKind) -> (House, [Phone; 3]) {
    let mut phones = [
        Phone::new(CodecKind::Pcmu, 500.0),
        Phone::new(CodecKind::Pcma, 800.0),
        Phone::new(codec, 1_100.0),
    ];
    let mut house = House::new();
    let settings = RoomSettings { members_max: 4, ..RoomSettings::default() };
    house.engine.open_room_beside(ANTEROOM, ROOM, settings).unwrap();
    let [a, b, c] = &mut phones;
    house.join(1, a);
    house.join(2, b);
    // Reserved in the room itself: it goes to the anteroom before it has a leg.
    let address = house.engine.reserve(LegId(3), ROOM, None).unwrap();
    house.engine.move_leg(LegId(3), ANTEROOM, true).unwrap();
    c.server = address;
    house.engine.attach(LegId(3), c.settings()).unwrap();
    house.engine.set_muted(LegId(3), true).unwrap();
    (house, phones)
}

fn talk(house: &mut House, [a, b, c]: &mut [Phone; 3]) {
    for phone in [&mut *a, &mut *b, &mut *c] {
        phone.forget();
    }
    house.ticks(50, &mut [a, b, c]);
}

#[test]
fn who_stands_before_a_room_hears_nobody_and_is_not_heard_until_it_is_taken_in() {
    for codec in [CodecKind::Pcmu, CodecKind::G722, CodecKind::Opus] {
        let (mut house, mut phones) = scene(codec);
        talk(&mut house, &mut phones);
        let [a, b, c] = &phones;
        assert!(a.hears(800.0) && b.hears(500.0), "{codec:?}");
        assert!(!a.hears(1_100.0) && !c.hears(500.0) && !c.hears(800.0), "{codec:?}");

        house.engine.move_leg(LegId(3), ROOM, false).unwrap();
        talk(&mut house, &mut phones);
        talk(&mut house, &mut phones);
        let [a, b, c] = &phones;
        assert!(a.hears(1_100.0) && b.hears(1_100.0), "{codec:?}");
        assert!(c.hears(500.0) && c.hears(800.0) && !c.hears(1_100.0), "{codec:?}");

        house.engine.move_leg(LegId(3), ANTEROOM, true).unwrap();
        talk(&mut house, &mut phones);
        talk(&mut house, &mut phones);
        let [a, _, c] = &phones;
        assert!(!a.hears(1_100.0) && !c.hears(500.0), "{codec:?}");
        let stats = house.engine.stats();
        assert_eq!((stats.legs, stats.counts.legs, stats.counts.rooms), (3, 3, 2));
    }
}

#[test]
fn a_room_that_closes_leaves_alone_who_has_gone_on() {
    let (mut house, mut phones) = scene(CodecKind::Pcmu);
    talk(&mut house, &mut phones);
    house.engine.move_leg(LegId(3), ROOM, false).unwrap();
    house.engine.close_room(ANTEROOM).unwrap();
    talk(&mut house, &mut phones);
    talk(&mut house, &mut phones);
    assert!(house.left(3).is_none());
    assert!(phones[2].hears(500.0));
    house.engine.close_room(ROOM).unwrap();
    talk(&mut house, &mut phones);
    assert!(house.left(3).is_some());
    let stats = house.engine.stats();
    assert_eq!((stats.legs, stats.counts.legs, stats.counts.rooms), (0, 0, 0));
}

#[test]
fn nobody_goes_where_there_is_no_place() {
    let (mut house, _) = scene(CodecKind::Pcmu);
    let nowhere = house.engine.move_leg(LegId(1), RoomId(9), false);
    assert!(matches!(nowhere, Err(EngineError::UnknownRoom(RoomId(9)))));
    assert!(matches!(
        house.engine.move_leg(LegId(9), ROOM, false),
        Err(EngineError::UnknownLeg(_))
    ));
    let narrow = RoomSettings { members_max: 1, ..RoomSettings::default() };
    house.engine.open_room(RoomId(8), narrow).unwrap();
    house.engine.move_leg(LegId(1), RoomId(8), false).unwrap();
    let full = house.engine.move_leg(LegId(2), RoomId(8), false);
    assert!(matches!(full, Err(EngineError::LegsFull(RoomId(8)))));
    assert!(house.engine.move_leg(LegId(1), RoomId(8), true).is_ok(), "it is there");
}
