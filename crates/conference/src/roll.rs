//! The roll, as it is called to a host: where it is, and what the keys mean meanwhile.

use std::time::Duration;

use jiff::Timestamp;

use crate::ids::ParticipantId;

/// The time for a key after somebody was called, before the next is.
const KEY_TIME: Duration = Duration::from_secs(3);

/// By when it goes on if it isn't told that what was said is over: longer than anything that is said meanwhile.
const SAID_TIME_MAX: Duration = Duration::from_secs(30);

/// Where the roll is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Roll {
    /// Who was called last.
    pub(crate) called: ParticipantId,
    /// When the next is called.
    pub(crate) due: Timestamp,
    /// Whether the next key names a break-out room.
    pub(crate) takes_room: bool,
}

impl Roll {
    /// Somebody is called just now.
    #[must_use]
    pub(crate) fn at(now: Timestamp, called: ParticipantId) -> Self {
        let mut roll = Self { called, due: now, takes_room: false };
        roll.say(now);
        roll
    }

    /// Something is said just now.
    pub(crate) fn say(&mut self, now: Timestamp) {
        self.due = after(now, SAID_TIME_MAX);
    }

    /// What was to be said has been said: there is some time for a key.
    pub(crate) fn said(&mut self, now: Timestamp) {
        self.due = after(now, KEY_TIME);
    }
}

/// What a host asks for with a single key about the one whom the roll has called last. Keys mean what they do
/// after a star, so far as there is such a thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RollKey {
    /// `0`: tell me these keys.
    Keys,
    /// `1`: turn its voice down for all others.
    Softer,
    /// `2`: send it to the break-out room, or with 0 back to the conference's own, that the next key names.
    Send,
    /// `3`: turn its voice up.
    Louder,
    /// `5`: let me speak to it alone, or to all again.
    ToggleWhisper,
    /// `6`: mute it, or unmute it.
    ToggleMute,
    /// `7`: let me say its name anew, if that is my own.
    SayName,
    /// `8`: send it away.
    Remove,
    /// `9`: lower its hand.
    LowerHand,
    /// `#`: go on with the next.
    Next,
}

impl RollKey {
    /// What a key means while the roll is called.
    #[must_use]
    pub(crate) const fn of(key: char) -> Option<Self> {
        Some(match key {
            '0' => Self::Keys,
            '1' => Self::Softer,
            '2' => Self::Send,
            '3' => Self::Louder,
            '5' => Self::ToggleWhisper,
            '6' => Self::ToggleMute,
            '7' => Self::SayName,
            '8' => Self::Remove,
            '9' => Self::LowerHand,
            '#' => Self::Next,
            _ => return None,
        })
    }
}

fn after(now: Timestamp, time: Duration) -> Timestamp {
    now.saturating_add(time).unwrap_or(Timestamp::MAX)
}
