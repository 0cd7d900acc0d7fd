//! What a worker holds, and how it changes: by commands only.

use std::io;
use std::time::Duration;

use mixer::{Desk, Member, Refused, SlotId};
use rtrb::{Consumer, Producer};
use udp::Socket;

use super::browser::Browser;
use super::browsers::Browsers;
use super::cascade::CascadeLink;
use super::demux::Demux;
use super::inlets::Inlets;
use super::leg::{Leg, LegMove, LegUpdate};
use super::places::{empty, put, take};
use super::port::Port;
use super::remainder::Remainder;
use super::room::WorkerRoom;
use super::socket_key::{Purpose, Route, SocketKey};
use super::transport::Transport;
use super::transport::plain::Plain;
use super::workbench::Workbench;
use crate::dtls::DtlsDatagram;
use crate::link::WorkerEnd;
use crate::message::{Returned, WorkerEvent};
use crate::schedule::PHASES;
use crate::sizes::Sizes;
use crate::stats::Counts;
use crate::tap::PartTap;

/// Objects by the places that the control side has given them, and the ways out.
pub(crate) struct Tables {
    pub(crate) ports: Box<[Option<Box<Port>>]>,
    pub(crate) legs: Box<[Option<Box<Leg>>]>,
    pub(crate) rooms: Box<[Option<Box<WorkerRoom>>]>,
    /// Places of the rooms that have their turn in each sub-tick.
    pub(crate) phases: [Vec<u32>; PHASES as usize],
    /// Legs of those rooms.
    phase_legs: [usize; PHASES as usize],
    /// What is left to be sent of rooms that are sent out in parts.
    pub(crate) remainders: Vec<Remainder>,
    /// Which sockets are read.
    pub(crate) inlets: Inlets,
    /// Who of the phones is where.
    pub(crate) demux: Demux,
    pub(crate) browsers: Browsers,
    pub(crate) bench: Workbench,
    /// What all rooms are mixed on.
    pub(crate) desk: Desk,
    pub(crate) counts: Counts,
    events: Producer<WorkerEvent>,
    returns: Producer<Returned>,
    dtls_in: Consumer<DtlsDatagram>,
    dtls_out: Producer<DtlsDatagram>,
}

impl Tables {
    pub(crate) fn new(sizes: Sizes, end: WorkerEnd, browsers: Browsers) -> io::Result<Self> {
        let mut inlets = Inlets::new(sizes.ports)?;
        browsers.sockets().for_each(|(key, _)| inlets.read(key));
        Ok(Self {
            ports: empty(sizes.ports),
            legs: empty(sizes.legs),
            rooms: empty(sizes.rooms),
            phases: std::array::from_fn(|_| Vec::with_capacity(sizes.rooms)),
            phase_legs: [0; PHASES as usize],
            remainders: Vec::with_capacity(sizes.rooms),
            inlets,
            demux: Demux::new(sizes.legs * Plain::SOURCES),
            browsers,
            bench: Workbench::new(),
            desk: Desk::new(),
            counts: Counts::default(),
            events: end.events,
            returns: end.returns,
            dtls_in: end.dtls_in,
            dtls_out: end.dtls_out,
        })
    }

    /// Takes a port in.
    pub(crate) fn add_port(&mut self, port: Box<Port>) {
        self.inlets.open(&port);
        put(&mut self.ports, port.slot(), port);
    }

    /// Gives a port back that no leg uses any more.
    pub(crate) fn remove_port(&mut self, slot: u32) {
        let Some(port) = take(&mut self.ports, slot) else { return };
        self.inlets.close(&port);
        self.give_back(Returned::Port(port));
    }

    /// Tells the control side; false if its ring is full.
    pub(crate) fn try_tell(&mut self, event: WorkerEvent) -> bool {
        self.events.push(event).is_ok()
    }

    /// Tells the control side, or counts that it could not.
    pub(crate) fn tell(&mut self, event: WorkerEvent) {
        self.counts.events_lost += u64::from(!self.try_tell(event));
    }

    /// Passes a DTLS datagram on to the control side; false if too many wait there.
    pub(crate) fn pass_on(&mut self, datagram: DtlsDatagram) -> bool {
        self.dtls_out.push(datagram).is_ok()
    }

    /// A DTLS datagram that the control side wants to be sent.
    pub(crate) fn dtls_to_send(&mut self) -> Option<DtlsDatagram> {
        self.dtls_in.pop().ok()
    }

    /// Gives an object back to be freed. The ring has a place for every object there is.
    pub(crate) fn give_back(&mut self, object: Returned) {
        let result = self.returns.push(object);
        debug_assert!(result.is_ok(), "more objects than the return ring was made for");
    }

    /// The socket that has this name.
    pub(crate) fn socket(&self, key: SocketKey) -> Option<&Socket> {
        match key.purpose() {
            Purpose::Port(port, channel) => {
                Some(self.ports.get(port as usize)?.as_deref()?.socket(channel))
            }
            Purpose::Browsers(index) => self.browsers.socket(index),
        }
    }

    pub(crate) fn leg(&mut self, slot: u32) -> Option<&mut Leg> {
        self.legs.get_mut(slot as usize)?.as_deref_mut()
    }

    pub(crate) fn room(&mut self, slot: u32) -> Option<&mut WorkerRoom> {
        self.rooms.get_mut(slot as usize)?.as_deref_mut()
    }

    /// The room that a leg has a seat in, and which that is.
    pub(crate) fn seated(&mut self, slot: u32) -> Option<(&mut WorkerRoom, SlotId)> {
        let leg = self.leg(slot)?;
        let (room, seat) = (leg.place().room, leg.seat?);
        Some((self.room(room)?, seat))
    }

    /// Opens a room, in the sub-tick that has the fewest legs, and rooms.
    pub(crate) fn open_room(&mut self, mut room: Box<WorkerRoom>) {
        let load = |phase: &usize| (self.phase_legs[*phase], self.phases[*phase].len());
        let phase = (0..self.phases.len()).min_by_key(load);
        let (phase, slot) = (phase.unwrap_or(0), room.slot());
        room.set_phase(phase);
        self.phases[phase].push(slot);
        put(&mut self.rooms, slot, room);
        self.counts.rooms += 1;
    }

    /// Closes a room that has no legs any more.
    pub(crate) fn close_room(&mut self, slot: u32) {
        let Some(room) = take(&mut self.rooms, slot) else { return };
        self.remainders.retain(|remainder| !remainder.is_of(slot));
        let turns = &mut self.phases[room.phase()];
        if let Some(index) = turns.iter().position(|&other| other == slot) {
            turns.swap_remove(index);
        }
        self.counts.rooms -= 1;
        self.give_back(Returned::Room(room));
    }

    /// Links a room to another part of it.
    pub(crate) fn link(&mut self, slot: u32, link: Box<CascadeLink>) {
        let unused = match self.room(slot) {
            Some(room) => room.cascade.add(link).err(),
            None => Some(link),
        };
        if let Some(link) = unused {
            self.give_back(Returned::Link(link));
        }
    }

    /// Taps a room. One that is tapped is so no more by the tap before.
    pub(crate) fn tap(&mut self, slot: u32, tap: Box<PartTap>) {
        let unused = match self.room(slot) {
            Some(room) => room.tap.replace(tap),
            None => Some(tap),
        };
        if let Some(tap) = unused {
            self.give_back(Returned::Tap(slot, tap));
        }
    }

    /// Parts a room from another part of it.
    pub(crate) fn unlink(&mut self, slot: u32, peer: u16) {
        if let Some(link) = self.room(slot).and_then(|room| room.cascade.remove(peer)) {
            self.give_back(Returned::Link(link));
        }
    }

    /// Takes a leg in and puts it into its room.
    pub(crate) fn attach(&mut self, mut leg: Box<Leg>, now: Duration) {
        leg.begin(now);
        let place = leg.place();
        match &mut leg.transport {
            Transport::Plain(plain) => {
                if let Some(Some(port)) = self.ports.get_mut(plain.port() as usize) {
                    plain.set_place(port.join(place.leg));
                    self.inlets.review(port);
                }
                for (socket, source) in plain.sources() {
                    self.demux.claim(socket, source, place.leg);
                }
            }
            Transport::Secure(secure) => {
                secure.set_path(self.browsers.get(place.leg).and_then(Browser::path));
            }
        }
        put(&mut self.legs, place.leg, leg);
        self.counts.legs += 1;
        self.enter_room(place.leg, now);
    }

    /// Takes a leg out of its room and gives it back, and with it the browser that it is of; or a
    /// browser that has no leg yet.
    pub(crate) fn detach(&mut self, slot: u32, now: Duration) {
        self.part_from_whispers(slot);
        let member = self.leave_room(slot);
        let browser = self.browsers.remove(slot);
        self.counts.browsers -= u64::from(browser.is_some());
        let Some(mut leg) = take(&mut self.legs, slot) else {
            if let Some(browser) = browser {
                self.give_back(Returned::Browser(browser));
            }
            return;
        };
        match &mut leg.transport {
            Transport::Plain(plain) => {
                for (socket, source) in plain.sources() {
                    self.demux.release(socket, source, slot);
                }
                if let Some(Some(port)) = self.ports.get_mut(plain.port() as usize) {
                    let moved = port.leave(plain.place());
                    self.inlets.review(port);
                    let moved = moved.and_then(|moved| self.leg(moved)?.transport.plain_mut());
                    if let Some(moved) = moved {
                        moved.set_place(plain.place());
                    }
                }
            }
            Transport::Secure(secure) => secure.browser = browser,
        }
        if member.is_some() {
            leg.media.member = member;
        }
        leg.end(now);
        self.counts.legs -= 1;
        self.give_back(Returned::Leg(leg));
    }

    /// Changes a leg and gives back what that replaced. With another codec it becomes another
    /// member of the room; that is not heard as leaving or coming.
    pub(crate) fn update(&mut self, slot: u32, mut update: Box<LegUpdate>, now: Duration) {
        if let Some(leg) = self.leg(slot) {
            let before = leg.transport.plain().map(Plain::sources);
            leg.update(&mut update);
            self.follow(slot, before);
            if let Some(media) = &mut update.media {
                media.member = self.leave_room(slot);
                let member = self.leg(slot).and_then(|leg| leg.media.member.as_mut());
                if let (Some(member), Some(before)) = (member, &mut media.member) {
                    member.go_on_as(before);
                    member.hear_on_as(before);
                }
                self.enter_room(slot, now);
            }
            self.set_deaf(slot);
        }
        self.give_back(Returned::Update(update));
    }

    /// Takes a leg to another room, and gives back what it was in the one before.
    pub(crate) fn move_leg(&mut self, slot: u32, mut step: Box<LegMove>, now: Duration) {
        if self.leg(slot).is_some() {
            self.part_from_whispers(slot);
            let before = self.leave_room(slot);
            let next = std::mem::replace(&mut step.member, before);
            if let Some(leg) = self.leg(slot) {
                leg.set_room(step.room);
                leg.is_muted = step.is_muted;
                leg.media.member = next;
                if let (Some(member), Some(before)) = (&mut leg.media.member, &step.member) {
                    member.go_on_as(before);
                }
            }
            self.enter_room(slot, now);
        }
        self.give_back(Returned::Move(step));
    }

    /// Follows a phone that was found elsewhere, or has moved: from the sources that it was known by
    /// to those that it has now.
    pub(crate) fn follow(&mut self, slot: u32, before: Option<[Route; Plain::SOURCES]>) {
        let Some(leg) = self.leg(slot) else { return };
        let after = leg.transport.plain().map(Plain::sources);
        for (socket, source) in before.into_iter().flatten() {
            self.demux.release(socket, source, slot);
        }
        for (socket, source) in after.into_iter().flatten() {
            self.demux.claim(socket, source, slot);
        }
    }

    /// Mutes a leg for its room, or ends that.
    pub(crate) fn set_muted(&mut self, slot: u32, is_muted: bool) {
        let Some(leg) = self.leg(slot) else { return };
        leg.is_muted = is_muted;
        let (room, seat) = (leg.place().room, leg.seat);
        if let (Some(room), Some(seat)) = (self.room(room), seat) {
            room.mixer.set_muted(seat, is_muted);
        }
        self.rouse(slot);
    }

    /// Has a leg be listened to again that may rest: the room may want of it now what it didn't before.
    pub(crate) fn rouse(&mut self, slot: u32) {
        if let Some(leg) = self.leg(slot) {
            leg.media.receiving.rouse();
            self.note_rest(slot);
        }
    }

    /// Notes in its room whether a leg rests.
    pub(crate) fn note_rest(&mut self, slot: u32) {
        let rests = self.leg(slot).is_some_and(|leg| leg.rests());
        if let Some((room, seat)) = self.seated(slot) {
            room.set_resting(seat, rests);
        }
    }

    /// Holds a leg, or ends that.
    pub(crate) fn set_held(&mut self, slot: u32, is_held: bool) {
        let Some(leg) = self.leg(slot) else { return };
        leg.is_held = is_held;
        self.set_deaf(slot);
    }

    /// Takes a browser in, which will be answered from now on.
    pub(crate) fn add_browser(&mut self, browser: Box<Browser>, now: Duration) {
        self.browsers.add(browser, now);
        self.counts.browsers += 1;
    }

    /// Has a browser, and its leg if there is one, be sent to by another path, or by none.
    pub(crate) fn redirect(&mut self, slot: u32, path: Option<Route>) {
        if let Some(browser) = self.browsers.get_mut(slot) {
            browser.set_path(path);
        }
        if let Some(secure) = self.leg(slot).and_then(|leg| leg.transport.secure_mut()) {
            secure.set_path(path);
        }
    }

    /// Has a leg that we don't send to cost no encode.
    fn set_deaf(&mut self, slot: u32) {
        let Some(leg) = self.leg(slot) else { return };
        let (room, seat, is_deaf) = (leg.place().room, leg.seat, !leg.sends());
        if let (Some(room), Some(seat)) = (self.room(room), seat) {
            room.mixer.set_deaf(seat, is_deaf);
        }
    }

    /// Makes a leg with a member at hand a member of its room. If the room has no seat, though the
    /// control side has counted, the leg leaves at once.
    fn enter_room(&mut self, slot: u32, now: Duration) {
        let Some(Some(leg)) = self.legs.get_mut(slot as usize) else { return };
        let Some(Some(room)) = self.rooms.get_mut(leg.place().room as usize) else { return };
        let Some(member) = leg.media.member.take() else { return };
        match room.mixer.join(member) {
            Ok(seat) => {
                let spare = room.mixer.take_spare(seat);
                room.seat(slot, seat);
                self.phase_legs[room.phase()] += 1;
                leg.seat = Some(seat);
                let is_muted = leg.is_muted;
                // Whoever heard it may not hear it here, and nobody else is to.
                room.mixer.set_whispering(seat, leg.is_whispering);
                self.set_muted(slot, is_muted);
                self.set_deaf(slot);
                if let Some(spare) = spare {
                    self.give_back(Returned::Spare(spare));
                }
            }
            Err(Refused(member)) => {
                leg.media.member = Some(member);
                self.detach(slot, now);
            }
        }
    }

    /// Takes a leg's member out of its room.
    fn leave_room(&mut self, slot: u32) -> Option<Box<Member>> {
        let leg = self.leg(slot)?;
        let (room, seat) = (leg.place().room, leg.seat.take()?);
        let room = self.room(room)?;
        room.leave(seat);
        let (phase, member) = (room.phase(), room.mixer.leave(seat));
        self.phase_legs[phase] -= 1;
        member
    }
}
