//! The far ends: phones that send G.711 every 20 ms, each from a socket of its own, and check what
//! comes back.

use std::net::SocketAddr;
use std::thread::sleep;
use std::time::{Duration, Instant, SystemTime};

use audio::codec::g711;
use rtp::packet::{HEADER_BYTES, Packet};
use rtp::sender::{Sender, Start};
use udp::{Poller, RecvBatch, SendBatch, Socket, SocketOptions};

/// Samples, and bytes, of a packet.
const PACKET_SAMPLES: usize = 160;

/// The peers send in so many steps a tick, so that their packets come at any time.
const STEPS: usize = 20;
const STEP: Duration = Duration::from_millis(1);

/// A pulse lasts so many packets, of each so many.
const PULSE_PACKETS: usize = 5;
const PULSE_PERIOD: usize = 50;

/// Amplitudes: of those who just talk, of a pulse, and between them what tells them apart.
const TALK: f32 = 0.05;
const PULSE: f32 = 0.5;
const THRESHOLD: f32 = 0.25;

/// What a peer does in its room of at least four: the first sends pulses, for which the second
/// listens, and the third and fourth talk; all others are silent but send, as phones do.
#[derive(Clone, Copy, PartialEq)]
enum Role {
    Pulses,
    ListensForPulses,
    Talks,
    IsSilent,
}

struct Peer {
    socket: Socket,
    server: Option<SocketAddr>,
    role: Role,
    room: usize,
    sender: Sender,
    packets_sent: usize,
    /// Timestamp of the first and of the last packet received.
    first: Option<u32>,
    last: Option<u32>,
    received: u64,
}

/// All far ends, run by the calling thread.
pub struct Peers {
    peers: Vec<Peer>,
    /// Takes everybody's RTCP, and nobody reads it.
    rtcp: Socket,
    poller: Poller,
    receive: RecvBatch,
    send: SendBatch,
    sounds: Sounds,
    next_step: Instant,
    step: usize,
    /// By room: when the pulse was sent that was not heard yet.
    pulse_sent_at: Vec<Option<Duration>>,
    latencies: Vec<Duration>,
}

/// What was received. Of packets all are counted, from the first to the last: between any two
/// moments in between, some are on their way.
pub struct Outcome {
    /// Packets that should have come, by the media time that has passed.
    pub due: u64,
    /// Packets that came.
    pub received: u64,
    latencies: Vec<Duration>,
}

impl Outcome {
    /// The latency that a share of the pulses stays within.
    pub fn latency(&self, share: f64) -> Option<Duration> {
        let index = (self.latencies.len() as f64 * share) as usize;
        self.latencies.get(index.min(self.latencies.len().saturating_sub(1))).copied()
    }

    /// How many pulses were heard.
    pub fn pulses(&self) -> usize {
        self.latencies.len()
    }
}

impl Peers {
    /// So many peers, in rooms of so many members.
    pub fn new(count: usize, members: usize) -> Self {
        let mut poller = Poller::new(count).unwrap();
        poller.poll(Duration::ZERO).unwrap();
        let peers: Vec<Peer> = (0..count).map(|index| Peer::new(index, members)).collect();
        for (token, peer) in (0..).zip(&peers) {
            poller.add(&peer.socket, token).unwrap();
        }
        Self {
            peers,
            rtcp: loopback(),
            poller,
            receive: RecvBatch::new(),
            send: SendBatch::new(),
            sounds: Sounds::new(),
            next_step: Instant::now(),
            step: 0,
            pulse_sent_at: vec![None; count.div_ceil(members)],
            latencies: Vec::new(),
        }
    }

    pub fn address(&self, index: usize) -> SocketAddr {
        self.peers[index].socket.local_addr()
    }

    pub fn rtcp_address(&self) -> SocketAddr {
        self.rtcp.local_addr()
    }

    /// Has a peer send to `server` from now on.
    pub fn connect(&mut self, index: usize, server: SocketAddr) {
        self.peers[index].server = Some(server);
    }

    /// Measures latency from now on.
    pub fn begin(&mut self) {
        self.latencies.clear();
    }

    /// Has nobody send any more.
    pub fn fall_silent(&mut self) {
        for peer in &mut self.peers {
            peer.server = None;
        }
    }

    /// How many packets came so far.
    pub fn received(&self) -> u64 {
        self.peers.iter().map(|peer| peer.received).sum()
    }

    /// Sums up what came.
    pub fn finish(mut self) -> Outcome {
        self.latencies.sort_unstable();
        let due = |peer: &Peer| match (peer.first, peer.last) {
            (Some(first), Some(last)) => {
                u64::from(last.wrapping_sub(first)) / PACKET_SAMPLES as u64 + 1
            }
            _ => 0,
        };
        Outcome {
            due: self.peers.iter().map(due).sum(),
            received: self.received(),
            latencies: self.latencies,
        }
    }

    /// Sends and receives for `duration`, and calls `meanwhile` between.
    pub fn run(&mut self, duration: Duration, mut meanwhile: impl FnMut()) {
        let end = Instant::now() + duration;
        loop {
            let now = Instant::now();
            if now >= end {
                return;
            }
            while self.next_step <= now {
                self.send_step();
                self.next_step += STEP;
            }
            self.receive_all();
            meanwhile();
            sleep(self.next_step.saturating_duration_since(Instant::now()));
        }
    }

    /// Has those peers send whose turn it is.
    fn send_step(&mut self) {
        for index in (self.step..self.peers.len()).step_by(STEPS) {
            let peer = &mut self.peers[index];
            let Some(server) = peer.server else { continue };
            let place = (peer.packets_sent + 7 * peer.room) % PULSE_PERIOD;
            let is_pulse = peer.role == Role::Pulses && place < PULSE_PACKETS;
            let payload = self.sounds.payload(peer.role, is_pulse);
            let mut packet = [0; HEADER_BYTES + PACKET_SAMPLES];
            packet[..HEADER_BYTES]
                .copy_from_slice(&peer.sender.audio(0, PACKET_SAMPLES).to_bytes());
            packet[HEADER_BYTES..].copy_from_slice(payload);
            peer.sender.advance(PACKET_SAMPLES as u32);
            peer.packets_sent += 1;
            if is_pulse && place == 0 {
                self.pulse_sent_at[peer.room] = Some(wall());
            }
            let sent = self.send.send(&peer.socket, [(server, &packet[..])]);
            assert_eq!(sent.sent, 1, "a peer's own packet was not sent");
        }
        self.step = (self.step + 1) % STEPS;
    }

    fn receive_all(&mut self) {
        self.poller.poll(Duration::ZERO).unwrap();
        for token in self.poller.ready() {
            let peer = &mut self.peers[token as usize];
            self.receive.receive(&peer.socket).unwrap();
            for datagram in self.receive.iter() {
                let packet = Packet::parse(datagram.payload).unwrap();
                peer.first.get_or_insert(packet.timestamp());
                peer.last = Some(packet.timestamp());
                peer.received += 1;
                if peer.role == Role::ListensForPulses && has_pulse(packet.payload()) {
                    let arrived_at = datagram.received_at.unwrap();
                    let sent_at = self.pulse_sent_at[peer.room].take();
                    self.latencies
                        .extend(sent_at.map(|sent_at| arrived_at.saturating_sub(sent_at)));
                }
            }
        }
    }
}

impl Peer {
    fn new(index: usize, members: usize) -> Self {
        let role = match index % members {
            0 => Role::Pulses,
            1 => Role::ListensForPulses,
            2 | 3 => Role::Talks,
            _ => Role::IsSilent,
        };
        let start = Start { ssrc: index as u32, sequence: 0, timestamp: 0 };
        Self {
            socket: Socket::bind("127.0.0.1:0".parse().unwrap(), &SocketOptions::default())
                .unwrap(),
            server: None,
            role,
            room: index / members,
            sender: Sender::new(start),
            packets_sent: 0,
            first: None,
            last: None,
            received: 0,
        }
    }
}

/// Payloads, made once: the far ends are not what is measured.
struct Sounds {
    talk: [u8; PACKET_SAMPLES],
    pulse: [u8; PACKET_SAMPLES],
    silence: [u8; PACKET_SAMPLES],
}

impl Sounds {
    fn new() -> Self {
        // 500 Hz goes into 20 ms a whole number of times.
        let note = |amplitude: f32| {
            let mut payload = [0; PACKET_SAMPLES];
            let samples: Vec<f32> = (0..PACKET_SAMPLES)
                .map(|n| amplitude * (n as f32 * std::f32::consts::TAU / 16.0).cos())
                .collect();
            g711::encode_ulaw(&samples, &mut payload);
            payload
        };
        Self { talk: note(TALK), pulse: note(PULSE), silence: note(0.0) }
    }

    fn payload(&self, role: Role, is_pulse: bool) -> &[u8; PACKET_SAMPLES] {
        match role {
            _ if is_pulse => &self.pulse,
            Role::Talks => &self.talk,
            _ => &self.silence,
        }
    }
}

fn has_pulse(payload: &[u8]) -> bool {
    let mut samples = [0.0; PACKET_SAMPLES];
    if payload.len() != samples.len() {
        return false;
    }
    g711::decode_ulaw(payload, &mut samples);
    samples.iter().any(|sample| sample.abs() > THRESHOLD)
}

fn loopback() -> Socket {
    Socket::bind("127.0.0.1:0".parse().unwrap(), &SocketOptions::default()).unwrap()
}

fn wall() -> Duration {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap()
}
