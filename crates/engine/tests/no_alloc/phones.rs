//! Phones: what they send and what is done with them.

use std::net::SocketAddr;

use audio::Rate;
use audio::clip::Clip;
use audio::codec::CodecKind;
use audio::tone::Tone;
use engine::{EngineSettings, LegId, LegSettings, RoomId};
use mixer::{Blend, Denoise, Heed, Playback, RoomSettings, Sound};
use rtp::rtcp::CompoundWriter;

use crate::support::{House, Participant, Phone, settings};
use crate::{Disorder, tick};

/// Datagrams of all kinds that nobody wants, to both ports, from the phone and from a stranger.
fn flood(disorder: &mut Disorder, phone: &mut Phone, stranger: &Phone) {
    let rtcp = SocketAddr::new(phone.server.ip(), phone.server.port() + 1);
    for _ in 0..20 {
        let length = disorder.next() as usize % 300;
        let mut bytes = disorder.bytes(length);
        if let Some(first) = bytes.first_mut() {
            *first = 0x80 | (*first & 0x3f);
        }
        for socket in [&phone.rtp, &stranger.rtp] {
            socket.send_to(&bytes, phone.server).unwrap();
            socket.send_to(&bytes, rtcp).unwrap();
        }
    }
    let oversized = disorder.bytes(4_000);
    phone.rtp.send_to(&oversized, phone.server).unwrap();
    // The right header with the wrong sound, and a stream that has jumped.
    let mut packet = phone.packet();
    let garbage = disorder.bytes(packet.len() - 12);
    packet[12..].copy_from_slice(&garbage);
    phone.rtp.send_to(&packet, phone.server).unwrap();
    packet[4] ^= 0x40;
    phone.rtp.send_to(&packet, phone.server).unwrap();
    let mut report = [0; 64];
    let mut writer = CompoundWriter::new(&mut report);
    writer.receiver_report(phone.sender.ssrc(), &[]).unwrap();
    let length = writer.finish();
    phone.rtcp.send_to(&report[..length], rtcp).unwrap();
}

/// The joys of a control side: everything that it can ask for, by turns.
fn disturb(house: &mut House, round: usize, phones: &mut [Phone]) {
    let index = round % phones.len();
    let (leg, phone) = (LegId(index as u64 + 1), &phones[index]);
    let engine = &mut house.engine;
    let clip = Sound::Clip(Clip::new(Rate::Hz16000, vec![0.1; 9_000]));
    let blend = if round.is_multiple_of(2) { Blend::Over } else { Blend::Instead };
    match round % 10 {
        0 => engine.set_muted(leg, round.is_multiple_of(3)).unwrap(),
        1 => engine.play(leg, Playback { sound: clip, blend }).unwrap(),
        2 => engine.play(leg, Playback { sound: Sound::Tone(Tone::Muted), blend }).unwrap(),
        3 => engine.announce(RoomId(1), Tone::Entry).unwrap(),
        4 => engine.send_digits(leg, "5#").unwrap(),
        5 => {
            let held = LegSettings { send: false, receive: false, ..phone.settings() };
            engine.update(leg, held).unwrap();
        }
        6 => {
            let index = (round - 1) % phones.len();
            engine.update(LegId(index as u64 + 1), phones[index].settings()).unwrap();
        }
        7 => phones[index].keypad.press("7").unwrap(),
        8 => engine.set_denoise(leg, Some(Denoise::Always)).unwrap(),
        _ => {
            engine.set_volume(leg, -6.0).unwrap();
            if engine.whisper(leg, LegId(1)).is_err() {
                engine.end_whisper(leg).unwrap();
            }
        }
    }
}

/// Two rooms in which everything happens at once.
struct Turmoil {
    house: House,
    phones: Vec<Phone>,
    stranger: Phone,
    guest: Option<(LegId, Phone)>,
    disorder: Disorder,
}

impl Turmoil {
    fn new() -> Self {
        // So few events that they overflow, with which the tick has to cope.
        let mut house = House::with(EngineSettings { events_max: 8, ..settings() });
        let heed = Heed::Speech;
        let wide = RoomSettings { members_max: 32, heed, ..RoomSettings::default() };
        house.engine.open_room(RoomId(2), wide).unwrap();
        let mut phones: Vec<Phone> =
            (0..10).map(|n| Phone::new(CodecKind::ALL[n % 4], 400.0 + 100.0 * n as f64)).collect();
        for (leg, phone) in (1..).zip(&mut phones) {
            house.join(leg, phone);
        }
        let stranger = Phone::new(CodecKind::Pcmu, 1.0);
        Self { house, phones, stranger, guest: None, disorder: Disorder(0x5eed_5eed) }
    }

    fn round(&mut self, round: usize) {
        self.talk(round);
        let victim = round % self.phones.len();
        flood(&mut self.disorder, &mut self.phones[victim], &self.stranger);
        disturb(&mut self.house, round, &mut self.phones);
        if round.is_multiple_of(7) {
            self.change_guests(round);
        }
        if round % 50 == 49 {
            self.change_codecs(round / 50);
        }
        tick(&mut self.house);
        if round.is_multiple_of(3) {
            self.house.poll();
        }
        for phone in &mut self.phones {
            while phone.rtp.recv_from(&mut [0; 2_048]).is_ok() {}
        }
    }

    /// Has two of three phones talk for a while, and loses a tenth of their packets.
    fn talk(&mut self, round: usize) {
        for (index, phone) in self.phones.iter_mut().enumerate() {
            let is_lost = self.disorder.next().is_multiple_of(10);
            phone.talks = !(round / 40 + index).is_multiple_of(3) && !is_lost;
            if phone.talks {
                phone.speak();
            } else {
                phone.packet();
            }
        }
        if let Some((_, phone)) = &mut self.guest {
            phone.speak();
        }
    }

    /// Guests of all codecs come and go, in a room that changes its rate with them.
    fn change_guests(&mut self, round: usize) {
        if let Some((leg, _)) = self.guest.take() {
            self.house.engine.detach(leg).unwrap();
        }
        let leg = LegId(1_000 + round as u64);
        let mut phone = Phone::new(CodecKind::ALL[round / 7 % 4], 777.0);
        phone.server = self.house.engine.reserve(leg, RoomId(2), None).unwrap();
        self.house.engine.attach(leg, phone.settings()).unwrap();
        self.guest = Some((leg, phone));
    }

    /// A re-INVITE to another codec, and back.
    fn change_codecs(&mut self, turn: usize) {
        let index = turn % self.phones.len();
        let (leg, settings) = (LegId(index as u64 + 1), self.phones[index].settings());
        let other = LegSettings { codec: CodecKind::Opus, ..settings.clone() };
        self.house.engine.update(leg, other).unwrap();
        tick(&mut self.house);
        self.house.poll();
        self.house.engine.update(leg, settings).unwrap();
    }
}

#[test]
fn a_tick_allocates_nothing_whatever_happens() {
    let mut turmoil = Turmoil::new();
    (0..600).for_each(|round| turmoil.round(round));
    let mut house = turmoil.house;
    house.engine.close_room(RoomId(1)).unwrap();
    (0..3).for_each(|_| tick(&mut house));
    house.poll();
    let counts = house.engine.stats().counts;
    assert!(counts.packets_received > 1_000 && counts.packets_sent > 1_000, "{counts:?}");
    let ways = [
        counts.dropped_stranger,
        counts.dropped_malformed,
        counts.dropped_truncated,
        counts.dropped_payload_type,
        counts.dropped_on_hold,
        counts.dropped_by_jitter,
        counts.decode_errors,
        counts.concealed,
        counts.events_lost,
        counts.reports_received,
        counts.reports_sent,
    ];
    assert!(ways.iter().all(|&count| count > 0), "each way was taken: {counts:?}");
    assert_eq!(counts.encode_errors, 0);
}
