//! Legs on their way from one room to another.

use super::{Engine, Stage};
use crate::message::Command;
use crate::worker::leg::LegMove;
use crate::{EngineError, LegId, RoomId};

impl Engine {
    /// Takes a leg to another room: its peer notices nothing but other voices. It stays on its worker, where a
    /// part of that room is opened if need be. What it is in there, muted or not, is said anew, so that it is not
    /// heard for a moment by chance. A leg that is only reserved will join the other room.
    ///
    /// # Errors
    /// [`UnknownLeg`](EngineError::UnknownLeg), [`UnknownRoom`](EngineError::UnknownRoom),
    /// [`LegsFull`](EngineError::LegsFull), [`RoomsFull`](EngineError::RoomsFull),
    /// [`Codec`](EngineError::Codec) and [`WorkerBusy`](EngineError::WorkerBusy). The leg stays where it
    /// was then.
    pub fn move_leg(&mut self, leg: LegId, to: RoomId, muted: bool) -> Result<(), EngineError> {
        let record = self.legs.get(&leg).ok_or(EngineError::UnknownLeg(leg))?;
        let (from, worker, from_slot) = (record.room, record.worker, record.room_slot);
        if from == to {
            return self.set_muted_if_attached(leg, muted);
        }
        if self.workers[worker].link.is_full() {
            return Err(EngineError::WorkerBusy(worker));
        }
        let to_slot = self.part_on(to, worker)?;
        if let Err(error) = self.send_move(leg, to_slot, muted) {
            self.close_unused_part(to, worker);
            return Err(error);
        }
        if let Some(record) = self.legs.get_mut(&leg) {
            (record.room, record.room_slot) = (to, to_slot);
        }
        self.enter_part(to, worker);
        self.leave_part(from, worker, from_slot);
        Ok(())
    }

    /// Tells the worker, if that has the leg already.
    fn send_move(&mut self, leg: LegId, to_slot: u32, muted: bool) -> Result<(), EngineError> {
        let record = self.legs.get(&leg).ok_or(EngineError::UnknownLeg(leg))?;
        let negotiated = match &record.stage {
            Stage::Reserved => return Ok(()),
            Stage::Attached(negotiated) => negotiated,
            Stage::Leaving => return Err(EngineError::UnknownLeg(leg)),
        };
        let (codec, encoder) = negotiated.encoding();
        let step = LegMove::new(to_slot, muted, codec, encoder)?;
        let link = &mut self.workers[record.worker].link;
        link.send(Command::Move(record.slot, Box::new(step)))
            .map_err(|_| EngineError::WorkerBusy(record.worker))
    }

    fn set_muted_if_attached(&mut self, leg: LegId, muted: bool) -> Result<(), EngineError> {
        match self.set_muted(leg, muted) {
            Err(EngineError::NotAttached(_)) => Ok(()),
            told => told,
        }
    }

    /// The place of a room's part on a worker, which is opened if need be.
    fn part_on(&mut self, room: RoomId, worker: usize) -> Result<u32, EngineError> {
        let record = self.rooms.get(&room).ok_or(EngineError::UnknownRoom(room))?;
        if record.legs >= record.settings.members_max {
            return Err(EngineError::LegsFull(room));
        }
        match record.parts.iter().find(|part| part.worker == worker) {
            Some(part) => Ok(part.slot),
            None if self.has_place_for_part(worker, record.parts.len()) => {
                self.open_part(room, worker)
            }
            None => Err(EngineError::RoomsFull),
        }
    }

    /// Adds a leg to the counts of a room and of its part on a worker.
    pub(super) fn enter_part(&mut self, room: RoomId, worker: usize) {
        let Some(room) = self.rooms.get_mut(&room) else { return };
        room.legs += 1;
        let mut parts = room.parts.iter_mut();
        if let Some(part) = parts.find(|part| part.worker == worker) {
            part.legs += 1;
        }
    }
}
