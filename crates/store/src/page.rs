//! Long lists, a page at a time.

/// Which part of a list is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    offset: u32,
    limit: u32,
}

/// Entries on a page at most.
pub const PAGE_ENTRIES_MAX: u32 = 100;

/// A part of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing<T> {
    /// The entries.
    pub entries: Vec<T>,
    /// Where the next page begins, unless this is the last.
    pub next_offset: Option<u32>,
}

impl Page {
    /// The entries from `offset` (0 is the first), `limit` of them; no fewer than 1 and no more
    /// than [`PAGE_ENTRIES_MAX`].
    #[must_use]
    pub fn new(offset: u32, limit: u32) -> Self {
        Self { offset, limit: limit.clamp(1, PAGE_ENTRIES_MAX) }
    }

    pub(crate) fn offset(self) -> i64 {
        self.offset.into()
    }

    /// One more than is shown, to learn whether there is a next page.
    pub(crate) fn limit_to_fetch(self) -> i64 {
        i64::from(self.limit) + 1
    }

    pub(crate) fn listing<T>(self, mut fetched: Vec<T>) -> Listing<T> {
        let more = fetched.len() > self.limit as usize;
        fetched.truncate(self.limit as usize);
        let next_offset = if more { self.offset.checked_add(self.limit) } else { None };
        Listing { entries: fetched, next_offset }
    }
}

impl Default for Page {
    /// The first page, as long as may be.
    fn default() -> Self {
        Self::new(0, PAGE_ENTRIES_MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_have_limits() {
        assert_eq!(Page::new(0, 0), Page::new(0, 1));
        assert_eq!(Page::new(0, u32::MAX), Page::new(0, PAGE_ENTRIES_MAX));
    }

    #[test]
    fn a_listing_knows_whether_it_goes_on() {
        let page = Page::new(4, 2);
        assert_eq!(page.listing(vec!['a', 'b', 'c']).next_offset, Some(6));
        assert_eq!(page.listing(vec!['a', 'b']).next_offset, None);
        assert_eq!(page.listing(vec!['a', 'b', 'c']).entries, ['a', 'b']);
        assert_eq!(Page::new(u32::MAX, 1).listing(vec!['a', 'b']).next_offset, None);
    }
}
