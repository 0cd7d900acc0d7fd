//! What the caller wants of an existing call.

use bytes::Bytes;

use crate::{HangUp, Rejection};

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
