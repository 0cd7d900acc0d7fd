//! What libopus keeps of a stream, in memory of ours.
//!
//! libopus keeps all of an encoder's or a decoder's state in one contiguous block whose inner references are
//! offsets or point to static tables. So a copy of the block is one that goes on from the same point; and a block
//! that was just set up, kept aside, makes beginning anew a copy. libopus' own reset asks the processor each time
//! what it is capable of, which takes a virtual machine 100 µs, and keeps some of what an encoder has learnt.
//!
//! Amid each block is a large part for the neural networks, which streams at rest have no use for: 70 of a decoder's
//! 88 kB, 77 of an encoder's 109. It is left out of what a stream [keeps](State), and each thread has one block of
//! each kind on which they all work: a microsecond or two to copy the rest there and back.

use super::check;
use crate::codec::CodecError;
use opusic_sys as libopus;
use std::cell::RefCell;
use std::ffi::c_int;
use std::ops::Range;
use std::sync::OnceLock;

/// The state of an encoder or a decoder.
pub(super) struct State {
    /// All but the part for the networks. Words rather than bytes, for libopus wants the alignment of a pointer.
    kept: Box<[u64]>,
    /// The whole of it, for as long as it is lent one: it is up to date then, and `kept` isn't.
    whole: Option<Box<[u64]>>,
    kind: &'static Kind,
}

/// States that were just set up, and what of them is kept.
struct Kind {
    fresh: Box<[u64]>,
    /// The words of the networks' part.
    networks: Range<usize>,
    bench: Bench,
}

/// Which of a thread's blocks a state is worked on.
#[derive(Debug, Clone, Copy)]
pub(super) enum Bench {
    Decoder,
    Encoder,
    StereoEncoder,
}

thread_local! {
    /// A block for each [`Bench`], empty until it is needed: scratch memory that is too large for a stack. Nothing of it
    /// outlasts a call but what the networks were, which nobody looks at without a block of its own.
    static BENCHES: [RefCell<Vec<u64>>; 3] = const { [const { RefCell::new(Vec::new()) }; 3] };
}

/// States of one kind that were just set up: what all of that kind begin with.
pub(super) struct Fresh(OnceLock<Kind>);

impl Fresh {
    pub(super) const fn new() -> Self {
        Self(OnceLock::new())
    }

    /// A state of so many bytes, set up by `initialise` if it is the first of its kind, whose networks' part is at those
    /// words that `find` finds in it.
    pub(super) fn state(
        &'static self,
        bench: Bench,
        bytes: c_int,
        initialise: impl FnOnce(&mut [u64]) -> c_int,
        find: impl FnOnce(&[u64]) -> Option<Range<usize>>,
    ) -> Result<State, CodecError> {
        let kind = match self.0.get() {
            Some(kind) => kind,
            None => {
                let words = usize::try_from(bytes).unwrap_or(0).div_ceil(size_of::<u64>());
                if words == 0 {
                    return Err(CodecError::Opus(libopus::OPUS_INTERNAL_ERROR));
                }
                let mut fresh = vec![0; words].into_boxed_slice();
                check(initialise(&mut fresh))?;
                // Where it isn't as we know it, all is kept.
                let networks = find(&fresh)
                    .filter(|part| part.start <= part.end && part.end <= words)
                    .unwrap_or(0..0);
                self.0.get_or_init(|| Kind { fresh, networks, bench })
            }
        };
        let mut kept = vec![0; kind.fresh.len() - kind.networks.len()].into_boxed_slice();
        kind.copy_out(&kind.fresh, &mut kept);
        Ok(State { kept, whole: None, kind })
    }
}

impl State {
    /// Has `work` done on the whole block.
    pub(super) fn work<T, R>(&mut self, work: impl FnOnce(*mut T) -> R) -> R {
        if let Some(whole) = &mut self.whole {
            return work(whole.as_mut_ptr().cast());
        }
        let Self { kept, kind, .. } = self;
        BENCHES.with(|benches| {
            let mut block = benches[kind.bench as usize].borrow_mut();
            kind.prepare(&mut block);
            kind.copy_in(kept, &mut block);
            let result = work(block.as_mut_ptr().cast());
            kind.copy_out(&block, kept);
            result
        })
    }

    /// Allocates what the calling thread needs for [work](Self::work) on states of this kind.
    pub(super) fn prepare_thread(&self) {
        BENCHES
            .with(|benches| self.kind.prepare(&mut benches[self.kind.bench as usize].borrow_mut()));
    }

    /// Begins anew. Takes a microsecond or two.
    pub(super) fn reset(&mut self) {
        match &mut self.whole {
            Some(whole) => whole.copy_from_slice(&self.kind.fresh),
            None => self.kind.copy_out(&self.kind.fresh, &mut self.kept),
        }
    }

    /// Goes on from where `other` is. Whether both are of one kind is for the caller to know, and that neither is lent a
    /// block.
    pub(super) fn copy_from(&mut self, other: &Self) {
        self.kept.copy_from_slice(&other.kept);
    }

    #[cfg(test)]
    pub(super) fn kept_bytes(&self) -> usize {
        size_of_val(&*self.kept)
    }

    /// Whether it has a block of its own.
    pub(super) fn is_lent(&self) -> bool {
        self.whole.is_some()
    }

    /// A whole block that was just set up, for a state of this kind.
    pub(super) fn fresh_block(&self) -> Box<[u64]> {
        self.kind.fresh.clone()
    }

    /// Moves into a block of its kind, and finds the networks' part as it is in the beginning. Takes some microseconds.
    pub(super) fn move_into(&self, block: &mut [u64]) {
        block.copy_from_slice(&self.kind.fresh);
        self.kind.copy_in(&self.kept, block);
    }

    /// Moves out of the block that it is lent, and gives it back.
    pub(super) fn move_out(&mut self) -> Option<Box<[u64]>> {
        let whole = self.whole.take()?;
        self.kind.copy_out(&whole, &mut self.kept);
        Some(whole)
    }

    /// Lends it the block that it has moved into, or else takes that back.
    pub(super) fn lend(&mut self, whole: Option<Box<[u64]>>) -> Option<Box<[u64]>> {
        std::mem::replace(&mut self.whole, whole)
    }
}

impl Kind {
    /// Sees to it that `block` is a whole one.
    fn prepare(&self, block: &mut Vec<u64>) {
        if block.len() != self.fresh.len() {
            block.clear();
            block.extend_from_slice(&self.fresh);
        }
    }

    /// Copies what is kept out of a whole block.
    fn copy_out(&self, whole: &[u64], kept: &mut [u64]) {
        let (head, tail) = kept.split_at_mut(self.networks.start);
        head.copy_from_slice(&whole[..self.networks.start]);
        tail.copy_from_slice(&whole[self.networks.end..]);
    }

    /// Puts what is kept into a whole block.
    fn copy_in(&self, kept: &[u64], whole: &mut [u64]) {
        let (head, tail) = kept.split_at(self.networks.start);
        whole[..self.networks.start].copy_from_slice(head);
        whole[self.networks.end..].copy_from_slice(tail);
    }
}
