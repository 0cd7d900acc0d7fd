//! An encoder that repeats what was said before, coarsely, in each packet (DRED, draft-ietf-mlcodec-opus-dred).

#![allow(unsafe_code)] // libopus is in C.

use crate::codec::{CodecError, CodecKind, EncoderSettings, PAYLOAD_BYTES_MAX};
use opusic_sys as libopus;
use std::{ffi::c_int, ptr::NonNull};

/// DRED is counted in units of 10 ms.
const UNIT_MS: u16 = 10;

/// An encoder of one voice with DRED, as a far end may be: the server sends none, nor does any browser yet.
#[derive(Debug)]
pub struct DredEncoder(NonNull<libopus::OpusEncoder>);

impl DredEncoder {
    /// One that repeats up to so many milliseconds. Of the settings it takes bit rate, FEC and the loss to prepare for.
    ///
    /// # Errors
    /// [`CodecError::Opus`] if libopus refuses one of them, or can't make an encoder.
    pub fn new(settings: &EncoderSettings, dred_ms: u16) -> Result<Self, CodecError> {
        let bitrate = i32::try_from(settings.opus_bitrate_bps).unwrap_or(i32::MAX);
        let rate_hz = CodecKind::Opus.audio_rate().hz() as i32;
        let mut code = libopus::OPUS_OK;
        let application = libopus::OPUS_APPLICATION_VOIP;
        // SAFETY: gives an encoder that is ours, or nothing and a code.
        let encoder =
            unsafe { libopus::opus_encoder_create(rate_hz, 1, application, &raw mut code) };
        let encoder = Self(NonNull::new(encoder).ok_or(CodecError::Opus(code))?);
        let requests = [
            (libopus::OPUS_SET_BITRATE_REQUEST, bitrate),
            (libopus::OPUS_SET_INBAND_FEC_REQUEST, i32::from(settings.opus_fec)),
            (
                libopus::OPUS_SET_PACKET_LOSS_PERC_REQUEST,
                i32::from(settings.opus_expected_loss_percent),
            ),
            (libopus::OPUS_SET_DRED_DURATION_REQUEST, i32::from(dred_ms / UNIT_MS)),
        ];
        for (request, value) in requests {
            // SAFETY: the encoder is there, and each of these requests takes one i32 by value.
            let code = unsafe { libopus::opus_encoder_ctl(encoder.0.as_ptr(), request, value) };
            if code != libopus::OPUS_OK {
                return Err(CodecError::Opus(code));
            }
        }
        Ok(encoder)
    }

    /// The payload of one packet, of a length that Opus has.
    ///
    /// # Errors
    /// [`CodecError::Opus`] if the length is another.
    pub fn encode(&mut self, samples: &[f32]) -> Result<Vec<u8>, CodecError> {
        let mut payload = vec![0; PAYLOAD_BYTES_MAX];
        // SAFETY: the encoder is there, and the lengths are those of the slices.
        let bytes = unsafe {
            libopus::opus_encode_float(
                self.0.as_ptr(),
                samples.as_ptr(),
                c_int::try_from(samples.len()).unwrap_or(c_int::MAX),
                payload.as_mut_ptr(),
                i32::try_from(payload.len()).unwrap_or(i32::MAX),
            )
        };
        payload.truncate(usize::try_from(bytes).map_err(|_| CodecError::Opus(bytes))?);
        Ok(payload)
    }
}

impl Drop for DredEncoder {
    fn drop(&mut self) {
        // SAFETY: it is ours, and nothing of it is used any more.
        unsafe { libopus::opus_encoder_destroy(self.0.as_ptr()) }
    }
}
