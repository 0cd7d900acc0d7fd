//! A room on its worker: the mixer's room, and which leg each of its members is.

use mixer::{Room, RoomSettings, SlotId};

use super::cascade::Cascade;

/// No leg.
const NOBODY: u32 = u32::MAX;

/// A room and its legs.
pub(crate) struct WorkerRoom {
    slot: u32,
    phase: usize,
    pub(crate) mixer: Room,
    /// The other parts of a room that spans workers.
    pub(crate) cascade: Cascade,
    /// Places of the legs in the room.
    legs: Vec<u32>,
    /// By the member's place in the mixer's room: the place of its leg.
    leg_of_member: Box<[u32]>,
}

impl WorkerRoom {
    pub(crate) fn new(slot: u32, settings: RoomSettings) -> Self {
        let members_max = settings.members_max;
        Self {
            slot,
            phase: 0,
            mixer: Room::new(settings),
            cascade: Cascade::default(),
            legs: Vec::with_capacity(members_max),
            leg_of_member: vec![NOBODY; members_max].into_boxed_slice(),
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

    pub(crate) fn legs(&self) -> &[u32] {
        &self.legs
    }

    /// Notes that `leg` has become the member `seat`, in its place if it was another before.
    pub(crate) fn seat(&mut self, leg: u32, seat: SlotId) {
        if let Some(place) = self.leg_of_member.get_mut(seat.index()) {
            *place = leg;
        }
        if !self.legs.contains(&leg) {
            self.legs.push(leg);
        }
    }

    /// Notes that `leg` has left.
    pub(crate) fn leave(&mut self, leg: u32) {
        if let Some(index) = self.legs.iter().position(|&other| other == leg) {
            self.legs.swap_remove(index);
        }
    }

    /// The leg that is, or was last, the member `seat`.
    pub(crate) fn leg_of(&self, seat: SlotId) -> Option<u32> {
        self.leg_of_member.get(seat.index()).copied().filter(|&leg| leg != NOBODY)
    }
}
