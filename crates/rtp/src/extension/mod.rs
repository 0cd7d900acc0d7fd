//! Header extensions: small elements in front of the payload, each named by a number that was negotiated (RFC
//! 8285). SRTP leaves them in clear, so that a level can be read before anything is decoded.

mod level;
mod writer;

pub use level::{AudioLevel, DBOV_MAX};
pub use writer::{
    BLOCK_HEADER_BYTES, DATA_BYTES_MAX, ELEMENT_HEADER_BYTES, ExtensionError, ExtensionWriter,
    ID_MAX, padded_bytes,
};

use crate::bytes::Reader;
use crate::packet::{Extension, Packet};

/// The profile that says of an extension that its elements have headers of one byte.
const ONE_BYTE: u16 = 0xBEDE;

/// The same of two bytes: any of the sixteen profiles that begin so.
const TWO_BYTE: u16 = 0x1000;

/// One element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Element<'a> {
    /// The number that was negotiated for its meaning: 1 to 14, with headers of two bytes 1 to 255.
    pub id: u8,
    /// Its content, of up to 16 bytes, with headers of two bytes up to 255; only those can have none.
    pub data: &'a [u8],
}

/// The elements of a packet in the order in which they stand there. They end where they can't be read further.
#[derive(Clone, Copy, Debug)]
pub struct Elements<'a> {
    form: Form,
    reader: Reader<'a>,
}

#[derive(Clone, Copy, Debug)]
enum Form {
    OneByte,
    TwoByte,
    /// Another kind of extension, or none.
    Other,
}

impl<'a> Elements<'a> {
    /// Those in the extension of a packet, if there is one.
    #[must_use]
    pub fn new(extension: Option<Extension<'a>>) -> Self {
        let form = match extension {
            Some(Extension { profile: ONE_BYTE, .. }) => Form::OneByte,
            Some(Extension { profile, .. }) if profile & 0xFFF0 == TWO_BYTE => Form::TwoByte,
            _ => Form::Other,
        };
        Self { form, reader: Reader::new(extension.map_or(&[], |extension| extension.data)) }
    }

    /// The content of the first element that has this number.
    #[must_use]
    pub fn get(mut self, id: u8) -> Option<&'a [u8]> {
        self.find(|element| element.id == id).map(|element| element.data)
    }

    /// Four bits of number, four of length less one. A zero byte is padding; the number 15 and a zero with a
    /// length end the elements (RFC 8285 section 4.2).
    fn next_one_byte(&mut self) -> Option<Element<'a>> {
        loop {
            let header = self.reader.u8()?;
            let (id, bytes) = (header >> 4, usize::from(header & 0x0F).saturating_add(1));
            match id {
                0 if header == 0 => {}
                0 | 15 => return None,
                _ => return Some(Element { id, data: self.reader.take(bytes)? }),
            }
        }
    }

    /// A byte of number and one of length. A zero number is padding of one byte (RFC 8285 section 4.3).
    fn next_two_byte(&mut self) -> Option<Element<'a>> {
        loop {
            let id = self.reader.u8()?;
            if id != 0 {
                let bytes = usize::from(self.reader.u8()?);
                return Some(Element { id, data: self.reader.take(bytes)? });
            }
        }
    }
}

impl<'a> Iterator for Elements<'a> {
    type Item = Element<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        let element = match self.form {
            Form::OneByte => self.next_one_byte(),
            Form::TwoByte => self.next_two_byte(),
            Form::Other => None,
        };
        if element.is_none() {
            self.form = Form::Other;
        }
        element
    }
}

impl std::iter::FusedIterator for Elements<'_> {}

impl<'a> Packet<'a> {
    /// The elements of the header extension, of which there may be none.
    #[must_use]
    pub fn extensions(&self) -> Elements<'a> {
        Elements::new(self.extension())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn elements(profile: u16, data: &[u8]) -> Vec<(u8, &[u8])> {
        let elements = Elements::new(Some(Extension { profile, data }));
        elements.map(|element| (element.id, element.data)).collect()
    }

    #[test]
    fn elements_of_one_byte_headers_are_read_past_padding() {
        let data = [0x10, 0xAA, 0, 0, 0x22, 1, 2, 3, 0xE0, 9, 0, 0];
        assert_eq!(elements(0xBEDE, &data), [(1, &[0xAA][..]), (2, &[1, 2, 3]), (14, &[9])]);
    }

    #[test]
    fn elements_of_two_byte_headers_are_read_past_padding() {
        let data = [1, 1, 0xAA, 0, 200, 0, 0, 3, 2, 7, 8, 0];
        for profile in [0x1000, 0x100F] {
            let expected = [(1, &[0xAA][..]), (200, &[]), (3, &[7, 8])];
            assert_eq!(elements(profile, &data), expected);
        }
    }

    #[test]
    fn reserved_numbers_end_the_elements() {
        assert_eq!(elements(0xBEDE, &[0x10, 1, 0xF0, 2, 0x20, 3]), [(1, &[1][..])]);
        assert_eq!(elements(0xBEDE, &[0x10, 1, 0x03, 2, 0x20, 3]), [(1, &[1][..])]);
    }

    #[test]
    fn an_element_cut_off_ends_them_too() {
        assert_eq!(elements(0xBEDE, &[0x10, 1, 0x2F, 3]), [(1, &[1][..])]);
        assert_eq!(elements(0x1000, &[1, 1, 1, 2, 9, 3]), [(1, &[1][..])]);
        assert_eq!(elements(0x1000, &[1, 1, 1, 2]), [(1, &[1][..])]);
    }

    #[test]
    fn other_extensions_have_no_elements() {
        assert_eq!(elements(0x2000, &[0x10, 1, 0, 0]), []);
        assert_eq!(Elements::new(None).next(), None);
    }

    #[test]
    fn an_element_is_found_by_its_number() {
        let data = [0x10, 0xAA, 0x30, 0xBB];
        let extension = Some(Extension { profile: 0xBEDE, data: &data });
        assert_eq!(Elements::new(extension).get(3), Some(&[0xBB][..]));
        assert_eq!(Elements::new(extension).get(2), None);
    }

    proptest! {
        #[test]
        fn any_bytes_are_safe(
            profile in prop::sample::select(&[0xBEDE_u16, 0x1000, 0x1003, 7]),
            data in prop::collection::vec(any::<u8>(), 0..100),
        ) {
            let read = elements(profile, &data);
            prop_assert!(read.iter().map(|(_, data)| data.len() + 1).sum::<usize>() <= data.len());
            prop_assert!(read.iter().all(|(id, _)| *id != 0));
        }
    }
}
