//! Break-out rooms: who is sent into one hears, and is heard by, those in there, until it comes back.
//!
//! They belong to the conference: whoever is in one is in it, shows on its pages, and leaves as everybody does.

use super::Session;
use super::io::Effect;
use super::participant::Participant;
use crate::breakout::Breakout;
use crate::ids::ParticipantId;
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
            self.publish(Event::Participant(view));
            if is_in {
                self.take_there(id);
            }
        }
    }

    /// Brings everybody back.
    pub(super) fn gather(&mut self) {
        let away = |one: &&Participant| one.breakout.is_some();
        let away: Vec<_> = self.participants.values().filter(away).map(|one| one.id).collect();
        for id in away {
            self.set_breakout(id, None);
        }
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
