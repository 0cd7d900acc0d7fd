//! How long a payload lasts, and whether it says that silence follows: all that the buffer knows of codecs.

/// Units of the longest Opus packet: 120 ms at 48 kHz (RFC 6716 section 3.2.5).
pub const OPUS_UNITS_MAX: u32 = 5_760;

/// Units of the frames that SILK makes longer ones of: 20 ms (RFC 6716 section 4.2.2).
const OPUS_SILK_UNITS: u32 = 960;

/// An Opus packet of so few bytes says that nothing follows until the next: it holds no frame, or an empty one
/// (RFC 6716 section 2.1.9; libopus asks not to send such packets, and senders send the first of each silence).
pub const OPUS_PAUSE_BYTES_MAX: usize = 2;

/// How the length of a payload in time follows from its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// One byte a unit of the media clock: G.711, and G.722 with its clock of 8 kHz (RFC 3551 section 4.5).
    OctetPerUnit,
    /// Opus, whose first bytes tell (RFC 6716 section 3.1); its clock is 48 kHz (RFC 7587 section 4.1).
    Opus,
}

impl Framing {
    /// Length of a payload in units of the media clock; none if it is empty or not of this codec.
    #[must_use]
    pub fn units(self, payload: &[u8]) -> Option<u32> {
        let units = match self {
            Self::OctetPerUnit => u32::try_from(payload.len()).ok()?,
            Self::Opus => opus_units(payload)?,
        };
        (units > 0).then_some(units)
    }

    /// Whether a payload says that the peer is silent from here on, so that a gap behind it is no loss.
    #[must_use]
    pub fn is_pause(self, payload: &[u8]) -> bool {
        self == Self::Opus && payload.len() <= OPUS_PAUSE_BYTES_MAX
    }

    /// Whether a payload carries a coarse copy of the one before it (in-band FEC). Of Opus packets of many frames, which
    /// nobody sends with copies, nothing is known.
    #[must_use]
    pub fn carries_copy(self, payload: &[u8]) -> bool {
        self == Self::Opus && opus_carries_copy(payload)
    }

    /// Whether a payload tells coarsely of several before it (DRED of Opus).
    #[must_use]
    pub fn carries_deep_copies(self, payload: &[u8]) -> bool {
        self == Self::Opus && opus_carries_deep_copies(payload)
    }
}

/// The number of DRED among the extensions of Opus in a packet's padding (draft-ietf-mlcodec-opus-dred), and that by which
/// experiments are marked until that is a standard.
const OPUS_DRED_IDS: [u8; 2] = [32, 126];

/// By the first of the extensions in a packet's padding (RFC 6716 section 3.2.5, draft-ietf-mlcodec-opus-extension), where
/// libopus puts it: seven bits of its number, and one for its length.
fn opus_carries_deep_copies(payload: &[u8]) -> bool {
    let &[contents, frames, ref rest @ ..] = payload else { return false };
    let has_padding = contents & 0x03 == 3 && frames & 0x40 != 0;
    if !has_padding {
        return false;
    }
    let (mut padding, mut lengths) = (0_usize, 0_usize);
    for &length in rest {
        lengths = lengths.saturating_add(1);
        padding = padding.saturating_add(usize::from(length.min(254)));
        if length < u8::MAX {
            break;
        }
    }
    let room = rest.len().saturating_sub(lengths);
    let first = payload.len().checked_sub(padding).and_then(|start| payload.get(start));
    padding <= room && first.is_some_and(|first| OPUS_DRED_IDS.contains(&(first >> 1)))
}

/// By the flags with which SILK begins: a bit for each of its frames of 20 ms that is active, and then one for copies
/// (RFC 6716 section 4.2.3), for each of two channels.
fn opus_carries_copy(payload: &[u8]) -> bool {
    let &[contents, flags, ..] = payload else { return false };
    let configuration = contents >> 3;
    let begins_behind_contents = contents & 0x03 <= 1;
    let is_silk = configuration < 16;
    if !is_silk || !begins_behind_contents {
        return false;
    }
    let frames = opus_frame_units(configuration).div_ceil(OPUS_SILK_UNITS);
    let channels = if contents & 0x04 == 0 { 1 } else { 2_u32 };
    let flags_of_each = frames.saturating_add(1);
    (1..=channels).any(|channel| {
        let bit = u8::BITS.saturating_sub(channel.saturating_mul(flags_of_each));
        flags >> bit & 1 == 1
    })
}

fn opus_units(payload: &[u8]) -> Option<u32> {
    let contents = *payload.first()?;
    let frames = match contents & 0x03 {
        0 => 1,
        1 | 2 => 2,
        _ => u32::from(payload.get(1)? & 0x3F),
    };
    let units = opus_frame_units(contents >> 3).saturating_mul(frames);
    (units <= OPUS_UNITS_MAX).then_some(units)
}

/// Units of one frame, by the configuration in the upper five bits (RFC 6716 table 2).
fn opus_frame_units(configuration: u8) -> u32 {
    match (configuration, configuration & 0x03) {
        // SILK: 10, 20, 40 or 60 ms.
        (0..=11, 3) => 2_880,
        (0..=11, step) => 480 << step,
        // Hybrid: 10 or 20 ms.
        (12..=15, step) => 480 << (step & 1),
        // CELT: 2.5, 5, 10 or 20 ms.
        (_, step) => 120 << step,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn g711_lasts_a_unit_a_byte() {
        assert_eq!(Framing::OctetPerUnit.units(&[0; 160]), Some(160));
        assert_eq!(Framing::OctetPerUnit.units(&[]), None);
    }

    #[test]
    fn opus_tells_its_length() {
        let units = |bytes: &[u8]| Framing::Opus.units(bytes);
        // One frame of SILK with 10, 20, 40 and 60 ms.
        assert_eq!([0, 1, 2, 3].map(|c: u8| units(&[c << 3])), [480, 960, 1_920, 2_880].map(Some));
        // Hybrid with 10 and 20 ms, CELT with 2.5 to 20 ms.
        assert_eq!([14, 15].map(|c: u8| units(&[c << 3])), [480, 960].map(Some));
        assert_eq!([28, 29, 30, 31].map(|c: u8| units(&[c << 3])), [120, 240, 480, 960].map(Some));
        // Two frames of 20 ms, and six as an explicit count.
        assert_eq!(units(&[(31 << 3) | 1]), Some(1_920));
        assert_eq!(units(&[(31 << 3) | 3, 6]), Some(OPUS_UNITS_MAX));
    }

    #[test]
    fn copies_are_known_by_silks_flags() {
        let carries = |bytes: &[u8]| Framing::Opus.carries_copy(bytes);
        // SILK of 20, 40 and 60 ms, and hybrid of 20: behind as many flags of activity as frames.
        for (configuration, flag) in [(9, 0x40), (10, 0x20), (11, 0x10), (15, 0x40)] {
            assert!(carries(&[configuration << 3, flag]), "{configuration}");
            assert!(!carries(&[configuration << 3, !flag]), "{configuration}");
        }
        // Two channels, either of which may have one.
        assert!(carries(&[9 << 3 | 4, 0x40]) && carries(&[9 << 3 | 4, 0x10]));
        assert!(!carries(&[9 << 3 | 4, !0x50]));
        assert!(!carries(&[31 << 3, 0xFF]), "CELT knows none");
        assert!(!carries(&[9 << 3]) && !carries(&[]) && !carries(&[9 << 3 | 3, 0xFF, 0xFF]));
        assert!(!Framing::OctetPerUnit.carries_copy(&[9 << 3, 0x40]));
    }

    #[test]
    fn deep_copies_are_known_by_the_first_extension_in_the_padding() {
        let carries = |bytes: &[u8]| Framing::Opus.carries_deep_copies(bytes);
        let contents = 9 << 3 | 3;
        for id in [32, 126] {
            assert!(carries(&[contents, 0x41, 3, 7, 7, id << 1, 1, 2]), "{id}");
            assert!(carries(&[contents, 0x41, 1, 7, id << 1 | 1]), "{id}");
            let long = [&[contents, 0x41, 255, 0, 7][..], &[id << 1; 254]].concat();
            assert!(carries(&long));
            assert!(!carries(&long[..long.len() - 3]), "more padding than there is");
        }
        assert!(!carries(&[contents, 0x41, 3, 7, 7, 0, 1, 2]), "another extension");
        assert!(!carries(&[contents, 0x01, 3, 7, 7, 64, 1, 2]), "no padding");
        assert!(!carries(&[9 << 3, 0x41, 3, 7, 7, 64, 1, 2]), "no count of frames");
        assert!(!carries(&[contents, 0x41, 0]) && !carries(&[contents]) && !carries(&[]));
    }

    #[test]
    fn impossible_opus_has_no_length() {
        assert_eq!(Framing::Opus.units(&[]), None);
        // No count, a count of zero, and more than 120 ms.
        assert_eq!(Framing::Opus.units(&[3]), None);
        assert_eq!(Framing::Opus.units(&[3, 0]), None);
        assert_eq!(Framing::Opus.units(&[(31 << 3) | 3, 7]), None);
    }

    proptest! {
        #[test]
        fn any_padding_is_read(payload in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = Framing::Opus.carries_deep_copies(&payload);
        }

        #[test]
        fn opus_never_lasts_longer_than_it_may(payload in prop::collection::vec(any::<u8>(), 0..4)) {
            prop_assert!(Framing::Opus.units(&payload).is_none_or(|units| (1..=OPUS_UNITS_MAX).contains(&units)));
        }
    }
}
