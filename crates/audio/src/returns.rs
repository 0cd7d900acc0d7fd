//! Whether a leg gives back what it is sent: through a loudspeaker and a microphone, or a line that reflects.
//!
//! Such a leg speaks whenever others do, a moment later, and all of them hear themselves. Each tick of what it says is
//! held against what it was sent in the last 1.3 s, by fingerprints; a delay at which they agree for a second is that
//! of a return. From then on a tick that is no louder than its return would be counts for nothing. What is louder, or
//! comes while nobody else is heard, is the leg's own voice: an echo suppressor with break-in, as in ITU-T G.164.
//!
//! Fingerprints are taken of whoever has just begun to speak, and after that only if the loudness of what a leg says
//! follows that of what it is sent.

mod envelope;
mod fingerprint;

use crate::{level::Dbfs, rate::Rate, recent::Recent};
use envelope::{DELAY_TICKS_MAX, Envelopes};
use fingerprint::{Fingerprint, Fingerprinter};

/// What is fainter, in the bands of a telephone, is not compared.
const AUDIBLE: Dbfs = Dbfs::new(-58.0);

/// What each comparison adds to the mean distance at its delay: a time constant of a second.
const RATE: f32 = 1.0 / 50.0;

/// Comparisons of a close look: three seconds of sound. A return is found within one to two.
const COMPARISONS: u32 = 150;

/// What two streams that have nothing in common differ by.
const UNLIKE: f32 = 0.5;

/// A mean distance below which one is the return of the other (0.35 in the paper, over 3 s), and above which it is so
/// no longer.
const RETURN_BELOW: f32 = 0.36;
const NO_RETURN_ABOVE: f32 = 0.44;

/// Ticks for which nothing could be compared until a delay is forgotten: a minute.
const FORGOTTEN_TICKS: u32 = 3_000;

/// A return lasts longer than what is returned: reverberation, of 60 to 80 ms.
const TAIL_TICKS: usize = 4;

/// Who is so much louder than the return would be speaks, and goes on to for 200 ms over what is fainter in a word.
const BREAK_IN_DB: f32 = 6.0;
const BREAK_IN_TICKS: u32 = 10;

/// What a tick of return adds to the knowledge of how loud it can be: 80 ms upwards, 1.3 s downwards.
const GAIN_RISE: f32 = 0.25;
const GAIN_FALL: f32 = 1.0 / 64.0;

/// Watches one leg.
#[derive(Debug, Clone)]
pub struct ReturnDetector {
    envelopes: Envelopes,
    /// How loud the leg is in this tick.
    said: Dbfs,
    /// What the leg is sent, while that is looked at closely.
    sent: Recent,
    of_sent: Fingerprinter,
    of_said: Fingerprinter,
    /// The fingerprints of what the leg was sent, by the number of the tick modulo the length.
    past: [Fingerprint; DELAY_TICKS_MAX],
    /// The mean distance between what it says and what it was sent, by delay in ticks.
    distances: [f32; DELAY_TICKS_MAX],
    /// The number of ticks that it was sent something in, or nothing.
    ticks: usize,
    /// How many of the past ticks sounded.
    sounding: usize,
    /// What is left of a close look.
    comparisons: u32,
    returned: Option<Return>,
}

/// A return that was found.
#[derive(Debug, Clone, Copy)]
struct Return {
    delay_ticks: usize,
    /// How much louder it comes back than it was sent, at most, in decibels.
    gain_db: f32,
    /// Ticks since it was seen.
    unseen: u32,
    /// Ticks for which the leg's own voice is still let through.
    own: u32,
    /// The mean distance, at its delay, of what is too loud for it.
    louder_distance: f32,
}

/// What the sound of a tick is found to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// The leg's own.
    Own,
    /// What others said, given back.
    Returned,
}

impl ReturnDetector {
    /// One that knows nothing of the leg. Allocates nothing, once [`prepare`](crate::speech::prepare) was called.
    pub const fn new() -> Self {
        Self {
            envelopes: Envelopes::new(),
            said: Dbfs::SILENCE,
            sent: Recent::new(),
            of_sent: Fingerprinter::new(),
            of_said: Fingerprinter::new(),
            past: [Fingerprint::SILENCE; DELAY_TICKS_MAX],
            distances: [UNLIKE; DELAY_TICKS_MAX],
            ticks: 0,
            sounding: 0,
            comparisons: COMPARISONS,
            returned: None,
        }
    }

    /// Says where the leg's latest tick comes from. To be asked before what is sent in the same tick is noted.
    pub fn update(&mut self, said: &Recent) -> Origin {
        self.said = Dbfs::of(said.tick());
        if self.sounding == 0 || !self.looks_closely() {
            // Nothing can come back; and what fingerprints need of the past is soon there again.
            self.of_said.reset();
            return Origin::Own;
        }
        let said = self.of_said.update(said);
        if self.returned.is_some() {
            return self.origin_of(said);
        }
        if is_audible(said) {
            self.compare(said);
        }
        if self.returned.is_some() { Origin::Returned } else { Origin::Own }
    }

    /// Notes what the leg is sent in this tick, at some rate; nothing if nobody speaks in it.
    pub fn note_sent(&mut self, sent: Option<(&[f32], Rate)>) {
        let level = sent.map_or(Dbfs::SILENCE, |(samples, _)| Dbfs::of(samples));
        self.envelopes.update(std::mem::replace(&mut self.said, Dbfs::SILENCE), level);
        if !self.looks_closely() && self.envelopes.follows() {
            self.look_closely();
        }
        let print = match sent {
            Some((samples, rate)) if self.looks_closely() => {
                self.sent.take(samples, rate);
                self.of_sent.update(&self.sent)
            }
            _ => {
                self.sent.skip(1);
                self.of_sent.reset();
                Fingerprint::SILENCE
            }
        };
        self.push(print);
        if let Some(returned) = &mut self.returned {
            returned.unseen = returned.unseen.saturating_add(1);
            self.returned = self.returned.filter(|returned| returned.unseen < FORGOTTEN_TICKS);
        }
    }

    /// Forgets what the leg was sent: for a while that was not noted.
    pub fn forget_sent(&mut self) {
        self.past.fill(Fingerprint::SILENCE);
        self.sounding = 0;
        self.sent.skip(u32::MAX);
        self.of_sent.reset();
    }

    /// Takes it that the leg said nothing for a while.
    pub const fn skip(&mut self) {
        self.of_said.reset();
    }

    /// Whether the leg is known to give back what it is sent.
    pub const fn returns(&self) -> bool {
        self.returned.is_some()
    }

    const fn looks_closely(&self) -> bool {
        self.returned.is_some() || self.comparisons > 0
    }

    fn look_closely(&mut self) {
        self.comparisons = COMPARISONS;
        self.distances.fill(UNLIKE);
        self.envelopes = Envelopes::new();
    }

    fn push(&mut self, print: Fingerprint) {
        self.ticks = self.ticks.wrapping_add(1);
        let before = std::mem::replace(&mut self.past[self.ticks % DELAY_TICKS_MAX], print);
        self.sounding += usize::from(is_audible(print));
        self.sounding -= usize::from(is_audible(before));
    }

    /// What the leg was sent so many ticks before the one that it is heard in now.
    fn sent_before(&self, delay_ticks: usize) -> Fingerprint {
        self.past[self.ticks.wrapping_sub(delay_ticks) % DELAY_TICKS_MAX]
    }

    /// Learns from a tick at which delays it is like what was sent, and whether that makes a return.
    fn compare(&mut self, said: Fingerprint) {
        self.comparisons -= 1;
        for delay in 0..DELAY_TICKS_MAX {
            let sent = self.sent_before(delay);
            if is_audible(sent) {
                self.distances[delay] += RATE * (said.distance(sent) - self.distances[delay]);
            }
        }
        let likest = (0..DELAY_TICKS_MAX)
            .min_by(|&a, &b| self.distances[a].total_cmp(&self.distances[b]))
            .filter(|&delay| self.distances[delay] < RETURN_BELOW);
        self.returned = likest.map(|delay_ticks| {
            let gain_db = said.level.decibels() - self.expected(delay_ticks).decibels();
            Return { delay_ticks, gain_db, unseen: 0, own: 0, louder_distance: UNLIKE }
        });
    }

    /// How loud it was sent what comes back now after a delay, and a little before.
    fn expected(&self, delay_ticks: usize) -> Dbfs {
        let latest = delay_ticks.saturating_sub(1);
        let earliest = (delay_ticks + TAIL_TICKS).min(DELAY_TICKS_MAX - 1);
        let levels = (latest..=earliest).map(|delay| self.sent_before(delay).level);
        levels.fold(Dbfs::SILENCE, |most, level| if level > most { level } else { most })
    }

    /// Tells the leg's own voice from the return that is known of it.
    fn origin_of(&mut self, said: Fingerprint) -> Origin {
        let Some(mut returned) = self.returned else { return Origin::Own };
        let sent = self.sent_before(returned.delay_ticks);
        let expected = self.expected(returned.delay_ticks);
        if expected < AUDIBLE {
            return Origin::Own;
        }
        let distance = said.distance(sent);
        let louder_db = said.level.decibels() - expected.decibels();
        let origin = returned.judge(louder_db, distance);
        self.returned = Some(returned);
        if origin == Origin::Returned && is_audible(said) && is_audible(sent) {
            let mean = &mut self.distances[returned.delay_ticks];
            *mean += RATE * (distance - *mean);
            if *mean > NO_RETURN_ABOVE {
                self.returned = None;
                self.look_closely();
            }
        }
        origin
    }
}

impl Return {
    /// Judges a tick that is so much louder than what was sent, and differs from it by so much.
    fn judge(&mut self, louder_db: f32, distance: f32) -> Origin {
        if louder_db > self.gain_db + BREAK_IN_DB {
            self.own = BREAK_IN_TICKS;
            // What is like what was sent for long is the return, which has become louder.
            self.louder_distance += RATE * (distance - self.louder_distance);
            if self.louder_distance < RETURN_BELOW {
                (self.gain_db, self.own, self.louder_distance) = (louder_db, 0, UNLIKE);
            }
        } else {
            self.own = self.own.saturating_sub(1);
        }
        if self.own > 0 {
            return Origin::Own;
        }
        if distance < RETURN_BELOW {
            let off_db = louder_db - self.gain_db;
            self.gain_db += off_db * if off_db > 0.0 { GAIN_RISE } else { GAIN_FALL };
            self.unseen = 0;
        }
        Origin::Returned
    }
}

impl Default for ReturnDetector {
    fn default() -> Self {
        Self::new()
    }
}

fn is_audible(tick: Fingerprint) -> bool {
    tick.level >= AUDIBLE
}
