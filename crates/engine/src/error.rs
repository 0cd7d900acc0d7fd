//! Why the engine refuses something.

use audio::codec::CodecError;
use rtp::srtp::KeyError;

use crate::{LegId, RoomId};

/// Why a call of the engine failed. Nothing has changed then, unless a variant says otherwise.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// A setting is out of its bounds.
    #[error("{setting} must be {allowed}")]
    Setting {
        /// The name of the setting.
        setting: &'static str,
        /// What is allowed.
        allowed: &'static str,
    },
    /// A worker could not be started.
    #[error("cannot start a media worker: {0}")]
    Start(#[source] std::io::Error),
    /// No such room is open.
    #[error("{0} is not open")]
    UnknownRoom(RoomId),
    /// The room is open already.
    #[error("{0} is open already")]
    RoomExists(RoomId),
    /// The room is tapped already, or was until a moment ago.
    #[error("{0} is tapped already")]
    RoomTapped(RoomId),
    /// There is no such leg, or it is leaving.
    #[error("{0} does not exist")]
    UnknownLeg(LegId),
    /// The name is taken.
    #[error("{0} exists already")]
    LegExists(LegId),
    /// The leg is attached already; use [`update`](crate::Engine::update).
    #[error("{0} is attached already")]
    Attached(LegId),
    /// The leg is only reserved yet.
    #[error("{0} is not attached yet")]
    NotAttached(LegId),
    /// Every worker has as many rooms as it may.
    #[error("no worker has room for another room")]
    RoomsFull,
    /// The room's worker, or the room itself, has as many legs as it may.
    #[error("{0} has no place for another leg")]
    LegsFull(RoomId),
    /// Every worker that could take another leg is so busy that the others would suffer. It passes:
    /// try again after some seconds.
    #[error("the media workers are too busy for another leg")]
    Overloaded,
    /// Browsers are not served: [`EngineSettings::browser`](crate::EngineSettings::browser) is not set.
    #[error("browsers are not served here")]
    NoBrowserPort,
    /// The two are in different rooms, or are one.
    #[error("{0} and {1} are not together")]
    Apart(LegId, LegId),
    /// What was asked for is for phones.
    #[error("{0} is a browser's")]
    NotAPhone(LegId),
    /// What was asked for is for browsers.
    #[error("{0} is a phone's")]
    NotABrowser(LegId),
    /// The keys do not fit their profile.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// A DTLS datagram that no network would carry whole.
    #[error("a DTLS datagram has at most {max} bytes", max = crate::DTLS_BYTES_MAX)]
    DatagramTooLong,
    /// Every port of the range is in use.
    #[error("no media port is free")]
    PortsFull,
    /// A media socket could not be opened.
    #[error(transparent)]
    Socket(#[from] udp::BindError),
    /// Another leg on the same port has that remote address.
    #[error("the remote address of {0} is another leg's on the same port")]
    RemoteInUse(LegId),
    /// The codec refuses its settings.
    #[error(transparent)]
    Codec(#[from] CodecError),
    /// The worker's command ring is full: it is overloaded or has been flooded. What was to be sent
    /// is dropped here, in the control world; try again after the next tick.
    #[error("media worker {0} is too busy to take another command")]
    WorkerBusy(usize),
    /// The peer did not agree to telephone events.
    #[error("{0} cannot be sent digits: its peer does not take telephone events")]
    NoTelephoneEvents(LegId),
    /// Not a telephone digit.
    #[error("{0:?} is not a digit that a telephone can send")]
    InvalidDigit(char),
    /// More digits than fit one command.
    #[error("at most {max} digits can be sent at once", max = crate::DIGITS_MAX)]
    TooManyDigits,
}
