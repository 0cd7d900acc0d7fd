//! What a leg costs its worker: one thread plays both the worker, run by hand, and the far ends, with
//! real packets over loopback sockets, and only the worker's processor time is counted.
//!
//! A bare reflector takes its turns in between, with far ends and batches like the worker's, so that
//! whatever else the machine does falls on both: read the ratio. No thread is pinned, nothing waits,
//! and time is made up, so that it also runs under a profiler or beside other work.
//!
//! `cargo bench -p engine --bench worker [-- LEGS [ROOMS [ROUNDS]]]`
#![allow(clippy::unwrap_used, reason = "a program that may fail where it stands")]

use std::net::SocketAddr;
use std::time::Duration;

use audio::codec::{CodecKind, g711};
use engine::{Engine, EngineSettings, LegId, LegSettings, RoomId, Worker};
use mixer::RoomSettings;
use nix::time::{ClockId, clock_gettime};
use rtp::packet::HEADER_BYTES;
use rtp::sender::{Sender, Start};
use udp::{RecvBatch, SendBatch, Socket, SocketOptions};

/// Samples, and bytes, of a packet of G.711.
const SAMPLES: usize = 160;
/// Sub-ticks in a tick.
const PHASES: usize = 4;
/// Ticks in a round, of which the first few warm the caches up and are not counted.
const TICKS: usize = 25;
const TICKS_UNCOUNTED: usize = 3;
/// Members of each room who talk.
const TALKERS: usize = 3;

fn main() {
    let mut numbers = std::env::args().skip(1).filter_map(|arg| arg.parse::<usize>().ok());
    let legs = numbers.next().unwrap_or(1_000);
    let rooms = numbers.next().unwrap_or(1);
    let rounds = numbers.next().unwrap_or(20);
    let (mut conference, mut floor) = (Conference::new(legs, rooms), Reflector::new(legs));
    let (mut costs, mut floors) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        costs.push(conference.round());
        floors.push(floor.round());
    }
    let (cost, floor) = (median(&mut costs), median(&mut floors));
    println!("{legs} legs in {rooms} rooms, a leg and tick:");
    println!("  worker {:.2} µs, reflector {:.2} µs, ratio {:.2}", cost, floor, cost / floor);
    println!("  {:?}", conference.engine.stats());
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// The far ends.
struct Peers {
    peers: Vec<Peer>,
    talk: [u8; SAMPLES],
    hush: [u8; SAMPLES],
    send: SendBatch,
    receive: RecvBatch,
}

struct Peer {
    socket: Socket,
    server: Option<SocketAddr>,
    sender: Sender,
    talks: bool,
}

impl Peers {
    fn new(count: usize, rooms: usize) -> Self {
        let note = |amplitude: f32| {
            let wave = |n: usize| amplitude * (n as f32 * std::f32::consts::TAU / 16.0).sin();
            let mut payload = [0; SAMPLES];
            let samples: Vec<f32> = (0..SAMPLES).map(wave).collect();
            g711::encode_ulaw(&samples, &mut payload);
            payload
        };
        let peer = |index: usize| Peer {
            socket: socket(),
            server: None,
            sender: Sender::new(Start { ssrc: index as u32, sequence: 0, timestamp: 0 }),
            talks: index / rooms < TALKERS,
        };
        let peers = (0..count).map(peer).collect();
        let (send, receive) = (SendBatch::new(), RecvBatch::new());
        Self { peers, talk: note(0.2), hush: note(0.000_5), send, receive }
    }

    /// Has those send whose turn it is.
    fn speak(&mut self, phase: usize) {
        let Self { peers, talk, hush, send, .. } = self;
        for peer in peers.iter_mut().skip(phase).step_by(PHASES) {
            let Some(server) = peer.server else { continue };
            let mut packet = [0; HEADER_BYTES + SAMPLES];
            packet[..HEADER_BYTES].copy_from_slice(&peer.sender.audio(0, SAMPLES).to_bytes());
            packet[HEADER_BYTES..].copy_from_slice(if peer.talks { talk } else { hush });
            peer.sender.advance(SAMPLES as u32);
            assert_eq!(send.send(&peer.socket, [(server, &packet[..])]).sent, 1);
        }
    }

    /// Takes what has come, and tells how many packets that was.
    fn hear(&mut self) -> usize {
        (0..self.peers.len()).map(|index| self.hear_one(index)).sum()
    }

    fn hear_one(&mut self, index: usize) -> usize {
        self.receive.receive(&self.peers[index].socket).unwrap().datagrams
    }
}

/// A worker and those who are in its rooms.
struct Conference {
    engine: Engine,
    worker: Worker,
    peers: Peers,
}

impl Conference {
    fn new(legs: usize, rooms: usize) -> Self {
        let ip = [127, 0, 0, 1].into();
        let settings = EngineSettings {
            bind_ip: ip,
            advertised_ip: ip,
            load_max: 1.0,
            port_range: (40_000, 60_000),
            legs_per_worker_max: legs,
            rooms_per_worker_max: rooms,
            ..EngineSettings::default()
        };
        let (engine, mut workers) = Engine::manual(settings, Duration::ZERO).unwrap();
        let peers = Peers::new(legs, rooms);
        let mut all = Self { engine, worker: workers.remove(0), peers };
        let members_max = legs.div_ceil(rooms);
        for room in 0..rooms {
            let settings = RoomSettings { members_max, ..RoomSettings::default() };
            all.engine.open_room(RoomId(room as u64), settings).unwrap();
            all.worker.tick(all.worker.next_due());
        }
        (0..legs).for_each(|leg| all.join(leg, rooms));
        while all.peers.hear() > 0 {}
        all
    }

    /// Has a leg join, and waits until it is known where it is: then others may share its port.
    fn join(&mut self, leg: usize, rooms: usize) {
        let id = LegId(leg as u64);
        let address = self.peers.peers[leg].socket.local_addr();
        let server = self.engine.reserve(id, RoomId((leg % rooms) as u64), Some(address)).unwrap();
        let mut settings = LegSettings::new(CodecKind::Pcmu, address);
        settings.rtcp_mux = true;
        self.engine.attach(id, settings).unwrap();
        self.worker.tick(self.worker.next_due());
        self.peers.peers[leg].server = Some(server);
        let header = self.peers.peers[leg].sender.audio(0, SAMPLES).to_bytes();
        let packet = [&header[..], &self.peers.hush].concat();
        self.peers.send.send(&self.peers.peers[leg].socket, [(server, &packet[..])]);
        self.worker.tick(self.worker.next_due());
        while self.engine.poll_event().is_some() {}
        while self.peers.hear_one(leg) > 0 {}
    }

    /// Runs for a while, and gives what a leg and tick cost, in microseconds.
    fn round(&mut self) -> f64 {
        let mut used = Duration::ZERO;
        for tick in 0..TICKS {
            for phase in 0..PHASES {
                self.peers.speak(phase);
                let before = cpu();
                self.worker.tick(self.worker.next_due());
                used += if tick < TICKS_UNCOUNTED { Duration::ZERO } else { cpu() - before };
                while self.engine.poll_event().is_some() {}
            }
            let heard = self.peers.hear();
            // Reports come beside the sound.
            assert!(tick < TICKS_UNCOUNTED || heard >= self.peers.peers.len(), "{heard} heard");
        }
        per_leg(used, self.peers.peers.len())
    }
}

/// The floor: sends every packet back, and does nothing else.
struct Reflector {
    socket: Socket,
    peers: Peers,
    receive: RecvBatch,
    send: SendBatch,
}

impl Reflector {
    fn new(legs: usize) -> Self {
        let mut peers = Peers::new(legs, 1);
        let socket = socket();
        peers.peers.iter_mut().for_each(|peer| peer.server = Some(socket.local_addr()));
        Self { socket, peers, receive: RecvBatch::new(), send: SendBatch::new() }
    }

    fn round(&mut self) -> f64 {
        let mut used = Duration::ZERO;
        for tick in 0..TICKS {
            for phase in 0..PHASES {
                self.peers.speak(phase);
                let before = cpu();
                self.reflect();
                used += if tick < TICKS_UNCOUNTED { Duration::ZERO } else { cpu() - before };
            }
            assert_eq!(self.peers.hear(), self.peers.peers.len());
        }
        per_leg(used, self.peers.peers.len())
    }

    fn reflect(&mut self) {
        let Self { socket, receive, send, .. } = self;
        while receive.receive(socket).unwrap().datagrams > 0 {
            send.send(socket, receive.iter().map(|datagram| (datagram.source, datagram.payload)));
        }
    }
}

fn socket() -> Socket {
    let options = SocketOptions { timestamps: false, ..SocketOptions::default() };
    Socket::bind("127.0.0.1:0".parse().unwrap(), &options).unwrap()
}

fn cpu() -> Duration {
    clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID).map(Duration::from).unwrap()
}

fn per_leg(used: Duration, legs: usize) -> f64 {
    used.as_secs_f64() * 1e6 / ((TICKS - TICKS_UNCOUNTED) * legs) as f64
}
