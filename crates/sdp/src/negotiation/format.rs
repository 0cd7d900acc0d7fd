//! The formats of a media line that we understand.

use crate::{Encoding, Media};

/// The number of comfort noise beside codecs with a clock of 8,000 Hz (RFC 3389 section 6).
pub(crate) const COMFORT_NOISE: u8 = 13;

/// A format that can be agreed upon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Format<'a> {
    pub(crate) payload_type: u8,
    pub(crate) kind: FormatKind,
    /// The value of its `fmtp`.
    pub(crate) parameters: &'a str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FormatKind {
    Audio(Encoding),
    TelephoneEvent {
        clock_hz: u32,
    },
    /// Comfort noise (RFC 3389), under its static number.
    ComfortNoise,
}

/// Those formats that we understand, in their order.
pub(crate) fn formats(media: &Media) -> impl Iterator<Item = Format<'_>> {
    let payload_types = media.formats.iter().filter_map(|format| format.parse().ok());
    payload_types.filter_map(|payload_type| format(media, payload_type))
}

fn format(media: &Media, payload_type: u8) -> Option<Format<'_>> {
    Some(Format {
        payload_type,
        kind: kind(media, payload_type).filter(|_| payload_type < 128)?,
        parameters: media.fmtp(payload_type).unwrap_or_default(),
    })
}

fn kind(media: &Media, payload_type: u8) -> Option<FormatKind> {
    // The static numbers mean what they mean, even if the line that repeats it has the clock wrong, as some
    // do for G.722.
    if let Some(encoding) = Encoding::from_static(payload_type) {
        return Some(FormatKind::Audio(encoding));
    }
    if payload_type == COMFORT_NOISE {
        return Some(FormatKind::ComfortNoise);
    }
    let map = media.rtpmap(payload_type)?;
    if map.encoding.eq_ignore_ascii_case("telephone-event") {
        return Some(FormatKind::TelephoneEvent { clock_hz: map.clock_hz })
            .filter(|_| matches!(map.clock_hz, 8_000 | 48_000));
    }
    Encoding::from_rtpmap(map.encoding, map.clock_hz).map(FormatKind::Audio)
}
