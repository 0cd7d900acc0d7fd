//! Goodbye: sources that leave (RFC 3550 section 6.6).

use crate::bytes::Reader;

/// Sources that leave, and perhaps why.
#[derive(Clone, Copy, Debug)]
pub struct Bye<'a> {
    sources: &'a [[u8; 4]],
    reason: Option<&'a [u8]>,
}

impl<'a> Bye<'a> {
    pub(super) fn parse(count: u8, body: &'a [u8]) -> Option<Self> {
        let mut reader = Reader::new(body);
        let (sources, _) = reader.take(usize::from(count).saturating_mul(4))?.as_chunks();
        let reason = match reader.u8() {
            Some(length) => Some(reader.take(usize::from(length))?),
            None => None,
        };
        Some(Self { sources, reason })
    }

    /// Who leaves.
    pub fn sources(&self) -> impl Iterator<Item = u32> + use<'a> {
        self.sources.iter().map(|bytes| u32::from_be_bytes(*bytes))
    }

    /// The words that came with it: should be UTF-8, but are whatever the peer sent.
    #[must_use]
    pub fn reason(&self) -> Option<&'a [u8]> {
        self.reason
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_and_reason_are_read() {
        let bye = Bye::parse(2, &[0, 0, 0, 1, 0, 0, 0, 2, 2, b'o', b'k', 0]).unwrap();
        assert_eq!(bye.sources().collect::<Vec<_>>(), [1, 2]);
        assert_eq!(bye.reason(), Some(&b"ok"[..]));
        assert_eq!(Bye::parse(1, &[0, 0, 0, 1]).unwrap().reason(), None);
    }

    #[test]
    fn a_reason_or_source_cut_off_is_refused() {
        assert!(Bye::parse(2, &[0, 0, 0, 1]).is_none());
        assert!(Bye::parse(1, &[0, 0, 0, 1, 9, b'o', b'k', 0]).is_none());
    }
}
