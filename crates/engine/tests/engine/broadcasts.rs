//! Announcements and music for everybody in a room.

use audio::Rate;
use audio::clip::Clip;
use audio::codec::CodecKind;
use audio::level::Dbfs;
use engine::{EngineError, LegId, RoomId};

use crate::support::span::Span;
use crate::support::{House, Note, Phone, ROOM};

/// So many seconds of a note, as prompts and music are recorded.
fn clip(hz: f64, seconds: usize) -> Clip {
    let mut note = Note::new(hz);
    let ticks = (0..50 * seconds).map(|_| note.frame(Rate::Hz8000));
    Clip::new(Rate::Hz8000, ticks.flat_map(|frame| frame.samples().to_vec()).collect::<Vec<_>>())
}

#[test]
fn everybody_hears_an_announcement_once_also_who_speaks() {
    let mut house = House::new();
    let mut phones = [CodecKind::Pcmu, CodecKind::Opus].map(|codec| Phone::new(codec, 1_300.0));
    phones[1].talks = false;
    for (leg, phone) in (1..).zip(&mut phones) {
        house.join(leg, phone);
    }
    let [speaker, listener] = &mut phones;
    house.ticks(30, &mut [speaker, listener]);
    house.engine.broadcast(ROOM, &clip(500.0, 1)).unwrap();
    house.ticks(30, &mut [speaker, listener]);
    assert!(speaker.hears(500.0) && listener.hears(500.0));
    house.ticks(50, &mut [speaker, listener]);
    assert!(!speaker.hears(500.0) && !listener.hears(500.0));
    let unknown = house.engine.broadcast(RoomId(9), &clip(500.0, 1));
    assert!(matches!(unknown, Err(EngineError::UnknownRoom(RoomId(9)))));
}

#[test]
fn music_plays_in_every_part_of_a_room_until_it_is_ended() {
    let mut span = Span::new(2, 2);
    let mut phones = [400.0, 401.0, 402.0].map(|hz| Phone::new(CodecKind::Pcmu, hz));
    phones.iter_mut().for_each(|phone| phone.talks = false);
    span.join(1, &mut phones[0]);
    span.engine.set_music(ROOM, Some(&clip(800.0, 1))).unwrap();
    span.ticks(60, &mut phones);
    span.join(2, &mut phones[1]);
    span.join(3, &mut phones[2]);
    span.ticks(100, &mut phones);
    assert_eq!(span.parts(), 2);
    assert!(phones.iter().all(|phone| phone.hears(800.0)), "over and over, in new parts too");
    span.engine.set_music(ROOM, None).unwrap();
    span.ticks(60, &mut phones);
    phones.iter_mut().for_each(Phone::forget);
    span.ticks(10, &mut phones);
    assert!(phones.iter().all(|phone| Dbfs::of(&phone.heard) < Dbfs::new(-50.0)));
    for leg in 1..=3 {
        span.engine.detach(LegId(leg)).unwrap();
    }
}
