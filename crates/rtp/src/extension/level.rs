//! How loud a packet is, as its sender says (RFC 6464).

/// Digital silence: the lowest level that can be told.
pub const DBOV_MAX: u8 = 127;

/// The level of the audio in one packet, measured by the client that made it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AudioLevel {
    /// The sender takes it for speech. Some never do.
    pub voice: bool,
    /// Level in -dBov, 0 (overload) to [`DBOV_MAX`].
    pub dbov: u8,
}

impl AudioLevel {
    /// Reads the content of an element; none if it is empty. What follows the first byte is padding of the form
    /// with two-byte headers (RFC 6464 section 3).
    #[must_use]
    pub fn parse(data: &[u8]) -> Option<Self> {
        let byte = data.first()?;
        Some(Self { voice: byte & 0x80 != 0, dbov: byte & 0x7F })
    }

    /// The element's content as it goes onto the wire; a level beyond [`DBOV_MAX`] becomes that.
    #[must_use]
    pub fn to_byte(self) -> u8 {
        u8::from(self.voice) << 7 | self.dbov.min(DBOV_MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_byte_is_as_the_standard_draws_it() {
        assert_eq!(AudioLevel { voice: true, dbov: 30 }.to_byte(), 0x9E);
        assert_eq!(AudioLevel { voice: false, dbov: 200 }.to_byte(), 0x7F);
        assert_eq!(AudioLevel::parse(&[]), None);
        for byte in 0..=255 {
            assert_eq!(AudioLevel::parse(&[byte, 0]).map(AudioLevel::to_byte), Some(byte));
        }
    }
}
