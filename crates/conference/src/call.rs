//! How one call advances, whichever side placed it.

use std::str::FromStr;

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

use crate::door::Door;
use crate::ending::Ending;

/// Where a call is. It only moves forward, and [`Ended`](Self::Ended) is for good:
///
/// ```text
/// Calling ──▶ Ringing ──▶ Answered ──▶ (AtDoor) ──▶ InConference
///    └───────────┴────────────┴───────────┴────────────┴──▶ Ended
/// ```
///
/// From one [`Door`] the next may follow. Steps may be skipped (a phone may answer without ringing); a call that dials in and a browser
/// begin as [`Answered`](Self::Answered).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallState {
    /// The trunk has been asked to place the call.
    Calling,
    /// The phone rings.
    Ringing,
    /// Off-hook, or a browser that is connecting; the way into the room is being made.
    Answered,
    /// Off-hook, and something is asked or waited for before the room.
    AtDoor(Door),
    /// Hears and is heard.
    InConference,
    /// Over.
    Ended(Ending),
}

/// A step that a call may take short of its ending.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// The phone rings (SIP 180, or 183 as most carriers use it).
    Ringing,
    /// The phone was picked up (SIP 200).
    Answered,
    /// The call's leg has been moved into the room.
    Joined,
}

impl CallState {
    /// The state after `progress`, or `None` when it brings nothing new: a repeated or late 180,
    /// or anything after the end.
    #[must_use]
    pub fn advanced(self, progress: Progress) -> Option<Self> {
        let next = match progress {
            Progress::Ringing => Self::Ringing,
            Progress::Answered => Self::Answered,
            // Nobody joins a room before having answered.
            Progress::Joined if !matches!(self, Self::Answered | Self::AtDoor(_)) => return None,
            Progress::Joined => Self::InConference,
        };
        (next.rank() > self.rank()).then_some(next)
    }

    /// Whether the call is placed but not answered.
    #[must_use]
    pub const fn is_being_placed(self) -> bool {
        matches!(self, Self::Calling | Self::Ringing)
    }

    /// The word for it in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Calling => "calling",
            Self::Ringing => "ringing",
            Self::Answered => "answered",
            Self::AtDoor(door) => door.as_str(),
            Self::InConference => "in",
            Self::Ended(_) => "ended",
        }
    }

    /// How it ended, if it has.
    #[must_use]
    pub const fn ending(self) -> Option<Ending> {
        match self {
            Self::Ended(ending) => Some(ending),
            _ => None,
        }
    }

    const fn rank(self) -> u8 {
        match self {
            Self::Calling => 0,
            Self::Ringing => 1,
            Self::Answered => 2,
            Self::AtDoor(_) => 3,
            Self::InConference => 4,
            Self::Ended(_) => 5,
        }
    }
}

/// `{"state": "ended", "ending": "busy"}`; made to be flattened into a larger object.
impl Serialize for CallState {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("CallState", 2)?;
        fields.serialize_field("state", self.as_str())?;
        fields.serialize_field("ending", &self.ending())?;
        fields.end()
    }
}

/// How a participant came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Via {
    /// Rung by the page.
    CallMe,
    /// Called the conference.
    DialIn,
    /// Speaks and listens through the page itself.
    Browser,
}

impl Via {
    /// Each of them.
    pub const ALL: [Self; 3] = [Self::CallMe, Self::DialIn, Self::Browser];

    /// The word for it in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CallMe => "call_me",
            Self::DialIn => "dial_in",
            Self::Browser => "browser",
        }
    }
}

/// A word that names no way to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no such way to come")]
pub struct UnknownVia;

impl FromStr for Via {
    type Err = UnknownVia;

    fn from_str(word: &str) -> Result<Self, UnknownVia> {
        Self::ALL.into_iter().find(|via| via.as_str() == word).ok_or(UnknownVia)
    }
}

/// By whose will a participant is muted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
pub enum MutedBy {
    /// Its own, on the phone or on its page.
    #[serde(rename = "self")]
    Own,
    /// A moderator's.
    #[serde(rename = "host")]
    Host,
}

#[cfg(test)]
mod tests {
    use super::*;

    const STATES: [CallState; 6] = [
        CallState::Calling,
        CallState::Ringing,
        CallState::Answered,
        CallState::AtDoor(Door::Confirm),
        CallState::InConference,
        CallState::Ended(Ending::Left),
    ];

    #[test]
    fn the_usual_way() {
        let ringing = CallState::Calling.advanced(Progress::Ringing).unwrap();
        let answered = ringing.advanced(Progress::Answered).unwrap();
        assert_eq!(answered.advanced(Progress::Joined), Some(CallState::InConference));
    }

    #[test]
    fn a_phone_may_answer_without_ringing() {
        assert_eq!(CallState::Calling.advanced(Progress::Answered), Some(CallState::Answered));
    }

    #[test]
    fn who_stands_at_a_door_may_join_and_answers_no_more() {
        for door in Door::ALL {
            let at_door = CallState::AtDoor(door);
            assert_eq!(at_door.advanced(Progress::Joined), Some(CallState::InConference));
            assert_eq!(at_door.advanced(Progress::Answered), None);
        }
    }

    #[test]
    fn nothing_goes_back_or_wakes_the_dead() {
        for state in STATES {
            for progress in [Progress::Ringing, Progress::Answered, Progress::Joined] {
                if let Some(next) = state.advanced(progress) {
                    assert!(next.rank() > state.rank(), "{state:?} {progress:?}");
                }
            }
        }
        assert_eq!(CallState::Answered.advanced(Progress::Ringing), None);
        assert_eq!(CallState::Ended(Ending::Busy).advanced(Progress::Answered), None);
    }

    #[test]
    fn nobody_joins_before_answering() {
        assert_eq!(CallState::Calling.advanced(Progress::Joined), None);
        assert_eq!(CallState::Ringing.advanced(Progress::Joined), None);
        assert_eq!(CallState::InConference.advanced(Progress::Joined), None);
    }

    #[test]
    fn words_of_the_api() {
        assert_eq!(
            STATES.map(CallState::as_str),
            ["calling", "ringing", "answered", "confirming", "in", "ended"]
        );
        let json = serde_json::to_value(CallState::Ended(Ending::Busy)).unwrap();
        assert_eq!(json, serde_json::json!({"state": "ended", "ending": "busy"}));
        let json = serde_json::to_value(CallState::Ringing).unwrap();
        assert_eq!(json, serde_json::json!({"state": "ringing", "ending": null}));
        let json = serde_json::to_value([MutedBy::Own, MutedBy::Host]).unwrap();
        assert_eq!(json, serde_json::json!(["self", "host"]));
    }

    #[test]
    fn ways_to_come_parse_back() {
        for via in Via::ALL {
            assert_eq!(via.as_str().parse(), Ok(via));
            assert_eq!(serde_json::to_value(via).unwrap(), via.as_str());
        }
        assert_eq!("Browser".parse::<Via>(), Err(UnknownVia));
    }
}
