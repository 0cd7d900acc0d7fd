//! The sound that one leg receives, kept to be decoded afterwards.

use std::time::Duration;

use audio::TICKS_PER_SECOND;

use crate::plan::LegId;

/// An ear listens for so long at most: two minutes of every measurement.
pub(crate) const EAR_TIME_MAX: Duration = Duration::from_secs(120);

/// Bytes kept for each packet, on average: G.711 has 160, Opus at 64 kbit/s as many.
const PAYLOAD_BYTES: usize = 200;

/// Packets beyond those that are due: a burst after a stall, or copies.
const SPARE_PACKETS: usize = 100;

/// One packet that was kept.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kept {
    /// When the kernel had it, in nanoseconds since the Unix epoch.
    pub(crate) at_ns: u64,
    pub(crate) timestamp: u32,
    start: u32,
    length: u32,
}

/// A leg's received payloads, in bounded memory that is there from the beginning.
pub(crate) struct Ear {
    pub(crate) leg: LegId,
    packets: Vec<Kept>,
    bytes: Vec<u8>,
    ssrc: Option<u32>,
    is_full: bool,
}

impl Ear {
    /// An ear for a measurement of at most so long.
    pub(crate) fn new(leg: LegId, duration: Duration) -> Self {
        let seconds = duration.min(EAR_TIME_MAX).as_secs_f64().ceil() as usize;
        let packets_max = seconds * TICKS_PER_SECOND as usize + SPARE_PACKETS;
        // Written to, so that the pages are there before the media thread needs them.
        let mut bytes = vec![0xFF; packets_max * PAYLOAD_BYTES];
        bytes.clear();
        Self { leg, packets: Vec::with_capacity(packets_max), bytes, ssrc: None, is_full: false }
    }

    /// Keeps a packet, as long as there is room. Of a leg that is sent several streams, the first is kept.
    pub(crate) fn keep(&mut self, at_ns: u64, ssrc: u32, timestamp: u32, payload: &[u8]) {
        if *self.ssrc.get_or_insert(ssrc) != ssrc || self.is_full {
            return;
        }
        let has_room = self.packets.len() < self.packets.capacity()
            && self.bytes.len() + payload.len() <= self.bytes.capacity();
        if !has_room {
            self.is_full = true;
            return;
        }
        let (start, length) = (self.bytes.len() as u32, payload.len() as u32);
        self.packets.push(Kept { at_ns, timestamp, start, length });
        self.bytes.extend_from_slice(payload);
    }

    /// What was kept, in order of arrival.
    pub(crate) fn packets(&self) -> &[Kept] {
        &self.packets
    }

    pub(crate) fn payload(&self, kept: &Kept) -> &[u8] {
        let start = kept.start as usize;
        self.bytes.get(start..start + kept.length as usize).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ear_keeps_one_stream_until_it_is_full_and_never_grows() {
        let mut ear = Ear::new(LegId(3), Duration::from_secs(1));
        let capacities = (ear.packets.capacity(), ear.bytes.capacity());
        ear.keep(5, 1, 160, b"first");
        ear.keep(6, 2, 160, b"another stream");
        for number in 0..1_000 {
            ear.keep(7, 1, number, &[9; 1_200]);
        }
        assert_eq!((ear.packets.capacity(), ear.bytes.capacity()), capacities);
        assert_eq!(ear.payload(&ear.packets()[0]), b"first");
        assert!(ear.packets().iter().skip(1).all(|kept| ear.payload(kept) == [9; 1_200]));
        assert!((10..200).contains(&ear.packets().len()));
    }
}
