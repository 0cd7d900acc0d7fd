//! Offer and answer (RFC 3264) for one stream of audio.

mod accept;
mod answer;
mod format;
mod offer;
mod payload_types;
mod refusal;
mod session;

pub(crate) use answer::rejected;
pub use answer::{answer, conclude};
pub(crate) use format::{FormatKind, formats};
pub use offer::offer;
pub use payload_types::DynamicTypes;
pub use refusal::Refusal;
pub use session::Session;

use crate::{Direction, Encoding, OpusParameters};
use std::net::SocketAddr;

/// The only profile that is negotiated: RTP without encryption or feedback.
const PROFILE: &str = "RTP/AVP";
/// Packets are this long unless the peer says otherwise.
const PTIME_MS: u16 = 20;

/// What we have to offer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LocalMedia {
    /// Where the peer shall send to; RTCP goes to the port above.
    pub rtp: SocketAddr,
    /// What we can receive, the preferred first. In an answer our preference counts, not the peer's.
    pub codecs: Vec<Encoding>,
    /// How we like to receive Opus.
    pub opus: OpusParameters,
    /// Numbers for what has none of its own.
    pub dynamic_types: DynamicTypes,
    /// Whether keypad digits are to be sent as telephone events.
    pub telephone_event: bool,
    /// Whether a peer that offers comfort noise (RFC 3389) gets it. We don't offer it ourselves: a telephone
    /// takes that for leave to fall silent by its own judgement, and first syllables go.
    pub comfort_noise: bool,
    /// What we want to do: anything but both ways puts the peer on hold.
    pub direction: Direction,
    /// Whether RTP and RTCP may share the port.
    pub rtcp_mux: bool,
    /// Names the session; any number that doesn't come again soon.
    pub session_id: u64,
    /// Grows by one with each description that differs from the one before; a [`Session`] counts it.
    pub session_version: u64,
}

impl LocalMedia {
    /// All codecs, the best first, both ways, with telephone events and Opus's error correction.
    #[must_use]
    pub fn new(rtp: SocketAddr, session_id: u64) -> Self {
        Self {
            rtp,
            codecs: Encoding::ALL.to_vec(),
            opus: OpusParameters { in_band_fec: true, ..OpusParameters::default() },
            dynamic_types: DynamicTypes::default(),
            telephone_event: true,
            comfort_noise: true,
            direction: Direction::default(),
            rtcp_mux: true,
            session_id,
            session_version: 1,
        }
    }
}

/// What both sides have agreed upon.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Negotiated {
    /// Where to send RTP to. On hold the address may be unspecified (0.0.0.0); then
    /// [`direction`](Self::direction) doesn't send.
    pub remote_rtp: SocketAddr,
    /// Where to send RTCP to, if there is such a place.
    pub remote_rtcp: Option<SocketAddr>,
    /// RTCP shares the port of RTP.
    pub rtcp_mux: bool,
    /// What is spoken.
    pub codec: NegotiatedCodec,
    /// How keypad digits are sent, if both can.
    pub telephone_event: Option<TelephoneEvent>,
    /// Whether silence may be sent as comfort noise (RFC 3389), under its static number 13.
    pub comfort_noise: bool,
    /// What we do.
    pub direction: Direction,
    /// Length of the packets that the peer likes to receive, in milliseconds.
    pub ptime_ms: u16,
    /// Length of the longest packets that the peer can receive, in milliseconds, if it said so.
    pub maxptime_ms: Option<u16>,
}

/// The codec agreed upon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NegotiatedCodec {
    /// Which one.
    pub encoding: Encoding,
    /// The number in packets that we send.
    pub payload_type_send: u8,
    /// The number in packets that we receive.
    pub payload_type_receive: u8,
    /// How the peer wants to receive Opus; as by default for other codecs.
    pub opus: OpusParameters,
}

/// The telephone events agreed upon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TelephoneEvent {
    /// The payload type in packets that we send.
    pub send: u8,
    /// The payload type in packets that we receive.
    pub receive: u8,
    /// The clock of durations. It should be that of the codec, but some phones know only 8,000 Hz.
    pub clock_hz: u32,
}

#[cfg(test)]
mod tests;
