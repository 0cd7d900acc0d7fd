//! Whether a session is recorded, and who is told.
//!
//! Everybody who is in hears and sees that a recording begins and ends, and whoever comes later hears it on coming in.
//! It ends with the last who leaves. Two recordings of one session are never made at once.

use std::time::Duration;

use jiff::Timestamp;

use super::Session;
use super::io::Effect;
use super::participant::Participant;
use crate::call::Via;
use crate::ids::{ParticipantId, RecordingId};
use crate::prompt::Prompt;
use crate::recording::{RecordingEnding, RecordingView};

/// The recording of a session: the one that is being made, or the last one.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tape {
    id: RecordingId,
    view: RecordingView,
}

impl Session {
    /// The recording that is being made.
    #[must_use]
    pub fn recording(&self) -> Option<RecordingId> {
        self.tape.filter(|tape| tape.view.on).map(|tape| tape.id)
    }

    pub(super) fn recording_view(&self) -> Option<RecordingView> {
        self.tape.map(|tape| tape.view)
    }

    /// A host wants it recorded. Without anybody in the room there is nothing to be recorded.
    pub(super) fn record(&mut self, now: Timestamp, id: RecordingId, voices: bool) {
        let has_anybody = self.participants.values().any(Participant::is_in);
        if self.recording().is_some() || !has_anybody {
            return;
        }
        let view = RecordingView { since: now, on: true, voices, lost_ms: 0, ending: None };
        self.tape = Some(Tape { id, view });
        self.effects.push_back(Effect::StartRecording { recording: id, voices });
        self.effects.push_back(Effect::SayToAll { prompt: Prompt::Recording(true) });
        self.publish_status(now);
    }

    /// A host wants it recorded, or no more, and says so by phone.
    pub(super) fn toggle_recording(&mut self, host: ParticipantId) {
        match self.recording() {
            Some(_) => self.stop_recording(),
            None => self.effects.push_back(Effect::PrepareRecording { participant: host }),
        }
    }

    /// A host wants it recorded no more. It is over when that is [told](Self::recording_over).
    pub(super) fn stop_recording(&mut self) {
        if let Some(recording) = self.recording() {
            let ending = RecordingEnding::Stopped;
            self.effects.push_back(Effect::StopRecording { recording, ending });
        }
    }

    /// The last has left: it ends, without anybody who could be told.
    pub(super) fn end_recording(&mut self) {
        if let Some(recording) = self.recording() {
            let ending = RecordingEnding::EverybodyLeft;
            self.effects.push_back(Effect::StopRecording { recording, ending });
        }
        self.tape = None;
    }

    /// Some of its sound was lost.
    pub(super) fn recording_lost(&mut self, now: Timestamp, id: RecordingId, lost: Duration) {
        let Some(tape) = self.tape.as_mut().filter(|tape| tape.id == id && tape.view.on) else {
            return;
        };
        tape.view.lost_ms = u64::try_from(lost.as_millis()).unwrap_or(u64::MAX);
        self.publish_status(now);
    }

    /// A recording has ended, by anybody's will or nobody's.
    pub(super) fn recording_over(
        &mut self,
        now: Timestamp,
        id: RecordingId,
        ending: RecordingEnding,
    ) {
        let Some(tape) = self.tape.as_mut().filter(|tape| tape.id == id && tape.view.on) else {
            return;
        };
        tape.view = RecordingView { on: false, ending: Some(ending), ..tape.view };
        self.publish_status(now);
        if self.participants.values().any(Participant::is_in) {
            self.effects.push_back(Effect::SayToAll { prompt: Prompt::Recording(false) });
        }
    }

    /// Tells one who has come in that it is recorded, or else, if it has waited for that, that it begins; who waited
    /// on a page reads it there.
    pub(super) fn tell_who_came_in(&mut self, id: ParticipantId) {
        let Some(participant) = self.participants.get(&id) else { return };
        let has_waited = participant.passage.has_waited && participant.via != Via::Browser;
        let prompt = match self.recording() {
            Some(_) => Prompt::Recording(true),
            None if has_waited => Prompt::Begins,
            None => return,
        };
        self.effects.push_back(Effect::Say { participant: id, prompt });
    }
}
