//! How much a media worker carries, and what that costs: real packets over loopback sockets.
//!
//! Two conferences of 200 G.711 legs each run on one worker: 50 rooms of 4, and one room of 200.
//! Every packet due is counted, by the timestamps of what arrives. What a leg costs is set against
//! a bare reflector, which sends the same packets back, measured in the same run. And latency is
//! measured from a packet in to the mixed packet out, by pulses in the sound and the kernel's
//! times of arrival.
//!
//! `cargo bench --bench capacity [-- --quick]`. It fails if a packet is missing or the median
//! latency is above [`LATENCY_GOAL`]. Machines differ: read the ratios rather than the absolutes.
#![allow(clippy::unwrap_used, unreachable_pub, reason = "a program that may fail where it stands")]

mod peers;
mod reflector;
#[path = "../common/thread.rs"]
mod thread;

use std::net::{IpAddr, Ipv4Addr};
use std::time::{Duration, Instant};

use audio::TICK;
use audio::codec::CodecKind;
use engine::{Counts, Engine, EngineEvent, EngineSettings, LegId, LegSettings, RoomId};
use mixer::RoomSettings;

use peers::{Outcome, Peers};
use reflector::Reflector;
use thread::{Core, Punctual};

/// Legs of each conference.
const LEGS: usize = 200;

/// How long each part is measured, and with `--quick`.
const DURATION: Duration = Duration::from_secs(10);
const DURATION_QUICK: Duration = Duration::from_secs(2);

/// The bound on the median from packet in to mixed packet out, with a buffer of 20 ms.
const LATENCY_GOAL: Duration = Duration::from_millis(30);

/// Longest time to find a leg's source, and for all legs to go.
const PATIENCE: Duration = Duration::from_secs(10);

fn main() {
    let is_quick = std::env::args().any(|argument| argument == "--quick");
    let duration = if is_quick { DURATION_QUICK } else { DURATION };
    println!("{LEGS} G.711 legs on one worker, {} s each\n", duration.as_secs());
    let before = reflect(duration);
    let rooms = confer("50 rooms of 4", 50, duration);
    let hall = confer("one room of 200", 1, duration);
    let after = reflect(duration);
    let floor = (before + after) / 2.0;

    println!("bare reflector            {floor:>8.2} µs a leg and tick ({before:.2}, {after:.2})");
    let mut passed = true;
    for result in [&rooms, &hall] {
        result.print(floor);
        passed &= result.is_good();
    }
    if !passed {
        println!("\nFAILED: a packet is missing, or the median latency is above {LATENCY_GOAL:?}");
        std::process::exit(1);
    }
}

/// What one conference came to.
struct Conference {
    name: &'static str,
    duration: Duration,
    outcome: Outcome,
    /// Packets that the worker sent, from its first to its last.
    sent: u64,
    /// What was counted while it was measured.
    counts: Counts,
}

impl Conference {
    /// Processor time for each leg and tick, in microseconds.
    fn cost_us(&self) -> f64 {
        let ticks = self.duration.as_secs_f64() / TICK.as_secs_f64();
        self.counts.cpu_us as f64 / (LEGS as f64 * ticks)
    }

    fn is_good(&self) -> bool {
        let latency = self.outcome.latency(0.5);
        self.outcome.due == self.outcome.received
            && self.sent == self.outcome.received
            && self.counts.sub_ticks_skipped == 0
            && latency.is_some_and(|latency| latency <= LATENCY_GOAL)
    }

    fn print(&self, floor_us: f64) {
        let Self { name, duration, outcome, sent, counts } = self;
        let cpu = 100.0 * counts.cpu_us as f64 / duration.as_micros() as f64;
        let ms = |share| outcome.latency(share).unwrap_or_default().as_secs_f64() * 1_000.0;
        println!("\n{name}");
        println!("  packets due             {:>8}", outcome.due);
        println!("  packets sent            {:>8}", sent);
        println!("  packets received        {:>8}", outcome.received);
        println!("  sub-ticks late          {:>8}", counts.sub_ticks_late);
        println!("  sub-ticks skipped       {:>8}", counts.sub_ticks_skipped);
        println!("  worker CPU              {cpu:>8.1} %");
        println!("  cost                    {:>8.2} µs a leg and tick", self.cost_us());
        println!("  ratio to the reflector  {:>8.2}", self.cost_us() / floor_us);
        println!("  latency, median         {:>8.1} ms", ms(0.5));
        println!("  latency, 99 %           {:>8.1} ms", ms(0.99));
        println!("  latency, from           {:>8} pulses", outcome.pulses());
    }
}

/// The cost of the reflector for each packet, there and back, in microseconds.
fn reflect(duration: Duration) -> f64 {
    let reflector = Reflector::start();
    let _punctual = Punctual::on(Core::Last);
    let mut peers = Peers::new(LEGS, LEGS);
    for index in 0..LEGS {
        peers.connect(index, reflector.address());
    }
    peers.run(Duration::from_millis(500), || {});
    let before = (reflector.cpu_used(), peers.received());
    peers.run(duration, || {});
    let used = reflector.cpu_used() - before.0;
    let reflected = peers.received() - before.1;
    reflector.stop();
    used.as_secs_f64() * 1e6 / reflected as f64
}

/// Runs a conference of `rooms` rooms.
fn confer(name: &'static str, rooms: usize, duration: Duration) -> Conference {
    let localhost = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let settings = EngineSettings {
        bind_ip: localhost,
        advertised_ip: localhost,
        ..EngineSettings::default()
    };
    let mut engine = Engine::start(settings).unwrap();
    let _punctual = Punctual::on(Core::Last);
    let members = LEGS / rooms;
    let room_settings = RoomSettings { members_max: members, ..RoomSettings::default() };
    for room in 0..rooms {
        engine.open_room(RoomId(room as u64), room_settings).unwrap();
    }
    let mut peers = Peers::new(LEGS, members);
    for index in 0..LEGS {
        join(&mut engine, &mut peers, index, RoomId((index / members) as u64));
    }
    let mut poll = || while engine.poll_event().is_some() {};
    peers.run(Duration::from_secs(1), &mut poll);
    let before = engine.stats().counts;
    peers.begin();
    peers.run(duration, || while engine.poll_event().is_some() {});
    let after = engine.stats().counts;
    let sent = close(&mut engine, &mut peers, rooms);
    engine.shutdown();
    let counts = difference(&after, &before);
    Conference { name, duration, outcome: peers.finish(), sent, counts }
}

/// Has everybody leave, and tells how many packets they were sent in all. The far ends have
/// received everything then.
fn close(engine: &mut Engine, peers: &mut Peers, rooms: usize) -> u64 {
    peers.fall_silent();
    for room in 0..rooms {
        engine.close_room(RoomId(room as u64)).unwrap();
    }
    let (mut left, mut sent) = (0, 0);
    let start = Instant::now();
    while left < LEGS {
        assert!(start.elapsed() < PATIENCE, "only {left} legs have left");
        peers.run(Duration::from_millis(5), || {
            while let Some(event) = engine.poll_event() {
                if let EngineEvent::Left { stats, .. } = event {
                    left += 1;
                    sent += stats.packets_sent;
                }
            }
        });
    }
    peers.run(Duration::from_millis(100), || {});
    sent
}

/// Brings a peer into its room, and waits until its source is known: then the next one can share
/// its port.
fn join(engine: &mut Engine, peers: &mut Peers, index: usize, room: RoomId) {
    let (leg, address) = (LegId(index as u64), peers.address(index));
    let server = engine.reserve(leg, room, Some(address)).unwrap();
    let settings = LegSettings {
        remote_rtcp: Some(peers.rtcp_address()),
        ..LegSettings::new(CodecKind::Pcmu, address)
    };
    engine.attach(leg, settings).unwrap();
    peers.connect(index, server);
    let start = Instant::now();
    let mut is_in = false;
    while !is_in {
        assert!(start.elapsed() < PATIENCE, "{leg} was not heard");
        peers.run(Duration::from_millis(5), || {
            while let Some(event) = engine.poll_event() {
                is_in |= event == EngineEvent::MediaStarted { leg };
            }
        });
    }
}

/// What was counted between two moments, as far as it is shown.
fn difference(after: &Counts, before: &Counts) -> Counts {
    Counts {
        sub_ticks_late: after.sub_ticks_late - before.sub_ticks_late,
        sub_ticks_skipped: after.sub_ticks_skipped - before.sub_ticks_skipped,
        cpu_us: after.cpu_us - before.cpu_us,
        ..Counts::default()
    }
}
