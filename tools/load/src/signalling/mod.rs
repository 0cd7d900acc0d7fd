//! How calls come to be and end: by SIP, or as browsers do.
//!
//! [`Line`] is one or the other. It is polled, as the media plane is: a call is placed with [`Line::place`], and
//! [`Line::poll`] tells what became of it.

pub mod browser;
mod reason;
pub mod sip;

use std::collections::VecDeque;
use std::net::SocketAddr;

use ::rtp::srtp::Keys;

use crate::LegId;
use crate::media::{Media, MediaError};

pub use browser::Browsers;
pub use reason::Reason;
pub use sip::Phones;

/// The room that a call is to reach, as the signalling names it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Door {
    /// The user part of a SIP URI.
    User(String),
    /// The path of a WHIP endpoint.
    Whip(String),
}

/// What became of a call.
#[derive(Debug)]
pub enum CallEvent {
    /// Sound may flow.
    Up(Box<Agreed>),
    /// The other side moved its end of the sound.
    Moved(Box<Agreed>),
    /// The call didn't come up, or ended though nobody here hung up.
    Over {
        /// Whose call it was.
        leg: LegId,
        /// Why.
        reason: Reason,
    },
}

/// What the media plane has to know of a call that is up.
#[derive(Debug)]
pub struct Agreed {
    /// Whose call it is.
    pub leg: LegId,
    /// Where its sound goes.
    pub remote: SocketAddr,
    /// The payload type of what it sends.
    pub payload_type: u8,
    /// What protects the sound, if anything.
    pub keys: Option<Keys>,
    /// The id of the audio level's header extension (RFC 6464).
    pub level_extension: Option<u8>,
    /// The id of the header extension that names the media line, and the name.
    pub mid: Option<(u8, String)>,
}

/// Signalling for all calls of a run.
pub enum Line {
    /// Calls by SIP.
    Phones(Box<Phones>),
    /// Browser sessions.
    Browsers(Box<Browsers>),
}

impl Line {
    /// Places the call of a leg to a room. What becomes of it is told by [`poll`](Self::poll), a failure too.
    ///
    /// # Errors
    /// The media plane has no place for the leg.
    pub fn place(&mut self, leg: LegId, door: &Door, media: &mut Media) -> Result<(), MediaError> {
        let local = media.reserve(leg)?;
        match (self, door) {
            (Self::Phones(phones), Door::User(user)) => phones.place(leg, user, local),
            (Self::Browsers(browsers), Door::Whip(path)) => browsers.place(leg, path),
            // Doors and line are made together, of one kind.
            (Self::Phones(_), Door::Whip(_)) | (Self::Browsers(_), Door::User(_)) => {}
        }
        Ok(())
    }

    /// The next thing that happened. To be called every few milliseconds, until there is none.
    pub fn poll(&mut self, media: &mut Media) -> Option<CallEvent> {
        match self {
            Self::Phones(phones) => phones.poll(),
            Self::Browsers(browsers) => browsers.poll(media),
        }
    }

    /// Ends the call of a leg. Nothing more is told of it.
    pub fn hang_up(&mut self, leg: LegId, media: &mut Media) {
        match self {
            Self::Phones(phones) => phones.hang_up(leg),
            Self::Browsers(browsers) => browsers.hang_up(leg, media),
        }
    }

    /// Waits until the server has heard that all calls are over.
    pub async fn close(self) {
        match self {
            Self::Phones(phones) => phones.close().await,
            Self::Browsers(browsers) => browsers.close().await,
        }
    }
}

/// Events that wait to be polled.
type Events = VecDeque<CallEvent>;
