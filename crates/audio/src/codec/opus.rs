//! Opus by libopus: at 48 kHz, 20 ms a packet (RFC 6716); mono, but for encoders of two channels.

#![allow(unsafe_code)] // The encoder's state lives in memory of ours, so that it can be copied.

use super::{CodecError, EncoderSettings};
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

/// libopus produces lost sound in multiples of 2.5 ms, up to 120 ms at once.
const CONCEALED_QUANTUM_SAMPLES: usize = 120;
const CONCEALED_SAMPLES_MAX: usize = super::DECODED_SAMPLES_MAX;

/// An encoder whose state can be copied to another of its kind.
///
/// libopus keeps all of an encoder's state in one contiguous block whose inner references are
/// offsets or point to static tables. The block here is memory of ours, so a copy of the block
/// is an encoder that goes on from the same point.
pub(super) struct OpusEncoder {
    /// Words rather than bytes, for libopus wants the alignment of a pointer.
    state: Box<[u64]>,
    is_stereo: bool,
}

impl OpusEncoder {
    pub(super) fn new(settings: &EncoderSettings) -> Result<Self, CodecError> {
        // SAFETY: a pure function of its argument.
        let bytes = unsafe { libopus::opus_encoder_get_size(channels(settings.opus_stereo)) };
        let words = usize::try_from(bytes).unwrap_or(0).div_ceil(size_of::<u64>());
        if words == 0 {
            return Err(CodecError::Opus(libopus::OPUS_INTERNAL_ERROR));
        }
        let state = vec![0; words].into_boxed_slice();
        let mut encoder = Self { state, is_stereo: settings.opus_stereo };
        encoder.initialise(settings)?;
        Ok(encoder)
    }

    fn initialise(&mut self, settings: &EncoderSettings) -> Result<(), CodecError> {
        let channels = channels(self.is_stereo);
        // SAFETY: the block is at least as long as libopus asks for, aligned and exclusively ours.
        check(unsafe {
            libopus::opus_encoder_init(self.as_mut_ptr(), SAMPLE_RATE_HZ, channels, APPLICATION)
        })?;
        self.configure(settings)
    }

    /// Works by other settings from the next frame on.
    pub(super) fn configure(&mut self, settings: &EncoderSettings) -> Result<(), CodecError> {
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
            check(unsafe { libopus::opus_encoder_ctl(self.as_mut_ptr(), request, value) })?;
        }
        Ok(())
    }

    /// Encodes 20 ms, of two channels in turn if it is an encoder of two; gives the number of bytes.
    pub(super) fn encode(&mut self, samples: &[f32], out: &mut [u8]) -> Result<usize, CodecError> {
        let samples_len = samples.len() / if self.is_stereo { 2 } else { 1 };
        let samples_len = c_int::try_from(samples_len).unwrap_or(c_int::MAX);
        let out_len = i32::try_from(out.len()).unwrap_or(i32::MAX);
        // SAFETY: the state was initialised; the lengths, of which that of samples counts one channel, are
        // not more than those of the slices.
        let bytes = check(unsafe {
            libopus::opus_encode_float(
                self.as_mut_ptr(),
                samples.as_ptr(),
                samples_len,
                out.as_mut_ptr(),
                out_len,
            )
        })?;
        Ok(bytes)
    }

    /// Brings the encoder back to the state that it had when it was made with these settings. libopus' own
    /// reset keeps some of what it has learnt of the sound. Nothing is allocated.
    pub(super) fn reset(&mut self, settings: &EncoderSettings) {
        // It has no way to fail: the same was done when the encoder was made.
        let _ = self.initialise(settings);
    }

    /// Goes on from where `other` is, in state and settings. Costs 30 kB of copying, and a third more for two
    /// channels. If it hasn't as many channels, nothing is copied.
    pub(super) fn copy_state_from(&mut self, other: &Self) -> Result<(), CodecError> {
        if self.is_stereo != other.is_stereo {
            return Err(CodecError::DifferentEncoders);
        }
        self.state.copy_from_slice(&other.state);
        Ok(())
    }

    fn as_mut_ptr(&mut self) -> *mut libopus::OpusEncoder {
        self.state.as_mut_ptr().cast()
    }
}

const fn channels(is_stereo: bool) -> c_int {
    if is_stereo { 2 } else { 1 }
}

/// A decoder to 48 kHz, whatever the bandwidth and frame size that is sent.
pub(super) struct OpusDecoder(opus::Decoder);

impl OpusDecoder {
    pub(super) fn new() -> Result<Self, CodecError> {
        opus::Decoder::new(SAMPLE_RATE_HZ as u32, opus::Channels::Mono)
            .map(Self)
            .map_err(|error| CodecError::Opus(error.code() as i32))
    }

    /// Decodes a payload that isn't empty; gives the number of samples.
    pub(super) fn decode(&mut self, payload: &[u8], out: &mut [f32]) -> Result<usize, CodecError> {
        self.0.decode_float(payload, out, false).map_err(|error| match error.code() {
            opus::ErrorCode::BufferTooSmall => CodecError::OutputTooShort {
                needed: self.0.get_nb_samples(payload).unwrap_or(CONCEALED_SAMPLES_MAX),
                available: out.len(),
            },
            opus::ErrorCode::InvalidPacket | opus::ErrorCode::BadArg => {
                CodecError::MalformedPayload { bytes: payload.len() }
            }
            other => CodecError::Opus(other as i32),
        })
    }

    /// Brings the decoder back to its initial state.
    pub(super) fn reset(&mut self) {
        // It has no way to fail.
        let _ = self.0.reset_state();
    }

    /// Fills `out` with the sound right before `next`, out of the copy that `next` carries of it, and
    /// gives true; or does nothing, if it carries none or that is of another length.
    pub(super) fn recover(&mut self, next: &[u8], out: &mut [f32]) -> bool {
        let frame = opus::packet::get_samples_per_frame(next, SAMPLE_RATE_HZ as u32);
        let fits = frame.is_ok_and(|frame| frame <= out.len());
        let is_whole = out.len().is_multiple_of(CONCEALED_QUANTUM_SAMPLES);
        fits && is_whole
            && out.len() <= CONCEALED_SAMPLES_MAX
            && has_redundancy(next)
            && self.0.decode_float(next, out, true).is_ok_and(|made| made == out.len())
    }

    /// Fills `out` with what libopus makes of the sound before it.
    pub(super) fn conceal(&mut self, out: &mut [f32]) {
        for part in out.chunks_mut(CONCEALED_SAMPLES_MAX) {
            let whole = part.len() - part.len() % CONCEALED_QUANTUM_SAMPLES;
            let (whole, rest) = part.split_at_mut(whole);
            let made = self.0.decode_float(&[], whole, false).unwrap_or(0);
            whole.iter_mut().skip(made).chain(rest).for_each(|sample| *sample = 0.0);
        }
    }
}

/// Whether a packet carries a coarse copy of the one before it.
fn has_redundancy(packet: &[u8]) -> bool {
    let Ok(bytes) = i32::try_from(packet.len()) else { return false };
    // libopus looks at the first byte before it looks at the length.
    if packet.is_empty() {
        return false;
    }
    // SAFETY: reads no more of the packet than its length allows, which isn't zero.
    unsafe { libopus::opus_packet_has_lbrr(packet.as_ptr(), bytes) > 0 }
}

/// Makes a result of what libopus returns: a count, or an error below zero.
fn check(code: c_int) -> Result<usize, CodecError> {
    usize::try_from(code).map_err(|_| CodecError::Opus(code))
}
