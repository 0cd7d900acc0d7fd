//! Offer and answer with browsers (JSEP, RFC 9429): one encrypted stream of Opus, whose transport is found by
//! ICE and keyed by DTLS.
//!
//! A [`BrowserOffer`] is read from what the browser sent, and once it is read there is nothing left to refuse:
//! it knows what was agreed upon ([`BrowserNegotiated`]), what has to be known of the browser's transport
//! ([`RemoteParameters`]), and writes the answer. A [`TrickleFragment`] carries what comes later: candidates, and
//! the credentials of an ICE restart. [`ClientOffer`] and [`ClientAnswer`] are the same from the browser's side,
//! for clients of our own.
//!
//! ```
//! use sdp::browser::{
//!     BrowserLocal, BrowserOffer, ClientAnswer, ClientOffer, IceCredentials, host_candidates,
//! };
//!
//! # let fingerprint = format!("sha-256 {}", vec!["AB"; 32].join(":"));
//! # let fingerprint = fingerprint.as_str();
//! let theirs = IceCredentials::new("fJ3a", "k2Xq0bWcWz1nq8JrC4xLm9Tv");
//! let offer = ClientOffer::new(theirs, fingerprint).to_string();
//!
//! let offer = BrowserOffer::parse(offer.as_bytes())?;
//! assert_eq!(offer.remote().ice.ufrag, "fJ3a");
//! assert_eq!(offer.negotiated().red, Some(63));
//!
//! let ours = IceCredentials::new("w0s7", "Pq4mZ8sT1uVbN6yKd3RgHf5E");
//! let candidates = host_candidates(&["198.51.100.1:40000".parse()?], &[]);
//! let answer = offer.answer(&BrowserLocal::new(ours.clone(), fingerprint, candidates, 42));
//!
//! let answer = ClientAnswer::parse(answer.to_string().as_bytes())?;
//! assert_eq!(answer.remote.ice, ours);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What is agreed upon
//!
//! - The first audio line that is acceptable; video, data channels and further audio are rejected in the answer.
//! - Opus, and around it redundancy (RFC 2198) and telephone events, where they are offered.
//! - ICE-lite on our side, the passive side of DTLS, RTP and RTCP on one port, one bundle.
//! - The header extensions for audio level (RFC 6464) and for `mid`.
//!
//! The browser's candidates are of no use to an ICE-lite agent, which answers checks and makes none. They may
//! be anything, even names that only its own network resolves.

mod answer;
mod candidate;
mod client;
mod extension;
mod fingerprint;
mod formats;
mod ice;
mod line;
mod offer;
mod refusal;
mod section;
mod trickle;

pub use answer::BrowserLocal;
pub use candidate::{
    Candidate, CandidateAddress, CandidateKind, CandidateTransport, host_candidates,
};
pub use client::{ClientAnswer, ClientOffer};
pub use fingerprint::{Fingerprint, HashFunction};
pub use ice::IceCredentials;
pub use offer::BrowserOffer;
pub use refusal::BrowserRefusal;
pub use trickle::{FragmentError, TrickleFragment};

use crate::{Direction, OpusParameters, TelephoneEvent};

/// The profile of all browsers (RFC 5764 section 8).
const PROFILE: &str = "UDP/TLS/RTP/SAVPF";

/// What has to be known of the peer's transport.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemoteParameters {
    /// Its ICE credentials, which change when it restarts ICE.
    pub ice: IceCredentials,
    /// Fingerprints of certificates, at least one. The peer's DTLS certificate must have one of them
    /// (RFC 8122 section 5).
    pub fingerprints: Vec<Fingerprint>,
}

/// What both sides have agreed upon. The numbers hold both ways.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrowserNegotiated {
    /// The payload type of Opus, whose clock is 48 kHz.
    pub payload_type: u8,
    /// How the peer wants to receive Opus.
    pub opus: OpusParameters,
    /// The payload type of Opus with redundancy (RFC 2198), if it is agreed upon.
    pub red: Option<u8>,
    /// Keypad digits, if both can.
    pub telephone_event: Option<TelephoneEvent>,
    /// The id of the audio level's header extension (RFC 6464), 1 to 14; its voice bit is meaningful.
    pub level_extension: Option<u8>,
    /// The id of the header extension that names the media line, 1 to 14, and the name, of at most 16 bytes.
    pub mid_extension: Option<(u8, String)>,
    /// What the reader does: the server, of an offer; the client, of an answer.
    pub direction: Direction,
}

#[cfg(test)]
mod tests;
