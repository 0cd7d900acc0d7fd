//! The encoder.

#![allow(unsafe_code)] // libopus is in C.

use super::{
    check,
    state::{Fresh, State},
};
use crate::codec::{CodecError, EncoderSettings};
use opusic_sys as libopus;
use std::ffi::c_int;

const SAMPLE_RATE_HZ: i32 = 48_000;

/// What the encoder is told to be for. Its own `VOIP` filters low tones out by the pitch of a voice, which several
/// at once don't have in common: that costs a mix 0.1 to 0.2 of PESQ, and voices are freed of rumble before they
/// are mixed.
const APPLICATION: c_int = libopus::OPUS_APPLICATION_AUDIO;

/// From this bit rate on the transform coder (CELT) alone does as well as with the speech coder (SILK) beside it, at
/// a third of the effort, for one voice or several: PESQ-WB of 4.3 at 48 kbit/s and 4.5 at 64, against 4.4 by both
/// at 32 and 4.45 at 48. It knows no copies for lost packets.
const TRANSFORM_BPS_MIN: u32 = 48_000;

/// An encoder whose state can be copied to another of its kind.
pub(in crate::codec) struct OpusEncoder {
    state: State,
    is_stereo: bool,
}

/// Encoders that were just set up, of one channel and of two.
static FRESH: [Fresh; 2] = [Fresh::new(), Fresh::new()];

impl OpusEncoder {
    pub(in crate::codec) fn new(settings: &EncoderSettings) -> Result<Self, CodecError> {
        let channels = if settings.opus_stereo { 2 } else { 1 };
        // SAFETY: a pure function of its argument.
        let bytes = unsafe { libopus::opus_encoder_get_size(channels) };
        let state = FRESH[usize::from(settings.opus_stereo)].state(bytes, |block| {
            let encoder = block.as_mut_ptr().cast();
            // SAFETY: the block is at least as long as libopus asks for, aligned and exclusively ours.
            unsafe { libopus::opus_encoder_init(encoder, SAMPLE_RATE_HZ, channels, APPLICATION) }
        })?;
        let mut encoder = Self { state, is_stereo: settings.opus_stereo };
        encoder.configure(settings)?;
        Ok(encoder)
    }

    /// Works by other settings from the next frame on.
    pub(in crate::codec) fn configure(
        &mut self,
        settings: &EncoderSettings,
    ) -> Result<(), CodecError> {
        let sends_copies = settings.opus_fec && settings.opus_expected_loss_percent > 0;
        let speech_coder = sends_copies || settings.opus_bitrate_bps < TRANSFORM_BPS_MIN;
        let signal =
            if speech_coder { libopus::OPUS_SIGNAL_VOICE } else { libopus::OPUS_SIGNAL_MUSIC };
        let bitrate = i32::try_from(settings.opus_bitrate_bps).unwrap_or(i32::MAX);
        let requests = [
            (libopus::OPUS_SET_BITRATE_REQUEST, bitrate),
            (libopus::OPUS_SET_COMPLEXITY_REQUEST, i32::from(settings.opus_complexity)),
            (libopus::OPUS_SET_INBAND_FEC_REQUEST, i32::from(settings.opus_fec)),
            (
                libopus::OPUS_SET_PACKET_LOSS_PERC_REQUEST,
                i32::from(settings.opus_expected_loss_percent),
            ),
            (libopus::OPUS_SET_DTX_REQUEST, i32::from(settings.opus_dtx)),
            (libopus::OPUS_SET_SIGNAL_REQUEST, signal),
        ];
        for (request, value) in requests {
            // SAFETY: the state was initialised, and each of these requests takes one i32 by value.
            check(unsafe { libopus::opus_encoder_ctl(self.state.as_mut_ptr(), request, value) })?;
        }
        Ok(())
    }

    /// Encodes 20 ms, of two channels in turn if it is an encoder of two; gives the number of bytes.
    pub(in crate::codec) fn encode(
        &mut self,
        samples: &[f32],
        out: &mut [u8],
    ) -> Result<usize, CodecError> {
        let samples_len = samples.len() / if self.is_stereo { 2 } else { 1 };
        let samples_len = c_int::try_from(samples_len).unwrap_or(c_int::MAX);
        let out_len = i32::try_from(out.len()).unwrap_or(i32::MAX);
        // SAFETY: the state was initialised; the lengths, of which that of samples counts one channel, are
        // not more than those of the slices.
        let bytes = check(unsafe {
            libopus::opus_encode_float(
                self.state.as_mut_ptr(),
                samples.as_ptr(),
                samples_len,
                out.as_mut_ptr(),
                out_len,
            )
        })?;
        Ok(bytes)
    }

    /// Brings the encoder back to the state that it had when it was made with these settings. Nothing is
    /// allocated.
    pub(in crate::codec) fn reset(&mut self, settings: &EncoderSettings) {
        self.state.reset();
        // It has no way to fail: the same was done when the encoder was made.
        let _ = self.configure(settings);
    }

    /// Goes on from where `other` is, in state and settings. Costs 30 kB of copying, and a third more for two
    /// channels. If it hasn't as many channels, nothing is copied.
    pub(in crate::codec) fn copy_state_from(&mut self, other: &Self) -> Result<(), CodecError> {
        if self.is_stereo != other.is_stereo {
            return Err(CodecError::DifferentEncoders);
        }
        self.state.copy_from(&other.state);
        Ok(())
    }
}
