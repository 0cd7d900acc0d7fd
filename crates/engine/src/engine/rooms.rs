//! Rooms, seen from the control side.

use audio::tone::Tone;
use mixer::RoomSettings;

use super::{Engine, LegRecord, RoomRecord, Stage};
use crate::message::Command;
use crate::worker::room::WorkerRoom;
use crate::{EngineError, LegId, RoomId};

impl Engine {
    /// Opens a room on the worker that has the least to do.
    ///
    /// # Errors
    /// [`RoomExists`](EngineError::RoomExists), [`RoomsFull`](EngineError::RoomsFull) and
    /// [`WorkerBusy`](EngineError::WorkerBusy).
    pub fn open_room(&mut self, room: RoomId, settings: RoomSettings) -> Result<(), EngineError> {
        if self.rooms.contains_key(&room) {
            return Err(EngineError::RoomExists(room));
        }
        let worker = (0..self.workers.len())
            .filter(|&worker| self.workers[worker].link.rooms.available() > 0)
            .min_by_key(|&worker| self.workers[worker].burden())
            .ok_or(EngineError::RoomsFull)?;
        let link = &mut self.workers[worker].link;
        let slot = link.rooms.take().ok_or(EngineError::RoomsFull)?;
        let members_max = settings.members_max;
        if link.send(Command::OpenRoom(Box::new(WorkerRoom::new(slot, settings)))).is_err() {
            link.rooms.give_back(slot);
            return Err(EngineError::WorkerBusy(worker));
        }
        self.rooms.insert(room, RoomRecord { worker, slot, members_max, legs: 0 });
        Ok(())
    }

    /// Closes a room. Its legs leave, each with its [`Left`](crate::EngineEvent::Left).
    ///
    /// # Errors
    /// [`UnknownRoom`](EngineError::UnknownRoom).
    pub fn close_room(&mut self, room: RoomId) -> Result<(), EngineError> {
        let record = self.rooms.remove(&room).ok_or(EngineError::UnknownRoom(room))?;
        let members: Vec<LegId> =
            self.legs.iter().filter(|(_, leg)| leg.room == room).map(|(&id, _)| id).collect();
        for leg in members {
            match self.legs.get_mut(&leg) {
                // It is leaving, with all that are in the room.
                Some(LegRecord { stage: stage @ Stage::Attached(_), .. }) => {
                    *stage = Stage::Leaving
                }
                // Reserved ones aren't in there yet.
                _ => drop(self.detach(leg)),
            }
        }
        self.workers[record.worker].link.insist(Command::CloseRoom(record.slot));
        Ok(())
    }

    /// Sounds a tone to everybody in a room.
    ///
    /// # Errors
    /// [`UnknownRoom`](EngineError::UnknownRoom) and [`WorkerBusy`](EngineError::WorkerBusy).
    pub fn announce(&mut self, room: RoomId, tone: Tone) -> Result<(), EngineError> {
        let record = self.rooms.get(&room).ok_or(EngineError::UnknownRoom(room))?;
        let link = &mut self.workers[record.worker].link;
        link.send(Command::Announce(record.slot, tone))
            .map_err(|_| EngineError::WorkerBusy(record.worker))
    }
}
