//! Browsers: what they send, what is sent in their name, and what is done with them.

use std::time::Duration;

use audio::codec::{CodecKind, EncoderSettings};
use audio::tone::Tone;
use engine::{BrowserSettings, EngineSettings, LegId};
use mixer::{Blend, Playback, Sound};
use rtp::srtp::Profile;

use crate::support::browser::{Browser, check_of};
use crate::support::{House, LOOPBACK, Participant, Phone, ROOM, settings};
use crate::{Disorder, tick};

const PROFILES: [Profile; 3] =
    [Profile::AeadAes128Gcm, Profile::AeadAes256Gcm, Profile::Aes128CmSha1_80];

/// A room of browsers, with a phone among them, in which everything happens at once.
struct Turmoil {
    house: House,
    browsers: Vec<Browser>,
    phone: Phone,
    stranger: Browser,
    guest: Option<(LegId, Browser)>,
    disorder: Disorder,
}

impl Turmoil {
    fn new() -> Self {
        // So few events that they overflow, and a consent that is soon gone.
        let consent_timeout = Duration::from_secs(1);
        let mut house =
            House::with(EngineSettings { events_max: 2, consent_timeout, ..settings() });
        let mut phone = Phone::new(CodecKind::Pcma, 900.0);
        house.join(100, &mut phone);
        let mut browsers: Vec<Browser> = (0..6)
            .map(|n| Browser::with(LOOPBACK, PROFILES[n % 3], 400.0 + 100.0 * n as f64))
            .collect();
        for (leg, browser) in (1..).zip(&mut browsers) {
            house.reserve(leg, browser);
            house.engine.attach_browser(LegId(leg), rich(browser)).unwrap();
        }
        let mut stranger = Browser::new(1.0);
        stranger.server = browsers[0].server;
        Self { house, browsers, phone, stranger, guest: None, disorder: Disorder(0xb0a5_7e11) }
    }

    fn round(&mut self, round: usize) {
        self.talk(round);
        self.flood(round % self.browsers.len());
        self.disturb(round);
        if round.is_multiple_of(5) {
            self.change_guests(round);
        }
        tick(&mut self.house);
        if round.is_multiple_of(3) {
            self.house.poll();
        }
        self.browsers
            .iter_mut()
            .chain(self.guest.iter_mut().map(|(_, guest)| guest))
            .for_each(|browser| while browser.socket.recv_from(&mut [0; 2_048]).is_ok() {});
        while self.phone.rtp.recv_from(&mut [0; 2_048]).is_ok() {}
    }

    /// Everybody talks for a while, loses a tenth of what it sends, and moves now and then. The
    /// last one is gone for long stretches.
    fn talk(&mut self, round: usize) {
        let is_last_gone = round / 100 % 2 == 1;
        let last = self.browsers.len() - 1;
        for (index, browser) in self.browsers.iter_mut().enumerate() {
            if index == last && is_last_gone {
                continue;
            }
            let packet = browser.packet();
            let is_lost = self.disorder.next().is_multiple_of(10);
            if !(round / 40 + index).is_multiple_of(3) && !is_lost {
                browser.send(&packet);
            }
            if (round + index * 9).is_multiple_of(60) {
                browser.rebind();
                browser.check(true);
            } else if (round + index).is_multiple_of(20) {
                browser.check(false);
                let report = browser.report();
                browser.send(&report);
                browser.send(&report);
            }
        }
        self.phone.speak();
        if let Some((_, guest)) = &mut self.guest {
            guest.speak();
        }
    }

    /// Datagrams of all kinds that nobody wants, from a browser and from a stranger.
    fn flood(&mut self, victim: usize) {
        let Self { browsers, stranger, disorder, .. } = self;
        let victim = &mut browsers[victim];
        for first in [0, 1, 22, 63, 64, 0x80, 0x90, 0xb1, 0xff] {
            let length = disorder.next() as usize % 1_600;
            let mut bytes = disorder.bytes(length + 1);
            bytes[0] = first;
            victim.send(&bytes);
            stranger.send(&bytes);
        }
        let credentials = victim.credentials.unwrap();
        let forged = check_of(&format!("{}:them", credentials.ufrag), b"no", 1, true);
        stranger.send(&forged);
        victim.send(&forged);
        let packet = victim.packet();
        for _ in 0..2 {
            victim.send(&packet);
        }
        let mut forged = victim.packet();
        forged[30] ^= 1;
        victim.send(&forged);
    }

    /// The joys of a control side: everything that it can ask for, by turns.
    fn disturb(&mut self, round: usize) {
        let index = round % self.browsers.len();
        let leg = LegId(index as u64 + 1);
        let engine = &mut self.house.engine;
        match round % 8 {
            0 => engine.set_held(leg, round.is_multiple_of(3)).unwrap(),
            1 => engine.set_muted(leg, round.is_multiple_of(3)).unwrap(),
            2 => self.browsers[index].credentials = Some(engine.restart_ice(leg).unwrap()),
            3 | 4 => engine.send_dtls(leg, &self.disorder.bytes(1_200)).unwrap(),
            5 => engine.send_digits(leg, "5#").unwrap(),
            6 => {
                let sound = Sound::Tone(Tone::Muted);
                engine.play(leg, Playback { sound, blend: Blend::Over }).unwrap();
            }
            _ => engine.announce(ROOM, Tone::Entry).unwrap(),
        }
    }

    /// Guests come to every stage and go.
    fn change_guests(&mut self, round: usize) {
        if let Some((leg, _)) = self.guest.take() {
            self.house.engine.detach(leg).unwrap();
        }
        let leg = LegId(1_000 + round as u64);
        let mut guest = Browser::new(777.0);
        let place = self.house.engine.reserve_browser(leg, ROOM).unwrap();
        (guest.server, guest.credentials) = (place.candidates[0], Some(place.credentials));
        guest.send(&[22; 100]);
        self.house.engine.send_dtls(leg, &[22; 100]).unwrap();
        if !round.is_multiple_of(15) {
            tick(&mut self.house);
            guest.check(true);
            guest.send(&[22; 100]);
        }
        if round % 15 > 5 {
            self.house.engine.attach_browser(leg, rich(&guest)).unwrap();
        }
        self.guest = Some((leg, guest));
    }
}

/// Settings of a browser that has negotiated everything.
fn rich(browser: &Browser) -> BrowserSettings {
    BrowserSettings {
        encoder: EncoderSettings { opus_dtx: true, ..EncoderSettings::default() },
        red: Some(63),
        level_extension: Some(1),
        mid_extension: Some((4, "0".to_owned())),
        ..browser.settings()
    }
}

#[test]
fn a_tick_with_browsers_allocates_nothing_whatever_happens() {
    let mut turmoil = Turmoil::new();
    (0..600).for_each(|round| turmoil.round(round));
    let mut house = turmoil.house;
    house.engine.close_room(ROOM).unwrap();
    (0..3).for_each(|_| tick(&mut house));
    house.poll();
    let counts = house.engine.stats().counts;
    assert!(counts.packets_received > 1_000 && counts.packets_sent > 1_000, "{counts:?}");
    let ways = [
        counts.stun_answered,
        counts.dtls_received,
        counts.dtls_sent,
        counts.unsent_dtls,
        counts.dropped_stun,
        counts.dropped_dtls,
        counts.dropped_srtp_early,
        counts.dropped_srtp_malformed,
        counts.dropped_srtp_replayed,
        counts.dropped_srtp_forged,
        counts.dropped_stranger,
        counts.dropped_malformed,
        counts.reports_received,
        counts.reports_sent,
        counts.events_lost,
    ];
    assert!(ways.iter().all(|&count| count > 0), "each way was taken: {counts:?}");
    assert_eq!((counts.browsers, counts.legs, counts.unsealed), (0, 0, 0));
}
