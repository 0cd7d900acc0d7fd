//! One participant of a session.

use std::time::Duration;

use jiff::Timestamp;

use super::io::Arrival;
use crate::access::Role;
use crate::breakout::Breakout;
use crate::call::{CallState, MutedBy, Progress, Via};
use crate::door::Door;
use crate::ending::Ending;
use crate::ids::{CallSecret, ConferenceKey, ParticipantId};
use crate::keypad::Keypad;
use crate::phone::PhoneNumber;
use crate::pin::PinPad;
use crate::prompt::Called;
use crate::quality::Gauge;
use crate::record::CallRecord;
use crate::roll::Roll;
use crate::text::ParticipantName;
use crate::view::{CallView, ParticipantView};
use crate::volume::Volume;

/// How long an answered call may take into the room.
pub const JOIN_TIME_MAX: Duration = Duration::from_secs(10);

/// How long a browser may take into the room: it tries each of its addresses, and TCP when UDP
/// doesn't get through, before the handshake begins.
pub const CONNECT_TIME_MAX: Duration = Duration::from_secs(20);

/// How much longer than the ring time a session waits for the trunk's word that a call is over.
/// The signalling ends a call that rings too long; this only catches one that it has lost.
pub const RING_GRACE: Duration = Duration::from_secs(10);

/// What a participant is called who gave neither name nor number.
const NAMELESS_PHONE: &str = "Phone caller";
const NAMELESS_BROWSER: &str = "Guest";

#[derive(Debug)]
pub(super) struct Participant {
    pub(super) id: ParticipantId,
    pub(super) via: Via,
    pub(super) secret: Option<CallSecret>,
    pub(super) state: CallState,
    pub(super) muted_by: Option<MutedBy>,
    pub(super) speaking: bool,
    pub(super) quality: Gauge,
    /// When its person was last told of the echo that its device makes.
    pub(super) echo_told_at: Option<Timestamp>,
    pub(super) hand: bool,
    pub(super) volume: Volume,
    /// For a host who whispers: to whom.
    pub(super) whispers_to: Option<ParticipantId>,
    /// The break-out room that it is in.
    pub(super) breakout: Option<Breakout>,
    pub(super) keypad: Keypad,
    /// Where the roll is that is called to it as a host.
    pub(super) roll: Option<Roll>,
    pub(super) role: Role,
    /// How it comes through the doors before the room.
    pub(super) passage: Passage,
    pub(super) name: Option<ParticipantName>,
    /// For a phone: the browser of the same person, while that is there.
    pub(super) browser: Option<ParticipantId>,
    /// For a browser: whether its person is in by phone, so that it has no sound.
    pub(super) held: bool,
    /// Whether the others have heard this person come in.
    pub(super) is_known: bool,
    /// Whether the name that it said was kept.
    pub(super) has_said_name: bool,
    /// Whether it has left the room to say its name anew. What it is told meanwhile would be taken for the tone.
    pub(super) is_naming: bool,
    number: Option<PhoneNumber>,
    /// For a phone: the last browser that it was one person with.
    last_browser: Option<ParticipantId>,
    began_at: Timestamp,
    answered_at: Option<Timestamp>,
    joined_at: Option<Timestamp>,
    deadline: Option<Timestamp>,
}

/// How somebody comes through the doors before the room.
#[derive(Debug, Default)]
pub(super) struct Passage {
    /// It has dialled in before guests may come.
    pub(super) is_early: bool,
    /// It has pressed 1.
    pub(super) is_confirmed: bool,
    /// It has typed the PIN.
    pub(super) is_identified: bool,
    /// It has been asked for its name.
    pub(super) is_named: bool,
    /// A host has let it in.
    pub(super) is_admitted: bool,
    /// No door is left: its leg is on its way into the room.
    pub(super) is_entering: bool,
    /// It has waited for the conference to begin.
    pub(super) has_waited: bool,
    /// Wrong PINs that it has typed.
    pub(super) wrong_pins: u32,
    pub(super) pad: PinPad,
    /// When what was said is to be said again.
    pub(super) repeat_at: Option<Timestamp>,
}

impl Participant {
    pub(super) fn new(
        id: ParticipantId,
        arrival: Arrival,
        now: Timestamp,
        ring_time: Duration,
    ) -> Self {
        let (via, secret, number, name, role) = match arrival {
            Arrival::CallMe { secret, number, name, role, browser: _ } => {
                (Via::CallMe, Some(secret), Some(number), name, role)
            }
            Arrival::DialIn { caller } => (Via::DialIn, None, caller, None, Role::Guest),
            Arrival::Browser { secret, name, role, with: _, replaces: _ } => {
                (Via::Browser, Some(secret), None, name, role)
            }
        };
        let (state, time_max) = match via {
            Via::CallMe => (CallState::Calling, ring_time.saturating_add(RING_GRACE)),
            Via::DialIn => (CallState::Answered, JOIN_TIME_MAX),
            Via::Browser => (CallState::Answered, CONNECT_TIME_MAX),
        };
        Self {
            id,
            via,
            secret,
            state,
            muted_by: None,
            speaking: false,
            quality: Gauge::default(),
            echo_told_at: None,
            hand: false,
            volume: Volume::default(),
            whispers_to: None,
            breakout: None,
            keypad: Keypad::default(),
            roll: None,
            role,
            passage: Passage::default(),
            name,
            browser: None,
            held: false,
            is_known: false,
            has_said_name: false,
            is_naming: false,
            number,
            last_browser: None,
            began_at: now,
            answered_at: (state == CallState::Answered).then_some(now),
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
                self.passage.repeat_at = None;
            }
        }
        true
    }

    /// Stands before a door from now on.
    pub(super) fn stand_at(&mut self, now: Timestamp, door: Door) {
        self.state = CallState::AtDoor(door);
        self.passage.has_waited |= matches!(door, Door::Start | Door::Host);
        self.deadline = Some(after(now, door.time_max()));
        self.passage.repeat_at = None;
    }

    /// Goes into the room from now on.
    pub(super) fn enter(&mut self, now: Timestamp) {
        self.passage.is_entering = true;
        self.passage.repeat_at = None;
        if self.door().is_some() {
            self.deadline = Some(after(now, JOIN_TIME_MAX));
        }
    }

    /// The door that it stands before.
    pub(super) fn door(&self) -> Option<Door> {
        match self.state {
            CallState::AtDoor(door) => Some(door),
            _ => None,
        }
    }

    /// What was said before its door is said again some time from now.
    pub(super) fn repeat(&mut self, now: Timestamp) {
        if let Some(door) = self.door().filter(|_| !self.passage.is_entering) {
            self.passage.repeat_at = door.repeat_after().map(|time| after(now, time));
        }
    }

    /// This phone and that browser are one person from now on, or no more.
    pub(super) fn set_browser(&mut self, browser: Option<ParticipantId>) {
        self.browser = browser;
        self.last_browser = browser.or(self.last_browser);
    }

    /// Belongs to somebody who is there: what opened doors to that one opens them to this one, but for
    /// those of the phone itself.
    pub(super) fn comes_with(&mut self, other: &Self) {
        self.role = self.role.max(other.role);
        self.passage.is_identified |= other.passage.is_identified || other.is_in();
        self.passage.is_admitted |= other.passage.is_admitted || other.is_in();
        // The others know already who it is.
        self.passage.is_named |= other.is_in();
    }

    /// When the next one of the roll is called to it, if any is: not while it whispers to the one before.
    pub(super) fn roll_due(&self) -> Option<Timestamp> {
        self.roll.filter(|_| self.whispers_to.is_none()).map(|roll| roll.due)
    }

    /// Until when it must have got further, or else [`overdue_ending`](Self::overdue_ending).
    pub(super) fn deadline(&self) -> Option<Timestamp> {
        self.deadline
    }

    pub(super) fn overdue_ending(&self) -> Ending {
        match (self.state, self.via) {
            (CallState::AtDoor(door), _) if !self.passage.is_entering => match door {
                Door::Confirm => Ending::NotConfirmed,
                Door::Pin => Ending::WrongPin,
                Door::Name => Ending::MediaLost,
                Door::Early | Door::Start | Door::Host | Door::Lobby => Ending::NotAdmitted,
            },
            (state, _) if state.is_being_placed() => Ending::NoAnswer,
            (_, Via::CallMe | Via::DialIn) => Ending::MediaLost,
            (_, Via::Browser) => Ending::NotConnected,
        }
    }

    /// How it ends when it hangs up by itself.
    pub(super) fn own_ending(&self) -> Ending {
        if self.state.is_being_placed() { Ending::Cancelled } else { Ending::Left }
    }

    pub(super) fn is_in(&self) -> bool {
        self.state == CallState::InConference
    }

    pub(super) fn is_muted(&self) -> bool {
        self.muted_by.is_some()
    }

    /// Whether it is in, as a host.
    pub(super) fn hosts(&self) -> bool {
        self.is_in() && self.role == Role::Host
    }

    /// How it is named as the roll is called.
    pub(super) fn called(&self) -> Called {
        let digits = self
            .masked_number()
            .map(|number| number.chars().filter(char::is_ascii_digit).collect::<Vec<char>>());
        Called {
            said_name: self.has_said_name.then_some(self.id),
            name: self.name.as_ref().map(|name| name.as_str().to_owned()),
            digits: digits.and_then(|digits| digits.last_chunk::<2>().map(String::from_iter)),
            is_muted: self.is_muted(),
        }
    }

    /// Who it is, and how it is named as the roll is called.
    pub(super) fn id_and_call(&self) -> (ParticipantId, Called) {
        (self.id, self.called())
    }

    /// Whether it can be heard in the room.
    pub(super) fn has_voice(&self) -> bool {
        self.is_in() && !self.is_muted() && !self.held && !self.is_naming
    }

    pub(super) fn view(&self) -> ParticipantView {
        let nameless = match self.via {
            Via::CallMe | Via::DialIn => NAMELESS_PHONE,
            Via::Browser => NAMELESS_BROWSER,
        };
        let name = self.name.as_ref().map(ParticipantName::as_str);
        let label = name.or_else(|| self.masked_number()).unwrap_or(nameless);
        ParticipantView {
            id: self.id,
            label: label.to_owned(),
            via: self.via,
            with: self.browser,
            role: self.role,
            state: self.state.as_str(),
            muted: self.is_muted(),
            muted_by: self.muted_by,
            held: self.held,
            speaking: self.speaking,
            hand: self.hand,
            said_name: self.has_said_name,
            volume_db: self.volume.decibels(),
            whispers_to: self.whispers_to,
            breakout: self.breakout,
            quality: self.quality.shown(),
            joined_at: self.joined_at,
        }
    }

    /// The call as its owner sees it; none for one that came in.
    pub(super) fn call_view(&self) -> Option<CallView> {
        Some(CallView {
            id: self.secret?,
            participant: self.id,
            via: self.via,
            number: self.masked_number().map(str::to_owned),
            state: self.state,
            muted: self.is_muted(),
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
            with: self.last_browser,
            number: self.number,
            name: self.name,
            began_at: self.began_at,
            answered_at: self.answered_at,
            ended_at: now,
            ending,
        }
    }

    pub(super) fn number(&self) -> Option<&PhoneNumber> {
        self.number.as_ref()
    }

    fn masked_number(&self) -> Option<&str> {
        self.number.as_ref().map(PhoneNumber::masked)
    }
}

fn after(now: Timestamp, time: Duration) -> Timestamp {
    now.saturating_add(time).unwrap_or(Timestamp::MAX)
}
