//! One tick of sound.

use crate::rate::{Rate, TICK_SAMPLES_MAX};

/// One [tick](crate::TICK) of mono sound: 20 ms of samples in ±1.0 at some [`Rate`].
///
/// The samples live inside the frame, so that frames can be kept in tables and copied without
/// touching the heap.
#[derive(Clone)]
pub struct Frame {
    rate: Rate,
    samples: [f32; TICK_SAMPLES_MAX],
}

impl Frame {
    /// A frame of silence.
    pub const fn silent(rate: Rate) -> Self {
        Self { rate, samples: [0.0; TICK_SAMPLES_MAX] }
    }

    /// A frame that begins with `samples`. What is missing is silence, what is too much is left
    /// out.
    pub fn from_samples(rate: Rate, samples: &[f32]) -> Self {
        let mut frame = Self::silent(rate);
        frame.fill_from(samples);
        frame
    }

    /// The rate of the samples.
    pub const fn rate(&self) -> Rate {
        self.rate
    }

    /// The samples of the whole tick.
    pub fn samples(&self) -> &[f32] {
        &self.samples[..self.rate.tick_samples()]
    }

    /// The samples of the whole tick, to be written.
    pub fn samples_mut(&mut self) -> &mut [f32] {
        &mut self.samples[..self.rate.tick_samples()]
    }

    /// Sets the rate and silences the frame: samples of one rate mean nothing at another.
    pub fn set_rate(&mut self, rate: Rate) {
        self.rate = rate;
        self.silence();
    }

    /// Fills the frame with silence.
    pub fn silence(&mut self) {
        self.samples_mut().fill(0.0);
    }

    /// Copies `samples` in. What is missing is silence, what is too much is left out.
    pub fn fill_from(&mut self, samples: &[f32]) {
        let own = self.samples_mut();
        let common = own.len().min(samples.len());
        own[..common].copy_from_slice(&samples[..common]);
        own[common..].fill(0.0);
    }

    /// Makes this frame the same as `other`.
    pub fn copy_from(&mut self, other: &Frame) {
        self.rate = other.rate;
        self.samples_mut().copy_from_slice(other.samples());
    }
}

impl std::fmt::Debug for Frame {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Frame").field("rate", &self.rate).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_as_long_as_its_rate_says() {
        let mut frame = Frame::silent(Rate::Hz8000);
        assert_eq!(frame.samples().len(), 160);
        frame.samples_mut().fill(0.5);
        frame.set_rate(Rate::Hz48000);
        assert_eq!(frame.samples(), [0.0; 960]);
    }

    #[test]
    fn short_input_is_padded_and_long_input_is_cut() {
        let mut frame = Frame::from_samples(Rate::Hz8000, &[1.0; 1_000]);
        assert_eq!(frame.samples(), [1.0; 160]);
        frame.fill_from(&[0.25; 3]);
        assert_eq!(frame.samples()[..4], [0.25, 0.25, 0.25, 0.0]);
        assert!(frame.samples()[3..].iter().all(|&sample| sample == 0.0));
    }
}
