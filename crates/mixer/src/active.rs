//! Those whom a tick has work with: they speak, are played to, or hear a stream of their own.

use crate::{seat::Seat, slot_id::SlotId, slots::Slots};

/// A list that members enter and leave in constant time.
pub(crate) struct Active {
    ids: Vec<SlotId>,
}

impl Active {
    /// For a room of so many, each of whom may be in it.
    pub(crate) fn new(members_max: usize) -> Self {
        Self { ids: Vec::with_capacity(members_max) }
    }

    pub(crate) const fn len(&self) -> usize {
        self.ids.len()
    }

    pub(crate) fn ids(&self) -> &[SlotId] {
        &self.ids
    }

    /// Takes one in, whose seat this is.
    pub(crate) fn add(&mut self, id: SlotId, seat: &mut Seat) {
        if seat.active_at.is_none() {
            seat.active_at = Some(self.ids.len() as u32);
            self.ids.push(id);
        }
    }

    /// Lets one go, whose seat this is; it may be out of the table already.
    pub(crate) fn remove(&mut self, seat: &mut Seat, slots: &mut Slots) {
        let Some(place) = seat.active_at.take() else { return };
        self.ids.swap_remove(place as usize);
        self.note_place(place as usize, slots);
    }

    /// Lets all go who have become passive.
    pub(crate) fn retain_active(&mut self, slots: &mut Slots) {
        let mut place = 0;
        while let Some(&id) = self.ids.get(place) {
            match slots.get_mut(id) {
                Some(seat) if seat.is_active() => place += 1,
                seat => {
                    if let Some(seat) = seat {
                        seat.active_at = None;
                    }
                    self.ids.swap_remove(place);
                    self.note_place(place, slots);
                }
            }
        }
    }

    /// Another has come to stand at a place.
    fn note_place(&self, place: usize, slots: &mut Slots) {
        if let Some(seat) = self.ids.get(place).and_then(|&id| slots.get_mut(id)) {
            seat.active_at = Some(place as u32);
        }
    }
}
