//! A worker that is busy takes nobody who is new, and says so before anybody suffers.

use std::time::Duration;

use audio::codec::CodecKind;
use engine::{Engine, EngineError, EngineSettings, LegId, RoomId, Worker};
use mixer::RoomSettings;

use crate::support::{Phone, ROOM, settings};

/// Turns come every 5 ms.
const TURN: Duration = Duration::from_millis(5);

/// A worker whose work takes as much time as the test says.
struct Busy {
    worker: Worker,
    used: Duration,
}

impl Busy {
    fn new(worker: Worker) -> Self {
        Self { worker, used: Duration::ZERO }
    }

    /// Works for so many seconds, for a share of each turn.
    fn work(&mut self, seconds: u32, share: f32) {
        for _ in 0..seconds * 200 {
            let started = self.worker.next_due();
            self.worker.tick(started);
            let worked = TURN.mul_f32(share);
            self.used += worked;
            self.worker.note_work(started, started + worked, self.used);
        }
    }
}

fn engine(workers: usize) -> (Engine, Vec<Busy>) {
    let settings = EngineSettings { workers, ..settings() };
    let (mut engine, workers) = Engine::manual(settings, Duration::from_secs(1_000)).unwrap();
    let room = RoomSettings { members_max: 64, ..RoomSettings::default() };
    engine.open_room(ROOM, room).unwrap();
    (engine, workers.into_iter().map(Busy::new).collect())
}

fn reserve(engine: &mut Engine, leg: u64) -> Result<(), EngineError> {
    engine.reserve(LegId(leg), ROOM, None).map(drop)
}

#[test]
fn an_overloaded_worker_refuses_until_its_load_has_sunk_for_good() {
    let (mut engine, mut workers) = engine(1);
    let busy = &mut workers[0];
    let mut phone = Phone::new(CodecKind::Pcma, 440.0);
    phone.server = engine.reserve(LegId(1), ROOM, None).unwrap();
    engine.attach(LegId(1), phone.settings()).unwrap();
    busy.work(5, 0.5);
    reserve(&mut engine, 2).unwrap();
    busy.work(5, 0.9);
    assert!(engine.is_overloaded());
    assert!(matches!(reserve(&mut engine, 3), Err(EngineError::Overloaded)));
    let refused = engine.reserve_browser(LegId(3), ROOM);
    assert!(matches!(refused, Err(EngineError::Overloaded)));
    engine.reserve_browser_again(LegId(3), ROOM).unwrap();
    engine.update(LegId(1), phone.settings()).unwrap();
    engine.attach(LegId(2), Phone::new(CodecKind::Pcma, 440.0).settings()).unwrap();
    busy.work(5, 0.79);
    assert!(matches!(reserve(&mut engine, 4), Err(EngineError::Overloaded)), "it sank a little");
    busy.work(5, 0.6);
    reserve(&mut engine, 4).unwrap();
    assert!(!engine.is_overloaded());
}

#[test]
fn a_burst_is_stopped_before_it_can_be_felt() {
    let settings = EngineSettings { legs_per_worker_max: 4_096, ..settings() };
    let (mut engine, mut workers) = Engine::manual(settings, Duration::from_secs(1_000)).unwrap();
    let room = RoomSettings { members_max: 4_096, ..RoomSettings::default() };
    engine.open_room(ROOM, room).unwrap();
    let mut busy = Busy::new(workers.remove(0));
    busy.work(5, 0.4);
    let browser = |engine: &mut Engine, leg| engine.reserve_browser(LegId(leg), ROOM);
    let mut taken = 0;
    while let Ok(_) | Err(EngineError::WorkerBusy(_)) = browser(&mut engine, taken) {
        // The ring is emptied, but no time passes in which the load could be measured.
        busy.worker.tick(busy.worker.next_due());
        taken += 1;
        assert!(taken < 4_096, "a burst was let in whole");
    }
    assert!(engine.is_overloaded());
    assert!((40..100).contains(&taken), "at the cost of a leg that is known: {taken}");
}

#[test]
fn a_room_on_a_busy_worker_grows_on_another() {
    let (mut engine, mut workers) = engine(2);
    reserve(&mut engine, 1).unwrap();
    workers[0].work(5, 0.9);
    workers[1].work(5, 0.3);
    assert!(!engine.is_overloaded());
    reserve(&mut engine, 2).unwrap();
    workers.iter_mut().for_each(|busy| busy.work(1, 0.9));
    let rooms: Vec<u64> = engine.worker_stats().iter().map(|worker| worker.counts.rooms).collect();
    assert_eq!(rooms, [1, 1], "it has a part on each");
    workers[1].work(5, 0.9);
    assert!(matches!(reserve(&mut engine, 3), Err(EngineError::Overloaded)));
    workers[0].work(5, 0.4);
    reserve(&mut engine, 3).unwrap();
}

#[test]
fn new_rooms_go_where_there_is_least_to_do() {
    let (mut engine, mut workers) = engine(2);
    workers[0].work(5, 0.2);
    workers[1].work(5, 0.6);
    for room in 2..6 {
        engine.open_room(RoomId(room), RoomSettings::default()).unwrap();
    }
    workers.iter_mut().for_each(|busy| busy.work(1, 0.1));
    let rooms: Vec<u64> = engine.worker_stats().iter().map(|worker| worker.counts.rooms).collect();
    assert_eq!(rooms, [5, 0]);
}

#[test]
fn how_long_turns_take_is_known_of_each_worker() {
    let (engine, mut workers) = engine(2);
    workers[0].work(11, 0.3);
    workers[1].work(11, 0.01);
    let stats = engine.worker_stats();
    let times = [&stats[0].tick_times, &stats[1].tick_times];
    assert_eq!(times[0].max, TURN.mul_f32(0.3));
    assert_eq!(times[1].p99, TURN.mul_f32(0.01));
    assert_eq!(times[0].buckets.iter().sum::<u64>(), 11 * 200);
    assert!((stats[0].load - 0.3).abs() < 0.02 && stats[1].load < 0.02);
}
