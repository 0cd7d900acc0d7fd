//! Writes call records to the database without anybody waiting for it.

use std::time::Duration;

use conference::CallRecord;
use store::{Store, StoreError};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::metrics::{Metrics, names};

/// Records that wait to be written. When the database is away for longer, later ones are lost, counted
/// and logged.
const RECORDS_MAX: usize = 4096;

/// How long to wait before the n-th further try.
const RETRIES: [Duration; 3] =
    [Duration::from_millis(200), Duration::from_secs(1), Duration::from_secs(5)];

/// At the server's stop the last records have so long.
const FINISH_TIME: Duration = Duration::from_secs(5);

/// Takes records, and writes them one after the other.
pub(super) struct Recorder {
    records: mpsc::Sender<CallRecord>,
    task: JoinHandle<()>,
    metrics: Metrics,
}

impl Recorder {
    pub(super) fn start(store: Store, metrics: Metrics) -> Recorder {
        let (sender, mut receiver) = mpsc::channel::<CallRecord>(RECORDS_MAX);
        let counters = metrics.clone();
        let task = tokio::spawn(async move {
            while let Some(record) = receiver.recv().await {
                if let Err(error) = write(&store, &record).await {
                    counters.count(names::RECORDS_LOST, None);
                    let conference = record.conference;
                    tracing::error!(%error, ?conference, "a call record is lost");
                }
            }
        });
        Recorder { records: sender, task, metrics }
    }

    pub(super) fn record(&self, record: CallRecord) {
        if let Err(error) = self.records.try_send(record) {
            self.metrics.count(names::RECORDS_LOST, None);
            tracing::error!(%error, "a call record is lost");
        }
    }

    /// Writes what is left.
    pub(super) async fn finish(self) {
        drop(self.records);
        if tokio::time::timeout(FINISH_TIME, self.task).await.is_err() {
            tracing::error!("the last call records were not written in time");
        }
    }
}

async fn write(store: &Store, record: &CallRecord) -> Result<(), StoreError> {
    for pause in RETRIES {
        match store.record_call(record).await {
            Err(StoreError::Database(_)) => tokio::time::sleep(pause).await,
            done => return done,
        }
    }
    store.record_call(record).await
}
