//! A recording as the API shows it.

use conference::{ParticipantId, Recording, RecordingEnding, RecordingId};
use jiff::{SignedDuration, Timestamp};
use recording::MIX_FILE;
use serde::Serialize;

use super::super::problem::Problem;
use super::super::{App, database_failed};

/// Part of a list of recordings, the newest first.
#[derive(Serialize)]
pub(in super::super) struct Listed {
    pub(super) recordings: Vec<View>,
    pub(super) next_offset: Option<u32>,
}

/// One recording.
#[derive(Serialize)]
pub(in super::super) struct View {
    id: RecordingId,
    began_at: Timestamp,
    /// When it ended; none while it is being made.
    ended_at: Option<Timestamp>,
    /// How it ended.
    ending: Option<RecordingEnding>,
    /// How long it plays, in seconds.
    duration_s: Option<f64>,
    /// How much of that is silence because the disk was slow, in seconds.
    lost_s: Option<f64>,
    /// Bytes of all its files.
    bytes: Option<u64>,
    /// When it will be deleted, if recordings are not kept for ever.
    expires_at: Option<Timestamp>,
    /// Where the mix of everybody is.
    url: String,
    /// The voices that have files of their own.
    voices: Vec<Voice>,
}

/// A voice by itself.
#[derive(Serialize)]
struct Voice {
    participant: ParticipantId,
    label: String,
    url: String,
}

impl App {
    /// What there is to see of a recording.
    pub(super) async fn recording_view(&self, recording: Recording) -> Result<View, Problem> {
        let Recording { id, conference, began_at, has_voices, end } = recording;
        let voices = if has_voices { self.store.recorded_voices(id).await } else { Ok(Vec::new()) };
        let voices = voices.map_err(|error| database_failed(&error))?;
        let url = |file: &str| format!("/api/v1/conferences/{conference}/recordings/{id}/{file}");
        let retention =
            self.archive.retention().and_then(|kept| SignedDuration::try_from(kept).ok());
        let expires_at =
            end.zip(retention).and_then(|(end, kept)| end.ended_at.checked_add(kept).ok());
        let voice = |voice: conference::RecordedVoice| Voice {
            participant: voice.participant,
            url: url(&voice.file),
            label: voice.label,
        };
        Ok(View {
            id,
            began_at,
            ended_at: end.map(|end| end.ended_at),
            ending: end.map(|end| end.ending),
            duration_s: end.map(|end| end.duration.as_secs_f64()),
            lost_s: end.map(|end| end.lost.as_secs_f64()),
            bytes: end.map(|end| end.bytes),
            expires_at,
            url: url(MIX_FILE),
            voices: voices.into_iter().map(voice).collect(),
        })
    }
}
