//! A conference's recordings: what is kept of each, and what everybody sees of the one that is being made.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Serialize, Serializer};

use crate::ids::{ConferenceKey, ParticipantId, RecordingId};

/// How a recording ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RecordingEnding {
    /// A host stopped it.
    Stopped,
    /// Nobody was left to be recorded.
    EverybodyLeft,
    /// It had become as long as one may be.
    TooLong,
    /// The disk was full.
    DiskFull,
    /// The disk, or something else that it takes, has failed.
    Failed,
    /// The server was gone of a sudden; what was written until then is there.
    CutShort,
}

/// A text that is no such ending.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an ending of a recording")]
pub struct UnknownRecordingEnding;

impl RecordingEnding {
    /// Each of them.
    pub const ALL: [Self; 6] = [
        Self::Stopped,
        Self::EverybodyLeft,
        Self::TooLong,
        Self::DiskFull,
        Self::Failed,
        Self::CutShort,
    ];

    /// Its word in the API and in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Stopped => "stopped",
            Self::EverybodyLeft => "everybody_left",
            Self::TooLong => "too_long",
            Self::DiskFull => "disk_full",
            Self::Failed => "failed",
            Self::CutShort => "cut_short",
        }
    }
}

impl FromStr for RecordingEnding {
    type Err = UnknownRecordingEnding;

    fn from_str(word: &str) -> Result<Self, UnknownRecordingEnding> {
        Self::ALL.into_iter().find(|it| it.as_str() == word).ok_or(UnknownRecordingEnding)
    }
}

impl fmt::Display for RecordingEnding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for RecordingEnding {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// A recording, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recording {
    /// Names it and the directory of its files.
    pub id: RecordingId,
    /// Of which conference.
    pub conference: ConferenceKey,
    /// Since when.
    pub began_at: Timestamp,
    /// Whether voices are recorded by themselves as well.
    pub has_voices: bool,
    /// How it ended; none while it is being made.
    pub end: Option<RecordingEnd>,
}

/// What is known of a recording once it is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecordingEnd {
    /// When.
    pub ended_at: Timestamp,
    /// How.
    pub ending: RecordingEnding,
    /// How long it plays.
    pub duration: Duration,
    /// How much of that is silence because the disk was slow.
    pub lost: Duration,
    /// Bytes of all its files.
    pub bytes: u64,
}

/// One voice of a recording, in a file of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedVoice {
    /// The file's name in the recording's directory.
    pub file: String,
    /// Who it was in that session of the conference.
    pub participant: ParticipantId,
    /// What everybody saw this participant called when it was first heard.
    pub label: String,
}

/// What everybody sees of the recording that is being made, or that was until a moment ago.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct RecordingView {
    /// Since when.
    pub since: Timestamp,
    /// Whether it goes on.
    pub on: bool,
    /// Whether voices are recorded by themselves as well.
    pub voices: bool,
    /// Milliseconds of it that are silence because the disk is slow.
    pub lost_ms: u64,
    /// How it ended, if it did.
    pub ending: Option<RecordingEnding>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endings_have_words_of_their_own() {
        for ending in RecordingEnding::ALL {
            assert_eq!(ending.to_string().parse(), Ok(ending));
        }
        assert_eq!("burnt".parse::<RecordingEnding>(), Err(UnknownRecordingEnding));
    }
}
