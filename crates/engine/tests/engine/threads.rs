//! The same with threads and the real clock.

use std::thread::sleep;
use std::time::{Duration, Instant};

use audio::codec::CodecKind;
use engine::{Engine, EngineError, EngineEvent, EngineSettings, LegId, RoomId};
use mixer::RoomSettings;
use rtp::rtcp::{Compound, Packet};

use crate::support::browser::Browser;
use crate::support::{Participant, Phone, ROOM, settings};

/// Long enough for any machine; nothing waits that long on a working one.
const PATIENCE: Duration = Duration::from_secs(10);

/// Polls until `wanted` has happened.
fn wait_for(engine: &mut Engine, phones: &mut [&mut Phone], wanted: EngineEvent) {
    let start = Instant::now();
    while start.elapsed() < PATIENCE {
        for phone in phones.iter_mut() {
            phone.speak();
        }
        while let Some(event) = engine.poll_event() {
            if event == wanted {
                return;
            }
        }
        sleep(Duration::from_millis(20));
    }
    panic!("{wanted:?} did not happen");
}

#[test]
fn a_call_lives_on_a_thread_of_its_own() {
    let mut a = Phone::new(CodecKind::Pcmu, 500.0);
    let mut engine = Engine::start(EngineSettings { workers: 2, ..settings() }).unwrap();
    engine.open_room(ROOM, RoomSettings::default()).unwrap();
    a.server = engine.reserve(LegId(1), ROOM, Some(a.address())).unwrap();
    engine.attach(LegId(1), a.settings()).unwrap();
    wait_for(&mut engine, &mut [&mut a], EngineEvent::MediaStarted { leg: LegId(1) });
    wait_for(&mut engine, &mut [&mut a], EngineEvent::SpeakingStarted { leg: LegId(1) });
    let stats = engine.stats();
    assert_eq!((stats.workers, stats.counts.legs), (2, 1));
    assert!(stats.counts.sub_ticks > 0 && stats.counts.cpu_us > 0);
}

#[test]
fn a_room_spans_threads() {
    let mut a = Phone::new(CodecKind::Pcmu, 500.0);
    let mut b = Phone::new(CodecKind::Pcmu, 900.0);
    let limits = EngineSettings { workers: 2, legs_per_worker_max: 1, ..settings() };
    let mut engine = Engine::start(limits).unwrap();
    engine.open_room(ROOM, RoomSettings::default()).unwrap();
    for (leg, phone) in (1..).map(LegId).zip([&mut a, &mut b]) {
        phone.server = engine.reserve(leg, ROOM, Some(phone.address())).unwrap();
        engine.attach(leg, phone.settings()).unwrap();
    }
    let start = Instant::now();
    while !(a.hears(b.note.hz) && b.hears(a.note.hz)) {
        assert!(start.elapsed() < PATIENCE, "they don't hear each other");
        for phone in [&mut a, &mut b] {
            phone.speak();
            phone.listen();
        }
        while engine.poll_event().is_some() {}
        sleep(Duration::from_millis(20));
    }
    assert!(!a.hears(a.note.hz) && !b.hears(b.note.hz));
    assert_eq!(engine.stats().counts.rooms, 2, "on two workers");
}

#[test]
fn rooms_go_where_there_is_most_place() {
    let limits = EngineSettings { workers: 2, rooms_per_worker_max: 1, ..settings() };
    let mut engine = Engine::start(limits).unwrap();
    engine.open_room(RoomId(1), RoomSettings::default()).unwrap();
    engine.open_room(RoomId(2), RoomSettings::default()).unwrap();
    let full = engine.open_room(RoomId(3), RoomSettings::default());
    assert!(matches!(full, Err(EngineError::RoomsFull)));
}

#[test]
fn shutting_down_says_goodbye_and_frees_the_ports() {
    let mut a = Phone::new(CodecKind::Opus, 500.0);
    let mut engine = Engine::start(settings()).unwrap();
    engine.open_room(ROOM, RoomSettings::default()).unwrap();
    a.server = engine.reserve(LegId(1), ROOM, Some(a.address())).unwrap();
    engine.attach(LegId(1), a.settings()).unwrap();
    wait_for(&mut engine, &mut [&mut a], EngineEvent::MediaStarted { leg: LegId(1) });
    engine.shutdown();
    a.listen();
    let last = a.reports.last().unwrap();
    let says_bye = |packet| matches!(packet, Ok(Packet::Goodbye(_)));
    assert!(Compound::parse(last).unwrap().packets().any(says_bye));
    std::net::UdpSocket::bind(a.server).unwrap();
}

#[test]
fn browsers_are_told_the_last_words_of_a_shutdown() {
    let mut a = Browser::new(500.0);
    let mut engine = Engine::start(settings()).unwrap();
    engine.open_room(ROOM, RoomSettings::default()).unwrap();
    let place = engine.reserve_browser(LegId(1), ROOM).unwrap();
    (a.server, a.credentials) = (place.candidates[0], Some(place.credentials));
    engine.attach_browser(LegId(1), a.settings()).unwrap();
    let found = EngineEvent::PathChanged { leg: LegId(1), source: a.address() };
    let start = Instant::now();
    while engine.poll_event() != Some(found.clone()) {
        assert!(start.elapsed() < PATIENCE, "{found:?} did not happen");
        a.check(true);
        sleep(Duration::from_millis(5));
    }
    engine.send_dtls(LegId(1), &[21, 1, 0]).unwrap();
    engine.shutdown();
    a.listen();
    assert_eq!(a.dtls, [[21, 1, 0]]);
    let last = a.reports.last().unwrap();
    let says_bye = |packet| matches!(packet, Ok(Packet::Goodbye(_)));
    assert!(Compound::parse(last).unwrap().packets().any(says_bye));
}

#[test]
fn an_engine_with_a_full_ring_stops_all_the_same() {
    let mut engine = Engine::start(EngineSettings { commands_max: 1, ..settings() }).unwrap();
    for room in 0..8 {
        let _ = engine.open_room(RoomId(room), RoomSettings::default());
        let _ = engine.close_room(RoomId(room));
    }
    engine.shutdown();
}

#[test]
fn impossible_settings_are_refused() {
    let refused = Engine::start(EngineSettings { workers: 0, ..settings() });
    assert!(matches!(refused, Err(EngineError::Setting { setting: "workers", .. })));
}
