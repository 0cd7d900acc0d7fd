//! What is wanted of a phase, and what follows it.

use bytes::Bytes;

use super::unacknowledged::Unacknowledged;
use crate::{HangUp, Rejection, dialog::Dialog};

/// What the caller wants of an existing call.
#[derive(Debug)]
pub(crate) enum Wish {
    Ring,
    Progress(Bytes),
    Answer(Bytes),
    Reject(Rejection),
    HangUp(HangUp),
    AcceptOffer(Bytes),
    RefuseOffer(u16),
    Offer(Bytes),
}

/// What follows a phase that is over.
#[derive(Debug)]
pub(super) enum Next {
    /// The call is answered.
    Talk {
        dialog: Dialog,
        /// Our 2xx, if it was ours to answer.
        waiting: Option<Unacknowledged>,
    },
    /// It is over for its caller: the peer has to be told.
    Leave { dialog: Dialog, why: HangUp },
    /// Nothing is left to do.
    Done,
}
