//! The parts of a room: one on each worker that it needs, each linked to all the others.
//!
//! A room begins as one part. When no worker that has a part of it takes another leg, for its load
//! or for its number of legs, a part is opened on one that does. A part that has no leg any more is
//! closed, unless it is the only one. Nobody outside sees any of it.

use mixer::RoomSettings;

use super::admission::Newness;
use super::{Engine, PartRecord, PartTapped, RoomRecord};
use crate::message::Command;
use crate::worker::cascade::{Cascade, CascadeLink};
use crate::worker::room::WorkerRoom;
use crate::{EngineError, LegId, RoomId};

impl Engine {
    /// The worker of a leg that is to join `room`, and the place there of the room's part.
    pub(super) fn place_in(
        &mut self,
        leg: LegId,
        room: RoomId,
        newness: Newness,
    ) -> Result<(usize, u32), EngineError> {
        if self.legs.contains_key(&leg) {
            return Err(EngineError::LegExists(leg));
        }
        let record = self.rooms.get(&room).ok_or(EngineError::UnknownRoom(room))?;
        if record.legs >= record.settings.members_max {
            return Err(EngineError::LegsFull(room));
        }
        let mut parts: Vec<(usize, u32)> =
            record.parts.iter().map(|part| (part.worker, part.slot)).collect();
        parts.retain(|&(worker, _)| self.has_place(worker));
        let others: Vec<usize> = self.workers_without(room);
        if let Some(worker) = self.least_loaded(parts.iter().map(|&(worker, _)| worker), newness)
            && let Some(&place) = parts.iter().find(|&&(other, _)| other == worker)
        {
            return Ok(place);
        }
        match self.least_loaded(others.iter().copied(), newness) {
            Some(worker) => self.open_part(room, worker).map(|slot| (worker, slot)),
            None if parts.is_empty() && others.is_empty() => Err(EngineError::LegsFull(room)),
            // All that have a place are too busy.
            None => Err(EngineError::Overloaded),
        }
    }

    /// The least loaded of some workers with a place that takes a leg.
    fn least_loaded(
        &mut self,
        workers: impl Iterator<Item = usize>,
        newness: Newness,
    ) -> Option<usize> {
        let takes = |worker: &usize| newness == Newness::Again || self.workers[*worker].admits();
        let willing: Vec<usize> = workers.filter(takes).collect();
        willing.into_iter().min_by_key(|&worker| self.workers[worker].burden())
    }

    /// The workers without a part of a room that have places for one and for a leg of it.
    fn workers_without(&self, room: RoomId) -> Vec<usize> {
        let parts = self.rooms.get(&room).map_or(&[][..], |record| &record.parts);
        let has_part = |worker| parts.iter().any(|part| part.worker == worker);
        let has_places =
            |worker| self.has_place(worker) && self.has_place_for_part(worker, parts.len());
        (0..self.workers.len()).filter(|&worker| !has_part(worker) && has_places(worker)).collect()
    }

    fn has_place(&self, worker: usize) -> bool {
        self.workers[worker].link.legs.available() > 0
    }

    /// Whether a worker may have a part more that is linked to so many others.
    pub(super) fn has_place_for_part(&self, worker: usize, others: usize) -> bool {
        let link = &self.workers[worker].link;
        link.rooms.available() > 0 && link.has_links(others)
    }

    /// Opens a part of a room on a worker, and links it with the others; gives its place there.
    pub(super) fn open_part(&mut self, room: RoomId, worker: usize) -> Result<u32, EngineError> {
        let record = self.rooms.get(&room).ok_or(EngineError::UnknownRoom(room))?;
        let mut cascade = Cascade::new(self.workers.len() - 1);
        let mut far_ends = Vec::with_capacity(record.parts.len());
        for part in &record.parts {
            if !self.workers[part.worker].link.has_links(1) {
                return Err(EngineError::LegsFull(room));
            }
            let voices_max = 2 * record.settings.speakers_max.clamp(1, mixer::SPEAKERS_MAX);
            let (number, other) = (number_of(worker), number_of(part.worker));
            let (near, far) = CascadeLink::pair(number, other, voices_max);
            // The cascade was made for a link to every worker.
            let _ = cascade.add(near);
            far_ends.push((part.worker, part.slot, far));
        }
        let settings = record.settings;
        let slot = self.send_part(worker, settings, cascade)?;
        for (other, other_slot, far) in far_ends {
            let link = &mut self.workers[other].link;
            link.lend_links(1);
            link.insist(Command::Link(other_slot, far));
        }
        if let Some(record) = self.rooms.get_mut(&room) {
            record.parts.push(PartRecord::new(worker, slot));
        }
        self.tap_part(room, worker);
        self.play_in_part(room, worker, slot);
        Ok(slot)
    }

    /// Builds a part of a room and moves it into a worker; gives its place there.
    pub(super) fn send_part(
        &mut self,
        worker: usize,
        settings: RoomSettings,
        cascade: Cascade,
    ) -> Result<u32, EngineError> {
        let members_max = settings.members_max.min(self.settings.legs_per_worker_max);
        let settings = RoomSettings { members_max, part: number_of(worker), ..settings };
        let link = &mut self.workers[worker].link;
        let slot = link.rooms.take().ok_or(EngineError::RoomsFull)?;
        let links = cascade.len();
        let mut part = WorkerRoom::new(slot, settings);
        part.cascade = cascade;
        if link.send(Command::OpenRoom(Box::new(part))).is_err() {
            link.rooms.give_back(slot);
            return Err(EngineError::WorkerBusy(worker));
        }
        link.lend_links(links);
        Ok(slot)
    }

    /// Takes a leg from the counts of its room and part.
    pub(super) fn leave_part(&mut self, room: RoomId, worker: usize, slot: u32) {
        let Some(record) = self.rooms.get_mut(&room) else { return };
        // Another room may have taken the name; its place is free only after all legs came back.
        let is_of_leg = |part: &PartRecord| (part.worker, part.slot) == (worker, slot);
        let Some(index) = record.parts.iter().position(is_of_leg) else { return };
        record.legs = record.legs.saturating_sub(1);
        let part = &mut record.parts[index];
        part.legs = part.legs.saturating_sub(1);
        self.close_unused_part(room, worker);
    }

    /// Closes a room's part on a worker if it has no leg, and is neither the only one nor the one whose mix is tapped.
    pub(super) fn close_unused_part(&mut self, room: RoomId, worker: usize) {
        let Some(record) = self.rooms.get_mut(&room).filter(|room| room.parts.len() > 1) else {
            return;
        };
        let is_unused = |part: &PartRecord| {
            part.worker == worker && part.legs == 0 && part.tap != PartTapped::Home
        };
        let Some(index) = record.parts.iter().position(is_unused) else { return };
        let PartRecord { slot, .. } = record.parts.swap_remove(index);
        for other in &record.parts {
            let link = &mut self.workers[other.worker].link;
            link.insist(Command::Unlink(other.slot, number_of(worker)));
        }
        self.workers[worker].link.insist(Command::CloseRoom(slot));
    }

    /// Closes all parts of a room.
    pub(super) fn close_parts(&mut self, record: &RoomRecord) {
        for part in &record.parts {
            self.workers[part.worker].link.insist(Command::CloseRoom(part.slot));
        }
    }
}

/// The number of a room's part on a worker: there is one of it at most.
fn number_of(worker: usize) -> u16 {
    u16::try_from(worker).unwrap_or(u16::MAX)
}
