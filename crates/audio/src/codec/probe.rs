//! How loud a stream is that nobody listens to, found by one decoder for all such streams.

use super::{CodecKind, DECODED_SAMPLES_MAX, opus::OpusDecoder};
use crate::{level::Dbfs, rate::Rate};

/// What is above half of it is seldom loud without anything below.
const RATE: Rate = Rate::Hz16000;

/// Samples of the longest packet at [`RATE`].
const SAMPLES_MAX: usize = DECODED_SAMPLES_MAX / (Rate::Hz48000.hz() / RATE.hz()) as usize;

/// Looks into streams of Opus now and then, a few packets each. Its memory stays in the processor's cache, where that
/// of each stream's own decoder would have to be fetched.
pub struct Probe {
    /// None if libopus couldn't make one.
    decoder: Option<OpusDecoder>,
    samples: Box<[f32; SAMPLES_MAX]>,
}

impl Probe {
    /// Allocates. Should libopus fail, nothing will be found by it.
    pub fn new() -> Self {
        Self { decoder: OpusDecoder::new(RATE).ok(), samples: Box::new([0.0; SAMPLES_MAX]) }
    }

    /// The level of the last of these payloads, decoded from nothing after those before it. None where only the
    /// stream's own decoder can tell: for another codec than Opus, and what can't be decoded.
    pub fn level<'a>(
        &mut self,
        codec: CodecKind,
        payloads: impl IntoIterator<Item = &'a [u8]>,
    ) -> Option<Dbfs> {
        let decoder = self.decoder.as_mut().filter(|_| codec == CodecKind::Opus)?;
        decoder.reset();
        let mut level = None;
        for payload in payloads.into_iter().filter(|payload| !payload.is_empty()) {
            let decoded = decoder.decode(payload, &mut self.samples[..]).ok();
            level = decoded.and_then(|count| Some(Dbfs::of(self.samples.get(..count)?)));
        }
        level
    }
}

impl Default for Probe {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for Probe {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Probe").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::{Encoder, EncoderSettings, PAYLOAD_BYTES_MAX};
    use crate::frame::Frame;
    use std::f32::consts::TAU;

    fn payloads(amplitude: f32) -> Vec<Vec<u8>> {
        let mut encoder = Encoder::new(CodecKind::Opus, EncoderSettings::default()).unwrap();
        let sine = |n: usize| amplitude * (TAU * 440.0 * n as f32 / 48_000.0).sin();
        let encode = |tick: usize| {
            let samples: Vec<f32> = (tick * 960..(tick + 1) * 960).map(sine).collect();
            let mut payload = vec![0; PAYLOAD_BYTES_MAX];
            let frame = Frame::from_samples(Rate::Hz48000, &samples);
            let bytes = encoder.encode(&frame, &mut payload).unwrap();
            payload.truncate(bytes);
            payload
        };
        (0..50).map(encode).collect()
    }

    /// Looks at the last packets of a stream.
    fn level(probe: &mut Probe, payloads: &[Vec<u8>]) -> f32 {
        let last = payloads.iter().rev().take(4).rev().map(Vec::as_slice);
        probe.level(CodecKind::Opus, last).unwrap().decibels()
    }

    #[test]
    fn finds_the_level_of_one_stream_after_another() {
        let mut probe = Probe::new();
        for _ in 0..2 {
            assert!((level(&mut probe, &payloads(0.1)) + 23.0).abs() < 1.5);
            assert!(level(&mut probe, &payloads(0.0)) < -70.0);
            assert!((level(&mut probe, &payloads(0.01)) + 43.0).abs() < 1.5);
        }
    }

    #[test]
    fn what_it_can_not_decode_has_no_level() {
        let mut probe = Probe::new();
        assert_eq!(probe.level(CodecKind::G722, [&[0; 160][..]]), None);
        assert_eq!(probe.level(CodecKind::Opus, []), None);
        assert_eq!(probe.level(CodecKind::Opus, [&[][..]]), None);
        assert_eq!(probe.level(CodecKind::Opus, [&[0xFF; 3][..]]), None);
    }
}
