//! The world that a session acts on: it takes what it is told, and nothing that makes no sense.

use std::collections::{BTreeMap, BTreeSet};

use conference::*;

/// What the world has been told to do.
#[derive(Debug, Default)]
pub(crate) struct World {
    pub(crate) begun: BTreeSet<ParticipantId>,
    pub(crate) received: BTreeSet<ParticipantId>,
    pub(crate) joined: BTreeSet<ParticipantId>,
    pub(crate) muted: BTreeMap<ParticipantId, bool>,
    pub(crate) held: BTreeMap<ParticipantId, bool>,
    pub(crate) whispers: BTreeMap<ParticipantId, ParticipantId>,
    pub(crate) breakouts: BTreeMap<ParticipantId, Option<Breakout>>,
    pub(crate) released: BTreeMap<ParticipantId, Ending>,
    pub(crate) left: BTreeMap<ParticipantId, Ending>,
    pub(crate) recorded: BTreeMap<ParticipantId, Ending>,
    /// Who is being asked for its name.
    asked: BTreeSet<ParticipantId>,
    /// The recording that was started and not stopped, so far as the world was told.
    tape: Option<RecordingId>,
    pub(crate) is_resting: bool,
}

impl World {
    pub(crate) fn carry_out(&mut self, effect: &Effect) {
        match effect {
            Effect::Dial { participant, .. } | Effect::Answer { participant } => {
                self.is_resting = false;
                assert!(self.begun.insert(*participant), "begun twice");
            }
            Effect::Join { participant, muted, held } => {
                self.assert_there(*participant);
                assert!(self.joined.insert(*participant), "joined twice");
                self.muted.insert(*participant, *muted);
                let was = self.held.insert(*participant, *held);
                assert!(was.is_none_or(|was| was == *held), "received otherwise");
            }
            Effect::Receive { participant, held } => {
                self.assert_there(*participant);
                assert!(self.received.insert(*participant), "received twice");
                self.held.insert(*participant, *held);
            }
            Effect::Say { participant, .. } => {
                self.assert_there(*participant);
                let has_leg =
                    self.received.contains(participant) || self.joined.contains(participant);
                assert!(has_leg, "said to nobody");
            }
            Effect::AskName { .. } | Effect::EndName { .. } | Effect::AnnounceName { .. } => {
                self.name(effect);
            }
            Effect::PrepareRecording { participant } => self.assert_in(*participant),
            Effect::CheckPin { participant, .. } => self.assert_there(*participant),
            Effect::SetMuted { .. }
            | Effect::SetHeld { .. }
            | Effect::SetVolume { .. }
            | Effect::Whisper { .. }
            | Effect::Move { .. } => self.rearrange(effect),
            Effect::Play { participant, .. } => self.assert_there(*participant),
            Effect::Announce(_) | Effect::SetMusic { .. } | Effect::SayToAll { .. } => {
                assert!(!self.is_resting, "nobody is there to hear it");
            }
            Effect::StartRecording { recording, .. } => {
                assert!(!self.is_resting, "nobody is there to be recorded");
                self.tape = Some(*recording);
            }
            Effect::StopRecording { recording, .. } => {
                assert_eq!(self.tape, Some(*recording), "stopped but not started");
            }
            Effect::Release { participant, ending, hang_up, farewell } => {
                self.assert_there(*participant);
                let has_leg =
                    self.received.contains(participant) || self.joined.contains(participant);
                assert!(farewell.is_none() || (*hang_up && has_leg), "told what nobody hears");
                let is_removed = *ending == Ending::Removed;
                let is_told_so = *farewell == Some(Prompt::YouWereRemoved);
                assert!(is_removed || !is_told_so, "told what isn't so");
                self.released.insert(*participant, *ending);
            }
            Effect::Publish(Event::Left { id, ending }) => {
                assert_eq!(self.left.insert(*id, *ending), None, "left twice");
            }
            Effect::Publish(_) => {}
            Effect::Record(record) => {
                let before = self.recorded.insert(record.participant, record.ending);
                assert_eq!(before, None, "recorded twice");
                assert!(record.ended_at >= record.began_at);
            }
            Effect::Rest => {
                assert_eq!(self.begun.len(), self.recorded.len(), "rests with somebody there");
                assert!(!std::mem::replace(&mut self.is_resting, true), "rests twice");
                self.tape = None;
            }
        }
    }

    /// Asks somebody for its name, or announces it by that.
    fn name(&mut self, effect: &Effect) {
        match effect {
            Effect::AskName { participant } => {
                self.assert_there(*participant);
                let is_in = self.joined.contains(participant);
                assert!(is_in || self.received.contains(participant), "asked nobody");
                // In the room it may say its name as often as it likes.
                assert!(self.asked.insert(*participant) || is_in, "asked twice");
            }
            Effect::EndName { participant } => {
                self.assert_there(*participant);
                assert!(self.asked.contains(participant), "was never asked");
            }
            Effect::AnnounceName { participant, .. } => self.assert_in(*participant),
            _ => {}
        }
    }

    /// Has somebody who is in be heard otherwise, or elsewhere.
    fn rearrange(&mut self, effect: &Effect) {
        match effect {
            Effect::SetMuted { participant, muted } => {
                self.assert_there(*participant);
                let was = self.muted.insert(*participant, *muted).expect("muted without a leg");
                assert_ne!(was, *muted, "muted to no effect");
            }
            Effect::SetHeld { participant, held } => {
                self.assert_there(*participant);
                let was = self.held.insert(*participant, *held).expect("held without a leg");
                assert_ne!(was, *held, "held to no effect");
            }
            Effect::SetVolume { participant, .. } => self.assert_in(*participant),
            Effect::Whisper { participant, to } => {
                self.assert_in(*participant);
                to.iter().for_each(|to| self.assert_in(*to));
                self.whispers.remove(participant);
                if let Some(to) = to {
                    assert!(self.whispers.values().all(|other| other != to), "two whisper at once");
                    self.whispers.insert(*participant, *to);
                }
            }
            Effect::Move { participant, breakout, muted } => {
                self.assert_in(*participant);
                assert_eq!(self.muted[participant], *muted, "moved otherwise");
                let whispers = |(by, to)| [by, to].contains(&participant);
                assert!(!self.whispers.iter().any(whispers), "moved amid a whisper");
                self.breakouts.insert(*participant, *breakout);
            }
            _ => {}
        }
    }

    fn assert_in(&self, participant: ParticipantId) {
        self.assert_there(participant);
        assert!(self.joined.contains(&participant), "{participant} isn't in");
    }

    fn assert_there(&self, participant: ParticipantId) {
        assert!(self.begun.contains(&participant), "{participant} never came");
        assert!(!self.released.contains_key(&participant), "{participant} is gone");
    }
}
