//! What a recording is to be.

use std::path::PathBuf;
use std::time::Duration;

/// How a recording is to be made.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Where its files go, and no others: it is made.
    pub directory: PathBuf,
    /// What it is called in its files.
    pub title: String,
    /// Bytes that are to stay free on the disk: with less, the recording ends as if it were full.
    pub free_bytes_min: u64,
    /// How long it may become.
    pub duration_max: Duration,
}

impl Plan {
    /// A recording of up to a day, which leaves 100 MB free.
    pub fn new(directory: impl Into<PathBuf>, title: impl Into<String>) -> Self {
        Self {
            directory: directory.into(),
            title: title.into(),
            free_bytes_min: 100_000_000,
            duration_max: Duration::from_secs(24 * 60 * 60),
        }
    }
}
