//! What can go wrong at the boundary.

use std::{io, net::SocketAddr};

/// Why the endpoint could not be started, or did not take a command.
///
/// What goes wrong with a single call is no error here: it arrives as
/// [`SipEvent::Ended`](crate::SipEvent::Ended) with its [`EndCause`](crate::EndCause).
#[derive(Debug, thiserror::Error)]
pub enum SipError {
    /// Neither a UDP nor a TCP address was given.
    #[error("no address to listen on: set a UDP address, a TCP address or both")]
    NoAddress,
    /// A socket could not be bound.
    #[error("can't listen on {transport} {address}: {source}")]
    Bind {
        /// The transport that was asked for.
        transport: crate::Transport,
        /// The address that was asked for.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// Two trunks have the same name.
    #[error("two trunks are named {0:?}")]
    DuplicateTrunk(crate::TrunkId),
    /// No trunk has this name.
    #[error("there is no trunk named {0:?}")]
    UnknownTrunk(crate::TrunkId),
    /// What is to be dialled is neither a number (digits, `+`, `*`, `#`) nor a name (letters, digits, `-_.!~`).
    #[error("not a number or name that can be dialled")]
    NotDiallable,
    /// The id chosen for an outbound call lies in the range of the inbound ones.
    #[error("call ids from 2^63 on are kept for inbound calls")]
    ReservedCallId,
    /// The command queue is full ([`Limits::commands_max`](crate::Limits::commands_max)).
    #[error("the SIP endpoint is overloaded: its command queue is full")]
    Overloaded,
    /// The endpoint has been shut down.
    #[error("the SIP endpoint is closed")]
    Closed,
}
