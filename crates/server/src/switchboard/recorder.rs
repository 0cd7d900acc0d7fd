//! Writes records of calls and recordings to the database without anybody waiting for it.

use std::time::Duration;

use conference::{CallRecord, RecordedVoice, RecordingEnd, RecordingId};
use store::{Conflict, Store, StoreError};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::metrics::{Metrics, names};
use crate::patience;

/// Records that wait to be written while the database is away: at a call a second, more than an hour's. When
/// there are more, the later ones are lost, counted and logged.
const RECORDS_MAX: usize = 4096;

/// At the server's stop the last records have so long.
const FINISH_TIME: Duration = Duration::from_secs(5);

/// Something to be kept.
pub(super) enum Entry {
    Call(CallRecord),
    Voice(RecordingId, RecordedVoice),
    RecordingOver(RecordingId, RecordingEnd),
    /// One that was noted and then not made.
    NoRecording(RecordingId),
}

impl From<CallRecord> for Entry {
    fn from(record: CallRecord) -> Entry {
        Entry::Call(record)
    }
}

/// Takes records, and writes them one after the other.
pub(super) struct Recorder {
    records: mpsc::Sender<Entry>,
    task: JoinHandle<()>,
    metrics: Metrics,
}

impl Recorder {
    pub(super) fn start(store: Store, metrics: Metrics) -> Recorder {
        let (sender, mut receiver) = mpsc::channel::<Entry>(RECORDS_MAX);
        let counters = metrics.clone();
        let task = tokio::spawn(async move {
            while let Some(entry) = receiver.recv().await {
                if let Err(error) = write(&store, &entry).await {
                    counters.count(names::RECORDS_LOST, None);
                    let what = entry.what();
                    tracing::error!(%error, what, "a record is lost");
                }
            }
        });
        Recorder { records: sender, task, metrics }
    }

    pub(super) fn record(&self, entry: impl Into<Entry>) {
        let entry = entry.into();
        let what = entry.what();
        if let Err(error) = self.records.try_send(entry) {
            self.metrics.count(names::RECORDS_LOST, None);
            tracing::error!(%error, what, "a record is lost");
        }
    }

    /// Writes what is left.
    pub(super) async fn finish(self) {
        drop(self.records);
        if tokio::time::timeout(FINISH_TIME, self.task).await.is_err() {
            tracing::error!("the last records were not written in time");
        }
    }
}

impl Entry {
    /// For the log.
    fn what(&self) -> String {
        match self {
            Entry::Call(record) => format!("a call of {:?}", record.conference),
            Entry::Voice(recording, _) => format!("a voice of {recording:?}"),
            Entry::RecordingOver(recording, _) => format!("the end of {recording:?}"),
            Entry::NoRecording(recording) => format!("that there is no {recording:?}"),
        }
    }

    async fn write(&self, store: &Store) -> Result<(), StoreError> {
        match self {
            Entry::Call(record) => store.record_call(record).await,
            Entry::Voice(recording, voice) => store.note_recorded_voice(*recording, voice).await,
            Entry::RecordingOver(recording, end) => store.end_recording(*recording, end).await,
            Entry::NoRecording(recording) => store.forget_recording(*recording).await.map(drop),
        }
    }
}

/// Writes a record, however long the database is away.
async fn write(store: &Store, entry: &Entry) -> Result<(), StoreError> {
    let attempt = |tries| async move {
        match entry.write(store).await {
            // An earlier try whose answer was lost has written it.
            Err(StoreError::Conflict(Conflict::Call)) if tries > 0 => Ok(()),
            done => done,
        }
    };
    patience::until_it_is_back("call records", attempt).await
}

#[cfg(test)]
mod tests {
    use conference::*;
    use jiff::Timestamp;
    use store::{Page, TokenHash};

    use super::super::cluster::Cluster;
    use super::*;

    /// Whatever takes longer than this has failed.
    const PATIENCE: Duration = Duration::from_secs(20);

    fn conference(subscriber: SubscriberId) -> Conference {
        Conference {
            key: ConferenceKey::from_random([1; 16]),
            subscriber,
            title: "Planning".parse().unwrap(),
            schedule: None,
            dial_in_code: DialInCode::from_random([1; 8]),
            dial_in_number: None,
            access: Access::default(),
            placement: None,
            created_at: Timestamp::UNIX_EPOCH,
            ended_at: None,
        }
    }

    fn record(conference: ConferenceKey, participant: u64) -> CallRecord {
        CallRecord {
            conference,
            participant: ParticipantId::new(participant),
            secret: None,
            via: Via::DialIn,
            with: None,
            number: None,
            name: None,
            began_at: Timestamp::UNIX_EPOCH,
            answered_at: None,
            ended_at: Timestamp::UNIX_EPOCH,
            ending: Ending::Left,
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn nothing_is_lost_while_the_database_is_away() {
        let mut cluster = Cluster::start();
        let store = Store::connect(&cluster.url()).await.unwrap();
        let now = Timestamp::UNIX_EPOCH;
        let anna = store.create_subscriber("Anna", &TokenHash::of("anna"), now).await.unwrap();
        let conference = conference(anna.id);
        store.create_conference(&conference).await.unwrap();
        let recorder = Recorder::start(store.clone(), Metrics::default());
        recorder.record(record(conference.key, 1));
        cluster.stop();
        for participant in 2..=50 {
            recorder.record(record(conference.key, participant));
        }
        // What belongs to nothing is given up, and keeps nobody waiting.
        recorder.record(record(ConferenceKey::from_random([2; 16]), 51));
        recorder.record(record(conference.key, 52));
        cluster.restart();
        let Recorder { records, task, .. } = recorder;
        drop(records);
        tokio::time::timeout(PATIENCE, task).await.unwrap().unwrap();
        let calls = store.calls_of(conference.key, Page::default()).await.unwrap().entries;
        let written: Vec<u64> = calls.iter().map(|call| call.participant.number()).collect();
        assert_eq!(written, (1..=50).chain([52]).collect::<Vec<u64>>());
    }
}
