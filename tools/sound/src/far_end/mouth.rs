//! What somebody says, packet by packet, by a clock of its own.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use audio::codec::CodecKind;
use rtp::red::{self, Redundant};
use rtp::sender::{Sender, Start};
use rtp::time;

use super::Participant;
use super::codec::PacketEncoder;
use crate::Fault;
use crate::resample::convert;
use crate::speech::RATE_HZ;

/// The largest magnitude of what a telephone with [`dtx`](super::Sends::dtx) takes for silence: that of the pauses in
/// scripts.
const SILENCE_MAX: f32 = 1e-4;

/// Packets after which a telephone's silence is described again (RFC 3389 leaves that to it).
const DESCRIBED_PACKETS: u32 = 10;

/// How loud that silence is said to be, in -dBov.
const SILENCE_DBOV: u8 = 80;

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
    /// A telephone that doesn't send its silence, and how many packets of it are over.
    silence: Option<u32>,
    /// So many packets are of one stream, before another begins.
    restarts: Option<u64>,
}

/// What redundancy needs to know.
struct Repeats {
    payload_type: u8,
    /// How many packets before it each one repeats.
    generations: usize,
    /// What was sent last, the oldest first.
    last: VecDeque<Vec<u8>>,
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
        let generations = participant.connection.generations();
        let repeats = |payload_type| Repeats { payload_type, generations, last: VecDeque::new() };
        let describes = sends.dtx && codec != CodecKind::Opus;
        let packets_in = |time: Duration| (time.as_nanos() / packet.as_nanos()).max(1) as u64;
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
            silence: describes.then_some(0),
            restarts: sends.restarts.map(packets_in),
        }))
    }

    /// Makes the next packet, if it leaves by `now`, of what is said and what `surroundings` add to that from a time
    /// on. In a pause of Opus there may be none: its bytes are empty then.
    pub(crate) fn speak(
        &mut self,
        now: Duration,
        surroundings: impl Fn(Duration, &mut [f32]),
    ) -> Result<Option<(Spoken, Vec<u8>)>, Fault> {
        let position = self.packets * self.packet_samples as u64;
        let sent = self.time_of(position + self.packet_samples as u64);
        if sent > now {
            return Ok(None);
        }
        let spoken = Spoken { position, spoken: self.time_of(position), sent };
        let start = (position % self.says.len() as u64) as usize;
        let sample = |n: usize| self.says[(start + n) % self.says.len()];
        let mut samples: Vec<f32> = (0..self.packet_samples).map(sample).collect();
        surroundings(spoken.spoken, &mut samples);
        let payload = self.encoder.encode(&samples)?;
        let packet = match self.describe(&samples) {
            Some(packet) => packet,
            None => self.packet(payload)?,
        };
        self.packets += 1;
        if self.restarts.is_some_and(|packets| self.packets.is_multiple_of(packets)) {
            self.restart();
        }
        self.sender.advance(self.units);
        Ok(Some((spoken, packet)))
    }

    /// When a sample is spoken.
    pub(crate) fn time_of(&self, position: u64) -> Duration {
        let seconds = position as f64 / (f64::from(self.rate_hz) * self.pace);
        self.begins + Duration::from_secs_f64(seconds)
    }

    /// Goes on as a stream that has nothing in common with the one before.
    fn restart(&mut self) {
        let ssrc = self.sender.ssrc().wrapping_add(1_000);
        let number = self.sender.packets();
        let timestamp = self.sender.timestamp().wrapping_mul(7);
        self.sender = Sender::new(Start { ssrc, sequence: number as u16, timestamp });
        self.red.iter_mut().for_each(|red| red.last.clear());
    }

    /// The packet of a telephone that tells of its silence, or of the silence after that, which is empty; none while it
    /// speaks.
    fn describe(&mut self, samples: &[f32]) -> Option<Vec<u8>> {
        let packets = self.silence.as_mut()?;
        if samples.iter().any(|sample| sample.abs() > SILENCE_MAX) {
            *packets = 0;
            return None;
        }
        let is_told = packets.is_multiple_of(DESCRIBED_PACKETS);
        *packets += 1;
        if !is_told {
            return Some(Vec::new());
        }
        let description = [SILENCE_DBOV];
        let header = self.sender.comfort_noise(description.len());
        Some([&header.to_bytes()[..], &description].concat())
    }

    fn packet(&mut self, payload: Vec<u8>) -> Result<Vec<u8>, Fault> {
        let is_pause = matches!(self.encoder, PacketEncoder::Opus(_)) && payload.len() <= 2;
        if is_pause {
            // libopus gives one or two bytes where nothing need be sent.
            self.red.iter_mut().for_each(|red| red.last.clear());
            return Ok(Vec::new());
        }
        let Some(repeats) = &mut self.red else {
            let header = self.sender.audio(self.payload_type, payload.len());
            return Ok([&header.to_bytes()[..], &payload].concat());
        };
        let oldest = repeats.last.len();
        let ages = (1..=oldest as u32).rev().map(|age| age * self.units);
        let before: Vec<_> = repeats
            .last
            .iter()
            .zip(ages)
            .map(|(payload, timestamp_offset)| Redundant { timestamp_offset, payload })
            .collect();
        let headers = red::REDUNDANT_HEADER_BYTES * oldest + red::PRIMARY_HEADER_BYTES;
        let repeated: usize = repeats.last.iter().map(Vec::len).sum();
        let mut body = vec![0; headers + repeated + payload.len()];
        let length = red::write(&mut body, self.payload_type, &before, &payload)?;
        let header = self.sender.audio(repeats.payload_type, length);
        repeats.last.push_back(payload);
        if repeats.last.len() > repeats.generations {
            repeats.last.pop_front();
        }
        Ok([&header.to_bytes()[..], &body[..length]].concat())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::far_end::Sends;
    use rtp::packet::Packet;

    fn nothing(_: Duration, _: &mut [f32]) {}

    fn mouth(participant: Participant) -> Mouth {
        let says = participant.saying(vec![0.1; 16_000].into());
        Mouth::new(&says, 7).unwrap().unwrap()
    }

    #[test]
    fn packets_leave_when_their_sound_is_over_by_a_clock_of_their_own() {
        let begins = Duration::from_millis(3);
        let fast = Participant { begins, clock_ppm: 1e6, ..Participant::phone(CodecKind::Pcmu) };
        let mut mouth = mouth(fast);
        assert_eq!(mouth.speak(Duration::from_millis(12), nothing).unwrap(), None);
        let (spoken, packet) = mouth.speak(Duration::from_millis(13), nothing).unwrap().unwrap();
        assert_eq!((spoken.spoken, spoken.sent), (begins, Duration::from_millis(13)));
        let packet = Packet::parse(&packet).unwrap();
        assert_eq!((packet.payload_type(), packet.payload().len()), (0, 160));
        let (next, _) = mouth.speak(Duration::MAX, nothing).unwrap().unwrap();
        assert_eq!((next.position, next.sent), (160, Duration::from_millis(23)));
    }

    #[test]
    fn redundant_packets_carry_those_before() {
        for generations in [1, 2] {
            let mut mouth = mouth(Participant::repeating(generations));
            let mut payloads = Vec::new();
            for _ in 0..4 {
                let (_, bytes) = mouth.speak(Duration::MAX, nothing).unwrap().unwrap();
                let packet = Packet::parse(&bytes).unwrap();
                let blocks = red::Blocks::parse(packet.payload()).unwrap();
                let (offsets, blocks): (Vec<_>, Vec<_>) =
                    blocks.map(|block| (block.timestamp_offset, block.payload.to_vec())).unzip();
                payloads.extend(blocks.last().cloned());
                let first = payloads.len().saturating_sub(1 + generations);
                assert_eq!(blocks, payloads[first..]);
                assert!(offsets.iter().rev().copied().eq((0..).step_by(960).take(blocks.len())));
            }
        }
    }

    #[test]
    fn a_telephone_describes_its_silence_now_and_then_and_its_voice_begins_with_a_marker() {
        let sends = Sends { dtx: true, ..Sends::default() };
        let phone = Participant { sends, ..Participant::phone(CodecKind::Pcmu) };
        // 100 ms of a voice and 300 ms of silence, over and over.
        let says = [vec![0.1; 1_600], vec![0.0; 4_800]].concat();
        let mut mouth = Mouth::new(&phone.saying(says.into()), 7).unwrap().unwrap();
        let packets: Vec<_> =
            (0..25).map(|_| mouth.speak(Duration::MAX, |_, _| {}).unwrap().unwrap().1).collect();
        let kinds = packets.iter().map(|packet| {
            Packet::parse(packet).map_or((None, false), |it| (Some(it.payload_type()), it.marker()))
        });
        let kinds: Vec<_> = kinds.collect();
        assert_eq!((kinds[0], kinds[1]), ((Some(0), true), (Some(0), false)));
        let told: Vec<_> = (0..20).filter(|&n| kinds[n] == (Some(13), false)).collect();
        let [first, second] = told[..] else { panic!("described twice: {kinds:?}") };
        assert_eq!(second - first, 10);
        assert!(kinds[first + 1..second].iter().all(|kind| *kind == (None, false)));
        let again = (second..25).find(|&n| kinds[n].0 == Some(0)).unwrap();
        assert_eq!((kinds[again], kinds[again + 1]), ((Some(0), true), (Some(0), false)));
    }

    #[test]
    fn another_stream_begins_when_it_is_to() {
        let restarts = Some(Duration::from_millis(60));
        let sends = Sends { restarts, ..Sends::default() };
        let mut mouth = mouth(Participant { sends, ..Participant::phone(CodecKind::Pcmu) });
        let sources: Vec<_> = (0..7)
            .map(|_| {
                Packet::parse(&mouth.speak(Duration::MAX, |_, _| {}).unwrap().unwrap().1)
                    .unwrap()
                    .ssrc()
            })
            .collect();
        assert_eq!(sources, [7, 7, 7, 1_007, 1_007, 1_007, 2_007]);
    }

    #[test]
    fn who_says_nothing_has_no_mouth() {
        let phone = Participant::phone(CodecKind::Opus);
        assert!(Mouth::new(&phone, 1).unwrap().is_none());
        assert!(Mouth::new(&phone.saying([].into()), 1).unwrap().is_none());
    }
}
