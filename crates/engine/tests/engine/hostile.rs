//! What strangers and bad peers send to the browsers' port: dropped, counted, and nobody notices.

use audio::codec::CodecKind;
use engine::{Counts, EngineEvent, EngineSettings, LegId};
use webrtc::stun::{self, Class, Key, Transaction, Writer};

use crate::support::browser::{Browser, check, check_of};
use crate::support::{House, Participant, Phone, settings};

const LOW: f64 = 500.0;
const HIGH: f64 = 1_300.0;

/// Two browsers in a room, and one who is in no room and has only heard of the port.
struct Scene {
    house: House,
    a: Browser,
    b: Browser,
    stranger: Browser,
}

impl Scene {
    fn new() -> Self {
        let mut house = House::new();
        let (mut a, mut b) = (Browser::new(LOW), Browser::new(HIGH));
        house.join_browser(1, &mut a);
        house.join_browser(2, &mut b);
        house.ticks(30, &mut [&mut a, &mut b]);
        let mut stranger = Browser::new(900.0);
        stranger.server = a.server;
        Self { house, a, b, stranger }
    }

    fn counts(&self) -> Counts {
        self.house.engine.stats().counts
    }

    /// The two go on, hear each other, and nothing else.
    fn is_undisturbed(&mut self) -> bool {
        self.house.ticks(30, &mut [&mut self.a, &mut self.b]);
        let Self { a, b, stranger, .. } = self;
        a.hears(HIGH) && b.hears(LOW) && !a.echoes() && !b.hears(stranger.note.hz)
    }
}

/// Everything that a forger might try, of which nothing knows the password.
fn forgeries(target: &Browser) -> Vec<Vec<u8>> {
    let credentials = target.credentials.unwrap();
    let (name, pwd) = (format!("{}:them", credentials.ufrag), credentials.pwd.as_str().as_bytes());
    let mut flipped = check(&credentials, 1, true);
    let last = flipped.len() - 1;
    flipped[last] ^= 1;
    let mut nameless = [0; 64];
    let length = Writer::new(&mut nameless, Class::Request, Transaction([1; 12]))
        .attribute(stun::PRIORITY, &[0, 0, 1, 0])
        .finish(Some(&Key::new(pwd)))
        .unwrap();
    let mut indication = [0; 128];
    let spoken = Writer::new(&mut indication, Class::Indication, Transaction([1; 12]))
        .attribute(stun::USERNAME, name.as_bytes())
        .finish(Some(&Key::new(pwd)))
        .unwrap();
    vec![
        check_of(&name, b"not the password, at all", 1, true),
        check_of("AAAAAAAAAAAAAAAAAA:them", pwd, 1, true),
        check_of("nobody:them", pwd, 1, true),
        check_of(":", pwd, 1, true),
        flipped,
        nameless[..length].to_vec(),
        indication[..spoken].to_vec(),
        check(&credentials, 1, true)[..60].to_vec(),
        vec![0; 20],
        vec![0, 1, 0, 0, 0x21, 0x12, 0xA4, 0x42],
        vec![3],
    ]
}

#[test]
fn forged_stun_proves_nothing_and_draws_out_no_more_than_it_brings() {
    let mut scene = Scene::new();
    let forgeries = forgeries(&scene.a);
    for forgery in &forgeries {
        scene.stranger.send(forgery);
        scene.house.work();
        let before = scene.stranger.answers.len();
        scene.stranger.listen();
        for answer in &scene.stranger.answers[before..] {
            assert!(answer.len() <= forgery.len(), "{} for {}", answer.len(), forgery.len());
            assert_ne!(answer[..2], [0x01, 0x01], "a success for {forgery:?}");
        }
        assert!(scene.stranger.answers.len() <= before + 1);
    }
    assert_eq!(scene.counts().dropped_stun, forgeries.len() as u64);
    for _ in 0..5 {
        scene.stranger.speak();
    }
    scene.house.work();
    assert_eq!(scene.counts().dropped_stranger, 5, "it is nobody still");
    assert!(scene.is_undisturbed());
}

#[test]
fn dtls_from_where_nobody_was_proved_to_be_goes_nowhere() {
    let mut scene = Scene::new();
    for _ in 0..100 {
        scene.stranger.send(&[22; 200]);
    }
    scene.house.work();
    let counts = scene.counts();
    assert_eq!((counts.dropped_dtls, counts.dtls_received), (100, 0));
    assert!(!scene.house.events.iter().any(|event| matches!(event, EngineEvent::Dtls { .. })));
    assert!(scene.is_undisturbed());
}

#[test]
fn a_flood_of_dtls_is_cut_short_and_holds_up_nobody_elses() {
    let mut scene = Scene::new();
    for _ in 0..1_000 {
        scene.a.send(&[22; 200]);
    }
    scene.a.send(&[22; 1_501]);
    scene.b.send(&[22, 7]);
    scene.house.work();
    let of = |leg| {
        let is_its = move |event: &&EngineEvent| matches!(event, EngineEvent::Dtls { leg: id, .. } if *id == LegId(leg));
        scene.house.events.iter().filter(is_its).count()
    };
    assert!((1..100).contains(&of(1)), "{}", of(1));
    assert_eq!(of(2), 1);
    let counts = scene.counts();
    assert_eq!(counts.dtls_received + counts.dropped_dtls, 1_002);
    assert_eq!(counts.events_lost, 0);
    assert!(scene.is_undisturbed());
}

#[test]
fn dtls_that_nobody_polls_pushes_out_no_other_event() {
    let mut house = House::with(EngineSettings { legs_per_worker_max: 64, ..settings() });
    let mut browsers: Vec<Browser> =
        (0..20).map(|n| Browser::new(400.0 + 10.0 * f64::from(n))).collect();
    for (leg, browser) in (1..).zip(&mut browsers) {
        house.reserve(leg, browser);
    }
    for browser in &browsers {
        for _ in 0..30 {
            browser.send(&[22; 60]);
        }
    }
    let mut phone = Phone::new(CodecKind::Pcmu, LOW);
    house.join(100, &mut phone);
    for _ in 0..8 {
        phone.speak();
        house.worker.tick(house.worker.next_due());
    }
    let counts = house.engine.stats().counts;
    assert!(counts.dropped_dtls > 0 && counts.dtls_received > 100, "{counts:?}");
    house.poll();
    assert_eq!(house.happened(EngineEvent::MediaStarted { leg: LegId(100) }), 1);
}

#[test]
fn forged_and_replayed_srtp_is_dropped_and_the_session_lives() {
    let mut scene = Scene::new();
    let good = scene.a.packet();
    let (mut wrong_tag, mut wrong_sound) = (good.clone(), good.clone());
    let last = good.len() - 1;
    wrong_tag[last] ^= 1;
    wrong_sound[20] ^= 1;
    for packet in [&wrong_tag, &wrong_sound, &good[..good.len() - 3].to_vec(), &good, &good, &good]
    {
        scene.a.send(packet);
    }
    scene.a.send(&[0x80; 9]);
    let report = scene.a.report();
    let mut forged = report.clone();
    forged[9] ^= 1;
    for report in [&forged, &report, &report] {
        scene.a.send(report);
    }
    // Its keys are good, but not for this leg; and a stranger is none at all.
    let foreign = scene.b.packet();
    scene.a.send(&foreign);
    scene.stranger.send(&good);
    scene.house.work();
    let counts = scene.counts();
    assert_eq!((counts.dropped_srtp_replayed, counts.dropped_srtp_forged), (3, 5));
    assert_eq!((counts.dropped_srtp_malformed, counts.dropped_stranger), (1, 1));
    assert_eq!(counts.reports_received, 1);
    assert!(scene.is_undisturbed());
}

#[test]
fn a_million_packets_of_garbage_change_nothing() {
    let mut scene = Scene::new();
    let mut byte = 1_u8;
    let sent = 1_000_000_u64;
    let mut packet = [0; 60];
    let before = scene.counts();
    for round in 0..sent / 100 {
        for number in 0..100_u8 {
            for place in &mut packet {
                byte = byte.wrapping_mul(37).wrapping_add(number);
                *place = byte;
            }
            packet[0] = match number % 4 {
                0 => 0x80,
                1 => 22,
                2 => 0,
                _ => byte,
            };
            let sender = if number.is_multiple_of(2) { &scene.a } else { &scene.stranger };
            sender.send(&packet);
        }
        scene.house.worker.tick(scene.house.worker.next_due());
        if round.is_multiple_of(40) {
            scene.a.check(false);
            scene.b.check(false);
            scene.house.tick(&mut [&mut scene.a, &mut scene.b]);
            scene.stranger.listen();
            scene.stranger.answers.clear();
        }
    }
    let after = scene.counts();
    let dropped = |counts: &Counts| {
        counts.dropped_srtp_forged
            + counts.dropped_srtp_malformed
            + counts.dropped_srtp_replayed
            + counts.dropped_stranger
            + counts.dropped_malformed
            + counts.dropped_stun
            + counts.dropped_dtls
            + counts.dtls_received
    };
    assert_eq!(dropped(&after) - dropped(&before), sent, "{after:?}");
    assert!(scene.is_undisturbed());
}

#[test]
fn who_is_in_cannot_take_anothers_place() {
    let mut scene = Scene::new();
    let (mut a, mut b) = (scene.a.socket.try_clone().unwrap(), scene.b.credentials);
    // The check is good, but it comes from where somebody else is, who is still there.
    let stolen = check(&b.take().unwrap(), 9, true);
    a.send_to(&stolen, scene.a.server).unwrap();
    scene.house.work();
    assert_eq!(scene.counts().dropped_stun, 1);
    assert!(scene.is_undisturbed());

    // Once who was there has gone, whoever comes may have the address.
    scene.house.engine.detach(LegId(1)).unwrap();
    scene.house.work();
    std::mem::swap(&mut a, &mut scene.b.socket);
    scene.b.check(true);
    scene.a.forget();
    let mut phone = Phone::new(CodecKind::Pcma, 700.0);
    scene.house.join(3, &mut phone);
    scene.house.ticks(30, &mut [&mut scene.b, &mut phone]);
    assert!(phone.hears(HIGH) && scene.b.hears(700.0));
}
