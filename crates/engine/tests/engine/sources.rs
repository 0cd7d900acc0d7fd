//! Where media may come from, and where it goes: latching, shared ports, RTCP.

use audio::codec::CodecKind;
use engine::{EngineError, EngineEvent, LegId, LegSettings};
use rtp::rtcp::{Compound, CompoundWriter, Packet, ReportBlock};

use crate::support::{House, Participant, Phone, ROOM};

const LOW: f64 = 500.0;
const HIGH: f64 = 1_300.0;

/// Another address of this machine.
const ELSEWHERE: &str = "127.0.0.2";

fn phones() -> (Phone, Phone) {
    (Phone::new(CodecKind::Pcmu, LOW), Phone::new(CodecKind::Pcma, HIGH))
}

#[test]
fn the_first_packet_from_the_signalled_address_locks() {
    let (mut a, mut b) = phones();
    b.talks = false;
    let mut house = House::new();
    house.join(1, &mut a);
    house.join(2, &mut b);
    house.ticks(3, &mut [&mut a, &mut b]);
    assert_eq!(house.happened(EngineEvent::MediaStarted { leg: LegId(1) }), 1);
    assert_eq!(house.happened(EngineEvent::MediaStarted { leg: LegId(2) }), 0);
    assert_eq!(b.headers.len(), 3, "the signalled address is sent to from the start");
}

#[test]
fn a_phone_behind_a_nat_is_found_and_then_sent_to() {
    let (mut a, mut b) = phones();
    let mut house = House::new();
    let signalled = a.address();
    house.join(1, &mut a);
    house.join(2, &mut b);
    a.rebind();
    assert_ne!(a.address(), signalled);
    house.ticks(4, &mut [&mut a, &mut b]);
    assert!(a.headers.is_empty(), "not believed yet");
    assert_eq!(house.engine.stats().counts.dropped_candidate, 4);
    house.ticks(40, &mut [&mut a, &mut b]);
    assert!(a.hears(HIGH) && b.hears(LOW));
}

#[test]
fn media_from_the_signallings_address_is_believed_and_from_elsewhere_is_not() {
    for (is_allowed, is_heard) in [(true, true), (false, false)] {
        let (mut a, mut b) = phones();
        let mut house = House::new();
        house.join(2, &mut b);
        let signalled = a.address();
        let mut moved = Phone::at(ELSEWHERE.parse().unwrap(), CodecKind::Pcmu, LOW);
        a.server = house.engine.reserve(LegId(1), ROOM, Some(signalled)).unwrap();
        moved.server = a.server;
        let mut settings = a.settings();
        if is_allowed {
            settings.allowed_source_ips.push(ELSEWHERE.parse().unwrap());
        }
        house.engine.attach(LegId(1), settings).unwrap();
        house.ticks(40, &mut [&mut moved, &mut b]);
        assert_eq!(b.hears(LOW), is_heard);
        assert_eq!(moved.hears(HIGH), is_heard);
        let strangers = house.engine.stats().counts.dropped_stranger;
        assert_eq!(strangers, if is_heard { 0 } else { 40 });
    }
}

#[test]
fn a_stranger_neither_gets_in_nor_draws_audio_out() {
    let (mut a, mut b) = phones();
    let mut house = House::new();
    house.join(1, &mut a);
    house.join(2, &mut b);
    house.ticks(30, &mut [&mut a, &mut b]);
    // On the very address of the phone, but from another port; and from elsewhere.
    let mut strangers = [
        Phone::new(CodecKind::Pcmu, 900.0),
        Phone::at(ELSEWHERE.parse().unwrap(), CodecKind::Pcmu, 900.0),
    ];
    for stranger in &mut strangers {
        stranger.server = a.server;
    }
    a.talks = false;
    let [one, two] = &mut strangers;
    house.ticks(80, &mut [&mut a, &mut b, one, two]);
    assert!(!b.hears(900.0));
    assert!(a.hears(HIGH), "who was locked is still sent to");
    assert!(strangers.iter().all(|stranger| stranger.headers.is_empty()));
    assert_eq!(house.engine.stats().counts.dropped_stranger, 160);
}

#[test]
fn a_new_signalled_address_is_followed() {
    let (mut a, mut b) = phones();
    let mut house = House::new();
    house.join(1, &mut a);
    house.join(2, &mut b);
    house.ticks(30, &mut [&mut a, &mut b]);
    let mut moved = Phone::at(ELSEWHERE.parse().unwrap(), CodecKind::Pcmu, 800.0);
    moved.server = a.server;
    house.engine.update(LegId(1), moved.settings()).unwrap();
    a.forget();
    house.ticks(40, &mut [&mut a, &mut moved, &mut b]);
    assert!(moved.hears(HIGH) && b.hears(800.0));
    assert!(a.headers.is_empty() && !b.hears(LOW), "the old place is forgotten");
    assert_eq!(house.happened(EngineEvent::MediaStarted { leg: LegId(1) }), 1, "told once");
}

#[test]
fn legs_of_known_peers_share_a_port_once_the_others_are_latched() {
    let mut phones: Vec<Phone> =
        (0..4).map(|n| Phone::new(CodecKind::Pcmu, 400.0 + 200.0 * f64::from(n))).collect();
    let mut house = House::new();
    for (leg, phone) in (1..).zip(&mut phones) {
        house.join(leg, phone);
        house.ticks(3, &mut [phone]);
    }
    assert!(phones.iter().all(|phone| phone.server == phones[0].server));
    assert_eq!(house.engine.stats().ports, 1);

    let mut all: Vec<&mut dyn Participant> = Vec::new();
    all.extend(phones.iter_mut().map(|phone| phone as &mut dyn Participant));
    house.ticks(40, &mut all);
    for phone in &phones {
        for other in &phones {
            let share = phone.share_of(other.note.hz);
            assert_eq!(share > 0.1, phone.note.hz != other.note.hz, "{share}");
        }
    }
}

#[test]
fn legs_of_unknown_peers_have_ports_of_their_own() {
    let (mut a, mut b) = phones();
    let mut house = House::new();
    a.server = house.engine.reserve(LegId(1), ROOM, None).unwrap();
    b.server = house.engine.reserve(LegId(2), ROOM, Some(b.address())).unwrap();
    assert_ne!(a.server, b.server);
    house.engine.attach(LegId(1), a.settings()).unwrap();
    house.engine.attach(LegId(2), b.settings()).unwrap();
    house.ticks(30, &mut [&mut a, &mut b]);
    assert!(a.hears(HIGH) && b.hears(LOW));
}

#[test]
fn two_legs_of_a_port_cannot_have_one_peer() {
    let (mut a, mut b) = phones();
    let mut house = House::new();
    house.join(1, &mut a);
    house.ticks(3, &mut [&mut a]);
    house.join(2, &mut b);
    assert_eq!(a.server, b.server);
    let stolen = LegSettings { remote_rtp: a.address(), ..b.settings() };
    let refused = house.engine.update(LegId(2), stolen);
    assert!(matches!(refused, Err(EngineError::RemoteInUse(LegId(2)))));
    // The same peer in a call of its own comes to a port of its own.
    let other = house.engine.reserve(LegId(3), ROOM, Some(a.address())).unwrap();
    assert_ne!(other, a.server);
}

#[test]
fn two_on_a_port_that_both_could_be_the_newcomer_are_not_guessed_at() {
    let (mut a, mut b) = phones();
    let mut house = House::new();
    house.join(1, &mut a);
    house.ticks(3, &mut [&mut a]);
    house.join(2, &mut b);
    house.ticks(3, &mut [&mut a, &mut b]);
    // Both move at once, within one address.
    let (mut a2, mut b2) =
        (Phone::new(CodecKind::Pcmu, 700.0), Phone::new(CodecKind::Pcma, 1_100.0));
    (a2.server, b2.server) = (a.server, b.server);
    house.engine.update(LegId(1), a2.settings()).unwrap();
    house.engine.update(LegId(2), b2.settings()).unwrap();
    let mut unknown = Phone::new(CodecKind::Pcmu, 900.0);
    unknown.server = a.server;
    house.ticks(20, &mut [&mut unknown]);
    assert_eq!(house.engine.stats().counts.dropped_stranger, 20);
    house.ticks(30, &mut [&mut a2, &mut b2]);
    assert!(a2.hears(1_100.0) && b2.hears(700.0), "what was signalled is known for sure");
}

#[test]
fn both_families_work() {
    let localhost = "::1".parse().unwrap();
    let mut settings = crate::support::settings();
    (settings.bind_ip, settings.advertised_ip) = (localhost, localhost);
    let mut house = House::with(settings);
    let mut a = Phone::at(localhost, CodecKind::Pcmu, LOW);
    let mut b = Phone::at(localhost, CodecKind::Opus, HIGH);
    house.join(1, &mut a);
    house.join(2, &mut b);
    house.ticks(50, &mut [&mut a, &mut b]);
    assert!(a.hears(HIGH) && b.hears(LOW));
}

#[test]
fn reports_are_sent_to_the_rtcp_port_and_read() {
    let (mut a, mut b) = phones();
    let mut house = House::new();
    house.join(1, &mut a);
    house.join(2, &mut b);
    house.ticks(250, &mut [&mut a, &mut b]);
    assert!(!a.reports.is_empty());
    let compound: Vec<Packet<'_>> =
        Compound::parse(&a.reports[0]).unwrap().packets().map(Result::unwrap).collect();
    let [Packet::SenderReport(report), Packet::SourceDescription(sdes)] = &compound[..] else {
        panic!("{compound:?}")
    };
    assert_eq!(report.ssrc, a.headers[0].ssrc);
    assert_eq!(sdes.cname(report.ssrc), Some(&b"confab"[..]));
    let about_us: Vec<ReportBlock> = report.reports().collect();
    assert_eq!((about_us[0].ssrc, about_us[0].cumulative_lost), (a.sender.ssrc(), 0));

    // The peer's own report, which says that it lost 7 and answered at once.
    let block = ReportBlock {
        ssrc: report.ssrc,
        cumulative_lost: 7,
        last_sender_report: report.info.ntp.middle(),
        ..ReportBlock::default()
    };
    let mut datagram = [0; 100];
    let mut writer = CompoundWriter::new(&mut datagram);
    writer.receiver_report(a.sender.ssrc(), &[block]).unwrap();
    let length = writer.finish();
    let mut server = a.server;
    server.set_port(server.port() + 1);
    a.rtcp.send_to(&datagram[..length], server).unwrap();
    house.work();
    assert_eq!(house.engine.stats().counts.reports_received, 1);
    house.engine.detach(LegId(1)).unwrap();
    house.work();
    let stats = house.left(1).unwrap();
    assert_eq!(stats.packets_lost_remote, 7);
    assert!(stats.round_trip.is_some());
}

#[test]
fn rtcp_may_share_the_port_of_rtp() {
    let (mut a, mut b) = phones();
    let mut house = House::new();
    a.server = house.engine.reserve(LegId(1), ROOM, Some(a.address())).unwrap();
    house.engine.attach(LegId(1), LegSettings { rtcp_mux: true, ..a.settings() }).unwrap();
    house.join(2, &mut b);
    house.ticks(10, &mut [&mut b]);
    a.speak();
    house.work();
    // The phone's RTP socket now gets RTCP among RTP; a phone that multiplexes tells them apart.
    let mut reports = 0;
    let mut buffer = [0; 2_048];
    for _ in 0..300 {
        house.tick(&mut [&mut b]);
        while let Ok((length, _)) = a.rtp.recv_from(&mut buffer) {
            reports += usize::from(rtp::packet::is_rtcp(&buffer[..length]));
        }
    }
    assert!(reports > 0);
    let mut datagram = [0; 100];
    let mut writer = CompoundWriter::new(&mut datagram);
    writer.receiver_report(a.sender.ssrc(), &[]).unwrap();
    let length = writer.finish();
    a.rtp.send_to(&datagram[..length], a.server).unwrap();
    b.rtp.send_to(&datagram[..length], b.server).unwrap();
    house.work();
    let counts = house.engine.stats().counts;
    assert_eq!((counts.reports_received, counts.dropped_stranger), (1, 1), "only who agreed to it");
}

#[test]
fn rtcp_of_a_moved_peer_is_known_by_its_stream() {
    let (mut a, mut b) = phones();
    let mut house = House::new();
    house.join(1, &mut a);
    house.join(2, &mut b);
    house.ticks(10, &mut [&mut a, &mut b]);
    let mut server = a.server;
    server.set_port(server.port() + 1);
    let report = |ssrc| {
        let mut datagram = [0; 8];
        CompoundWriter::new(&mut datagram).receiver_report(ssrc, &[]).unwrap();
        datagram
    };
    let elsewhere = Phone::new(CodecKind::Pcmu, 1.0);
    elsewhere.rtcp.send_to(&report(12_345), server).unwrap();
    elsewhere.rtcp.send_to(&report(a.sender.ssrc()), server).unwrap();
    a.rtcp.send_to(&report(a.sender.ssrc()), server).unwrap();
    house.work();
    let counts = house.engine.stats().counts;
    assert_eq!((counts.reports_received, counts.dropped_stranger), (1, 2), "then it is locked");
}

#[test]
fn garbage_is_dropped_and_counted() {
    let (mut a, mut b) = phones();
    let mut house = House::new();
    house.join(1, &mut a);
    house.join(2, &mut b);
    house.ticks(10, &mut [&mut a, &mut b]);
    let send = |bytes: &[u8]| a.rtp.send_to(bytes, a.server).unwrap();
    send(&[]);
    send(&[0x80]);
    send(&[0xff; 200]);
    send(&[0x80, 200, 0xff, 0xff]);
    send(&[0; 3_000]);
    let mut wrong_type = a.packet();
    wrong_type[1] = 77;
    a.rtp.send_to(&wrong_type, a.server).unwrap();
    let mut comfort_noise = a.packet();
    comfort_noise[1] = 13;
    a.rtp.send_to(&comfort_noise, a.server).unwrap();
    let mut server = a.server;
    server.set_port(server.port() + 1);
    a.rtcp.send_to(&[0x81, 201, 0, 1, 0, 0, 0, 0], server).unwrap();
    house.work();
    let counts = house.engine.stats().counts;
    assert_eq!((counts.dropped_malformed, counts.dropped_truncated), (4, 1));
    assert_eq!(counts.dropped_payload_type, 1);
    assert_eq!(counts.dropped_stranger, 1, "RTCP on the port of RTP was not agreed to");
    house.ticks(30, &mut [&mut a, &mut b]);
    assert!(b.hears(LOW));
}
