//! Keypad digits as telephone events (RFC 4733).
//!
//! A pressed key is a run of packets that share the timestamp of its start, tell how long it has lasted so
//! far, and end with three packets that carry the end bit. Any of them may be lost: [`Receiver`] makes one
//! [`Digit`] of each run. [`Keypad`] sends such runs for a string of digits.

mod keypad;
mod receiver;

pub use keypad::{DIGITS_MAX, EventPacket, Keypad, KeypadError, KeypadSettings};
pub use receiver::Receiver;

use crate::bytes::Reader;

/// Bytes of an event's payload.
pub const EVENT_BYTES: usize = 4;

/// A key of a telephone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Digit(u8);

/// The keys in the order of their event codes, 0 to 15 (RFC 4733 section 3.2).
const KEYS: [char; 16] =
    ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '#', 'A', 'B', 'C', 'D'];

impl Digit {
    /// The key of an event code; none for events that are not keys, as the hook flash.
    #[must_use]
    pub fn from_code(code: u8) -> Option<Self> {
        (usize::from(code) < KEYS.len()).then_some(Self(code))
    }

    /// The key that bears `label`, one of `0`-`9`, `*`, `#`, `A`-`D` in either case.
    #[must_use]
    pub fn from_char(label: char) -> Option<Self> {
        let label = label.to_ascii_uppercase();
        let code = KEYS.iter().position(|key| *key == label)?;
        u8::try_from(code).ok().map(Self)
    }

    /// The event code, 0 to 15.
    #[must_use]
    pub fn code(self) -> u8 {
        self.0
    }

    /// What stands on the key.
    #[must_use]
    pub fn as_char(self) -> char {
        KEYS.get(usize::from(self.0)).copied().unwrap_or('?')
    }
}

/// The payload of one packet of an event (RFC 4733 section 2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event {
    /// Which event: 0 to 15 are keys.
    pub code: u8,
    /// The event is over.
    pub end: bool,
    /// Level of the tone in -dBm0, 0 to 63.
    pub volume: u8,
    /// How long it has lasted, in units of the media clock, from the packet's timestamp.
    pub duration: u16,
}

impl Event {
    /// Reads a payload; none if it is too short. What follows the first event is left alone.
    #[must_use]
    pub fn parse(payload: &[u8]) -> Option<Self> {
        let [code, flags, d0, d1] = Reader::new(payload).array()?;
        Some(Self {
            code,
            end: flags & 0x80 != 0,
            volume: flags & 0x3F,
            duration: u16::from_be_bytes([d0, d1]),
        })
    }

    /// The payload as it goes onto the wire; a volume above 63 becomes 63.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; EVENT_BYTES] {
        let [d0, d1] = self.duration.to_be_bytes();
        [self.code, (u8::from(self.end) << 7) | self.volume.min(63), d0, d1]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn keys_have_codes_and_labels() {
        for (code, label) in (0..16).zip("0123456789*#ABCD".chars()) {
            let digit = Digit::from_code(code).unwrap();
            assert_eq!((digit.code(), digit.as_char()), (code, label));
            assert_eq!(Digit::from_char(label.to_ascii_lowercase()), Some(digit));
        }
        assert_eq!(Digit::from_code(16), None);
        assert_eq!(Digit::from_char('x'), None);
    }

    #[test]
    fn the_payload_is_as_the_standard_draws_it() {
        let event = Event { code: 11, end: true, volume: 10, duration: 0x0320 };
        assert_eq!(event.to_bytes(), [11, 0x8A, 0x03, 0x20]);
        assert_eq!(Event::parse(&[11, 0x8A, 0x03, 0x20, 99]), Some(event));
        assert_eq!(Event::parse(&[11, 0x8A, 0x03]), None);
    }

    proptest! {
        #[test]
        fn events_survive_the_wire(code: u8, end: bool, volume in 0_u8..64, duration: u16) {
            let event = Event { code, end, volume, duration };
            prop_assert_eq!(Event::parse(&event.to_bytes()), Some(event));
        }
    }
}
