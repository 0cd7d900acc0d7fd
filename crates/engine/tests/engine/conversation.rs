//! What participants hear and do.

use audio::clip::Clip;
use audio::codec::CodecKind;
use audio::tone::Tone;
use audio::{Rate, TICK};
use engine::{EngineError, EngineEvent, LegId};
use mixer::{Blend, Playback, Sound};
use rtp::telephone_event::{self, Digit, Event};

use crate::support::{EVENT_TYPE, House, Phone, ROOM};

const LOW: f64 = 500.0;
const MIDDLE: f64 = 800.0;
const HIGH: f64 = 1_300.0;

#[test]
fn everybody_hears_the_others_and_nobody_themselves() {
    for codec in CodecKind::ALL {
        let (mut a, mut b) = (Phone::new(codec, LOW), Phone::new(CodecKind::Pcma, MIDDLE));
        let mut c = Phone::new(CodecKind::Opus, HIGH);
        let mut house = House::new();
        house.join(1, &mut a);
        house.join(2, &mut b);
        house.join(3, &mut c);
        house.ticks(60, &mut [&mut a, &mut b, &mut c]);
        for (phone, others) in [(&a, [MIDDLE, HIGH]), (&b, [LOW, HIGH]), (&c, [LOW, MIDDLE])] {
            assert!(
                others.into_iter().all(|note| phone.hears(note)),
                "{codec:?} {}",
                phone.note.hz
            );
            assert!(phone.share_of(phone.note.hz) < 0.01, "{codec:?} {} echoes", phone.note.hz);
        }
    }
}

#[test]
fn a_packet_leaves_every_tick_whether_anybody_speaks_or_not() {
    let (mut a, mut b) = (Phone::new(CodecKind::Pcmu, LOW), Phone::new(CodecKind::G722, HIGH));
    b.talks = false;
    let mut house = House::new();
    house.join(1, &mut a);
    house.join(2, &mut b);
    house.ticks(50, &mut [&mut a, &mut b]);
    for phone in [&a, &b] {
        assert_eq!(phone.headers.len(), 50);
        assert!(phone.headers[0].marker);
        for pair in phone.headers.windows(2) {
            assert_eq!(pair[1].sequence, pair[0].sequence.wrapping_add(1));
            assert_eq!(pair[1].timestamp, pair[0].timestamp.wrapping_add(160));
            assert!(!pair[1].marker);
        }
    }
}

#[test]
fn packets_of_60_ms_are_heard_as_well() {
    let (mut a, mut b) = (Phone::new(CodecKind::Pcmu, LOW), Phone::new(CodecKind::Pcmu, HIGH));
    a.talks = false;
    let mut house = House::new();
    house.join(1, &mut a);
    house.join(2, &mut b);
    for tick in 0..60 {
        if tick % 3 == 0 {
            // The payloads of three packets behind the header of the first.
            let packets = [a.packet(), a.packet(), a.packet()];
            let long = [&packets[0][..], &packets[1][12..], &packets[2][12..]].concat();
            a.rtp.send_to(&long, a.server).unwrap();
        }
        house.tick(&mut [&mut a, &mut b]);
    }
    assert!(b.hears(LOW));
    house.engine.detach(LegId(1)).unwrap();
    house.work();
    let stats = house.left(1).unwrap();
    assert_eq!((stats.packets_received, stats.packets_lost, stats.concealed), (20, 0, 0));
}

#[test]
fn the_muted_are_not_heard_but_their_keys_are() {
    let (mut a, mut b) = (Phone::new(CodecKind::Pcmu, LOW), Phone::new(CodecKind::Pcma, HIGH));
    let mut house = House::new();
    house.join(1, &mut a);
    house.join(2, &mut b);
    house.ticks(10, &mut [&mut a, &mut b]);
    house.engine.set_muted(LegId(1), true).unwrap();
    a.keypad.press("*6").unwrap();
    house.ticks(60, &mut [&mut a, &mut b]);
    assert!(!b.hears(LOW) && a.hears(HIGH));
    assert_eq!(house.digits(1), "*6");
    house.engine.set_muted(LegId(1), false).unwrap();
    house.ticks(30, &mut [&mut a, &mut b]);
    assert!(b.hears(LOW));
}

#[test]
fn digits_are_sent_in_place_of_audio() {
    for codec in [CodecKind::Pcma, CodecKind::Opus] {
        let (mut a, mut b) = (Phone::new(codec, LOW), Phone::new(CodecKind::Pcma, HIGH));
        let mut house = House::new();
        house.join(1, &mut a);
        house.join(2, &mut b);
        house.ticks(5, &mut [&mut a, &mut b]);
        house.engine.send_digits(LegId(1), "42#").unwrap();
        house.ticks(60, &mut [&mut a, &mut b]);

        let mut pressed = String::new();
        let mut receiver = telephone_event::Receiver::new();
        let events: Vec<_> =
            a.headers.iter().filter(|header| header.payload_type == EVENT_TYPE).collect();
        for (header, payload) in events.iter().zip(&a.events) {
            let packet = rtp::packet::Packet::new(**header, payload);
            pressed.extend(receiver.receive(&packet).map(Digit::as_char));
        }
        assert_eq!(pressed, "42#");
        let ends = a.events.iter().filter(|payload| Event::parse(payload).unwrap().end).count();
        assert_eq!(ends, 3 * 3, "each end is said three times");
        let sequences: Vec<u16> = a.headers.iter().map(|header| header.sequence).collect();
        assert!(sequences.windows(2).all(|pair| pair[1] == pair[0].wrapping_add(1)));
        assert!(a.hears(HIGH), "audio goes on afterwards");
    }
}

#[test]
fn digits_need_a_peer_that_takes_them() {
    let mut a = Phone::new(CodecKind::Pcma, LOW);
    let mut house = House::new();
    a.server = house.engine.reserve(LegId(1), ROOM, None).unwrap();
    let settings = engine::LegSettings { telephone_events: None, ..a.settings() };
    house.engine.attach(LegId(1), settings).unwrap();
    let refused = house.engine.send_digits(LegId(1), "1");
    assert!(matches!(refused, Err(EngineError::NoTelephoneEvents(LegId(1)))));
    let refused = house.engine.send_digits(LegId(1), "1x");
    assert!(matches!(refused, Err(EngineError::InvalidDigit('x'))));
}

#[test]
fn on_hold_nothing_is_sent_or_heard_until_it_is_resumed() {
    let (mut a, mut b) = (Phone::new(CodecKind::Pcmu, LOW), Phone::new(CodecKind::Pcma, HIGH));
    let mut house = House::new();
    house.join(1, &mut a);
    house.join(2, &mut b);
    house.ticks(30, &mut [&mut a, &mut b]);
    let before = *a.headers.last().unwrap();

    let held = engine::LegSettings {
        send: false,
        receive: false,
        remote_rtp: "0.0.0.0:0".parse().unwrap(),
        ..a.settings()
    };
    house.engine.update(LegId(1), held).unwrap();
    a.forget();
    house.ticks(30, &mut [&mut a, &mut b]);
    assert!(a.headers.is_empty(), "nothing is sent");
    assert!(!b.hears(LOW), "nor heard");
    assert_eq!(house.engine.stats().counts.dropped_on_hold, 30);

    house.engine.update(LegId(1), a.settings()).unwrap();
    house.ticks(30, &mut [&mut a, &mut b]);
    assert!(a.hears(HIGH) && b.hears(LOW));
    let after = a.headers[0];
    assert_eq!(after.sequence, before.sequence.wrapping_add(1));
    assert_eq!(
        after.timestamp,
        before.timestamp.wrapping_add(31 * 160),
        "time went on by the wall"
    );
    assert!(after.marker);
}

#[test]
fn a_leg_that_only_listens_is_sent_to_and_one_that_only_speaks_is_heard() {
    let (mut a, mut b) = (Phone::new(CodecKind::Pcmu, LOW), Phone::new(CodecKind::Pcma, HIGH));
    let mut house = House::new();
    house.join(1, &mut a);
    house.join(2, &mut b);
    house.engine.update(LegId(1), engine::LegSettings { receive: false, ..a.settings() }).unwrap();
    house.ticks(30, &mut [&mut a, &mut b]);
    assert!(a.hears(HIGH) && !b.hears(LOW));
    house.engine.update(LegId(1), engine::LegSettings { send: false, ..a.settings() }).unwrap();
    a.forget();
    house.ticks(30, &mut [&mut a, &mut b]);
    assert!(a.headers.is_empty() && b.hears(LOW));
}

#[test]
fn a_leg_changes_its_codec_without_leaving_the_room() {
    let (mut a, mut b) = (Phone::new(CodecKind::Pcmu, LOW), Phone::new(CodecKind::Pcma, HIGH));
    let mut house = House::new();
    house.join(1, &mut a);
    house.join(2, &mut b);
    house.ticks(30, &mut [&mut a, &mut b]);
    house.engine.set_muted(LegId(2), true).unwrap();

    let mut wide = Phone::new(CodecKind::G722, LOW);
    wide.server = a.server;
    std::mem::swap(&mut wide.rtp, &mut a.rtp);
    std::mem::swap(&mut wide.rtcp, &mut a.rtcp);
    house.engine.update(LegId(1), wide.settings()).unwrap();
    house.ticks(40, &mut [&mut wide, &mut b]);
    assert!(b.hears(LOW) && !wide.hears(HIGH), "who was muted stays so");
    assert!(wide.headers.iter().all(|header| header.payload_type == 9));
    assert_eq!(house.left(1), None);

    let mut louder = Phone::new(CodecKind::Opus, HIGH);
    louder.server = b.server;
    std::mem::swap(&mut louder.rtp, &mut b.rtp);
    std::mem::swap(&mut louder.rtcp, &mut b.rtcp);
    house.engine.update(LegId(2), louder.settings()).unwrap();
    house.ticks(40, &mut [&mut wide, &mut louder]);
    assert!(louder.hears(LOW) && !wide.hears(HIGH), "also when its own codec changes");
}

#[test]
fn what_is_played_to_one_is_heard_by_that_one() {
    let (mut a, mut b) = (Phone::new(CodecKind::Pcmu, LOW), Phone::new(CodecKind::Pcma, HIGH));
    (a.talks, b.talks) = (false, false);
    let mut house = House::new();
    house.join(1, &mut a);
    house.join(2, &mut b);
    let note: Vec<f32> = (0..8_000)
        .map(|n| (std::f64::consts::TAU * MIDDLE * f64::from(n) / 8_000.0).sin() as f32 * 0.3)
        .collect();
    let sound = Sound::Clip(Clip::new(Rate::Hz8000, note));
    let playback = Playback { sound, blend: Blend::Instead };
    house.engine.play(LegId(1), playback.clone()).unwrap();
    house.ticks(20, &mut [&mut a, &mut b]);
    assert!(a.hears(MIDDLE) && !b.hears(MIDDLE));
    // Replaced half-way: the first is given back and only the second ends.
    house.engine.play(LegId(1), playback).unwrap();
    house.ticks(80, &mut [&mut a, &mut b]);
    assert_eq!(house.happened(EngineEvent::PlaybackEnded { leg: LegId(1) }), 1);

    house.engine.announce(ROOM, Tone::Entry).unwrap();
    let quiet = a.heard.len();
    house.ticks(10, &mut [&mut a, &mut b]);
    assert!(a.heard[quiet..].iter().any(|sample| sample.abs() > 0.02), "everybody hears a tone");
}

#[test]
fn who_speaks_is_told() {
    let (mut a, mut b) = (Phone::new(CodecKind::Pcmu, LOW), Phone::new(CodecKind::Pcma, HIGH));
    b.talks = false;
    let mut house = House::new();
    house.join(1, &mut a);
    house.join(2, &mut b);
    house.ticks(20, &mut [&mut a, &mut b]);
    a.talks = false;
    house.ticks(100, &mut [&mut a, &mut b]);
    assert_eq!(house.happened(EngineEvent::SpeakingStarted { leg: LegId(1) }), 1);
    assert_eq!(house.happened(EngineEvent::SpeakingStopped { leg: LegId(1) }), 1);
    assert_eq!(house.happened(EngineEvent::SpeakingStarted { leg: LegId(2) }), 0);
}

#[test]
fn a_lost_packet_is_concealed_and_latency_stays_at_the_buffers_depth() {
    let (mut a, mut b) = (Phone::new(CodecKind::Pcmu, LOW), Phone::new(CodecKind::Pcma, HIGH));
    b.talks = false;
    let mut house = House::new();
    house.join(1, &mut a);
    house.join(2, &mut b);
    house.ticks(20, &mut [&mut a, &mut b]);
    a.packet();
    a.talks = false;
    house.tick(&mut [&mut a, &mut b]);
    a.talks = true;
    house.ticks(20, &mut [&mut a, &mut b]);
    assert!(b.hears(LOW));

    // A step in what is sent is heard within the depth of the buffer and one tick.
    a.talks = false;
    house.ticks(60, &mut [&mut a, &mut b]);
    let quiet = b.heard.len();
    a.talks = true;
    house.ticks(6, &mut [&mut a, &mut b]);
    let delay = b.heard[quiet..].iter().position(|sample| sample.abs() > 0.05).unwrap();
    let bound = TICK.as_millis() as usize * 3 * 8;
    assert!(delay <= bound, "{delay} samples, not {bound}");
    house.engine.detach(LegId(1)).unwrap();
    house.work();
    let stats = house.left(1).unwrap();
    assert_eq!(stats.packets_lost, 1);
    assert!(stats.concealed >= 1);
}
