//! What crosses the boundary: commands in, events out.

use std::{fmt, net::SocketAddr, time::Duration};

use bytes::Bytes;

use crate::{Masked, SipError, TrunkId};

/// Names one call for as long as it lives.
///
/// The caller chooses the ids of outbound calls, below 2^63; the endpoint counts inbound calls from 2^63 on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallId(pub u64);

impl CallId {
    const INBOUND: u64 = 1 << 63;

    /// The `count`th inbound call.
    pub(crate) const fn inbound(count: u64) -> Self {
        Self(count | Self::INBOUND)
    }

    /// Whether the endpoint chose this id, for a call that came in.
    pub const fn is_inbound(self) -> bool {
        self.0 & Self::INBOUND != 0
    }
}

impl fmt::Display for CallId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (direction, count) =
            if self.is_inbound() { ("in", self.0 & !Self::INBOUND) } else { ("out", self.0) };
        write!(f, "{direction}-{count}")
    }
}

/// An outbound call to be placed.
#[derive(Clone)]
pub struct Dial {
    /// The trunk to call over.
    pub trunk: TrunkId,
    /// The number: E.164 with its `+`, a short code of the trunk's (digits, `*`, `#`), or the name of somebody there
    /// (letters, digits, and `-_.!~`).
    pub to_number: String,
    /// The number shown to the callee; the trunk's own when `None`.
    pub caller_id: Option<String>,
    /// The SDP offer.
    pub offer: Bytes,
    /// How long to let it ring before the call is cancelled.
    pub ring_time: Duration,
}

impl Dial {
    /// The longest number or name, in characters: E.164 allows 15 digits, short codes and prefixes a little more.
    pub const NUMBER_LENGTH_MAX: usize = 32;

    pub(crate) fn check(&self) -> Result<(), SipError> {
        let number = self.to_number.strip_prefix('+').unwrap_or(&self.to_number);
        let diallable = !number.is_empty()
            && self.to_number.len() <= Self::NUMBER_LENGTH_MAX
            && number
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"*#-_.!~".contains(&byte));
        if diallable { Ok(()) } else { Err(SipError::NotDiallable) }
    }
}

impl fmt::Debug for Dial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dial")
            .field("trunk", &self.trunk)
            .field("to_number", &Masked(&self.to_number))
            .field("caller_id", &self.caller_id.as_deref().map(Masked))
            .field("ring_time", &self.ring_time)
            .finish_non_exhaustive()
    }
}

/// How to refuse an inbound call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rejection {
    /// The final status, 300 to 699; anything else is sent as 480.
    pub status: u16,
    /// When to try again, sent as `Retry-After` in whole seconds.
    pub retry_after: Option<Duration>,
}

impl Rejection {
    /// A refusal that says no more than its status.
    pub const fn status(status: u16) -> Self {
        Self { status, retry_after: None }
    }
}

/// Why we end a call; sent to the peer as a `Reason` header (RFC 3326).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum HangUp {
    /// Nothing in particular: no `Reason` is sent.
    #[default]
    Normal,
    /// The conference has ended, or the participant was removed: Q.850 cause 16.
    Cleared,
    /// No media arrived any more: Q.850 cause 41, a temporary failure.
    MediaLost,
    /// The answer can't be used (no codec in common): SIP cause 488.
    NotAcceptable,
    /// This server is stopping: Q.850 cause 41.
    Stopping,
}

/// What the caller asks of the endpoint. Built by [`SipHandle`](crate::SipHandle).
#[derive(Debug, Clone)]
pub enum Command {
    /// Place a call.
    Dial(CallId, Dial),
    /// Send 180 to an inbound call.
    Ring(CallId),
    /// Send 183 with early media to an inbound call.
    Progress(CallId, Bytes),
    /// Send 200 with this SDP to an inbound call: the answer, or our offer when the INVITE had none.
    Answer(CallId, Bytes),
    /// Refuse an inbound call.
    Reject(CallId, Rejection),
    /// End a call in whatever state it is: CANCEL, BYE or a refusal.
    HangUp(CallId, HangUp),
    /// Answer the peer's new offer.
    AcceptOffer(CallId, Bytes),
    /// Refuse the peer's new offer with this status; the session stays as it was.
    RefuseOffer(CallId, u16),
    /// Send an offer of ours within an answered call.
    Offer(CallId, Bytes),
    /// Refuse new calls and end those there are.
    Shutdown,
}

/// The calling party of an inbound call.
#[derive(Clone, PartialEq, Eq)]
pub struct Caller {
    /// User part of `P-Asserted-Identity` where the trunk sends one, else of `From`; decoded.
    pub user: String,
    /// The display name, if there is one. Text from the network: show it as text only.
    pub display: Option<String>,
}

impl fmt::Debug for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Caller").field("user", &Masked(&self.user)).finish_non_exhaustive()
    }
}

/// What happens to a call. The last event of every call is [`SipEvent::Ended`], exactly once.
///
/// Its `Debug` form shows neither numbers nor session descriptions.
#[derive(Clone)]
pub enum SipEvent {
    /// A trunk calls us. `100 Trying` has been sent; answer with ring, answer or reject.
    Incoming {
        /// The id of the new call.
        call: CallId,
        /// The trunk it came over.
        trunk: TrunkId,
        /// Who calls.
        from: Caller,
        /// The decoded user part of the Request-URI: the number or code that was dialled.
        to_user: String,
        /// The SDP offer; `None` when the offer is left to us (late offer).
        offer: Option<Bytes>,
        /// Where the INVITE came from.
        source: SocketAddr,
    },
    /// An outbound call rings (any 18x); `sdp` is there with early media. May come more than once.
    Ringing {
        /// The call.
        call: CallId,
        /// The answer to our offer, when the callee sends early media.
        sdp: Option<Bytes>,
    },
    /// An outbound call was picked up; the ACK has been sent.
    Answered {
        /// The call.
        call: CallId,
        /// The answer to our offer.
        sdp: Bytes,
        /// The signalling peer.
        remote: SocketAddr,
    },
    /// The peer offers a change of the session (re-INVITE or UPDATE), to be accepted or refused.
    Offer {
        /// The call.
        call: CallId,
        /// The offer; `None` when the peer wants an offer from us: accept with our current SDP.
        sdp: Option<Bytes>,
    },
    /// The answer to the offer that we sent in a 200 (late offer) came with its ACK.
    AckAnswer {
        /// The call.
        call: CallId,
        /// The answer.
        sdp: Bytes,
    },
    /// Our offer within the call was accepted.
    OfferAnswered {
        /// The call.
        call: CallId,
        /// The answer.
        sdp: Bytes,
    },
    /// Our offer within the call was refused; the session stays as it was.
    OfferRefused {
        /// The call.
        call: CallId,
        /// The peer's status, 408 when there was none.
        status: u16,
    },
    /// The peer sends a key by INFO, in place of or besides a telephone-event.
    Digit {
        /// The call.
        call: CallId,
        /// Which: `0`–`9`, `*`, `#`, `A`–`D`.
        digit: char,
    },
    /// The call is over; its id means nothing any more.
    Ended {
        /// The call.
        call: CallId,
        /// Why.
        cause: EndCause,
    },
}

impl SipEvent {
    /// The call that this is about.
    pub const fn call(&self) -> CallId {
        match self {
            Self::Incoming { call, .. }
            | Self::Ringing { call, .. }
            | Self::Answered { call, .. }
            | Self::Offer { call, .. }
            | Self::AckAnswer { call, .. }
            | Self::OfferAnswered { call, .. }
            | Self::OfferRefused { call, .. }
            | Self::Digit { call, .. }
            | Self::Ended { call, .. } => *call,
        }
    }
}

impl SipEvent {
    /// For the log, where bodies and numbers have no place.
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::Incoming { .. } => "incoming",
            Self::Ringing { .. } => "ringing",
            Self::Answered { .. } => "answered",
            Self::Offer { .. } => "offer",
            Self::AckAnswer { .. } => "answer in ack",
            Self::OfferAnswered { .. } => "offer answered",
            Self::OfferRefused { .. } => "offer refused",
            Self::Digit { .. } => "digit",
            Self::Ended { .. } => "ended",
        }
    }
}

impl fmt::Debug for SipEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}", self.name(), self.call())?;
        match self {
            Self::Incoming { from, to_user, .. } => {
                write!(f, " from {from:?} to {}", Masked(to_user))
            }
            Self::Ended { cause, .. } => write!(f, ": {cause:?}"),
            _ => Ok(()),
        }
    }
}

/// Why a call is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EndCause {
    /// We hung up, cancelled or rejected.
    Local,
    /// The peer hung up.
    Remote,
    /// The caller gave up before we answered.
    Cancelled,
    /// The callee or the trunk refused the call.
    Rejected {
        /// The final status, 300 to 699.
        status: u16,
        /// Its reason phrase, as received.
        reason: String,
    },
    /// It rang for as long as it was allowed to.
    RingTimeout,
    /// The trunk gave no answer, or can't be reached.
    Unreachable,
    /// The caller never acknowledged our answer.
    AckTimeout,
    /// The peer no longer knows the call, or stopped answering within it.
    Lost,
    /// The endpoint is at its limit of calls, or is shutting down.
    Refused,
}
