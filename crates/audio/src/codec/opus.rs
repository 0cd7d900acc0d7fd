//! Opus by libopus (RFC 6716). Encoders take 20 ms at 48 kHz; all is mono, but for encoders of two channels.

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
