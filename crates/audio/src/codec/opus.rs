//! Opus by libopus (RFC 6716). Encoders take 20 ms at 48 kHz; all is mono, but for encoders of two channels.
//!
//! Two of the things that libopus has had since 1.5 go by neural networks, whose memory is left out of what a stream
//! [keeps](state), and lent to those decoders for which it is worth it:
//!
//! - **Deep concealment** guesses what was lost. Nothing has to be agreed on for it. Read speech at 24 kbit/s and 10 % random
//!   loss scores 2.67 rather than 2.33 in PESQ-WB where nothing brings back what was lost, and 3.59 rather than 3.45 with FEC;
//!   2.97 rather than 2.82 at 20 %, and 3.12 rather than 2.92 at 10 % in bursts of three. While nothing is lost it costs
//!   nothing but its 88 kB; the first 20 ms of a loss take 500 to 900 µs, and each 20 ms after them 150, where a plain guess
//!   takes 20.
//! - **DRED** (draft-ietf-mlcodec-opus-dred) repeats up to a second of speech, coarsely, in each packet's padding, which
//!   whoever doesn't know it passes over. It is [read](DredReader) where something was lost, and costs nothing where it isn't
//!   there: 20 % of loss in bursts of three then scores 2.08, and the same with FEC instead 1.99, for 40 ms more of delay. A
//!   packet takes 20 to 45 µs to read, and the sound that is made of it as long as a guess.
//!
//!   It is not sent: there is no one to read it. Browsers don't; the draft's parameter for the session description
//!   (`ext32-dred-duration`) is for a number of the extension that libopus doesn't use yet, as it has it marked as an
//!   experiment that only a libopus of the same version understands. It would take a good part of the bits from the speech
//!   and from in-band FEC (24 kbit/s carry 60 ms of it on average, 32 kbit/s 100), some 50 µs more of each encode and 77 kB
//!   more of each encoder. RED, which browsers do read, brings all back at full quality.

mod decoder;
mod deep;
mod dred_encoder;
mod encoder;
mod state;

pub(super) use decoder::OpusDecoder;
pub use deep::{DeepPlace, DredReader};
pub use dred_encoder::DredEncoder;
pub(super) use encoder::OpusEncoder;

use super::{CodecError, EncoderSettings};
use crate::rate::Rate;
use std::ffi::c_int;

/// Makes a result of what libopus returns: a count, or an error below zero.
fn check(code: c_int) -> Result<usize, CodecError> {
    usize::try_from(code).map_err(|_| CodecError::Opus(code))
}

/// The words of a block as the numbers of libopus, two of them in each.
fn numbers(words: &[u64]) -> impl Iterator<Item = c_int> {
    words.iter().flat_map(|word| {
        let [a, b, c, d, e, f, g, h] = word.to_ne_bytes();
        [c_int::from_ne_bytes([a, b, c, d]), c_int::from_ne_bytes([e, f, g, h])]
    })
}

/// Allocates what the calling thread needs for any encoder and decoder, so that none of their calls does.
pub(super) fn prepare_thread() {
    // What fails here will fail where it is needed.
    if let Ok(decoder) = OpusDecoder::new(Rate::Hz48000) {
        decoder.prepare_thread();
    }
    for opus_stereo in [false, true] {
        let settings = EncoderSettings { opus_stereo, ..EncoderSettings::default() };
        let _ = OpusEncoder::new(&settings).map(|encoder| encoder.prepare_thread());
    }
}

#[cfg(test)]
mod tests;
