//! The control side's handle: one owner, no waiting, no async.

mod admission;
mod broadcasts;
mod browsers;
mod events;
mod legs;
mod moves;
mod parts;
mod phones;
mod rooms;
mod taps;

use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use std::time::Duration;

use audio::clip::Clip;
use audio::codec::EncoderSettings;
use mixer::RoomSettings;
use udp::Socket;

use crate::clock::monotonic;
use crate::link::{Link, link};
use crate::ports::Ports;
use crate::sizes::Sizes;
use crate::tap::TapFeed;
use crate::thread::Threads;
use crate::worker::Worker;
use crate::worker::browsers::Browsers;
use crate::{
    Counts, EngineError, EngineEvent, EngineSettings, EngineStats, LegId, LegSettings, RoomId,
    WorkerStats,
};

use admission::Gate;
pub use browsers::BrowserPlace;

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
    /// By worker: where it serves browsers.
    browser_addresses: Vec<Vec<SocketAddr>>,
    /// Events that the control side makes itself: the end of reservations.
    own_events: VecDeque<EngineEvent>,
    threads: Threads,
}

/// What is known of a worker.
struct WorkerRecord {
    link: Link,
    skipped_told: u64,
    told_at: Duration,
    gate: Gate,
}

/// What is known of an open room.
struct RoomRecord {
    settings: RoomSettings,
    /// Where it is: on one worker, or a part on each of several.
    parts: Vec<PartRecord>,
    /// Legs reserved, attached and leaving.
    legs: usize,
    /// What is played to all who wait in it.
    music: Option<Clip>,
    /// Where its sound goes, while it is tapped.
    tap: Option<TapFeed>,
}

/// What is known of a room's part.
struct PartRecord {
    worker: usize,
    slot: u32,
    /// Legs reserved, attached and leaving.
    legs: usize,
    /// How it is tapped.
    tap: PartTapped,
}

/// How a part of a room is tapped.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum PartTapped {
    /// It is not.
    #[default]
    No,
    /// For its voices.
    Voices,
    /// For the mix of the whole room, and perhaps its voices: it stays open, whoever is in it.
    Home,
}

impl PartRecord {
    fn new(worker: usize, slot: u32) -> Self {
        Self { worker, slot, legs: 0, tap: PartTapped::No }
    }
}

/// What is known of a leg.
struct LegRecord {
    room: RoomId,
    worker: usize,
    room_slot: u32,
    slot: u32,
    line: Line,
    stage: Stage,
    has_started: bool,
}

/// By what a leg's peer is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Line {
    /// By a port that it may share with other phones.
    Phone { port: u16 },
    /// By the port of all browsers.
    Browser,
}

/// How far a leg has come.
enum Stage {
    Reserved,
    Attached(Negotiated),
    Leaving,
}

/// What is remembered of what was negotiated for a leg.
enum Negotiated {
    Phone(Box<LegSettings>),
    Browser { takes_digits: bool, encoder: EncoderSettings },
}

impl Engine {
    /// Starts the workers. Their threads ask for a core each and, if so set, for real-time
    /// scheduling; without the right to either they run all the same.
    ///
    /// # Errors
    /// [`EngineError::Setting`], [`EngineError::Socket`] (the browsers' port) and
    /// [`EngineError::Start`].
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
    /// [`EngineError::Setting`], [`EngineError::Socket`] (the browsers' port) and
    /// [`EngineError::Start`].
    pub fn manual(
        settings: EngineSettings,
        start: Duration,
    ) -> Result<(Self, Vec<Worker>), EngineError> {
        settings.validate()?;
        let mut records = Vec::new();
        let mut workers = Vec::new();
        let mut browser_addresses = Vec::new();
        for number in 0..settings.workers {
            let (link, end) = link(&settings);
            let gate = Gate::new(settings.load_max);
            records.push(WorkerRecord { link, skipped_told: 0, told_at: start, gate });
            let sockets = browsers::bind(&settings, number)?;
            browser_addresses.push(sockets.iter().map(Socket::local_addr).collect());
            let browsers = Browsers::new(number as u8, sockets, Sizes::new(&settings));
            workers.push(Worker::new(&settings, end, browsers, start).map_err(EngineError::Start)?);
        }
        let engine = Self {
            ports: Ports::new(settings.port_range, settings.legs_per_port_max),
            workers: records,
            rooms: HashMap::new(),
            legs: HashMap::new(),
            browser_addresses,
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
            worker.link.figures.counts.add_to(&mut counts);
        }
        EngineStats {
            counts,
            workers: self.workers.len(),
            ports: self.ports.len(),
            legs: self.legs.len(),
        }
    }

    /// Figures of each worker, for metrics.
    #[must_use]
    pub fn worker_stats(&self) -> Vec<WorkerStats> {
        self.workers.iter().map(WorkerRecord::stats).collect()
    }

    /// Stops the workers, which say BYE to every leg, and frees everything. Waits for them, which
    /// takes a few milliseconds. Dropping the engine does the same.
    pub fn shutdown(mut self) {
        self.threads.stop();
    }
}

impl LegRecord {
    /// A leg that has its place and nothing else yet.
    fn new(room: RoomId, worker: usize, room_slot: u32, slot: u32, line: Line) -> Self {
        let stage = Stage::Reserved;
        Self { room, worker, room_slot, slot, line, stage, has_started: false }
    }

    /// An error if the leg, named `leg`, has come further than its reservation.
    fn is_reserved(&self, leg: LegId) -> Result<(), EngineError> {
        match self.stage {
            Stage::Reserved => Ok(()),
            Stage::Attached(_) => Err(EngineError::Attached(leg)),
            Stage::Leaving => Err(EngineError::UnknownLeg(leg)),
        }
    }
}
