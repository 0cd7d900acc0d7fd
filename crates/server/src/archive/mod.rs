//! Where recordings are kept, how they are made, and for how long they stay.
//!
//! Each has a directory of its own, by its id, and a row in the database. What the switchboard makes is written there by
//! the `recording` crate's threads; this reads it, mends what a crash has cut, and deletes.

mod beginning;
mod file;
mod keeper;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use conference::{RecordingId, Title};
use recording::{Disk, LocalDisk, MIX_FILE, Plan};

pub(crate) use self::beginning::{NotBegun, begin};
pub use self::file::RecordedFile;
pub(crate) use self::keeper::{keep, mend};

/// How recordings are made and kept.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where they are.
    pub directory: PathBuf,
    /// For how long after their end; for ever without.
    pub retention: Option<Duration>,
    /// Bytes that stay free on the disk: with less none begins, and those that are being made end.
    pub free_bytes_min: u64,
    /// How long one may become.
    pub duration_max: Duration,
    /// How many may be made at a time.
    pub at_once_max: usize,
}

/// The recordings on the disk. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Archive {
    settings: Arc<Settings>,
}

impl Archive {
    /// The archive that is kept so. Nothing is made before the first recording.
    pub fn new(settings: Settings) -> Archive {
        Archive { settings: Arc::new(settings) }
    }

    /// How many recordings may be made at a time.
    pub fn at_once_max(&self) -> usize {
        self.settings.at_once_max
    }

    /// For how long recordings stay.
    pub fn retention(&self) -> Option<Duration> {
        self.settings.retention
    }

    /// How a recording is to be made.
    pub fn plan(&self, id: RecordingId, title: &Title) -> Plan {
        Plan {
            free_bytes_min: self.settings.free_bytes_min,
            duration_max: self.settings.duration_max,
            ..Plan::new(self.directory_of(id), title.as_str())
        }
    }

    /// Whether the disk has room for another recording.
    ///
    /// # Errors
    /// The system's.
    pub async fn has_room(&self) -> io::Result<bool> {
        let settings = Arc::clone(&self.settings);
        off_the_loop(move || {
            Ok(LocalDisk.free_bytes(&settings.directory)? >= settings.free_bytes_min)
        })
        .await
    }

    /// Opens a file of a recording, whose name is known to be one.
    ///
    /// # Errors
    /// The system's: [`NotFound`](io::ErrorKind::NotFound) where there is none.
    pub async fn open(&self, id: RecordingId, file: &str) -> io::Result<RecordedFile> {
        let path = self.directory_of(id).join(file);
        off_the_loop(move || RecordedFile::open(&path)).await
    }

    /// Deletes the files of a recording, if there are any.
    ///
    /// # Errors
    /// The system's.
    pub async fn delete(&self, id: RecordingId) -> io::Result<()> {
        let directory = self.directory_of(id);
        off_the_loop(move || match std::fs::remove_dir_all(directory) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        })
        .await
    }

    /// What a crash has left of a recording: how long it plays, its bytes, and when it was written to last. None if
    /// there is nothing of it here.
    async fn remains(&self, id: RecordingId) -> io::Result<Option<Remains>> {
        let directory = self.directory_of(id);
        off_the_loop(move || Remains::of(&directory)).await
    }

    fn directory_of(&self, id: RecordingId) -> PathBuf {
        self.settings.directory.join(id.to_string())
    }
}

/// What there is of a recording on the disk.
struct Remains {
    duration: Duration,
    bytes: u64,
    written_at: std::time::SystemTime,
}

impl Remains {
    fn of(directory: &Path) -> io::Result<Option<Remains>> {
        if !directory.is_dir() {
            return Ok(None);
        }
        let mix = directory.join(MIX_FILE);
        let duration = match recording::length_of(&mix) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Duration::ZERO,
            length => length?,
        };
        let mut bytes = 0;
        for entry in std::fs::read_dir(directory)? {
            bytes += entry?.metadata()?.len();
        }
        let written = mix.metadata().or_else(|_| directory.metadata())?;
        Ok(Some(Remains { duration, bytes, written_at: written.modified()? }))
    }
}

/// Does what may wait for a disk where nobody waits for it.
async fn off_the_loop<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) => Err(io::Error::other(error)),
    }
}
