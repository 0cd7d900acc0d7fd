//! Opus by libopus (RFC 6716). Encoders take 20 ms at 48 kHz; all is mono, but for encoders of two channels.
//!
//! Two of the things that libopus has had since 1.5 are not built in, though nothing would have to be agreed on for the
//! first, and whoever doesn't know the second passes over it:
//!
//! - **Deep concealment** (`deep_plc`) guesses what was lost by a neural network. Where nothing else brings it back that
//!   is worth 0.07 to 0.3 of PESQ-WB. But its state is part of every decoder of the library, which then is 192 kB large
//!   instead of 18, whether or not its leg ever speaks or loses anything, and each decode takes 15 to 20 µs more, where it
//!   takes 36 without. A browser's leg is to take no more than 96 KiB in all. A few such decoders for those who speak and
//!   lose packets would need a second build of the library beside this one, and a decoder that begins anew amid a word.
//! - **DRED** (`dred`) repeats a second of speech, coarsely, in each packet's padding. It shares those networks and their
//!   memory, needs an encoder that sends it, which no browser does, and a decoder that looks for it. What it brings back
//!   beyond in-band FEC are losses of several packets in a row; of two, RED and FEC together bring the first back for a
//!   packet more of delay (`rtp::jitter`), and longer ones are rare where they aren't stalls.

mod decoder;
mod encoder;
mod state;

pub(super) use decoder::OpusDecoder;
pub(super) use encoder::OpusEncoder;

use super::CodecError;
use std::ffi::c_int;

/// Makes a result of what libopus returns: a count, or an error below zero.
fn check(code: c_int) -> Result<usize, CodecError> {
    usize::try_from(code).map_err(|_| CodecError::Opus(code))
}
