//! Rooms, seen from the control side.

use audio::tone::Tone;
use mixer::RoomSettings;

use super::{Engine, LegRecord, PartRecord, RoomRecord, Stage};
use crate::message::Command;
use crate::worker::cascade::Cascade;
use crate::{EngineError, LegId, RoomId};

impl Engine {
    /// Opens a room on the worker that has the least to do. When it outgrows that one, it spans others.
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
        self.open_room_on(worker, room, settings)
    }

    /// Opens a room on the worker that has `other`, or its first part: between the two legs are
    /// [moved](Self::move_leg), and so none has to span workers for that.
    ///
    /// # Errors
    /// Those of [`open_room`](Self::open_room), and [`UnknownRoom`](EngineError::UnknownRoom).
    pub fn open_room_beside(
        &mut self,
        room: RoomId,
        other: RoomId,
        settings: RoomSettings,
    ) -> Result<(), EngineError> {
        if self.rooms.contains_key(&room) {
            return Err(EngineError::RoomExists(room));
        }
        let beside = self.rooms.get(&other).and_then(|record| record.parts.first());
        let worker = beside.ok_or(EngineError::UnknownRoom(other))?.worker;
        self.open_room_on(worker, room, settings)
    }

    fn open_room_on(
        &mut self,
        worker: usize,
        room: RoomId,
        settings: RoomSettings,
    ) -> Result<(), EngineError> {
        let slot = self.send_part(worker, settings, Cascade::new(self.workers.len() - 1))?;
        let parts = vec![PartRecord::new(worker, slot)];
        self.rooms.insert(room, RoomRecord { settings, parts, legs: 0, music: None, tap: None });
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
        self.close_parts(&record);
        Ok(())
    }

    /// Sounds a tone to everybody in a room. With [`WorkerBusy`](EngineError::WorkerBusy), those whom
    /// that worker serves don't hear it.
    ///
    /// # Errors
    /// [`UnknownRoom`](EngineError::UnknownRoom) and [`WorkerBusy`](EngineError::WorkerBusy).
    pub fn announce(&mut self, room: RoomId, tone: Tone) -> Result<(), EngineError> {
        self.in_each_part(room, |slot| Command::Announce(slot, tone))
    }
}
