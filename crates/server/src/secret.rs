//! The server's secret, under which PINs are hashed and hosts' URLs are made.
//!
//! It is drawn at the first start and kept in a file beside the database, so that neither the one nor the other is
//! enough to try out PINs. Without it the PINs that were set are void, and hosts' URLs are others.

use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use conference::ServerSecret;

/// What the file is called: the database's name with this ending.
const EXTENSION: &str = "secret";

/// Who else may read the file: nobody.
const OTHERS: u32 = 0o077;

/// Why there is no secret.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The file can't be read.
    #[error("the server's secret {path} can't be read: {reason}", path = .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        reason: io::Error,
    },
    /// The file can't be written.
    #[error("the server's secret {path} can't be written: {reason}", path = .path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        reason: io::Error,
    },
    /// The file is there but holds something else.
    #[error("{path} is no secret of 32 bytes; remove it to have another drawn, which voids all PINs", path = .path.display())]
    Broken {
        /// The file.
        path: PathBuf,
    },
    /// Others may read it.
    #[error("{path} may be read by others; say chmod 600", path = .path.display())]
    Exposed {
        /// The file.
        path: PathBuf,
    },
}

/// Where the secret of the server with this database is.
pub(crate) fn beside(database: &Path) -> PathBuf {
    database.with_extension(EXTENSION)
}

/// Reads the secret; draws it if there is none.
///
/// # Errors
/// [`SecretError`] says what is in the way, and what to do about it.
pub(crate) fn load_or_make(path: &Path) -> Result<ServerSecret, SecretError> {
    let unreadable = |reason| SecretError::Unreadable { path: path.to_owned(), reason };
    match std::fs::read(path) {
        Ok(bytes) => {
            let mode = std::fs::metadata(path).map_err(unreadable)?.permissions().mode();
            if mode & OTHERS != 0 {
                return Err(SecretError::Exposed { path: path.to_owned() });
            }
            let bytes = <[u8; 32]>::try_from(bytes);
            bytes.map(ServerSecret::new).map_err(|_| SecretError::Broken { path: path.to_owned() })
        }
        Err(reason) if reason.kind() == io::ErrorKind::NotFound => {
            let bytes: [u8; 32] = rand::random();
            write(path, &bytes)
                .map_err(|reason| SecretError::Unwritable { path: path.to_owned(), reason })?;
            Ok(ServerSecret::new(bytes))
        }
        Err(reason) => Err(unreadable(reason)),
    }
}

/// Beside its place first: a crash in between leaves no half of a secret.
fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    let mut file = tempfile::Builder::new()
        .permissions(std::fs::Permissions::from_mode(0o600))
        .tempfile_in(directory.unwrap_or(Path::new(".")))?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_drawn_once_and_nobody_elses() {
        let directory = tempfile::tempdir().unwrap();
        let path = beside(&directory.path().join("confab.db"));
        let first = load_or_make(&path).unwrap();
        assert_eq!(load_or_make(&path).unwrap(), first);
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        assert!(matches!(load_or_make(&path), Err(SecretError::Exposed { .. })));
    }

    #[test]
    fn another_file_is_not_overwritten() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("confab.secret");
        std::fs::write(&path, "something else").unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        assert!(matches!(load_or_make(&path), Err(SecretError::Broken { .. })));
        assert_eq!(std::fs::read(&path).unwrap(), b"something else");
    }
}
