//! A media worker: sockets, legs and rooms of one thread, and its tick.
//!
//! Nothing here takes a lock, allocates or waits. Objects are built and freed by the control side;
//! they only pass through.

mod demux;
mod intake;
pub(crate) mod leg;
mod outbox;
pub(crate) mod port;
mod receiving;
mod reporting;
pub(crate) mod room;
mod schedule;
mod sending;
mod tables;
mod timeout;
mod transport;
mod turn;
mod workbench;

use std::io;
use std::time::Duration;

use audio::TICK;
use rtp::time::NtpTime;
use rtrb::Consumer;
use udp::{Poller, RecvBatch};

use crate::EngineSettings;
use crate::clock::wall;
use crate::link::{Sizes, WorkerEnd};
use crate::message::{Command, Returned};
use crate::stats::SharedCounts;
use demux::{Channel, SocketKey};
use outbox::Outbox;
use reporting::Moment;
use schedule::Schedule;
use std::sync::Arc;
use tables::{Tables, put, take};

/// Commands taken in one sub-tick; the others wait for the next.
const COMMANDS_PER_TURN_MAX: usize = 256;

/// Batches read from one socket in one sub-tick, so that a flood on one holds up no other.
const BATCHES_PER_SOCKET_MAX: usize = 4;

/// Datagrams read in one sub-tick by all sockets together: some 5 ms of work. What exceeds it waits
/// in the sockets' buffers, and is dropped by the kernel when those are full.
const DATAGRAMS_PER_TURN_MAX: usize = 4_096;

/// One media worker. Run by its thread, or by hand: see [`Engine::manual`](crate::Engine::manual).
pub struct Worker {
    commands: Consumer<Command>,
    shared_counts: Arc<SharedCounts>,
    schedule: Schedule,
    tables: Tables,
    poller: Poller,
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
        start: Duration,
    ) -> io::Result<Self> {
        let sizes = Sizes::new(settings);
        let (_, unused) = rtrb::RingBuffer::new(0);
        let commands = std::mem::replace(&mut end.commands, unused);
        Ok(Self {
            commands,
            shared_counts: Arc::clone(&end.counts),
            schedule: Schedule::new(start),
            tables: Tables::new(sizes, end),
            poller: Poller::new(sizes.ports)?,
            batch: RecvBatch::new(),
            outbox: Outbox::new(sizes.ports),
            wall_ahead: wall().saturating_sub(start),
            uses_kernel_time: settings.kernel_timestamps,
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
        let at = self.moment(now);
        self.obey(at);
        self.receive(at);
        while let Some(turn) = self.schedule.turn(now) {
            self.tables.counts.sub_ticks += 1;
            self.tables.counts.sub_ticks_late += u64::from(turn.is_late);
            self.tables.counts.sub_ticks_skipped += turn.skipped;
            self.tables.turn(turn, at, &mut self.outbox);
        }
        self.shared_counts.publish(&self.tables.counts);
    }

    /// Says BYE to every leg. The worker is not to be used afterwards.
    pub(crate) fn farewell(&mut self, now: Duration) {
        let at = self.moment(now);
        for slot in 0..self.tables.legs.len() {
            self.tables.report_to(slot as u32, at, true, &mut self.outbox);
        }
        self.tables.flush(&mut self.outbox);
        self.shared_counts.publish(&self.tables.counts);
    }

    /// Notes whether the worker's thread is a real-time one.
    pub(crate) fn set_realtime(&mut self, is_realtime: bool) {
        self.tables.counts.realtime_workers = u64::from(is_realtime);
    }

    /// Notes the processor time that the worker's thread has used.
    pub(crate) fn note_cpu(&mut self, used: Duration) {
        self.tables.counts.cpu_us = used.as_micros() as u64;
    }

    fn moment(&self, now: Duration) -> Moment {
        Moment { now, ntp: NtpTime::from_unix(now + self.wall_ahead) }
    }

    /// Takes in commands.
    fn obey(&mut self, at: Moment) {
        for _ in 0..COMMANDS_PER_TURN_MAX {
            let Ok(command) = self.commands.pop() else { return };
            self.execute(command, at);
        }
    }

    fn execute(&mut self, command: Command, at: Moment) {
        match command {
            Command::AddPort(port) => {
                let slot = port.slot();
                for channel in [Channel::Rtp, Channel::Rtcp] {
                    // Fails when the kernel lacks memory: then the port's legs stay silent, and
                    // their media timeout ends them.
                    let _ = self.poller.add(port.socket(channel), token((slot, channel)));
                }
                put(&mut self.tables.ports, slot, port);
            }
            Command::RemovePort(slot) => {
                let Some(port) = take(&mut self.tables.ports, slot) else { return };
                for channel in [Channel::Rtp, Channel::Rtcp] {
                    let _ = self.poller.remove(port.socket(channel));
                }
                self.tables.give_back(Returned::Port(port));
            }
            Command::OpenRoom(room) => self.tables.open_room(room),
            Command::CloseRoom(slot) => self.close_room(slot, at),
            Command::Attach(leg) => self.tables.attach(leg, at.now),
            Command::Update(slot, update) => self.tables.update(slot, update, at.now),
            Command::Detach(slot) => self.detach(slot, at),
            Command::SetMuted(slot, is_muted) => self.tables.set_muted(slot, is_muted),
            Command::Play(slot, playback) => {
                let leg = self.tables.leg(slot);
                let seat = leg.and_then(|leg| Some((leg.place().room, leg.seat?)));
                let room = seat.and_then(|(room, seat)| Some((self.tables.room(room)?, seat)));
                let replaced = match room {
                    Some((room, seat)) => room.mixer.play(seat, playback),
                    None => Some(playback),
                };
                self.tables.give_back(Returned::Playback(replaced));
            }
            Command::Announce(slot, tone) => {
                if let Some(room) = self.tables.room(slot) {
                    room.mixer.sound(tone);
                }
            }
            Command::SendDigits(slot, digits) => {
                let leg = self.tables.leg(slot);
                let is_taken = leg.is_some_and(|leg| leg.media.sending.press(digits.as_str()));
                self.tables.counts.digits_refused += u64::from(!is_taken);
            }
        }
    }

    fn detach(&mut self, slot: u32, at: Moment) {
        self.tables.report_to(slot, at, true, &mut self.outbox);
        // Before the leg's port may go.
        self.tables.flush(&mut self.outbox);
        self.tables.detach(slot, at.now);
    }

    fn close_room(&mut self, slot: u32, at: Moment) {
        while let Some(&leg) = self.tables.room(slot).and_then(|room| room.legs().first()) {
            self.detach(leg, at);
        }
        self.tables.close_room(slot);
    }

    /// Takes in what waits at the sockets.
    fn receive(&mut self, at: Moment) {
        let wall_now = wall();
        // Fails only if memory lacks; the packets wait.
        if self.poller.poll(Duration::ZERO).is_err() {
            return;
        }
        let Self { tables, poller, batch, uses_kernel_time, .. } = self;
        let mut budget = DATAGRAMS_PER_TURN_MAX;
        for key in poller.ready().map(socket_of) {
            for _ in 0..BATCHES_PER_SOCKET_MAX {
                let Some(Some(port)) = tables.ports.get(key.0 as usize) else { break };
                let Ok(received) = batch.receive(port.socket(key.1)) else { break };
                tables.counts.dropped_truncated += received.truncated as u64;
                for datagram in batch.iter() {
                    let arrival = datagram.received_at.filter(|_| *uses_kernel_time);
                    let now = arrival.map_or(at.now, |arrival| shift(at.now, arrival, wall_now));
                    let at = Moment { now, ..at };
                    tables.datagram(key, datagram.source, at, datagram.payload);
                }
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

/// The monotonic time of a moment of the wall clock, given both for the present. A moment more
/// than a tick away is not believed: the wall clock has been set.
fn shift(now: Duration, moment: Duration, wall_now: Duration) -> Duration {
    let difference = wall_now.abs_diff(moment);
    match (difference > TICK, moment < wall_now) {
        (true, _) => now,
        (false, true) => now.saturating_sub(difference),
        (false, false) => now.saturating_add(difference),
    }
}

/// A socket's name in the poller.
fn token((port, channel): SocketKey) -> u64 {
    u64::from(port) << 1 | u64::from(channel == Channel::Rtcp)
}

fn socket_of(token: u64) -> SocketKey {
    let channel = if token & 1 == 1 { Channel::Rtcp } else { Channel::Rtp };
    ((token >> 1) as u32, channel)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sockets_have_names_in_the_poller() {
        for key in [(0, Channel::Rtp), (7, Channel::Rtcp), (u32::MAX, Channel::Rtp)] {
            assert_eq!(socket_of(token(key)), key);
        }
    }

    #[test]
    fn arrival_is_placed_on_the_monotonic_clock_unless_the_wall_was_set() {
        let ms = Duration::from_millis;
        assert_eq!(shift(ms(500), ms(9_997), ms(10_000)), ms(497));
        assert_eq!(shift(ms(500), ms(10_001), ms(10_000)), ms(501));
        assert_eq!(shift(ms(500), ms(3_000), ms(10_000)), ms(500));
        assert_eq!(shift(ms(500), ms(60_000), ms(10_000)), ms(500));
    }
}
