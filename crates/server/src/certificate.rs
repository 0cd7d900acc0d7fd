//! The server's DTLS certificate, by whose fingerprint browsers know it.
//!
//! It is made at the first start and kept in a file beside the database, so that it is the same after
//! a restart. Nobody signs it: what vouches for it is the answer to an offer, which comes by HTTPS.

use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use webrtc::dtls::Certificate;

/// What a file of that kind is called: the database's name with this ending.
const EXTENSION: &str = "dtls.pem";

/// Who else may read the file: nobody. It has the private key.
const OTHERS: u32 = 0o077;

/// Why there is no certificate.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    /// The file can't be read.
    #[error("the DTLS certificate {path} can't be read: {reason}", path = .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        reason: io::Error,
    },
    /// The file can't be written.
    #[error("the DTLS certificate {path} can't be written: {reason}", path = .path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        reason: io::Error,
    },
    /// The file is there but is no certificate.
    #[error(
        "{path} is no DTLS certificate with its key: {reason}; remove it to have another made",
        path = .path.display()
    )]
    Broken {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: webrtc::dtls::CertificateError,
    },
    /// Others may read the private key.
    #[error(
        "{path} has a private key that others may read; say chmod 600, or remove it to have another made",
        path = .path.display()
    )]
    Exposed {
        /// The file.
        path: PathBuf,
    },
    /// None can be made.
    #[error("no DTLS certificate can be made: {0}")]
    NotMade(webrtc::dtls::CertificateError),
}

/// Where the certificate of the server with this database is.
pub(crate) fn beside(database: &Path) -> PathBuf {
    database.with_extension(EXTENSION)
}

/// Reads the certificate; makes it if there is none.
///
/// # Errors
/// [`CertificateError`] says what is in the way, and what to do about it.
pub(crate) fn load_or_make(path: &Path) -> Result<Certificate, CertificateError> {
    match std::fs::read_to_string(path) {
        Ok(pem) => parse(path, &pem),
        Err(reason) if reason.kind() == io::ErrorKind::NotFound => make(path),
        Err(reason) => Err(CertificateError::Unreadable { path: path.to_owned(), reason }),
    }
}

fn parse(path: &Path, pem: &str) -> Result<Certificate, CertificateError> {
    let path = path.to_owned();
    let mode = match std::fs::metadata(&path) {
        Ok(metadata) => metadata.permissions().mode(),
        Err(reason) => return Err(CertificateError::Unreadable { path, reason }),
    };
    if mode & OTHERS != 0 {
        return Err(CertificateError::Exposed { path });
    }
    Certificate::from_pem(pem).map_err(|reason| CertificateError::Broken { path, reason })
}

fn make(path: &Path) -> Result<Certificate, CertificateError> {
    let certificate = Certificate::generate().map_err(CertificateError::NotMade)?;
    match write(path, certificate.to_pem()) {
        Ok(()) => Ok(certificate),
        Err(reason) => Err(CertificateError::Unwritable { path: path.to_owned(), reason }),
    }
}

/// Writes the file whole or not at all, and for nobody else to read.
fn write(path: &Path, pem: &str) -> io::Result<()> {
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    // A temporary file is its owner's alone from the beginning.
    let mut file = tempfile::NamedTempFile::new_in(directory.unwrap_or(Path::new(".")))?;
    file.write_all(pem.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist_noclobber(path)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place() -> (tempfile::TempDir, PathBuf) {
        let directory = tempfile::tempdir().unwrap();
        let path = beside(&directory.path().join("confab.db"));
        (directory, path)
    }

    #[test]
    fn it_is_made_once_and_stays_the_same() {
        let (_directory, path) = place();
        assert!(path.ends_with("confab.dtls.pem"));
        let made = load_or_make(&path).unwrap();
        let read = load_or_make(&path).unwrap();
        assert_eq!(made.fingerprint(), read.fingerprint());
    }

    #[test]
    fn its_file_is_for_nobody_else() {
        let (_directory, path) = place();
        load_or_make(&path).unwrap();
        let mode = |path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&path), 0o600);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        let error = load_or_make(&path).err().unwrap().to_string();
        assert!(error.contains("chmod 600"), "{error}");
    }

    #[test]
    fn a_broken_file_is_not_overwritten_and_it_is_said_what_to_do() {
        let (_directory, path) = place();
        load_or_make(&path).unwrap();
        let whole = std::fs::read_to_string(&path).unwrap();
        for broken in ["", "nonsense", &whole[..whole.len() / 2]] {
            std::fs::write(&path, broken).unwrap();
            let error = load_or_make(&path).err().unwrap().to_string();
            assert!(error.contains("confab.dtls.pem") && error.contains("remove it"), "{error}");
            assert_eq!(std::fs::read_to_string(&path).unwrap(), broken);
        }
    }

    #[test]
    fn a_directory_that_is_not_there_is_named() {
        let (directory, _) = place();
        let path = directory.path().join("missing/confab.dtls.pem");
        let error = load_or_make(&path).err().unwrap().to_string();
        assert!(error.contains("missing/confab.dtls.pem"), "{error}");
    }
}
