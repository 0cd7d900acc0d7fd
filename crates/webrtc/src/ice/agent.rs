//! Answers the connectivity checks of one peer.

use std::net::SocketAddr;
use std::time::Duration;

use rtp::BufferTooSmall;

use super::paths::{Paths, canonical};
use super::{Credentials, UserFragment};
use crate::stun::{Class, Key, Message, Problem, Writer};

/// Room for every answer: a success over IPv6 is 76 bytes, a refusal that names four attributes 72.
pub const ANSWER_BYTES_MAX: usize = 96;

/// What became of a datagram.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reply {
    /// A check that is good. The answer goes to where it came from.
    Answer {
        /// Bytes of the answer.
        length: usize,
        /// The address that is sent to was set by it, or changed.
        nominated: bool,
        /// It is the first one from its address.
        validated: bool,
    },
    /// A request that isn't granted. The answer that says so goes to where it came from.
    Refused {
        /// Bytes of the answer.
        length: usize,
        /// What the answer says.
        refusal: Refusal,
    },
    /// Nothing is said to it.
    Dropped(Dropped),
}

/// Why a request isn't granted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Refusal {
    /// 400: USERNAME or MESSAGE-INTEGRITY is missing (RFC 8489 section 9.1.3).
    BadRequest,
    /// 401: it is for somebody else, or its MESSAGE-INTEGRITY is forged (RFC 8489 section 9.1.3).
    Unauthenticated,
    /// 420: it has attributes that must be understood and are not (RFC 8489 section 6.3.1).
    UnknownAttribute,
    /// 487: the peer wants to be controlled, as a lite agent always is (RFC 8445 section 7.3.1.1).
    RoleConflict,
}

impl Refusal {
    fn code(self) -> u16 {
        match self {
            Self::BadRequest => 400,
            Self::Unauthenticated => 401,
            Self::UnknownAttribute => 420,
            Self::RoleConflict => 487,
        }
    }
}

/// Why nothing is said to a datagram.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Dropped {
    /// It can't be read.
    Malformed(Problem),
    /// It asks nothing: an indication, or a response to what was never asked.
    NotARequest,
    /// The answer would be larger than what was asked. No request of a real peer is that small.
    TooSmall,
}

/// ICE-lite towards one peer, for one component on which everything is bundled. Nothing is allocated after
/// [`new`](Self::new).
///
/// A lite agent is always controlled: the peer decides which of its addresses is sent to, by USE-CANDIDATE. The
/// latest one counts, so that a peer whose network changes is followed at once.
#[derive(Debug)]
pub struct Agent {
    current: Secret,
    next: Option<Secret>,
    paths: Paths,
    consent_timeout: Duration,
    consented: Duration,
}

/// Credentials as they are checked.
#[derive(Clone, Debug)]
struct Secret {
    ufrag: UserFragment,
    key: Key,
}

impl Secret {
    fn new(credentials: &Credentials) -> Self {
        Self { ufrag: credentials.ufrag, key: Key::new(credentials.pwd.as_str().as_bytes()) }
    }

    fn is_named_by(&self, request: &Message<'_>) -> bool {
        request.ufrag() == Some(self.ufrag.as_str().as_bytes())
    }
}

impl Agent {
    /// An agent that goes by `credentials`. A peer that isn't heard for `consent_timeout` doesn't want to be
    /// sent to any more (RFC 7675); the time counts from `now` for one that was never heard.
    #[must_use]
    pub fn new(credentials: &Credentials, consent_timeout: Duration, now: Duration) -> Self {
        Self {
            current: Secret::new(credentials),
            next: None,
            paths: Paths::new(),
            consent_timeout,
            consented: now,
        }
    }

    /// Restarts ICE (RFC 8445 section 9) with new credentials. The old ones stay good until the peer uses the
    /// new ones for the first time, so that nothing is interrupted.
    pub fn restart(&mut self, credentials: &Credentials) {
        self.next = Some(Secret::new(credentials));
    }

    /// Takes a STUN datagram that came from `source`, and writes the answer to `out`, which has room for
    /// [`ANSWER_BYTES_MAX`]. No answer is larger than `datagram`.
    pub fn handle(
        &mut self,
        now: Duration,
        source: SocketAddr,
        datagram: &[u8],
        out: &mut [u8],
    ) -> Reply {
        let request = match Message::parse(datagram) {
            Ok(request) if request.class() == Class::Request => request,
            Ok(_) => return Reply::Dropped(Dropped::NotARequest),
            Err(problem) => return Reply::Dropped(Dropped::Malformed(problem)),
        };
        // What is larger than the request doesn't fit, and so is dropped.
        let room = datagram.len().min(out.len());
        let out = out.get_mut(..room).unwrap_or_default();
        let reply = match self.authenticate(&request) {
            Err(refusal) => refuse(&request, refusal, None, out),
            Ok(key) => match objection(&request) {
                Some(refusal) => refuse(&request, refusal, Some(&key), out),
                None => self.accept(now, canonical(source), &request, &key, out),
            },
        };
        reply.unwrap_or(Reply::Dropped(Dropped::TooSmall))
    }

    /// Whether the peer proved that it is at `source`: it may be heard from there, and sent to.
    #[must_use]
    pub fn is_validated(&self, source: SocketAddr) -> bool {
        self.paths.contains(canonical(source))
    }

    /// The address that the peer wants to be sent to.
    #[must_use]
    pub fn selected(&self) -> Option<SocketAddr> {
        self.paths.selected()
    }

    /// Where to send: to the selected address or, before there is one, to where the peer was heard last.
    #[must_use]
    pub fn destination(&self) -> Option<SocketAddr> {
        self.paths.selected().or_else(|| self.paths.latest())
    }

    /// Whether the peer was silent for so long that nothing may be sent to it any more (RFC 7675 section 5.1).
    #[must_use]
    pub fn consent_expired(&self, now: Duration) -> bool {
        self.is_expired(now, self.consented)
    }

    fn is_expired(&self, now: Duration, heard: Duration) -> bool {
        now.saturating_sub(heard) >= self.consent_timeout
    }

    /// The key that a request was made with.
    fn authenticate(&mut self, request: &Message<'_>) -> Result<Key, Refusal> {
        if request.username().is_none() || !request.has_integrity() {
            return Err(Refusal::BadRequest);
        }
        if let Some(next) = self.next.as_ref().filter(|next| next.is_named_by(request))
            && request.verify(&next.key)
        {
            self.current = next.clone();
            self.next = None;
            return Ok(self.current.key.clone());
        }
        if self.current.is_named_by(request) && request.verify(&self.current.key) {
            return Ok(self.current.key.clone());
        }
        Err(Refusal::Unauthenticated)
    }

    /// Lets a good check have its effect, and answers it.
    fn accept(
        &mut self,
        now: Duration,
        source: SocketAddr,
        request: &Message<'_>,
        key: &Key,
        out: &mut [u8],
    ) -> Result<Reply, BufferTooSmall> {
        let length = Writer::new(out, Class::Success, request.transaction())
            .mapped_address(source)
            .finish(Some(key))?;
        self.consented = now;
        let validated = self.paths.hear(now, source);
        // An address that gave its consent long ago must not be sent to, so that one that gives it now steps in.
        let is_lost = self.paths.selected_heard().is_some_and(|heard| self.is_expired(now, heard));
        let nominated = (request.use_candidate() || is_lost) && self.paths.select(source);
        Ok(Reply::Answer { length, nominated, validated })
    }
}

/// What an authentic request is refused for.
fn objection(request: &Message<'_>) -> Option<Refusal> {
    if !request.unknown().is_empty() {
        Some(Refusal::UnknownAttribute)
    } else if request.controlled().is_some() {
        Some(Refusal::RoleConflict)
    } else {
        None
    }
}

fn refuse(
    request: &Message<'_>,
    refusal: Refusal,
    key: Option<&Key>,
    out: &mut [u8],
) -> Result<Reply, BufferTooSmall> {
    let mut writer = Writer::new(out, Class::Error, request.transaction());
    writer = writer.error_code(refusal.code());
    if refusal == Refusal::UnknownAttribute {
        writer = writer.unknown_attributes(request.unknown());
    }
    let length = writer.finish(key)?;
    Ok(Reply::Refused { length, refusal })
}
