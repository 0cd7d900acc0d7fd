//! What a phone says: an excerpt of speech, again and again.

use std::time::Duration;

use audio::{Frame, Rate};

use crate::Speech;

/// The pause between two rounds of an excerpt.
const PAUSE: Duration = Duration::from_millis(400);

/// A talker's endless sound, a frame at a time.
#[derive(Clone, Debug)]
pub struct Voice {
    rate: Rate,
    /// One round: the excerpt and the pause, in whole frames.
    round: Vec<f32>,
    position: usize,
}

impl Voice {
    /// A voice that says `speech` at `rate`.
    pub fn new(speech: Speech, rate: Rate) -> Self {
        let mut round = speech.samples(rate);
        let tick = rate.tick_samples();
        let pause = PAUSE.as_millis() as usize * rate.hz() as usize / 1000;
        round.resize((round.len() + pause).next_multiple_of(tick), 0.0);
        Self { rate, round, position: 0 }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::correlate;

    #[test]
    fn a_voice_repeats_itself_after_a_pause() {
        let mut voice = Voice::new(Speech::Cards, Rate::Hz8000);
        let said: Vec<f32> = (0..500).flat_map(|_| voice.next_frame().samples().to_vec()).collect();
        let speech = Speech::Cards.samples(Rate::Hz8000);
        let second = &said[speech.len() + 1..];
        let found = correlate::find(&speech, second);
        assert!(found.score > 0.99, "{found:?}");
        assert!(found.lag_samples >= 3_000, "{found:?}");
    }
}
