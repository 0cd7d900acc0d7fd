//! One call: where it belongs, who is at its far end, and what was agreed for its media.

use std::net::{IpAddr, SocketAddr};

use conference::{ConferenceKey, ParticipantId};
use engine::{LegId, LegSettings, RoomId};
use jiff::Timestamp;
use mixer::Denoise;
use sip::CallId;
use tracing::Span;

use super::browser::end::BrowserEnd;
use crate::prompts::{SaidName, Word};

/// A call from its first message until its leg is freed.
pub(super) struct Call {
    pub(super) role: Role,
    /// Who is there, and how it is spoken with.
    pub(super) far_end: FarEnd,
    /// How the leg is to enter its room, while that waits for media to be agreed.
    pub(super) joining: Option<Entry>,
    /// Whether the leg is in a room.
    pub(super) is_attached: bool,
    /// The name that was said in it, to be announced.
    pub(super) name: Option<SaidName>,
    /// Whether noise is taken out of what is said there, if that isn't left to the room.
    pub(super) denoise: Option<Denoise>,
    /// What is logged about it is logged in here.
    pub(super) span: Span,
}

/// What is at the other end of a call.
pub(super) enum FarEnd {
    /// A phone behind a trunk, spoken with by SIP.
    Phone(Box<PhoneEnd>),
    /// A browser, spoken with by WHIP and DTLS.
    Browser(Box<BrowserEnd>),
}

/// The state of a call with a phone.
#[derive(Default)]
pub(super) struct PhoneEnd {
    /// Our side of the negotiation, once an address was reserved for it.
    pub(super) session: Option<sdp::Session>,
    /// What both sides agreed to, once they have.
    pub(super) agreed: Option<LegSettings>,
    /// The peer's offer, until it is answered, and where it wants its media.
    pub(super) offer: Option<(bytes::Bytes, SocketAddr)>,
    /// What it is told, if it came too early.
    pub(super) announcement: Vec<Word>,
    /// Which way its keys come, once one has come.
    pub(super) key_way: Option<KeyWay>,
    /// Where its signalling comes from: media may too.
    pub(super) signalling_ip: Option<IpAddr>,
}

/// How a leg enters its room.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Entry {
    /// Where to.
    pub(super) place: Place,
    /// Heard by nobody.
    pub(super) muted: bool,
    /// Hears nobody either: its person is on the phone just now.
    pub(super) held: bool,
}

/// Where a leg enters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Place {
    /// The room.
    #[default]
    Room,
    /// The room before it.
    Anteroom,
}

/// Which way a phone's keys come. A phone that sends them both ways would press each twice: the way of the first
/// is the only one that is listened to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum KeyWay {
    /// As telephone-events among its sound (RFC 4733).
    Media,
    /// By SIP INFO.
    Signalling,
}

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
    pub(super) fn new(role: Role, far_end: FarEnd, span: Span) -> Call {
        Call { role, far_end, joining: None, is_attached: false, name: None, denoise: None, span }
    }

    /// The participant whose call it is.
    pub(super) fn seat(&self) -> Option<(ConferenceKey, ParticipantId)> {
        match self.role {
            Role::Seated { conference, participant } => Some((conference, participant)),
            Role::Looking | Role::Listening { .. } => None,
        }
    }

    /// Whether it is told something in this room.
    pub(super) fn listens_in(&self, in_room: RoomId) -> bool {
        matches!(self.role, Role::Listening { room, .. } if room == in_room)
    }

    /// Whether a key that comes this way is pressed.
    pub(super) fn takes_keys(&mut self, way: KeyWay) -> bool {
        self.phone_mut().is_none_or(|phone| *phone.key_way.get_or_insert(way) == way)
    }

    /// The phone at its far end, if it is one.
    pub(super) fn phone_mut(&mut self) -> Option<&mut PhoneEnd> {
        match &mut self.far_end {
            FarEnd::Phone(phone) => Some(phone),
            FarEnd::Browser(_) => None,
        }
    }

    /// The browser at its far end, if it is one.
    pub(super) fn browser(&self) -> Option<&BrowserEnd> {
        match &self.far_end {
            FarEnd::Browser(browser) => Some(browser),
            FarEnd::Phone(_) => None,
        }
    }

    /// The browser at its far end, if it is one.
    pub(super) fn browser_mut(&mut self) -> Option<&mut BrowserEnd> {
        match &mut self.far_end {
            FarEnd::Browser(browser) => Some(browser),
            FarEnd::Phone(_) => None,
        }
    }
}

impl From<PhoneEnd> for FarEnd {
    fn from(phone: PhoneEnd) -> FarEnd {
        FarEnd::Phone(Box::new(phone))
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
