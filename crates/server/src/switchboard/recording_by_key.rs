//! Recordings that hosts ask for by the keys of a phone. The database is asked first, as it is for a page, by a task
//! that comes back with its answer.

use conference::{ConferenceKey, Input, ParticipantId, RecordingId};

use super::Switchboard;
use super::recorder::Entry;
use crate::archive::{self, NotBegun};

/// What has become of a recording that was asked for.
pub(super) struct Begun {
    conference: ConferenceKey,
    host: ParticipantId,
    recording: Result<RecordingId, NotBegun>,
}

impl Switchboard {
    /// A host has pressed the keys.
    pub(super) fn prepare_recording(&mut self, key: ConferenceKey, host: ParticipantId) {
        let (archive, store) = (self.tapes.archive().clone(), self.store.clone());
        self.beginnings.spawn(async move {
            let recording = archive::begin(&archive, &store, key, false).await;
            Begun { conference: key, host, recording }
        });
    }

    /// The database knows of the recording, or it can't be.
    pub(super) fn take_begun(&mut self, begun: Begun) {
        let Begun { conference: key, host, recording } = begun;
        let is_recorded = match recording {
            Ok(recording) => self.record_begun(key, recording),
            Err(error) => {
                tracing::warn!(conference = ?key, %error, "a recording can't begin");
                false
            }
        };
        if !is_recorded {
            self.advance(key, Input::NotRecorded { participant: host });
        }
    }

    /// Records a conference, or has the recording forgotten.
    fn record_begun(&mut self, key: ConferenceKey, recording: RecordingId) -> bool {
        let active = self.conferences.get(key);
        let conference = active.map(|active| active.session.conference().clone());
        let recorded = conference.is_some_and(|conference| {
            self.record_conference(&conference, recording, false).is_ok()
        });
        if !recorded {
            self.recorder.record(Entry::NoRecording(recording));
        }
        recorded
    }
}
