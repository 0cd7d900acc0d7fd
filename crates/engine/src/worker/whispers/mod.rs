//! What one leg says to another alone, wherever in a room the two are.
//!
//! A whisper is made in [two halves](pair) by the control side. The *mouthpiece* is lent to the speaker's leg, and the
//! *earpiece* to the listener's room, which may be another part on another worker. Each half is given back by whoever
//! has it: the mouthpiece when another takes its place, the speaker is to be heard by all again, leaves or goes to
//! another room; the earpiece when another takes its place, the listener leaves or goes to another room, and when
//! the mouthpiece has been freed. So neither worker needs to be told of what happens on the other.

mod halves;

use std::time::Duration;

use mixer::{Room, SlotId};

use super::tables::Tables;
use crate::message::Returned;
pub(crate) use halves::{Earpiece, Mouthpiece, pair};

/// The most members of a room's part who are whispered to at once.
const WHISPERS_MAX: usize = 8;

/// Those in a part of a room who are whispered to.
pub(crate) struct Listeners(Vec<Listener>);

/// One of them.
struct Listener {
    leg: u32,
    earpiece: Box<Earpiece>,
}

impl Listeners {
    pub(crate) fn new() -> Self {
        Self(Vec::with_capacity(WHISPERS_MAX))
    }

    /// Has a leg, which is `seat` in `room`, hear what comes by an earpiece, and no other. Gives back one that isn't
    /// needed: another one, or this if too many listen.
    fn add(
        &mut self,
        leg: u32,
        seat: SlotId,
        mut earpiece: Box<Earpiece>,
        room: &mut Room,
    ) -> Option<Box<Earpiece>> {
        if let Some(listener) = self.0.iter_mut().find(|listener| listener.leg == leg) {
            listener.earpiece.go_on_with(&mut earpiece, seat, room);
            return Some(earpiece);
        }
        if self.0.len() == WHISPERS_MAX {
            return Some(earpiece);
        }
        earpiece.put_on(seat, room);
        self.0.push(Listener { leg, earpiece });
        None
    }

    fn remove(&mut self, leg: u32) -> Option<Box<Earpiece>> {
        let index = self.0.iter().position(|listener| listener.leg == leg)?;
        Some(self.0.swap_remove(index).earpiece)
    }
}

impl Tables {
    /// Has what a leg says go by a mouthpiece and not be heard by all, until it is to be [otherwise](Self::end_whisper).
    pub(crate) fn whisper(&mut self, slot: u32, mouthpiece: Box<Mouthpiece>) {
        let unused = match self.leg(slot) {
            Some(leg) => {
                leg.is_whispering = true;
                leg.mouthpiece.replace(mouthpiece)
            }
            None => Some(mouthpiece),
        };
        self.give_back_half(unused.map(Returned::Mouthpiece));
        if let Some((room, seat)) = self.seated(slot) {
            room.mixer.set_whispering(seat, true);
        }
        self.rouse(slot);
    }

    /// Has a leg be heard by all again.
    pub(crate) fn end_whisper(&mut self, slot: u32) {
        let Some(leg) = self.leg(slot) else { return };
        leg.is_whispering = false;
        let mouthpiece = leg.mouthpiece.take();
        self.give_back_half(mouthpiece.map(Returned::Mouthpiece));
        if let Some((room, seat)) = self.seated(slot) {
            room.mixer.set_whispering(seat, false);
        }
        self.rouse(slot);
    }

    /// Has a leg hear what comes by an earpiece, and no other. Nobody hears it if the leg is in no room, or too many
    /// others there are whispered to.
    pub(crate) fn listen(&mut self, slot: u32, earpiece: Box<Earpiece>) {
        let unused = match self.seated(slot) {
            Some((room, seat)) => room.listeners.add(slot, seat, earpiece, &mut room.mixer),
            None => Some(earpiece),
        };
        self.give_back_half(unused.map(Returned::Earpiece));
    }

    /// A leg is about to leave its room. Whoever whispers to it is still not heard by the others, nor is it itself if it
    /// whispers: nobody has said that they should.
    pub(crate) fn part_from_whispers(&mut self, slot: u32) {
        let Some(leg) = self.leg(slot) else { return };
        let (room, mouthpiece) = (leg.place().room, leg.mouthpiece.take());
        let earpiece = self.room(room).and_then(|room| room.listeners.remove(slot));
        self.give_back_half(mouthpiece.map(Returned::Mouthpiece));
        self.give_back_half(earpiece.map(Returned::Earpiece));
    }

    /// Has those in a room who are whispered to hear what is for its turn due at `due`, and lets go whom nobody whispers
    /// to any more.
    pub(crate) fn take_in_whispers(&mut self, room: u32, due: Duration) {
        let mut index = 0;
        loop {
            let Self { rooms, legs, counts, .. } = self;
            let Some(Some(room)) = rooms.get_mut(room as usize) else { return };
            let Some(Listener { leg, earpiece }) = room.listeners.0.get_mut(index) else { return };
            let seat = legs.get(*leg as usize).and_then(|leg| leg.as_ref()?.seat);
            let is_over = seat.is_none_or(|seat| {
                earpiece.take_in(due, seat, &mut room.mixer, counts);
                earpiece.take_off(seat, &mut room.mixer)
            });
            if is_over {
                let Listener { earpiece, .. } = room.listeners.0.swap_remove(index);
                self.give_back(Returned::Earpiece(earpiece));
            } else {
                index += 1;
            }
        }
    }

    fn give_back_half(&mut self, half: Option<Returned>) {
        if let Some(half) = half {
            self.give_back(half);
        }
    }
}
