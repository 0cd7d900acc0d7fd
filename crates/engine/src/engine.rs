//! The control side's handle: one owner, no waiting, no async.

use std::collections::{HashMap, VecDeque};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use audio::tone::Tone;
use mixer::{Playback, RoomSettings};
use udp::{Socket, SocketOptions};

use crate::clock::monotonic;
use crate::digits::Digits;
use crate::link::{Link, link};
use crate::message::{Command, Returned, WorkerEvent};
use crate::ports::{Ports, known};
use crate::thread::Threads;
use crate::worker::Worker;
use crate::worker::leg::{Leg, LegUpdate, Place};
use crate::worker::port::Port;
use crate::worker::room::WorkerRoom;
use crate::{
    Counts, EngineError, EngineEvent, EngineSettings, EngineStats, LegId, LegSettings, LegStats,
    RoomId,
};

/// Ports tried for one leg before the range counts as full: others may hold ports of it.
const BIND_ATTEMPTS_MAX: usize = 128;

/// How often a worker that falls behind is told of.
const LATE_EVENT_PERIOD: Duration = Duration::from_secs(1);

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

    /// Opens a room on the worker that has the fewest legs.
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
            .max_by_key(|&worker| {
                let link = &self.workers[worker].link;
                (link.legs.available(), link.rooms.available(), std::cmp::Reverse(worker))
            })
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

    /// Closes a room. Its legs leave, each with its [`Left`](EngineEvent::Left).
    ///
    /// # Errors
    /// [`UnknownRoom`](EngineError::UnknownRoom).
    pub fn close_room(&mut self, room: RoomId) -> Result<(), EngineError> {
        let record = self.rooms.remove(&room).ok_or(EngineError::UnknownRoom(room))?;
        let members: Vec<LegId> =
            self.legs.iter().filter(|(_, leg)| leg.room == room).map(|(&id, _)| id).collect();
        for leg in members {
            if let Some(LegRecord { stage: Stage::Reserved, .. }) = self.legs.get(&leg) {
                self.cancel_reservation(leg);
            } else if let Some(leg) = self.legs.get_mut(&leg) {
                leg.stage = Stage::Leaving;
            }
        }
        self.workers[record.worker].link.insist(Command::CloseRoom(record.slot));
        Ok(())
    }

    /// Finds a port for a leg that is to join `room`, and returns the address to tell its peer.
    /// `remote` is where the peer wants its RTP, if it is known: such legs may share a port.
    ///
    /// # Errors
    /// [`LegExists`](EngineError::LegExists), [`UnknownRoom`](EngineError::UnknownRoom),
    /// [`LegsFull`](EngineError::LegsFull), [`PortsFull`](EngineError::PortsFull),
    /// [`Socket`](EngineError::Socket) and [`WorkerBusy`](EngineError::WorkerBusy).
    pub fn reserve(
        &mut self,
        leg: LegId,
        room: RoomId,
        remote: Option<SocketAddr>,
    ) -> Result<SocketAddr, EngineError> {
        if self.legs.contains_key(&leg) {
            return Err(EngineError::LegExists(leg));
        }
        let record = self.rooms.get(&room).ok_or(EngineError::UnknownRoom(room))?;
        let (worker, room_slot) = (record.worker, record.slot);
        if record.legs >= record.members_max || self.workers[worker].link.legs.available() == 0 {
            return Err(EngineError::LegsFull(room));
        }
        let remote = remote.and_then(known);
        let shared = remote.and_then(|remote| self.ports.shareable(worker, remote, monotonic()));
        let port = match shared {
            Some(port) => port,
            None => self.open_port(worker)?,
        };
        let slot = self.workers[worker].link.legs.take().ok_or(EngineError::LegsFull(room))?;
        self.ports.join(port, leg, remote);
        if let Some(record) = self.rooms.get_mut(&room) {
            record.legs += 1;
        }
        let stage = Stage::Reserved;
        let record = LegRecord { room, worker, room_slot, slot, port, stage, has_started: false };
        self.legs.insert(leg, record);
        Ok(SocketAddr::new(self.settings.advertised_ip, port))
    }

    /// Builds what a reserved leg needs and moves it into its room.
    ///
    /// # Errors
    /// [`UnknownLeg`](EngineError::UnknownLeg), [`Attached`](EngineError::Attached),
    /// [`Setting`](EngineError::Setting), [`Codec`](EngineError::Codec),
    /// [`RemoteInUse`](EngineError::RemoteInUse) and [`WorkerBusy`](EngineError::WorkerBusy). The
    /// leg stays reserved then.
    pub fn attach(&mut self, leg: LegId, settings: LegSettings) -> Result<(), EngineError> {
        settings.validate()?;
        let record = self.legs.get_mut(&leg).ok_or(EngineError::UnknownLeg(leg))?;
        match record.stage {
            Stage::Reserved => {}
            Stage::Attached(_) => return Err(EngineError::Attached(leg)),
            Stage::Leaving => return Err(EngineError::UnknownLeg(leg)),
        }
        let link = &mut self.workers[record.worker].link;
        if link.is_full() {
            return Err(EngineError::WorkerBusy(record.worker));
        }
        let port = self.ports.slot(record.port).ok_or(EngineError::UnknownLeg(leg))?;
        let place = Place { leg: record.slot, room: record.room_slot, port };
        let object = Leg::new(leg, place, &settings, &self.settings)?;
        if !self.ports.signal(record.port, leg, settings.remote_rtp) {
            return Err(EngineError::RemoteInUse(leg));
        }
        link.send(Command::Attach(Box::new(object)))
            .map_err(|_| EngineError::WorkerBusy(record.worker))?;
        record.stage = Stage::Attached(Box::new(settings));
        Ok(())
    }

    /// Changes an attached leg after a re-INVITE: its peer's address, hold and resume, payload
    /// types, even its codec. It stays in its room and keeps its port.
    ///
    /// # Errors
    /// Those of [`attach`](Self::attach), and [`NotAttached`](EngineError::NotAttached). The leg
    /// stays as it was then.
    pub fn update(&mut self, leg: LegId, settings: LegSettings) -> Result<(), EngineError> {
        settings.validate()?;
        let record = self.legs.get_mut(&leg).ok_or(EngineError::UnknownLeg(leg))?;
        let current = match &mut record.stage {
            Stage::Attached(current) => current,
            Stage::Reserved => return Err(EngineError::NotAttached(leg)),
            Stage::Leaving => return Err(EngineError::UnknownLeg(leg)),
        };
        let link = &mut self.workers[record.worker].link;
        if link.is_full() {
            return Err(EngineError::WorkerBusy(record.worker));
        }
        let update = LegUpdate::new(current, &settings, &self.settings)?;
        if !self.ports.signal(record.port, leg, settings.remote_rtp) {
            return Err(EngineError::RemoteInUse(leg));
        }
        link.send(Command::Update(record.slot, Box::new(update)))
            .map_err(|_| EngineError::WorkerBusy(record.worker))?;
        **current = settings;
        Ok(())
    }

    /// Takes a leg out of its room, or cancels its reservation. [`Left`](EngineEvent::Left) comes
    /// once it is freed. A full ring doesn't stop this: the command is sent by a later poll then.
    ///
    /// # Errors
    /// [`UnknownLeg`](EngineError::UnknownLeg), also when it is leaving already.
    pub fn detach(&mut self, leg: LegId) -> Result<(), EngineError> {
        let record = self.legs.get_mut(&leg).ok_or(EngineError::UnknownLeg(leg))?;
        match record.stage {
            Stage::Reserved => self.cancel_reservation(leg),
            Stage::Leaving => return Err(EngineError::UnknownLeg(leg)),
            Stage::Attached(_) => {
                record.stage = Stage::Leaving;
                self.workers[record.worker].link.insist(Command::Detach(record.slot));
            }
        }
        Ok(())
    }

    /// Mutes a leg for the room, or ends that. Its digits are heard all the same.
    ///
    /// # Errors
    /// [`UnknownLeg`](EngineError::UnknownLeg), [`NotAttached`](EngineError::NotAttached) and
    /// [`WorkerBusy`](EngineError::WorkerBusy).
    pub fn set_muted(&mut self, leg: LegId, muted: bool) -> Result<(), EngineError> {
        self.tell(leg, |slot| Command::SetMuted(slot, muted))
    }

    /// Plays something to one leg only. [`PlaybackEnded`](EngineEvent::PlaybackEnded) follows.
    ///
    /// # Errors
    /// Those of [`set_muted`](Self::set_muted).
    pub fn play(&mut self, leg: LegId, playback: Playback) -> Result<(), EngineError> {
        self.tell(leg, |slot| Command::Play(slot, playback))
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

    /// Sends digits to a leg's peer by RFC 4733, in place of audio, behind those still being sent.
    ///
    /// # Errors
    /// Those of [`set_muted`](Self::set_muted), [`InvalidDigit`](EngineError::InvalidDigit),
    /// [`TooManyDigits`](EngineError::TooManyDigits) and
    /// [`NoTelephoneEvents`](EngineError::NoTelephoneEvents).
    pub fn send_digits(&mut self, leg: LegId, digits: &str) -> Result<(), EngineError> {
        let digits = Digits::parse(digits)?;
        if let Some(LegRecord { stage: Stage::Attached(settings), .. }) = self.legs.get(&leg)
            && settings.telephone_events.is_none()
        {
            return Err(EngineError::NoTelephoneEvents(leg));
        }
        self.tell(leg, |slot| Command::SendDigits(slot, digits))
    }

    /// The next thing that happened, if any. Frees what the workers have returned.
    pub fn poll_event(&mut self) -> Option<EngineEvent> {
        for worker in 0..self.workers.len() {
            self.workers[worker].link.flush();
            while let Some(event) = self.workers[worker].link.event() {
                if let Some(event) = self.translate(event) {
                    return Some(event);
                }
            }
            while let Some(returned) = self.workers[worker].link.returned() {
                if let Some(event) = self.reclaim(worker, returned) {
                    return Some(event);
                }
            }
            if let Some(event) = self.workers[worker].lateness(worker) {
                return Some(event);
            }
        }
        self.own_events.pop_front()
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

    /// Sends a command about an attached leg.
    fn tell(
        &mut self,
        leg: LegId,
        command: impl FnOnce(u32) -> Command,
    ) -> Result<(), EngineError> {
        let record = self.legs.get(&leg).ok_or(EngineError::UnknownLeg(leg))?;
        match record.stage {
            Stage::Attached(_) => {}
            Stage::Reserved => return Err(EngineError::NotAttached(leg)),
            Stage::Leaving => return Err(EngineError::UnknownLeg(leg)),
        }
        let link = &mut self.workers[record.worker].link;
        link.send(command(record.slot)).map_err(|_| EngineError::WorkerBusy(record.worker))
    }

    /// Binds a pair of sockets and moves them into the worker.
    fn open_port(&mut self, worker: usize) -> Result<u16, EngineError> {
        let link = &mut self.workers[worker].link;
        if link.is_full() {
            return Err(EngineError::WorkerBusy(worker));
        }
        let timestamps = self.settings.kernel_timestamps;
        let options = SocketOptions { timestamps, ..SocketOptions::default() };
        for number in self.ports.unused().take(BIND_ATTEMPTS_MAX) {
            let Some((rtp, rtcp)) = bind_pair(self.settings.bind_ip, number, &options)? else {
                continue;
            };
            let slot = link.ports.take().ok_or(EngineError::PortsFull)?;
            let port = Port::new(slot, number, rtp, rtcp, self.settings.legs_per_port_max);
            if link.send(Command::AddPort(Box::new(port))).is_err() {
                link.ports.give_back(slot);
                return Err(EngineError::WorkerBusy(worker));
            }
            self.ports.open(number, worker, slot);
            return Ok(number);
        }
        Err(EngineError::PortsFull)
    }

    /// What a worker's event means to the caller. Events of legs that are gone mean nothing.
    fn translate(&mut self, event: WorkerEvent) -> Option<EngineEvent> {
        let leg = match event {
            WorkerEvent::Latched(leg, _)
            | WorkerEvent::Digit(leg, _)
            | WorkerEvent::SpeakingStarted(leg)
            | WorkerEvent::SpeakingStopped(leg)
            | WorkerEvent::PlaybackEnded(leg)
            | WorkerEvent::MediaTimeout(leg) => leg,
        };
        let record = self.legs.get_mut(&leg)?;
        Some(match event {
            WorkerEvent::Latched(_, source) => {
                self.ports.latch(record.port, leg, source);
                if std::mem::replace(&mut record.has_started, true) {
                    return None;
                }
                EngineEvent::MediaStarted { leg }
            }
            WorkerEvent::Digit(_, digit) => EngineEvent::Digit { leg, digit },
            WorkerEvent::SpeakingStarted(_) => EngineEvent::SpeakingStarted { leg },
            WorkerEvent::SpeakingStopped(_) => EngineEvent::SpeakingStopped { leg },
            WorkerEvent::PlaybackEnded(_) => EngineEvent::PlaybackEnded { leg },
            WorkerEvent::MediaTimeout(_) => EngineEvent::MediaTimeout { leg },
        })
    }

    /// Frees an object that came back, and with it the place that it had.
    fn reclaim(&mut self, worker: usize, returned: Returned) -> Option<EngineEvent> {
        let link = &mut self.workers[worker].link;
        match returned {
            Returned::Leg(object) => {
                let leg = object.id();
                self.forget(leg);
                Some(EngineEvent::Left { leg, stats: object.stats() })
            }
            Returned::Room(seat) => {
                link.rooms.give_back(seat.slot());
                None
            }
            Returned::Port(port) => {
                link.ports.give_back(port.slot());
                self.ports.close(port.number());
                None
            }
            Returned::Update(replaced) => {
                drop(replaced);
                None
            }
            Returned::Playback(replaced) => {
                drop(replaced);
                None
            }
        }
    }

    fn cancel_reservation(&mut self, leg: LegId) {
        self.forget(leg);
        self.own_events.push_back(EngineEvent::Left { leg, stats: LegStats::default() });
    }

    /// Gives back what a leg had: its place, its share of a port, its seat in the room.
    fn forget(&mut self, leg: LegId) {
        let Some(record) = self.legs.remove(&leg) else { return };
        let link = &mut self.workers[record.worker].link;
        link.legs.give_back(record.slot);
        if let Some((worker, slot)) = self.ports.leave(record.port, leg, monotonic()) {
            self.workers[worker].link.insist(Command::RemovePort(slot));
        }
        // Another room may have taken the name; its place is free only after all legs came back.
        let place = (record.worker, record.room_slot);
        if let Some(room) = self.rooms.get_mut(&record.room)
            && (room.worker, room.slot) == place
        {
            room.legs = room.legs.saturating_sub(1);
        }
    }
}

impl WorkerRecord {
    /// An event if the worker has skipped turns since one was last made.
    fn lateness(&mut self, worker: usize) -> Option<EngineEvent> {
        let mut counts = Counts::default();
        self.link.counts.add_to(&mut counts);
        let skipped = counts.sub_ticks_skipped - self.skipped_told;
        if skipped == 0 || monotonic().saturating_sub(self.told_at) < LATE_EVENT_PERIOD {
            return None;
        }
        self.skipped_told = counts.sub_ticks_skipped;
        self.told_at = monotonic();
        Some(EngineEvent::WorkerLate { worker, skipped })
    }
}

/// Sockets for RTP on `port` and RTCP on the one above it; `None` if somebody else has one of them.
fn bind_pair(
    ip: IpAddr,
    port: u16,
    options: &SocketOptions,
) -> Result<Option<(Socket, Socket)>, udp::BindError> {
    let bind = |port| match Socket::bind(SocketAddr::new(ip, port), options) {
        Err(error) if error.is_in_use() => Ok(None),
        result => result.map(Some),
    };
    let Some(rtp) = bind(port)? else { return Ok(None) };
    Ok(bind(port + 1)?.map(|rtcp| (rtp, rtcp)))
}
