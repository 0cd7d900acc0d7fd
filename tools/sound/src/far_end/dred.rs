//! An encoder of Opus that repeats what was said before, coarsely, in each packet (DRED,
//! draft-ietf-mlcodec-opus-dred), as no browser does yet.

#![allow(unsafe_code)] // libopus is in C.

use std::ffi::c_int;
use std::ptr::NonNull;

use audio::codec::{CodecError, CodecKind, PAYLOAD_BYTES_MAX};
use opusic_sys as libopus;

use super::Sends;

/// DRED is counted in units of 10 ms.
const UNIT_MS: i32 = 10;

pub(crate) struct DredEncoder(NonNull<libopus::OpusEncoder>);

impl DredEncoder {
    pub(crate) fn new(sends: &Sends) -> Result<Self, CodecError> {
        let rate_hz = CodecKind::Opus.audio_rate().hz() as i32;
        let mut code = libopus::OPUS_OK;
        let application = libopus::OPUS_APPLICATION_VOIP;
        // SAFETY: gives an encoder that is ours, or nothing and a code.
        let encoder =
            unsafe { libopus::opus_encoder_create(rate_hz, 1, application, &raw mut code) };
        let encoder = Self(NonNull::new(encoder).ok_or(CodecError::Opus(code))?);
        let requests = [
            (libopus::OPUS_SET_BITRATE_REQUEST, sends.bitrate_bps),
            (libopus::OPUS_SET_INBAND_FEC_REQUEST, i32::from(sends.fec)),
            (libopus::OPUS_SET_PACKET_LOSS_PERC_REQUEST, sends.expected_loss_percent),
            (libopus::OPUS_SET_DRED_DURATION_REQUEST, sends.dred_ms / UNIT_MS),
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

    /// The payload of one packet.
    pub(crate) fn encode(&mut self, samples: &[f32]) -> Result<Vec<u8>, CodecError> {
        let mut payload = vec![0; PAYLOAD_BYTES_MAX];
        // SAFETY: the encoder is there, and the lengths are those of the slices.
        let bytes = unsafe {
            libopus::opus_encode_float(
                self.0.as_ptr(),
                samples.as_ptr(),
                samples.len() as c_int,
                payload.as_mut_ptr(),
                payload.len() as i32,
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
