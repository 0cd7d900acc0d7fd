//! STUN messages as ICE uses them (RFC 8489): a checked view over a datagram, and a writer.
//!
//! This is a codec of our own because a media thread runs it: it allocates nothing, not even for what is
//! malformed, and it keeps what an answerer must know and `is::stun` does not tell: which attributes it should
//! have understood (420), and whether a request lacks its name or its integrity (400), with the FINGERPRINT
//! checked. The tests hold it against `is::stun` and the vectors of RFC 5769.

mod crc;
mod key;
mod message;
mod writer;

#[cfg(test)]
mod tests;

pub use key::Key;
pub use message::{Message, Problem};
pub use writer::Writer;

/// Bytes of a message without attributes.
pub const HEADER_BYTES: usize = 20;

/// USERNAME (RFC 8489 section 14.3).
pub const USERNAME: u16 = 0x0006;
/// MESSAGE-INTEGRITY (RFC 8489 section 14.5).
pub const MESSAGE_INTEGRITY: u16 = 0x0008;
/// ERROR-CODE (RFC 8489 section 14.8).
pub const ERROR_CODE: u16 = 0x0009;
/// UNKNOWN-ATTRIBUTES (RFC 8489 section 14.9).
pub const UNKNOWN_ATTRIBUTES: u16 = 0x000A;
/// XOR-MAPPED-ADDRESS (RFC 8489 section 14.2).
pub const XOR_MAPPED_ADDRESS: u16 = 0x0020;
/// PRIORITY (RFC 8445 section 7.1.1).
pub const PRIORITY: u16 = 0x0024;
/// USE-CANDIDATE (RFC 8445 section 7.1.2).
pub const USE_CANDIDATE: u16 = 0x0025;
/// FINGERPRINT (RFC 8489 section 14.7).
pub const FINGERPRINT: u16 = 0x8028;
/// ICE-CONTROLLED (RFC 8445 section 7.1.3).
pub const ICE_CONTROLLED: u16 = 0x8029;
/// ICE-CONTROLLING (RFC 8445 section 7.1.3).
pub const ICE_CONTROLLING: u16 = 0x802A;

/// Attributes below this one must be understood by who gets them (RFC 8489 section 14).
const COMPREHENSION_OPTIONAL: u16 = 0x8000;

/// The one method of ICE, Binding (RFC 8489 section 3).
const BINDING: u16 = 0x0001;

/// Bytes 4 to 7 of each message (RFC 8489 section 5).
const COOKIE: [u8; 4] = [0x21, 0x12, 0xA4, 0x42];

/// Bytes of the type and the length in front of each attribute's value.
const ATTRIBUTE_HEADER_BYTES: usize = 4;

/// Bytes of the MESSAGE-INTEGRITY attribute's value, an HMAC-SHA1.
const INTEGRITY_BYTES: usize = 20;

/// Bytes of the FINGERPRINT attribute, its header included.
const FINGERPRINT_BYTES: usize = 8;

/// What the CRC-32 of a message is combined with (RFC 8489 section 14.7).
const FINGERPRINT_MASK: u32 = 0x5354_554E;

/// Names a request, and the response to it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Transaction(
    /// Drawn at random by who sends the request.
    pub [u8; 12],
);

/// The class of a message (RFC 8489 section 5).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Class {
    /// Wants a response.
    Request,
    /// Wants none.
    Indication,
    /// The response to a request that was carried out.
    Success,
    /// The response to a request that was not.
    Error,
}

impl Class {
    /// The two bits of the class where they stand in the message type.
    const MASK: u16 = 0x0110;

    fn bits(self) -> u16 {
        match self {
            Self::Request => 0x0000,
            Self::Indication => 0x0010,
            Self::Success => 0x0100,
            Self::Error => 0x0110,
        }
    }

    fn of(message_type: u16) -> Self {
        match message_type & Self::MASK {
            0x0000 => Self::Request,
            0x0010 => Self::Indication,
            0x0100 => Self::Success,
            _ => Self::Error,
        }
    }
}
