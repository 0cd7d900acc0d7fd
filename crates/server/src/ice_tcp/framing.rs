//! Datagrams in a stream of bytes: each behind its length (RFC 4571 section 2).

/// The longest datagram, in bytes: nothing that a browser sends is longer than its network carries.
pub(super) const DATAGRAM_BYTES_MAX: usize = 1_500;
/// The length before each.
const LENGTH_BYTES: usize = 2;
/// Some frames at a time, so that a burst of short ones takes few reads.
const BUFFER_BYTES: usize = 4_096;

/// A frame is longer than any datagram, and the stream of no use any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TooLong;

/// The datagram as it goes into the stream. None if it is too long.
pub(super) fn frame(datagram: &[u8]) -> Option<Vec<u8>> {
    let length = u16::try_from(datagram.len()).ok()?;
    if datagram.len() > DATAGRAM_BYTES_MAX {
        return None;
    }
    Some([&length.to_be_bytes(), datagram].concat())
}

/// Takes datagrams out of the stream again.
pub(super) struct Deframer {
    buffer: Box<[u8; BUFFER_BYTES]>,
    /// What is between these two is not taken out yet.
    start: usize,
    end: usize,
}

impl Deframer {
    pub(super) fn new() -> Deframer {
        Deframer { buffer: Box::new([0; BUFFER_BYTES]), start: 0, end: 0 }
    }

    /// Where to read into. It is not empty once [`next`](Deframer::next) has found no more.
    pub(super) fn space(&mut self) -> &mut [u8] {
        self.buffer.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        &mut self.buffer[self.end..]
    }

    /// So many bytes were read into it.
    pub(super) fn fill(&mut self, bytes: usize) {
        self.end = (self.end + bytes).min(BUFFER_BYTES);
    }

    /// The next datagram that is here in whole. Empty ones mean nothing and are passed over.
    pub(super) fn next(&mut self) -> Result<Option<&[u8]>, TooLong> {
        loop {
            let waiting = &self.buffer[self.start..self.end];
            let Some((length, rest)) = waiting.split_first_chunk::<LENGTH_BYTES>() else {
                return Ok(None);
            };
            let length = usize::from(u16::from_be_bytes(*length));
            if length > DATAGRAM_BYTES_MAX {
                return Err(TooLong);
            }
            if rest.len() < length {
                return Ok(None);
            }
            let start = self.start + LENGTH_BYTES;
            self.start = start + length;
            if length > 0 {
                return Ok(Some(&self.buffer[start..self.start]));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// All datagrams of a stream that comes in pieces of these lengths.
    fn deframed(stream: &[u8], pieces: &[usize]) -> Result<Vec<Vec<u8>>, TooLong> {
        let mut deframer = Deframer::new();
        let mut datagrams = Vec::new();
        let mut rest = stream;
        let mut pieces = pieces.iter().cycle();
        while !rest.is_empty() {
            let space = deframer.space();
            assert!(!space.is_empty(), "a reader that has no space waits for ever");
            let length = (*pieces.next().unwrap()).min(rest.len()).min(space.len());
            let (piece, later) = rest.split_at(length);
            space[..length].copy_from_slice(piece);
            deframer.fill(length);
            rest = later;
            while let Some(datagram) = deframer.next()? {
                datagrams.push(datagram.to_vec());
            }
        }
        Ok(datagrams)
    }

    #[test]
    fn a_frame_is_a_length_and_a_datagram() {
        assert_eq!(frame(b"abc").unwrap(), b"\0\x03abc");
        assert_eq!(frame(&[7; DATAGRAM_BYTES_MAX]).unwrap().len(), DATAGRAM_BYTES_MAX + 2);
        assert_eq!(frame(&[7; DATAGRAM_BYTES_MAX + 1]), None);
        assert_eq!(frame(&[7; 70_000]), None);
    }

    #[test]
    fn a_length_beyond_the_limit_ends_the_stream() {
        assert_eq!(deframed(&[0xFF, 0xFF], &[1]), Err(TooLong));
        let length = u16::try_from(DATAGRAM_BYTES_MAX + 1).unwrap().to_be_bytes();
        assert_eq!(deframed(&length, &[1]), Err(TooLong));
    }

    #[test]
    fn empty_frames_are_passed_over() {
        assert_eq!(deframed(b"\0\0\0\x01x\0\0\0\x02yz", &[99]).unwrap(), [&b"x"[..], b"yz"]);
    }

    proptest! {
        #[test]
        fn datagrams_survive_the_stream_however_it_is_cut(
            lengths in prop::collection::vec(1..=DATAGRAM_BYTES_MAX, 0..12),
            pieces in prop::collection::vec(1..5_000usize, 1..9),
        ) {
            let datagrams: Vec<Vec<u8>> =
                lengths.iter().zip(0..).map(|(length, fill)| vec![fill; *length]).collect();
            let stream: Vec<u8> = datagrams.iter().flat_map(|d| frame(d).unwrap()).collect();
            prop_assert_eq!(deframed(&stream, &pieces), Ok(datagrams));
        }

        #[test]
        fn any_stream_is_safe(
            stream in prop::collection::vec(any::<u8>(), 0..9_000),
            pieces in prop::collection::vec(1..5_000usize, 1..9),
        ) {
            if let Ok(datagrams) = deframed(&stream, &pieces) {
                let bytes: usize = datagrams.iter().map(|d| d.len() + LENGTH_BYTES).sum();
                prop_assert!(bytes <= stream.len());
            }
        }
    }
}
