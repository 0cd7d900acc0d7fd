//! What several benches are fed with: recorded speech as frames, and the packets that carry it.
#![allow(dead_code, unreachable_pub, reason = "no bench needs all of it")]

use audio::codec::{CodecKind, Encoder, EncoderSettings, PAYLOAD_BYTES_MAX};
use audio::{Frame, Rate};
use rtp::packet::HEADER_BYTES;
use rtp::sender::{Sender, Start};
use sim::Speech;

/// Recorded speech, frame by frame, without end: codecs take longer over a voice than over a tone.
pub struct Voice {
    frames: Vec<Frame>,
    next: usize,
}

impl Voice {
    /// One of the recorded speakers, at `rate`.
    pub fn new(which: usize, rate: Rate) -> Self {
        let samples = Speech::ALL[which % Speech::ALL.len()].samples(rate);
        let whole = samples.chunks_exact(rate.tick_samples());
        Self { frames: whole.map(|samples| Frame::from_samples(rate, samples)).collect(), next: 0 }
    }

    /// The next 20 ms.
    pub fn frame(&mut self) -> &Frame {
        self.next = (self.next + 1) % self.frames.len();
        &self.frames[self.next]
    }

    /// The whole recording, encoded: a payload for each frame.
    pub fn payloads(&self, codec: CodecKind, settings: EncoderSettings) -> Vec<Vec<u8>> {
        let mut encoder = Encoder::new(codec, settings).unwrap();
        let mut payload = [0; PAYLOAD_BYTES_MAX];
        let mut encode = |frame| {
            let bytes = encoder.encode(frame, &mut payload).unwrap();
            payload[..bytes].to_vec()
        };
        self.frames.iter().map(&mut encode).collect()
    }
}

/// What a leg sends: 20 ms of G.711 in each packet, numbered and timed as they should be.
pub struct Stream {
    sender: Sender,
    datagram: [u8; Self::PACKET_BYTES],
}

impl Stream {
    /// Bytes of a packet's sound, which are also its samples.
    pub const PAYLOAD_BYTES: usize = 160;

    /// Bytes of a packet.
    pub const PACKET_BYTES: usize = HEADER_BYTES + Self::PAYLOAD_BYTES;

    pub fn new() -> Self {
        let start = Start { ssrc: 7, sequence: 0, timestamp: 0 };
        Self { sender: Sender::new(start), datagram: [0xd5; Self::PACKET_BYTES] }
    }

    /// The next packet.
    pub fn packet(&mut self) -> &[u8; Self::PACKET_BYTES] {
        let header = self.sender.audio(8, Self::PAYLOAD_BYTES).to_bytes();
        self.datagram[..HEADER_BYTES].copy_from_slice(&header);
        self.sender.advance(Self::PAYLOAD_BYTES as u32);
        &self.datagram
    }

    /// The side that sends, for its reports.
    pub fn sender(&self) -> &Sender {
        &self.sender
    }
}
