//! The roll as it is called to a host by phone: one after the other, with time for a key that is about the one who
//! was called. All that a host does on the page to somebody, but renaming others, can be done so.

use jiff::Timestamp;

use super::Session;
use super::participant::Participant;
use crate::breakout::Breakout;
use crate::call::MutedBy;
use crate::ids::ParticipantId;
use crate::prompt::Prompt;
use crate::roll::{Roll, RollKey};
use crate::volume::Volume;

/// By how much a key makes a voice louder or softer, in decibels.
const VOLUME_STEP_DB: i8 = 3;

impl Session {
    /// Begins to call the roll to a host.
    pub(super) fn call_roll(&mut self, now: Timestamp, host: ParticipantId) {
        let count = self.persons_in().count();
        let first = self.persons_in().next().map(Participant::id_and_call);
        if let Some((called, call)) = first {
            self.note_roll(now, host, called);
            self.say(host, Prompt::RollCalls { count: Some(count), called: call });
        }
    }

    /// Goes on with the roll where it is time to.
    pub(super) fn roll_due(&mut self, now: Timestamp) {
        let is_due = |one: &&Participant| one.roll_due().is_some_and(|due| due <= now);
        let due: Vec<_> = self.participants.values().filter(is_due).map(|one| one.id).collect();
        for host in due {
            self.call_next(now, host);
        }
    }

    /// Takes a key that a host has pressed while the roll is called.
    pub(super) fn roll_key(&mut self, now: Timestamp, host: ParticipantId, key: char) {
        let Some(participant) = self.participants.get_mut(&host) else { return };
        let Some(roll) = &mut participant.roll else { return };
        roll.say(now);
        let (called, takes_room) = (roll.called, std::mem::take(&mut roll.takes_room));
        if takes_room {
            let said = self.send_called(called, key);
            return self.say(host, said);
        }
        match RollKey::of(key) {
            None => self.say(host, Prompt::NotPossible),
            Some(RollKey::Keys) => self.say(host, Prompt::RollKeys),
            Some(RollKey::Next) => {
                self.set_whisper(host, None);
                self.call_next(now, host);
            }
            Some(RollKey::Send) => {
                self.ask_which_room(host);
                self.say(host, Prompt::WhichRoom);
            }
            Some(RollKey::SayName) if called == host => self.say_name_anew(host),
            Some(key) => {
                let said = self.act_on_called(now, host, called, key);
                self.say(host, said);
            }
        }
    }

    /// Does what a key says to the one who was called, and gives what is to be said of it.
    fn act_on_called(
        &mut self,
        now: Timestamp,
        host: ParticipantId,
        called: ParticipantId,
        key: RollKey,
    ) -> Prompt {
        let is_other = self.ways_of(host).all(|way| way != called);
        let Some(one) = self.participants.get(&called).filter(|one| one.is_in()) else {
            return Prompt::NotPossible;
        };
        let (muted, volume) = (one.is_muted(), one.volume);
        match key {
            RollKey::Softer => self.turn(called, volume, -VOLUME_STEP_DB),
            RollKey::Louder => self.turn(called, volume, VOLUME_STEP_DB),
            RollKey::ToggleMute => {
                self.set_muted(called, !muted, if is_other { MutedBy::Host } else { MutedBy::Own });
                // A browser that is to be unmuted is asked first.
                let is_muted = self.participants.get(&called).is_some_and(Participant::is_muted);
                if is_muted == muted { Prompt::NotPossible } else { Prompt::Muted(is_muted) }
            }
            RollKey::LowerHand => {
                self.set_hand(called, false);
                Prompt::Hand(false)
            }
            RollKey::Remove if is_other => {
                self.remove(now, called);
                Prompt::Removed
            }
            RollKey::ToggleWhisper if self.whispers(host, called) => {
                self.set_whisper(host, None);
                Prompt::Whispering(false)
            }
            RollKey::ToggleWhisper => {
                self.set_whisper(host, Some(called));
                match self.whispers(host, called) {
                    true => Prompt::Whispering(true),
                    false => Prompt::NotPossible,
                }
            }
            _ => Prompt::NotPossible,
        }
    }

    /// Turns the voice of the one who was called up or down.
    fn turn(&mut self, called: ParticipantId, volume: Volume, by_db: i8) -> Prompt {
        match Volume::new(volume.decibels().saturating_add(by_db)) {
            Some(volume) => {
                self.set_volume(called, volume);
                Prompt::Louder(by_db > 0)
            }
            None => Prompt::NotPossible,
        }
    }

    /// Sends the one who was called to the room of a key.
    fn send_called(&mut self, called: ParticipantId, key: char) -> Prompt {
        let is_in = self.participants.get(&called).is_some_and(Participant::is_in);
        let number = key.to_digit(10).and_then(|number| u8::try_from(number).ok());
        let breakout = number.and_then(Breakout::new);
        if !is_in || (breakout.is_none() && number != Some(0)) {
            return Prompt::NotPossible;
        }
        self.set_breakout(called, breakout);
        Prompt::SentTo(breakout)
    }

    /// Calls the next of those who are in, in the order in which they came.
    fn call_next(&mut self, now: Timestamp, host: ParticipantId) {
        let roll = self.participants.get(&host).and_then(|host| host.roll);
        let Some(before) = roll.map(|roll| roll.called) else { return };
        let next = self.persons_in().find(|one| one.id > before).map(Participant::id_and_call);
        match next {
            Some((called, call)) => {
                self.note_roll(now, host, called);
                self.say(host, Prompt::RollCalls { count: None, called: call });
            }
            None => {
                self.end_roll(host);
                self.say(host, Prompt::RollIsOver);
            }
        }
    }

    fn note_roll(&mut self, now: Timestamp, host: ParticipantId, called: ParticipantId) {
        if let Some(participant) = self.participants.get_mut(&host) {
            participant.roll = Some(Roll::at(now, called));
        }
    }

    fn ask_which_room(&mut self, host: ParticipantId) {
        let participant = self.participants.get_mut(&host);
        if let Some(roll) = participant.and_then(|host| host.roll.as_mut()) {
            roll.takes_room = true;
        }
    }

    fn end_roll(&mut self, host: ParticipantId) {
        if let Some(participant) = self.participants.get_mut(&host) {
            participant.roll = None;
        }
    }
}
