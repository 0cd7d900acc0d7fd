//! Recordings: what there is to know of each but its sound.

use std::time::Duration;

use conference::{
    ConferenceKey, ParticipantId, RecordedVoice, Recording, RecordingEnd, RecordingId,
};
use jiff::Timestamp;

use crate::database::{Query, Row};
use crate::error::StoreError;
use crate::page::{Listing, PAGE_ENTRIES_MAX, Page};
use crate::{Store, sql_recordings as sql};

impl Store {
    /// Keeps that a recording begins.
    ///
    /// # Errors
    /// [`StoreError::Orphan`] if its conference is unknown.
    pub async fn begin_recording(&self, recording: &Recording) -> Result<(), StoreError> {
        let query = Query::new(sql::BEGIN_RECORDING)
            .bind(recording.id.to_string())
            .bind(recording.conference.to_string())
            .bind(recording.began_at)
            .bind(i64::from(recording.has_voices));
        match self.database.execute(query).await? {
            0 => Err(StoreError::Orphan),
            _ => Ok(()),
        }
    }

    /// Keeps that a voice has a file of its own in a recording. Once more changes nothing.
    ///
    /// # Errors
    /// [`StoreError::Orphan`] if there is no such recording.
    pub async fn note_recorded_voice(
        &self,
        recording: RecordingId,
        voice: &RecordedVoice,
    ) -> Result<(), StoreError> {
        let query = Query::new(sql::NOTE_VOICE)
            .bind(recording.to_string())
            .bind(voice.file.as_str())
            .bind(i64::try_from(voice.participant.number()).unwrap_or(i64::MAX))
            .bind(voice.label.as_str());
        self.database.execute(query).await.map(|_| ())
    }

    /// Keeps how a recording ended. What is kept of an end stays.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails.
    pub async fn end_recording(
        &self,
        recording: RecordingId,
        end: &RecordingEnd,
    ) -> Result<(), StoreError> {
        let query = Query::new(sql::END_RECORDING)
            .bind(recording.to_string())
            .bind(end.ended_at)
            .bind(end.ending.as_str())
            .bind(millis(end.duration))
            .bind(millis(end.lost))
            .bind(i64::try_from(end.bytes).unwrap_or(i64::MAX));
        self.database.execute(query).await.map(|_| ())
    }

    /// The recordings of a conference, the newest first.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails.
    pub async fn recordings_of(
        &self,
        conference: ConferenceKey,
        page: Page,
    ) -> Result<Listing<Recording>, StoreError> {
        let query = Query::new(sql::RECORDINGS_OF_CONFERENCE)
            .bind(conference.to_string())
            .bind(page.limit_to_fetch())
            .bind(page.offset());
        let rows = self.database.rows(query).await?;
        let recordings: Result<_, _> = rows.iter().map(recording).collect();
        Ok(page.listing(recordings?))
    }

    /// One recording of a conference.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails.
    pub async fn recording(
        &self,
        conference: ConferenceKey,
        id: RecordingId,
    ) -> Result<Option<Recording>, StoreError> {
        let query = Query::new(sql::RECORDING).bind(conference.to_string()).bind(id.to_string());
        self.database.row(query).await?.as_ref().map(recording).transpose()
    }

    /// The voices of a recording that have files of their own.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails.
    pub async fn recorded_voices(&self, id: RecordingId) -> Result<Vec<RecordedVoice>, StoreError> {
        let query = Query::new(sql::VOICES_OF_RECORDING).bind(id.to_string());
        self.database.rows(query).await?.iter().map(voice).collect()
    }

    /// The recordings that have no end: all that were being made when the server was gone of a sudden.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails.
    pub async fn recordings_without_end(&self) -> Result<Vec<RecordingId>, StoreError> {
        let rows = self.database.rows(Query::new(sql::RECORDINGS_WITHOUT_END)).await?;
        rows.iter().map(|row| row.parsed("id")).collect()
    }

    /// Some of the recordings that ended before `time`, the oldest first.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails.
    pub async fn recordings_ended_before(
        &self,
        time: Timestamp,
    ) -> Result<Vec<RecordingId>, StoreError> {
        let query =
            Query::new(sql::RECORDINGS_ENDED_BEFORE).bind(time).bind(i64::from(PAGE_ENTRIES_MAX));
        self.database.rows(query).await?.iter().map(|row| row.parsed("id")).collect()
    }

    /// Forgets a recording; `false` if there was none. Its files are to be deleted before.
    ///
    /// # Errors
    /// [`StoreError`] if the database fails.
    pub async fn forget_recording(&self, id: RecordingId) -> Result<bool, StoreError> {
        let mut transaction = self.database.begin().await?;
        transaction.execute(Query::new(sql::FORGET_VOICES).bind(id.to_string())).await?;
        let forgotten =
            transaction.execute(Query::new(sql::FORGET_RECORDING).bind(id.to_string())).await?;
        transaction.commit().await?;
        Ok(forgotten > 0)
    }
}

fn recording(row: &Row) -> Result<Recording, StoreError> {
    let end = match (row.maybe_time("ended_at_ms")?, row.maybe_parsed("ending")?) {
        (Some(ended_at), Some(ending)) => Some(RecordingEnd {
            ended_at,
            ending,
            duration: duration(row, "duration_ms")?,
            lost: duration(row, "lost_ms")?,
            bytes: unsigned(row, "bytes")?,
        }),
        _ => None,
    };
    Ok(Recording {
        id: row.parsed("id")?,
        conference: row.parsed("key")?,
        began_at: row.time("began_at_ms")?,
        has_voices: row.flag("has_voices")?,
        end,
    })
}

fn voice(row: &Row) -> Result<RecordedVoice, StoreError> {
    Ok(RecordedVoice {
        file: row.text("file")?.to_owned(),
        participant: ParticipantId::new(unsigned(row, "participant")?),
        label: row.text("label")?.to_owned(),
    })
}

fn millis(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}

fn duration(row: &Row, column: &'static str) -> Result<Duration, StoreError> {
    unsigned(row, column).map(Duration::from_millis)
}

fn unsigned(row: &Row, column: &'static str) -> Result<u64, StoreError> {
    u64::try_from(row.integer(column)?).map_err(|_| StoreError::Unreadable { column })
}
