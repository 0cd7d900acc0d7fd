//! A tap: what a room is mixed to, handed out of its workers as it happens, for recordings.
//!
//! Each part of the room has a bounded ring of frames that are made beforehand; the worker fills one a tick and
//! waits for nobody. Whoever reads too slowly loses frames, which are counted, and nothing else changes. Dropping
//! the [`Tap`] ends it: the workers notice at their next tick and give their ends back to be freed.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use audio::{Frame, Rate};
use mixer::{Desk, Room, SlotId};
use rtrb::{Consumer, Producer, RingBuffer};

use crate::LegId;

/// For how many ticks a tap's reader may stand still without losing anything at most: five seconds.
pub const TAP_TICKS_MAX: usize = 250;

/// Voices a tick for which that holds as well, if voices are tapped: three who speak, and one who just fell silent.
/// With more of them at once it holds for less.
const VOICES_PER_TICK: usize = 4;

/// What shall be handed out of a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TapSettings {
    /// Each voice by itself, besides the mix of all.
    pub voices: bool,
    /// For how many ticks the reader may stand still without losing anything: at most [`TAP_TICKS_MAX`], as by
    /// default. Each takes some 4 KB.
    pub ticks: usize,
}

impl Default for TapSettings {
    fn default() -> Self {
        Self { voices: false, ticks: TAP_TICKS_MAX }
    }
}

/// Whose sound a tapped frame is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TapSource {
    /// The mix that everybody hears who doesn't speak.
    Mix,
    /// A leg's voice as it is in the mix, faded where it begins and ends.
    Voice(LegId),
}

/// A tick of sound out of a room.
#[derive(Debug, Clone)]
pub struct Tapped {
    /// When the turn was due in which it was mixed, on the engine's monotonic clock. Turns of one part are a whole
    /// number of ticks apart; those of different parts are not.
    pub due: Duration,
    /// Whose it is.
    pub source: TapSource,
    /// The sound, at the room's rate. It may exceed ±1.0.
    pub frame: Frame,
}

/// The reader's end of a tap, for a thread that may take its time.
#[derive(Debug)]
pub struct Tap {
    lanes: Vec<Lane>,
    /// Those of parts that are opened later.
    coming: Receiver<Lane>,
    lost: Arc<Lost>,
}

/// The reader's end of one ring.
#[derive(Debug)]
pub(crate) struct Lane {
    full: Consumer<Box<Tapped>>,
    empty: Producer<Box<Tapped>>,
    is_mix: bool,
}

/// The control side's end: where rings of further parts go.
#[derive(Debug)]
pub(crate) struct TapFeed {
    coming: Sender<Lane>,
    settings: TapSettings,
    lost: Arc<Lost>,
}

/// Frames for which there was no room.
#[derive(Debug, Default)]
struct Lost {
    mix: AtomicU64,
    voices: AtomicU64,
}

/// A worker's end, for one part of a room.
#[derive(Debug)]
pub(crate) struct PartTap {
    /// At the one part that is the room's home.
    mix: Option<Spout>,
    voices: Option<Spout>,
}

/// A worker's end of one ring.
#[derive(Debug)]
struct Spout {
    full: Producer<Box<Tapped>>,
    empty: Consumer<Box<Tapped>>,
    lost: Arc<Lost>,
}

impl Tap {
    /// Both ends of a tap that no part of the room feeds yet.
    pub(crate) fn new(settings: TapSettings) -> (Self, TapFeed) {
        let (sender, coming) = channel();
        let lost = Arc::new(Lost::default());
        let feed = TapFeed { coming: sender, settings, lost: Arc::clone(&lost) };
        (Self { lanes: Vec::new(), coming, lost }, feed)
    }

    /// Takes all that has come so far: of each part in the order of time, one part after the other.
    pub fn drain(&mut self, mut take: impl FnMut(&Tapped)) {
        self.lanes.extend(self.coming.try_iter());
        for lane in &mut self.lanes {
            while let Ok(tapped) = lane.full.pop() {
                take(&tapped);
                // There is a place for each that there is.
                let _ = lane.empty.push(tapped);
            }
        }
        self.lanes.retain(|lane| lane.is_mix || !lane.is_over());
    }

    /// Ticks of the mix that were lost because this was not drained in time.
    #[must_use]
    pub fn mix_ticks_lost(&self) -> u64 {
        self.lost.mix.load(Ordering::Relaxed)
    }

    /// Ticks of voices that were lost so, each voice's counted.
    #[must_use]
    pub fn voice_ticks_lost(&self) -> u64 {
        self.lost.voices.load(Ordering::Relaxed)
    }

    /// Whether nothing will come any more, for the room was closed. To be asked after draining.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.lanes.iter().any(|lane| lane.is_mix && lane.is_over())
    }
}

impl Lane {
    /// Whether the worker's end is gone and all that came was taken.
    fn is_over(&self) -> bool {
        // In this order: what was pushed before the end went is seen.
        self.full.is_abandoned() && self.full.is_empty()
    }
}

impl TapFeed {
    /// A worker's end for a part of the room, which is its home or not; none if the reader is gone, or wants
    /// nothing of that part.
    pub(crate) fn open_part(&self, is_home: bool) -> Option<Box<PartTap>> {
        let mix = if is_home { Some(self.lane(true)?) } else { None };
        let voices = if self.settings.voices { Some(self.lane(false)?) } else { None };
        (mix.is_some() || voices.is_some()).then(|| Box::new(PartTap { mix, voices }))
    }

    fn lane(&self, is_mix: bool) -> Option<Spout> {
        let frames =
            self.settings.ticks.clamp(1, TAP_TICKS_MAX) * if is_mix { 1 } else { VOICES_PER_TICK };
        let (full, full_out) = RingBuffer::new(frames);
        let (mut empty_in, empty) = RingBuffer::new(frames);
        let silence = Tapped {
            due: Duration::ZERO,
            source: TapSource::Mix,
            frame: Frame::silent(Rate::Hz8000),
        };
        for _ in 0..frames {
            let _ = empty_in.push(Box::new(silence.clone()));
        }
        self.coming.send(Lane { full: full_out, empty: empty_in, is_mix }).ok()?;
        Some(Spout { full, empty, lost: Arc::clone(&self.lost) })
    }
}

impl PartTap {
    /// Whether nobody reads any more.
    pub(crate) fn is_over(&self) -> bool {
        self.mix.iter().chain(&self.voices).any(|spout| spout.full.is_abandoned())
    }

    /// Hands out what `room` was mixed to on `desk` in the turn due at `due`. `leg_of` knows whose each seat is.
    pub(crate) fn hand_out(
        &mut self,
        due: Duration,
        room: &Room,
        desk: &Desk,
        leg_of: impl Fn(SlotId) -> Option<LegId>,
    ) {
        if let Some(mix) = &mut self.mix {
            mix.put(due, TapSource::Mix, room.whole(desk));
        }
        let Some(voices) = &mut self.voices else { return };
        for spoken in room.spoken(desk) {
            if let Some(leg) = leg_of(spoken.speaker.seat()) {
                voices.put(due, TapSource::Voice(leg), spoken.frame);
            }
        }
    }
}

impl Spout {
    fn put(&mut self, due: Duration, source: TapSource, frame: &Frame) {
        let Ok(mut tapped) = self.empty.pop() else {
            let lost = match source {
                TapSource::Mix => &self.lost.mix,
                TapSource::Voice(_) => &self.lost.voices,
            };
            lost.fetch_add(1, Ordering::Relaxed);
            return;
        };
        (tapped.due, tapped.source) = (due, source);
        tapped.frame.copy_from(frame);
        let pushed = self.full.push(tapped);
        debug_assert!(pushed.is_ok(), "more frames than the ring was made for");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(part: &mut PartTap, tick: u64) {
        let frame = Frame::from_samples(Rate::Hz8000, &[tick as f32; 160]);
        let due = Duration::from_millis(20 * tick);
        part.mix.as_mut().unwrap().put(due, TapSource::Mix, &frame);
    }

    #[test]
    fn what_is_not_read_in_time_is_lost_and_counted_and_the_rest_is_in_order() {
        let (mut tap, feed) = Tap::new(TapSettings { ticks: usize::MAX, ..TapSettings::default() });
        let mut part = feed.open_part(true).unwrap();
        (0..300).for_each(|tick| put(&mut part, tick));
        let mut seen = Vec::new();
        tap.drain(|tapped| seen.push(tapped.frame.samples()[0] as u64));
        assert_eq!(seen, (0..250).collect::<Vec<_>>());
        assert_eq!(tap.mix_ticks_lost(), 50);
        put(&mut part, 300);
        tap.drain(|tapped| seen.push(tapped.frame.samples()[0] as u64));
        assert_eq!(seen.last(), Some(&300));
    }

    #[test]
    fn either_end_knows_that_the_other_is_gone() {
        let (mut tap, feed) = Tap::new(TapSettings { voices: true, ..TapSettings::default() });
        let mut home = feed.open_part(true).unwrap();
        let other = feed.open_part(false).unwrap();
        put(&mut home, 1);
        drop((home, other));
        assert!(!tap.is_over(), "something is there yet");
        let mut taken = 0;
        tap.drain(|_| taken += 1);
        assert!(tap.is_over() && taken == 1);

        let (tap, feed) = Tap::new(TapSettings { voices: true, ..TapSettings::default() });
        let part = feed.open_part(true).unwrap();
        assert!(!part.is_over());
        drop(tap);
        assert!(part.is_over());
        assert!(feed.open_part(false).is_none(), "nobody would read it");
    }
}
