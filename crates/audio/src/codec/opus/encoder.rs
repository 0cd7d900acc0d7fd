//! The encoder.

#![allow(unsafe_code)] // libopus is in C.

use super::{
    check, numbers,
    state::{Bench, Fresh, State},
};
use crate::codec::{CodecError, EncoderSettings};
use opusic_sys as libopus;
use std::{ffi::c_int, ops::Range};

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
    pub(super) state: State,
    is_stereo: bool,
}

/// Encoders that were just set up, of one channel and of two.
static FRESH: [Fresh; 2] = [Fresh::new(), Fresh::new()];

impl OpusEncoder {
    pub(in crate::codec) fn new(settings: &EncoderSettings) -> Result<Self, CodecError> {
        let channels = if settings.opus_stereo { 2 } else { 1 };
        // SAFETY: a pure function of its argument.
        let bytes = unsafe { libopus::opus_encoder_get_size(channels) };
        let initialise = |block: &mut [u64]| {
            let encoder = block.as_mut_ptr().cast();
            // SAFETY: the block is at least as long as libopus asks for, aligned and exclusively ours.
            unsafe { libopus::opus_encoder_init(encoder, SAMPLE_RATE_HZ, channels, APPLICATION) }
        };
        let bench = if settings.opus_stereo { Bench::StereoEncoder } else { Bench::Encoder };
        let find = |fresh: &[u64]| networks(fresh, channels);
        let state =
            FRESH[usize::from(settings.opus_stereo)].state(bench, bytes, initialise, find)?;
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
        self.state.work(|state| {
            requests.into_iter().try_for_each(|(request, value)| {
                // SAFETY: the state was initialised, and each of these requests takes one i32 by value.
                check(unsafe { libopus::opus_encoder_ctl(state, request, value) }).map(|_| ())
            })
        })
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
        check(self.state.work(|state| unsafe {
            libopus::opus_encode_float(
                state,
                samples.as_ptr(),
                samples_len,
                out.as_mut_ptr(),
                out_len,
            )
        }))
    }

    #[cfg(test)]
    pub(super) fn kept_bytes(&self) -> usize {
        self.state.kept_bytes()
    }

    /// Allocates what the calling thread needs for all that are like this one.
    pub(super) fn prepare_thread(&self) {
        self.state.prepare_thread();
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

/// Words at the beginning of an encoder that are kept: its settings for the speech coder, and something of the networks'
/// part, which begins with where their weights are.
const HEAD_WORDS: usize = 64;

/// Words right before its own settings that are kept: something of the networks' part.
const BEFORE_SETTINGS_WORDS: usize = 8;

/// The words of the networks' part in an encoder that was just set up: up to shortly before its own settings, which begin
/// with what it is for and its channels, and what it delays them by (`struct OpusEncoder` of opus_encoder.c).
fn networks(fresh: &[u64], channels: c_int) -> Option<Range<usize>> {
    let settings: Vec<c_int> = numbers(fresh).collect();
    let begins = |numbers: &[c_int]| numbers == [APPLICATION, channels, DELAY_SAMPLES];
    let mut places = settings.windows(3).enumerate().filter(|(_, numbers)| begins(numbers));
    let (place, _) = places.next()?;
    let is_alone = places.next().is_none();
    let end = (place / 2).checked_sub(BEFORE_SETTINGS_WORDS)?;
    is_alone.then_some(HEAD_WORDS..end)
}

/// What libopus has the transform coder wait for the speech coder: 4 ms.
const DELAY_SAMPLES: c_int = SAMPLE_RATE_HZ / 250;
