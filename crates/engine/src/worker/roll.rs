//! Some of a room's legs, in no order: who they are, and whether somebody is one of them, without looking for it.

use mixer::SlotId;

/// Stands nowhere among them.
const NOWHERE: u32 = u32::MAX;

/// Legs, by what they are called in the mixer's room.
pub(crate) struct Roll {
    /// The place of the leg in the worker's tables, and what it is called.
    members: Vec<(u32, SlotId)>,
    /// By the member's place in the mixer's room: where it stands among the members.
    places: Box<[u32]>,
}

impl Roll {
    /// For a room of so many.
    pub(crate) fn new(members_max: usize) -> Self {
        Self {
            members: Vec::with_capacity(members_max),
            places: vec![NOWHERE; members_max].into_boxed_slice(),
        }
    }

    /// Those who are on it.
    pub(crate) fn members(&self) -> &[(u32, SlotId)] {
        &self.members
    }

    /// Puts a leg on it, if it isn't.
    pub(crate) fn add(&mut self, leg: u32, id: SlotId) {
        if let Some(place) = self.places.get_mut(id.index()).filter(|place| **place == NOWHERE) {
            *place = self.members.len() as u32;
            self.members.push((leg, id));
        }
    }

    /// Takes a leg off it, if it is on it.
    pub(crate) fn remove(&mut self, id: SlotId) {
        let Some(place) = self.places.get_mut(id.index()) else { return };
        let index = *place as usize;
        if self.members.get(index).is_none_or(|(_, other)| *other != id) {
            return;
        }
        *place = NOWHERE;
        self.members.swap_remove(index);
        if let Some((_, moved)) = self.members.get(index)
            && let Some(place) = self.places.get_mut(moved.index())
        {
            *place = index as u32;
        }
    }
}
