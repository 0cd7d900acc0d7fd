//! What keeps the bench from running.

use std::path::PathBuf;

/// What keeps the bench from running; never that something sounds bad.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// The engine refused something.
    #[error("the engine: {0}")]
    Engine(#[from] engine::EngineError),
    /// One of the server's codecs failed.
    #[error("a codec: {0}")]
    Codec(#[from] audio::codec::CodecError),
    /// libopus failed at a far end.
    #[error("libopus: {0}")]
    Opus(#[from] opus::Error),
    /// A socket or file failed.
    #[error("input or output: {0}")]
    Io(#[from] std::io::Error),
    /// A sound file can't be written.
    #[error("a sound file: {0}")]
    Wav(#[from] hound::Error),
    /// A packet of a far end's is longer than was reckoned with.
    #[error("a packet: {0}")]
    Packet(#[from] rtp::BufferTooSmall),
    /// A STUN message of a far end's is longer than was reckoned with.
    #[error("a STUN message is too long")]
    Stun,
    /// The keys of a browser's line don't fit.
    #[error("keys: {0}")]
    Keys(#[from] rtp::srtp::KeyError),
    /// A browser's packet can't be encrypted.
    #[error("encryption: {0}")]
    Protect(#[from] rtp::srtp::ProtectError),
    /// The engine serves browsers nowhere.
    #[error("the engine tells browsers no address")]
    NoCandidate,
    /// The engine has no worker.
    #[error("the engine has no worker")]
    NoWorker,
    /// Nobody heard anything of a talker.
    #[error("nothing was heard")]
    NothingHeard,
    /// The interpreter that scores can't be started.
    #[error("{python} can't be run ({error}): tools/setup.sh test makes the environment")]
    NoPython {
        /// The interpreter.
        python: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// Recorded scores can't be read or written.
    #[error("recorded scores: {0}")]
    Recorded(#[from] serde_json::Error),
    /// The script that scores has ended or says what isn't understood.
    #[error("the scores can't be had: {0}")]
    Scores(String),
}
