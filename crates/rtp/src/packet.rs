//! RTP packets: a view over a datagram, and the header that goes in front of a payload (RFC 3550 section 5.1).

use crate::bytes::{BufferTooSmall, Reader};

/// The payload type of comfort noise beside codecs with a clock of 8,000 Hz (RFC 3389 section 6).
pub const PAYLOAD_TYPE_COMFORT_NOISE: u8 = 13;

/// Bytes of a header without contributing sources and extension: the one that [`Header::write`] writes.
pub const HEADER_BYTES: usize = 12;

/// The one version of RTP and RTCP that is in use.
pub(crate) const VERSION: u8 = 2;

/// The bit of a header's first byte that announces an extension.
pub(crate) const HAS_EXTENSION: u8 = 0x10;

/// Why a datagram is not an RTP packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// Fewer bytes than the fixed header has.
    #[error("shorter than an RTP header")]
    TooShort,
    /// The version is not 2: STUN, DTLS or noise.
    #[error("version {0} is not RTP's 2")]
    Version(u8),
    /// The list of contributing sources runs past the end.
    #[error("the contributing sources are cut off")]
    ContributingSources,
    /// The header extension runs past the end.
    #[error("the header extension is cut off")]
    Extension,
    /// The padding count is zero or larger than what follows the header.
    #[error("the padding is impossible")]
    Padding,
}

/// The fields of a packet that say what its payload is and where it belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// First packet after a silence, or of a telephone event.
    pub marker: bool,
    /// Format of the payload, 7 bits.
    pub payload_type: u8,
    /// Counts packets, modulo 2^16.
    pub sequence: u16,
    /// When the first sample was taken, in units of the format's clock, modulo 2^32.
    pub timestamp: u32,
    /// Names the stream.
    pub ssrc: u32,
}

impl Header {
    /// The header as it goes onto the wire; bits of the payload type above the seventh are cut off.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; HEADER_BYTES] {
        let [s0, s1] = self.sequence.to_be_bytes();
        let [t0, t1, t2, t3] = self.timestamp.to_be_bytes();
        let [i0, i1, i2, i3] = self.ssrc.to_be_bytes();
        let kind = u8::from(self.marker) << 7 | (self.payload_type & 0x7F);
        [VERSION << 6, kind, s0, s1, t0, t1, t2, t3, i0, i1, i2, i3]
    }

    /// Writes the header to the front of `out` and returns its length, [`HEADER_BYTES`].
    ///
    /// # Errors
    ///
    /// [`BufferTooSmall`] when `out` is shorter than that.
    pub fn write(&self, out: &mut [u8]) -> Result<usize, BufferTooSmall> {
        *out.first_chunk_mut().ok_or(BufferTooSmall)? = self.to_bytes();
        Ok(HEADER_BYTES)
    }
}

/// A header extension as it stands in the packet (RFC 3550 section 5.3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extension<'a> {
    /// What defines the content: 0xBEDE for one-byte elements of RFC 8285, see [`extension`](crate::extension).
    pub profile: u16,
    /// The content, a multiple of four bytes.
    pub data: &'a [u8],
}

/// A checked view over a datagram that is an RTP packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packet<'a> {
    header: Header,
    extension: Option<Extension<'a>>,
    payload: &'a [u8],
}

impl<'a> Packet<'a> {
    /// Checks version, contributing sources, extension and padding, and finds the payload.
    ///
    /// # Errors
    ///
    /// A [`ParseError`] that says which of them is wrong.
    pub fn parse(datagram: &'a [u8]) -> Result<Self, ParseError> {
        let mut reader = Reader::new(datagram);
        let fixed: [u8; HEADER_BYTES] = reader.array().ok_or(ParseError::TooShort)?;
        let [flags, kind, s0, s1, t0, t1, t2, t3, i0, i1, i2, i3] = fixed;
        if flags >> 6 != VERSION {
            return Err(ParseError::Version(flags >> 6));
        }
        let contributing = usize::from(flags & 0x0F).saturating_mul(4);
        reader.take(contributing).ok_or(ParseError::ContributingSources)?;
        let has_extension = flags & HAS_EXTENSION != 0;
        let extension = if has_extension { Some(parse_extension(&mut reader)?) } else { None };
        let has_padding = flags & 0x20 != 0;
        let payload = if has_padding { without_padding(reader.rest())? } else { reader.rest() };
        let header = Header {
            marker: kind & 0x80 != 0,
            payload_type: kind & 0x7F,
            sequence: u16::from_be_bytes([s0, s1]),
            timestamp: u32::from_be_bytes([t0, t1, t2, t3]),
            ssrc: u32::from_be_bytes([i0, i1, i2, i3]),
        };
        Ok(Self { header, extension, payload })
    }

    /// A packet put together from its parts, for those who already hold them apart.
    #[must_use]
    pub fn new(header: Header, payload: &'a [u8]) -> Self {
        Self { header, extension: None, payload }
    }

    /// All fields of the header.
    #[must_use]
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// First packet after a silence, or of a telephone event.
    #[must_use]
    pub fn marker(&self) -> bool {
        self.header.marker
    }

    /// Format of the payload, 7 bits.
    #[must_use]
    pub fn payload_type(&self) -> u8 {
        self.header.payload_type
    }

    /// Counts packets, modulo 2^16.
    #[must_use]
    pub fn sequence(&self) -> u16 {
        self.header.sequence
    }

    /// When the first sample was taken, in units of the format's clock, modulo 2^32.
    #[must_use]
    pub fn timestamp(&self) -> u32 {
        self.header.timestamp
    }

    /// Names the stream.
    #[must_use]
    pub fn ssrc(&self) -> u32 {
        self.header.ssrc
    }

    /// The header extension, if there is one.
    #[must_use]
    pub fn extension(&self) -> Option<Extension<'a>> {
        self.extension
    }

    /// The payload, without padding. It may be empty.
    #[must_use]
    pub fn payload(&self) -> &'a [u8] {
        self.payload
    }
}

/// Whether a datagram on a port that carries both is RTCP rather than RTP (RFC 5761 section 4: its packet
/// types, 192 to 223, are payload types that RTP then leaves alone).
#[must_use]
pub fn is_rtcp(datagram: &[u8]) -> bool {
    matches!(datagram, [first, 192..=223, ..] if first >> 6 == VERSION)
}

fn parse_extension<'a>(reader: &mut Reader<'a>) -> Result<Extension<'a>, ParseError> {
    let profile = reader.u16().ok_or(ParseError::Extension)?;
    let words = reader.u16().ok_or(ParseError::Extension)?;
    let data = reader.take(usize::from(words).saturating_mul(4)).ok_or(ParseError::Extension)?;
    Ok(Extension { profile, data })
}

/// The last byte of a padded packet counts the padding, itself included.
fn without_padding(padded: &[u8]) -> Result<&[u8], ParseError> {
    let count = usize::from(*padded.last().ok_or(ParseError::Padding)?);
    let length = padded.len().checked_sub(count).ok_or(ParseError::Padding)?;
    if count == 0 {
        return Err(ParseError::Padding);
    }
    padded.get(..length).ok_or(ParseError::Padding)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HEADER: Header = Header {
        marker: true,
        payload_type: 9,
        sequence: 0xABCD,
        timestamp: 0x0102_0304,
        ssrc: 0x0A0B_0C0D,
    };

    fn datagram(flags: u8, rest: &[u8]) -> Vec<u8> {
        let mut bytes = HEADER.to_bytes().to_vec();
        bytes[0] |= flags;
        bytes.extend(rest);
        bytes
    }

    #[test]
    fn a_plain_packet_is_a_header_and_its_payload() {
        let bytes = datagram(0, b"sound");
        let packet = Packet::parse(&bytes).unwrap();
        assert_eq!(*packet.header(), HEADER);
        assert_eq!(packet.payload(), b"sound");
        assert_eq!(packet.extension(), None);
        assert_eq!(packet, Packet::new(HEADER, b"sound"));
    }

    #[test]
    fn the_header_is_written_as_the_standard_draws_it() {
        let mut out = [0; 14];
        assert_eq!(HEADER.write(&mut out), Ok(12));
        assert_eq!(out[..12], [0x80, 0x89, 0xAB, 0xCD, 1, 2, 3, 4, 10, 11, 12, 13]);
        assert_eq!(HEADER.write(&mut out[..11]), Err(BufferTooSmall));
    }

    #[test]
    fn contributing_sources_and_extension_are_stepped_over() {
        let rest = [0, 0, 0, 1, 0, 0, 0, 2, 0xBE, 0xDE, 0, 1, 0x10, 0x42, 0, 0, b'x'];
        let bytes = datagram(0x12, &rest);
        let packet = Packet::parse(&bytes).unwrap();
        assert_eq!(packet.payload(), b"x");
        let extension = packet.extension().unwrap();
        assert_eq!((extension.profile, extension.data), (0xBEDE, &[0x10, 0x42, 0, 0][..]));
    }

    #[test]
    fn padding_is_taken_off() {
        let bytes = datagram(0x20, &[b'x', 0, 0, 3]);
        assert_eq!(Packet::parse(&bytes).unwrap().payload(), b"x");
        let all_padding = datagram(0x20, &[0, 2]);
        assert_eq!(Packet::parse(&all_padding).unwrap().payload(), b"");
    }

    #[test]
    fn what_is_wrong_is_said() {
        let error = |bytes: &[u8]| Packet::parse(bytes).unwrap_err();
        assert_eq!(error(&HEADER.to_bytes()[..11]), ParseError::TooShort);
        assert_eq!(error(&[0; 12]), ParseError::Version(0));
        assert_eq!(error(&datagram(0x02, &[0; 7])), ParseError::ContributingSources);
        assert_eq!(error(&datagram(0x10, &[0; 3])), ParseError::Extension);
        assert_eq!(error(&datagram(0x10, &[0, 0, 0, 2, 0, 0, 0, 0])), ParseError::Extension);
        assert_eq!(error(&datagram(0x20, &[])), ParseError::Padding);
        assert_eq!(error(&datagram(0x20, &[1, 0])), ParseError::Padding);
        assert_eq!(error(&datagram(0x20, &[0, 4, 4])), ParseError::Padding);
    }

    #[test]
    fn rtcp_is_told_apart_by_its_second_byte() {
        assert!(is_rtcp(&[0x80, 200]));
        assert!(is_rtcp(&[0x81, 201, 0, 7]));
        assert!(!is_rtcp(&[0x80, 0x80 | 111]));
        assert!(!is_rtcp(&[0x00, 200]));
        assert!(!is_rtcp(&[0x80]));
    }

    proptest! {
        #[test]
        fn headers_survive_the_wire(
            marker: bool, payload_type in 0_u8..128, sequence: u16, timestamp: u32, ssrc: u32,
            payload in prop::collection::vec(any::<u8>(), 0..64),
        ) {
            let header = Header { marker, payload_type, sequence, timestamp, ssrc };
            let mut bytes = header.to_bytes().to_vec();
            bytes.extend(&payload);
            let packet = Packet::parse(&bytes).unwrap();
            prop_assert_eq!(packet.header(), &header);
            prop_assert_eq!(packet.payload(), &payload[..]);
        }

        #[test]
        fn any_bytes_are_safe(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            if let Ok(packet) = Packet::parse(&bytes) {
                prop_assert!(packet.payload().len() + HEADER_BYTES <= bytes.len());
            }
            let _ = is_rtcp(&bytes);
        }
    }
}
