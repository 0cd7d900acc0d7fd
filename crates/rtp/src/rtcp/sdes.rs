//! Source descriptions: who the sources are (RFC 3550 section 6.5).

use crate::bytes::Reader;

/// Types of items.
pub mod item {
    /// Ends the items of a chunk.
    pub const END: u8 = 0;
    /// Canonical name: the same for all streams of one party.
    pub const CNAME: u8 = 1;
}

/// A source description: one chunk a source.
#[derive(Clone, Copy, Debug)]
pub struct Sdes<'a> {
    count: u8,
    body: &'a [u8],
}

impl<'a> Sdes<'a> {
    /// Walks over all chunks once, so that those who read it later can't meet a broken one.
    pub(super) fn parse(count: u8, body: &'a [u8]) -> Option<Self> {
        let mut reader = Reader::new(body);
        for _ in 0..count {
            Chunk::read(&mut reader)?;
        }
        Some(Self { count, body })
    }

    /// The chunks in their order.
    #[must_use]
    pub fn chunks(&self) -> Chunks<'a> {
        Chunks { left: self.count, reader: Reader::new(self.body) }
    }

    /// The canonical name of a source, if it is given.
    #[must_use]
    pub fn cname(&self, ssrc: u32) -> Option<&'a [u8]> {
        let chunk = self.chunks().find(|chunk| chunk.ssrc == ssrc)?;
        chunk.items().find(|item| item.kind == item::CNAME).map(|item| item.text)
    }
}

/// Iterates over the chunks of a source description.
#[derive(Clone, Debug)]
pub struct Chunks<'a> {
    left: u8,
    reader: Reader<'a>,
}

impl<'a> Iterator for Chunks<'a> {
    type Item = Chunk<'a>;

    fn next(&mut self) -> Option<Chunk<'a>> {
        self.left = self.left.checked_sub(1)?;
        Chunk::read(&mut self.reader)
    }
}

/// The description of one source.
#[derive(Clone, Copy, Debug)]
pub struct Chunk<'a> {
    /// The source.
    pub ssrc: u32,
    items: &'a [u8],
}

impl<'a> Chunk<'a> {
    fn read(reader: &mut Reader<'a>) -> Option<Self> {
        let ssrc = reader.u32()?;
        let items = reader.rest();
        let mut length = 0_usize;
        loop {
            match reader.u8()? {
                item::END => break,
                _ => {
                    let text = usize::from(reader.u8()?);
                    reader.take(text)?;
                    length = length.saturating_add(2).saturating_add(text);
                }
            }
        }
        // The zero that ends the items is the first of one to four that fill the chunk's last word.
        reader.take(3_usize.saturating_sub(length % 4))?;
        Some(Self { ssrc, items: items.get(..length)? })
    }

    /// The items in their order.
    #[must_use]
    pub fn items(&self) -> Items<'a> {
        Items { reader: Reader::new(self.items) }
    }
}

/// One thing said about a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Item<'a> {
    /// What is said, of the types in [`item`] or others.
    pub kind: u8,
    /// Should be UTF-8, but is whatever the peer sent.
    pub text: &'a [u8],
}

/// Iterates over the items of a chunk.
#[derive(Clone, Debug)]
pub struct Items<'a> {
    reader: Reader<'a>,
}

impl<'a> Iterator for Items<'a> {
    type Item = Item<'a>;

    fn next(&mut self) -> Option<Item<'a>> {
        let kind = self.reader.u8()?;
        let length = self.reader.u8()?;
        Some(Item { kind, text: self.reader.take(usize::from(length))? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_are_cut_at_words() {
        let body = [
            0,
            0,
            0,
            1,
            item::CNAME,
            2,
            b'm',
            b'e',
            item::END,
            0,
            0,
            0, //
            0,
            0,
            0,
            2,
            7,
            1,
            b'x',
            item::END, //
            0,
            0,
            0,
            3,
            item::CNAME,
            3,
            b'y',
            b'o',
            b'u',
            item::END,
            0,
            0,
        ];
        let sdes = Sdes::parse(3, &body).unwrap();
        assert_eq!(sdes.chunks().map(|chunk| chunk.ssrc).collect::<Vec<_>>(), [1, 2, 3]);
        assert_eq!(sdes.cname(1), Some(&b"me"[..]));
        assert_eq!(sdes.cname(2), None);
        assert_eq!(sdes.cname(3), Some(&b"you"[..]));
        assert_eq!(sdes.cname(4), None);
    }

    #[test]
    fn an_item_or_a_chunk_cut_off_is_refused() {
        assert!(Sdes::parse(1, &[0, 0, 0]).is_none());
        assert!(Sdes::parse(1, &[0, 0, 0, 1]).is_none());
        assert!(Sdes::parse(1, &[0, 0, 0, 1, item::CNAME, 9, b'm', b'e']).is_none());
        assert!(Sdes::parse(1, &[0, 0, 0, 1, item::CNAME, 0, 0]).is_none());
        assert!(Sdes::parse(2, &[0, 0, 0, 1, 0, 0, 0, 0]).is_none());
    }

    #[test]
    fn none_is_fine() {
        assert_eq!(Sdes::parse(0, &[]).unwrap().chunks().count(), 0);
    }
}
