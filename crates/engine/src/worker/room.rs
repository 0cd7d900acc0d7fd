//! A room on its worker: the mixer's room, and which leg each of its members is.

use mixer::{Room, RoomSettings, SlotId};

use super::cascade::Cascade;
use crate::tap::PartTap;

/// No leg.
const NOBODY: u32 = u32::MAX;

/// A room and its legs.
pub(crate) struct WorkerRoom {
    slot: u32,
    phase: usize,
    pub(crate) mixer: Room,
    /// The other parts of a room that spans workers.
    pub(crate) cascade: Cascade,
    /// Where what it is mixed to is handed out.
    pub(crate) tap: Option<Box<PartTap>>,
    /// Those in the room: the place of the leg, and what it is called in the mixer's room.
    seated: Vec<(u32, SlotId)>,
    /// By the member's place in the mixer's room: the leg that it is or was last, and where that
    /// stands among the seated.
    seats: Box<[Seat]>,
}

#[derive(Debug, Clone, Copy)]
struct Seat {
    leg: u32,
    index: u32,
}

impl WorkerRoom {
    pub(crate) fn new(slot: u32, settings: RoomSettings) -> Self {
        let members_max = settings.members_max;
        Self {
            slot,
            phase: 0,
            mixer: Room::new(settings),
            cascade: Cascade::default(),
            tap: None,
            seated: Vec::with_capacity(members_max),
            seats: vec![Seat { leg: NOBODY, index: 0 }; members_max].into_boxed_slice(),
        }
    }

    pub(crate) fn slot(&self) -> u32 {
        self.slot
    }

    /// In which of a tick's sub-ticks the room has its turn.
    pub(crate) fn phase(&self) -> usize {
        self.phase
    }

    pub(crate) fn set_phase(&mut self, phase: usize) {
        self.phase = phase;
    }

    /// Those in the room.
    pub(crate) fn seated(&self) -> &[(u32, SlotId)] {
        &self.seated
    }

    /// Notes that `leg` has become the member `id`.
    pub(crate) fn seat(&mut self, leg: u32, id: SlotId) {
        if let Some(seat) = self.seats.get_mut(id.index()) {
            *seat = Seat { leg, index: self.seated.len() as u32 };
            self.seated.push((leg, id));
        }
    }

    /// Notes that the member `id` has left.
    pub(crate) fn leave(&mut self, id: SlotId) {
        let Some(seat) = self.seats.get(id.index()) else { return };
        let index = seat.index as usize;
        if self.seated.get(index).is_none_or(|(_, other)| *other != id) {
            return;
        }
        self.seated.swap_remove(index);
        if let Some((_, moved)) = self.seated.get(index)
            && let Some(seat) = self.seats.get_mut(moved.index())
        {
            seat.index = index as u32;
        }
    }

    /// The leg that is, or was last, the member `id`.
    pub(crate) fn leg_of(&self, id: SlotId) -> Option<u32> {
        self.seats.get(id.index()).map(|seat| seat.leg).filter(|&leg| leg != NOBODY)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use audio::codec::{CodecKind, EncoderSettings};
    use mixer::Member;

    #[test]
    fn who_leaves_is_gone_and_the_others_stay() {
        let mut room =
            WorkerRoom::new(0, RoomSettings { members_max: 4, ..RoomSettings::default() });
        let join = |room: &mut WorkerRoom, leg| {
            let member = Member::new(CodecKind::Pcmu, EncoderSettings::default()).unwrap();
            let id = room.mixer.join(Box::new(member)).unwrap();
            room.seat(leg, id);
            id
        };
        let ids: Vec<SlotId> = (10..14).map(|leg| join(&mut room, leg)).collect();
        for gone in [0, 3] {
            room.mixer.leave(ids[gone]);
            room.leave(ids[gone]);
            room.leave(ids[gone]);
        }
        let mut legs: Vec<u32> = room.seated().iter().map(|(leg, _)| *leg).collect();
        legs.sort_unstable();
        assert_eq!(legs, [11, 12]);
        assert_eq!(room.leg_of(ids[0]), Some(10), "it is told of its end yet");
        let again = join(&mut room, 20);
        assert_eq!(room.leg_of(again), Some(20));
        room.leave(ids[3]);
        assert_eq!(room.seated().len(), 3, "the place is another's by now");
    }
}
