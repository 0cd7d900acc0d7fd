//! The decoder.

#![allow(unsafe_code)] // libopus is in C.

use super::state::{Fresh, State};
use crate::{
    codec::{CodecError, DECODED_SAMPLES_MAX},
    rate::Rate,
};
use opusic_sys as libopus;
use std::{ffi::c_int, ptr};

/// libopus produces lost sound in multiples of 2.5 ms.
const CONCEALED_QUANTA_PER_SECOND: usize = 400;

/// The longest packet (RFC 6716 §3.2.5), and the most that is made up at once, in milliseconds.
const LONGEST_MS: u32 = 120;

/// A decoder to any of our rates, whatever the bandwidth and frame size that is sent.
pub(in crate::codec) struct OpusDecoder {
    state: State,
    rate: Rate,
}

/// Decoders that were just set up, by rate.
static FRESH: [Fresh; Rate::ALL.len()] = [const { Fresh::new() }; Rate::ALL.len()];

impl OpusDecoder {
    pub(in crate::codec) fn new(rate: Rate) -> Result<Self, CodecError> {
        // SAFETY: a pure function of its argument.
        let bytes = unsafe { libopus::opus_decoder_get_size(1) };
        let state = FRESH[rate.index()].state(bytes, |block| {
            // SAFETY: the block is at least as long as libopus asks for, aligned and exclusively ours.
            unsafe { libopus::opus_decoder_init(block.as_mut_ptr().cast(), hz(rate), 1) }
        })?;
        Ok(Self { state, rate })
    }

    /// Decodes a payload that isn't empty; gives the number of samples.
    pub(in crate::codec) fn decode(
        &mut self,
        payload: &[u8],
        out: &mut [f32],
    ) -> Result<usize, CodecError> {
        self.run(payload, out, false).map_err(|code| match code {
            libopus::OPUS_BUFFER_TOO_SMALL => CodecError::OutputTooShort {
                needed: samples(payload, self.rate).unwrap_or(DECODED_SAMPLES_MAX),
                available: out.len(),
            },
            libopus::OPUS_INVALID_PACKET | libopus::OPUS_BAD_ARG => {
                CodecError::MalformedPayload { bytes: payload.len() }
            }
            other => CodecError::Opus(other),
        })
    }

    /// Brings the decoder back to its initial state.
    pub(in crate::codec) fn reset(&mut self) {
        self.state.reset();
    }

    /// Fills `out` with the sound right before `next`, out of the copy that `next` carries of it, and
    /// gives true; or does nothing, if it carries none or that is of another length.
    pub(in crate::codec) fn recover(&mut self, next: &[u8], out: &mut [f32]) -> bool {
        let fits = frame_samples(next, self.rate).is_some_and(|frame| frame <= out.len());
        let is_whole = out.len().is_multiple_of(quantum(self.rate));
        fits && is_whole
            && out.len() <= longest(self.rate)
            && has_redundancy(next)
            && self.run(next, out, true).is_ok_and(|made| made == out.len())
    }

    /// Fills `out` with what libopus makes of the sound before it.
    pub(in crate::codec) fn conceal(&mut self, out: &mut [f32]) {
        for part in out.chunks_mut(longest(self.rate)) {
            let whole = part.len() - part.len() % quantum(self.rate);
            let (whole, rest) = part.split_at_mut(whole);
            let made = self.run(&[], whole, false).unwrap_or(0);
            whole.iter_mut().skip(made).chain(rest).for_each(|sample| *sample = 0.0);
        }
    }

    /// Decodes a payload, or its coarse copy of the one before, or makes up what is lost if it is empty. Gives the
    /// number of samples, or what libopus has against it.
    fn run(&mut self, payload: &[u8], out: &mut [f32], from_copy: bool) -> Result<usize, c_int> {
        let bytes = i32::try_from(payload.len()).map_err(|_| libopus::OPUS_BAD_ARG)?;
        let data = if payload.is_empty() { ptr::null() } else { payload.as_ptr() };
        let longest = c_int::try_from(out.len()).unwrap_or(c_int::MAX);
        // SAFETY: the state was initialised; neither length is more than that of its slice, and without a
        // payload there is no pointer.
        let made = unsafe {
            libopus::opus_decode_float(
                self.state.as_mut_ptr(),
                data,
                bytes,
                out.as_mut_ptr(),
                longest,
                c_int::from(from_copy),
            )
        };
        usize::try_from(made).map_err(|_| made)
    }
}

/// What is made up at a time is a multiple of this.
const fn quantum(rate: Rate) -> usize {
    rate.hz() as usize / CONCEALED_QUANTA_PER_SECOND
}

/// What a packet decodes to at most: 120 ms.
const fn longest(rate: Rate) -> usize {
    rate.samples_in_ms(LONGEST_MS)
}

const fn hz(rate: Rate) -> i32 {
    rate.hz() as i32
}

/// How many samples a packet decodes to, if it is well-formed that far.
fn samples(packet: &[u8], rate: Rate) -> Option<usize> {
    let bytes = i32::try_from(packet.len()).ok()?;
    // SAFETY: reads no more of the packet than its length allows.
    let samples = unsafe { libopus::opus_packet_get_nb_samples(packet.as_ptr(), bytes, hz(rate)) };
    usize::try_from(samples).ok()
}

/// How many samples each frame of a packet has, if there is anything in it.
fn frame_samples(packet: &[u8], rate: Rate) -> Option<usize> {
    let first = packet.first()?;
    // SAFETY: reads the first byte, which is there.
    let samples = unsafe { libopus::opus_packet_get_samples_per_frame(first, hz(rate)) };
    usize::try_from(samples).ok()
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
