//! Redundant audio (RFC 2198): a packet that repeats what earlier ones carried, so that their loss is made good.
//!
//! In front of the blocks stands a header for each: four bytes for one that repeats something, a single byte for
//! the primary, the last. WebRTC calls the format `audio/red`.

use crate::bytes::{BufferTooSmall, Reader, Writer};

/// Blocks of one packet that are read, the primary included; packets with more are refused. Browsers send two,
/// ten when they are told to.
pub const BLOCKS_MAX: usize = 16;

/// Bytes of the primary block's header.
pub const PRIMARY_HEADER_BYTES: usize = 1;

/// Bytes of the header of each other block.
pub const REDUNDANT_HEADER_BYTES: usize = 4;

/// How far, in units of the media clock, a block can lie back: 14 bits, 341 ms at 48 kHz.
pub const OFFSET_UNITS_MAX: u32 = (1 << 14) - 1;

/// How long a redundant block can be: 10 bits.
pub const REDUNDANT_BYTES_MAX: usize = (1 << 10) - 1;

/// Another block follows this one's header.
const MORE: u8 = 0x80;

/// Why a payload is not redundant audio.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RedError {
    /// A header or a block runs past the end.
    #[error("the redundant audio is cut off")]
    CutOff,
    /// More than [`BLOCKS_MAX`].
    #[error("more than {BLOCKS_MAX} blocks of redundant audio")]
    TooManyBlocks,
}

/// One of the payloads that a packet carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block<'a> {
    /// Its format, 7 bits.
    pub payload_type: u8,
    /// By how much its timestamp lies before the packet's; zero for the primary.
    pub timestamp_offset: u32,
    /// Its content. It may be empty: of a redundant block that means that there is nothing to repeat.
    pub payload: &'a [u8],
    /// What the packet is sent for, and not a repetition.
    pub is_primary: bool,
}

/// The blocks of a packet as they stand there: the oldest first, by custom, and the primary last.
#[derive(Clone, Copy, Debug)]
pub struct Blocks<'a> {
    headers: Reader<'a>,
    payloads: Reader<'a>,
}

impl<'a> Blocks<'a> {
    /// Checks that all blocks lie within the payload.
    ///
    /// # Errors
    ///
    /// A [`RedError`] if they don't.
    pub fn parse(payload: &'a [u8]) -> Result<Self, RedError> {
        let headers = Reader::new(payload);
        let (mut ahead, mut redundant_bytes) = (headers, 0_usize);
        for _ in 0..BLOCKS_MAX {
            match BlockHeader::read(&mut ahead).ok_or(RedError::CutOff)? {
                BlockHeader::Redundant { bytes, .. } => {
                    redundant_bytes = redundant_bytes.saturating_add(bytes);
                }
                BlockHeader::Primary { .. } => {
                    let payloads = ahead;
                    ahead.take(redundant_bytes).ok_or(RedError::CutOff)?;
                    return Ok(Self { headers, payloads });
                }
            }
        }
        Err(RedError::TooManyBlocks)
    }
}

impl<'a> Iterator for Blocks<'a> {
    type Item = Block<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        match BlockHeader::read(&mut self.headers)? {
            BlockHeader::Redundant { payload_type, timestamp_offset, bytes } => {
                let payload = self.payloads.take(bytes)?;
                Some(Block { payload_type, timestamp_offset, payload, is_primary: false })
            }
            BlockHeader::Primary { payload_type } => {
                self.headers = Reader::new(&[]);
                let payload = self.payloads.rest();
                Some(Block { payload_type, timestamp_offset: 0, payload, is_primary: true })
            }
        }
    }
}

impl std::iter::FusedIterator for Blocks<'_> {}

enum BlockHeader {
    Redundant { payload_type: u8, timestamp_offset: u32, bytes: usize },
    Primary { payload_type: u8 },
}

impl BlockHeader {
    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let kind = reader.u8()?;
        let payload_type = kind & !MORE;
        if kind & MORE == 0 {
            return Some(Self::Primary { payload_type });
        }
        let [high, middle, low] = reader.array()?;
        let rest = u32::from_be_bytes([0, high, middle, low]);
        let bytes = usize::from(u16::from_be_bytes([middle, low])) & REDUNDANT_BYTES_MAX;
        Some(Self::Redundant { payload_type, timestamp_offset: rest >> 10, bytes })
    }
}

/// What an earlier packet carried, to be sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Redundant<'a> {
    /// By how much its timestamp lies before that of the packet to be sent.
    pub timestamp_offset: u32,
    /// What it carried.
    pub payload: &'a [u8],
}

impl Redundant<'_> {
    /// Whether its header can say how old and how long it is. Nobody misses an empty one.
    fn is_expressible(&self) -> bool {
        self.timestamp_offset <= OFFSET_UNITS_MAX
            && (1..=REDUNDANT_BYTES_MAX).contains(&self.payload.len())
    }
}

/// Writes a payload of `primary`, and of `redundant`, the oldest first, in front of it, all in the format `payload_type`, to the
/// front of `out`, and returns its length. A redundant block that is too old or too long to be told is left out.
///
/// # Errors
///
/// [`BufferTooSmall`] when `out` is shorter than that.
pub fn write(
    out: &mut [u8],
    payload_type: u8,
    redundant: &[Redundant<'_>],
    primary: &[u8],
) -> Result<usize, BufferTooSmall> {
    let payload_type = payload_type & !MORE;
    let redundant = || redundant.iter().filter(|block| block.is_expressible());
    let mut writer = Writer::new(out);
    for Redundant { timestamp_offset, payload } in redundant() {
        let [_, high, middle, low] = (timestamp_offset << 10 | payload.len() as u32).to_be_bytes();
        writer.put(&[MORE | payload_type, high, middle, low])?;
    }
    writer.put(&[payload_type])?;
    for Redundant { payload, .. } in redundant() {
        writer.put(payload)?;
    }
    writer.put(primary)?;
    Ok(writer.used())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn blocks_are_read_as_the_standard_draws_them() {
        // Two redundant blocks, 1,920 and 960 units back, of three bytes and one.
        let payload = [
            0xEF, 0x1E, 0x00, 0x03, 0xEF, 0x0F, 0x00, 0x01, 0x6F, b'o', b'l', b'd', b'p', b'n',
            b'e', b'w',
        ];
        let blocks: Vec<_> = Blocks::parse(&payload).unwrap().collect();
        let block = |timestamp_offset, payload, is_primary| Block {
            payload_type: 111,
            timestamp_offset,
            payload,
            is_primary,
        };
        let expected =
            [block(1_920, &b"old"[..], false), block(960, b"p", false), block(0, b"new", true)];
        assert_eq!(blocks, expected);
    }

    #[test]
    fn a_primary_alone_is_one_byte_longer() {
        let mut out = [0; 8];
        assert_eq!(write(&mut out, 111, &[], b"new"), Ok(4));
        assert_eq!(out[..4], *b"onew");
        assert_eq!(Blocks::parse(b"o").unwrap().next().unwrap().payload, b"");
    }

    #[test]
    fn several_are_written_as_they_are_read() {
        let old = [(1_920, &b"old"[..]), (960, b"p")];
        let old = old.map(|(timestamp_offset, payload)| Redundant { timestamp_offset, payload });
        let mut out = [0; 32];
        let length = write(&mut out, 111, &old, b"new").unwrap();
        let blocks: Vec<_> = Blocks::parse(&out[..length]).unwrap().collect();
        let read = blocks.iter().map(|block| (block.timestamp_offset, block.payload));
        assert!(read.eq([(1_920, &b"old"[..]), (960, b"p"), (0, b"new")]));
    }

    #[test]
    fn what_is_cut_off_is_refused() {
        assert_eq!(Blocks::parse(&[]).err(), Some(RedError::CutOff));
        assert_eq!(Blocks::parse(&[0xEF, 0, 0]).err(), Some(RedError::CutOff));
        assert_eq!(Blocks::parse(&[0xEF, 0, 0, 1]).err(), Some(RedError::CutOff));
        assert_eq!(Blocks::parse(&[0xEF, 0, 0, 1, 0x6F]).err(), Some(RedError::CutOff));
        assert!(Blocks::parse(&[0xEF, 0, 0, 1, 0x6F, 0]).is_ok());
    }

    #[test]
    fn blocks_are_few() {
        let most = [&[0xEF, 0, 0, 0].repeat(BLOCKS_MAX - 1)[..], &[0x6F]].concat();
        assert_eq!(Blocks::parse(&most).unwrap().count(), BLOCKS_MAX);
        let more = [&[0xEF, 0, 0, 0].repeat(BLOCKS_MAX)[..], &[0x6F]].concat();
        assert_eq!(Blocks::parse(&more).err(), Some(RedError::TooManyBlocks));
    }

    #[test]
    fn what_a_header_can_t_tell_is_left_out() {
        let long = [7; REDUNDANT_BYTES_MAX + 1];
        let mut out = [0; 2_000];
        for (timestamp_offset, payload) in
            [(OFFSET_UNITS_MAX + 1, &long[..9]), (960, &long[..]), (960, &[])]
        {
            let redundant = Redundant { timestamp_offset, payload };
            assert_eq!(write(&mut out, 111, &[redundant], b"new"), Ok(4));
        }
    }

    #[test]
    fn a_buffer_too_small_is_told() {
        let redundant = Redundant { timestamp_offset: 960, payload: b"old" };
        let needed = REDUNDANT_HEADER_BYTES + PRIMARY_HEADER_BYTES + 6;
        for room in 0..needed {
            assert_eq!(write(&mut vec![0; room], 111, &[redundant], b"new"), Err(BufferTooSmall));
        }
        assert_eq!(write(&mut vec![0; needed], 111, &[redundant], b"new"), Ok(needed));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(
            payload_type in 0_u8..128,
            timestamp_offset in 0..=OFFSET_UNITS_MAX,
            old in prop::collection::vec(any::<u8>(), 1..=REDUNDANT_BYTES_MAX),
            new in prop::collection::vec(any::<u8>(), 0..50),
        ) {
            let mut out = [0; 1_200];
            let redundant = Redundant { timestamp_offset, payload: &old };
            let length = write(&mut out, payload_type, &[redundant], &new).unwrap();
            let blocks: Vec<_> = Blocks::parse(&out[..length]).unwrap().collect();
            prop_assert_eq!(blocks, [
                Block { payload_type, timestamp_offset, payload: &old, is_primary: false },
                Block { payload_type, timestamp_offset: 0, payload: &new, is_primary: true },
            ]);
        }

        #[test]
        fn any_bytes_are_safe(payload in prop::collection::vec(any::<u8>(), 0..200)) {
            let Ok(blocks) = Blocks::parse(&payload) else { return Ok(()) };
            let blocks: Vec<_> = blocks.collect();
            prop_assert!(blocks.len() <= BLOCKS_MAX);
            let (primary, redundant) = blocks.split_last().unwrap();
            prop_assert!(primary.is_primary && redundant.iter().all(|block| !block.is_primary));
            let headers = PRIMARY_HEADER_BYTES + redundant.len() * REDUNDANT_HEADER_BYTES;
            let payloads: usize = blocks.iter().map(|block| block.payload.len()).sum();
            prop_assert_eq!(headers + payloads, payload.len());
        }
    }
}
