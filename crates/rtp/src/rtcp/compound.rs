//! Taking a datagram of RTCP packets apart.

use super::{Bye, ReceiverReport, Sdes, SenderReport, packet_type};
use crate::bytes::Reader;
use crate::packet::VERSION;

/// Why a datagram, or one packet in it, is not RTCP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// No packet at all.
    #[error("the datagram is empty")]
    Empty,
    /// A packet's version is not 2.
    #[error("version {0} is not RTCP's 2")]
    Version(u8),
    /// A packet is longer than what is left of the datagram.
    #[error("a packet is cut off")]
    Truncated,
    /// Padding in a packet that is not the last, or more of it than there is.
    #[error("the padding is impossible")]
    Padding,
    /// A packet has fewer bytes than its own counts ask for.
    #[error("packet type {packet_type} is shorter than its counts say")]
    Content {
        /// Which packet it was.
        packet_type: u8,
    },
}

/// A datagram whose packets are cut properly: versions, lengths and padding are right. What is inside each
/// packet is checked when it is handed out.
///
/// It need not begin with a report, as reduced-size RTCP doesn't (RFC 5506).
#[derive(Clone, Copy, Debug)]
pub struct Compound<'a> {
    datagram: &'a [u8],
}

impl<'a> Compound<'a> {
    /// Checks how the datagram is cut into packets.
    ///
    /// # Errors
    ///
    /// Any [`ParseError`] but [`Content`](ParseError::Content).
    pub fn parse(datagram: &'a [u8]) -> Result<Self, ParseError> {
        if datagram.is_empty() {
            return Err(ParseError::Empty);
        }
        let mut reader = Reader::new(datagram);
        while !reader.rest().is_empty() {
            let raw = RawPacket::read(&mut reader)?;
            if raw.is_padded && !reader.rest().is_empty() {
                return Err(ParseError::Padding);
            }
        }
        Ok(Self { datagram })
    }

    /// The packets in their order; at most one for every four bytes.
    #[must_use]
    pub fn packets(&self) -> Packets<'a> {
        Packets { reader: Reader::new(self.datagram) }
    }
}

impl<'a> IntoIterator for Compound<'a> {
    type Item = Result<Packet<'a>, ParseError>;
    type IntoIter = Packets<'a>;

    fn into_iter(self) -> Packets<'a> {
        self.packets()
    }
}

/// One packet of a [`Compound`].
#[derive(Clone, Copy, Debug)]
pub enum Packet<'a> {
    /// What a source has sent and received.
    SenderReport(SenderReport<'a>),
    /// What a source has received, when it doesn't send.
    ReceiverReport(ReceiverReport<'a>),
    /// Who the sources are.
    SourceDescription(Sdes<'a>),
    /// Sources that leave.
    Goodbye(Bye<'a>),
    /// A type that is not understood here, and to be skipped.
    Other {
        /// The type.
        packet_type: u8,
    },
}

/// Iterates over the packets of a [`Compound`]. A packet whose content is wrong is an error; those after it
/// are still handed out.
#[derive(Clone, Debug)]
pub struct Packets<'a> {
    reader: Reader<'a>,
}

impl<'a> Iterator for Packets<'a> {
    type Item = Result<Packet<'a>, ParseError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.reader.rest().is_empty() {
            return None;
        }
        Some(RawPacket::read(&mut self.reader).and_then(RawPacket::interpret))
    }
}

/// One packet cut out of the datagram.
struct RawPacket<'a> {
    packet_type: u8,
    /// Reports, sources or chunks within.
    count: u8,
    is_padded: bool,
    /// What follows the four bytes of header, without padding.
    body: &'a [u8],
}

impl<'a> RawPacket<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Self, ParseError> {
        let [flags, packet_type, l0, l1] = reader.array().ok_or(ParseError::Truncated)?;
        if flags >> 6 != VERSION {
            return Err(ParseError::Version(flags >> 6));
        }
        let length = usize::from(u16::from_be_bytes([l0, l1])).saturating_mul(4);
        let mut body = reader.take(length).ok_or(ParseError::Truncated)?;
        let is_padded = flags & 0x20 != 0;
        if is_padded {
            let count = usize::from(*body.last().ok_or(ParseError::Padding)?);
            let kept = body.len().checked_sub(count).ok_or(ParseError::Padding)?;
            if count == 0 {
                return Err(ParseError::Padding);
            }
            body = body.get(..kept).ok_or(ParseError::Padding)?;
        }
        Ok(Self { packet_type, count: flags & 0x1F, is_padded, body })
    }

    fn interpret(self) -> Result<Packet<'a>, ParseError> {
        let Self { packet_type, count, body, .. } = self;
        let packet = match packet_type {
            packet_type::SENDER_REPORT => {
                SenderReport::parse(count, body).map(Packet::SenderReport)
            }
            packet_type::RECEIVER_REPORT => {
                ReceiverReport::parse(count, body).map(Packet::ReceiverReport)
            }
            packet_type::SOURCE_DESCRIPTION => {
                Sdes::parse(count, body).map(Packet::SourceDescription)
            }
            packet_type::GOODBYE => Bye::parse(count, body).map(Packet::Goodbye),
            _ => Some(Packet::Other { packet_type }),
        };
        packet.ok_or(ParseError::Content { packet_type })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// An empty receiver report of source 1.
    const EMPTY_REPORT: [u8; 8] = [0x80, 201, 0, 1, 0, 0, 0, 1];

    fn error(datagram: &[u8]) -> ParseError {
        Compound::parse(datagram).unwrap_err()
    }

    #[test]
    fn packets_come_in_their_order() {
        let mut datagram = EMPTY_REPORT.to_vec();
        datagram.extend([0x80, 204, 0, 1, b'n', b'a', b'm', b'e']);
        datagram.extend([0x81, 203, 0, 1, 0, 0, 0, 1]);
        let packets: Vec<_> = Compound::parse(&datagram).unwrap().into_iter().collect();
        assert!(matches!(
            packets[..],
            [
                Ok(Packet::ReceiverReport(_)),
                Ok(Packet::Other { packet_type: 204 }),
                Ok(Packet::Goodbye(_))
            ]
        ));
    }

    #[test]
    fn a_wrong_cut_refuses_the_datagram() {
        assert_eq!(error(&[]), ParseError::Empty);
        assert_eq!(error(&[0x80, 201, 0]), ParseError::Truncated);
        assert_eq!(error(&[0x80, 201, 0, 1, 0, 0]), ParseError::Truncated);
        assert_eq!(error(&[0x40, 201, 0, 0]), ParseError::Version(1));
    }

    #[test]
    fn only_the_last_packet_may_be_padded() {
        let padded = [0xA0, 201, 0, 2, 0, 0, 0, 1, 0, 0, 0, 4];
        let packets: Vec<_> = Compound::parse(&padded).unwrap().into_iter().collect();
        assert!(matches!(packets[..], [Ok(Packet::ReceiverReport(_))]));
        assert_eq!(error(&[&padded[..], &EMPTY_REPORT].concat()), ParseError::Padding);
        assert_eq!(error(&[0xA0, 201, 0, 1, 0, 0, 0, 0]), ParseError::Padding);
        assert_eq!(error(&[0xA0, 201, 0, 1, 0, 0, 0, 5]), ParseError::Padding);
        assert_eq!(error(&[0xA0, 201, 0, 0]), ParseError::Padding);
    }

    #[test]
    fn a_wrong_content_spoils_only_its_packet() {
        // Claims a report block that is not there.
        let mut datagram = vec![0x81, 201, 0, 1, 0, 0, 0, 1];
        datagram.extend(EMPTY_REPORT);
        let packets: Vec<_> = Compound::parse(&datagram).unwrap().into_iter().collect();
        assert!(matches!(
            packets[..],
            [Err(ParseError::Content { packet_type: 201 }), Ok(Packet::ReceiverReport(_))]
        ));
    }

    proptest! {
        #[test]
        fn any_bytes_are_safe(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            walk(&bytes);
        }

        /// Random bytes rarely get past the first check; these do.
        #[test]
        fn any_content_is_safe(
            packets in prop::collection::vec((198_u8..208, 0_u8..64, prop::collection::vec(any::<[u8; 4]>(), 0..20)), 1..6),
        ) {
            let mut bytes = Vec::new();
            for (packet_type, flags, words) in packets {
                bytes.extend([0x80 | flags, packet_type, 0, words.len() as u8]);
                bytes.extend(words.concat());
            }
            walk(&bytes);
        }
    }

    fn walk(bytes: &[u8]) {
        let Ok(compound) = Compound::parse(bytes) else { return };
        for packet in compound.packets().flatten() {
            match packet {
                Packet::SenderReport(report) => assert!(report.reports().count() <= 31),
                Packet::ReceiverReport(report) => assert!(report.reports().count() <= 31),
                Packet::SourceDescription(sdes) => {
                    assert!(sdes.chunks().flat_map(|chunk| chunk.items()).count() <= bytes.len());
                }
                Packet::Goodbye(bye) => assert!(bye.sources().count() <= 31),
                Packet::Other { .. } => {}
            }
        }
    }
}
