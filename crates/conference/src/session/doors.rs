//! What stands between an answered call and the room: see [`Door`].
//!
//! A call that meets no door goes into the room as soon as it is answered. Any other is *received* first:
//! its leg is put before the room, where it hears what is said to it and nobody hears it. There it passes
//! one door after the other, each of which has a time limit, and whatever changes for all (a host comes,
//! somebody is let in) has those who wait look again.

use jiff::Timestamp;

use super::Session;
use super::io::{Chime, Effect};
use super::participant::Participant;
use crate::access::Role;
use crate::call::{CallState, Via};
use crate::door::Door;
use crate::ending::Ending;
use crate::ids::ParticipantId;
use crate::pin::Typed;
use crate::prompt::Prompt;
use crate::view::Event;

/// Wrong PINs in one call after which it is ended. How many there may be in several calls is
/// [`Admission`](crate::Admission)'s business.
pub const WRONG_PINS_PER_CALL_MAX: u32 = 3;

impl Session {
    /// Somebody has answered: into the room, or before it.
    pub(super) fn approach(&mut self, now: Timestamp, id: ParticipantId) {
        let Some(participant) = self.participants.get(&id) else { return };
        match self.door_before(now, participant) {
            Some(_) => {
                let held = participant.held;
                self.effects.push_back(Effect::Receive { participant: id, held });
            }
            None => self.enter(now, id),
        }
    }

    /// Somebody stands before the room.
    pub(super) fn received(&mut self, now: Timestamp, id: ParticipantId) {
        let waits = self.participants.get(&id).is_some_and(|participant| {
            participant.state == CallState::Answered && !participant.passage.is_entering
        });
        if waits {
            self.go_on(now, id);
        }
    }

    /// All who wait before a door look again, for what they wait for may have changed.
    pub(super) fn look_again(&mut self, now: Timestamp) {
        let waiting: Vec<_> = self
            .participants
            .values()
            .filter(|participant| participant.door().is_some())
            .map(|participant| participant.id)
            .collect();
        for id in waiting {
            self.go_on(now, id);
        }
    }

    /// A key that was pressed before the room.
    pub(super) fn press_at_door(
        &mut self,
        now: Timestamp,
        id: ParticipantId,
        door: Door,
        digit: char,
    ) {
        let Some(participant) = self.participants.get_mut(&id) else { return };
        if door == Door::Confirm {
            if digit == '1' {
                participant.passage.is_confirmed = true;
                self.go_on(now, id);
            }
            return;
        }
        if door == Door::Name {
            if digit == '#' {
                self.effects.push_back(Effect::EndName { participant: id });
            }
            return;
        }
        match participant.passage.pad.press(now, digit) {
            Typed::Part => {}
            Typed::Pin(pin) => self.effects.push_back(Effect::CheckPin { participant: id, pin }),
            Typed::Nonsense => self.wrong_pin(now, id),
        }
    }

    /// A PIN was looked at.
    pub(super) fn pin_checked(&mut self, now: Timestamp, id: ParticipantId, role: Option<Role>) {
        let Some(participant) = self.participants.get_mut(&id) else { return };
        if !participant.door().is_some_and(Door::takes_pins) || participant.passage.is_entering {
            return;
        }
        let Some(role) = role else { return self.wrong_pin(now, id) };
        participant.passage.is_identified = true;
        if participant.role < role {
            participant.role = role;
            let view = participant.view();
            self.publish(Event::Participant(view));
        }
        self.go_on(now, id);
        // The PIN of guests is none that opens it.
        let stays = |one: &Participant| one.door() == Some(Door::Early) && one.role == Role::Guest;
        if self.participants.get(&id).is_some_and(stays) {
            self.say_at_door(now, id, Door::Early);
        }
    }

    /// A host lets somebody in.
    pub(super) fn admit(&mut self, now: Timestamp, id: ParticipantId) {
        let Some(participant) = self.participants.get_mut(&id) else { return };
        participant.passage.is_admitted = true;
        if participant.door() == Some(Door::Lobby) {
            self.go_on(now, id);
        }
    }

    /// Who has waited longest to be let in.
    pub(super) fn first_in_lobby(&self) -> Option<ParticipantId> {
        let is_there = |participant: &&Participant| {
            participant.door() == Some(Door::Lobby) && !participant.passage.is_entering
        };
        self.participants.values().find(is_there).map(|participant| participant.id)
    }

    /// What was said to somebody has been said: if it waits, it will be said again.
    pub(super) fn told(&mut self, now: Timestamp, id: ParticipantId) {
        if let Some(participant) = self.participants.get_mut(&id) {
            participant.repeat(now);
            if let Some(roll) = &mut participant.roll {
                roll.said(now);
            }
        }
    }

    /// Says again what is due.
    pub(super) fn repeat_due(&mut self, now: Timestamp) {
        let due: Vec<_> = self
            .participants
            .values_mut()
            .filter(|participant| participant.passage.repeat_at.is_some_and(|at| at <= now))
            .filter_map(|participant| {
                participant.passage.repeat_at = None;
                participant.door().map(|door| (participant.id, door))
            })
            .collect();
        for (participant, door) in due {
            self.say_at_door(now, participant, door);
        }
    }

    /// What somebody is told who is sent away, before the room or from it; browsers read it on their page.
    pub(super) fn farewell(participant: &Participant, ending: Ending) -> Option<Prompt> {
        if participant.via == Via::Browser {
            return None;
        }
        if ending == Ending::Removed && participant.is_in() {
            return Some(Prompt::YouWereRemoved);
        }
        participant.door()?;
        match ending {
            Ending::NotConfirmed => Some(Prompt::NotConfirmed),
            Ending::WrongPin => Some(Prompt::TooManyPins),
            Ending::NotAdmitted if participant.door() == Some(Door::Early) => {
                Some(Prompt::TryLater)
            }
            Ending::NotAdmitted => Some(Prompt::NotAdmitted),
            Ending::ConferenceEnded => Some(Prompt::Goodbye),
            _ => None,
        }
    }

    /// The door that a participant has to pass next.
    fn door_before(&self, now: Timestamp, participant: &Participant) -> Option<Door> {
        let access = &self.conference.access;
        let passage = &participant.passage;
        let is_host = participant.role == Role::Host;
        let must_confirm = participant.via == Via::CallMe && access.must_press_1(&self.policy);
        let must_identify = participant.via == Via::DialIn && access.pin.is_some();
        match () {
            () if must_confirm && !passage.is_confirmed => Some(Door::Confirm),
            () if !is_host && passage.is_early && self.is_closed(now) => Some(Door::Early),
            () if must_identify && !passage.is_identified => Some(Door::Pin),
            () if self.must_say_name(participant) => Some(Door::Name),
            () if is_host || passage.is_admitted => None,
            () if self.is_early(now) => Some(Door::Start),
            () if access.waits_for_host && !self.has_begun => Some(Door::Host),
            () if access.lobby => Some(Door::Lobby),
            () => None,
        }
    }

    /// To the next door, or into the room.
    pub(super) fn go_on(&mut self, now: Timestamp, id: ParticipantId) {
        let Some(participant) = self.participants.get(&id) else { return };
        if participant.passage.is_entering {
            return;
        }
        let door = self.door_before(now, participant);
        if door.is_some() && participant.door() == door {
            return;
        }
        self.end_name(id);
        let Some(door) = door else { return self.enter(now, id) };
        let Some(participant) = self.participants.get_mut(&id) else { return };
        participant.stand_at(now, door);
        if door == Door::Start {
            self.note_start(now);
        }
        let Some(participant) = self.participants.get(&id) else { return };
        let (view, is_phone) = (participant.view(), participant.via != Via::Browser);
        self.publish(Event::Participant(view));
        if door == Door::Name {
            self.effects.push_back(Effect::AskName { participant: id });
        } else if is_phone {
            self.say_at_door(now, id, door);
        }
        if door == Door::Lobby {
            self.knock();
        }
    }

    /// Says what is to be heard before a door.
    fn say_at_door(&mut self, now: Timestamp, participant: ParticipantId, door: Door) {
        let prompt = match door {
            Door::Confirm => Prompt::Invitation,
            Door::Early => self.too_early(now),
            Door::Pin => Prompt::EnterPin,
            Door::Name => Prompt::SayName,
            Door::Start => Prompt::AwaitStart,
            Door::Host => Prompt::AwaitHost,
            Door::Lobby => Prompt::AwaitAdmission,
        };
        self.effects.push_back(Effect::Say { participant, prompt });
    }

    /// Lets the hosts hear that somebody waits: those on the phone have no page that says so.
    fn knock(&mut self) {
        let hosts = self.participants.values().filter(|one| one.hosts() && !one.held);
        let knocks = hosts.map(|host| Effect::Play { participant: host.id, chime: Chime::Knock });
        self.effects.extend(knocks);
    }

    fn enter(&mut self, now: Timestamp, id: ParticipantId) {
        let Some(participant) = self.participants.get_mut(&id) else { return };
        participant.enter(now);
        let (muted, held) = (participant.is_muted(), participant.held);
        self.effects.push_back(Effect::Join { participant: id, muted, held });
    }

    fn wrong_pin(&mut self, now: Timestamp, id: ParticipantId) {
        let Some(participant) = self.participants.get_mut(&id) else { return };
        participant.passage.wrong_pins += 1;
        participant.passage.repeat_at = None;
        if participant.passage.wrong_pins >= WRONG_PINS_PER_CALL_MAX {
            return self.put_out(now, id, Ending::WrongPin);
        }
        self.effects.push_back(Effect::Say { participant: id, prompt: Prompt::WrongPin });
    }
}
