//! What the page and the API see of a conference, piece by piece: serialised to the JSON of the HTTP
//! API, with numbers masked. [`snapshot`](crate::snapshot) has the whole.

use jiff::Timestamp;
use serde::Serialize;

use crate::access::Role;
use crate::breakout::Breakout;
use crate::call::{CallState, MutedBy, Via};
use crate::details::DetailsView;
use crate::ending::Ending;
use crate::ids::{CallSecret, ParticipantId};
use crate::policy::Policy;
use crate::quality::Quality;
use crate::record::Conference;
use crate::recording::RecordingView;
use crate::schedule::Phase;

/// Whether a conference can be joined just now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct ConferenceStatus {
    /// Whether somebody is there.
    pub state: ConferenceState,
    /// Whether people are let in.
    pub open: bool,
    /// From when they are, if it has a set time; of one that repeats, this time or else the next.
    pub opens_at: Option<Timestamp>,
    /// Whether a host has locked it: only hosts come in now.
    pub locked: bool,
    /// When those in break-out rooms are brought back, if they are about to be.
    pub gathers_at: Option<Timestamp>,
    /// The recording that is being made, or that was until a moment ago.
    pub recording: Option<RecordingView>,
}

/// What there is of a conference in memory.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Activity {
    /// Whether somebody is there.
    pub is_active: bool,
    /// Whether a host has locked it.
    pub is_locked: bool,
    /// Whether a host has begun, be it before the set time.
    pub has_begun: bool,
    /// When those in break-out rooms are brought back, if they are about to be.
    pub gathers_at: Option<Timestamp>,
    /// What there is to see of its recording.
    pub recording: Option<RecordingView>,
}

impl ConferenceStatus {
    /// The status of a conference at `now`.
    #[must_use]
    pub fn new(
        conference: &Conference,
        policy: &Policy,
        activity: Activity,
        now: Timestamp,
    ) -> Self {
        let Activity { is_active, is_locked: locked, has_begun, gathers_at, recording } = activity;
        let schedule = conference.schedule.as_ref();
        let phase = schedule.map(|schedule| schedule.phase(now, policy.lead));
        let state = match conference.ended_at {
            Some(_) => ConferenceState::Ended,
            None if is_active => ConferenceState::Active,
            None => ConferenceState::Resting,
        };
        let is_time = phase.is_none_or(|phase| match phase {
            Phase::Closed { .. } => has_begun,
            Phase::Early { .. } | Phase::On { .. } => true,
            Phase::Over { .. } => false,
        });
        let open = state != ConferenceState::Ended && is_time;
        let opens_at = schedule.map(|schedule| schedule.current(now).opens_at(policy.lead));
        Self { state, open, opens_at, locked, gathers_at, recording }
    }
}

/// What a conference is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ConferenceState {
    /// Nobody is there; its URL works.
    Resting,
    /// Somebody is there or on the way.
    Active,
    /// Over for good.
    Ended,
}

/// One participant, as everybody in the conference sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ParticipantView {
    /// Names it in later events.
    pub id: ParticipantId,
    /// The name it gave, or its number, masked.
    pub label: String,
    /// How it came.
    pub via: Via,
    /// For a phone: the browser of the same person, if that is there. The two show as one.
    pub with: Option<ParticipantId>,
    /// What it may do here.
    pub role: Role,
    /// Where its call is: `calling`, `ringing`, `answered`, before a [`Door`](crate::Door) (by its
    /// word), or `in`.
    pub state: &'static str,
    /// Whether it is muted.
    pub muted: bool,
    /// By whose will, if it is.
    pub muted_by: Option<MutedBy>,
    /// For a browser: whether it is silent both ways, because its person is on the phone.
    pub held: bool,
    /// Whether it is speaking.
    pub speaking: bool,
    /// Whether its hand is raised.
    pub hand: bool,
    /// Whether it has said its name on the phone, by which it is announced and called in the roll.
    pub said_name: bool,
    /// By how many decibels a host has turned it up, or down.
    pub volume_db: i8,
    /// For a host who whispers: to whom alone.
    pub whispers_to: Option<ParticipantId>,
    /// The break-out room that it is in; none for the conference's own.
    pub breakout: Option<Breakout>,
    /// How well its connection carries speech, once that was measured.
    pub quality: Option<Quality>,
    /// Since when it is in.
    pub joined_at: Option<Timestamp>,
}

/// A call, as the one who placed it sees it. A browser's stay is a call too.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CallView {
    /// Lets whoever has it mute and hang up.
    pub id: CallSecret,
    /// The participant it is for.
    pub participant: ParticipantId,
    /// Whether it is a phone's or a browser's.
    pub via: Via,
    /// The number, masked; none for a browser.
    pub number: Option<String>,
    /// Where it is, and how it ended.
    #[serde(flatten)]
    pub state: CallState,
    /// Whether it is muted.
    pub muted: bool,
}

/// Something that the page shows as it happens.
///
/// Serialises to the data of a server-sent event, whose name [`name`](Self::name) is.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Event {
    /// The conference became active, came to rest or ended.
    Conference(ConferenceStatus),
    /// The subscriber has changed the title, the set time or who may come in.
    Details(Box<DetailsView>),
    /// A participant came or changed; this is all of it.
    Participant(ParticipantView),
    /// A participant started or stopped speaking.
    Speaking {
        /// Who.
        id: ParticipantId,
        /// Whether it speaks now.
        speaking: bool,
    },
    /// A participant's device gives back what it plays, which the others are spared: a headset would help.
    EchoFound {
        /// Whose.
        id: ParticipantId,
    },
    /// How well a participant's connection carries speech has changed.
    Quality {
        /// Whose.
        id: ParticipantId,
        /// What there is to show now.
        #[serde(flatten)]
        quality: Quality,
    },
    /// A moderator asks a participant to unmute its microphone, which is muted until it does.
    UnmuteAsked {
        /// Whom: always a browser.
        id: ParticipantId,
    },
    /// A participant is gone.
    Left {
        /// Who.
        id: ParticipantId,
        /// How its call ended.
        ending: Ending,
    },
}

impl Event {
    /// The event's name on the stream.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Conference(_) => "conference",
            Self::Details(_) => "details",
            Self::Participant(_) => "participant",
            Self::Speaking { .. } => "speaking",
            Self::EchoFound { .. } => "echo_found",
            Self::Quality { .. } => "quality",
            Self::UnmuteAsked { .. } => "unmute_asked",
            Self::Left { .. } => "left",
        }
    }
}

#[cfg(test)]
mod tests;
