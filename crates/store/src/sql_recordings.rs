//! The statements of recordings, as `sql.rs` has the others.

macro_rules! select_recordings {
    () => {
        "SELECT recordings.id, key, began_at_ms, has_voices, ended_at_ms, ending, duration_ms, lost_ms, bytes \
         FROM recordings JOIN urls ON urls.conference = recordings.conference "
    };
}

pub(crate) const BEGIN_RECORDING: &str = "
INSERT INTO recordings (id, conference, began_at_ms, has_voices)
SELECT $1, conference, $3, $4 FROM urls WHERE key = $2 AND conference IS NOT NULL";

pub(crate) const NOTE_VOICE: &str = "
INSERT INTO recorded_voices (recording, file, participant, label) VALUES ($1, $2, $3, $4)
ON CONFLICT DO NOTHING";

pub(crate) const END_RECORDING: &str = "
UPDATE recordings SET ended_at_ms = $2, ending = $3, duration_ms = $4, lost_ms = $5, bytes = $6
WHERE id = $1 AND ended_at_ms IS NULL";

/// By the key that is asked by, be it the conference's present one or a former.
pub(crate) const RECORDINGS_OF_CONFERENCE: &str = concat!(
    select_recordings!(),
    "WHERE key = $1 ORDER BY began_at_ms DESC, recordings.id LIMIT $2 OFFSET $3"
);

pub(crate) const RECORDING: &str =
    concat!(select_recordings!(), "WHERE key = $1 AND recordings.id = $2");

pub(crate) const VOICES_OF_RECORDING: &str = "
SELECT file, participant, label FROM recorded_voices WHERE recording = $1 ORDER BY participant, file";

pub(crate) const RECORDINGS_WITHOUT_END: &str = "
SELECT id FROM recordings WHERE ended_at_ms IS NULL ORDER BY began_at_ms";

pub(crate) const RECORDINGS_ENDED_BEFORE: &str = "
SELECT id FROM recordings WHERE ended_at_ms < $1 ORDER BY ended_at_ms LIMIT $2";

pub(crate) const FORGET_VOICES: &str = "
DELETE FROM recorded_voices WHERE recording = $1";

pub(crate) const FORGET_RECORDING: &str = "
DELETE FROM recordings WHERE id = $1";
