//! Break-out rooms: who is sent into one hears, and is heard by, those in there, until it comes back.
//!
//! They belong to the conference: whoever is in one is in it, shows on its pages, and leaves as everybody does.

use super::Session;
use super::io::Effect;
use super::participant::Participant;
use crate::access::Role;
use crate::breakout::Breakout;
use crate::call::Via;
use crate::ids::ParticipantId;
use crate::prompt::Prompt;
use crate::view::Event;

impl Session {
    /// Sends a person who is in to a break-out room, or with `None` back, by whatever ways it is there.
    pub(super) fn set_breakout(&mut self, id: ParticipantId, breakout: Option<Breakout>) {
        let is_in = |id: &ParticipantId| self.participants.get(id).is_some_and(Participant::is_in);
        let ways: Vec<_> = self.ways_of(id).collect();
        if !ways.iter().any(is_in) {
            return;
        }
        for id in ways {
            self.leave_whispers(id);
            let Some(participant) = self.participants.get_mut(&id) else { continue };
            if participant.breakout == breakout {
                continue;
            }
            participant.breakout = breakout;
            let (view, is_in) = (participant.view(), participant.is_in());
            let is_phone = participant.via != Via::Browser;
            self.publish(Event::Participant(view));
            if is_in {
                self.take_there(id);
            }
            if is_phone {
                self.tell_where(id);
            }
        }
    }

    /// Brings everybody back.
    pub(super) fn gather(&mut self) {
        for id in self.away() {
            self.set_breakout(id, None);
        }
    }

    /// Somebody wants to be back, and says so by phone; a host who is in no break-out room wants all back.
    pub(super) fn go_back(&mut self, id: ParticipantId) {
        let Some(participant) = self.participants.get(&id) else { return };
        match (participant.breakout, participant.role) {
            (Some(_), _) => self.set_breakout(id, None),
            (None, Role::Host) if !self.away().is_empty() => {
                self.gather();
                self.say(id, Prompt::Gathered);
            }
            (None, _) => self.tell_where(id),
        }
    }

    /// Tells somebody where it is.
    fn tell_where(&mut self, id: ParticipantId) {
        let breakout = self.participants.get(&id).and_then(|one| one.breakout);
        let is_recorded = self.recording().is_some();
        self.say(id, Prompt::YouAreIn { breakout, is_recorded });
    }

    fn away(&self) -> Vec<ParticipantId> {
        let away = |one: &&Participant| one.breakout.is_some();
        self.participants.values().filter(away).map(|one| one.id).collect()
    }

    /// Has the leg of somebody who is in be where its participant is.
    pub(super) fn take_there(&mut self, id: ParticipantId) {
        if let Some(participant) = self.participants.get(&id) {
            let (breakout, muted) = (participant.breakout, participant.is_muted());
            self.effects.push_back(Effect::Move { participant: id, breakout, muted });
        }
    }

    /// Those break-out rooms in which somebody is.
    pub fn breakouts(&self) -> impl Iterator<Item = Breakout> {
        self.participants.values().filter_map(|participant| participant.breakout)
    }
}
