//! What a decoder needs for its neural networks: a place for their memory, and a reader of what packets carry for them.

#![allow(unsafe_code)] // libopus is in C.

use super::{check, decoder::OpusDecoder};
use crate::{codec::CodecError, rate::Rate};
use opusic_sys as libopus;

/// Memory for all of a decoder of Opus, its networks' included: 88 kB, in which one decoder at a time may
/// [settle](crate::codec::Decoder::settle).
pub struct DeepPlace(pub(super) Box<[u64]>);

impl DeepPlace {
    /// Allocates one.
    ///
    /// # Errors
    /// [`CodecError::Opus`] if libopus can't make a decoder.
    pub fn new() -> Result<Self, CodecError> {
        Ok(Self(OpusDecoder::new(Rate::Hz48000)?.fresh_block()))
    }
}

impl std::fmt::Debug for DeepPlace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DeepPlace").finish_non_exhaustive()
    }
}

/// A reader of DRED (deep redundancy, draft-ietf-mlcodec-opus-dred): what was said within the last second or so, in the
/// padding of a packet of Opus, coarsely. One serves all decoders of a thread, in 13 kB. What doesn't carry any is told
/// within 0.2 µs; what does takes 20 to 45 µs.
///
/// While that draft is none of the standards, senders and receivers understand each other if both have a libopus of the
/// same experimental version of it; what is of another is passed over.
pub struct DredReader {
    decoder: Box<[u64]>,
    /// What the last packet carried.
    carried: Box<[u64]>,
}

impl DredReader {
    /// Allocates one.
    ///
    /// # Errors
    /// [`CodecError::Opus`] if libopus can't make one.
    pub fn new() -> Result<Self, CodecError> {
        // SAFETY: pure functions without arguments.
        let sizes =
            unsafe { [libopus::opus_dred_decoder_get_size(), libopus::opus_dred_get_size()] };
        let [mut decoder, carried] = sizes.map(|bytes| {
            vec![0_u64; usize::try_from(bytes).unwrap_or(0).div_ceil(size_of::<u64>())]
                .into_boxed_slice()
        });
        if decoder.is_empty() || carried.is_empty() {
            return Err(CodecError::Opus(libopus::OPUS_UNIMPLEMENTED));
        }
        // SAFETY: the block is as long as libopus asks for, aligned and exclusively ours.
        check(unsafe { libopus::opus_dred_decoder_init(decoder.as_mut_ptr().cast()) })?;
        Ok(Self { decoder, carried })
    }

    /// Reads what a packet that isn't empty carries of the sound right before it, at most so many samples at `rate`.
    /// Gives how far that goes back, in samples.
    pub(super) fn read(&mut self, packet: &[u8], most: usize, rate: Rate) -> usize {
        let (Ok(bytes), Ok(most)) = (i32::try_from(packet.len()), i32::try_from(most)) else {
            return 0;
        };
        if packet.is_empty() {
            return 0;
        }
        let mut end = 0;
        // SAFETY: the reader was initialised, the other block is as long as libopus asks for, and no more of the packet is
        // read than its length allows, which isn't zero.
        let samples = unsafe {
            libopus::opus_dred_parse(
                self.decoder.as_mut_ptr().cast(),
                self.carried.as_mut_ptr().cast(),
                packet.as_ptr(),
                bytes,
                most,
                rate.hz() as i32,
                &raw mut end,
                0,
            )
        };
        usize::try_from(samples).unwrap_or(0)
    }

    pub(super) fn carried(&self) -> *const libopus::OpusDRED {
        self.carried.as_ptr().cast()
    }
}

impl std::fmt::Debug for DredReader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DredReader").finish_non_exhaustive()
    }
}
