//! A browser with a real loopback socket: STUN, SRTP and SRTCP on one port, and DTLS that is only
//! carried, not spoken.

use std::net::{IpAddr, SocketAddr, UdpSocket};

use audio::Rate;
use audio::codec::{
    CodecKind, DECODED_SAMPLES_MAX, Decoder, Encoder, EncoderSettings, PAYLOAD_BYTES_MAX,
};
use engine::BrowserSettings;
use rtp::packet::{Header, Packet, is_rtcp};
use rtp::rtcp::CompoundWriter;
use rtp::sender::{Sender, Start};
use rtp::srtp::{Keys, OVERHEAD_BYTES_MAX, Profile, Protector, Side, Unprotector};
use webrtc::Datagram;
use webrtc::ice::Credentials;
use webrtc::stun::{self, Class, Key, Message, Transaction, Writer};

use super::{Note, Participant, share_of, socket};

/// The payload types that this browser has negotiated.
pub const OPUS_TYPE: u8 = 111;
pub const EVENT_TYPE: u8 = 126;

/// A browser that sends a steady note of its own, and remembers what it gets.
pub struct Browser {
    pub socket: UdpSocket,
    pub server: SocketAddr,
    /// The server's, from its answer.
    pub credentials: Option<Credentials>,
    pub note: Note,
    pub talks: bool,
    pub sender: Sender,
    pub heard: Vec<f32>,
    pub headers: Vec<Header>,
    /// RTCP, decrypted.
    pub reports: Vec<Vec<u8>>,
    /// STUN.
    pub answers: Vec<Vec<u8>>,
    pub dtls: Vec<Vec<u8>>,
    profile: Profile,
    material: Vec<u8>,
    protector: Protector,
    unprotector: Unprotector,
    encoder: Encoder,
    decoder: Decoder,
    transaction: u8,
}

impl Browser {
    pub fn new(note_hz: f64) -> Self {
        Self::with(super::LOOPBACK, Profile::AeadAes128Gcm, note_hz)
    }

    pub fn with(ip: IpAddr, profile: Profile, note_hz: f64) -> Self {
        let material: Vec<u8> =
            (0..profile.material_bytes()).map(|n| (n as u8) ^ (note_hz as u8)).collect();
        let keys = Keys::from_dtls(profile, &material, Side::Client).unwrap();
        // Wraps after six packets, and so does the index that SRTP goes by.
        let start = Start { ssrc: note_hz as u32, sequence: 65_530, timestamp: 77 };
        Self {
            socket: socket(ip),
            server: SocketAddr::new(ip, 0),
            credentials: None,
            note: Note::new(note_hz),
            talks: true,
            sender: Sender::new(start),
            heard: Vec::new(),
            headers: Vec::new(),
            reports: Vec::new(),
            answers: Vec::new(),
            dtls: Vec::new(),
            profile,
            material,
            protector: Protector::new(profile, &keys.send).unwrap(),
            unprotector: Unprotector::new(profile, &keys.receive).unwrap(),
            encoder: Encoder::new(CodecKind::Opus, EncoderSettings::default()).unwrap(),
            decoder: Decoder::new(CodecKind::Opus).unwrap(),
            transaction: 0,
        }
    }

    pub fn address(&self) -> SocketAddr {
        self.socket.local_addr().unwrap()
    }

    /// What this browser negotiates.
    pub fn settings(&self) -> BrowserSettings {
        let keys = Keys::from_dtls(self.profile, &self.material, Side::Server).unwrap();
        BrowserSettings {
            telephone_events: Some(EVENT_TYPE),
            ..BrowserSettings::new(OPUS_TYPE, keys)
        }
    }

    /// Sends a connectivity check, which may nominate the path that it takes.
    pub fn check(&mut self, nominates: bool) {
        let credentials = self.credentials.unwrap();
        self.transaction = self.transaction.wrapping_add(1);
        let check = check(&credentials, self.transaction, nominates);
        self.send(&check);
    }

    pub fn send(&self, datagram: &[u8]) {
        self.socket.send_to(datagram, self.server).unwrap();
    }

    /// The SRTP packet of this tick.
    pub fn packet(&mut self) -> Vec<u8> {
        let mut payload = [0; PAYLOAD_BYTES_MAX];
        let length = self.encoder.encode(&self.note.frame(Rate::Hz48000), &mut payload).unwrap();
        let header = self.sender.audio(OPUS_TYPE, length);
        self.sender.advance(960);
        self.protect(&[&header.to_bytes()[..], &payload[..length]].concat())
    }

    /// A packet of this browser's own making, encrypted.
    pub fn protect(&mut self, packet: &[u8]) -> Vec<u8> {
        let mut buffer = [packet, &[0; OVERHEAD_BYTES_MAX]].concat();
        let length = self.protector.protect(&mut buffer, packet.len()).unwrap();
        buffer.truncate(length);
        buffer
    }

    /// A receiver's report, encrypted.
    pub fn report(&mut self) -> Vec<u8> {
        let mut buffer = [0; 64];
        let mut writer = CompoundWriter::new(&mut buffer);
        writer.receiver_report(self.sender.ssrc(), &[]).unwrap();
        let length = writer.finish();
        let length = self.protector.protect_rtcp(&mut buffer, length).unwrap();
        buffer[..length].to_vec()
    }

    /// Whether the last answer is a success, and for the address that this browser has.
    pub fn is_answered(&self) -> bool {
        let Some(answer) = self.answers.last() else { return false };
        let answer = Message::parse(answer).unwrap();
        let pwd = self.credentials.unwrap().pwd;
        answer.class() == Class::Success
            && answer.verify(&Key::new(pwd.as_str().as_bytes()))
            && answer.mapped_address() == Some(self.address())
    }

    pub fn hears(&self, note_hz: f64) -> bool {
        share_of(&self.heard, Rate::Hz48000, note_hz) > 0.2
    }

    pub fn echoes(&self) -> bool {
        share_of(&self.heard, Rate::Hz48000, self.note.hz) > 0.01
    }

    /// Moves to another source port, as a NAT that loses its mapping has it.
    pub fn rebind(&mut self) {
        self.socket = socket(self.address().ip());
    }

    pub fn forget(&mut self) {
        self.heard.clear();
        self.headers.clear();
        self.reports.clear();
        self.answers.clear();
        self.dtls.clear();
    }

    fn take(&mut self, datagram: &mut [u8]) {
        match Datagram::of(datagram).unwrap() {
            Datagram::Stun => self.answers.push(datagram.to_vec()),
            Datagram::Dtls => self.dtls.push(datagram.to_vec()),
            Datagram::Rtp if is_rtcp(datagram) => {
                let length = self.unprotector.unprotect_rtcp(datagram).unwrap();
                self.reports.push(datagram[..length].to_vec());
            }
            Datagram::Rtp => {
                let length = self.unprotector.unprotect(datagram).unwrap();
                let packet = Packet::parse(&datagram[..length]).unwrap();
                self.headers.push(*packet.header());
                if packet.payload_type() == OPUS_TYPE {
                    let mut samples = [0.0; DECODED_SAMPLES_MAX];
                    let count = self.decoder.decode(packet.payload(), &mut samples).unwrap();
                    self.heard.extend(&samples[..count]);
                }
            }
        }
    }
}

impl Participant for Browser {
    fn speak(&mut self) {
        if self.talks {
            let packet = self.packet();
            self.send(&packet);
        }
    }

    fn listen(&mut self) {
        let mut buffer = [0; 2_048];
        while let Ok((length, source)) = self.socket.recv_from(&mut buffer) {
            assert_eq!(source, self.server, "the server sends from where it was sent to");
            self.take(&mut buffer[..length]);
        }
    }
}

/// A browser's connectivity check.
pub fn check(credentials: &Credentials, transaction: u8, nominates: bool) -> Vec<u8> {
    let pwd = credentials.pwd.as_str().as_bytes();
    check_of(&format!("{}:them", credentials.ufrag), pwd, transaction, nominates)
}

/// The same with any name and password.
pub fn check_of(username: &str, password: &[u8], transaction: u8, nominates: bool) -> Vec<u8> {
    let mut buffer = [0; 256];
    let mut writer = Writer::new(&mut buffer, Class::Request, Transaction([transaction; 12]))
        .attribute(stun::USERNAME, username.as_bytes())
        .attribute(stun::ICE_CONTROLLING, &[9; 8])
        .attribute(stun::PRIORITY, &[0, 0, 1, 0]);
    if nominates {
        writer = writer.attribute(stun::USE_CANDIDATE, &[]);
    }
    let length = writer.finish(Some(&Key::new(password))).unwrap();
    buffer[..length].to_vec()
}
