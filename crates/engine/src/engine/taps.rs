//! Taps, seen from the control side: a room's sound, for whoever records it.

use super::{Engine, PartTapped, RoomRecord};
use crate::message::Command;
use crate::tap::{Tap, TapFeed, TapSettings};
use crate::{EngineError, RoomId};

impl Engine {
    /// Has a room's sound handed out, until the [`Tap`] is dropped or the room is closed. It costs the media world one
    /// copy of a frame a tick, and one more for each voice if these are wanted.
    ///
    /// The mix comes from the part of the room that was there first, which stays open as long; voices come from
    /// all parts, also from those that are opened later.
    ///
    /// # Errors
    /// [`UnknownRoom`](EngineError::UnknownRoom), [`RoomTapped`](EngineError::RoomTapped) and
    /// [`WorkerBusy`](EngineError::WorkerBusy).
    pub fn tap_room(&mut self, room: RoomId, settings: TapSettings) -> Result<Tap, EngineError> {
        let record = self.rooms.get_mut(&room).ok_or(EngineError::UnknownRoom(room))?;
        if record.parts.iter().any(|part| part.tap != PartTapped::No) {
            return Err(EngineError::RoomTapped(room));
        }
        let Some(home) = record.parts.first() else { return Err(EngineError::UnknownRoom(room)) };
        let home = home.worker;
        let (tap, feed) = Tap::new(settings);
        record.tap = Some(feed);
        let workers: Vec<usize> = record.parts.iter().map(|part| part.worker).collect();
        if !self.tap_on(room, home, true) {
            self.forget_feed(room);
            return Err(EngineError::WorkerBusy(home));
        }
        for worker in workers.into_iter().filter(|&worker| worker != home) {
            if !self.tap_on(room, worker, false) && settings.voices {
                // The home's tap ends with the reader's end, which is dropped here.
                self.forget_feed(room);
                return Err(EngineError::WorkerBusy(worker));
            }
        }
        Ok(tap)
    }

    /// Taps a part that was opened just now, if its room is tapped. Should its worker be too busy for that, its voices
    /// are missing by themselves, and are in the mix all the same.
    pub(super) fn tap_part(&mut self, room: RoomId, worker: usize) {
        self.tap_on(room, worker, false);
    }

    /// A worker has given a tap back: nobody reads it any more.
    pub(super) fn tap_ended(&mut self, worker: usize, slot: u32) {
        let has_part = |record: &RoomRecord| {
            record.parts.iter().any(|part| (part.worker, part.slot) == (worker, slot))
        };
        let Some((&room, record)) = self.rooms.iter_mut().find(|(_, record)| has_part(record))
        else {
            return;
        };
        for part in record.parts.iter_mut().filter(|part| part.worker == worker) {
            part.tap = PartTapped::No;
        }
        if record.parts.iter().all(|part| part.tap == PartTapped::No) {
            record.tap = None;
        }
        self.close_unused_part(room, worker);
    }

    /// Taps a room's part on a worker; false if there is nothing to be had from it.
    fn tap_on(&mut self, room: RoomId, worker: usize, is_home: bool) -> bool {
        let Some(record) = self.rooms.get_mut(&room) else { return false };
        let Some(part) = record.parts.iter_mut().find(|part| part.worker == worker) else {
            return false;
        };
        let Some(end) = record.tap.as_ref().and_then(|feed: &TapFeed| feed.open_part(is_home))
        else {
            return false;
        };
        let sent = self.workers[worker].link.lend_tap(Command::Tap(part.slot, end)).is_ok();
        if sent {
            part.tap = if is_home { PartTapped::Home } else { PartTapped::Voices };
        }
        sent
    }

    fn forget_feed(&mut self, room: RoomId) {
        if let Some(record) = self.rooms.get_mut(&room) {
            record.tap = None;
        }
    }
}
