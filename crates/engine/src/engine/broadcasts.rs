//! What everybody in a room is to hear.

use audio::clip::Clip;
use mixer::Broadcast;

use super::Engine;
use crate::message::Command;
use crate::{EngineError, RoomId};

impl Engine {
    /// Has everybody in a room hear something once, those who speak as well. With
    /// [`WorkerBusy`](EngineError::WorkerBusy), those whom that worker serves don't hear it.
    ///
    /// # Errors
    /// [`UnknownRoom`](EngineError::UnknownRoom) and [`WorkerBusy`](EngineError::WorkerBusy).
    pub fn broadcast(&mut self, room: RoomId, clip: &Clip) -> Result<(), EngineError> {
        self.in_each_part(room, |slot| {
            Command::Broadcast(slot, Box::new(Broadcast::announcement(clip.clone())))
        })
    }

    /// Has music play in a room, or end. One encode serves all who listen to it. With
    /// [`WorkerBusy`](EngineError::WorkerBusy), that isn't so for those whom that worker serves.
    ///
    /// # Errors
    /// [`UnknownRoom`](EngineError::UnknownRoom) and [`WorkerBusy`](EngineError::WorkerBusy).
    pub fn set_music(&mut self, room: RoomId, music: Option<&Clip>) -> Result<(), EngineError> {
        let record = self.rooms.get_mut(&room).ok_or(EngineError::UnknownRoom(room))?;
        record.music = music.cloned();
        self.in_each_part(room, |slot| match music {
            Some(clip) => Command::Broadcast(slot, Box::new(Broadcast::music(clip.clone()))),
            None => Command::EndMusic(slot),
        })
    }

    /// Has a part that was opened just now play what the others do. If its worker is too busy for that, it is silent.
    pub(super) fn play_in_part(&mut self, room: RoomId, worker: usize, slot: u32) {
        let music = self.rooms.get(&room).and_then(|record| record.music.clone());
        if let Some(clip) = music {
            let broadcast = Box::new(Broadcast::music(clip));
            let _ = self.workers[worker].link.send(Command::Broadcast(slot, broadcast));
        }
    }

    /// Sends a command to each part of a room.
    pub(super) fn in_each_part(
        &mut self,
        room: RoomId,
        command: impl Fn(u32) -> Command,
    ) -> Result<(), EngineError> {
        let record = self.rooms.get(&room).ok_or(EngineError::UnknownRoom(room))?;
        let mut told = Ok(());
        for part in &record.parts {
            if self.workers[part.worker].link.send(command(part.slot)).is_err() {
                told = Err(EngineError::WorkerBusy(part.worker));
            }
        }
        told
    }
}
