//! Carries out that a conference is recorded: taps its room, has a recorder write, and takes what that reports.

use std::collections::HashMap;

use conference::{
    Conference, ConferenceKey, Herald, Input, RecordedVoice, RecordingEnd, RecordingEnding,
    RecordingId, RecordingView,
};
use engine::{LegId, TapSettings};
use recording::{Ending, LocalDisk, Recorder, Report, Summary, voice_file};
use sip::CallId;
use tokio::sync::mpsc;

use super::Switchboard;
use super::call::Role;
use super::errors::{RecordError, Stopped};
use super::recorder::Entry;
use crate::archive::Archive;
use crate::clock;
use crate::metrics::names;

/// Reports that wait for the switchboard. One more waits on its recorder's thread.
const REPORTS_MAX: usize = 64;

/// At the server's stop the last pages have so long to be written.
pub(super) const FINISH_TIME: std::time::Duration = std::time::Duration::from_secs(5);

/// The recordings that are being made.
pub(super) struct Tapes {
    archive: Archive,
    running: HashMap<RecordingId, Tape>,
    reports: mpsc::Receiver<Told>,
    sender: mpsc::Sender<Told>,
}

struct Tape {
    conference: ConferenceKey,
    recorder: Recorder,
    /// What it is called if nothing goes wrong.
    ending: RecordingEnding,
}

/// What a recorder reports.
pub(super) struct Told {
    recording: RecordingId,
    report: Report,
}

impl Tapes {
    pub(super) fn new(archive: Archive) -> Tapes {
        let (sender, reports) = mpsc::channel(REPORTS_MAX);
        Tapes { archive, running: HashMap::new(), reports, sender }
    }

    /// The next report.
    pub(super) async fn report(&mut self) -> Option<Told> {
        self.reports.recv().await
    }

    /// Where they go.
    pub(super) fn archive(&self) -> &Archive {
        &self.archive
    }

    pub(super) fn len(&self) -> usize {
        self.running.len()
    }
}

impl Switchboard {
    /// A host wants a conference recorded, under a name that the database knows already.
    pub(super) fn record_conference(
        &mut self,
        conference: &Conference,
        recording: RecordingId,
        voices: bool,
    ) -> Result<RecordingView, RecordError> {
        if self.is_draining {
            return Err(Stopped.into());
        }
        if self.tapes.len() >= self.tapes.archive.at_once_max() {
            return Err(RecordError::TooMany);
        }
        let key = conference.key;
        if self.conferences.get(key).is_some_and(|active| active.session.recording().is_some()) {
            return Err(RecordError::Already);
        }
        self.advance(key, Input::Record { recording, voices });
        let session = self.conferences.get(key).map(|active| &active.session);
        match session.and_then(|session| session.activity().recording) {
            Some(view) if view.on => Ok(view),
            Some(_) => Err(RecordError::Failed),
            None => Err(RecordError::NobodyIn),
        }
    }

    /// A host wants a conference recorded no more. Gives what there is to see of it: none if nothing was.
    pub(super) fn stop_recording(&mut self, key: ConferenceKey) -> Option<RecordingView> {
        self.advance(key, Input::StopRecording);
        self.conferences.get(key)?.session.activity().recording
    }

    /// Taps the room, and has it written.
    pub(super) fn start_tape(&mut self, key: ConferenceKey, recording: RecordingId, voices: bool) {
        if let Err(error) = self.try_start_tape(key, recording, voices) {
            tracing::error!(conference = ?key, %error, "a conference can't be recorded");
            self.input(key, Input::RecordingOver { recording, ending: RecordingEnding::Failed });
        }
    }

    fn try_start_tape(
        &mut self,
        key: ConferenceKey,
        recording: RecordingId,
        voices: bool,
    ) -> Result<(), TapeError> {
        let room = self.room(key)?;
        let active = self.conferences.get(key).ok_or(TapeError::NoConference)?;
        let plan = self.tapes.archive.plan(recording, &active.session.conference().title);
        let tap = self.engine.tap_room(room, TapSettings { voices, ..TapSettings::default() })?;
        let sender = self.tapes.sender.clone();
        // On the recorder's thread; once the switchboard is gone nobody misses what is told.
        let report = move |report| _ = sender.blocking_send(Told { recording, report });
        let recorder = Recorder::start(tap, plan, LocalDisk, report)?;
        tracing::info!(conference = ?key, ?recording, voices, "recording");
        let ending = RecordingEnding::Stopped;
        self.tapes.running.insert(recording, Tape { conference: key, recorder, ending });
        Ok(())
    }

    /// Has a recorder end, which it will report.
    pub(super) fn stop_tape(&mut self, recording: RecordingId, ending: RecordingEnding) {
        if let Some(tape) = self.tapes.running.get_mut(&recording) {
            tape.ending = ending;
            tape.recorder.stop();
        }
    }

    /// Takes what a recorder reports.
    pub(super) fn take_report(&mut self, Told { recording, report }: Told) {
        let Some(tape) = self.tapes.running.get(&recording) else { return };
        let key = tape.conference;
        match report {
            Report::Voice { leg } => self.note_voice(key, recording, leg),
            Report::Lost { time } => {
                tracing::warn!(conference = ?key, lost_ms = time.as_millis(), "a disk is too slow");
                self.advance(key, Input::RecordingLost { recording, lost: time });
            }
            Report::Over(summary) => self.tape_over(recording, &summary),
        }
    }

    /// A voice has a file of its own now: whose.
    fn note_voice(&mut self, key: ConferenceKey, recording: RecordingId, leg: LegId) {
        let Some(Role::Seated { participant, .. }) =
            self.calls.get(&CallId(leg.0)).map(|call| call.role)
        else {
            return;
        };
        let session = self.conferences.get(key).map(|active| &active.session);
        let view = session.and_then(|session| session.participant(participant));
        let label = view.map(|view| view.label).unwrap_or_default();
        let voice = RecordedVoice { file: voice_file(leg), participant, label };
        self.recorder.record(Entry::Voice(recording, voice));
    }

    fn tape_over(&mut self, recording: RecordingId, summary: &Summary) {
        let Some(tape) = self.tapes.running.remove(&recording) else { return };
        let ending = match &summary.ending {
            Ending::Stopped => tape.ending,
            Ending::RoomClosed => RecordingEnding::EverybodyLeft,
            Ending::TooLong => RecordingEnding::TooLong,
            Ending::DiskFull => RecordingEnding::DiskFull,
            Ending::Failed(words) => {
                tracing::error!(error = words, ?recording, "a recording has failed");
                RecordingEnding::Failed
            }
        };
        tracing::info!(conference = ?tape.conference, ?recording, %ending, "recorded");
        let end = RecordingEnd {
            ended_at: clock::now(),
            ending,
            duration: summary.duration,
            lost: summary.lost,
            bytes: summary.bytes,
        };
        self.recorder.record(Entry::RecordingOver(recording, end));
        self.metrics.count(names::RECORDINGS_ENDED, Some(("ending", ending.as_str())));
        if let Some(active) = self.conferences.get(tape.conference) {
            let conference = active.session.conference();
            self.notices.tell(Herald::recorded(conference, recording, &end));
        }
        self.advance(tape.conference, Input::RecordingOver { recording, ending });
    }

    /// Waits until all that is being written has its end, and takes that.
    pub(super) async fn finish_tapes(&mut self) {
        let finished = async {
            while self.tapes.len() > 0 {
                let Some(told) = self.tapes.report().await else { return };
                self.take_report(told);
            }
        };
        if tokio::time::timeout(FINISH_TIME, finished).await.is_err() {
            tracing::error!("not all recordings were ended in time; they are readable so far");
        }
    }
}

/// Why a room isn't recorded.
#[derive(Debug, thiserror::Error)]
enum TapeError {
    #[error("the conference is gone")]
    NoConference,
    #[error(transparent)]
    Engine(#[from] engine::EngineError),
    #[error("no thread for it: {0}")]
    Thread(#[from] std::io::Error),
}
