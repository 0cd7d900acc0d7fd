//! Whispers: what a host says to one participant, over what that hears, and to nobody else.
//!
//! A host whispers until it says otherwise, leaves, or is heard by another way. When the listener goes away, the
//! host is muted: what was meant for one must not be said to all by mistake.

use super::Session;
use super::io::Effect;
use super::participant::Participant;
use crate::call::MutedBy;
use crate::ids::ParticipantId;
use crate::view::Event;

impl Session {
    /// Has a host whisper to somebody, or with `None` speak to all again. Who isn't there by now, whispers itself
    /// or is elsewhere isn't whispered to.
    pub(super) fn set_whisper(&mut self, host: ParticipantId, to: Option<ParticipantId>) {
        let Some(from) = self.voice_of(host).filter(|id| self.is_host(*id)) else { return };
        let Some(to) = to else { return self.end_whisper(from) };
        let listener = self.voice_of(to).filter(|to| self.may_be_told(from, *to));
        let Some(listener) = listener else { return };
        if self.participants.get(&from).and_then(|host| host.whispers_to) == Some(listener) {
            return;
        }
        // From one to another without a moment in between that all could hear.
        self.note_whisper(from, Some(listener));
        self.effects.push_back(Effect::Whisper { participant: from, to: Some(listener) });
    }

    /// Whether a host whispers to that person just now.
    #[must_use]
    pub fn whispers(&self, host: ParticipantId, to: ParticipantId) -> bool {
        let whispered = |id| self.participants.get(&id).and_then(|one| one.whispers_to);
        let listener = self.ways_of(host).find_map(whispered);
        listener.is_some_and(|listener| self.ways_of(to).any(|way| way == listener))
    }

    /// Ends what somebody whispers, and what is whispered to it: it leaves, or is no longer heard where it was.
    pub(super) fn leave_whispers(&mut self, id: ParticipantId) {
        self.end_whisper(id);
        let whispers = |each: &&Participant| each.whispers_to == Some(id);
        let hosts: Vec<_> =
            self.participants.values().filter(whispers).map(|each| each.id).collect();
        for host in hosts {
            self.set_muted(host, true, MutedBy::Own);
            self.end_whisper(host);
        }
    }

    fn end_whisper(&mut self, from: ParticipantId) {
        if self.participants.get(&from).is_some_and(|host| host.whispers_to.is_some()) {
            self.note_whisper(from, None);
            self.effects.push_back(Effect::Whisper { participant: from, to: None });
        }
    }

    fn note_whisper(&mut self, from: ParticipantId, to: Option<ParticipantId>) {
        if let Some(participant) = self.participants.get_mut(&from) {
            participant.whispers_to = to;
            let view = participant.view();
            self.publish(Event::Participant(view));
        }
    }

    /// The way by which a person who is in is heard, and hears.
    fn voice_of(&self, id: ParticipantId) -> Option<ParticipantId> {
        let sounds = |id: &ParticipantId| {
            self.participants.get(id).is_some_and(|one| one.is_in() && !one.held && !one.is_naming)
        };
        self.ways_of(id).find(sounds)
    }

    fn is_host(&self, id: ParticipantId) -> bool {
        self.participants.get(&id).is_some_and(Participant::hosts)
    }

    /// Whether `from` may whisper to `to`: another person in the same room, to whom nobody else whispers.
    fn may_be_told(&self, from: ParticipantId, to: ParticipantId) -> bool {
        let is_other = self.ways_of(from).all(|way| way != to);
        let breakout_of = |id| self.participants.get(&id).and_then(|one| one.breakout);
        let by_another = |each: &Participant| each.whispers_to == Some(to) && each.id != from;
        is_other
            && breakout_of(from) == breakout_of(to)
            && !self.participants.values().any(by_another)
    }
}
