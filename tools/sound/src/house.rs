//! A conference in virtual time: the real engine, run by hand, with a real socket for each far end.
//!
//! Nothing waits and nothing is measured by the clock of the machine, so that hours pass in seconds and a run is the
//! same every time. A packet reaches the server's socket right before the sub-tick (5 ms) in which it is read.

use std::net::Ipv4Addr;
use std::time::Duration;

use audio::codec::CodecKind;
use engine::{
    BrowserPort, Counts, Engine, EngineSettings, KernelTimestamps, LegId, RoomId, Worker,
};
use mixer::RoomSettings;
use rtp::packet::Packet;

use crate::Fault;
use crate::far_end::ear::Ear;
use crate::far_end::line::Line;
use crate::far_end::mouth::{Mouth, Spoken};
use crate::far_end::reports::Reports;
use crate::far_end::{Connection, Participant, Return};
use crate::level::gain;
use crate::random::Random;
use crate::weather::Path;

/// The worker's time at which a conference begins: not zero, so that nothing takes it for unset.
const EPOCH: Duration = Duration::from_secs(1_000);

/// Sub-ticks in which a browser's path is checked before it joins.
const SETTLING_SUB_TICKS: usize = 8;

const ROOM: RoomId = RoomId(1);

/// A conference of one room.
pub struct House {
    engine: Engine,
    worker: Worker,
    seats: Vec<Seat>,
    random: Random,
}

/// Somebody's place in it.
struct Seat {
    line: Line,
    codec: CodecKind,
    mouth: Option<Mouth>,
    ear: Ear,
    reports: Reports,
    returns: Option<Return>,
    up: Path<(usize, Vec<u8>)>,
    down: Path<(Duration, Vec<u8>)>,
    packets: Vec<Sent>,
    forgotten: usize,
}

/// A packet that somebody sent.
#[derive(Debug, Clone, Copy)]
pub struct Sent {
    /// What was in it, and when it left.
    pub spoken: Spoken,
    /// When it came to the server, if it did; the first time, if twice.
    pub arrived: Option<Duration>,
}

/// What became of one participant's sound, since this was last asked for.
#[derive(Debug, Clone)]
pub struct Take {
    /// Its codec.
    pub codec: CodecKind,
    /// What it heard, at the codec's rate and without a gap.
    pub heard: Vec<f32>,
    /// When the first sample of that left the server, if anything was ever heard.
    pub began: Option<Duration>,
    /// The packets that it sent.
    pub sent: Vec<Sent>,
}

impl House {
    /// Brings everybody into a room.
    ///
    /// # Errors
    /// Any [`Fault`] of the engine, the codecs or the sockets.
    pub fn open(
        room: RoomSettings,
        participants: &[Participant],
        seed: u64,
    ) -> Result<Self, Fault> {
        let (mut engine, mut workers) = Engine::manual(settings(), EPOCH)?;
        engine.open_room(ROOM, room)?;
        let worker = workers.pop().ok_or(Fault::NoWorker)?;
        let mut house = Self { engine, worker, seats: Vec::new(), random: Random::new(seed) };
        for participant in participants {
            house.join(participant)?;
        }
        Ok(house)
    }

    /// Brings one more into the room. What it says [begins](Participant::begins) by the time of the conference.
    ///
    /// # Errors
    /// Those of [`open`](Self::open).
    pub fn join(&mut self, participant: &Participant) -> Result<(), Fault> {
        let number = self.seats.len() as u32 + 1;
        let leg = LegId(u64::from(number));
        let mut line = Line::reserve(&mut self.engine, leg, ROOM, participant)?;
        if matches!(participant.connection, Connection::Browser { .. }) {
            for _ in 0..SETTLING_SUB_TICKS {
                line.check(self.now())?;
                self.sub_tick()?;
            }
        }
        line.attach(&mut self.engine, leg, participant)?;
        self.seats.push(Seat {
            codec: participant.codec,
            mouth: Mouth::new(participant, number)?,
            ear: Ear::new(participant)?,
            reports: Reports::new(participant, number, self.now()),
            returns: participant.returns,
            up: Path::new(participant.up.clone(), self.random.split()),
            down: Path::new(participant.down.clone(), self.random.split()),
            packets: Vec::new(),
            forgotten: 0,
            line,
        });
        Ok(())
    }

    /// Has the one leave who came last. What it heard stays.
    ///
    /// # Errors
    /// [`Fault::Engine`] if nobody is there.
    pub fn leave(&mut self) -> Result<(), Fault> {
        let leg = LegId(self.seats.len() as u64);
        if let Some(seat) = self.seats.last_mut() {
            seat.mouth = None;
        }
        Ok(self.engine.detach(leg)?)
    }

    /// The time since the conference began.
    #[must_use]
    pub fn now(&self) -> Duration {
        self.worker.next_due().saturating_sub(EPOCH)
    }

    /// Lets time pass.
    ///
    /// # Errors
    /// Any [`Fault`] of the codecs or the sockets.
    pub fn run_for(&mut self, time: Duration) -> Result<(), Fault> {
        let end = self.now() + time;
        while self.now() < end {
            self.sub_tick()?;
        }
        Ok(())
    }

    /// What became of everybody's sound since this was last asked for.
    pub fn take(&mut self) -> Vec<Take> {
        self.seats.iter_mut().map(Seat::take).collect()
    }

    /// The same at the end of the conference: nothing more is waited for.
    ///
    /// # Errors
    /// Any [`Fault`] of the codecs.
    pub fn close(mut self) -> Result<Vec<Take>, Fault> {
        for seat in &mut self.seats {
            seat.ear.finish()?;
        }
        Ok(self.take())
    }

    /// What the engine has counted.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.engine.stats().counts
    }

    fn sub_tick(&mut self) -> Result<(), Fault> {
        let now = self.now();
        for seat in &mut self.seats {
            seat.speak(now)?;
        }
        self.worker.tick(self.worker.next_due());
        // What it tells is not needed here, but would wait in its ring.
        while self.engine.poll_event().is_some() {}
        for seat in &mut self.seats {
            seat.listen(now)?;
        }
        Ok(())
    }
}

impl Seat {
    fn speak(&mut self, now: Duration) -> Result<(), Fault> {
        let Self { line, mouth, ear, reports, returns, up, packets, forgotten, .. } = self;
        line.check(now)?;
        if let Some(report) = reports.write(now)? {
            line.report(&report)?;
        }
        let surroundings = |from: Duration, samples: &mut [f32]| {
            if let Some(Return { after, fainter_db }) = *returns {
                ear.add_to(from.saturating_sub(after), gain(fainter_db, 0.0), samples);
            }
        };
        while let Some((spoken, packet)) =
            mouth.as_mut().map_or(Ok(None), |mouth| mouth.speak(now, surroundings))?
        {
            let number = *forgotten + packets.len();
            packets.push(Sent { spoken, arrived: None });
            if !packet.is_empty() {
                up.send(spoken.sent, (number, packet));
            }
        }
        while let Some((arrived, (number, packet))) = up.receive(now) {
            line.send(&packet)?;
            let sent = number.checked_sub(*forgotten).and_then(|index| packets.get_mut(index));
            if let Some(sent) = sent {
                sent.arrived.get_or_insert(arrived);
            }
        }
        Ok(())
    }

    fn listen(&mut self, now: Duration) -> Result<(), Fault> {
        while let Some(packet) = self.line.receive() {
            self.down.send(now, (now, packet));
        }
        while let Some((came, (left, packet))) = self.down.receive(now) {
            if let Ok(packet) = Packet::parse(&packet) {
                self.reports.note(came, packet.header());
                self.ear.take(left, &packet)?;
            }
        }
        Ok(())
    }

    fn take(&mut self) -> Take {
        let sent = std::mem::take(&mut self.packets);
        self.forgotten += sent.len();
        let (began, heard) = self.ear.drain();
        Take { codec: self.codec, heard, began, sent }
    }
}

fn settings() -> EngineSettings {
    let ip = Ipv4Addr::LOCALHOST.into();
    EngineSettings {
        bind_ip: ip,
        advertised_ip: ip,
        browser: Some(BrowserPort { ips: vec![ip], advertised_ips: vec![], port: 0 }),
        rooms_per_worker_max: 4,
        legs_per_worker_max: 64,
        // As the server has it, unless it is configured otherwise.
        jitter_depth: Duration::from_millis(10),
        kernel_timestamps: KernelTimestamps::Nobody,
        ..EngineSettings::default()
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZero;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::thread;

    use super::*;
    use crate::speech::{Recording, Script};
    use crate::weather::Weather;
    use audio::codec::EncoderSettings;

    /// What somebody hears of another, by an encoder that makes less effort where its worker is busy.
    fn heard() -> Vec<f32> {
        let script = Script::of(&[Recording::Forward], 1);
        let phone = || Participant::phone(CodecKind::Opus);
        let talker = Participant { up: Weather::losing(0.05), ..phone() };
        let listener = Participant { hears: EncoderSettings::MIX, ..phone() };
        let participants = [talker.saying(script.samples.clone()), listener];
        let mut house = House::open(RoomSettings::default(), &participants, 1).unwrap();
        house.run_for(script.lasts()).unwrap();
        house.close().unwrap().pop().unwrap().heard
    }

    #[test]
    fn a_conference_sounds_the_same_however_busy_the_machine_is() {
        let calm = heard();
        assert!(calm.iter().any(|sample| sample.abs() > 0.05));
        let is_over = AtomicBool::new(false);
        let cores = thread::available_parallelism().map_or(1, NonZero::get);
        let busy = thread::scope(|scope| {
            for _ in 0..2 * cores {
                scope.spawn(|| {
                    while !is_over.load(Ordering::Relaxed) {
                        std::hint::spin_loop();
                    }
                });
            }
            let busy = heard();
            is_over.store(true, Ordering::Relaxed);
            busy
        });
        assert!(calm == busy, "its workers count no time but what they are told");
    }
}
