//! The name of a member of a room.

/// Names a member for as long as it is in the room. The id of one that left names nobody, even
/// when its place is taken by another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SlotId {
    pub(crate) index: u32,
    pub(crate) generation: u32,
}

impl SlotId {
    /// No member of any room.
    pub(crate) const NOBODY: SlotId = SlotId { index: u32::MAX, generation: 0 };

    /// The place in the room, below its `members_max`: for tables of the caller's that run in
    /// parallel.
    pub const fn index(self) -> usize {
        self.index as usize
    }

    #[cfg(test)]
    pub(crate) const fn for_test(index: u32) -> Self {
        Self { index, generation: 0 }
    }
}
