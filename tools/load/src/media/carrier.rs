//! What the media thread does: in each step, the legs whose turn it is send, and everything that has come is
//! taken in. No lock, no allocation, nothing that blocks.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rtp::packet::{Packet, is_rtcp};
use rtrb::{Consumer, Producer};
use udp::DatagramMut;
use webrtc::Datagram;

use super::clock::{thread_cpu, wall_ns};
use super::leg::Leg;
use super::live::{Live, Progress};
use super::message::{Bytes, Command, Report};
use super::outgoing::Outgoing;
use super::own_time::OwnTime;
use super::pacer::{Pacer, Step, legs_of_step};
use super::wire::Wire;
use crate::measure::stream::{Heard, MediaClock, Stream};
use crate::measure::{JITTER_PACKETS, LegCounts, Meter, SentChirp};
use crate::plan::{Codec, LegId};
use crate::sound::Sounds;

/// Commands carried out before each step: more would make it late.
const COMMANDS_PER_STEP_MAX: usize = 64;

/// All legs, and everything that they need.
pub(crate) struct Carrier {
    legs: Vec<Leg>,
    sounds: Sounds,
    codec: Codec,
    clock: MediaClock,
    wire: Wire,
    outgoing: Outgoing,
    pacer: Pacer,
    own_time: OwnTime,
    meter: Option<Box<Meter>>,
    commands: Consumer<Command>,
    reports: Producer<Report>,
    live: Arc<Live>,
    progress: Progress,
}

/// The carrier's ends of what connects it to the control side.
pub(crate) struct Doors {
    pub(crate) commands: Consumer<Command>,
    pub(crate) reports: Producer<Report>,
    pub(crate) live: Arc<Live>,
}

impl Carrier {
    /// Places for so many legs, none of them taken.
    pub(crate) fn new(legs: usize, codec: Codec, sounds: Sounds, wire: Wire, doors: Doors) -> Self {
        Self {
            legs: (0..legs).map(|_| Leg::vacant()).collect(),
            sounds,
            codec,
            clock: MediaClock::of(codec),
            wire,
            outgoing: Outgoing::new(),
            pacer: Pacer::new(Duration::ZERO),
            own_time: OwnTime::default(),
            meter: None,
            commands: doors.commands,
            reports: doors.reports,
            live: doors.live,
            progress: Progress::default(),
        }
    }

    /// Has the first step be due at `now`.
    pub(crate) fn start(&mut self, now: Duration) {
        self.pacer = Pacer::new(now);
        self.own_time = OwnTime::new(thread_cpu());
    }

    /// When the next step is due.
    pub(crate) fn next_due(&self) -> Duration {
        self.pacer.next_due()
    }

    /// Does what is due at `now`.
    pub(crate) fn run_step(&mut self, now: Duration) {
        while let Some(step) = self.pacer.step(now) {
            let own_lateness = self.own_time.begin(now.saturating_sub(step.lateness));
            self.note_step(&step, own_lateness);
            self.send(&step);
            self.own_time.worked(thread_cpu());
        }
        self.receive();
        self.carry_out_commands();
        self.own_time.worked(thread_cpu());
        self.live.write(&self.progress);
    }

    /// `own_lateness` is what of the step's lateness is this thread's own work.
    fn note_step(&mut self, step: &Step, own_lateness: Duration) {
        let lateness_us = step.lateness.as_micros() as u64;
        self.progress.late_steps += u64::from(step.is_late());
        self.progress.lateness_us_max = self.progress.lateness_us_max.max(lateness_us);
        if let Some(meter) = &mut self.meter {
            meter.lateness.record(lateness_us);
            meter.own_lateness.record(own_lateness.as_micros() as u64);
            meter.totals.late_steps += u64::from(step.is_late());
            meter.totals.skipped_steps += step.skipped;
        }
    }

    /// Has those legs send whose turn it is.
    fn send(&mut self, step: &Step) {
        let (mut sent, mut unsent) = (0, 0);
        for index in legs_of_step(step.phase, self.legs.len()) {
            let Some(leg) = self.legs.get_mut(index).filter(|leg| leg.is_there) else { continue };
            let tick = step.tick + u64::from(leg.part.lead);
            let Some(payload) = self.sounds.payload(usize::from(leg.part.track), tick) else {
                leg.stay_silent();
                continue;
            };
            if payload.begins_chirp
                && let Some(meter) = &mut self.meter
            {
                meter.chirp(SentChirp { talker: LegId(index as u32), at_ns: wall_ns() });
            }
            let other_socket = |first| self.wire.socket_of(first) != self.wire.socket_of(index);
            if self.outgoing.is_full() || self.outgoing.first_leg().is_some_and(other_socket) {
                let result = self.wire.send(&mut self.outgoing);
                sent += result.sent;
                unsent += result.full + result.refused;
            }
            let units = self.clock.packet_units;
            self.outgoing.push(index, leg.remote, |out| leg.write(step.tick, units, payload, out));
        }
        let result = self.wire.send(&mut self.outgoing);
        self.note_sent((sent + result.sent) as u64, (unsent + result.full + result.refused) as u64);
    }

    fn note_sent(&mut self, sent: u64, unsent: u64) {
        self.progress.sent += sent;
        if let Some(meter) = &mut self.meter {
            meter.totals.sent += sent;
            meter.totals.unsent += unsent;
            let legs = self.progress.legs;
            let second = meter.second(wall_ns());
            second.sent += sent;
            second.legs = legs;
        }
    }

    fn receive(&mut self) {
        let Self { wire, legs, codec, clock, meter, reports, progress, .. } = self;
        wire.receive(|index, datagram| {
            let Some(leg) = legs.get_mut(index) else { return };
            match Datagram::of(datagram.payload) {
                Some(Datagram::Rtp) => {
                    let mut intake = Intake { codec: *codec, clock, meter, progress };
                    intake.take(leg, datagram);
                }
                Some(Datagram::Stun | Datagram::Dtls) => {
                    forward(reports, progress, index, &datagram);
                }
                None => note_rejected(meter),
            }
        });
    }

    fn carry_out_commands(&mut self) {
        for _ in 0..COMMANDS_PER_STEP_MAX {
            // A report must find room, or what it carries would be freed here.
            if self.reports.is_full() {
                return;
            }
            match self.commands.pop() {
                Ok(Command::Place(id, leg)) => self.place(id, leg),
                Ok(Command::Send(leg, to, bytes)) => self.send_datagram(leg, to, &bytes),
                Ok(Command::Begin(meter)) => self.begin(meter),
                Ok(Command::End) => self.end(),
                Err(_) => return,
            }
        }
    }

    /// Exchanges the leg at a place.
    fn place(&mut self, id: LegId, mut leg: Box<Leg>) {
        if let Some(place) = self.legs.get_mut(id.index()) {
            std::mem::swap(place, &mut leg);
            place.stream = Stream::waiting_since(wall_ns());
            self.progress.legs += u64::from(place.is_there);
            self.progress.legs -= u64::from(leg.is_there);
            if leg.is_there
                && let Some(meter) = &mut self.meter
            {
                meter.leg(counts(&mut leg));
            }
        }
        // There is room, or the command would have waited.
        let _ = self.reports.push(Report::Displaced(leg));
    }

    fn send_datagram(&mut self, leg: LegId, to: SocketAddr, bytes: &Bytes) {
        let bytes = bytes.as_slice();
        self.outgoing.push(leg.index(), to, |out| {
            let Some(room) = out.get_mut(..bytes.len()) else { return 0 };
            room.copy_from_slice(bytes);
            bytes.len()
        });
        self.wire.send(&mut self.outgoing);
    }

    fn begin(&mut self, mut meter: Box<Meter>) {
        meter.begun_ns = wall_ns();
        meter.cpu_before = thread_cpu();
        for leg in &mut self.legs {
            leg.stream.begin(meter.begun_ns);
            leg.ear = 0;
        }
        for (number, ear) in (1..).zip(&meter.ears) {
            if let Some(leg) = self.legs.get_mut(ear.leg.index()) {
                leg.ear = number;
            }
        }
        if let Some(before) = self.meter.replace(meter) {
            let _ = self.reports.push(Report::Ended(before));
        }
    }

    fn end(&mut self) {
        let Some(mut meter) = self.meter.take() else { return };
        meter.ended_ns = wall_ns();
        meter.cpu = thread_cpu().saturating_sub(meter.cpu_before);
        for leg in self.legs.iter_mut().filter(|leg| leg.is_there) {
            leg.ear = 0;
            meter.legs_at_end += 1;
            meter.leg(counts_at(leg, meter.ended_ns));
        }
        let _ = self.reports.push(Report::Ended(meter));
    }
}

/// Takes in what comes for one leg.
struct Intake<'a> {
    codec: Codec,
    clock: &'a MediaClock,
    meter: &'a mut Option<Box<Meter>>,
    progress: &'a mut Progress,
}

impl Intake<'_> {
    fn take(&mut self, leg: &mut Leg, datagram: DatagramMut<'_>) {
        if is_rtcp(datagram.payload) || !leg.is_there {
            return;
        }
        let at_ns = datagram.received_at.map_or_else(wall_ns, |at| at.as_nanos() as u64);
        let opened = leg.open(datagram.payload).and_then(|length| datagram.payload.get(..length));
        let Some(packet) = opened.and_then(|opened| Packet::parse(opened).ok()) else {
            return note_rejected(self.meter);
        };
        let (ssrc, timestamp) = (packet.ssrc(), packet.timestamp());
        let begins_pause = self.codec.kind().is_pause(packet.payload());
        let heard = Heard { at_ns, ssrc, timestamp, begins_pause };
        let arrival = leg.stream.packet(self.clock, &heard);
        let missing = u64::from(arrival.missing);
        self.progress.returned += u64::from(arrival.is_new);
        self.progress.missing += missing;
        self.progress.missing -= u64::from(arrival.was_missing).min(self.progress.missing);
        let Some(meter) = self.meter else { return };
        let second = meter.second(at_ns);
        second.returned += u64::from(arrival.is_new);
        second.missing += missing;
        second.missing -= u64::from(arrival.was_missing).min(second.missing);
        if leg.stream.returned().is_multiple_of(JITTER_PACKETS) && arrival.is_new {
            meter.jitter.record(leg.stream.jitter_us());
        }
        let ear = usize::from(leg.ear).checked_sub(1).and_then(|ear| meter.ears.get_mut(ear));
        // Other formats, such as keys of a keypad, are no sound.
        if let Some(ear) = ear.filter(|_| packet.payload_type() == leg.payload_type()) {
            ear.keep(at_ns, ssrc, timestamp, packet.payload());
        }
    }
}

/// Hands a datagram of signalling to the control side.
fn forward(
    reports: &mut Producer<Report>,
    progress: &mut Progress,
    leg: usize,
    datagram: &DatagramMut<'_>,
) {
    let report = Bytes::of(datagram.payload)
        .map(|bytes| Report::Datagram(LegId(leg as u32), datagram.source, bytes));
    // A peer repeats what is lost.
    let has_room = reports.slots() > super::RESERVED_REPORTS;
    let sent = report.filter(|_| has_room).is_some_and(|report| reports.push(report).is_ok());
    progress.dropped_datagrams += u64::from(!sent);
}

fn note_rejected(meter: &mut Option<Box<Meter>>) {
    if let Some(meter) = meter {
        meter.totals.rejected += 1;
    }
}

fn counts(leg: &mut Leg) -> LegCounts {
    counts_at(leg, wall_ns())
}

fn counts_at(leg: &mut Leg, now_ns: u64) -> LegCounts {
    LegCounts { counts: leg.stream.end(now_ns), jitter_us: leg.stream.jitter_us() }
}

#[cfg(test)]
mod tests;
