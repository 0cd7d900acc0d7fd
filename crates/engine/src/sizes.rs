//! How many there may be of all that the control side and a worker hold.

use crate::EngineSettings;

/// The sizes that both ends of a link agree on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sizes {
    pub(crate) legs: usize,
    pub(crate) rooms: usize,
    /// Each leg may need a port of its own while the ports of legs that left are still coming back.
    pub(crate) ports: usize,
    /// Links between parts of rooms: each room may be a part linked to one on every other worker.
    pub(crate) links: usize,
    /// Commands that lend an object and are answered by exactly one return.
    pub(crate) errands: usize,
}

impl Sizes {
    pub(crate) fn new(settings: &EngineSettings) -> Self {
        Self {
            legs: settings.legs_per_worker_max,
            rooms: settings.rooms_per_worker_max,
            ports: settings.legs_per_worker_max.saturating_mul(2),
            links: settings.rooms_per_worker_max.saturating_mul(settings.workers - 1),
            errands: settings.commands_max,
        }
    }

    /// Taps of rooms: a room is tapped once at a time.
    pub(crate) fn taps(&self) -> usize {
        self.rooms
    }

    /// Halves of whispers: each leg may whisper and be whispered to, and both may begin anew before what was lent for it
    /// is back.
    pub(crate) fn halves(&self) -> usize {
        4 * self.legs
    }

    /// Objects that may be on their way back: also what rooms have no need of, which comes back for a
    /// leg or an update before that itself does.
    pub(crate) fn objects(&self) -> usize {
        2 * (self.legs + self.errands)
            + (self.rooms + self.taps() + self.ports + self.links + self.halves())
    }
}
