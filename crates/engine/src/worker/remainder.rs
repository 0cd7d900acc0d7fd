//! What is left to be sent of a room that is too large for one burst.

/// The rest of a room that is sent out in parts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Remainder {
    pub(super) room: u32,
    /// The tick that was mixed.
    pub(super) tick: u64,
    pub(super) part: usize,
    pub(super) parts: usize,
}

impl Remainder {
    /// Whether it is of this room.
    pub(crate) fn is_of(&self, room: u32) -> bool {
        self.room == room
    }
}
