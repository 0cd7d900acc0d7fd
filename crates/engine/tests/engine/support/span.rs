//! An engine of several workers in virtual time, each ticked by hand, and a room that spans them.

use std::time::Duration;

use audio::codec::CodecKind;
use engine::{Engine, EngineEvent, EngineSettings, LegId, RoomId, Worker};
use mixer::RoomSettings;

use super::{Participant, Phone, ROOM, settings};

/// The time between turns.
const TURN: Duration = Duration::from_millis(5);

/// Long enough for all to be heard by all.
pub const SETTLED: usize = 40;

/// The note of each phone: they are told apart over 200 ms.
pub fn note(index: usize) -> f64 {
    400.0 + 100.0 * index as f64
}

pub fn phones(codecs: &[CodecKind]) -> Vec<Phone> {
    let codecs = codecs.iter().enumerate();
    codecs.map(|(index, &codec)| Phone::new(codec, note(index))).collect()
}

/// Brings all in, as the legs from 1 on.
pub fn join_all(span: &mut Span, phones: &mut [Phone]) {
    (1..).zip(phones).for_each(|(leg, phone)| span.join(leg, phone));
}

/// Whose notes a phone hears.
pub fn heard_by(phone: &Phone, phones: &[Phone]) -> Vec<usize> {
    (0..phones.len()).filter(|&index| phone.share_of(note(index)) > 0.05).collect()
}

/// Workers, of which each has so few places that a room soon needs several.
pub struct Span {
    pub engine: Engine,
    pub workers: Vec<Worker>,
    pub events: Vec<EngineEvent>,
    /// Which workers get no time at the moment.
    pub stalled: Vec<bool>,
    now: Duration,
}

impl Span {
    pub fn new(workers: usize, legs_per_worker_max: usize) -> Self {
        Self::with(workers, legs_per_worker_max, RoomSettings::default())
    }

    pub fn with(workers: usize, legs_per_worker_max: usize, room: RoomSettings) -> Self {
        let limits =
            EngineSettings { workers, legs_per_worker_max, rooms_per_worker_max: 16, ..settings() };
        let now = Duration::from_secs(1_000);
        let (mut engine, list) = Engine::manual(limits, now).unwrap();
        engine.open_room(ROOM, RoomSettings { members_max: 64, ..room }).unwrap();
        Self { engine, workers: list, events: Vec::new(), stalled: vec![false; workers], now }
    }

    /// Has the second worker give its next room a turn so many sub-ticks after the first's.
    pub fn shift(&mut self, sub_ticks: u64) {
        // Rooms go to the second and to the first by turns; those of the first are closed again.
        for room in 0..2 * sub_ticks {
            self.engine.open_room(RoomId(100 + room), RoomSettings::default()).unwrap();
        }
        for room in (1..2 * sub_ticks).step_by(2) {
            self.engine.close_room(RoomId(100 + room)).unwrap();
        }
    }

    pub fn join(&mut self, leg: u64, phone: &mut Phone) {
        phone.server = self.engine.reserve(LegId(leg), ROOM, Some(phone.address())).unwrap();
        self.engine.attach(LegId(leg), phone.settings()).unwrap();
    }

    /// Lets one tick of 20 ms pass, with each worker's turns worked by `work`.
    pub fn tick_by(&mut self, phones: &mut [Phone], mut work: impl FnMut(&mut Worker, Duration)) {
        phones.iter_mut().for_each(Participant::speak);
        for _ in 0..4 {
            for (worker, _) in
                self.workers.iter_mut().zip(&self.stalled).filter(|(_, stalled)| !**stalled)
            {
                work(worker, self.now);
            }
            self.now += TURN;
        }
        self.poll();
        phones.iter_mut().for_each(Participant::listen);
    }

    pub fn ticks(&mut self, count: usize, phones: &mut [Phone]) {
        (0..count).for_each(|_| self.tick_by(phones, Worker::tick));
    }

    pub fn poll(&mut self) {
        while let Some(event) = self.engine.poll_event() {
            self.events.push(event);
        }
    }

    /// How many parts rooms have.
    pub fn parts(&self) -> u64 {
        self.engine.stats().counts.rooms
    }
}
