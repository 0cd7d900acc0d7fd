//! Those who wait: for the set time, and with music.
//!
//! Whoever comes before the set time stands before the room until it is there, or a host is, and is told then.
//! There is music before the room for all who wait for others, and in it for whoever is alone.

use jiff::Timestamp;

use super::Session;
use super::io::{Effect, Place};
use super::participant::Participant;
use crate::door::Door;
use crate::prompt::Prompt;
use crate::schedule::Phase;

/// Where there is music.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Music {
    room: bool,
    anteroom: bool,
}

impl Session {
    /// Whether the set time is still to come and no host has begun before it.
    pub(super) fn is_early(&self, now: Timestamp) -> bool {
        let schedule = self.conference.schedule.as_ref();
        let phase = schedule.map(|schedule| schedule.phase(now, self.policy.lead));
        !self.has_begun && matches!(phase, Some(Phase::Closed { .. } | Phase::Early { .. }))
    }

    /// Whether guests may not come yet, nor has a host begun.
    pub(super) fn is_closed(&self, now: Timestamp) -> bool {
        let schedule = self.conference.schedule.as_ref();
        let phase = schedule.map(|schedule| schedule.phase(now, self.policy.lead));
        !self.has_begun && matches!(phase, Some(Phase::Closed { .. }))
    }

    /// Lets those go on who came before guests might, if these may by now.
    pub(super) fn opening_due(&mut self, now: Timestamp) {
        let waits = |one: &Participant| one.door() == Some(Door::Early);
        if self.participants.values().any(waits) && !self.is_closed(now) {
            self.look_again(now);
        }
    }

    /// What somebody is told who comes before guests may.
    pub(super) fn too_early(&self, now: Timestamp) -> Prompt {
        // Without a set time nobody is early.
        let Some(schedule) = &self.conference.schedule else { return Prompt::AwaitStart };
        let here = |time: Timestamp| Box::new(time.to_zoned(schedule.zone().rules().clone()));
        Prompt::TooEarly { starts: here(schedule.current(now).starts_at), now: here(now) }
    }

    /// When those who have come early go on, if anybody has.
    pub(super) fn starts_at(&self) -> Option<Timestamp> {
        let waits = |participant: &Participant| participant.door() == Some(Door::Start);
        self.starts_at.filter(|_| self.participants.values().any(waits))
    }

    /// Notes when the set time is that somebody has come early for.
    pub(super) fn note_start(&mut self, now: Timestamp) {
        let schedule = self.conference.schedule.as_ref();
        let next = schedule.and_then(|schedule| schedule.next_after(now));
        self.starts_at = next.map(|next| next.starts_at);
    }

    /// The set time is there: those who came early go on.
    pub(super) fn start_due(&mut self, now: Timestamp) {
        if self.starts_at.is_some_and(|at| at <= now) {
            self.starts_at = None;
            self.look_again(now);
        }
    }

    /// Has music play where it is to, and nowhere else.
    pub(super) fn review_music(&mut self) {
        if !self.is_active() {
            // Both rooms are closed.
            self.music = Music::default();
            return;
        }
        let is_waiting = |participant: &Participant| {
            participant.door().is_some_and(Door::has_music) && !participant.passage.is_entering
        };
        let wanted = Music {
            room: self.policy.music && self.recording().is_none() && self.persons_in().count() == 1,
            anteroom: self.policy.music && self.participants.values().any(is_waiting),
        };
        let was = std::mem::replace(&mut self.music, wanted);
        for (place, was, on) in
            [(Place::Room, was.room, wanted.room), (Place::Anteroom, was.anteroom, wanted.anteroom)]
        {
            if was != on {
                self.effects.push_back(Effect::SetMusic { place, on });
            }
        }
    }
}
