//! One participant of a session.

use std::time::Duration;

use jiff::Timestamp;

use super::io::Arrival;
use crate::call::{CallState, Progress, Via};
use crate::ending::Ending;
use crate::ids::{CallSecret, ConferenceKey, ParticipantId};
use crate::keypad::Keypad;
use crate::phone::PhoneNumber;
use crate::record::CallRecord;
use crate::text::ParticipantName;
use crate::view::{CallView, ParticipantView};

/// How long an answered call may take into the room.
pub const JOIN_TIME_MAX: Duration = Duration::from_secs(10);

/// How much longer than the ring time a session waits for the trunk's word that a call is over.
/// The signalling ends a call that rings too long; this only catches one that it has lost.
pub const RING_GRACE: Duration = Duration::from_secs(10);

/// What a participant is called who gave neither name nor number.
const NAMELESS: &str = "Phone caller";

#[derive(Debug)]
pub(super) struct Participant {
    pub(super) id: ParticipantId,
    pub(super) via: Via,
    pub(super) secret: Option<CallSecret>,
    pub(super) state: CallState,
    pub(super) muted: bool,
    pub(super) speaking: bool,
    pub(super) keypad: Keypad,
    number: Option<PhoneNumber>,
    name: Option<ParticipantName>,
    began_at: Timestamp,
    answered_at: Option<Timestamp>,
    joined_at: Option<Timestamp>,
    deadline: Option<Timestamp>,
}

impl Participant {
    pub(super) fn new(
        id: ParticipantId,
        arrival: Arrival,
        now: Timestamp,
        ring_time: Duration,
    ) -> Self {
        let (via, secret, number, name) = match arrival {
            Arrival::CallMe { secret, number, name } => {
                (Via::CallMe, Some(secret), Some(number), name)
            }
            Arrival::DialIn { caller } => (Via::DialIn, None, caller, None),
        };
        let (state, time_max) = match via {
            Via::CallMe => (CallState::Calling, ring_time.saturating_add(RING_GRACE)),
            Via::DialIn => (CallState::Answered, JOIN_TIME_MAX),
        };
        Self {
            id,
            via,
            secret,
            state,
            muted: false,
            speaking: false,
            keypad: Keypad::default(),
            number,
            name,
            began_at: now,
            answered_at: (via == Via::DialIn).then_some(now),
            joined_at: None,
            deadline: Some(after(now, time_max)),
        }
    }

    /// Takes a step if it leads on, and says whether it did.
    pub(super) fn advance(&mut self, now: Timestamp, progress: Progress) -> bool {
        let Some(state) = self.state.advanced(progress) else {
            return false;
        };
        self.state = state;
        match progress {
            Progress::Ringing => {}
            Progress::Answered => {
                self.answered_at = Some(now);
                self.deadline = Some(after(now, JOIN_TIME_MAX));
            }
            Progress::Joined => {
                self.joined_at = Some(now);
                self.deadline = None;
            }
        }
        true
    }

    /// Until when it must have got further, or else [`overdue_ending`](Self::overdue_ending).
    pub(super) fn deadline(&self) -> Option<Timestamp> {
        self.deadline
    }

    pub(super) fn overdue_ending(&self) -> Ending {
        if self.state.is_being_placed() { Ending::NoAnswer } else { Ending::MediaLost }
    }

    /// How it ends when it hangs up by itself.
    pub(super) fn own_ending(&self) -> Ending {
        if self.state.is_being_placed() { Ending::Cancelled } else { Ending::Left }
    }

    pub(super) fn is_in(&self) -> bool {
        self.state == CallState::InConference
    }

    pub(super) fn view(&self) -> ParticipantView {
        let name = self.name.as_ref().map(ParticipantName::as_str);
        let label = name.or_else(|| self.masked_number()).unwrap_or(NAMELESS);
        ParticipantView {
            id: self.id,
            label: label.to_owned(),
            via: self.via,
            state: self.state.as_str(),
            muted: self.muted,
            speaking: self.speaking,
            joined_at: self.joined_at,
        }
    }

    /// The call as its owner sees it; none for one that came in.
    pub(super) fn call_view(&self) -> Option<CallView> {
        Some(CallView {
            id: self.secret?,
            participant: self.id,
            number: self.masked_number().map(str::to_owned),
            state: self.state,
            muted: self.muted,
        })
    }

    pub(super) fn into_record(
        self,
        conference: ConferenceKey,
        now: Timestamp,
        ending: Ending,
    ) -> CallRecord {
        CallRecord {
            conference,
            participant: self.id,
            secret: self.secret,
            via: self.via,
            number: self.number,
            name: self.name,
            began_at: self.began_at,
            answered_at: self.answered_at,
            ended_at: now,
            ending,
        }
    }

    fn masked_number(&self) -> Option<&str> {
        self.number.as_ref().map(PhoneNumber::masked)
    }
}

fn after(now: Timestamp, time: Duration) -> Timestamp {
    now.saturating_add(time).unwrap_or(Timestamp::MAX)
}
