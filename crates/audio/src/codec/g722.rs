//! G.722: wideband speech in two sub-bands of ADPCM at 64 kbit/s (ITU-T G.722).

#![allow(unsafe_code)] // One copy of a state that the library doesn't let us clone.

use super::{CodecError, check_room, from_pcm16, to_pcm16};
use audio_codec::{Decoder as _, Encoder as _, g722};

/// Samples in each byte.
pub(super) const SAMPLES_PER_BYTE: usize = 2;

/// Samples that are converted at a time between our format and the library's.
const CHUNK_SAMPLES: usize = 320;

/// An encoder of 16 kHz sound.
pub(super) struct G722Encoder(Box<g722::G722Encoder>);

impl G722Encoder {
    pub(super) fn new() -> Self {
        Self(Box::default())
    }

    /// Encodes an even number of samples; gives the number of bytes.
    pub(super) fn encode(&mut self, samples: &[f32], out: &mut [u8]) -> Result<usize, CodecError> {
        let bytes = samples.len() / SAMPLES_PER_BYTE;
        check_room(bytes, out.len())?;
        let mut pcm = [0; CHUNK_SAMPLES];
        let chunks = samples.chunks(CHUNK_SAMPLES);
        for (chunk, out) in chunks.zip(out.chunks_mut(CHUNK_SAMPLES / SAMPLES_PER_BYTE)) {
            for (pcm, sample) in pcm.iter_mut().zip(chunk) {
                *pcm = to_pcm16(*sample);
            }
            // It can only fail for want of room, which was checked.
            let _ = self.0.encode_into(&pcm[..chunk.len()], out);
        }
        Ok(bytes)
    }

    /// Brings the encoder back to its initial state.
    pub(super) fn reset(&mut self) {
        *self.0 = g722::G722Encoder::default();
    }

    /// Goes on from where `other` is.
    pub(super) fn copy_state_from(&mut self, other: &Self) {
        const { assert!(!std::mem::needs_drop::<g722::G722Encoder>()) };
        // SAFETY: both are valid, aligned and different places (one borrow is exclusive). A bitwise
        // copy is a valid second value, for the type owns nothing: it needs no drop (asserted above
        // when this is compiled) and consists of integers and arrays of them.
        unsafe { std::ptr::copy_nonoverlapping(&raw const *other.0, &raw mut *self.0, 1) };
    }
}

/// A decoder to 16 kHz sound. Each byte is valid.
pub(super) struct G722Decoder(Box<g722::G722Decoder>);

impl G722Decoder {
    pub(super) fn new() -> Self {
        Self(Box::default())
    }

    /// Brings the decoder back to its initial state.
    pub(super) fn reset(&mut self) {
        *self.0 = g722::G722Decoder::default();
    }

    /// Decodes a payload; gives the number of samples, two a byte.
    pub(super) fn decode(&mut self, payload: &[u8], out: &mut [f32]) -> Result<usize, CodecError> {
        let samples = payload.len().saturating_mul(SAMPLES_PER_BYTE);
        check_room(samples, out.len())?;
        let mut pcm = [0; CHUNK_SAMPLES];
        let chunks = payload.chunks(CHUNK_SAMPLES / SAMPLES_PER_BYTE);
        for (chunk, out) in chunks.zip(out[..samples].chunks_mut(CHUNK_SAMPLES)) {
            // It can only fail for want of room, which was checked.
            let _ = self.0.decode_into(chunk, &mut pcm);
            for (out, pcm) in out.iter_mut().zip(pcm) {
                *out = from_pcm16(pcm);
            }
        }
        Ok(samples)
    }
}
