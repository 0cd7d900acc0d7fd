//! A media worker: sockets, legs and rooms of one thread, and its tick.
//!
//! Nothing here takes a lock, allocates or waits. Objects are built and freed by the control side;
//! they only pass through.

mod attention;
pub(crate) mod browser;
pub(crate) mod browsers;
pub(crate) mod cascade;
mod commands;
mod deep;
mod delivery;
mod demux;
mod ear;
mod effort;
mod inlets;
mod intake;
mod last_sent;
pub(crate) mod leg;
#[cfg(test)]
mod line;
mod outbox;
mod pace;
mod places;
pub(crate) mod port;
mod quality;
mod receiving;
mod recent;
mod remainder;
mod reporting;
mod roll;
pub(crate) mod room;
mod sending;
mod socket_key;
mod tables;
mod timeout;
pub(crate) mod transport;
mod turn;
pub(crate) mod whispers;
mod workbench;

use std::io;
use std::time::Duration;

use rtp::time::NtpTime;
use rtrb::Consumer;
use udp::{BATCH, RecvBatch};

use crate::clock::wall;
use crate::figures::SharedFigures;
use crate::link::WorkerEnd;
use crate::load::LoadMeter;
use crate::message::Command;
use crate::own_time::OwnTime;
use crate::schedule::Schedule;
use crate::sizes::Sizes;
use crate::tick_times::TickClock;
use crate::{EngineSettings, KernelTimestamps};
use browsers::Browsers;
use effort::Effort;
use intake::ArrivalClock;
use outbox::Outbox;
use reporting::Moment;
use socket_key::{Purpose, SocketKey};
use std::sync::Arc;
use tables::Tables;

/// Batches read from one socket of a port in one sub-tick, so that a flood on one holds up no other.
const BATCHES_PER_PORT_MAX: usize = 4;

/// The same for a socket that browsers share: half of what is read in all, so that whatever comes
/// to the browsers leaves time for the phones.
const BATCHES_OF_BROWSERS_MAX: usize = DATAGRAMS_PER_TURN_MAX / BATCH / 2;

/// Datagrams read in one sub-tick by all sockets together: some 5 ms of work. What exceeds it waits
/// in the sockets' buffers, and is dropped by the kernel when those are full.
const DATAGRAMS_PER_TURN_MAX: usize = 4_096;

/// One media worker. Run by its thread, or by hand: see [`Engine::manual`](crate::Engine::manual).
pub struct Worker {
    commands: Consumer<Command>,
    figures: Arc<SharedFigures>,
    load: LoadMeter,
    effort: Effort,
    tick_clock: TickClock,
    own_time: OwnTime,
    schedule: Schedule,
    tables: Tables,
    batch: RecvBatch,
    outbox: Outbox,
    /// The wall clock less the monotonic one, at the start: reports need a wall that never steps.
    wall_ahead: Duration,
    uses_kernel_time: bool,
}

impl Worker {
    pub(crate) fn new(
        settings: &EngineSettings,
        mut end: WorkerEnd,
        browsers: Browsers,
        start: Duration,
    ) -> io::Result<Self> {
        let sizes = Sizes::new(settings);
        let (_, unused) = rtrb::RingBuffer::new(0);
        let commands = std::mem::replace(&mut end.commands, unused);
        Ok(Self {
            commands,
            figures: Arc::clone(&end.figures),
            load: LoadMeter::new(start),
            effort: Effort::default(),
            tick_clock: TickClock::new(start),
            own_time: OwnTime::default(),
            schedule: Schedule::new(start),
            tables: Tables::new(sizes, end, browsers)?,
            batch: RecvBatch::new(),
            outbox: Outbox::new(sizes.ports),
            wall_ahead: wall().saturating_sub(start),
            uses_kernel_time: settings.kernel_timestamps != KernelTimestamps::Nobody,
        })
    }

    /// When [`tick`](Self::tick) is to be called next.
    #[must_use]
    pub fn next_due(&self) -> Duration {
        self.schedule.next_due()
    }

    /// Does what is due at `now`: takes in commands and packets, gives the rooms of each due
    /// sub-tick their turn, and sends. Returns at once if nothing is due.
    pub fn tick(&mut self, now: Duration) {
        if now < self.next_due() {
            return;
        }
        let at = Moment { late_by: now.saturating_sub(self.next_due()), ..self.moment(now) };
        self.obey(at);
        self.tables.send_dtls(&mut self.outbox);
        self.receive(at);
        self.tables.watch_browsers(at);
        while let Some(turn) = self.schedule.turn(now) {
            let counts = &mut self.tables.counts;
            counts.sub_ticks += 1;
            counts.sub_ticks_late += u64::from(turn.is_late);
            counts.sub_ticks_skipped += turn.skipped;
            if self.own_time.begin(turn.due) {
                counts.sub_ticks_late_own += 1 + turn.skipped;
            }
            self.tables.turn(turn, at, &mut self.outbox);
        }
        self.figures.counts.publish(&self.tables.counts);
    }

    /// Sends, at `now`, one more part of each room that is too large to be sent out at once, unless a turn is due. Tells
    /// whether it did, and so may have to once more. Whoever doesn't ask has a part sent with each of the next turns.
    pub fn go_on(&mut self, now: Duration) -> bool {
        let goes_on = now < self.next_due() && self.tables.go_on(&mut self.outbox);
        if goes_on {
            self.figures.counts.publish(&self.tables.counts);
        }
        goes_on
    }

    /// Says BYE to every leg, after what the control side had to say. The worker is not to be used
    /// afterwards.
    pub(crate) fn farewell(&mut self, now: Duration) {
        let at = self.moment(now);
        self.tables.send_dtls(&mut self.outbox);
        for slot in 0..self.tables.legs.len() {
            self.tables.report_to(slot as u32, at, true, &mut self.outbox);
        }
        self.tables.flush(&mut self.outbox);
        self.figures.counts.publish(&self.tables.counts);
    }

    /// Notes whether the worker's thread is a real-time one.
    pub(crate) fn set_realtime(&mut self, is_realtime: bool) {
        self.tables.counts.realtime_workers = u64::from(is_realtime);
    }

    /// Notes that a tick took from `started` to `ended`, and that `cpu` is what the worker has used
    /// of a processor since its start. From this its load is known, by which legs are admitted:
    /// whoever ticks a worker by hand and never notes this has one that is never busy.
    pub fn note_work(&mut self, started: Duration, ended: Duration, cpu: Duration) {
        let counts = &mut self.tables.counts;
        counts.cpu_us = cpu.as_micros() as u64;
        self.own_time.end(cpu);
        let measured = self.load.note(ended, cpu, counts);
        self.figures.load.publish(measured);
        self.tables.desk.limit_complexity(self.effort.at(measured.load));
        self.tables.bench.deep.spare(self.effort.is_busy());
        let worked = ended.saturating_sub(started);
        self.figures.tick_times.publish(self.tick_clock.note(ended, worked));
    }

    fn moment(&self, now: Duration) -> Moment {
        let ntp = NtpTime::from_unix(now + self.wall_ahead);
        Moment { now, late_by: Duration::ZERO, ntp }
    }

    /// Takes in what waits at the sockets.
    fn receive(&mut self, at: Moment) {
        let Self { tables, batch, outbox, uses_kernel_time, .. } = self;
        let clock = ArrivalClock::new(at, uses_kernel_time.then(wall));
        let mut budget = DATAGRAMS_PER_TURN_MAX;
        tables.inlets.poll();
        for number in 0.. {
            let Some(key) = tables.inlets.nth(number) else { return };
            for _ in 0..batches_max(key) {
                let Some(socket) = tables.socket(key) else { break };
                let Ok(received) = batch.receive(socket) else { break };
                tables.counts.dropped_truncated += received.truncated as u64;
                tables.take_in(key, batch, &clock, outbox);
                budget = budget.saturating_sub(received.datagrams);
                if !received.is_full() || budget == 0 {
                    break;
                }
            }
            if budget == 0 {
                return;
            }
        }
    }
}

/// Batches read from a socket in one sub-tick.
fn batches_max(socket: SocketKey) -> usize {
    match socket.purpose() {
        Purpose::Port(..) => BATCHES_PER_PORT_MAX,
        Purpose::Browsers(_) => BATCHES_OF_BROWSERS_MAX,
    }
}
