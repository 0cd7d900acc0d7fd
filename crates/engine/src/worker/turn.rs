//! A room's turn: hear everybody, mix, speak to everybody.

use mixer::RoomEvent;

use super::leg::Beginning;
use super::outbox::Outbox;
use super::reporting::Moment;
use super::schedule::Turn;
use super::tables::Tables;
use super::transport::Transport;
use crate::message::WorkerEvent;

impl Tables {
    /// Gives every room of the turn's phase its tick, and sends what comes of it.
    pub(crate) fn turn(&mut self, turn: Turn, at: Moment, outbox: &mut Outbox) {
        for index in 0..self.phases[turn.phase].len() {
            let room = self.phases[turn.phase][index];
            self.mix(room, turn);
            self.speak(room, turn, outbox);
            self.tend(room, at, outbox);
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

    /// Hears every leg of a room and mixes.
    fn mix(&mut self, room: u32, turn: Turn) {
        let Self { rooms, legs, bench, desk, counts, .. } = self;
        let Some(Some(room)) = rooms.get_mut(room as usize) else { return };
        for index in 0..room.legs().len() {
            let slot = room.legs()[index];
            let Some(Some(leg)) = legs.get_mut(slot as usize) else { continue };
            let Some(seat) = leg.seat else { continue };
            let interest = room.mixer.interest(seat);
            if let Some(samples) = leg.hear(turn.due, interest, bench, counts) {
                room.mixer.hear(seat, samples);
            }
        }
        room.cascade.take_in(turn.due, &mut room.mixer, counts);
        room.mixer.mix(desk);
        room.cascade.hand_over(turn.due, &room.mixer, desk, counts);
    }

    /// Sends every leg of a room what it is to hear.
    fn speak(&mut self, room: u32, turn: Turn, outbox: &mut Outbox) {
        for index in 0.. {
            if outbox.is_full() {
                self.flush(outbox);
            }
            let Self { rooms, legs, counts, .. } = self;
            let Some(Some(room)) = rooms.get(room as usize) else { return };
            let Some(&slot) = room.legs().get(index) else { return };
            let Some(Some(leg)) = legs.get_mut(slot as usize) else { continue };
            let (Some((socket, destination)), Some(seat), true) =
                (leg.transport.rtp_route(), leg.seat, leg.sends())
            else {
                continue;
            };
            let heard = room.mixer.output(seat);
            counts.encode_errors += u64::from(heard.is_none());
            outbox.push(socket, destination, |out| leg.speak(turn.tick, heard, out, counts));
        }
    }

    /// Sends due reports, and notices what the control side has to be told of.
    fn tend(&mut self, room: u32, at: Moment, outbox: &mut Outbox) {
        for index in 0.. {
            let Some(Some(seated)) = self.rooms.get(room as usize) else { return };
            let Some(&slot) = seated.legs().get(index) else { return };
            let Some(leg) = self.leg(slot) else { continue };
            let (id, quality) = (leg.id(), leg.quality(at.now));
            if leg.reporting.is_due(at.now) {
                self.report_to(slot, at, false, outbox);
            }
            if let Some(quality) = quality {
                self.tell(WorkerEvent::Quality(id, quality));
            }
            self.watch(slot, at);
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

    /// Notices that a leg's source was found, or that its peer has fallen silent. If the ring is
    /// full, the next tick notices it again.
    fn watch(&mut self, slot: u32, at: Moment) {
        let Some(leg) = self.leg(slot) else { return };
        let id = leg.id();
        if leg.beginning == Beginning::Untold {
            let event = match &leg.transport {
                Transport::Plain(plain) => WorkerEvent::Latched(id, plain.rtp().destination()),
                Transport::Secure(_) => WorkerEvent::MediaStarted(id),
            };
            if self.try_tell(event)
                && let Some(leg) = self.leg(slot)
            {
                leg.beginning = Beginning::Told;
            }
            return;
        }
        if !(leg.sends() && leg.receives()) {
            leg.silence.pause(at.now);
        } else if leg.silence.is_due(at.now)
            && self.try_tell(WorkerEvent::MediaTimeout(id))
            && let Some(leg) = self.leg(slot)
        {
            leg.silence.told();
        }
    }

    /// Passes on what happened in a room.
    fn tell_of(&mut self, room: u32) {
        loop {
            let Some(seated) = self.room(room) else { return };
            let Some(event) = seated.mixer.poll_event() else { return };
            let (RoomEvent::SpeakingStarted(seat)
            | RoomEvent::SpeakingStopped(seat)
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
                RoomEvent::PlaybackEnded(_) => WorkerEvent::PlaybackEnded(id),
            });
        }
    }
}
