//! Keeps the archive: gives those an end that a crash has left without one, and deletes what is old.

use std::time::Duration;

use conference::{RecordingEnd, RecordingEnding};
use jiff::{SignedDuration, Timestamp};
use store::{Store, StoreError};
use tokio::sync::watch;

use super::Archive;

use crate::clock;

/// How often it is looked for what has become old.
const LOOK: Duration = Duration::from_secs(15 * 60);

/// How long is waited for a database or a disk that failed.
const WAIT: Duration = Duration::from_secs(10);

/// Deletes what is old, until `stopping` is true.
pub(crate) async fn keep(archive: Archive, store: Store, mut stopping: watch::Receiver<bool>) {
    loop {
        let wait = match forget_old(&archive, &store, clock::now()).await {
            Ok(()) => LOOK,
            Err(error) => {
                tracing::error!(%error, "the recordings can't be looked after");
                WAIT
            }
        };
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            _ = stopping.wait_for(|stopping| *stopping) => return,
        }
    }
}

/// Gives an end to those that were being made when the server was gone of a sudden. To be done before any is begun.
pub(crate) async fn mend(archive: &Archive, store: &Store) -> Result<(), StoreError> {
    for id in store.recordings_without_end().await? {
        let remains = match archive.remains(id).await {
            Ok(Some(remains)) => remains,
            // It is another server's, on the same database.
            Ok(None) => continue,
            Err(error) => {
                tracing::error!(%error, recording = ?id, "what is left of a recording can't be read");
                continue;
            }
        };
        let ended_at = Timestamp::try_from(remains.written_at).unwrap_or_else(|_| clock::now());
        let end = RecordingEnd {
            ended_at,
            ending: RecordingEnding::CutShort,
            duration: remains.duration,
            lost: Duration::ZERO,
            bytes: remains.bytes,
        };
        tracing::warn!(recording = ?id, "a recording was cut short; what there is of it is kept");
        store.end_recording(id, &end).await?;
    }
    Ok(())
}

/// Deletes what ended longer ago than recordings are kept.
async fn forget_old(archive: &Archive, store: &Store, now: Timestamp) -> Result<(), StoreError> {
    let Some(retention) = archive.retention() else { return Ok(()) };
    let retention = SignedDuration::try_from(retention).unwrap_or(SignedDuration::MAX);
    let Ok(before) = now.checked_sub(retention) else { return Ok(()) };
    loop {
        let old = store.recordings_ended_before(before).await?;
        let mut forgotten = 0;
        for id in &old {
            if let Err(error) = archive.delete(*id).await {
                tracing::error!(%error, recording = ?id, "a recording's files can't be deleted");
                continue;
            }
            store.forget_recording(*id).await?;
            tracing::info!(recording = ?id, "a recording is kept no longer");
            forgotten += 1;
        }
        if forgotten == 0 {
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Settings;
    use super::*;
    use conference::*;
    use store::TokenHash;
    use tempfile::TempDir;

    struct Bench {
        archive: Archive,
        store: Store,
        conference: Conference,
        directory: TempDir,
    }

    fn id(number: u8) -> RecordingId {
        RecordingId::from_random([number; 16])
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    impl Bench {
        async fn new() -> Bench {
            let directory = tempfile::tempdir().unwrap();
            let store = Store::open(&directory.path().join("confab.db")).await.unwrap();
            let hash = TokenHash::of("anna");
            let anna = store.create_subscriber("Anna", &hash, at(0)).await.unwrap();
            let conference = Conference {
                key: ConferenceKey::from_random([1; 16]),
                subscriber: anna.id,
                title: "Planning".parse().unwrap(),
                schedule: None,
                dial_in_code: DialInCode::from_random([1; 8]),
                dial_in_number: None,
                access: Access::default(),
                placement: None,
                created_at: at(0),
                ended_at: None,
            };
            store.create_conference(&conference).await.unwrap();
            let archive = Archive::new(Settings {
                directory: directory.path().join("recordings"),
                retention: Some(Duration::from_secs(100)),
                free_bytes_min: 0,
                duration_max: Duration::MAX,
                at_once_max: 1,
            });
            Bench { archive, store, conference, directory }
        }

        async fn begin(&self, number: u8) {
            let recording = Recording {
                id: id(number),
                conference: self.conference.key,
                began_at: at(0),
                has_voices: false,
                end: None,
            };
            self.store.begin_recording(&recording).await.unwrap();
            let directory = self.directory.path().join("recordings").join(id(number).to_string());
            std::fs::create_dir_all(&directory).unwrap();
            std::fs::write(directory.join("mix.ogg"), b"sound").unwrap();
        }

        async fn end_of(&self, number: u8) -> Option<RecordingEnd> {
            let found = self.store.recording(self.conference.key, id(number)).await.unwrap();
            found.unwrap().end
        }
    }

    #[tokio::test]
    async fn what_a_crash_left_is_given_an_end_and_can_be_heard() {
        let bench = Bench::new().await;
        bench.begin(1).await;
        mend(&bench.archive, &bench.store).await.unwrap();
        let end = bench.end_of(1).await.unwrap();
        assert_eq!((end.ending, end.bytes), (RecordingEnding::CutShort, 5));
        assert_eq!(bench.archive.open(id(1), "mix.ogg").await.unwrap().length(), 5);
        mend(&bench.archive, &bench.store).await.unwrap();
        assert_eq!(bench.end_of(1).await, Some(end), "once");
    }

    #[tokio::test]
    async fn what_is_old_goes_with_its_files_and_what_is_being_made_stays() {
        let bench = Bench::new().await;
        for number in 1..=3 {
            bench.begin(number).await;
        }
        for (number, ended) in [(1, 10), (2, 50)] {
            let (duration, lost) = (Duration::ZERO, Duration::ZERO);
            let ending = RecordingEnding::Stopped;
            let end = RecordingEnd { ended_at: at(ended), ending, duration, lost, bytes: 5 };
            bench.store.end_recording(id(number), &end).await.unwrap();
        }
        forget_old(&bench.archive, &bench.store, at(120)).await.unwrap();
        let key = bench.conference.key;
        assert_eq!(bench.store.recording(key, id(1)).await.unwrap(), None);
        assert!(bench.archive.open(id(1), "mix.ogg").await.is_err());
        for number in [2, 3] {
            assert!(bench.store.recording(key, id(number)).await.unwrap().is_some());
            assert!(bench.archive.open(id(number), "mix.ogg").await.is_ok());
        }
    }
}
