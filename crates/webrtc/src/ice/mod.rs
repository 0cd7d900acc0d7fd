//! The side of a server that is ICE-lite (RFC 8445): it has an address that everybody reaches, so that it makes
//! no checks of its own but answers those of its peers.

mod agent;
mod credentials;
mod paths;

#[cfg(test)]
mod agent_tests;

pub use agent::{ANSWER_BYTES_MAX, Agent, Dropped, Refusal, Reply};
pub use credentials::{Credentials, Password, RANDOM_BYTES, UserFragment};
pub use paths::{ADDRESSES_MAX, canonical};

use crate::stun::{Class, Message};

/// A first look at a check that came from an unknown address, before anything about it is known to be true.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Binding;

impl Binding {
    /// The user fragment that a check is for, of ours where [`UserFragment::parse`] can read it. None for what is
    /// no check.
    #[must_use]
    pub fn peek(datagram: &[u8]) -> Option<&[u8]> {
        let message = Message::parse(datagram).ok()?;
        message.ufrag().filter(|_| message.class() == Class::Request)
    }
}
