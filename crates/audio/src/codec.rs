//! The codecs that phones and browsers speak: G.711, G.722 and Opus.
//!
//! An [`Encoder`] turns [`Frame`]s into payloads and a [`Decoder`] turns payloads
//! into samples. Both allocate when they are made and never again.

mod conceal;
mod decoder;
mod delivery;
mod encoder;
pub mod g711;
mod g722;
mod hint;
mod opus;
mod probe;

pub use decoder::{DECODED_SAMPLES_MAX, Decoder};
pub use delivery::Delivery;
pub use encoder::{COMPLEXITY_MAX, Encoder, EncoderSettings, PAYLOAD_BYTES_MAX};
pub use opus::{DeepPlace, DredEncoder, DredReader};
pub use probe::Probe;

use crate::{comfort::DESCRIPTION_BYTES_MAX, rate::Rate};

#[cfg(doc)]
use crate::frame::Frame;

/// Makes what a thread needs for any codec, 300 kB, so that no encoder or decoder has to when it first works there. To be
/// called once by a thread that isn't to allocate later.
pub fn prepare_thread() {
    opus::prepare_thread();
}

/// A codec, as it is negotiated for a leg.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CodecKind {
    /// G.711 µ-law, 64 kbit/s (RFC 3551 §4.5.14).
    Pcmu,
    /// G.711 A-law, 64 kbit/s (RFC 3551 §4.5.14).
    Pcma,
    /// G.722, 64 kbit/s (RFC 3551 §4.5.2).
    G722,
    /// Opus (RFC 6716, RFC 7587).
    Opus,
}

impl CodecKind {
    /// Every codec.
    pub const ALL: [CodecKind; 4] =
        [CodecKind::Pcmu, CodecKind::Pcma, CodecKind::G722, CodecKind::Opus];

    /// The rate of the sound that goes in and comes out.
    pub const fn audio_rate(self) -> Rate {
        match self {
            CodecKind::Pcmu | CodecKind::Pcma => Rate::Hz8000,
            CodecKind::G722 => Rate::Hz16000,
            CodecKind::Opus => Rate::Hz48000,
        }
    }

    /// The rate of RTP timestamps, in hertz. For G.722 it is half of the rate of its sound, by an
    /// old mistake that has become the standard (RFC 3551 §4.5.2).
    pub const fn rtp_clock_hz(self) -> u32 {
        match self {
            CodecKind::Pcmu | CodecKind::Pcma | CodecKind::G722 => 8_000,
            CodecKind::Opus => 48_000,
        }
    }

    /// The longest payload that an encoder makes of one [tick](crate::TICK), in bytes.
    pub const fn tick_payload_bytes_max(self) -> usize {
        match self {
            CodecKind::Pcmu | CodecKind::Pcma | CodecKind::G722 => 160,
            CodecKind::Opus => PAYLOAD_BYTES_MAX,
        }
    }

    /// Whether what an encoder made says no more than that there is nothing to hear until the next: Opus
    /// with DTX, at most two bytes (libopus asks not to send such, and RFC 6716 §2.1.9 has the decoder
    /// make comfort noise meanwhile); G.711 and G.722, the description of comfort noise (RFC 3389), which
    /// is far shorter than the sound of a tick. The first of a pause is worth sending: from it a receiver
    /// knows the gap from a loss.
    ///
    /// That is seen from the payload alone, so that it holds for shared and private encoders alike,
    /// whichever stream a listener is sent just then.
    pub const fn is_pause(self, payload: &[u8]) -> bool {
        let bytes_max = match self {
            CodecKind::Opus => 2,
            CodecKind::Pcmu | CodecKind::Pcma | CodecKind::G722 => DESCRIPTION_BYTES_MAX,
        };
        payload.len() <= bytes_max
    }

    /// Whether each sample is coded by itself, so that encoders are interchangeable at any time.
    pub const fn is_stateless(self) -> bool {
        matches!(self, CodecKind::Pcmu | CodecKind::Pcma)
    }
}

/// Why a codec couldn't do its work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CodecError {
    /// The payload, which came from the network, holds no sound.
    #[error("the payload is empty")]
    EmptyPayload,
    /// The payload, which came from the network, isn't of this codec, or lasts too long.
    #[error("the payload of {bytes} bytes is malformed")]
    MalformedPayload {
        /// Length of the payload.
        bytes: usize,
    },
    /// The caller's buffer can't take the result.
    #[error("the output holds {available}, of {needed} needed")]
    OutputTooShort {
        /// Bytes or samples that are needed.
        needed: usize,
        /// Bytes or samples that there are.
        available: usize,
    },
    /// The caller's frame is of another rate than the codec's.
    #[error("a frame of {actual:?} was given to a codec of {expected:?}")]
    WrongRate {
        /// The codec's rate.
        expected: Rate,
        /// The frame's rate.
        actual: Rate,
    },
    /// States were to be copied between encoders of different codecs or settings.
    #[error("encoders of different codecs have no state in common")]
    DifferentEncoders,
    /// libopus refused a setting or failed; the number is its error code.
    #[error("libopus failed with error {0}")]
    Opus(i32),
}

/// Makes an i16 of a sample in ±1.0; what is beyond is held at the limits.
fn to_pcm16(sample: f32) -> i16 {
    // A cast saturates, and makes 0 of what is no number.
    (sample * 32_768.0).round_ties_even() as i16
}

/// Makes a sample in ±1.0 of an i16.
fn from_pcm16(sample: i16) -> f32 {
    f32::from(sample) / 32_768.0
}

/// Checks that `available` suffices for `needed`.
fn check_room(needed: usize, available: usize) -> Result<(), CodecError> {
    if needed > available {
        return Err(CodecError::OutputTooShort { needed, available });
    }
    Ok(())
}

#[cfg(test)]
mod tests;
