//! Coming and going: limits, full rings, time-outs, what is freed.

use std::time::Duration;

use audio::codec::CodecKind;
use audio::tone::Tone;
use engine::{EngineError, EngineEvent, EngineSettings, LegId, LegStats, RoomId};
use mixer::RoomSettings;
use rtp::rtcp::{Compound, Packet};

use crate::support::{House, Participant, Phone, ROOM, settings};

fn phone() -> Phone {
    Phone::new(CodecKind::Pcmu, 500.0)
}

#[test]
fn a_leg_that_leaves_is_said_goodbye_to_and_freed() {
    let (mut a, mut b) = (phone(), Phone::new(CodecKind::Opus, 800.0));
    let mut house = House::new();
    house.join(1, &mut a);
    house.join(2, &mut b);
    house.ticks(50, &mut [&mut a, &mut b]);
    assert_eq!(house.engine.stats().counts.legs, 2);

    a.forget();
    house.engine.detach(LegId(1)).unwrap();
    house.ticks(5, &mut [&mut b]);
    a.listen();
    assert!(a.headers.is_empty());
    let goodbye = a.reports.last().unwrap();
    let says_bye = Compound::parse(goodbye)
        .unwrap()
        .packets()
        .any(|packet| matches!(packet, Ok(Packet::Goodbye(_))));
    assert!(says_bye);

    let stats = house.left(1).unwrap();
    assert_eq!((stats.packets_received, stats.packets_sent), (50, 50));
    assert_eq!((stats.bytes_received, stats.packets_lost), (8_000, 0));
    assert_eq!(stats.duration, Duration::from_secs(1));
    let stats = house.engine.stats();
    assert_eq!((stats.legs, stats.counts.legs, stats.counts.rooms), (1, 1, 1));

    house.engine.close_room(ROOM).unwrap();
    house.ticks(3, &mut []);
    assert!(house.left(2).is_some());
    let stats = house.engine.stats();
    assert_eq!((stats.legs, stats.ports, stats.counts.legs, stats.counts.rooms), (0, 0, 0, 0));
}

#[test]
fn a_reservation_can_be_cancelled() {
    let mut house = House::new();
    house.engine.reserve(LegId(1), ROOM, None).unwrap();
    assert_eq!(house.engine.stats().ports, 1);
    house.engine.detach(LegId(1)).unwrap();
    house.work();
    house.work();
    assert_eq!(house.left(1), Some(LegStats::default()));
    assert_eq!(house.engine.stats().ports, 0);

    house.engine.reserve(LegId(2), ROOM, None).unwrap();
    house.engine.close_room(ROOM).unwrap();
    house.work();
    assert!(house.left(2).is_some(), "a room takes its reservations with it");
}

#[test]
fn names_and_stages_are_checked() {
    let mut a = phone();
    let mut house = House::new();
    let engine = &mut house.engine;
    let again = engine.open_room(ROOM, RoomSettings::default());
    assert!(matches!(again, Err(EngineError::RoomExists(ROOM))));
    let nowhere = engine.reserve(LegId(1), RoomId(9), None);
    assert!(matches!(nowhere, Err(EngineError::UnknownRoom(RoomId(9)))));
    assert!(matches!(engine.close_room(RoomId(9)), Err(EngineError::UnknownRoom(_))));
    assert!(matches!(engine.announce(RoomId(9), Tone::Exit), Err(EngineError::UnknownRoom(_))));
    assert!(matches!(engine.attach(LegId(1), a.settings()), Err(EngineError::UnknownLeg(_))));

    a.server = engine.reserve(LegId(1), ROOM, None).unwrap();
    assert!(matches!(engine.reserve(LegId(1), ROOM, None), Err(EngineError::LegExists(_))));
    assert!(matches!(engine.set_muted(LegId(1), true), Err(EngineError::NotAttached(_))));
    assert!(matches!(engine.update(LegId(1), a.settings()), Err(EngineError::NotAttached(_))));
    engine.attach(LegId(1), a.settings()).unwrap();
    assert!(matches!(engine.attach(LegId(1), a.settings()), Err(EngineError::Attached(_))));
    engine.detach(LegId(1)).unwrap();
    assert!(matches!(engine.detach(LegId(1)), Err(EngineError::UnknownLeg(_))));
    assert!(matches!(engine.set_muted(LegId(1), true), Err(EngineError::UnknownLeg(_))));
}

#[test]
fn rooms_and_legs_have_limits() {
    let mut house = House::with(EngineSettings {
        rooms_per_worker_max: 2,
        legs_per_worker_max: 3,
        ..settings()
    });
    let engine = &mut house.engine;
    let small = RoomSettings { members_max: 1, ..RoomSettings::default() };
    engine.open_room(RoomId(2), small).unwrap();
    assert!(matches!(engine.open_room(RoomId(3), small), Err(EngineError::RoomsFull)));

    engine.reserve(LegId(1), RoomId(2), None).unwrap();
    let full = engine.reserve(LegId(2), RoomId(2), None);
    assert!(matches!(full, Err(EngineError::LegsFull(RoomId(2)))));
    engine.reserve(LegId(2), ROOM, None).unwrap();
    engine.reserve(LegId(3), ROOM, None).unwrap();
    assert!(matches!(engine.reserve(LegId(4), ROOM, None), Err(EngineError::LegsFull(ROOM))));
    engine.detach(LegId(3)).unwrap();
    engine.reserve(LegId(4), ROOM, None).unwrap();
}

#[test]
fn a_room_that_takes_a_name_over_is_counted_by_itself() {
    let mut a = phone();
    let mut house = House::new();
    house.join(1, &mut a);
    house.ticks(2, &mut [&mut a]);
    house.engine.close_room(ROOM).unwrap();
    let small = RoomSettings { members_max: 1, ..RoomSettings::default() };
    house.engine.open_room(ROOM, small).unwrap();
    house.engine.reserve(LegId(2), ROOM, None).unwrap();
    (0..3).for_each(|_| house.work());
    assert!(house.left(1).is_some());
    assert!(matches!(house.engine.reserve(LegId(3), ROOM, None), Err(EngineError::LegsFull(_))));
}

#[test]
fn a_range_without_a_free_port_says_so() {
    let taken = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let number = taken.local_addr().unwrap().port() & !1;
    let mut house = House::with(EngineSettings { port_range: (number, number | 1), ..settings() });
    let full = house.engine.reserve(LegId(1), ROOM, None);
    assert!(matches!(full, Err(EngineError::PortsFull)));
    assert_eq!(house.engine.stats().legs, 0);
}

#[test]
fn a_full_ring_is_an_error_and_loses_nothing() {
    let mut a = phone();
    let mut house = House::with(EngineSettings { commands_max: 4, ..settings() });
    house.work();
    house.join(1, &mut a); // a port and a leg
    house.engine.announce(ROOM, Tone::Entry).unwrap();
    house.engine.announce(ROOM, Tone::Entry).unwrap();

    let engine = &mut house.engine;
    assert!(matches!(engine.set_muted(LegId(1), true), Err(EngineError::WorkerBusy(0))));
    assert!(matches!(engine.reserve(LegId(2), ROOM, None), Err(EngineError::WorkerBusy(0))));
    assert!(matches!(engine.update(LegId(1), a.settings()), Err(EngineError::WorkerBusy(0))));
    let refused = engine.open_room(RoomId(2), RoomSettings::default());
    assert!(matches!(refused, Err(EngineError::WorkerBusy(0))));
    // What ends something is kept until there is room.
    engine.detach(LegId(1)).unwrap();
    engine.close_room(ROOM).unwrap();

    (0..4).for_each(|_| house.work());
    assert!(house.left(1).is_some());
    let stats = house.engine.stats();
    assert_eq!((stats.legs, stats.ports, stats.counts.rooms), (0, 0, 0));
    house.engine.open_room(RoomId(2), RoomSettings::default()).unwrap();
    house.engine.reserve(LegId(2), RoomId(2), None).unwrap();
}

#[test]
fn events_that_nobody_polls_are_lost_but_never_an_end() {
    let (mut a, mut b) = (phone(), Phone::new(CodecKind::Pcma, 900.0));
    let mut house = House::with(EngineSettings { events_max: 1, ..settings() });
    house.join(1, &mut a);
    house.join(2, &mut b);
    a.keypad.press("123456").unwrap();
    for _ in 0..100 {
        a.speak();
        b.speak();
        (0..4).for_each(|_| house.worker.tick(house.worker.next_due()));
    }
    house.engine.detach(LegId(1)).unwrap();
    house.engine.detach(LegId(2)).unwrap();
    (0..4).for_each(|_| house.worker.tick(house.worker.next_due()));
    assert!(house.engine.stats().counts.events_lost > 0);
    house.poll();
    assert!(house.left(1).is_some() && house.left(2).is_some());
}

#[test]
fn a_source_that_was_found_while_the_ring_was_full_is_told_later() {
    let (mut a, mut b) = (phone(), Phone::new(CodecKind::Pcma, 900.0));
    let mut house = House::with(EngineSettings { events_max: 1, ..settings() });
    house.join(1, &mut a);
    house.join(2, &mut b);
    for _ in 0..10 {
        house.ticks(1, &mut [&mut a, &mut b]);
    }
    for leg in [LegId(1), LegId(2)] {
        assert_eq!(house.happened(EngineEvent::MediaStarted { leg }), 1);
    }
}

#[test]
fn a_silent_peer_is_told_of_once_but_not_on_hold() {
    let (mut a, mut b, mut held) = (phone(), Phone::new(CodecKind::Pcma, 900.0), phone());
    let media_timeout = Duration::from_secs(2);
    let mut house = House::with(EngineSettings { media_timeout, ..settings() });
    house.join(1, &mut a);
    house.join(2, &mut b);
    house.join(3, &mut held);
    let on_hold = engine::LegSettings { send: false, ..held.settings() };
    house.engine.update(LegId(3), on_hold).unwrap();
    house.ticks(20, &mut [&mut a, &mut b]);
    house.ticks(95, &mut [&mut b]);
    let timeout = |leg| EngineEvent::MediaTimeout { leg: LegId(leg) };
    assert_eq!(house.happened(timeout(1)), 0);
    house.ticks(200, &mut [&mut b]);
    assert_eq!([1, 2, 3].map(|leg| house.happened(timeout(leg))), [1, 0, 0]);
    // It comes back and falls silent again.
    house.ticks(5, &mut [&mut a, &mut b]);
    house.ticks(110, &mut [&mut b]);
    assert_eq!(house.happened(timeout(1)), 2);
    // Hold ends, and the silence counts from there.
    house.engine.update(LegId(3), held.settings()).unwrap();
    house.ticks(90, &mut [&mut b]);
    assert_eq!(house.happened(timeout(3)), 0);
    house.ticks(20, &mut [&mut b]);
    assert_eq!(house.happened(timeout(3)), 1);
}

#[test]
fn a_worker_that_sleeps_in_skips_and_counts() {
    let (mut a, mut b) = (phone(), Phone::new(CodecKind::Pcma, 900.0));
    b.talks = false;
    let mut house = House::new();
    house.join(1, &mut a);
    house.join(2, &mut b);
    house.ticks(20, &mut [&mut a, &mut b]);
    let before = *b.headers.last().unwrap();
    for _ in 0..5 {
        a.speak();
    }
    b.forget();
    // 100 ms pass in which the worker does not run.
    house.worker.tick(house.worker.next_due() + Duration::from_millis(100));
    b.listen();
    assert_eq!(b.headers.len(), 1, "a room has one turn, not five");
    let passed = b.headers[0].timestamp.wrapping_sub(before.timestamp);
    assert!((5 * 160..=6 * 160).contains(&passed), "{passed}");
    let counts = house.engine.stats().counts;
    assert_eq!(counts.sub_ticks_skipped, 17);
    house.poll();
    assert!(house.happened(EngineEvent::WorkerLate { worker: 0, skipped: 17 }) <= 1);
    house.ticks(80, &mut [&mut a, &mut b]);
    assert!(b.hears(500.0));
}

#[test]
fn legs_come_and_go_by_the_hundreds_and_nothing_remains() {
    let mut house = House::new();
    let mut talker = Phone::new(CodecKind::Pcma, 900.0);
    house.join(1, &mut talker);
    let codecs = CodecKind::ALL;
    for leg in 2..300_u64 {
        let mut phone = Phone::new(codecs[leg as usize % 4], 500.0);
        house.join(leg, &mut phone);
        house.ticks(2, &mut [&mut phone, &mut talker]);
        house.engine.detach(LegId(leg)).unwrap();
        house.work();
        assert!(house.left(leg).is_some());
    }
    (0..3).for_each(|_| house.work());
    let stats = house.engine.stats();
    assert_eq!((stats.legs, stats.ports, stats.counts.legs), (1, 1, 1));
}
