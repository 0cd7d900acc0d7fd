//! The table of who is in the room.

use crate::seat::Seat;
use crate::slot_id::SlotId;

/// A table that grows up to a fixed length. Its memory is reserved when it is made, and the part of
/// it that nobody has needed yet is not touched.
pub(crate) struct Slots {
    slots: Vec<Slot>,
    slots_max: usize,
    /// The place that was left last: the first of a chain of free ones.
    free: Option<u32>,
    len: usize,
}

struct Slot {
    generation: u32,
    place: Place,
}

enum Place {
    Taken(Seat),
    /// Free, and which is the next free one.
    Free(Option<u32>),
}

impl Slots {
    pub(crate) fn new(slots_max: usize) -> Self {
        let slots_max = slots_max.min(u32::MAX as usize);
        Self { slots: Vec::with_capacity(slots_max), slots_max, free: None, len: 0 }
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    pub(crate) fn is_full(&self) -> bool {
        self.len >= self.slots_max
    }

    /// Puts a seat in a free place; nothing if there is none.
    pub(crate) fn insert(&mut self, seat: Seat) -> Option<SlotId> {
        if self.is_full() {
            return None;
        }
        let index = match self.free {
            Some(index) => index,
            None => {
                self.slots.push(Slot { generation: 0, place: Place::Free(None) });
                (self.slots.len() - 1) as u32
            }
        };
        let slot = &mut self.slots[index as usize];
        if let Place::Free(next) = std::mem::replace(&mut slot.place, Place::Taken(seat)) {
            self.free = next;
        }
        self.len += 1;
        Some(SlotId { index, generation: slot.generation })
    }

    pub(crate) fn remove(&mut self, id: SlotId) -> Option<Seat> {
        let slot = self.slots.get_mut(id.index())?;
        if slot.generation != id.generation || matches!(slot.place, Place::Free(_)) {
            return None;
        }
        let place = std::mem::replace(&mut slot.place, Place::Free(self.free));
        let Place::Taken(seat) = place else { return None };
        slot.generation = slot.generation.wrapping_add(1);
        self.free = Some(id.index);
        self.len -= 1;
        Some(seat)
    }

    pub(crate) fn get(&self, id: SlotId) -> Option<&Seat> {
        match self.slots.get(id.index())? {
            Slot { generation, place: Place::Taken(seat) } if *generation == id.generation => {
                Some(seat)
            }
            _ => None,
        }
    }

    pub(crate) fn get_mut(&mut self, id: SlotId) -> Option<&mut Seat> {
        match self.slots.get_mut(id.index())? {
            Slot { generation, place: Place::Taken(seat) } if *generation == id.generation => {
                Some(seat)
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Member, shared::Shared};
    use audio::codec::{CodecKind, EncoderSettings};

    fn seat() -> Seat {
        let member = Member::new(CodecKind::Pcmu, EncoderSettings::default()).unwrap();
        Seat::new(Box::new(member), &mut Shared::new(8), 0)
    }

    #[test]
    fn a_full_table_takes_nobody() {
        let mut slots = Slots::new(1);
        assert!(slots.insert(seat()).is_some() && slots.is_full());
        assert!(slots.insert(seat()).is_none());
        assert_eq!(slots.len(), 1);
    }

    #[test]
    fn the_id_of_one_that_left_names_nobody() {
        let mut slots = Slots::new(2);
        let first = slots.insert(seat()).unwrap();
        assert!(slots.remove(first).is_some());
        let second = slots.insert(seat()).unwrap();
        assert_eq!(first.index(), second.index());
        assert!(slots.get(first).is_none() && slots.get_mut(first).is_none());
        assert!(slots.remove(first).is_none());
        assert!(slots.get(second).is_some());
    }

    #[test]
    fn places_that_were_left_are_taken_again() {
        let mut slots = Slots::new(5);
        let ids: Vec<_> = (0..5).map(|_| slots.insert(seat()).unwrap()).collect();
        for &id in &ids[1..4] {
            slots.remove(id).unwrap();
        }
        let mut places: Vec<_> = (0..3).map(|_| slots.insert(seat()).unwrap().index()).collect();
        places.sort_unstable();
        assert_eq!(places, [1, 2, 3]);
        assert!(slots.is_full() && slots.insert(seat()).is_none());
    }

    #[test]
    fn foreign_ids_name_nobody() {
        assert!(Slots::new(2).get(SlotId::for_test(7)).is_none());
    }

    #[test]
    fn a_slot_is_little_more_than_a_cache_line() {
        assert!(size_of::<Slot>() <= 72, "{}", size_of::<Slot>());
    }
}
