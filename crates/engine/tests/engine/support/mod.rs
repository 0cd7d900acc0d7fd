//! Phones and browsers with real loopback sockets, and an engine whose time the test advances.
#![allow(clippy::unwrap_used, reason = "a failed call of a test's own is a failed test")]
#![allow(dead_code, unreachable_pub, reason = "shared by test binaries that use a part each")]

pub mod browser;
pub mod span;

use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::time::Duration;

use audio::codec::{
    CodecKind, DECODED_SAMPLES_MAX, Decoder, Encoder, EncoderSettings, PAYLOAD_BYTES_MAX,
};
use audio::{Frame, Rate};
use engine::{
    BrowserPort, Engine, EngineEvent, EngineSettings, KernelTimestamps, LegId, LegSettings,
    LegStats, RoomId, TelephoneEvents, Worker,
};
use mixer::RoomSettings;
use rtp::packet::{Header, Packet};
use rtp::sender::{Sender, Start};
use rtp::telephone_event::{Keypad, KeypadSettings};

use browser::Browser;

pub const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
pub const ROOM: RoomId = RoomId(1);
pub const EVENT_TYPE: u8 = 101;

/// Settings for an engine of one worker on loopback.
pub fn settings() -> EngineSettings {
    EngineSettings {
        bind_ip: LOOPBACK,
        advertised_ip: LOOPBACK,
        browser: Some(BrowserPort { ips: vec![LOOPBACK], advertised_ips: vec![], port: 0 }),
        rooms_per_worker_max: 8,
        legs_per_worker_max: 64,
        kernel_timestamps: KernelTimestamps::Nobody,
        ..EngineSettings::default()
    }
}

/// An engine in virtual time, with a room open.
pub struct House {
    pub engine: Engine,
    pub worker: Worker,
    pub events: Vec<EngineEvent>,
}

impl House {
    pub fn new() -> Self {
        Self::with(settings())
    }

    pub fn with(settings: EngineSettings) -> Self {
        let (mut engine, mut workers) =
            Engine::manual(settings, Duration::from_secs(1_000)).unwrap();
        engine
            .open_room(ROOM, RoomSettings { members_max: 64, ..RoomSettings::default() })
            .unwrap();
        Self { engine, worker: workers.pop().unwrap(), events: Vec::new() }
    }

    /// Brings a phone into the room, with the address that it signals known beforehand.
    pub fn join(&mut self, leg: u64, phone: &mut Phone) {
        phone.server = self.engine.reserve(LegId(leg), ROOM, Some(phone.address())).unwrap();
        self.engine.attach(LegId(leg), phone.settings()).unwrap();
    }

    /// Makes a place for a browser and has it found, by a check that nominates its path.
    pub fn reserve(&mut self, leg: u64, browser: &mut Browser) {
        let place = self.engine.reserve_browser(LegId(leg), ROOM).unwrap();
        let family = browser.address().is_ipv4();
        let server = place.candidates.iter().find(|server| server.is_ipv4() == family);
        browser.server = *server.unwrap();
        browser.credentials = Some(place.credentials);
        self.work();
        browser.check(true);
        self.work();
        browser.listen();
    }

    /// Brings a browser into the room.
    pub fn join_browser(&mut self, leg: u64, browser: &mut Browser) {
        self.reserve(leg, browser);
        self.engine.attach_browser(LegId(leg), browser.settings()).unwrap();
        self.work();
    }

    /// Lets one tick of 20 ms pass: those who talk send a packet, and all take what they get.
    pub fn tick(&mut self, everybody: &mut [&mut dyn Participant]) {
        for participant in everybody.iter_mut() {
            participant.speak();
        }
        self.work();
        for participant in everybody {
            participant.listen();
        }
    }

    pub fn ticks(&mut self, count: usize, everybody: &mut [&mut dyn Participant]) {
        (0..count).for_each(|_| self.tick(everybody));
    }

    /// Lets one tick pass for the worker alone.
    pub fn work(&mut self) {
        for _ in 0..4 {
            self.worker.tick(self.worker.next_due());
        }
        self.poll();
    }

    pub fn poll(&mut self) {
        while let Some(event) = self.engine.poll_event() {
            self.events.push(event);
        }
    }

    /// The events of a leg so far.
    pub fn happened(&self, wanted: EngineEvent) -> usize {
        self.events.iter().filter(|event| **event == wanted).count()
    }

    /// What a leg's end tells, if it has left.
    pub fn left(&self, leg: u64) -> Option<LegStats> {
        self.events.iter().find_map(|event| match event {
            EngineEvent::Left { leg: id, stats } if *id == LegId(leg) => Some(*stats),
            _ => None,
        })
    }

    pub fn digits(&self, leg: u64) -> String {
        let digit = |event: &EngineEvent| match event {
            EngineEvent::Digit { leg: id, digit } if *id == LegId(leg) => Some(*digit),
            _ => None,
        };
        self.events.iter().filter_map(digit).collect()
    }
}

/// Somebody at the other end of a leg.
pub trait Participant {
    /// Sends a packet, if it talks.
    fn speak(&mut self);
    /// Takes what it was sent.
    fn listen(&mut self);
}

/// A steady note.
pub struct Note {
    pub hz: f64,
    position: usize,
}

impl Note {
    pub fn new(hz: f64) -> Self {
        Self { hz, position: 0 }
    }

    /// Its next 20 ms.
    pub fn frame(&mut self, rate: Rate) -> Frame {
        let mut frame = Frame::silent(rate);
        for sample in frame.samples_mut() {
            let angle =
                std::f64::consts::TAU * self.hz * self.position as f64 / f64::from(rate.hz());
            *sample = (0.2 * angle.sin()) as f32;
            self.position += 1;
        }
        frame
    }
}

/// How much of the last 200 ms heard is the note, from 0 (nothing) to 1 (nothing else).
pub fn share_of(heard: &[f32], rate: Rate, note_hz: f64) -> f64 {
    let recent = &heard[heard.len().saturating_sub(rate.tick_samples() * 10)..];
    let energy: f64 = recent.iter().map(|&sample| f64::from(sample).powi(2)).sum();
    if energy < 1e-3 {
        return 0.0;
    }
    let (mut real, mut imaginary) = (0.0, 0.0);
    for (index, &sample) in recent.iter().enumerate() {
        let angle = std::f64::consts::TAU * note_hz * index as f64 / f64::from(rate.hz());
        real += f64::from(sample) * angle.cos();
        imaginary += f64::from(sample) * angle.sin();
    }
    2.0 * (real.powi(2) + imaginary.powi(2)) / (recent.len() as f64 * energy)
}

/// A phone that sends a steady note of its own, and remembers what it hears.
pub struct Phone {
    pub rtp: UdpSocket,
    pub rtcp: UdpSocket,
    pub server: SocketAddr,
    pub codec: CodecKind,
    pub note: Note,
    pub talks: bool,
    pub sender: Sender,
    pub keypad: Keypad,
    pub heard: Vec<f32>,
    pub headers: Vec<Header>,
    pub events: Vec<Vec<u8>>,
    pub reports: Vec<Vec<u8>>,
    /// What its last packet of sound held.
    pub payload: Vec<u8>,
    encoder: Encoder,
    decoder: Decoder,
}

impl Phone {
    pub fn new(codec: CodecKind, note_hz: f64) -> Self {
        Self::at(LOOPBACK, codec, note_hz)
    }

    pub fn at(ip: IpAddr, codec: CodecKind, note_hz: f64) -> Self {
        let clock_hz = codec.rtp_clock_hz();
        let start = Start { ssrc: note_hz as u32, sequence: 65_530, timestamp: 77 };
        Self {
            rtp: socket(ip),
            rtcp: socket(ip),
            server: SocketAddr::new(ip, 0),
            codec,
            note: Note::new(note_hz),
            talks: true,
            sender: Sender::new(start),
            keypad: Keypad::new(KeypadSettings { clock_hz, ..KeypadSettings::default() }),
            heard: Vec::new(),
            headers: Vec::new(),
            events: Vec::new(),
            reports: Vec::new(),
            payload: Vec::new(),
            encoder: Encoder::new(codec, EncoderSettings::default()).unwrap(),
            decoder: Decoder::new(codec).unwrap(),
        }
    }

    pub fn address(&self) -> SocketAddr {
        self.rtp.local_addr().unwrap()
    }

    /// What this phone negotiates.
    pub fn settings(&self) -> LegSettings {
        LegSettings {
            telephone_events: Some(TelephoneEvents { send: EVENT_TYPE, receive: EVENT_TYPE }),
            remote_rtcp: Some(self.rtcp.local_addr().unwrap()),
            ..LegSettings::new(self.codec, self.address())
        }
    }

    /// The datagram of this tick: a digit's, or the note's.
    pub fn packet(&mut self) -> Vec<u8> {
        let settings = self.settings();
        let mut payload = [0; PAYLOAD_BYTES_MAX];
        let datagram = if self.keypad.is_active() {
            let event = self.keypad.tick(self.sender.timestamp());
            event.map_or_else(Vec::new, |event| {
                let header = self.sender.event(EVENT_TYPE, &event);
                [&header.to_bytes()[..], &event.payload].concat()
            })
        } else {
            let frame = self.note.frame(self.codec.audio_rate());
            let length = self.encoder.encode(&frame, &mut payload).unwrap();
            let header = self.sender.audio(settings.payload_type_send, length);
            [&header.to_bytes()[..], &payload[..length]].concat()
        };
        self.sender.advance(self.codec.rtp_clock_hz() / 50);
        datagram
    }

    /// How much of what was heard lately is the note.
    pub fn share_of(&self, note_hz: f64) -> f64 {
        share_of(&self.heard, self.codec.audio_rate(), note_hz)
    }

    pub fn hears(&self, note_hz: f64) -> bool {
        self.share_of(note_hz) > 0.2
    }

    /// Forgets what it heard.
    pub fn forget(&mut self) {
        self.heard.clear();
        self.headers.clear();
        self.events.clear();
        self.reports.clear();
    }

    /// Moves to another source port, as a NAT that loses its mapping has it.
    pub fn rebind(&mut self) {
        self.rtp = socket(self.address().ip());
    }
}

impl Participant for Phone {
    fn speak(&mut self) {
        if !self.talks {
            return;
        }
        let packet = self.packet();
        if !packet.is_empty() {
            self.rtp.send_to(&packet, self.server).unwrap();
        }
    }

    fn listen(&mut self) {
        let mut buffer = [0; 2_048];
        while let Ok((length, source)) = self.rtp.recv_from(&mut buffer) {
            assert_eq!(source, self.server, "the server sends from the port that it told");
            let packet = Packet::parse(&buffer[..length]).unwrap();
            self.headers.push(*packet.header());
            if packet.payload_type() == EVENT_TYPE {
                self.events.push(packet.payload().to_vec());
                continue;
            }
            let mut samples = [0.0; DECODED_SAMPLES_MAX];
            self.payload = packet.payload().to_vec();
            let count = self.decoder.decode(&self.payload, &mut samples).unwrap();
            self.heard.extend(&samples[..count]);
        }
        while let Ok((length, _)) = self.rtcp.recv_from(&mut buffer) {
            self.reports.push(buffer[..length].to_vec());
        }
    }
}

fn socket(ip: IpAddr) -> UdpSocket {
    let socket = UdpSocket::bind((ip, 0)).unwrap();
    socket.set_nonblocking(true).unwrap();
    socket
}
