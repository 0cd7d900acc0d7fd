//! Where recordings are written.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use nix::sys::statvfs::statvfs;

/// What a recorder needs of a disk. Any of it may take long or fail.
pub trait Disk: Send + 'static {
    /// Makes a directory, and those that it is in.
    ///
    /// # Errors
    /// The system's.
    fn make_directory(&mut self, path: &Path) -> io::Result<()>;

    /// Appends to a file, which is made if it isn't there. What fails leaves nothing behind.
    ///
    /// # Errors
    /// The system's; [`io::ErrorKind::StorageFull`] is one of them.
    fn append(&mut self, path: &Path, bytes: &[u8]) -> io::Result<()>;

    /// Returns when what was appended to a file will outlive a power cut.
    ///
    /// # Errors
    /// The system's.
    fn settle(&mut self, path: &Path) -> io::Result<()>;

    /// Bytes that are free where `path` is.
    ///
    /// # Errors
    /// The system's.
    fn free_bytes(&mut self, path: &Path) -> io::Result<u64>;
}

/// A disk of this machine. Files are nobody else's to read, and none is held open between two pages, so that any
/// number of voices can be recorded at once.
#[derive(Debug, Clone, Copy, Default)]
pub struct LocalDisk;

impl Disk for LocalDisk {
    fn make_directory(&mut self, path: &Path) -> io::Result<()> {
        DirBuilder::new().recursive(true).mode(0o700).create(path)
    }

    fn append(&mut self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let mut file = OpenOptions::new().append(true).create(true).mode(0o600).open(path)?;
        let before = file.metadata()?.len();
        file.write_all(bytes).inspect_err(|_| {
            // A part of a page is of no use; should this fail as well, players pass over it.
            let _ = file.set_len(before);
        })
    }

    fn settle(&mut self, path: &Path) -> io::Result<()> {
        File::open(path)?.sync_all()
    }

    fn free_bytes(&mut self, path: &Path) -> io::Result<u64> {
        let there = path.ancestors().find(|ancestor| fs::exists(ancestor).unwrap_or(false));
        let found = statvfs(there.unwrap_or(Path::new(".")))?;
        Ok(found.blocks_available().saturating_mul(found.fragment_size()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_appended_follows_what_was_there_and_is_private() {
        use std::os::unix::fs::PermissionsExt;
        let directory = tempfile::tempdir().unwrap();
        let below = directory.path().join("a/b");
        let mut disk = LocalDisk;
        assert!(disk.free_bytes(&below).unwrap() > 0, "before it is there");
        disk.make_directory(&below).unwrap();
        disk.make_directory(&below).unwrap();
        let file = below.join("mix.ogg");
        disk.append(&file, b"one ").unwrap();
        disk.append(&file, b"two").unwrap();
        disk.settle(&file).unwrap();
        assert_eq!(fs::read(&file).unwrap(), b"one two");
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(disk.append(&below, b"a directory").is_err());
    }
}
