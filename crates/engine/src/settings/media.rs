//! What a leg's media is made of, whichever way its packets come and go.

use std::time::Duration;

use audio::codec::{CodecKind, EncoderSettings};

use super::TelephoneEvents;

/// How a leg's packets wait to be played.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Playout {
    /// How long one that the network didn't delay waits.
    pub(crate) depth: Duration,
    /// By how much later than it came a packet may be said to come.
    pub(crate) grain: Duration,
}

/// What the two halves of a leg's media and its reports are built from: the part that a phone's and
/// a browser's settings have in common.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct MediaSettings {
    /// The codec, the same in both directions.
    pub(crate) codec: CodecKind,
    pub(crate) encoder: EncoderSettings,
    pub(crate) payload_type_send: u8,
    pub(crate) payload_type_receive: u8,
    pub(crate) telephone_events: Option<TelephoneEvents>,
    /// The payload type of redundant audio (RFC 2198), in both directions.
    pub(crate) red: Option<u8>,
    /// The number of the header extension that tells a packet's level (RFC 6464), in both directions.
    pub(crate) level_extension: Option<u8>,
    /// The number of the header extension that names the media section (RFC 9143), and the name.
    pub(crate) mid_extension: Option<(u8, String)>,
    /// Our canonical name in RTCP.
    pub(crate) cname: String,
}
