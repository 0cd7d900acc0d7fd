//! A worker's tick makes no allocation and frees nothing, whatever happens: this binary's allocator
//! aborts the process if it does.
#![allow(clippy::unwrap_used, reason = "a failed call of a test's own is a failed test")]

mod browsers;
mod cascade;
mod phones;
#[path = "../engine/support/mod.rs"]
mod support;

use std::process::{Command, Stdio};
use std::time::Duration;

use assert_no_alloc::{AllocDisabler, assert_no_alloc};
use audio::codec::CodecKind;
use engine::{TAP_TICKS_MAX, TapSettings};
use support::{House, Participant, Phone, ROOM};

#[global_allocator]
static ALLOCATOR: AllocDisabler = AllocDisabler;

/// A generator of small repeatable disorder (xorshift; Marsaglia, 2003).
struct Disorder(u32);

impl Disorder {
    fn next(&mut self) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        self.0
    }

    fn bytes(&mut self, length: usize) -> Vec<u8> {
        (0..length).map(|_| self.next() as u8).collect()
    }
}

/// Runs the worker for a tick, under the allocator that refuses.
fn tick(house: &mut House) {
    for _ in 0..4 {
        let due = house.worker.next_due();
        let worker = &mut house.worker;
        assert_no_alloc(|| worker.tick(due));
    }
}

#[test]
fn a_room_that_is_tapped_allocates_nothing_read_or_not() {
    let mut house = House::new();
    let mut phones = [Phone::new(CodecKind::Opus, 440.0), Phone::new(CodecKind::Pcmu, 700.0)];
    for (leg, phone) in (1..).zip(&mut phones) {
        house.join(leg, phone);
    }
    for reads in [true, false] {
        let mut tap = house
            .engine
            .tap_room(ROOM, TapSettings { voices: true, ..TapSettings::default() })
            .unwrap();
        let mut taken = 0;
        for _ in 0..TAP_TICKS_MAX + 20 {
            phones.iter_mut().for_each(Participant::speak);
            tick(&mut house);
            if reads {
                tap.drain(|_| taken += 1);
            }
        }
        assert_eq!(reads, taken > 2 * TAP_TICKS_MAX && tap.mix_ticks_lost() == 0);
        // Its ends come back and are freed here.
        drop(tap);
        tick(&mut house);
        house.poll();
    }
}

/// Set for a second process that is to be aborted.
const VIOLATE: &str = "CONFAB_TEST_ALLOCATES";

#[test]
fn the_guard_is_awake() {
    if std::env::var_os(VIOLATE).is_some() {
        assert_no_alloc(|| drop(std::hint::black_box(vec![0_u8; 64])));
        return;
    }
    let status = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "the_guard_is_awake"])
        .env(VIOLATE, "1")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .unwrap();
    assert!(!status.success(), "an allocation went unnoticed");
}

#[test]
fn a_worker_that_falls_behind_allocates_nothing_either() {
    let mut house = House::new();
    let mut phone = Phone::new(CodecKind::Opus, 440.0);
    house.join(1, &mut phone);
    for lateness_ms in 0..60_u64 {
        phone.speak();
        let now = house.worker.next_due() + Duration::from_millis(lateness_ms);
        let worker = &mut house.worker;
        assert_no_alloc(|| worker.tick(now));
    }
    assert!(house.engine.stats().counts.sub_ticks_skipped > 0);
}
