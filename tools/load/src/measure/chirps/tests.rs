//! Rooms made of nothing but delay: what a talker sends goes into ears so much later.

use std::time::Duration;

use super::*;
use crate::plan::{Codec, Request};
use crate::sound::Sounds;
use crate::sound::hearing::codec_delay;

const START_NS: u64 = 1_700_000_000_000_000_000;

struct World {
    plan: Plan,
    sounds: Sounds,
    sent: Vec<SentChirp>,
}

impl World {
    /// A room of two talkers and a listener, and the chirps that the talkers send within 6 s.
    fn new(codec: Codec) -> Self {
        let request = Request { legs_per_room: 3, talkers: 2, codec, ..Request::default() };
        let plan = Plan::new(request).unwrap();
        let sounds = Sounds::new(&plan).unwrap();
        let mut world = Self { plan, sounds, sent: Vec::new() };
        for tick in 0..300 {
            for talker in 0..2 {
                let payload = world.sounds.payload(talker, tick).unwrap();
                if payload.begins_chirp {
                    let at_ns = START_NS + tick * PACKET_NS;
                    world.sent.push(SentChirp { talker: LegId(talker as u32), at_ns });
                }
            }
        }
        world
    }

    /// What a leg hears that is sent one talker's packets with a delay; of these, `is_lost` are lost.
    fn ear(&self, leg: u32, talker: usize, delay_ns: u64, is_lost: impl Fn(u64) -> bool) -> Ear {
        let mut ear = Ear::new(LegId(leg), Duration::from_secs(10));
        let units = self.plan.request().codec.packet_units();
        for tick in (0..400).filter(|tick| !is_lost(*tick)) {
            let payload = self.sounds.payload(talker, tick).unwrap();
            let at_ns = START_NS + tick * PACKET_NS + delay_ns;
            ear.keep(
                at_ns,
                9,
                (tick as u32).wrapping_mul(units).wrapping_sub(5_000),
                payload.bytes,
            );
        }
        ear
    }

    fn search(&self, ears: &[Ear]) -> Found {
        let codec_delay = codec_delay(self.plan.request().codec).unwrap().unwrap();
        search(&self.plan, ears, &self.sent, codec_delay).unwrap()
    }
}

#[test]
fn the_latency_is_that_of_the_way_without_the_codec() {
    for codec in Codec::ALL {
        let world = World::new(codec);
        for delay_ms in [0, 7, 24, 130, 480] {
            let ear = world.ear(2, 0, delay_ms * 1_000_000, |_| false);
            let latency = world.search(&[ear]).latency.in_ms();
            let expected = delay_ms as f64;
            // The collector keeps two digits, and the sound 1/8 ms.
            let tolerance = 1.0 + expected * 0.01;
            assert!((latency.p50 - expected).abs() < tolerance, "{codec} {delay_ms}: {latency:?}");
            assert!(latency.max - expected < tolerance, "{codec} {delay_ms}: {latency:?}");
            assert!(latency.count >= 4, "{codec} {delay_ms}: {latency:?}");
        }
    }
}

#[test]
fn who_is_not_heard_is_told_and_who_hears_itself() {
    let world = World::new(Codec::Pcma);
    let ears = [
        world.ear(0, 0, 20_000_000, |_| false),
        world.ear(1, 0, 20_000_000, |_| false),
        world.ear(2, 1, 20_000_000, |_| false),
    ];
    let Found { hearing, latency } = world.search(&ears);
    assert_eq!((hearing.ears, hearing.pairs, hearing.talkers_with_ears), (3, 4, 2));
    assert_eq!(hearing.hear_themselves, [LegId(0)]);
    let deaf = |ear, talker| Deaf { ear: LegId(ear), talker: LegId(talker) };
    assert_eq!(hearing.deaf, [deaf(0, 1), deaf(2, 0)]);
    assert!(!hearing.is_right());
    assert_eq!(latency.len(), hearing.chirps_heard);
    assert!(hearing.chirps_heard >= 8 && hearing.chirps_due > hearing.chirps_heard);
    assert!(hearing.own_voice_ms.count >= 4 && (hearing.own_voice_ms.p50 - 20.0).abs() < 1.0);
}

#[test]
fn losses_around_a_chirp_do_not_move_it() {
    for codec in [Codec::Pcmu, Codec::Opus] {
        let world = World::new(codec);
        let ear = world.ear(2, 0, 30_000_000, |tick| tick % 10 == 0);
        let found = world.search(&[ear]);
        let latency = found.latency.in_ms();
        let share = found.hearing.chirps_heard * 3 / found.hearing.chirps_due.max(1);
        assert!(share >= 1, "{codec}: {:?}", found.hearing);
        assert!(latency.max - latency.p50 < 2.0, "{codec}: {latency:?}");
    }
}

#[test]
fn an_ear_that_heard_nothing_or_too_little_has_nothing_to_say() {
    let world = World::new(Codec::Pcmu);
    let silent = Ear::new(LegId(2), Duration::from_secs(10));
    // It ends before that talker's turn comes.
    let short = world.ear(2, 1, 0, |tick| tick > 20);
    let found = world.search(&[silent, short]);
    assert_eq!((found.hearing.chirps_due, found.hearing.pairs), (0, 0));
    assert!(!found.hearing.is_right(), "nobody listened");
}
