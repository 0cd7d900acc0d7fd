//! What one member says to another alone.
//!
//! A whisper goes past the mix: nothing of it is in any sum, so nobody but the one whom it is for can hear it, and
//! nobody else's tick does anything for it. That one hears it over the mix, as what is [played](crate::Playback) to it.

use crate::mouth::Mouth;
use audio::{Frame, Rate, TICK_SAMPLES_MAX, codec::CodecKind, vector};

/// The most members of a room who whisper at once.
pub const WHISPERS_MAX: usize = 8;

/// Brings one voice to one listener: at the rate of its codec, and without a click at either end.
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
    /// Whether somebody whispers still.
    is_on: bool,
    is_sounding: bool,
}

impl Whisper {
    /// For a voice that comes by this codec.
    pub fn new(codec: CodecKind) -> Self {
        let rate = codec.audio_rate();
        Self {
            mouth: Mouth::new(rate),
            heard: [0.0; TICK_SAMPLES_MAX],
            samples: 0,
            rate,
            is_on: true,
            is_sounding: false,
        }
    }

    /// Takes what is said in this tick, changed in loudness by so much: 20 ms at most.
    pub(crate) fn hear(&mut self, rate: Rate, samples: &[f32], gain_db: f32) {
        (self.rate, self.samples) = (rate, samples.len().min(rate.tick_samples()));
        let heard = &mut self.heard[..self.samples];
        vector::copy_sane(heard, &samples[..self.samples]);
        let gain = 10f32.powf(gain_db / 20.0);
        vector::ramp(heard, gain, gain);
    }

    /// Nobody whispers any more: what sounds still is faded out in the next tick.
    pub(crate) const fn end(&mut self) {
        self.is_on = false;
    }

    pub(crate) const fn is_on(&self) -> bool {
        self.is_on
    }

    /// Whether nothing more comes of it.
    pub(crate) const fn is_over(&self) -> bool {
        !self.is_on && !self.is_sounding
    }

    /// Adds a tick of it to what the listener hears.
    pub(crate) fn add_to(&mut self, out: &mut Frame) {
        let samples = std::mem::take(&mut self.samples);
        let heard = (samples > 0).then_some((self.rate, &self.heard[..samples]));
        if heard.is_none() && !self.is_sounding {
            return;
        }
        let mut sound = Frame::silent(out.rate());
        self.is_sounding = self.mouth.contribute(heard, self.is_sounding, self.is_on, &mut sound);
        vector::add(out.samples_mut(), sound.samples());
    }
}

impl std::fmt::Debug for Whisper {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Whisper").field("is_on", &self.is_on).finish_non_exhaustive()
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

    #[test]
    fn it_begins_and_ends_without_a_step() {
        let mut whisper = Whisper::new(CodecKind::Pcma);
        assert_eq!(tick(&mut whisper), [0.0; 160]);
        whisper.hear(Rate::Hz8000, &[0.5; 160], 0.0);
        let first = tick(&mut whisper);
        assert_eq!((first[0], first[159]), (0.0, 0.5));
        whisper.hear(Rate::Hz8000, &[0.5; 160], 6.0206);
        assert!((tick(&mut whisper)[159] - 1.0).abs() < 1e-3, "twice as loud");
        whisper.end();
        assert!(whisper.is_sounding && !whisper.is_over());
        let last = tick(&mut whisper);
        assert!(last[0] > 0.9 && last[159].abs() < 1e-3);
        assert!(whisper.is_over());
        assert_eq!(tick(&mut whisper), [0.0; 160]);
    }

    #[test]
    fn what_was_said_in_a_tick_is_heard_once() {
        let mut whisper = Whisper::new(CodecKind::Pcma);
        whisper.hear(Rate::Hz8000, &[0.5; 1_000], 0.0);
        tick(&mut whisper);
        let after = tick(&mut whisper);
        assert!(after[159].abs() < 1e-3, "a packet was lost: it fades");
        assert_eq!(tick(&mut whisper), [0.0; 160]);
    }
}
