//! Changing the rate of a stream, by a polyphase filter with little delay.

mod filter;
mod narrow;

use crate::rate::{Rate, TICK_SAMPLES_MAX};
use filter::{BY_2, BY_3, BY_6, Filter, TAPS_MAX};
use multiversion::multiversion;

/// The longest memory that a filter needs.
const HISTORY_SAMPLES_MAX: usize = TAPS_MAX - 1;

/// Products that are summed side by side. Each filter's taps are a multiple of it.
const LANES: usize = 8;

/// Changes one stream of sound from one [`Rate`] to another.
///
/// All memory is inside, a kilobyte of it; the rates can be changed at any time without allocating.
/// The copy of a resampler goes on from the same point.
#[derive(Clone)]
pub struct Resampler {
    from: Rate,
    to: Rate,
    /// The samples before the next input, the newest last.
    history: [f32; HISTORY_SAMPLES_MAX],
}

impl Resampler {
    /// A resampler that has heard silence for ever.
    pub const fn new(from: Rate, to: Rate) -> Self {
        Self { from, to, history: [0.0; HISTORY_SAMPLES_MAX] }
    }

    /// Changes the rates, and forgets what was heard if they differ from before.
    pub fn set(&mut self, from: Rate, to: Rate) {
        if (from, to) != (self.from, self.to) {
            (self.from, self.to) = (from, to);
            self.reset();
        }
    }

    /// Forgets what was heard.
    pub fn reset(&mut self) {
        self.history.fill(0.0);
    }

    /// Goes on from where `other` is.
    pub fn copy_state_from(&mut self, other: &Self) {
        (self.from, self.to) = (other.from, other.to);
        self.history.copy_from_slice(&other.history);
    }

    /// The rate of the input.
    pub const fn from(&self) -> Rate {
        self.from
    }

    /// The rate of the output.
    pub const fn to(&self) -> Rate {
        self.to
    }

    /// How many samples `input_samples` become. Exact for any whole number of milliseconds.
    pub fn output_samples(&self, input_samples: usize) -> usize {
        match self.filter() {
            None => input_samples,
            Some(filter) if self.rises() => input_samples * filter.factor,
            Some(filter) => input_samples / filter.factor,
        }
    }

    /// The delay from input to output in samples of the higher rate: about half a filter.
    pub fn delay_samples(&self) -> f32 {
        match self.filter() {
            None => 0.0,
            Some(filter) if self.rises() => (filter.whole.len() as f32 - 1.0) / 2.0,
            // A result stands at the first sample of its group, and may see up to the last.
            Some(filter) => (filter.whole.len() as f32 + 1.0) / 2.0 - filter.factor as f32,
        }
    }

    /// Resamples `input`, whole milliseconds of any length, into the beginning of `output`, and
    /// gives the number of samples that were written. Input for which `output` has no room is
    /// passed over.
    pub fn process(&mut self, input: &[f32], output: &mut [f32]) -> usize {
        let Some(filter) = self.filter() else {
            let samples = input.len().min(output.len());
            output[..samples].copy_from_slice(&input[..samples]);
            return samples;
        };
        let mut written = 0;
        for chunk in input.chunks(self.from.tick_samples()) {
            written += self.process_tick(filter, chunk, &mut output[written..]);
        }
        written
    }

    fn process_tick(&mut self, filter: &Filter, input: &[f32], output: &mut [f32]) -> usize {
        let samples = self.output_samples(input.len()).min(output.len());
        let output = &mut output[..samples];
        // On the stack: a resampler that is laid by takes no more memory than what it remembers.
        let mut line = [0.0; HISTORY_SAMPLES_MAX + TICK_SAMPLES_MAX];
        let end = HISTORY_SAMPLES_MAX + input.len();
        line[..HISTORY_SAMPLES_MAX].copy_from_slice(&self.history);
        line[HISTORY_SAMPLES_MAX..end].copy_from_slice(input);
        if self.rises() {
            let line = &line[HISTORY_SAMPLES_MAX + 1 - filter.taps..end];
            interpolate(line, filter.phases, filter.taps, output);
        } else {
            // The newest sample that a result may see is the last of its group of `factor`.
            let line = &line[HISTORY_SAMPLES_MAX + filter.factor - filter.whole.len()..end];
            decimate(line, filter.whole, filter.factor, output);
        }
        self.history.copy_from_slice(&line[input.len()..end]);
        samples
    }

    fn rises(&self) -> bool {
        self.from < self.to
    }

    /// The filter between the two rates, unless they are equal.
    const fn filter(&self) -> Option<&'static Filter> {
        match (self.from, self.to) {
            (Rate::Hz8000, Rate::Hz16000) | (Rate::Hz16000, Rate::Hz8000) => Some(&BY_2),
            (Rate::Hz16000, Rate::Hz48000) | (Rate::Hz48000, Rate::Hz16000) => Some(&BY_3),
            (Rate::Hz8000, Rate::Hz48000) | (Rate::Hz48000, Rate::Hz8000) => Some(&BY_6),
            _ => None,
        }
    }
}

impl std::fmt::Debug for Resampler {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Resampler").field("from", &self.from).field("to", &self.to).finish()
    }
}

/// From each window of `taps` samples, as many results as there are phases.
#[multiversion(targets = "simd")]
fn interpolate(line: &[f32], phases: &[f32], taps: usize, output: &mut [f32]) {
    let factor = phases.len() / taps;
    for (window, results) in line.windows(taps).zip(output.chunks_mut(factor)) {
        for (phase, result) in phases.chunks_exact(taps).zip(results) {
            *result = dot(window, phase);
        }
    }
}

/// One result from a window over all taps, every `factor` samples.
#[multiversion(targets = "simd")]
fn decimate(line: &[f32], taps: &[f32], factor: usize, output: &mut [f32]) {
    for (window, result) in line.windows(taps.len()).step_by(factor).zip(output) {
        *result = dot(window, taps);
    }
}

/// The sum of the products, in lanes that vectorise. Inlined, and so compiled for its caller's
/// instructions.
#[inline(always)]
fn dot(samples: &[f32], taps: &[f32]) -> f32 {
    let mut lanes = [0.0f32; LANES];
    for (samples, taps) in samples.chunks_exact(LANES).zip(taps.chunks_exact(LANES)) {
        for ((lane, sample), tap) in lanes.iter_mut().zip(samples).zip(taps) {
            *lane += sample * tap;
        }
    }
    lanes.iter().sum()
}

#[cfg(test)]
mod tests;
