//! The two halves of a whisper, and the way between them.
//!
//! What is said in a turn goes over by a bounded ring; who hears it is [paced](Pace) by when the turns were due. A
//! listener that has stalled finds what is too old, and drops it; a speaker that finds the ring full drops what it says.
//! So neither waits, and nothing grows.

use std::time::Duration;

use audio::{Rate, TICK, TICK_SAMPLES_MAX};
use mixer::{Room, SlotId, Whisper, Whispered};
use rtrb::{Consumer, Producer, RingBuffer};

use super::super::pace::Pace;
use crate::stats::Counts;

/// Turns that may be on their way: two that wait while the listener is late, and as many to spare.
const TURNS_MAX: usize = 4;

/// What was whispered in one turn.
struct Said {
    /// When the turn was due.
    due: Duration,
    rate: Rate,
    gain_db: f32,
    len: usize,
    samples: [f32; TICK_SAMPLES_MAX],
}

/// The speaker's half.
pub(crate) struct Mouthpiece {
    said: Producer<Said>,
}

/// The listener's half.
pub(crate) struct Earpiece {
    way: Way,
    /// By what the listener hears it: here on the way there and back, and in between in the listener's room.
    whisper: Option<Box<Whisper>>,
}

/// Where the listener's half has it from.
struct Way {
    said: Consumer<Said>,
    pace: Pace,
    /// Whether the speaker is in the same part of the room, and so always heard in the same turn.
    is_near: bool,
}

/// The halves of a whisper within one part of a room (`is_near`), or from one part to another.
pub(crate) fn pair(is_near: bool) -> (Box<Mouthpiece>, Box<Earpiece>) {
    let (said, way_out) = RingBuffer::new(TURNS_MAX);
    let way = Way { said: way_out, pace: Pace::default(), is_near };
    (Box::new(Mouthpiece { said }), Box::new(Earpiece { way, whisper: Some(Box::default()) }))
}

impl Mouthpiece {
    /// Passes on what is whispered in the turn due at `due`.
    pub(crate) fn say(&mut self, due: Duration, whispered: Whispered<'_>, counts: &mut Counts) {
        // Whoever has gone misses nothing.
        if self.said.push(Said::new(due, whispered)).is_err() && !self.said.is_abandoned() {
            counts.whispers_dropped += 1;
        }
    }
}

impl Earpiece {
    /// Has what comes by it be heard by a member of `room`.
    pub(super) fn put_on(&mut self, member: SlotId, room: &mut Room) {
        self.whisper = self.whisper.take().and_then(|new| room.expect_whispers(member, new));
    }

    /// Has the member that it was put on hear from now on what comes by `next`, which will have what that was to hear.
    pub(super) fn go_on_with(&mut self, next: &mut Self, member: SlotId, room: &mut Room) {
        next.put_on(member, room);
        std::mem::swap(&mut self.way, &mut next.way);
    }

    /// Has `room`, whose turn is due at `due`, make its member hear what is to be heard in that.
    pub(super) fn take_in(
        &mut self,
        due: Duration,
        member: SlotId,
        room: &mut Room,
        counts: &mut Counts,
    ) {
        if let Some(said) = self.way.next(due, counts) {
            room.hear_whisper(member, said.whispered());
        }
    }

    /// Takes it off if nothing will come of it any more: the other half has been freed, and what came of it has faded.
    /// Tells whether that is so.
    pub(super) fn take_off(&mut self, member: SlotId, room: &mut Room) -> bool {
        // In this order: the last that was said came before the end.
        let is_over = self.way.said.is_abandoned() && self.way.said.is_empty();
        if is_over {
            self.whisper = self.whisper.take().or_else(|| room.end_whispers(member));
        }
        self.whisper.is_some()
    }
}

impl Way {
    /// What is to be heard in the turn due at `due`.
    fn next(&mut self, due: Duration, counts: &mut Counts) -> Option<Said> {
        let Self { said, pace, is_near } = self;
        // What comes from the same part is there in time: it is paced as what comes from afar is a tick later.
        let due = if *is_near { due.saturating_add(TICK) } else { due };
        pace.next(due, said, |said| said.due, |_| counts.whispers_dropped += 1)
    }
}

impl Said {
    fn new(due: Duration, Whispered { rate, samples, gain_db }: Whispered<'_>) -> Self {
        let len = samples.len().min(rate.tick_samples());
        let mut said = Self { due, rate, gain_db, len, samples: [0.0; TICK_SAMPLES_MAX] };
        said.samples[..len].copy_from_slice(&samples[..len]);
        said
    }

    fn whispered(&self) -> Whispered<'_> {
        Whispered { rate: self.rate, samples: &self.samples[..self.len], gain_db: self.gain_db }
    }
}
