//! What joins two parts of a room.
//!
//! What was said in a turn goes over in a box. The boxes are made with the link and go round: full
//! ones there by one ring, empty ones back by another. A part that finds no empty box, since the
//! other has stalled, drops what it has to say and counts that; the other drops what is too old when
//! it goes on. So neither waits, and nothing grows.

use std::time::Duration;

use audio::Frame;
use audio::level::Dbfs;
use mixer::{Room, SpeakerId, Spoken};
use rtrb::{Consumer, Producer, RingBuffer};

use super::super::pace::Pace;
use crate::stats::Counts;

/// Boxes each way: one that is filled, one that is emptied, and two that wait while a part is late.
const BOXES: usize = 4;

/// What a part's members said in one turn.
struct Said {
    /// When the turn was due.
    due: Duration,
    voices: Vec<Voice>,
    /// How many of the voices speak in this turn.
    len: usize,
}

/// One speaker's part in it.
struct Voice {
    speaker: SpeakerId,
    level: Dbfs,
    frame: Frame,
}

/// One part's end of the link between two.
pub(crate) struct CascadeLink {
    peer: u16,
    outgoing: Outgoing,
    incoming: Incoming,
}

struct Outgoing {
    full: Producer<Box<Said>>,
    empty: Consumer<Box<Said>>,
}

struct Incoming {
    full: Consumer<Box<Said>>,
    empty: Producer<Box<Said>>,
    pace: Pace,
    /// Whether anything has come yet.
    has_begun: bool,
}

impl CascadeLink {
    /// The two ends of a link between the parts `a` and `b`, in this order, for at most so many
    /// voices a turn.
    pub(crate) fn pair(a: u16, b: u16, voices_max: usize) -> (Box<Self>, Box<Self>) {
        let (to_b, from_a) = way(voices_max);
        let (to_a, from_b) = way(voices_max);
        let a_end = Self { peer: b, outgoing: to_b, incoming: from_b };
        let b_end = Self { peer: a, outgoing: to_a, incoming: from_a };
        (Box::new(a_end), Box::new(b_end))
    }

    /// The part at the other end.
    pub(crate) fn peer(&self) -> u16 {
        self.peer
    }

    /// Has `room` hear what the other part said in the turn that is to be heard in the one due at
    /// `due`.
    pub(crate) fn take_in(&mut self, due: Duration, room: &mut Room, counts: &mut Counts) {
        let incoming = &mut self.incoming;
        let Some(said) = incoming.next(due, counts) else {
            counts.cascade_missed += u64::from(incoming.has_begun);
            return;
        };
        incoming.has_begun = true;
        for Voice { speaker, level, frame } in &said.voices[..said.len] {
            room.hear_guest(Spoken { speaker: *speaker, level: *level, frame });
        }
        counts.cascade_received += said.len as u64;
        put(&mut incoming.empty, said);
    }

    /// Hands over what was said in the turn due at `due`.
    pub(crate) fn hand_over<'a>(
        &mut self,
        due: Duration,
        spoken: impl Iterator<Item = Spoken<'a>>,
        counts: &mut Counts,
    ) {
        let Ok(mut said) = self.outgoing.empty.pop() else {
            counts.cascade_dropped += 1;
            return;
        };
        said.fill(due, spoken);
        counts.cascade_sent += said.len as u64;
        put(&mut self.outgoing.full, said);
    }
}

/// The way from one part to another, with its boxes where they are filled.
fn way(voices_max: usize) -> (Outgoing, Incoming) {
    let (full, full_out) = RingBuffer::new(BOXES);
    let (mut empty_in, empty) = RingBuffer::new(BOXES);
    for _ in 0..BOXES {
        put(&mut empty_in, Box::new(Said::new(voices_max)));
    }
    let incoming =
        Incoming { full: full_out, empty: empty_in, pace: Pace::default(), has_begun: false };
    (Outgoing { full, empty }, incoming)
}

/// Puts a box into a ring, which has a place for each that there is.
fn put(ring: &mut Producer<Box<Said>>, said: Box<Said>) {
    let result = ring.push(said);
    debug_assert!(result.is_ok(), "more boxes than the ring was made for");
}

impl Incoming {
    /// What is to be heard in the turn due at `now`.
    fn next(&mut self, now: Duration, counts: &mut Counts) -> Option<Box<Said>> {
        let Self { full, empty, pace, .. } = self;
        pace.next(
            now,
            full,
            |said| said.due,
            |said| {
                counts.cascade_dropped += 1;
                put(empty, said);
            },
        )
    }
}

impl Said {
    fn new(voices_max: usize) -> Self {
        // Reserved, but not touched before somebody speaks.
        Self { due: Duration::ZERO, voices: Vec::with_capacity(voices_max), len: 0 }
    }

    /// Takes in what was said in a turn; what is too much is left out.
    fn fill<'a>(&mut self, due: Duration, spoken: impl Iterator<Item = Spoken<'a>>) {
        (self.due, self.len) = (due, 0);
        for Spoken { speaker, level, frame } in spoken {
            if let Some(voice) = self.voices.get_mut(self.len) {
                (voice.speaker, voice.level) = (speaker, level);
                voice.frame.copy_from(frame);
            } else if self.voices.len() < self.voices.capacity() {
                self.voices.push(Voice { speaker, level, frame: frame.clone() });
            } else {
                return;
            }
            self.len += 1;
        }
    }
}
