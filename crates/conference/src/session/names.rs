//! The names that people say who come by phone, and by which they are announced as they come and go.
//!
//! Whoever comes by browser has typed a name, which the pages show, and is announced by a chime alone.

use std::time::Duration;

use jiff::Timestamp;

use super::Session;
use super::io::Effect;
use super::participant::Participant;
use crate::call::Via;
use crate::door::Door;
use crate::ids::ParticipantId;
use crate::keypad::Keypad;
use crate::prompt::Prompt;
use crate::rate::SlidingRate;
use crate::view::Event;

/// Names that are kept for a session at once. Whoever comes when there are so many isn't asked: among such a crowd
/// nobody listens to them.
pub const NAMES_MAX: usize = 100;

/// Names that are announced in any [`ANNOUNCED_PERIOD`]: the names of a crowd must not hold the room. Of the others
/// there is the chime.
const ANNOUNCED_MAX: usize = 3;

/// What [`ANNOUNCED_MAX`] is counted in.
const ANNOUNCED_PERIOD: Duration = Duration::from_secs(30);

/// Whose names were announced lately.
#[derive(Debug)]
pub(super) struct Announced(SlidingRate<()>);

impl Default for Announced {
    fn default() -> Self {
        Self(SlidingRate::new(ANNOUNCED_MAX, ANNOUNCED_PERIOD))
    }
}

impl Session {
    /// Whether somebody has to say its name before it goes on.
    pub(super) fn must_say_name(&self, participant: &Participant) -> bool {
        let has_one = |other: &&Participant| {
            other.id != participant.id && (other.has_said_name || other.door() == Some(Door::Name))
        };
        self.conference.access.announces_names
            && participant.via != Via::Browser
            && !participant.passage.is_named
            && self.participants.values().filter(has_one).count() < NAMES_MAX
    }

    /// Somebody has said its name, or has had the time for it.
    pub(super) fn name_taken(&mut self, now: Timestamp, id: ParticipantId, is_kept: bool) {
        let Some(participant) = self.participants.get_mut(&id) else { return };
        let (was_naming, had_name) = (participant.is_naming, participant.has_said_name);
        participant.is_naming = false;
        participant.passage.is_named = true;
        participant.has_said_name |= is_kept;
        if participant.has_said_name != had_name {
            let view = participant.view();
            self.publish(Event::Participant(view));
        }
        if was_naming {
            self.take_there(id);
            self.say(id, Prompt::Named(is_kept.then_some(id)));
        }
        let Some(participant) = self.participants.get(&id) else { return };
        if participant.door() == Some(Door::Name) {
            self.go_on(now, id);
        }
    }

    /// Lets somebody who is in by phone say its name anew, wherever names are announced or not: the roll calls it by that.
    pub(super) fn say_name_anew(&mut self, id: ParticipantId) {
        let has_one =
            |other: &&Participant| other.id != id && (other.has_said_name || other.is_naming);
        let is_crowded = self.participants.values().filter(has_one).count() >= NAMES_MAX;
        let Some(participant) = self.participants.get_mut(&id) else { return };
        if !participant.is_in() || participant.via == Via::Browser || participant.is_naming {
            return;
        }
        if is_crowded {
            return self.say(id, Prompt::NotPossible);
        }
        participant.roll = None;
        participant.keypad = Keypad::default();
        self.set_speaking(id, false);
        self.leave_whispers(id);
        if let Some(participant) = self.participants.get_mut(&id) {
            participant.is_naming = true;
            self.effects.push_back(Effect::AskName { participant: id });
        }
    }

    /// A key while somebody who is in says its name.
    pub(super) fn press_while_naming(&mut self, id: ParticipantId, digit: char) {
        if digit == '#' {
            self.effects.push_back(Effect::EndName { participant: id });
        }
    }

    /// Somebody goes on: if it is still being asked for its name, it is no more, nor again.
    pub(super) fn end_name(&mut self, id: ParticipantId) {
        let Some(participant) = self.participants.get_mut(&id) else { return };
        if participant.door() == Some(Door::Name) && !participant.passage.is_named {
            participant.passage.is_named = true;
            self.effects.push_back(Effect::EndName { participant: id });
        }
    }

    /// Has the others hear who comes or goes, if there is a name and it wouldn't be one of too many.
    pub(super) fn announce_name(&mut self, now: Timestamp, id: ParticipantId, comes: bool) {
        let has_name = self.participants.get(&id).is_some_and(|one| one.has_said_name);
        let is_heard = self.participants.values().any(|other| other.id != id && other.is_in());
        if has_name && is_heard && self.announced.0.check(now, &()).is_ok() {
            self.announced.0.count(now, ());
            self.effects.push_back(Effect::AnnounceName { participant: id, comes });
        }
    }
}
