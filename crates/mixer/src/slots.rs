//! The table of who is in the room.

use crate::member::Member;

/// Names a member for as long as it is in the room. The id of one that left names nobody, even
/// when its place is taken by another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SlotId {
    index: u32,
    generation: u32,
}

impl SlotId {
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

/// A table of fixed length. Members are boxed by who made them, and only moved here.
pub(crate) struct Slots {
    slots: Vec<Slot>,
    /// Places that nobody has; the last is taken first.
    free: Vec<u32>,
    /// Places that somebody has, in no particular order: what a tick goes through.
    taken: Vec<u32>,
}

struct Slot {
    generation: u32,
    member: Option<Box<Member>>,
}

impl Slots {
    pub(crate) fn new(members_max: usize) -> Self {
        let indexes = u32::try_from(members_max).unwrap_or(u32::MAX);
        Self {
            slots: (0..indexes).map(|_| Slot { generation: 0, member: None }).collect(),
            free: (0..indexes).rev().collect(),
            taken: Vec::with_capacity(members_max),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.taken.len()
    }

    /// Puts a member in a free place, or gives it back if there is none.
    pub(crate) fn insert(&mut self, member: Box<Member>) -> Result<SlotId, Box<Member>> {
        let Some(index) = self.free.pop() else { return Err(member) };
        let slot = &mut self.slots[index as usize];
        slot.member = Some(member);
        self.taken.push(index);
        Ok(SlotId { index, generation: slot.generation })
    }

    pub(crate) fn remove(&mut self, id: SlotId) -> Option<Box<Member>> {
        let slot = self.slots.get_mut(id.index())?;
        if slot.generation != id.generation {
            return None;
        }
        let member = slot.member.take()?;
        slot.generation = slot.generation.wrapping_add(1);
        self.taken.retain(|&index| index != id.index);
        self.free.push(id.index);
        Some(member)
    }

    pub(crate) fn get(&self, id: SlotId) -> Option<&Member> {
        let slot = self.slots.get(id.index())?;
        slot.member.as_deref().filter(|_| slot.generation == id.generation)
    }

    pub(crate) fn get_mut(&mut self, id: SlotId) -> Option<&mut Member> {
        let slot = self.slots.get_mut(id.index())?;
        slot.member.as_deref_mut().filter(|_| slot.generation == id.generation)
    }

    /// Everybody.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (SlotId, &Member)> {
        self.taken.iter().filter_map(|&index| {
            let slot = &self.slots[index as usize];
            let id = SlotId { index, generation: slot.generation };
            slot.member.as_deref().map(|member| (id, member))
        })
    }

    /// Calls `visit` with everybody.
    pub(crate) fn for_each(&mut self, mut visit: impl FnMut(SlotId, &mut Member)) {
        for &index in &self.taken {
            let slot = &mut self.slots[index as usize];
            let id = SlotId { index, generation: slot.generation };
            if let Some(member) = slot.member.as_deref_mut() {
                visit(id, member);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use audio::codec::{CodecKind, EncoderSettings};

    fn member() -> Box<Member> {
        Box::new(Member::new(CodecKind::Pcmu, EncoderSettings::default()).unwrap())
    }

    #[test]
    fn a_full_table_gives_the_member_back() {
        let mut slots = Slots::new(1);
        slots.insert(member()).unwrap();
        assert!(slots.insert(member()).is_err());
        assert_eq!(slots.len(), 1);
    }

    #[test]
    fn the_id_of_one_that_left_names_nobody() {
        let mut slots = Slots::new(2);
        let first = slots.insert(member()).unwrap();
        assert!(slots.remove(first).is_some());
        let second = slots.insert(member()).unwrap();
        assert_eq!(first.index(), second.index());
        assert!(slots.get(first).is_none() && slots.get_mut(first).is_none());
        assert!(slots.remove(first).is_none());
        assert!(slots.get(second).is_some());
        assert_eq!(slots.iter().map(|(id, _)| id).collect::<Vec<_>>(), [second]);
    }

    #[test]
    fn foreign_ids_name_nobody() {
        assert!(Slots::new(2).get(SlotId::for_test(7)).is_none());
    }
}
