//! What somebody is sent, put back together as sound. It waits as long as it takes for packets that are late: the way
//! down has no jitter buffer of its own that could be at fault.

use std::collections::BTreeMap;
use std::time::Duration;

use rtp::packet::Packet;
use rtp::red::Blocks;

use super::Participant;
use super::codec::{PacketDecoder, tick_units};
use crate::Fault;

/// Packets that wait for one that is missing, before it counts as lost.
const WAITING_MAX: usize = 25;

/// Packets after one that is missing in which a copy of it is looked for.
const COPIES_MAX: usize = 2;

/// Somebody who listens.
pub(crate) struct Ear {
    decoder: PacketDecoder,
    payload_type: u8,
    red_type: Option<u8>,
    tick_units: u32,
    /// Samples for each unit of the RTP clock.
    samples_per_unit: usize,
    /// Packets that came and were not heard yet, by their numbers.
    waiting: BTreeMap<i64, Waiting>,
    /// The number of the last that came.
    last: i64,
    /// The number and timestamp of the next to be heard.
    next: Option<(i64, u32)>,
    /// When the first packet left the server, and with it the first sample.
    began: Option<Duration>,
    heard: Vec<f32>,
    /// Samples that were taken away.
    drained: u64,
    rate_hz: u32,
}

/// A packet that came.
struct Waiting {
    timestamp: u32,
    payload: Vec<u8>,
    /// The payloads before this one that came along, the latest first.
    copies: Vec<Vec<u8>>,
}

impl Ear {
    pub(crate) fn new(participant: &Participant) -> Result<Self, Fault> {
        let codec = participant.codec;
        Ok(Self {
            decoder: PacketDecoder::new(codec)?,
            payload_type: participant.payload_type(),
            red_type: participant.red_type(),
            tick_units: tick_units(codec),
            samples_per_unit: (codec.audio_rate().hz() / codec.rtp_clock_hz()) as usize,
            waiting: BTreeMap::new(),
            last: 0,
            next: None,
            began: None,
            heard: Vec::new(),
            drained: 0,
            rate_hz: codec.audio_rate().hz(),
        })
    }

    /// Takes a packet that the server sent at `left`.
    pub(crate) fn take(&mut self, left: Duration, packet: &Packet<'_>) -> Result<(), Fault> {
        let Some(waiting) = self.read(packet) else { return Ok(()) };
        // The nearest number that has these lower bits.
        let step = packet.sequence().wrapping_sub(self.last as u16) as i16;
        let number = self.last + i64::from(step);
        self.last = self.last.max(number);
        if self.next.is_none() {
            self.next = Some((number, waiting.timestamp));
            self.began = Some(left);
            self.last = number;
        }
        // What was heard, or given up, already comes again or too late.
        if self.next.is_some_and(|(next, _)| number >= next) {
            self.waiting.entry(number).or_insert(waiting);
        }
        self.hear(WAITING_MAX)
    }

    /// Hears what still waits.
    pub(crate) fn finish(&mut self) -> Result<(), Fault> {
        self.hear(0)
    }

    /// What was heard since this was last asked for, and when the first of it left the server.
    pub(crate) fn drain(&mut self) -> (Option<Duration>, Vec<f32>) {
        let before_s = self.drained as f64 / f64::from(self.rate_hz);
        let began = self.began.map(|began| began + Duration::from_secs_f64(before_s));
        let heard = std::mem::take(&mut self.heard);
        self.drained += heard.len() as u64;
        (began, heard)
    }

    /// Adds to `samples` what had left the server from a time on, so much softer.
    pub(crate) fn add_to(&self, from: Duration, gain: f32, samples: &mut [f32]) {
        let Some(began) = self.began else { return };
        let since_s = from.as_secs_f64() - began.as_secs_f64();
        // What was taken away, or didn't come yet, is silence.
        let first = (since_s * f64::from(self.rate_hz)).round() as i64 - self.drained as i64;
        for (sample, place) in samples.iter_mut().zip(first..) {
            let heard = usize::try_from(place).ok().and_then(|place| self.heard.get(place));
            *sample += gain * heard.copied().unwrap_or(0.0);
        }
    }

    fn read(&self, packet: &Packet<'_>) -> Option<Waiting> {
        let timestamp = packet.timestamp();
        if packet.payload_type() == self.payload_type {
            let payload = packet.payload().to_vec();
            return Some(Waiting { timestamp, payload, copies: Vec::new() });
        }
        let is_red = Some(packet.payload_type()) == self.red_type;
        let blocks = Blocks::parse(packet.payload()).ok().filter(|_| is_red)?;
        let mut payloads: Vec<_> = blocks.map(|block| block.payload.to_vec()).collect();
        let payload = payloads.pop()?;
        payloads.reverse();
        Some(Waiting { timestamp, payload, copies: payloads })
    }

    /// Hears packets in their order, while more than `waiting_max` of them wait or none is missing.
    fn hear(&mut self, waiting_max: usize) -> Result<(), Fault> {
        while let Some((number, timestamp)) = self.next {
            if let Some(packet) = self.waiting.remove(&number) {
                let pause = packet.timestamp.wrapping_sub(timestamp) as i32;
                let samples = usize::try_from(pause).unwrap_or(0) * self.samples_per_unit;
                self.decoder.pause(samples, &mut self.heard)?;
                self.decoder.decode(&packet.payload, &mut self.heard)?;
                self.next = Some((number + 1, packet.timestamp.wrapping_add(self.tick_units)));
            } else if self.waiting.len() > waiting_max {
                self.miss(number)?;
                self.next = Some((number + 1, timestamp.wrapping_add(self.tick_units)));
            } else {
                break;
            }
        }
        Ok(())
    }

    /// Makes up for a packet that didn't come.
    fn miss(&mut self, number: i64) -> Result<(), Fault> {
        let copy = (number + 1..).zip(0..COPIES_MAX);
        let mut copies = copy.filter_map(|(later, age)| self.waiting.get(&later)?.copies.get(age));
        if let Some(copy) = copies.next() {
            return self.decoder.decode(copy, &mut self.heard);
        }
        let next = self.waiting.get(&(number + 1));
        self.decoder.recover(next.map(|next| &next.payload[..]), &mut self.heard)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use audio::codec::CodecKind;
    use rtp::packet::Header;

    fn hear(packets: &[(u16, u32)]) -> Vec<f32> {
        let mut ear = Ear::new(&Participant::phone(CodecKind::Pcmu)).unwrap();
        for &(sequence, timestamp) in packets {
            // Each packet is of one value.
            let payload = [0x80 + sequence as u8 % 16; 160];
            let header = Header { payload_type: 0, sequence, timestamp, ssrc: 1, marker: false };
            ear.take(Duration::from_secs(5), &Packet::new(header, &payload)).unwrap();
        }
        ear.finish().unwrap();
        let (began, heard) = ear.drain();
        assert_eq!(began, Some(Duration::from_secs(5)));
        assert_eq!(
            ear.drain().0,
            began.map(|began| began + Duration::from_micros(125) * heard.len() as u32)
        );
        heard
    }

    #[test]
    fn packets_are_heard_in_their_order_whenever_they_come() {
        let packet = |number: u16| (number.wrapping_add(65_534), u32::from(number) * 160);
        let in_order = hear(&[0, 1, 2, 3, 4].map(packet));
        assert_eq!(in_order.len(), 5 * 160);
        assert_eq!(hear(&[0, 2, 1, 4, 2, 3].map(packet)), in_order);
    }

    #[test]
    fn time_goes_on_over_pauses_and_losses() {
        let pause = hear(&[(7, 0), (8, 160 * 6)]);
        assert_eq!(pause.len(), 7 * 160);
        assert!(pause[160..160 * 6].iter().all(|&sample| sample == 0.0));
        let loss = hear(&[(7, 0), (9, 320)]);
        assert_eq!(loss.len(), 3 * 160);
        assert_ne!(loss[160..200], [0.0; 40], "it is covered up");
    }
}
