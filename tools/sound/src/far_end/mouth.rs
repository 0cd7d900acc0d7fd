//! What somebody says, packet by packet, by a clock of its own.

use std::sync::Arc;
use std::time::Duration;

use rtp::red::{self, Redundant};
use rtp::sender::{Sender, Start};
use rtp::time;

use super::Participant;
use super::codec::PacketEncoder;
use crate::Fault;
use crate::resample::convert;
use crate::speech::RATE_HZ;

/// What redundancy adds to a packet at most, beside the repeated payload.
const RED_OVERHEAD_BYTES: usize = red::REDUNDANT_HEADER_BYTES + red::PRIMARY_HEADER_BYTES;

/// A packet that was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spoken {
    /// Which of its samples is the packet's first, at the codec's rate.
    pub position: u64,
    /// When that sample was spoken.
    pub spoken: Duration,
    /// When the packet left: after its last sample was spoken.
    pub sent: Duration,
}

/// Somebody who says the same over and over.
pub(crate) struct Mouth {
    encoder: PacketEncoder,
    says: Arc<[f32]>,
    packet_samples: usize,
    rate_hz: u32,
    /// Packet units of the RTP clock.
    units: u32,
    begins: Duration,
    /// Its own seconds in one of the conference's.
    pace: f64,
    packets: u64,
    sender: Sender,
    payload_type: u8,
    red: Option<Repeats>,
}

/// What redundancy needs to know.
struct Repeats {
    payload_type: u8,
    last: Option<Vec<u8>>,
}

impl Mouth {
    /// The mouth of a participant, if it says anything; `ssrc` names its stream.
    pub(crate) fn new(participant: &Participant, ssrc: u32) -> Result<Option<Self>, Fault> {
        let Some(says) = participant.says.as_ref().filter(|says| !says.is_empty()) else {
            return Ok(None);
        };
        let Participant { codec, sends, clock_ppm, begins, .. } = *participant;
        let rate_hz = codec.audio_rate().hz();
        let packet = Duration::from_millis(sends.packet_ms as u64);
        let repeats = |payload_type| Repeats { payload_type, last: None };
        Ok(Some(Self {
            encoder: PacketEncoder::new(codec, &sends)?,
            says: convert(says, RATE_HZ, rate_hz).into(),
            packet_samples: rate_hz as usize / 1_000 * sends.packet_ms,
            rate_hz,
            units: time::units(packet, codec.rtp_clock_hz()) as u32,
            begins,
            pace: 1.0 + clock_ppm * 1e-6,
            packets: 0,
            sender: Sender::new(Start { ssrc, sequence: 0x7f00, timestamp: 0xffff_0000 }),
            payload_type: participant.payload_type(),
            red: participant.red_type().map(repeats),
        }))
    }

    /// Makes the next packet, if it leaves by `now`. In a pause of Opus there may be none: its bytes are empty then.
    pub(crate) fn speak(&mut self, now: Duration) -> Result<Option<(Spoken, Vec<u8>)>, Fault> {
        let position = self.packets * self.packet_samples as u64;
        let sent = self.time_of(position + self.packet_samples as u64);
        if sent > now {
            return Ok(None);
        }
        let spoken = Spoken { position, spoken: self.time_of(position), sent };
        let start = (position % self.says.len() as u64) as usize;
        let sample = |n: usize| self.says[(start + n) % self.says.len()];
        let samples: Vec<f32> = (0..self.packet_samples).map(sample).collect();
        let payload = self.encoder.encode(&samples)?;
        let packet = self.packet(payload)?;
        self.packets += 1;
        self.sender.advance(self.units);
        Ok(Some((spoken, packet)))
    }

    /// When a sample is spoken.
    pub(crate) fn time_of(&self, position: u64) -> Duration {
        let seconds = position as f64 / (f64::from(self.rate_hz) * self.pace);
        self.begins + Duration::from_secs_f64(seconds)
    }

    fn packet(&mut self, payload: Vec<u8>) -> Result<Vec<u8>, Fault> {
        let is_pause = matches!(self.encoder, PacketEncoder::Opus(_)) && payload.len() <= 2;
        if is_pause {
            // libopus gives one or two bytes where nothing need be sent.
            self.red.iter_mut().for_each(|red| red.last = None);
            return Ok(Vec::new());
        }
        let Some(repeats) = &mut self.red else {
            let header = self.sender.audio(self.payload_type, payload.len());
            return Ok([&header.to_bytes()[..], &payload].concat());
        };
        let before = repeats.last.as_deref().unwrap_or(&[]);
        let redundant = Redundant { timestamp_offset: self.units, payload: before };
        let mut body = vec![0; RED_OVERHEAD_BYTES + before.len() + payload.len()];
        let length = red::write(&mut body, self.payload_type, Some(redundant), &payload)?;
        let header = self.sender.audio(repeats.payload_type, length);
        repeats.last = Some(payload);
        Ok([&header.to_bytes()[..], &body[..length]].concat())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use audio::codec::CodecKind;
    use rtp::packet::Packet;

    fn mouth(participant: Participant) -> Mouth {
        let says = participant.saying(vec![0.1; 16_000].into());
        Mouth::new(&says, 7).unwrap().unwrap()
    }

    #[test]
    fn packets_leave_when_their_sound_is_over_by_a_clock_of_their_own() {
        let begins = Duration::from_millis(3);
        let fast = Participant { begins, clock_ppm: 1e6, ..Participant::phone(CodecKind::Pcmu) };
        let mut mouth = mouth(fast);
        assert_eq!(mouth.speak(Duration::from_millis(12)).unwrap(), None);
        let (spoken, packet) = mouth.speak(Duration::from_millis(13)).unwrap().unwrap();
        assert_eq!((spoken.spoken, spoken.sent), (begins, Duration::from_millis(13)));
        let packet = Packet::parse(&packet).unwrap();
        assert_eq!((packet.payload_type(), packet.payload().len()), (0, 160));
        let (next, _) = mouth.speak(Duration::MAX).unwrap().unwrap();
        assert_eq!((next.position, next.sent), (160, Duration::from_millis(23)));
    }

    #[test]
    fn redundant_packets_carry_the_one_before() {
        let mut mouth = mouth(Participant::browser(true));
        let mut payloads = Vec::new();
        for packet in 0..3 {
            let (_, bytes) = mouth.speak(Duration::MAX).unwrap().unwrap();
            let blocks: Vec<Vec<u8>> = red::Blocks::parse(Packet::parse(&bytes).unwrap().payload())
                .unwrap()
                .map(|block| block.payload.to_vec())
                .collect();
            assert_eq!(blocks.len(), if packet == 0 { 1 } else { 2 });
            if let Some(last) = payloads.last() {
                assert_eq!(&blocks[0], last);
            }
            payloads.push(blocks.last().unwrap().clone());
        }
    }

    #[test]
    fn who_says_nothing_has_no_mouth() {
        let phone = Participant::phone(CodecKind::Opus);
        assert!(Mouth::new(&phone, 1).unwrap().is_none());
        assert!(Mouth::new(&phone.saying([].into()), 1).unwrap().is_none());
    }
}
