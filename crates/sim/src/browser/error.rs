//! Why a browser can't join, or doesn't stay.

use std::io;

use audio::codec::CodecError;
use rtp::srtp::KeyError;
use sdp::browser::{BrowserRefusal, FragmentError};
use webrtc::dtls::{CertificateError, DtlsError, FingerprintError};

/// Why a browser can't join, or doesn't stay.
#[derive(Debug, thiserror::Error)]
pub enum BrowserError {
    /// There is no socket to be had, or nobody at the other end.
    #[error("a browser can't open its sockets: {0}")]
    Socket(#[from] io::Error),
    /// The exchange over HTTP broke off.
    #[error("the exchange with the server broke off: {0}")]
    Http(#[from] hyper::Error),
    /// A request can't be written.
    #[error("a request can't be written: {0}")]
    Request(#[from] hyper::http::Error),
    /// The server refused.
    #[error("the server refuses with {status}: {detail}")]
    Refused {
        /// The status of the answer.
        status: u16,
        /// What the server says about it.
        detail: String,
    },
    /// The server's answer lacks what it should have.
    #[error("the server's answer has no {0}")]
    Lacks(&'static str),
    /// The server's description can't be used.
    #[error("the server's answer can't be used: {0}")]
    Answer(#[from] BrowserRefusal),
    /// The server's fragment can't be used.
    #[error("the server's fragment can't be used: {0}")]
    Fragment(#[from] FragmentError),
    /// The server's fingerprint can't be used.
    #[error("the server's fingerprint can't be used: {0}")]
    Fingerprint(#[from] FingerprintError),
    /// An address can't be a candidate.
    #[error("an address can't be used: {0}")]
    Candidate(#[from] is::IceError),
    /// It has no certificate.
    #[error("a browser has no certificate: {0}")]
    Certificate(#[from] CertificateError),
    /// The codec can't be set up.
    #[error("a browser can't set up its codec: {0}")]
    Codec(#[from] CodecError),
    /// The keys can't be used.
    #[error("a browser can't use its keys: {0}")]
    Keys(#[from] KeyError),
    /// DTLS came to nothing.
    #[error("a browser isn't connected: {0}")]
    Dtls(#[from] DtlsError),
    /// It isn't connected any more.
    #[error("a browser is no longer connected")]
    Ended,
}
