//! How a recording begins, whoever asks for it.

use std::io;

use conference::{ConferenceKey, Recording, RecordingId};
use store::{Store, StoreError};

use super::Archive;

use crate::clock;

/// Why none begins.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotBegun {
    /// There is no room for it.
    #[error("the disk has no room for another recording")]
    DiskFull,
    /// The disk can't be asked.
    #[error("the directory of recordings can't be used: {0}")]
    Disk(#[from] io::Error),
    /// It can't be noted.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Chooses the name of a recording, if there is room for one. The database knows of it before anything is written, so
/// that a crash leaves nothing that nobody knows of: whoever doesn't make it has to have it forgotten.
pub(crate) async fn begin(
    archive: &Archive,
    store: &Store,
    conference: ConferenceKey,
    has_voices: bool,
) -> Result<RecordingId, NotBegun> {
    if !archive.has_room().await? {
        return Err(NotBegun::DiskFull);
    }
    let id = RecordingId::from_random(rand::random());
    let recording = Recording { id, conference, began_at: clock::now(), has_voices, end: None };
    store.begin_recording(&recording).await?;
    Ok(id)
}
