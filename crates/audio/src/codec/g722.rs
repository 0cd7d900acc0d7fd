//! G.722: wideband speech in two sub-bands of ADPCM at 64 kbit/s (ITU-T G.722, mode 1).
//!
//! Ours rather than a library's for one reason: what a decoder predicts from is what it heard, and after a
//! loss it must go on from what was made up instead. [`G722Decoder::follow`] sees to that; a decoder whose state
//! stands still makes noise for many milliseconds.

mod band;

use super::{CodecError, check_room, from_pcm16, to_pcm16};
use band::{Bands, SubBands};

/// Samples in each byte.
pub(super) const SAMPLES_PER_BYTE: usize = 2;

/// The taps of the filter that splits and joins the bands.
const TAPS: usize = 24;

/// By so many samples splitting and joining delay the sound.
pub(super) const DELAY_SAMPLES: usize = TAPS - 2;

/// What [`G722Decoder::follow`] looks back on.
pub(super) const FOLLOW_BACK_SAMPLES: usize = TAPS - DELAY_SAMPLES;

/// The quadrature mirror filter of the recommendation: every other coefficient of the symmetrical
/// 24; the others are the same from the other end.
const QMF: [i32; TAPS / 2] = [3, -11, 12, 32, -210, 951, 3876, -805, 362, -156, 53, -11];

/// An encoder of 16 kHz sound.
#[derive(Clone)]
pub(super) struct G722Encoder {
    split: Split,
    bands: Bands,
}

impl G722Encoder {
    pub(super) fn new() -> Self {
        Self { split: Split::default(), bands: Bands::new() }
    }

    /// Encodes an even number of samples; gives the number of bytes.
    pub(super) fn encode(&mut self, samples: &[f32], out: &mut [u8]) -> Result<usize, CodecError> {
        let bytes = samples.len() / SAMPLES_PER_BYTE;
        check_room(bytes, out.len())?;
        for (pair, byte) in samples.chunks_exact(SAMPLES_PER_BYTE).zip(out) {
            *byte = self.bands.encode(self.split.push(pair));
        }
        Ok(bytes)
    }

    /// Brings the encoder back to its initial state.
    pub(super) fn reset(&mut self) {
        *self = Self::new();
    }
}

/// A decoder to 16 kHz sound. Each byte is valid.
#[derive(Clone)]
pub(super) struct G722Decoder {
    bands: Bands,
    join: Join,
}

impl G722Decoder {
    pub(super) fn new() -> Self {
        Self { bands: Bands::new(), join: Join::default() }
    }

    /// Brings the decoder back to its initial state.
    pub(super) fn reset(&mut self) {
        *self = Self::new();
    }

    /// Decodes a payload; gives the number of samples, two a byte.
    pub(super) fn decode(&mut self, payload: &[u8], out: &mut [f32]) -> Result<usize, CodecError> {
        let samples = payload.len().saturating_mul(SAMPLES_PER_BYTE);
        check_room(samples, out.len())?;
        for (byte, out) in payload.iter().zip(out.chunks_exact_mut(SAMPLES_PER_BYTE)) {
            out.copy_from_slice(&self.join.push(self.bands.decode(*byte)));
        }
        Ok(samples)
    }

    /// Goes on as if payloads had been decoded to the sound that was made up in their place: it is encoded, and
    /// what a decoder learns from that is learnt (ITU-T G.722 Appendix III §5 updates its states so).
    ///
    /// `sound` begins with [`FOLLOW_BACK_SAMPLES`] of before, and ends with [`DELAY_SAMPLES`] of what would
    /// come after it; an even number is between.
    pub(super) fn follow(&mut self, sound: &[f32]) {
        let Some((before, sound)) = sound.split_at_checked(TAPS) else { return };
        let mut split = Split::default();
        for pair in before.chunks_exact(SAMPLES_PER_BYTE) {
            split.push(pair);
        }
        for pair in sound.chunks_exact(SAMPLES_PER_BYTE) {
            let byte = self.bands.quantise(split.push(pair));
            self.join.push(self.bands.decode(byte));
        }
    }
}

/// Splits sound into two bands of half of the rate.
#[derive(Clone, Default)]
struct Split {
    latest: [i32; TAPS],
}

impl Split {
    fn push(&mut self, pair: &[f32]) -> SubBands {
        self.latest.copy_within(2.., 0);
        for (latest, sample) in self.latest[TAPS - 2..].iter_mut().zip(pair) {
            *latest = i32::from(to_pcm16(*sample));
        }
        let [even, odd] = filtered(&self.latest);
        SubBands { low: (even + odd) >> 14, high: (even - odd) >> 14 }
    }
}

/// Joins two bands to sound of twice the rate.
#[derive(Clone, Default)]
struct Join {
    latest: [i32; TAPS],
}

impl Join {
    fn push(&mut self, SubBands { low, high }: SubBands) -> [f32; SAMPLES_PER_BYTE] {
        self.latest.copy_within(2.., 0);
        self.latest[TAPS - 2] = low + high;
        self.latest[TAPS - 1] = low - high;
        filtered(&self.latest).map(|sum| from_pcm16(band::saturate(sum >> 11) as i16))
    }
}

/// The latest samples through the filter's two halves: those at odd places and those at even ones.
fn filtered(latest: &[i32; TAPS]) -> [i32; 2] {
    let mut sums = [0; 2];
    for (n, pair) in latest.chunks_exact(2).enumerate() {
        sums[0] += pair[1] * QMF[QMF.len() - 1 - n];
        sums[1] += pair[0] * QMF[n];
    }
    sums
}

#[cfg(test)]
mod tests;
