//! Writes a header with elements behind it, in the form with one-byte headers, which every receiver knows.

use super::{AudioLevel, ONE_BYTE};
use crate::bytes::{BufferTooSmall, Writer};
use crate::packet::{HAS_EXTENSION, HEADER_BYTES, Header};

/// Bytes in front of the elements: the profile and the length.
pub const BLOCK_HEADER_BYTES: usize = 4;

/// Bytes in front of the content of each element.
pub const ELEMENT_HEADER_BYTES: usize = 1;

/// The highest number that an element can have in this form.
pub const ID_MAX: u8 = 14;

/// Bytes of content that an element can have in this form; it has one at least.
pub const DATA_BYTES_MAX: usize = 16;

/// Why an element can't be written. Those before it stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExtensionError {
    /// Its number is zero or above [`ID_MAX`].
    #[error("an extension element can't have the number {0}")]
    Id(u8),
    /// Its content is empty or longer than [`DATA_BYTES_MAX`].
    #[error("an extension element can't have {0} bytes")]
    Length(usize),
    /// The buffer is full.
    #[error(transparent)]
    NoRoom(#[from] BufferTooSmall),
}

/// Puts a header together with its extension at the front of a buffer.
///
/// ```
/// use rtp::extension::{AudioLevel, ExtensionWriter};
/// use rtp::packet::{Header, Packet};
///
/// let header = Header { marker: false, payload_type: 111, sequence: 1, timestamp: 960, ssrc: 5 };
/// let mut datagram = [0; 64];
/// let mut writer = ExtensionWriter::new(&header, &mut datagram)?;
/// writer.audio_level(1, AudioLevel { voice: true, dbov: 30 })?;
/// writer.put(4, b"0")?;
/// let header_bytes = writer.finish()?;
///
/// let packet = Packet::parse(&datagram[..header_bytes])?;
/// assert_eq!(packet.extensions().get(4), Some(&b"0"[..]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct ExtensionWriter<'a> {
    header: &'a mut [u8; HEADER_BYTES],
    block_header: &'a mut [u8; BLOCK_HEADER_BYTES],
    elements: Writer<'a>,
}

impl<'a> ExtensionWriter<'a> {
    /// Writes the header, which has no extension yet.
    ///
    /// # Errors
    ///
    /// [`BufferTooSmall`] if it and a [`BLOCK_HEADER_BYTES`] more don't fit.
    pub fn new(header: &Header, out: &'a mut [u8]) -> Result<Self, BufferTooSmall> {
        let (place, rest) = out.split_first_chunk_mut().ok_or(BufferTooSmall)?;
        let (block_header, rest) = rest.split_first_chunk_mut().ok_or(BufferTooSmall)?;
        *place = header.to_bytes();
        Ok(Self { header: place, block_header, elements: Writer::new(rest) })
    }

    /// Adds an element.
    ///
    /// # Errors
    ///
    /// An [`ExtensionError`]; nothing of the element was written then.
    pub fn put(&mut self, id: u8, data: &[u8]) -> Result<(), ExtensionError> {
        if !(1..=ID_MAX).contains(&id) {
            return Err(ExtensionError::Id(id));
        }
        let length_field = match data.len() {
            length @ 1..=DATA_BYTES_MAX => length.saturating_sub(1) as u8,
            length => return Err(ExtensionError::Length(length)),
        };
        self.elements.require(ELEMENT_HEADER_BYTES.saturating_add(data.len()))?;
        self.elements.put(&[id << 4 | length_field])?;
        Ok(self.elements.put(data)?)
    }

    /// Adds the level of the packet's audio.
    ///
    /// # Errors
    ///
    /// As for [`put`](Self::put).
    pub fn audio_level(&mut self, id: u8, level: AudioLevel) -> Result<(), ExtensionError> {
        self.put(id, &[level.to_byte()])
    }

    /// Pads the extension to whole words and returns where the payload begins. Without elements there is no
    /// extension, and that is [`HEADER_BYTES`].
    ///
    /// # Errors
    ///
    /// [`BufferTooSmall`] if the padding doesn't fit.
    pub fn finish(mut self) -> Result<usize, BufferTooSmall> {
        if self.elements.used() == 0 {
            return Ok(HEADER_BYTES);
        }
        let elements_bytes = padded_bytes(self.elements.used());
        let padding = elements_bytes.saturating_sub(self.elements.used());
        self.elements.put([0; 3].get(..padding).unwrap_or_default())?;
        let words = u16::try_from(elements_bytes / 4).map_err(|_| BufferTooSmall)?;
        let ([p0, p1], [w0, w1]) = (ONE_BYTE.to_be_bytes(), words.to_be_bytes());
        *self.block_header = [p0, p1, w0, w1];
        self.header[0] |= HAS_EXTENSION;
        Ok(HEADER_BYTES.saturating_add(BLOCK_HEADER_BYTES).saturating_add(elements_bytes))
    }
}

/// Bytes that so many of elements, their headers included, take when they are padded to whole words.
#[must_use]
pub const fn padded_bytes(elements_bytes: usize) -> usize {
    elements_bytes.saturating_add(3) & !3
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::packet::Packet;
    use proptest::prelude::*;

    const HEADER: Header =
        Header { marker: true, payload_type: 111, sequence: 7, timestamp: 960, ssrc: 5 };

    #[test]
    fn elements_stand_behind_the_header_as_the_standard_draws_them() {
        let mut out = [0xFF; 64];
        let mut writer = ExtensionWriter::new(&HEADER, &mut out).unwrap();
        writer.audio_level(1, AudioLevel { voice: true, dbov: 30 }).unwrap();
        writer.put(4, b"mid").unwrap();
        assert_eq!(writer.finish(), Ok(24));
        assert_eq!(out[0], 0x90);
        let extension = [0xBE, 0xDE, 0, 2, 0x10, 0x9E, 0x42, b'm', b'i', b'd', 0, 0];
        assert_eq!((&out[1..12], &out[12..24]), (&HEADER.to_bytes()[1..], &extension[..]));
    }

    #[test]
    fn without_elements_there_is_no_extension() {
        let mut out = [0xFF; 16];
        assert_eq!(ExtensionWriter::new(&HEADER, &mut out).unwrap().finish(), Ok(12));
        assert_eq!(out[..12], HEADER.to_bytes());
    }

    #[test]
    fn what_the_form_can_t_hold_is_refused() {
        let mut out = [0; 64];
        let mut writer = ExtensionWriter::new(&HEADER, &mut out).unwrap();
        assert_eq!(writer.put(0, b"x"), Err(ExtensionError::Id(0)));
        assert_eq!(writer.put(15, b"x"), Err(ExtensionError::Id(15)));
        assert_eq!(writer.put(1, b""), Err(ExtensionError::Length(0)));
        assert_eq!(writer.put(1, &[0; 17]), Err(ExtensionError::Length(17)));
        assert_eq!(writer.finish(), Ok(12));
    }

    #[test]
    fn a_buffer_too_small_is_told() {
        assert_eq!(ExtensionWriter::new(&HEADER, &mut [0; 15]).err(), Some(BufferTooSmall));
        let mut out = [0; 19];
        let mut writer = ExtensionWriter::new(&HEADER, &mut out).unwrap();
        assert_eq!(writer.put(1, b"xyz"), Err(ExtensionError::NoRoom(BufferTooSmall)));
        writer.put(1, b"x").unwrap();
        assert_eq!(writer.finish(), Err(BufferTooSmall));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(
            written in prop::collection::vec((1_u8..=14, prop::collection::vec(any::<u8>(), 1..=16)), 0..8),
            payload in prop::collection::vec(any::<u8>(), 0..20),
        ) {
            let mut out = [0xFF; 256];
            let mut writer = ExtensionWriter::new(&HEADER, &mut out).unwrap();
            for (id, data) in &written {
                writer.put(*id, data).unwrap();
            }
            let start = writer.finish().unwrap();
            out[start..start + payload.len()].copy_from_slice(&payload);
            let packet = Packet::parse(&out[..start + payload.len()]).unwrap();
            let elements = packet.extensions().map(|element| (element.id, element.data.to_vec()));
            let read: Vec<_> = elements.collect();
            prop_assert_eq!(read, written);
            prop_assert_eq!((*packet.header(), packet.payload()), (HEADER, &payload[..]));
        }
    }
}
