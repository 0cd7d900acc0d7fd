//! The decoder.

#![allow(unsafe_code)] // libopus is in C.

use super::{
    deep::{DeepPlace, DredReader},
    numbers,
    state::{Bench, Fresh, State},
};
use crate::{
    codec::{CodecError, DECODED_SAMPLES_MAX},
    rate::Rate,
};
use opusic_sys as libopus;
use std::{ffi::c_int, ops::Range, ptr};

/// libopus produces lost sound in multiples of 2.5 ms.
const CONCEALED_QUANTA_PER_SECOND: usize = 400;

/// From this complexity on a decoder guesses by networks.
const DEEP_COMPLEXITY: c_int = 5;

/// What is made of DRED at a time, in milliseconds: libopus reads for one piece of at most 20 ms.
const DRED_PART_MS: u32 = 20;

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
        let initialise = |block: &mut [u64]| {
            // SAFETY: the block is at least as long as libopus asks for, aligned and exclusively ours.
            unsafe { libopus::opus_decoder_init(block.as_mut_ptr().cast(), hz(rate), 1) }
        };
        let state = FRESH[rate.index()].state(Bench::Decoder, bytes, initialise, networks)?;
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

    /// Fills `out` with the sound right before `next`, out of what `next` carries of it: all that it has of it as DRED, and
    /// of the last frame the coarse copy, which is the better one. The rest is a guess. Gives false, and does nothing, if
    /// `next` carries no DRED, or that nothing of `out`; or without a place.
    pub(in crate::codec) fn recover_by_dred(
        &mut self,
        next: &[u8],
        out: &mut [f32],
        reader: &mut DredReader,
    ) -> bool {
        let Some(frame) = frame_samples(next, self.rate) else { return false };
        if !self.state.is_lent() || frame == 0 || !out.len().is_multiple_of(quantum(self.rate)) {
            return false;
        }
        let length = out.len();
        if reader.read(next, length, self.rate) == 0 {
            return false;
        }
        let has_copy = length >= frame && has_redundancy(next);
        let by_dred = if has_copy { length - frame } else { length };
        let (before, last) = out.split_at_mut(by_dred);
        let mut back = length;
        for part in before.chunks_mut(self.rate.samples_in_ms(DRED_PART_MS)) {
            let made = self.run_dred(reader, back, part);
            part.iter_mut().skip(made).for_each(|sample| *sample = 0.0);
            back -= part.len();
        }
        if !last.is_empty() && !self.recover(next, last) {
            self.conceal(last);
        }
        true
    }

    /// Makes sound of what was read, from so many samples before the packet on. Gives the number of samples.
    fn run_dred(&mut self, reader: &DredReader, back: usize, out: &mut [f32]) -> usize {
        let (Ok(back), Ok(length)) = (i32::try_from(back), i32::try_from(out.len())) else {
            return 0;
        };
        // SAFETY: the state was initialised, and what was read; the length is that of the slice.
        let made = self.state.work(|state| unsafe {
            let carried = reader.carried();
            libopus::opus_decoder_dred_decode_float(state, carried, back, out.as_mut_ptr(), length)
        });
        usize::try_from(made).unwrap_or(0)
    }

    /// Whether it has a place just now.
    #[cfg(test)]
    pub(super) fn has_place(&self) -> bool {
        self.state.is_lent()
    }

    #[cfg(test)]
    pub(super) fn rate(&self) -> Rate {
        self.rate
    }

    #[cfg(test)]
    pub(super) fn kept_bytes(&self) -> usize {
        self.state.kept_bytes()
    }

    /// Allocates what the calling thread needs for all that are like this one.
    pub(super) fn prepare_thread(&self) {
        self.state.prepare_thread();
    }

    /// Memory for a whole decoder.
    pub(super) fn fresh_block(&self) -> Box<[u64]> {
        self.state.fresh_block()
    }

    /// Moves into a place, which it then has.
    pub(in crate::codec) fn settle(&mut self, mut place: DeepPlace) {
        self.state.move_into(&mut place.0);
        self.lend(Some(place));
    }

    /// Moves out of the place that it has, and gives it back.
    pub(in crate::codec) fn leave(&mut self) -> Option<DeepPlace> {
        self.set_deep(false);
        self.state.move_out().map(DeepPlace)
    }

    /// Gives it the place that it has settled in, or takes that from it until it is given it again.
    pub(in crate::codec) fn lend(&mut self, place: Option<DeepPlace>) -> Option<DeepPlace> {
        self.state.lend(place.map(|place| place.0)).map(DeepPlace)
    }

    /// Whether guesses are made by networks, from now on: in a place only.
    pub(in crate::codec) fn set_deep(&mut self, is_deep: bool) {
        let complexity = if is_deep && self.state.is_lent() { DEEP_COMPLEXITY } else { 0 };
        // SAFETY: the state was initialised, and this request takes one i32 by value. It has no way to fail.
        let _ = self.state.work(|state| unsafe {
            libopus::opus_decoder_ctl(state, libopus::OPUS_SET_COMPLEXITY_REQUEST, complexity)
        });
    }

    /// Decodes a payload, or its coarse copy of the one before, or makes up what is lost if it is empty. Gives the
    /// number of samples, or what libopus has against it.
    fn run(&mut self, payload: &[u8], out: &mut [f32], from_copy: bool) -> Result<usize, c_int> {
        let bytes = i32::try_from(payload.len()).map_err(|_| libopus::OPUS_BAD_ARG)?;
        let data = if payload.is_empty() { ptr::null() } else { payload.as_ptr() };
        let longest = c_int::try_from(out.len()).unwrap_or(c_int::MAX);
        let copy = c_int::from(from_copy);
        // SAFETY: the state was initialised; neither length is more than that of its slice, and without a
        // payload there is no pointer.
        let made = self.state.work(|state| unsafe {
            libopus::opus_decode_float(state, data, bytes, out.as_mut_ptr(), longest, copy)
        });
        usize::try_from(made).map_err(|_| made)
    }
}

/// Words at the beginning of a decoder that are kept: its settings, and something of the networks' part, which begins
/// with where their weights are.
const HEAD_WORDS: usize = 64;

/// Words right before the speech decoder (SILK) that are kept: five of how the last packet was, and something of the
/// networks' part.
const BEFORE_SILK_WORDS: usize = 8;

/// The words of the networks' part in a decoder that was just set up: from behind its settings to shortly before the
/// speech decoder, whose offset in bytes is the second of its numbers (`struct OpusDecoder` of opus_decoder.c).
fn networks(fresh: &[u64]) -> Option<Range<usize>> {
    let silk_bytes = numbers(fresh).nth(1)?;
    let end =
        (usize::try_from(silk_bytes).ok()? / size_of::<u64>()).checked_sub(BEFORE_SILK_WORDS)?;
    Some(HEAD_WORDS..end)
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
