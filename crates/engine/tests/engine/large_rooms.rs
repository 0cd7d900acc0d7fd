//! A room of many is sent out in parts, one after the other, and others have their turns between them.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::time::Duration;

use audio::codec::CodecKind;
use engine::{Engine, EngineSettings, LegId, LegSettings, RoomId, Worker};
use mixer::RoomSettings;
use rtp::packet::Header;

use crate::support::settings;

/// Enough for three parts.
const LEGS: u64 = 1_200;

const LARGE: RoomId = RoomId(7);

/// The address of somebody who is sent to. Each test has a port of its own, as they run side by side.
fn listener(leg: u64, port: u16) -> SocketAddr {
    let [_, _, above, below] = (leg as u32).to_be_bytes();
    SocketAddr::new(IpAddr::V4(Ipv4Addr::new(127, 9, above, below)), port)
}

/// The only packet that a listener ever sends: from then on it is known where it is, and others may share its port.
fn say_something(from: SocketAddr, to: SocketAddr) {
    let header = Header { marker: true, payload_type: 8, sequence: 1, timestamp: 1, ssrc: 1 };
    let packet = [&header.to_bytes()[..], &[0xd5; 160]].concat();
    UdpSocket::bind(from).unwrap().send_to(&packet, to).unwrap();
}

fn a_large_room(port: u16) -> (Engine, Worker) {
    let settings = EngineSettings { legs_per_worker_max: 2_048, load_max: 1.0, ..settings() };
    let (mut engine, mut workers) = Engine::manual(settings, Duration::from_secs(1_000)).unwrap();
    engine
        .open_room(LARGE, RoomSettings { members_max: 2_048, ..RoomSettings::default() })
        .unwrap();
    let mut worker = workers.remove(0);
    for leg in 1..=LEGS {
        let (id, address) = (LegId(leg), listener(leg, port));
        let server = engine.reserve(id, LARGE, Some(address)).unwrap();
        engine.attach(id, LegSettings::new(CodecKind::Pcma, address)).unwrap();
        worker.tick(worker.next_due());
        say_something(address, server);
        worker.tick(worker.next_due());
        while engine.poll_event().is_some() {}
    }
    (0..8).for_each(|_| worker.tick(worker.next_due()));
    (engine, worker)
}

fn sent(engine: &Engine) -> u64 {
    engine.stats().counts.packets_sent
}

/// What is sent by each step of a tick of 20 ms; whether it goes on between turns is the test's to say.
fn steps(engine: &Engine, worker: &mut Worker, goes_on: bool) -> Vec<u64> {
    let mut steps = Vec::new();
    let mut before = sent(engine);
    let mut note = |steps: &mut Vec<u64>| {
        let now = sent(engine);
        steps.push(now - before);
        before = now;
    };
    for _ in 0..4 {
        let due = worker.next_due();
        worker.tick(due);
        note(&mut steps);
        assert!(!worker.go_on(worker.next_due()), "a turn is due");
        while goes_on && worker.go_on(due) {
            note(&mut steps);
        }
    }
    steps.retain(|step| *step > 0);
    steps
}

#[test]
fn a_large_room_goes_out_in_parts_between_two_turns() {
    let (engine, mut worker) = a_large_room(14_404);
    for _ in 0..3 {
        assert_eq!(steps(&engine, &mut worker, true), [400, 400, 400]);
    }
}

#[test]
fn where_there_is_no_time_between_turns_a_part_goes_out_with_each() {
    let (engine, mut worker) = a_large_room(14_405);
    let all: Vec<u64> = (0..3).flat_map(|_| steps(&engine, &mut worker, false)).collect();
    // The room's own turn may be any of the four.
    assert!(all.iter().all(|step| *step == 400) && (8..=9).contains(&all.len()), "{all:?}");
}
