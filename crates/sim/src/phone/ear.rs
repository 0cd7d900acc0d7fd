//! What a phone hears: the packets' sound, laid out by their timestamps.
//!
//! An ear isn't a jitter buffer: it has time. A packet's sound goes to the place that its timestamp
//! names, so that loss leaves silence and disorder does no harm.

use std::time::Duration;

use audio::Rate;
use audio::codec::{CodecError, CodecKind, DECODED_SAMPLES_MAX, Decoder};
use rtp::packet::Packet;

/// How much an ear remembers; older sound is forgotten.
const MEMORY: Duration = Duration::from_secs(30);

/// The furthest that a timestamp may jump and still belong to the same stretch of sound.
const JUMP_MAX: Duration = Duration::from_secs(5);

/// Captures one stream.
pub struct Ear {
    decoder: Decoder,
    rate: Rate,
    clock_hz: u32,
    samples: Vec<f32>,
    anchor: Option<Anchor>,
    packets: u64,
}

/// Which timestamp belongs to which place.
#[derive(Clone, Copy)]
struct Anchor {
    ssrc: u32,
    timestamp: u32,
    /// The place in `samples`; negative once that place is forgotten.
    place: i64,
}

impl Ear {
    /// An ear for a codec.
    ///
    /// # Errors
    /// The decoder can't be made.
    pub fn new(kind: CodecKind) -> Result<Self, CodecError> {
        Ok(Self {
            decoder: Decoder::new(kind)?,
            rate: kind.audio_rate(),
            clock_hz: kind.rtp_clock_hz(),
            samples: Vec::new(),
            anchor: None,
            packets: 0,
        })
    }

    /// Takes a packet of sound in.
    ///
    /// # Errors
    /// The payload isn't of this ear's codec.
    pub fn hear(&mut self, packet: &Packet<'_>) -> Result<(), CodecError> {
        let mut decoded = [0.0; DECODED_SAMPLES_MAX];
        let count = self.decoder.decode(packet.payload(), &mut decoded)?;
        self.packets += 1;
        let place = self.place(packet);
        if let (Ok(start), Some(sound)) = (usize::try_from(place), decoded.get(..count)) {
            let end = start + count;
            if self.samples.len() < end {
                self.samples.resize(end, 0.0);
            }
            if let Some(there) = self.samples.get_mut(start..end) {
                there.copy_from_slice(sound);
            }
        }
        self.forget();
        Ok(())
    }

    /// Everything remembered, the oldest first.
    pub fn heard(&self) -> &[f32] {
        &self.samples
    }

    /// The rate of what was heard.
    pub fn rate(&self) -> Rate {
        self.rate
    }

    /// How many packets of sound came.
    pub fn packets(&self) -> u64 {
        self.packets
    }

    /// Forgets everything, but goes on listening.
    pub fn clear(&mut self) {
        self.samples.clear();
        self.anchor = None;
    }

    /// Where a packet's sound belongs. A new stream, or a jump, goes on where the last one ended.
    fn place(&mut self, packet: &Packet<'_>) -> i64 {
        if let Some(anchor) = self.anchor.filter(|anchor| anchor.ssrc == packet.ssrc()) {
            let units = i64::from(packet.timestamp().wrapping_sub(anchor.timestamp) as i32);
            let place = anchor.place + units * i64::from(self.rate.hz()) / i64::from(self.clock_hz);
            let end = self.samples.len() as i64;
            if (place - end).abs() <= samples_in(JUMP_MAX, self.rate) as i64 {
                return place;
            }
        }
        let place = self.samples.len() as i64;
        let (ssrc, timestamp) = (packet.ssrc(), packet.timestamp());
        self.anchor = Some(Anchor { ssrc, timestamp, place });
        place
    }

    fn forget(&mut self) {
        let memory = samples_in(MEMORY, self.rate);
        // Forgetting costs a copy, so it is done a second at a time.
        if self.samples.len() > memory + self.rate.hz() as usize {
            let excess = self.samples.len() - memory;
            self.samples.drain(..excess);
            if let Some(anchor) = &mut self.anchor {
                anchor.place -= excess as i64;
            }
        }
    }
}

fn samples_in(duration: Duration, rate: Rate) -> usize {
    duration.as_secs() as usize * rate.hz() as usize
}

#[cfg(test)]
mod tests {
    use rtp::packet::Header;

    use super::*;

    /// A packet of 20 ms of µ-law, all of one value.
    fn hear(ear: &mut Ear, ssrc: u32, timestamp: u32, byte: u8) {
        let header = Header { marker: false, payload_type: 0, sequence: 0, timestamp, ssrc };
        ear.hear(&Packet::new(header, &[byte; 160])).unwrap();
    }

    fn loud(samples: &[f32]) -> bool {
        samples.iter().all(|sample| sample.abs() > 0.1)
    }

    fn silent(samples: &[f32]) -> bool {
        samples.iter().all(|sample| sample.abs() < 0.01)
    }

    #[test]
    fn loss_leaves_silence_and_disorder_does_no_harm() {
        let mut ear = Ear::new(CodecKind::Pcmu).unwrap();
        hear(&mut ear, 1, u32::MAX - 99, 0x90);
        hear(&mut ear, 1, (u32::MAX - 99).wrapping_add(480), 0x90);
        hear(&mut ear, 1, (u32::MAX - 99).wrapping_add(160), 0x90);
        let heard = ear.heard();
        assert_eq!(heard.len(), 640);
        assert!(loud(&heard[..320]) && silent(&heard[320..480]) && loud(&heard[480..]));
    }

    #[test]
    fn another_stream_goes_on_where_the_last_one_ended() {
        let mut ear = Ear::new(CodecKind::Pcmu).unwrap();
        hear(&mut ear, 1, 77, 0x90);
        hear(&mut ear, 2, 900_000_000, 0x90);
        assert_eq!(ear.heard().len(), 320);
        assert!(loud(ear.heard()));
    }

    #[test]
    fn memory_is_bounded_and_keeps_the_newest() {
        let mut ear = Ear::new(CodecKind::Pcmu).unwrap();
        for tick in 0..3_000 {
            hear(&mut ear, 1, tick * 160, 0xff);
        }
        hear(&mut ear, 1, 3_000 * 160, 0x90);
        let heard = ear.heard();
        assert!(heard.len() <= 8_000 * 31 + 160, "{}", heard.len());
        assert!(loud(&heard[heard.len() - 160..]));
        assert!(silent(&heard[heard.len() - 320..heard.len() - 160]));
    }

    #[test]
    fn a_payload_of_nothing_is_an_error() {
        let mut ear = Ear::new(CodecKind::Pcmu).unwrap();
        let header = Header { marker: false, payload_type: 0, sequence: 0, timestamp: 0, ssrc: 0 };
        assert!(ear.hear(&Packet::new(header, &[])).is_err());
        assert_eq!(ear.packets(), 0);
    }
}
