//! What a datagram on a port of many protocols is (RFC 7983 section 7).

/// The protocol of a datagram, by its first byte.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Datagram {
    /// STUN, 0 to 3.
    Stun,
    /// DTLS, 20 to 63.
    Dtls,
    /// RTP or RTCP, with or without SRTP, 128 to 191.
    Rtp,
}

impl Datagram {
    /// What `datagram` is; none for what no browser sends (ZRTP, TURN channels, nothing at all).
    #[must_use]
    pub fn of(datagram: &[u8]) -> Option<Self> {
        match datagram.first()? {
            0..=3 => Some(Self::Stun),
            20..=63 => Some(Self::Dtls),
            128..=191 => Some(Self::Rtp),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_byte_decides() {
        let of = |first: u8| Datagram::of(&[first, 0xFF]);
        let edges = [(0, 3, Datagram::Stun), (20, 63, Datagram::Dtls), (128, 191, Datagram::Rtp)];
        for (first, last, kind) in edges {
            assert_eq!((of(first), of(last)), (Some(kind), Some(kind)));
            assert_eq!(of(last + 1), None);
        }
        assert_eq!((of(19), of(127), Datagram::of(&[])), (None, None, None));
    }
}
