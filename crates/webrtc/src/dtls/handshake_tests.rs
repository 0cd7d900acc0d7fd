//! Two endpoints in virtual time, with a network between them that loses, doubles and disorders.

#![allow(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "an epoch is a moment of the clock"
)]

use std::collections::BTreeMap;
use std::time::Instant;

use proptest::prelude::*;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use rtp::srtp::{OVERHEAD_BYTES_MAX, Protector, Unprotector};

use super::*;
use crate::Datagram;
use crate::dtls::Algorithm;

/// What a network does to datagrams.
#[derive(Clone, Copy)]
struct Weather {
    lost: f64,
    doubled: f64,
    /// A datagram takes between these, so that they overtake one another.
    delay_ms: (u64, u64),
}

const FINE: Weather = Weather { lost: 0.0, doubled: 0.0, delay_ms: (10, 10) };
const FOUL: Weather = Weather { lost: 0.3, doubled: 0.1, delay_ms: (5, 80) };

/// One end, and what became of it.
struct End {
    certificate: Certificate,
    handshake: Handshake,
    keys: Option<Keys>,
    failure: Option<DtlsError>,
    is_closed: bool,
}

impl End {
    fn new(side: Side, certificate: Certificate, expected: Vec<Fingerprint>, epoch: Epoch) -> Self {
        let handshake = Handshake::new(side, &certificate, expected, epoch, Duration::ZERO);
        Self { certificate, handshake, keys: None, failure: None, is_closed: false }
    }

    /// Knows DTLS 1.2 only, as browsers did for long.
    fn be_old(&mut self, side: Side, epoch: Epoch) {
        let config = Arc::clone(&self.certificate.config);
        let dtls =
            Dtls::new_12(config, self.certificate.dtls.clone(), epoch.instant(Duration::ZERO));
        self.handshake.dtls = dtls;
        self.handshake.dtls.set_active(side == Side::Client);
        self.handshake.outgoing.clear();
        self.handshake.handle_timeout(Duration::ZERO);
    }

    fn note_events(&mut self) {
        while let Some(event) = self.handshake.poll_event() {
            match event {
                Event::Connected(keys) => {
                    assert!(self.failure.is_none() && self.keys.is_none());
                    self.keys = Some(keys);
                }
                Event::Closed => self.is_closed = true,
                Event::Failed(error) => self.failure = Some(error),
            }
        }
    }
}

/// A client, a server, and what is on its way between them.
struct Pair {
    now: Duration,
    epoch: Epoch,
    ends: [End; 2],
    weather: Weather,
    random: StdRng,
    /// By when it arrives, and in which order it was sent: for which end, and what.
    on_the_way: BTreeMap<(Duration, u64), (usize, Vec<u8>)>,
    sent: u64,
}

const CLIENT: usize = 0;
const SERVER: usize = 1;

impl Pair {
    fn new(weather: Weather, seed: u64) -> Self {
        let certificates = [(); 2].map(|()| Certificate::generate().unwrap());
        let expected = [SERVER, CLIENT].map(|of| vec![certificates[of].fingerprint()]);
        Self::expecting(weather, seed, certificates, expected)
    }

    fn expecting(
        weather: Weather,
        seed: u64,
        certificates: [Certificate; 2],
        expected: [Vec<Fingerprint>; 2],
    ) -> Self {
        let epoch = Epoch::new(Instant::now());
        let [client, server] = certificates;
        let [of_server, of_client] = expected;
        let ends = [
            End::new(Side::Client, client, of_server, epoch),
            End::new(Side::Server, server, of_client, epoch),
        ];
        let (random, on_the_way) = (StdRng::seed_from_u64(seed), BTreeMap::new());
        Self { now: Duration::ZERO, epoch, ends, weather, random, on_the_way, sent: 0 }
    }

    /// Takes what the ends have to send, and what happened to them.
    fn collect(&mut self) {
        for from in [CLIENT, SERVER] {
            self.ends[from].note_events();
            while let Some(datagram) = self.ends[from].handshake.poll_transmit() {
                assert_eq!(Datagram::of(&datagram), Some(Datagram::Dtls));
                assert!(datagram.len() <= SENT_BYTES_MAX, "{}", datagram.len());
                self.send(1 - from, datagram);
            }
        }
    }

    fn send(&mut self, to: usize, datagram: Vec<u8>) {
        let copies = 1 + usize::from(self.random.random_bool(self.weather.doubled));
        for _ in 0..copies {
            let (least, most) = self.weather.delay_ms;
            let delay = Duration::from_millis(self.random.random_range(least..=most));
            let is_lost = self.random.random_bool(self.weather.lost);
            self.sent += 1;
            if !is_lost {
                self.on_the_way.insert((self.now + delay, self.sent), (to, datagram.clone()));
            }
        }
    }

    /// Goes to the next thing that happens before `end`; false when there is none.
    fn step(&mut self, end: Duration) -> bool {
        self.collect();
        let arrival = self.on_the_way.keys().next().map(|(at, _)| *at);
        let due = self.ends.iter().filter_map(|end| end.handshake.poll_timeout()).min();
        let Some(next) = arrival.into_iter().chain(due).min().filter(|next| *next <= end) else {
            return false;
        };
        self.now = self.now.max(next);
        if arrival == Some(next) {
            let (_, (to, datagram)) = self.on_the_way.pop_first().unwrap();
            self.ends[to].handshake.handle_datagram(self.now, &datagram);
        } else {
            self.ends.iter_mut().for_each(|end| end.handshake.handle_timeout(self.now));
        }
        true
    }

    fn run(&mut self, time: Duration) {
        let end = self.now + time;
        while self.step(end) {}
        self.now = end;
    }

    /// Runs until both ends know how it comes out.
    fn conclude(&mut self) {
        let is_open = |end: &End| end.keys.is_none() && end.failure.is_none();
        while self.ends.iter().any(is_open) && self.step(2 * HANDSHAKE_TIME_MAX) {}
    }
}

/// Whether each end reads what the other one sends.
fn keys_agree(pair: &Pair) -> bool {
    let [client, server] = pair.ends.each_ref().map(|end| end.keys.as_ref().unwrap());
    let packet = [[0x80, 111, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1], [7; 12]].concat();
    [(client, server), (server, client)].into_iter().all(|(from, to)| {
        let mut sender = Protector::new(from.profile, &from.send).unwrap();
        let mut receiver = Unprotector::new(to.profile, &to.receive).unwrap();
        let mut buffer = packet.clone();
        buffer.resize(packet.len() + OVERHEAD_BYTES_MAX, 0);
        let length = sender.protect(&mut buffer, packet.len()).unwrap();
        let plain = receiver.unprotect(&mut buffer[..length]);
        plain.is_ok_and(|plain| buffer[..plain] == packet)
    })
}

#[test]
fn two_ends_connect_in_two_round_trips() {
    let mut pair = Pair::new(FINE, 1);
    pair.conclude();
    assert!(keys_agree(&pair));
    assert!(pair.now <= Duration::from_millis(40), "{:?}", pair.now);
    pair.run(Duration::from_secs(3_600));
    assert_eq!(pair.ends.each_ref().map(|end| end.handshake.poll_timeout()), [None, None]);
}

#[test]
fn two_ends_connect_in_foul_weather() {
    for seed in 0..60 {
        let mut pair = Pair::new(FOUL, seed);
        match seed % 3 {
            0 => pair.ends[CLIENT].be_old(Side::Client, pair.epoch),
            1 => pair.ends[SERVER].be_old(Side::Server, pair.epoch),
            _ => {}
        }
        pair.conclude();
        let failures = pair.ends.each_ref().map(|end| end.failure.clone());
        assert_eq!(failures, [None, None], "seed {seed} after {:?}", pair.now);
        assert!(keys_agree(&pair), "seed {seed}");
    }
}

#[test]
fn nobody_connects_to_a_stranger() {
    for deceived in [CLIENT, SERVER] {
        let certificates = [(); 2].map(|()| Certificate::generate().unwrap());
        let mut expected = [SERVER, CLIENT].map(|of| vec![certificates[of].fingerprint()]);
        expected[deceived] = vec![Fingerprint::of(Algorithm::Sha256, b"another certificate")];
        let mut pair = Pair::expecting(FINE, 1, certificates, expected);
        pair.run(2 * HANDSHAKE_TIME_MAX);
        let end = &mut pair.ends[deceived];
        assert_eq!(end.failure, Some(DtlsError::WrongFingerprint));
        assert!(end.keys.is_none() && end.handshake.poll_timeout().is_none());
        end.handshake.handle_datagram(pair.now, &[22; 100]);
        assert!(end.handshake.poll_transmit().is_none() && end.handshake.poll_event().is_none());
    }
}

#[test]
fn an_end_without_a_peer_gives_up_in_time() {
    let deaf = Weather { lost: 1.0, ..FINE };
    let mut pair = Pair::new(deaf, 1);
    pair.run(2 * HANDSHAKE_TIME_MAX);
    assert_eq!(pair.ends[CLIENT].failure, Some(DtlsError::TimedOut));
    assert!((2..=2 + RESENDS_MAX as u64).contains(&pair.sent), "{}", pair.sent);
    // The server was never spoken to, which is for others to notice.
    assert_eq!(pair.ends[SERVER].failure, None);
}

#[test]
fn a_goodbye_is_heard() {
    for leaver in [CLIENT, SERVER] {
        let mut pair = Pair::new(FINE, 1);
        pair.conclude();
        pair.run(Duration::from_secs(1));
        pair.ends[leaver].handshake.close();
        pair.run(Duration::from_secs(1));
        assert!(pair.ends[1 - leaver].is_closed && !pair.ends[leaver].is_closed);
        assert!(pair.ends.iter().all(|end| end.failure.is_none()));
    }
}

#[test]
fn noise_before_the_handshake_and_after_it_does_no_harm() {
    let mut pair = Pair::new(FINE, 1);
    let mut random = StdRng::seed_from_u64(2);
    let mut noise = |end: &mut End, count: usize| {
        for _ in 0..count {
            let mut datagram = vec![0; random.random_range(1..1_600)];
            random.fill(datagram.as_mut_slice());
            datagram[0] = random.random_range(20..64);
            end.handshake.handle_datagram(Duration::ZERO, &datagram);
        }
    };
    pair.ends.iter_mut().for_each(|end| noise(end, 1_000));
    pair.conclude();
    assert!(keys_agree(&pair));
    pair.ends.iter_mut().for_each(|end| noise(end, 1_000));
    pair.run(Duration::from_secs(1));
    assert!(pair.ends.iter().all(|end| end.failure.is_none() && !end.is_closed));
}

#[test]
fn the_same_certificate_serves_many() {
    let certificate = Certificate::generate().unwrap();
    let again = Certificate::from_pem(certificate.to_pem()).unwrap();
    let client = Certificate::generate().unwrap();
    let expected = [vec![certificate.fingerprint()], vec![client.fingerprint()]];
    let mut pair = Pair::expecting(FINE, 1, [client, again], expected);
    pair.conclude();
    assert!(keys_agree(&pair));
    assert_eq!(pair.ends[SERVER].certificate.fingerprint(), certificate.fingerprint());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever a peer sends, in whatever place of a handshake: no panic, and what waits to be sent is bounded.
    #[test]
    fn anything_may_come(
        before in 0usize..6, at: prop::sample::Index, byte: u8, noise: Vec<u8>, side in 0usize..2,
    ) {
        let mut pair = Pair::new(FINE, 1);
        for _ in 0..before {
            pair.step(HANDSHAKE_TIME_MAX);
        }
        pair.collect();
        let mut bent = pair.on_the_way.values().next().map(|(_, datagram)| datagram.clone()).unwrap_or_default();
        if !bent.is_empty() {
            let at = at.index(bent.len());
            bent[at] = byte;
        }
        let end = &mut pair.ends[side];
        for datagram in [bent, noise] {
            for _ in 0..20 {
                end.handshake.handle_datagram(pair.now, &datagram);
            }
        }
        prop_assert!(end.handshake.outgoing.len() <= OUTGOING_MAX);
        prop_assert!(end.handshake.events.len() <= 2);
    }
}
