//! What a phone says: an excerpt of speech, again and again.

use std::time::Duration;

use audio::{Frame, Rate};

use crate::Speech;

/// The pause between two rounds of an excerpt, for those who don't take turns.
const PAUSE: Duration = Duration::from_millis(400);

/// What is said, and when.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Says {
    /// The words.
    pub speech: Speech,
    /// From one beginning to the next; when `None`, or too short for the words, they come again after a
    /// short pause.
    pub every: Option<Duration>,
    /// How long after the answer the words come first.
    pub first_after: Duration,
}

impl From<Speech> for Says {
    /// The words at once, and again after a short pause.
    fn from(speech: Speech) -> Self {
        Self { speech, every: None, first_after: Duration::ZERO }
    }
}

/// A talker's endless sound, a frame at a time.
#[derive(Clone, Debug)]
pub struct Voice {
    rate: Rate,
    /// One round: the excerpt and the pause, in whole frames.
    round: Vec<f32>,
    position: usize,
}

impl Voice {
    /// A voice that says it at `rate`.
    pub fn new(says: Says, rate: Rate) -> Self {
        let mut round = says.speech.samples(rate);
        let tick = rate.tick_samples();
        let least = round.len() + samples_in(PAUSE, rate);
        let wanted = says.every.map_or(0, |every| samples_in(every, rate));
        round.resize(least.max(wanted).next_multiple_of(tick), 0.0);
        // Whoever begins later is so far before the end of a round that went before.
        let wait = samples_in(says.first_after, rate).next_multiple_of(tick) % round.len();
        let position = (round.len() - wait) % round.len();
        Self { rate, round, position }
    }

    /// The next 20 ms.
    pub fn next_frame(&mut self) -> Frame {
        let tick = self.rate.tick_samples();
        let samples = self.round.get(self.position..self.position + tick).unwrap_or_default();
        let frame = Frame::from_samples(self.rate, samples);
        self.position = (self.position + tick) % self.round.len();
        frame
    }
}

fn samples_in(duration: Duration, rate: Rate) -> usize {
    duration.as_millis() as usize * rate.hz() as usize / 1000
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::correlate;

    #[test]
    fn a_voice_repeats_itself_after_a_pause() {
        let mut voice = Voice::new(Speech::Cards.into(), Rate::Hz8000);
        let said: Vec<f32> = (0..500).flat_map(|_| voice.next_frame().samples().to_vec()).collect();
        let speech = Speech::Cards.samples(Rate::Hz8000);
        let second = &said[speech.len() + 1..];
        let found = correlate::find(&speech, second);
        assert!(found.score > 0.99, "{found:?}");
        assert!(found.lag_samples >= 3_000, "{found:?}");
    }

    #[test]
    fn who_takes_turns_begins_later_and_in_time() {
        let (every, first_after) = (Duration::from_secs(8), Duration::from_secs(4));
        let says = Says { speech: Speech::Cards, every: Some(every), first_after };
        let mut voice = Voice::new(says, Rate::Hz8000);
        let said: Vec<f32> =
            (0..1_000).flat_map(|_| voice.next_frame().samples().to_vec()).collect();
        let speech = Speech::Cards.samples(Rate::Hz8000);
        for (from, begins) in [(0, 4 * 8_000), (8 * 8_000, 12 * 8_000)] {
            let found = correlate::find(&speech, &said[from..from + 8 * 8_000]);
            assert!(found.score > 0.99, "{found:?}");
            assert_eq!(from + found.lag_samples, begins);
        }
    }
}
