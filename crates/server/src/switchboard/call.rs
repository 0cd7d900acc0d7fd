//! One call: where it belongs, and what was agreed for its media.

use std::net::{IpAddr, SocketAddr};

use conference::{ConferenceKey, ParticipantId};
use engine::{LegId, LegSettings, RoomId};
use jiff::Timestamp;
use sip::CallId;
use tracing::Span;

use crate::prompts::Word;

/// A call from its first message until its leg is freed.
pub(super) struct Call {
    pub(super) role: Role,
    /// Our side of the negotiation, once an address was reserved for it.
    pub(super) session: Option<sdp::Session>,
    /// What both sides agreed to, once they have.
    pub(super) agreed: Option<LegSettings>,
    /// The peer's offer, until it is answered, and where it wants its media.
    pub(super) offer: Option<(bytes::Bytes, SocketAddr)>,
    /// Whether the leg is to be attached as soon as media are agreed, and then muted or not.
    pub(super) joining: Option<Muted>,
    /// Whether the leg is in a room.
    pub(super) is_attached: bool,
    /// What it is told, if it came too early.
    pub(super) announcement: Vec<Word>,
    /// Where its signalling comes from: media may too.
    pub(super) signalling_ip: Option<IpAddr>,
    /// What is logged about it is logged in here.
    pub(super) span: Span,
}

/// Whether a leg is to be muted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Muted(pub(super) bool);

/// What a call is there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// It came in, and its conference is being looked up.
    Looking,
    /// A participant's.
    Seated {
        /// In which conference.
        conference: ConferenceKey,
        /// Whose.
        participant: ParticipantId,
    },
    /// It is told something in a room of its own, and then hung up.
    Listening {
        /// That room.
        room: RoomId,
        /// Until when at most.
        until: Timestamp,
    },
}

impl Call {
    pub(super) fn new(role: Role, span: Span) -> Call {
        Call {
            role,
            session: None,
            agreed: None,
            offer: None,
            joining: None,
            is_attached: false,
            announcement: Vec::new(),
            signalling_ip: None,
            span,
        }
    }

    /// The participant whose call it is.
    pub(super) fn seat(&self) -> Option<(ConferenceKey, ParticipantId)> {
        match self.role {
            Role::Seated { conference, participant } => Some((conference, participant)),
            Role::Looking | Role::Listening { .. } => None,
        }
    }
}

/// A call and its leg have the same number.
pub(super) fn leg_of(call: CallId) -> LegId {
    LegId(call.0)
}

/// The other way round.
pub(super) fn call_of(leg: LegId) -> CallId {
    CallId(leg.0)
}
