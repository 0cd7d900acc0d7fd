//! What one member says to another alone.
//!
//! A whisper goes past the mix: nothing of it is in any sum, so nobody but the one whom it is for can hear it, and
//! nobody else's tick does anything for it. That one hears it over the mix, as what is [played](crate::Playback) to it.
//! On its way from one to the other it is in the caller's hands, as what [guests](crate::Spoken) say is: so the two may
//! be in different parts of a room.

use crate::mouth::Mouth;
use audio::{Frame, Rate, TICK_SAMPLES_MAX, fade, vector};

/// What a member says to another alone in one tick, as it came.
#[derive(Debug, Clone, Copy)]
pub struct Whispered<'a> {
    /// The rate of the samples.
    pub rate: Rate,
    /// 20 ms of them; what is missing is silence, what is too much is left out.
    pub samples: &'a [f32],
    /// By how many decibels the voice is changed, to be as loud as it would be in the mix.
    pub gain_db: f32,
}

/// Brings what is whispered to one listener: at the rate of its codec, and without a click at either end.
///
/// It is made where allocating is allowed, lent to a [`Room`](crate::Room), and freed where that is allowed again.
pub struct Whisper {
    /// To the listener's codec instead of a room.
    mouth: Mouth,
    /// What was said in this tick.
    heard: [f32; TICK_SAMPLES_MAX],
    /// So much of it, at this rate; nothing when nothing was said.
    samples: usize,
    rate: Rate,
    is_sounding: bool,
    /// The sample at which another's whisper was broken off, from where it slides to silence.
    broken_off_at: f32,
}

impl Whisper {
    /// One that nobody has been heard by.
    #[must_use]
    pub const fn new() -> Self {
        // Whoever is heard sets the rate.
        let rate = Rate::Hz8000;
        Self {
            mouth: Mouth::new(rate),
            heard: [0.0; TICK_SAMPLES_MAX],
            samples: 0,
            rate,
            is_sounding: false,
            broken_off_at: 0.0,
        }
    }

    /// Takes what is said in this tick.
    pub(crate) fn hear(&mut self, Whispered { rate, samples, gain_db }: Whispered<'_>) {
        (self.rate, self.samples) = (rate, samples.len().min(rate.tick_samples()));
        let heard = &mut self.heard[..self.samples];
        vector::copy_sane(heard, &samples[..self.samples]);
        let gain = 10f32.powf(gain_db / 20.0);
        vector::ramp(heard, gain, gain);
    }

    /// What is heard from now on is another's.
    pub(crate) const fn begin_anew(&mut self) {
        self.samples = 0;
        if self.is_sounding {
            self.broken_off_at = self.mouth.last_sample();
            self.is_sounding = false;
        }
    }

    /// Whether it would break off with a step.
    pub(crate) fn is_sounding(&self) -> bool {
        self.is_sounding || self.broken_off_at != 0.0
    }

    /// Adds a tick of it to what the listener hears. In a tick in which nothing was said it fades out.
    pub(crate) fn add_to(&mut self, out: &mut Frame) {
        let samples = std::mem::take(&mut self.samples);
        let heard = (samples > 0).then_some((self.rate, &self.heard[..samples]));
        if heard.is_none() && !self.is_sounding() {
            return;
        }
        let mut sound = Frame::silent(out.rate());
        if self.broken_off_at != 0.0 {
            fade::tail(sound.samples_mut(), out.rate(), self.broken_off_at);
            vector::add(out.samples_mut(), sound.samples());
            sound.silence();
            self.broken_off_at = 0.0;
        }
        self.is_sounding = self.mouth.contribute(heard, self.is_sounding, true, &mut sound);
        vector::add(out.samples_mut(), sound.samples());
    }
}

impl Default for Whisper {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for Whisper {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Whisper").field("is_sounding", &self.is_sounding).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A tick of it in silence.
    fn tick(whisper: &mut Whisper) -> Vec<f32> {
        let mut frame = Frame::silent(Rate::Hz8000);
        whisper.add_to(&mut frame);
        frame.samples().to_vec()
    }

    fn hear(whisper: &mut Whisper, samples: &[f32], gain_db: f32) {
        whisper.hear(Whispered { rate: Rate::Hz8000, samples, gain_db });
    }

    #[test]
    fn it_begins_and_ends_without_a_step() {
        let mut whisper = Whisper::new();
        assert_eq!(tick(&mut whisper), [0.0; 160]);
        hear(&mut whisper, &[0.5; 160], 0.0);
        assert!(!whisper.is_sounding());
        let first = tick(&mut whisper);
        assert_eq!((first[0], first[159]), (0.0, 0.5));
        hear(&mut whisper, &[0.5; 160], 6.0206);
        assert!((tick(&mut whisper)[159] - 1.0).abs() < 1e-3, "twice as loud");
        assert!(whisper.is_sounding());
        let last = tick(&mut whisper);
        assert!(last[0] > 0.9 && last[159].abs() < 1e-3);
        assert!(!whisper.is_sounding());
        assert_eq!(tick(&mut whisper), [0.0; 160]);
    }

    #[test]
    fn what_was_said_in_a_tick_is_heard_once() {
        let mut whisper = Whisper::new();
        hear(&mut whisper, &[0.5; 1_000], 0.0);
        tick(&mut whisper);
        let after = tick(&mut whisper);
        assert!(after[159].abs() < 1e-3, "a packet was lost: it fades");
        assert_eq!(tick(&mut whisper), [0.0; 160]);
    }

    #[test]
    fn one_voice_follows_another_without_a_step() {
        let mut whisper = Whisper::new();
        hear(&mut whisper, &[0.5; 160], 0.0);
        tick(&mut whisper);
        whisper.begin_anew();
        hear(&mut whisper, &[-0.5; 160], 0.0);
        let samples = tick(&mut whisper);
        assert_eq!((samples[0], samples[159]), (0.5, -0.5));
        assert!(samples.windows(2).all(|pair| (pair[1] - pair[0]).abs() < 0.03));

        whisper.begin_anew();
        assert!(whisper.is_sounding(), "what was broken off is still to fade");
        let samples = tick(&mut whisper);
        assert_eq!((samples[0], samples[159]), (-0.5, 0.0));
        assert!(!whisper.is_sounding());
    }
}
