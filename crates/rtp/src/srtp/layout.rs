//! Where the parts of a packet lie that protection needs to know.

use crate::bytes::Reader;
use crate::packet::{HAS_EXTENSION, VERSION};

/// Bytes at the front of an RTCP packet that stay in clear: the first header and who sends it.
pub(super) const RTCP_CLEAR_BYTES: usize = 8;

/// Bytes of the word behind a protected RTCP packet that holds its index and whether it is encrypted.
pub(super) const INDEX_WORD_BYTES: usize = 4;

/// What protection reads of an RTP packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Rtp {
    pub(super) ssrc: u32,
    pub(super) sequence: u16,
    /// Header, contributing sources and header extension: what stays in clear.
    pub(super) clear_bytes: usize,
}

impl Rtp {
    /// None if it isn't RTP, or if its header runs past its end.
    pub(super) fn of(packet: &[u8]) -> Option<Self> {
        let mut reader = Reader::new(packet);
        let flags = version_checked(reader.u8()?)?;
        reader.u8()?;
        let sequence = reader.u16()?;
        let _timestamp = reader.u32()?;
        let ssrc = reader.u32()?;
        reader.take(usize::from(flags & 0x0F).saturating_mul(4))?;
        if flags & HAS_EXTENSION != 0 {
            let _profile = reader.u16()?;
            let words = reader.u16()?;
            reader.take(usize::from(words).saturating_mul(4))?;
        }
        let clear_bytes = packet.len().saturating_sub(reader.rest().len());
        Some(Self { ssrc, sequence, clear_bytes })
    }
}

/// Who sends an RTCP packet; none if it isn't RTCP or too short to say.
pub(super) fn rtcp_ssrc(packet: &[u8]) -> Option<u32> {
    let mut reader = Reader::new(packet);
    version_checked(reader.u8()?)?;
    let [_kind, _, _] = reader.array()?;
    reader.u32()
}

fn version_checked(flags: u8) -> Option<u8> {
    (flags >> 6 == VERSION).then_some(flags)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packet::Packet;
    use proptest::prelude::*;

    #[test]
    fn what_stays_in_clear_is_found() {
        let plain = [0x80, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0, 9, b'x'];
        assert_eq!(Rtp::of(&plain), Some(Rtp { ssrc: 9, sequence: 7, clear_bytes: 12 }));
        let mut rich = plain[..12].to_vec();
        rich[0] |= 0x11;
        rich.extend([0, 0, 0, 1, 0xBE, 0xDE, 0, 1, 0, 0, 0, 0, b'x']);
        assert_eq!(Rtp::of(&rich).unwrap().clear_bytes, 24);
        assert_eq!(Rtp::of(&rich[..23]), None);
    }

    #[test]
    fn other_protocols_are_told_apart() {
        assert_eq!(Rtp::of(&[0x40; 20]), None);
        assert_eq!(rtcp_ssrc(&[22; 20]), None);
        assert_eq!(rtcp_ssrc(&[0x80, 200, 0, 1, 0, 0, 0, 5]), Some(5));
        assert_eq!(rtcp_ssrc(&[0x80, 200, 0, 1, 0, 0, 0]), None);
    }

    proptest! {
        /// The header ends where the packet's parser, which looks at more, finds its end.
        #[test]
        fn it_agrees_with_the_parser(
            flags in 0x80_u8..0xC0,
            rest in prop::collection::vec(any::<u8>(), 0..80),
        ) {
            let mut bytes = vec![flags];
            bytes.extend(rest);
            if let Ok(packet) = Packet::parse(&bytes) {
                let layout = Rtp::of(&bytes).unwrap();
                prop_assert_eq!((layout.ssrc, layout.sequence), (packet.ssrc(), packet.sequence()));
                prop_assert!(bytes[layout.clear_bytes..].starts_with(packet.payload()));
            }
        }
    }
}
