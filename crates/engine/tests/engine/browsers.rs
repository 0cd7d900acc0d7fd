//! Browsers in a room: coming, being heard and hearing, going.

use std::time::Duration;

use audio::codec::CodecKind;
use engine::{
    BrowserPort, Engine, EngineError, EngineEvent, EngineSettings, LegId, LegStats, RoomId,
};
use mixer::RoomSettings;
use rtp::rtcp::{Compound, Packet};
use rtp::sender::{Sender, Start};
use rtp::srtp::Profile;
use rtp::telephone_event::{Keypad, KeypadSettings};
use webrtc::ice::UserFragment;

use crate::support::browser::{Browser, EVENT_TYPE};
use crate::support::{House, LOOPBACK, Phone, ROOM, settings};

const LOW: f64 = 500.0;
const MIDDLE: f64 = 800.0;
const HIGH: f64 = 1_300.0;

#[test]
fn two_browsers_and_a_phone_hear_the_others_and_not_themselves() {
    for profile in [Profile::AeadAes128Gcm, Profile::AeadAes256Gcm, Profile::Aes128CmSha1_80] {
        let mut a = Browser::with(LOOPBACK, profile, LOW);
        let mut b = Browser::new(MIDDLE);
        let mut c = Phone::new(CodecKind::Pcma, HIGH);
        let mut house = House::new();
        house.join_browser(1, &mut a);
        house.join_browser(2, &mut b);
        house.join(3, &mut c);
        house.ticks(60, &mut [&mut a, &mut b, &mut c]);
        assert!(a.hears(MIDDLE) && a.hears(HIGH) && !a.echoes(), "{profile:?}");
        assert!(b.hears(LOW) && b.hears(HIGH) && !b.echoes(), "{profile:?}");
        assert!(c.hears(LOW) && c.hears(MIDDLE) && c.share_of(HIGH) < 0.01, "{profile:?}");
        for leg in [1, 2] {
            assert_eq!(house.happened(EngineEvent::MediaStarted { leg: LegId(leg) }), 1);
        }
        let counts = house.engine.stats().counts;
        assert_eq!((counts.browsers, counts.legs, counts.stun_answered), (2, 3, 2));
        assert_eq!((counts.unsealed, counts.dropped_srtp_forged), (0, 0));
    }
}

#[test]
fn a_browser_is_answered_before_it_has_a_leg_and_heard_only_then() {
    let mut a = Browser::new(LOW);
    // Nobody can know of a number that wrapped among packets that were lost (RFC 3711 section 3.3.1).
    a.sender = Sender::new(Start { ssrc: 1, sequence: 100, timestamp: 7 });
    let mut b = Phone::new(CodecKind::Pcmu, HIGH);
    let mut house = House::new();
    house.join(2, &mut b);
    house.reserve(1, &mut a);
    assert!(a.is_answered());
    let path = EngineEvent::PathChanged { leg: LegId(1), source: a.address() };
    assert_eq!(house.happened(path), 1);

    house.ticks(20, &mut [&mut a, &mut b]);
    assert!(a.headers.is_empty() && !b.hears(LOW), "there are no keys yet");
    let counts = house.engine.stats().counts;
    assert_eq!((counts.dropped_srtp_early, counts.browsers, counts.legs), (20, 1, 1));
    house.engine.attach_browser(LegId(1), a.settings()).unwrap();
    house.ticks(40, &mut [&mut a, &mut b]);
    assert!(a.hears(HIGH) && b.hears(LOW));
}

#[test]
fn dtls_goes_both_ways_once_the_browser_was_found() {
    let mut a = Browser::new(LOW);
    let mut house = House::new();
    let place = house.engine.reserve_browser(LegId(1), ROOM).unwrap();
    (a.server, a.credentials) = (place.candidates[0], Some(place.credentials));
    house.work();
    house.engine.send_dtls(LegId(1), &[22; 100]).unwrap();
    a.send(&[22, 1, 2]);
    house.work();
    let counts = house.engine.stats().counts;
    assert_eq!((counts.unsent_dtls, counts.dropped_dtls), (1, 1), "it is nowhere yet");

    a.check(false);
    a.send(&[22, 3, 4]);
    house.work();
    let hello = EngineEvent::Dtls { leg: LegId(1), datagram: [22, 3, 4].into() };
    assert_eq!(house.happened(hello), 1);
    house.engine.send_dtls(LegId(1), &[22; 1_500]).unwrap();
    let too_long = house.engine.send_dtls(LegId(1), &[22; 1_501]);
    assert!(matches!(too_long, Err(EngineError::DatagramTooLong)));
    house.work();
    crate::support::Participant::listen(&mut a);
    assert_eq!(a.dtls, [[22; 1_500]], "to where it was heard, though it has chosen no path");
}

#[test]
fn who_leaves_is_told_what_was_to_be_told_before() {
    let (mut a, mut b) = (Browser::new(LOW), Browser::new(HIGH));
    let mut house = House::new();
    house.join_browser(1, &mut a);
    house.join_browser(2, &mut b);
    house.ticks(50, &mut [&mut a, &mut b]);
    house.engine.send_dtls(LegId(1), &[21, 9]).unwrap();
    house.engine.detach(LegId(1)).unwrap();
    assert!(matches!(house.engine.send_dtls(LegId(1), &[21]), Err(EngineError::UnknownLeg(_))));
    a.talks = false;
    house.ticks(3, &mut [&mut a, &mut b]);
    assert_eq!(a.dtls, [[21, 9]], "such as that the session is over");
    assert!(says_goodbye(&a), "over SRTCP");
    let stats = house.left(1).unwrap();
    assert_eq!((stats.packets_received, stats.packets_lost), (50, 0));
    assert!(stats.duration >= Duration::from_secs(1));

    let before = house.engine.stats().counts.dropped_stun;
    a.forget();
    a.check(true);
    house.ticks(2, &mut [&mut a, &mut b]);
    assert!(a.answers.is_empty(), "nobody of its name is here");
    assert_eq!(house.engine.stats().counts.dropped_stun, before + 1);
}

#[test]
fn a_browser_can_go_at_any_stage_and_goes_once() {
    let mut house = House::new();
    let mut never_found = Browser::new(LOW);
    let (mut found, mut attached) = (Browser::new(MIDDLE), Browser::new(HIGH));
    let place = house.engine.reserve_browser(LegId(1), ROOM).unwrap();
    never_found.credentials = Some(place.credentials);
    house.reserve(2, &mut found);
    house.join_browser(3, &mut attached);
    house.ticks(10, &mut [&mut attached]);
    for leg in 1..=3 {
        house.engine.detach(LegId(leg)).unwrap();
        assert!(matches!(house.engine.detach(LegId(leg)), Err(EngineError::UnknownLeg(_))));
    }
    // Before its worker has heard of it at all.
    house.engine.reserve_browser(LegId(4), ROOM).unwrap();
    house.engine.detach(LegId(4)).unwrap();
    house.engine.reserve_browser(LegId(5), ROOM).unwrap();
    house.engine.attach_browser(LegId(5), found.settings()).unwrap();
    house.engine.detach(LegId(5)).unwrap();
    (0..3).for_each(|_| house.work());
    for leg in 1..=5 {
        let is_end = |event: &&EngineEvent| matches!(event, EngineEvent::Left { leg: id, .. } if *id == LegId(leg));
        assert_eq!(house.events.iter().filter(is_end).count(), 1, "leg {leg}");
    }
    assert_eq!(house.left(2), Some(LegStats::default()));
    let stats = house.engine.stats();
    assert_eq!((stats.legs, stats.counts.legs, stats.counts.browsers), (0, 0, 0));
}

#[test]
fn a_room_takes_its_browsers_with_it() {
    let mut house = House::new();
    let (mut a, mut b) = (Browser::new(LOW), Browser::new(HIGH));
    house.reserve(1, &mut a);
    house.join_browser(2, &mut b);
    house.engine.close_room(ROOM).unwrap();
    (0..3).for_each(|_| house.work());
    assert!(house.left(1).is_some() && house.left(2).is_some());
    let stats = house.engine.stats();
    assert_eq!((stats.legs, stats.counts.browsers, stats.counts.rooms), (0, 0, 0));
}

#[test]
fn the_held_neither_hear_nor_are_heard_and_reports_go_on() {
    let (mut a, mut b) = (Browser::new(LOW), Browser::new(HIGH));
    let mut house = House::new();
    house.join_browser(1, &mut a);
    house.join_browser(2, &mut b);
    house.ticks(30, &mut [&mut a, &mut b]);
    house.engine.set_held(LegId(1), true).unwrap();
    house.work();
    a.forget();
    let report = a.report();
    a.send(&report);
    house.ticks(400, &mut [&mut a, &mut b]);
    assert!(a.headers.is_empty() && !b.hears(LOW));
    let counts = house.engine.stats().counts;
    assert_eq!((counts.dropped_on_hold, counts.reports_received), (0, 1));
    let reports: Vec<_> = a.reports.iter().flat_map(|report| blocks(report)).collect();
    assert!(!reports.is_empty(), "the browser's statistics go on");
    assert!(reports.iter().all(|block| block.cumulative_lost == 0), "and nothing is lost");

    house.engine.set_held(LegId(1), false).unwrap();
    house.ticks(40, &mut [&mut a, &mut b]);
    assert!(a.hears(HIGH) && b.hears(LOW));
    assert_eq!(house.happened(EngineEvent::MediaTimeout { leg: LegId(1) }), 0);
}

#[test]
fn a_muted_browser_is_not_heard_but_its_keys_are() {
    let (mut a, mut b) = (Browser::new(LOW), Browser::new(HIGH));
    let mut house = House::new();
    house.join_browser(1, &mut a);
    house.join_browser(2, &mut b);
    house.engine.set_muted(LegId(1), true).unwrap();
    house.ticks(40, &mut [&mut a, &mut b]);
    assert!(!b.hears(LOW) && a.hears(HIGH));

    let mut keypad = Keypad::new(KeypadSettings { clock_hz: 48_000, ..KeypadSettings::default() });
    keypad.press("7").unwrap();
    while let Some(event) = keypad.tick(a.sender.timestamp()) {
        let header = a.sender.event(EVENT_TYPE, &event);
        let packet = a.protect(&[&header.to_bytes()[..], &event.payload].concat());
        a.send(&packet);
        a.sender.advance(960);
    }
    house.work();
    assert_eq!(house.digits(1), "7");

    house.engine.send_digits(LegId(1), "5").unwrap();
    a.forget();
    house.ticks(20, &mut [&mut a, &mut b]);
    let events = a.headers.iter().filter(|header| header.payload_type == EVENT_TYPE).count();
    assert!(events > 0);
}

#[test]
fn a_silent_browser_is_not_given_up_while_it_consents() {
    let mut a = Browser::new(LOW);
    let mut house =
        House::with(EngineSettings { media_timeout: Duration::from_secs(1), ..settings() });
    house.join_browser(1, &mut a);
    a.talks = false;
    for _ in 0..60 {
        a.check(false);
        house.ticks(25, &mut [&mut a]);
    }
    assert_eq!(house.happened(EngineEvent::MediaTimeout { leg: LegId(1) }), 0);
    assert_eq!(house.happened(EngineEvent::ConsentLost { leg: LegId(1) }), 0);
}

#[test]
fn kinds_and_stages_are_checked() {
    let (mut a, mut b) = (Browser::new(LOW), Phone::new(CodecKind::Pcmu, HIGH));
    let mut house = House::new();
    house.reserve(1, &mut a);
    house.join(2, &mut b);
    let engine = &mut house.engine;
    assert!(matches!(engine.reserve_browser(LegId(1), ROOM), Err(EngineError::LegExists(_))));
    let nowhere = engine.reserve_browser(LegId(3), RoomId(9));
    assert!(matches!(nowhere, Err(EngineError::UnknownRoom(_))));
    assert!(matches!(engine.attach(LegId(1), b.settings()), Err(EngineError::NotAPhone(_))));
    assert!(matches!(engine.set_held(LegId(1), true), Err(EngineError::NotAttached(_))));
    let phone = LegId(2);
    assert!(matches!(engine.restart_ice(phone), Err(EngineError::NotABrowser(_))));
    assert!(matches!(engine.send_dtls(phone, &[22]), Err(EngineError::NotABrowser(_))));
    assert!(matches!(engine.restart_ice(LegId(3)), Err(EngineError::UnknownLeg(_))));

    let wrong = engine::BrowserSettings { mid_extension: Some((15, "0".into())), ..a.settings() };
    let refused = engine.attach_browser(LegId(1), wrong);
    assert!(matches!(refused, Err(EngineError::Setting { setting: "header extensions", .. })));
    engine.attach_browser(LegId(1), a.settings()).unwrap();
    let again = engine.attach_browser(LegId(1), a.settings());
    assert!(matches!(again, Err(EngineError::Attached(_))));
    assert!(matches!(engine.update(LegId(1), b.settings()), Err(EngineError::NotAPhone(_))));

    let mut phones_only = House::with(EngineSettings { browser: None, ..settings() });
    let refused = phones_only.engine.reserve_browser(LegId(1), ROOM);
    assert!(matches!(refused, Err(EngineError::NoBrowserPort)));
    assert_eq!(phones_only.engine.browser_addresses(), [vec![]]);
}

#[test]
fn each_worker_has_a_port_and_its_browsers_name_it() {
    let (mut engine, workers) =
        Engine::manual(EngineSettings { workers: 2, ..settings() }, Duration::ZERO).unwrap();
    assert_eq!(workers.len(), 2);
    let addresses = engine.browser_addresses();
    for (room, worker) in [(RoomId(1), 0), (RoomId(2), 1)] {
        engine.open_room(room, RoomSettings::default()).unwrap();
        let place = engine.reserve_browser(LegId(room.0), room).unwrap();
        let fragment = place.credentials.ufrag.as_str();
        assert_eq!(UserFragment::parse(fragment.as_bytes()).unwrap().worker(), worker);
        assert_eq!(place.candidates, addresses[usize::from(worker)]);
    }
    assert_ne!(addresses[0], addresses[1]);
}

#[test]
fn ports_are_given_in_a_row_and_a_taken_one_is_an_error() {
    let free = std::net::UdpSocket::bind((LOOPBACK, 0)).unwrap();
    let port = free.local_addr().unwrap().port();
    let browser = Some(BrowserPort { ips: vec![LOOPBACK], advertised_ips: vec![], port });
    let taken = EngineSettings { browser, ..settings() };
    let refused = Engine::manual(taken.clone(), Duration::ZERO).err();
    assert!(matches!(refused, Some(EngineError::Socket(_))));
    drop(free);
    let (engine, _workers) = Engine::manual(taken, Duration::ZERO).unwrap();
    assert_eq!(engine.browser_addresses()[0][0].port(), port);
}

fn says_goodbye(browser: &Browser) -> bool {
    let last = browser.reports.last().unwrap();
    let is_bye = |packet| matches!(packet, Ok(Packet::Goodbye(_)));
    Compound::parse(last).unwrap().packets().any(is_bye)
}

/// What a report says about the browser's stream.
fn blocks(report: &[u8]) -> Vec<rtp::rtcp::ReportBlock> {
    let packets = Compound::parse(report).unwrap().packets();
    let blocks = packets.filter_map(|packet| match packet.unwrap() {
        Packet::SenderReport(report) => Some(report.reports().collect::<Vec<_>>()),
        Packet::ReceiverReport(report) => Some(report.reports().collect()),
        _ => None,
    });
    blocks.flatten().collect()
}
