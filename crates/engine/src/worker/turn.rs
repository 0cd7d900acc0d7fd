//! A room's turn: hear everybody, mix, speak to everybody.

use std::hint::black_box;

use audio::codec::Delivery;
use mixer::RoomEvent;

use super::leg::Beginning;
use super::outbox::Outbox;
use super::remainder::Remainder;
use super::reporting::Moment;
use super::tables::Tables;
use super::transport::Transport;
use crate::message::{Returned, WorkerEvent};
use crate::schedule::{PHASES, Turn};

/// Legs of a room that are sent to in one burst: some 2 ms of work. A larger room is mixed at once, but sent out in
/// parts, one after the other, and between them other rooms have their turns when these are due. Where there is no time
/// between turns, a part goes out with each, so that all have gone within the tick.
const BURST_LEGS_MAX: usize = 500;

/// Legs whose memory is looked at before they have their turn one by one.
const WARMED_LEGS: usize = 32;

/// Ticks in which each leg is looked after once: 160 ms, far below what reports, figures of quality
/// and silences are counted in.
const TEND_TICKS: u64 = 8;

impl Tables {
    /// Gives every room of the turn's phase its tick, and sends what comes of it.
    pub(crate) fn turn(&mut self, turn: Turn, at: Moment, outbox: &mut Outbox) {
        self.send_remainders(outbox);
        for index in 0..self.phases[turn.phase].len() {
            let room = self.phases[turn.phase][index];
            self.hear(room, turn);
            self.take_in_whispers(room, turn.due);
            self.mix(room, turn);
            self.hand_out(room, turn);
            self.send_out(room, turn, outbox);
            self.tend(room, turn, at, outbox);
            self.tell_of(room);
        }
        self.flush(outbox);
    }

    /// Sends what is in the outbox.
    pub(crate) fn flush(&mut self, outbox: &mut Outbox) {
        let sent = outbox.flush(|key| self.socket(key));
        self.counts.unsent_full += sent.full as u64;
        self.counts.unsent_refused += sent.refused as u64;
    }

    /// Hears every leg of a room that isn't at rest.
    fn hear(&mut self, room: u32, turn: Turn) {
        let Self { rooms, legs, bench, counts, .. } = self;
        let Some(Some(room)) = rooms.get_mut(room as usize) else { return };
        let mut start = 0;
        while let Some(some) = room.awake().get(start..).filter(|rest| !rest.is_empty()) {
            let some = &some[..some.len().min(WARMED_LEGS)];
            let legs_of_some = some.iter().filter_map(|(leg, _)| legs.get(*leg as usize)?.as_ref());
            black_box(legs_of_some.fold(0, |sum, leg| sum ^ leg.warm()));
            let end = start + some.len();
            for index in start..end {
                let (slot, seat) = room.awake()[index];
                let Some(Some(leg)) = legs.get_mut(slot as usize) else { continue };
                let interest = room.mixer.interest(seat);
                if let Some(samples) = leg.hear(turn.due, interest, bench, counts) {
                    room.mixer.hear(seat, samples);
                    if let Some(mouthpiece) = &mut leg.mouthpiece
                        && let Some(whispered) = room.mixer.whispered(seat, samples)
                    {
                        mouthpiece.say(turn.due, whispered, counts);
                    }
                }
            }
            start = end;
        }
    }

    /// Mixes a room, with what its other parts have said, and tells these what was said here.
    fn mix(&mut self, room: u32, turn: Turn) {
        let Self { rooms, desk, counts, .. } = self;
        let Some(Some(room)) = rooms.get_mut(room as usize) else { return };
        room.cascade.take_in(turn.due, &mut room.mixer, counts);
        room.mixer.mix(desk);
        room.cascade.hand_over(turn.due, &room.mixer, desk, counts);
    }

    /// Hands what a room was mixed to out to whoever taps it. A tap that nobody reads any more goes.
    fn hand_out(&mut self, slot: u32, turn: Turn) {
        let Self { rooms, legs, desk, .. } = self;
        let Some(Some(room)) = rooms.get_mut(slot as usize) else { return };
        let Some(mut tap) = room.tap.take() else { return };
        if tap.is_over() {
            return self.give_back(Returned::Tap(slot, tap));
        }
        let leg_of = |seat| Some(legs.get(room.leg_of(seat)? as usize)?.as_ref()?.id());
        tap.hand_out(turn.due, &room.mixer, desk, leg_of);
        room.tap = Some(tap);
    }

    /// Sends what a room was mixed to: at once, or the first part of it.
    fn send_out(&mut self, room: u32, turn: Turn, outbox: &mut Outbox) {
        let legs = self.room(room).map_or(0, |room| room.seated().len());
        let parts = legs.div_ceil(BURST_LEGS_MAX).clamp(1, PHASES as usize);
        // If the worker was late, something may be left of the tick before: it is too late for that.
        self.remainders.retain(|remainder| !remainder.is_of(room));
        let first = Remainder { room, tick: turn.tick, part: 0, parts };
        self.speak(first, outbox);
        if parts > 1 {
            self.remainders.push(Remainder { part: 1, ..first });
        }
    }

    /// Sends the next part of each room that is sent out in parts, between turns. Tells whether there was one.
    pub(crate) fn go_on(&mut self, outbox: &mut Outbox) -> bool {
        let was_there = !self.remainders.is_empty();
        if was_there {
            self.send_remainders(outbox);
            self.flush(outbox);
        }
        was_there
    }

    /// Sends the next part of each room that is sent out in parts.
    fn send_remainders(&mut self, outbox: &mut Outbox) {
        for index in 0..self.remainders.len() {
            let remainder = self.remainders[index];
            self.speak(remainder, outbox);
            self.remainders[index].part += 1;
        }
        self.remainders.retain(|remainder| remainder.part < remainder.parts);
    }

    /// Sends every leg of a part of a room what it is to hear. A leg is always in the same part, so that
    /// its packets keep their distance.
    fn speak(&mut self, Remainder { room, tick, part, parts }: Remainder, outbox: &mut Outbox) {
        for index in 0.. {
            if index % (WARMED_LEGS * parts) == 0 {
                self.warm_to_speak(room, index, (part, parts));
            }
            if outbox.is_full() {
                self.flush(outbox);
            }
            let Self { rooms, legs, counts, .. } = self;
            let Some(Some(room)) = rooms.get(room as usize) else { return };
            let Some(&(slot, seat)) = room.seated().get(index) else { return };
            if seat.index() % parts != part {
                continue;
            }
            let Some(Some(leg)) = legs.get_mut(slot as usize) else { continue };
            let (Some((socket, destination)), true) = (leg.transport.rtp_route(), leg.sends())
            else {
                continue;
            };
            let heard = room.mixer.output(seat);
            // Who came in since the room was mixed hears nothing yet, which is no error.
            counts.encode_errors += u64::from(heard.is_none() && part == 0);
            outbox.push(socket, destination, |out| leg.speak(tick, heard, out, counts));
        }
    }

    /// Looks at the memory of some legs of a part of a room, from the seated one at `start` on, before they are
    /// sent to: since the room was heard, others' has taken its place in the processor's cache.
    fn warm_to_speak(&self, room: u32, start: usize, (part, parts): (usize, usize)) {
        let Some(Some(room)) = self.rooms.get(room as usize) else { return };
        let some = room.seated().iter().skip(start).take(WARMED_LEGS * parts);
        let legs = some
            .filter(|(_, seat)| seat.index() % parts == part)
            .filter_map(|(leg, _)| self.legs.get(*leg as usize)?.as_ref());
        black_box(legs.fold(0, |sum, leg| sum ^ leg.warm_to_speak()));
    }

    /// Looks after some legs of a room, and after all of them in [`TEND_TICKS`]: sends due reports, and
    /// notices what the control side has to be told of.
    fn tend(&mut self, room: u32, turn: Turn, at: Moment, outbox: &mut Outbox) {
        for index in ((turn.tick % TEND_TICKS) as usize..).step_by(TEND_TICKS as usize) {
            let Some(Some(seated)) = self.rooms.get(room as usize) else { return };
            let Some(&(slot, _)) = seated.seated().get(index) else { return };
            let Some(leg) = self.leg(slot) else { continue };
            let (id, quality) = (leg.id(), leg.quality(at.now));
            if leg.reporting.is_due(at.now) {
                self.report_to(slot, at, false, outbox);
            }
            if let Some((quality, delivery)) = quality {
                self.tell(WorkerEvent::Quality(id, quality));
                self.deliver(slot, room, delivery);
            }
            self.watch(slot, at);
        }
    }

    /// Has a room encode what suits the way in which that is delivered to a leg.
    fn deliver(&mut self, slot: u32, room: u32, delivery: Delivery) {
        let seat = self.leg(slot).and_then(|leg| leg.seat);
        if let (Some(seat), Some(room)) = (seat, self.room(room)) {
            room.mixer.set_delivery(seat, delivery);
        }
    }

    /// Sends a leg a report, the last one if it is leaving.
    pub(crate) fn report_to(
        &mut self,
        slot: u32,
        at: Moment,
        is_leaving: bool,
        outbox: &mut Outbox,
    ) {
        if outbox.is_full() {
            self.flush(outbox);
        }
        let Self { legs, counts, .. } = self;
        let Some(Some(leg)) = legs.get_mut(slot as usize) else { return };
        let Some((socket, destination)) = leg.transport.rtcp_route() else { return };
        outbox.push(socket, destination, |out| leg.report(at, is_leaving, out, counts));
        counts.reports_sent += 1;
    }

    /// Notices that a peer has fallen silent, or that its beginning was not told of yet. If the ring is
    /// full, the next time notices it again.
    fn watch(&mut self, slot: u32, at: Moment) {
        self.tell_beginning(slot);
        let Some(leg) = self.leg(slot) else { return };
        let id = leg.id();
        if !(leg.sends() && leg.receives()) {
            leg.silence.pause(at.now);
        } else if leg.silence.is_due(at.now)
            && self.try_tell(WorkerEvent::MediaTimeout(id))
            && let Some(leg) = self.leg(slot)
        {
            leg.silence.told();
        }
    }

    /// Tells that a leg's source was found, if it was and that is not known yet.
    pub(crate) fn tell_beginning(&mut self, slot: u32) {
        let Some(leg) = self.leg(slot).filter(|leg| leg.beginning == Beginning::Untold) else {
            return;
        };
        let event = match &leg.transport {
            Transport::Plain(plain) => WorkerEvent::Latched(leg.id(), plain.rtp().destination()),
            Transport::Secure(_) => WorkerEvent::MediaStarted(leg.id()),
        };
        if self.try_tell(event)
            && let Some(leg) = self.leg(slot)
        {
            leg.beginning = Beginning::Told;
        }
    }

    /// Passes on what happened in a room.
    fn tell_of(&mut self, room: u32) {
        loop {
            let Some(seated) = self.room(room) else { return };
            let Some(event) = seated.mixer.poll_event() else { return };
            let (RoomEvent::SpeakingStarted(seat)
            | RoomEvent::SpeakingStopped(seat)
            | RoomEvent::ReturnFound(seat)
            | RoomEvent::PlaybackEnded(seat)) = event;
            let slot = seated.leg_of(seat);
            let Some(leg) = slot.and_then(|slot| self.leg(slot)) else { continue };
            if leg.seat != Some(seat) {
                continue;
            }
            let id = leg.id();
            self.tell(match event {
                RoomEvent::SpeakingStarted(_) => WorkerEvent::SpeakingStarted(id),
                RoomEvent::SpeakingStopped(_) => WorkerEvent::SpeakingStopped(id),
                RoomEvent::ReturnFound(_) => WorkerEvent::ReturnFound(id),
                RoomEvent::PlaybackEnded(_) => WorkerEvent::PlaybackEnded(id),
            });
        }
    }
}
