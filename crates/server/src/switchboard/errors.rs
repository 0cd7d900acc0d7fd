//! Why the switchboard can't do what it is asked.

use conference::Refusal;

/// The switchboard has stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the server is stopping")]
pub struct Stopped;

/// Why no call was placed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlaceError {
    /// The rules are against it.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// No trunk is configured by which it could go out.
    #[error("no trunk is configured")]
    NoTrunk,
    /// The server is stopping.
    #[error(transparent)]
    Stopped(#[from] Stopped),
}

/// Why a conference isn't recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// It is already.
    #[error("the conference is being recorded already")]
    Already,
    /// Nobody is in who could be recorded.
    #[error("nobody is in the conference")]
    NobodyIn,
    /// As many recordings are being made as may be.
    #[error("as many recordings are being made as may be")]
    TooMany,
    /// The media world or the system doesn't let it.
    #[error("it can't be recorded just now")]
    Failed,
    /// The server is stopping.
    #[error(transparent)]
    Stopped(#[from] Stopped),
}

/// Why a conference can't be watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WatchError {
    /// It has as many event streams as it may.
    #[error("the conference has as many event streams as it may")]
    TooMany,
    /// The server is stopping.
    #[error(transparent)]
    Stopped(#[from] Stopped),
}

/// Why somebody doesn't whisper.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotWhispered {
    /// There is no such call.
    NoCall,
    /// It is for hosts.
    NoHost,
    /// The one whom it is for isn't to be reached.
    OutOfReach,
}
