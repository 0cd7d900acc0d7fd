//! What libopus keeps of a stream, in memory of ours.
//!
//! libopus keeps all of an encoder's or a decoder's state in one contiguous block whose inner references are
//! offsets or point to static tables. So a copy of the block is one that goes on from the same point; and a block
//! that was just set up, kept aside, makes beginning anew a copy. libopus' own reset asks the processor each time
//! what it is capable of, which takes a virtual machine 100 µs, and keeps some of what an encoder has learnt.

use super::check;
use crate::codec::CodecError;
use opusic_sys as libopus;
use std::ffi::c_int;
use std::sync::OnceLock;

/// The state of an encoder or a decoder.
pub(super) struct State {
    /// Words rather than bytes, for libopus wants the alignment of a pointer.
    words: Box<[u64]>,
    fresh: &'static [u64],
}

/// States of one kind that were just set up: what all of that kind begin with.
pub(super) struct Fresh(OnceLock<Box<[u64]>>);

impl Fresh {
    pub(super) const fn new() -> Self {
        Self(OnceLock::new())
    }

    /// A state of so many bytes, set up by `initialise` if it is the first of its kind.
    pub(super) fn state(
        &'static self,
        bytes: c_int,
        initialise: impl FnOnce(&mut [u64]) -> c_int,
    ) -> Result<State, CodecError> {
        let fresh = match self.0.get() {
            Some(fresh) => fresh,
            None => {
                let words = usize::try_from(bytes).unwrap_or(0).div_ceil(size_of::<u64>());
                if words == 0 {
                    return Err(CodecError::Opus(libopus::OPUS_INTERNAL_ERROR));
                }
                let mut fresh = vec![0; words].into_boxed_slice();
                check(initialise(&mut fresh))?;
                self.0.get_or_init(|| fresh)
            }
        };
        Ok(State { words: fresh.clone(), fresh })
    }
}

impl State {
    /// Begins anew. Takes a microsecond or two.
    pub(super) fn reset(&mut self) {
        self.words.copy_from_slice(self.fresh);
    }

    /// Goes on from where `other` is. Whether both are of one kind is for the caller to know.
    pub(super) fn copy_from(&mut self, other: &Self) {
        self.words.copy_from_slice(&other.words);
    }

    pub(super) fn as_mut_ptr<T>(&mut self) -> *mut T {
        self.words.as_mut_ptr().cast()
    }
}
