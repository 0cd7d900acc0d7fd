//! Whether the loudness of a leg follows that of what it was sent: a return does so, at one delay. That alone proves
//! nothing, as people take turns by each other's pauses; but it costs next to nothing, and tells when to look closely.
//!
//! Source: correlation of short-term levels, as the double-talk and delay estimators of echo cancellers have it (C.
//! Breining et al., "Acoustic echo control", IEEE Signal Processing Magazine 16 (4), 1999).

use crate::level::Dbfs;

/// The longest delay that is looked at, in ticks: 1.3 s, of a mobile phone's way there and back through buffers.
pub(super) const DELAY_TICKS_MAX: usize = 64;

/// What is fainter counts as silence.
const SILENCE: Dbfs = Dbfs::new(-60.0);

/// Ticks that are remembered: 4 s, some fifteen syllables.
const MEMORY_TICKS: u32 = 200;

/// Ticks that must have been seen: 2 s.
const TICKS_MIN: u32 = 100;

/// The correlation from which on one follows the other. A return has 0.7 and more; of those who speak at the same time
/// for no reason, the likest of all delays has 0.2 to 0.5.
const FOLLOWS_FROM: f32 = 0.55;

/// Follows both levels.
#[derive(Debug, Clone)]
pub(super) struct Envelopes {
    /// By how many decibels what was sent was louder than its mean, by delay in ticks.
    sent: [f32; DELAY_TICKS_MAX],
    /// The mean product of that and of what was said, by delay.
    products: [f32; DELAY_TICKS_MAX],
    sent_level: Level,
    said_level: Level,
    /// Ticks that were seen, up to the memory's length.
    ticks: u32,
    /// Ticks since something was sent.
    silent_ticks: usize,
}

/// How loud a stream is on average, and how far it strays from that.
#[derive(Debug, Clone)]
struct Level {
    mean_db: f32,
    square: f32,
}

impl Envelopes {
    pub(super) const fn new() -> Self {
        const NOTHING: Level = Level { mean_db: 0.0, square: 0.0 };
        Self {
            sent: [0.0; DELAY_TICKS_MAX],
            products: [0.0; DELAY_TICKS_MAX],
            sent_level: NOTHING,
            said_level: NOTHING,
            ticks: 0,
            silent_ticks: DELAY_TICKS_MAX,
        }
    }

    /// Takes the levels of a tick. Where there is nothing on either side, there is nothing to be learned.
    pub(super) fn update(&mut self, said: Dbfs, sent: Dbfs) {
        self.silent_ticks = if sent > SILENCE { 0 } else { self.silent_ticks.saturating_add(1) };
        if said <= SILENCE && self.silent_ticks >= DELAY_TICKS_MAX {
            return;
        }
        self.ticks = (self.ticks + 1).min(MEMORY_TICKS);
        let rate = 1.0 / self.ticks as f32;
        let said_off = self.said_level.update(said, rate);
        self.sent.copy_within(..DELAY_TICKS_MAX - 1, 1);
        self.sent[0] = self.sent_level.update(sent, rate);
        for (product, sent) in self.products.iter_mut().zip(&self.sent) {
            *product += rate * (said_off * sent - *product);
        }
    }

    /// Whether what is said follows what was sent, at some delay.
    pub(super) fn follows(&self) -> bool {
        let scale = (self.sent_level.square * self.said_level.square).sqrt();
        let most = self.products.iter().copied().fold(0.0, f32::max);
        self.ticks >= TICKS_MIN && most > FOLLOWS_FROM * scale
    }
}

impl Level {
    /// Takes the level of a tick, and gives by how many decibels that is off the mean.
    fn update(&mut self, level: Dbfs, rate: f32) -> f32 {
        let level_db = (level.decibels() - SILENCE.decibels()).max(0.0);
        self.mean_db += rate * (level_db - self.mean_db);
        let off_db = level_db - self.mean_db;
        self.square += rate * (off_db * off_db - self.square);
        off_db
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Levels that change with every syllable, of 120 to 280 ms.
    fn syllables(mut state: u32, ticks: usize) -> Vec<Dbfs> {
        let mut levels = Vec::new();
        while levels.len() < ticks {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let (length, level) = (6 + (state >> 16) % 9, (state >> 24) % 35);
            levels.extend((0..length).map(|_| Dbfs::new(-50.0 + level as f32)));
        }
        levels
    }

    fn follows(said: &[Dbfs], sent: &[Dbfs]) -> usize {
        let mut envelopes = Envelopes::new();
        let mut look = |(said, sent): (&Dbfs, &Dbfs)| {
            envelopes.update(*said, *sent);
            envelopes.follows()
        };
        said.iter().zip(sent).filter(|levels| look((levels.0, levels.1))).count()
    }

    #[test]
    fn what_comes_back_follows_and_what_does_not_hardly_ever_does() {
        let sent = syllables(1, 1_000);
        for delay in [0, 10, 60] {
            let returned: Vec<Dbfs> = std::iter::repeat_n(Dbfs::SILENCE, delay)
                .chain(sent.iter().map(|level| level.plus(-9.0)))
                .collect();
            let ticks = follows(&returned[..1_000], &sent);
            assert!(ticks > 700, "{delay}: {ticks}");
        }
        let by_chance: usize = (2..12).map(|said| follows(&syllables(said, 1_000), &sent)).sum();
        assert!(by_chance < 1_000, "{by_chance} of 10,000 ticks");
    }

    #[test]
    fn where_nobody_speaks_nothing_is_learned() {
        let silence = [Dbfs::SILENCE; 500];
        assert_eq!(follows(&silence, &silence), 0);
    }
}
