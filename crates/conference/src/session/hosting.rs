//! What hosts do, what everybody does by the keys of a phone, and what follows when hosts come and go.

use std::time::Duration;

use jiff::Timestamp;

use super::io::Effect;
use super::participant::Participant;
use super::{Departure, Session};
use crate::access::Role;
use crate::call::{MutedBy, Via};
use crate::ending::Ending;
use crate::ids::ParticipantId;
use crate::keypad::Command;
use crate::prompt::Prompt;
use crate::text::ParticipantName;
use crate::view::Event;

/// How long a conference that ends with its host goes on without one: a page that is loaded again, or a
/// phone that lost its network, ends nothing.
pub const HOST_RETURN_TIME: Duration = Duration::from_secs(30);

impl Session {
    /// Takes a key of a phone.
    pub(super) fn digit(&mut self, now: Timestamp, id: ParticipantId, digit: char) {
        let Some(participant) = self.participants.get_mut(&id) else { return };
        if participant.passage.is_entering && !participant.is_in() {
            return;
        }
        if let Some(door) = participant.door() {
            return self.press_at_door(now, id, door, digit);
        }
        // Of a phone that is still being called, a key may come before it was answered.
        if !participant.is_in() {
            return;
        }
        if participant.is_naming {
            return self.press_while_naming(id, digit);
        }
        if participant.roll.is_some() && digit != '*' && !participant.keypad.is_starred(now) {
            return self.roll_key(now, id, digit);
        }
        let role = participant.role;
        let Some(command) = participant.keypad.press(now, role, digit) else { return };
        if command.is_for_hosts() && role != Role::Host {
            return self.say(id, Prompt::HostsOnly);
        }
        self.obey(now, id, command);
    }

    pub(super) fn set_locked(&mut self, now: Timestamp, locked: bool) {
        // One that nobody is in has nobody who could unlock it.
        if self.is_active() && self.is_locked != locked {
            self.is_locked = locked;
            self.publish_status(now);
            self.tell_hosts(&Prompt::Lock(locked));
        }
    }

    /// Mutes everybody who isn't a host.
    pub(super) fn mute_all(&mut self) {
        let is_guest = |participant: &Participant| participant.role == Role::Guest;
        let guests: Vec<_> = self.participants.values().filter(|each| is_guest(each)).collect();
        let guests: Vec<_> = guests.into_iter().map(|guest| guest.id).collect();
        for id in guests {
            self.set_muted(id, true, MutedBy::Host);
        }
        self.tell_hosts(&Prompt::AllMuted);
    }

    pub(super) fn set_hand(&mut self, id: ParticipantId, raised: bool) {
        for id in self.ways_of(id) {
            let Some(participant) = self.participants.get_mut(&id) else { continue };
            if participant.hand != raised {
                participant.hand = raised;
                let (view, is_phone) = (participant.view(), participant.via != Via::Browser);
                self.publish(Event::Participant(view));
                if is_phone {
                    self.say(id, Prompt::Hand(raised));
                }
            }
        }
    }

    pub(super) fn rename(&mut self, id: ParticipantId, name: &ParticipantName) {
        for id in self.ways_of(id) {
            let Some(participant) = self.participants.get_mut(&id) else { continue };
            if participant.name.as_ref() != Some(name) {
                participant.name = Some(name.clone());
                let view = participant.view();
                self.publish(Event::Participant(view));
            }
        }
    }

    /// Somebody is in: if that is a host, those who have waited for one go on.
    pub(super) fn host_joined(&mut self, now: Timestamp, id: ParticipantId) {
        if self.participants.get(&id).is_some_and(Participant::hosts) {
            self.host_due_at = None;
            self.begin(now);
        }
    }

    /// It begins now, whatever the set time: those who have come early or wait for a host go on. One that nobody has
    /// come to has nobody to begin for.
    pub(super) fn begin(&mut self, now: Timestamp) {
        if !self.is_active() {
            return;
        }
        let was = self.status(now);
        self.has_begun = true;
        if self.status(now) != was {
            self.publish_status(now);
        }
        self.look_again(now);
    }

    /// Somebody is gone: if that was the last host, the conference may end soon.
    pub(super) fn host_left(&mut self, now: Timestamp, gone: &Participant) {
        if !self.is_active() {
            (self.is_locked, self.has_begun) = (false, false);
            (self.host_due_at, self.gathers_at) = (None, None);
            return;
        }
        let was_host = gone.role == Role::Host;
        let has_host = self.participants.values().any(Participant::hosts);
        if self.conference.access.ends_with_host && self.has_begun && was_host && !has_host {
            let due = now.saturating_add(HOST_RETURN_TIME).unwrap_or(Timestamp::MAX);
            self.host_due_at.get_or_insert(due);
        }
    }

    /// Ends the session, if a host had to come back by now.
    pub(super) fn end_without_host(&mut self, now: Timestamp) {
        if self.host_due_at.is_some_and(|due| due <= now) {
            self.put_all_out(now, Ending::ConferenceEnded);
        }
    }

    fn obey(&mut self, now: Timestamp, id: ParticipantId, command: Command) {
        let Some(participant) = self.participants.get(&id) else { return };
        let (is_muted, hand, role) = (participant.is_muted(), participant.hand, participant.role);
        match command {
            Command::ToggleMute => self.set_muted(id, !is_muted, MutedBy::Own),
            Command::ToggleHand => self.set_hand(id, !hand),
            Command::Keys => self.say(id, Prompt::Keys(role)),
            Command::Count => self.say(id, Prompt::Count(self.persons_in().count())),
            Command::RollCall if role == Role::Host => self.call_roll(now, id),
            Command::RollCall => {
                let called = self.persons_in().map(Participant::called).collect();
                self.say(id, Prompt::RollCall(called));
            }
            Command::Back => self.go_back(now, id),
            Command::SayName => self.say_name_anew(id),
            Command::ToggleRecording => self.toggle_recording(id),
            Command::ToggleLock => self.set_locked(now, !self.is_locked),
            Command::MuteAll => self.mute_all(),
            Command::Admit => {
                if let Some(first) = self.first_in_lobby() {
                    self.admit(now, first);
                }
            }
            Command::Refuse => {
                if let Some(first) = self.first_in_lobby() {
                    self.depart(now, first, Departure::put_out(Ending::NotAdmitted));
                }
            }
        }
    }

    /// Those who are in, a person who is there by phone and by browser once.
    pub(super) fn persons_in(&self) -> impl Iterator<Item = &Participant> {
        self.participants.values().filter(|participant| participant.is_in() && !participant.held)
    }

    /// Tells those hosts who are in by phone, and have no page that shows it.
    fn tell_hosts(&mut self, prompt: &Prompt) {
        let on_the_phone = |one: &&Participant| one.hosts() && one.via != Via::Browser;
        let hosts: Vec<_> =
            self.participants.values().filter(on_the_phone).map(|host| host.id).collect();
        for host in hosts {
            self.say(host, prompt.clone());
        }
    }

    /// Says something to one who is in.
    pub(super) fn say(&mut self, participant: ParticipantId, prompt: Prompt) {
        let hears = |one: &Participant| one.is_in() && !one.is_naming;
        if self.participants.get(&participant).is_some_and(hears) {
            self.effects.push_back(Effect::Say { participant, prompt });
        }
    }
}
