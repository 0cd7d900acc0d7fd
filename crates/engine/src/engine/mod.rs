//! The control side's handle: one owner, no waiting, no async.

mod events;
mod legs;
mod phones;
mod rooms;

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use crate::clock::monotonic;
use crate::link::{Link, link};
use crate::ports::Ports;
use crate::thread::Threads;
use crate::worker::Worker;
use crate::{
    Counts, EngineError, EngineEvent, EngineSettings, EngineStats, LegId, LegSettings, RoomId,
};

/// The media world, seen from the control world.
///
/// Every method returns at once. A worker acts on a command within one sub-tick (5 ms); what it
/// has to tell is fetched by [`poll_event`](Self::poll_event), which should be called every 10 ms
/// or so and which also sends what a full ring had no place for.
pub struct Engine {
    settings: EngineSettings,
    ports: Ports,
    workers: Vec<WorkerRecord>,
    rooms: HashMap<RoomId, RoomRecord>,
    legs: HashMap<LegId, LegRecord>,
    /// Events that the control side makes itself: the end of reservations.
    own_events: VecDeque<EngineEvent>,
    threads: Threads,
}

/// What is known of a worker.
struct WorkerRecord {
    link: Link,
    skipped_told: u64,
    told_at: Duration,
}

/// What is known of an open room.
struct RoomRecord {
    worker: usize,
    slot: u32,
    members_max: usize,
    /// Legs reserved, attached and leaving.
    legs: usize,
}

/// What is known of a leg.
struct LegRecord {
    room: RoomId,
    worker: usize,
    room_slot: u32,
    slot: u32,
    port: u16,
    stage: Stage,
    has_started: bool,
}

/// How far a leg has come.
enum Stage {
    Reserved,
    Attached(Box<LegSettings>),
    Leaving,
}

impl Engine {
    /// Starts the workers. Their threads ask for a core each and, if so set, for real-time
    /// scheduling; without the right to either they run all the same.
    ///
    /// # Errors
    /// [`EngineError::Setting`] and [`EngineError::Start`].
    pub fn start(settings: EngineSettings) -> Result<Self, EngineError> {
        let realtime = settings.realtime;
        let (mut engine, workers) = Self::manual(settings, monotonic())?;
        engine.threads = Threads::spawn(workers, realtime).map_err(EngineError::Start)?;
        Ok(engine)
    }

    /// An engine whose workers are run by the caller: call [`Worker::tick`] with a time that begins
    /// at `start` and advances by the caller's will. For tests, benches and other schedulers.
    ///
    /// # Errors
    /// [`EngineError::Setting`] and [`EngineError::Start`].
    pub fn manual(
        settings: EngineSettings,
        start: Duration,
    ) -> Result<(Self, Vec<Worker>), EngineError> {
        settings.validate()?;
        let mut records = Vec::new();
        let mut workers = Vec::new();
        for _ in 0..settings.workers {
            let (link, end) = link(&settings);
            records.push(WorkerRecord { link, skipped_told: 0, told_at: start });
            workers.push(Worker::new(&settings, end, start).map_err(EngineError::Start)?);
        }
        let engine = Self {
            ports: Ports::new(settings.port_range, settings.legs_per_port_max),
            workers: records,
            rooms: HashMap::new(),
            legs: HashMap::new(),
            own_events: VecDeque::new(),
            threads: Threads::default(),
            settings,
        };
        Ok((engine, workers))
    }

    /// Figures for metrics.
    #[must_use]
    pub fn stats(&self) -> EngineStats {
        let mut counts = Counts::default();
        for worker in &self.workers {
            worker.link.counts.add_to(&mut counts);
        }
        EngineStats {
            counts,
            workers: self.workers.len(),
            ports: self.ports.len(),
            legs: self.legs.len(),
        }
    }

    /// Stops the workers, which say BYE to every leg, and frees everything. Waits for them, which
    /// takes a few milliseconds. Dropping the engine does the same.
    pub fn shutdown(mut self) {
        self.threads.stop();
    }
}
