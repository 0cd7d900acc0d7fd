//! What a leg takes of memory, as the system counts it: alone in this binary, so that nothing else does.
#![allow(clippy::unwrap_used, reason = "a failed call of a test's own is a failed test")]

use std::net::UdpSocket;
use std::time::Duration;

use audio::codec::CodecKind;
use engine::{Engine, EngineSettings, LegId, LegSettings, RoomId};
use mixer::{Heed, RoomSettings};
use rtp::sender::{Sender, Start};

/// Legs over which the system's whole pages are shared out.
const LEGS: usize = 400;

/// The most that a leg of G.711 may take, with its part of the room: see the capacity table.
const LEG_BYTES_MAX: usize = 32 * 1024;

/// Memory of this process that is in use, in bytes.
fn resident_bytes() -> usize {
    let figures = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = figures.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<usize>().unwrap() * 1024
}

#[test]
fn a_leg_of_a_phone_takes_little_memory() {
    let ip = [127, 0, 0, 1].into();
    let settings = EngineSettings {
        bind_ip: ip,
        advertised_ip: ip,
        port_range: (33_000, 34_999),
        legs_per_worker_max: LEGS,
        load_max: 1.0,
        ..EngineSettings::default()
    };
    let (mut engine, mut workers) = Engine::manual(settings, Duration::ZERO).unwrap();
    let mut worker = workers.remove(0);
    let heed = Heed::Speech;
    let room = RoomSettings { members_max: LEGS, heed, ..RoomSettings::default() };
    engine.open_room(RoomId(0), room).unwrap();
    let sockets: Vec<_> = (0..LEGS).map(|_| UdpSocket::bind("127.0.0.1:0").unwrap()).collect();
    let before = resident_bytes();
    for (id, socket) in (0..).map(LegId).zip(&sockets) {
        let address = socket.local_addr().unwrap();
        let server = engine.reserve(id, RoomId(0), Some(address)).unwrap();
        engine.attach(id, LegSettings::new(CodecKind::Pcma, address)).unwrap();
        let mut sender = Sender::new(Start { ssrc: 7, sequence: 0, timestamp: 0 });
        for _ in 0..3 {
            let packet = [&sender.audio(8, 160).to_bytes()[..], &[0x2a; 160]].concat();
            sender.advance(160);
            socket.send_to(&packet, server).unwrap();
        }
        worker.tick(worker.next_due());
        while engine.poll_event().is_some() {}
    }
    (0..40).for_each(|_| worker.tick(worker.next_due()));
    let counts = engine.stats().counts;
    assert_eq!(counts.packets_received, 3 * LEGS as u64);
    let leg_bytes = (resident_bytes() - before) / LEGS;
    assert!(leg_bytes <= LEG_BYTES_MAX, "{leg_bytes} bytes a leg");
}
