//! Covering up lost sound for codecs that can't do it themselves.
//!
//! A voice is nearly periodic, so the last period that was heard, repeated, passes for more of it
//! for some tens of milliseconds. This is the idea of ITU-T G.711 Appendix I, at no delay.

use crate::{rate::Rate, vector};

/// How much is remembered: two of the longest periods, and what they are compared over.
const HISTORY_MS: u32 = 40;

/// The pitches that are looked for: 400 Hz down to 66 Hz.
const PERIOD_US_MIN: usize = 2_500;
const PERIOD_US_MAX: usize = 15_000;

/// The stretch that is compared with what lies one period before it.
const COMPARED_MS: u32 = 20;

/// A loss is covered in full for so long, and silent from the next constant on.
const FULL_MS: u32 = 10;
const SILENT_MS: u32 = 60;

/// The cross-fade from what was made up back to what is heard.
const JOIN_MS: u32 = 4;

/// Remembers the last of what was heard, and makes up more of it. Serves rates up to 16 kHz.
pub(super) struct Concealer {
    rate: Rate,
    /// The latest sound; the newest sample is the last.
    history: Box<[f32]>,
    /// While sound is being made up: how.
    loss: Option<Loss>,
}

/// A loss in progress.
struct Loss {
    /// Samples in the period that is repeated.
    period: usize,
    /// Samples made up so far.
    made: usize,
}

impl Concealer {
    pub(super) fn new(rate: Rate) -> Self {
        let history = vec![0.0; rate.samples_in_ms(HISTORY_MS)].into_boxed_slice();
        Self { rate, history, loss: None }
    }

    /// Forgets what was heard.
    pub(super) fn reset(&mut self) {
        self.history.fill(0.0);
        self.loss = None;
    }

    /// Takes sound that was received. After a loss, its beginning is blended with what was made up.
    pub(super) fn heard(&mut self, samples: &mut [f32]) {
        if self.loss.is_some() {
            let join = self.rate.samples_in_ms(JOIN_MS).min(samples.len());
            let mut made_up = [0.0; Rate::Hz16000.samples_in_ms(JOIN_MS)];
            let made_up = &mut made_up[..join];
            self.make_up(made_up);
            vector::ramp(made_up, 1.0, 0.0);
            vector::ramp(&mut samples[..join], 0.0, 1.0);
            vector::add(samples, made_up);
            self.loss = None;
        }
        self.remember(samples);
    }

    /// Fills `out` with made-up sound.
    pub(super) fn conceal(&mut self, out: &mut [f32]) {
        if self.loss.is_none() {
            self.loss = Some(Loss { period: self.period(), made: 0 });
        }
        self.make_up(out);
    }

    fn make_up(&mut self, out: &mut [f32]) {
        let Some(loss) = &mut self.loss else { return out.fill(0.0) };
        let full = self.rate.samples_in_ms(FULL_MS);
        let silent = self.rate.samples_in_ms(SILENT_MS);
        let last_period = &self.history[self.history.len() - loss.period..];
        for sample in out {
            let fading = loss.made.clamp(full, silent) - full;
            let gain = 1.0 - fading as f32 / (silent - full) as f32;
            *sample = gain * last_period[loss.made % loss.period];
            loss.made = loss.made.wrapping_add(1);
        }
    }

    fn remember(&mut self, samples: &[f32]) {
        let length = self.history.len();
        let new = &samples[samples.len().saturating_sub(length)..];
        self.history.copy_within(new.len().., 0);
        self.history[length - new.len()..].copy_from_slice(new);
    }

    /// The number of samples after which the latest sound resembles itself most.
    fn period(&self) -> usize {
        let hz = self.rate.hz() as usize;
        let compared = self.rate.samples_in_ms(COMPARED_MS);
        let latest_start = self.history.len() - compared;
        let latest = &self.history[latest_start..];
        let likeness = |period: usize| {
            let earlier = &self.history[latest_start - period..][..compared];
            let energy = vector::sum_of_squares(earlier) + f32::EPSILON;
            vector::dot(latest, earlier) / energy.sqrt()
        };
        let (shortest, longest) = (hz * PERIOD_US_MIN / 1_000_000, hz * PERIOD_US_MAX / 1_000_000);
        let mut best = (longest, f32::MIN);
        for period in shortest..=longest {
            let likeness = likeness(period);
            if likeness > best.1 {
                best = (period, likeness);
            }
        }
        best.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f32::consts::TAU;

    /// A voice-like sound of 125 Hz with four harmonics.
    fn voice(rate: Rate, from: usize, samples: usize) -> Vec<f32> {
        let phase = |n: usize| TAU * 125.0 * n as f32 / rate.hz() as f32;
        (from..from + samples)
            .map(|n| (1..=4).map(|h| 0.1 * (phase(n) * h as f32).sin()).sum())
            .collect()
    }

    #[test]
    fn a_lost_tick_of_a_voice_is_hardly_missed() {
        for rate in [Rate::Hz8000, Rate::Hz16000] {
            let tick = rate.tick_samples();
            let mut concealer = Concealer::new(rate);
            for n in 0..5 {
                concealer.heard(&mut voice(rate, n * tick, tick));
            }
            let mut made_up = vec![9.0; rate.samples_in_ms(FULL_MS)];
            concealer.conceal(&mut made_up);
            let original = voice(rate, 5 * tick, made_up.len());
            for (made_up, original) in made_up.iter().zip(&original) {
                assert!((made_up - original).abs() < 0.02, "{made_up} for {original}");
            }
        }
    }

    #[test]
    fn a_long_loss_fades_to_silence_and_sound_returns_without_a_step() {
        let rate = Rate::Hz8000;
        let mut concealer = Concealer::new(rate);
        let mut heard = voice(rate, 0, 800);
        concealer.heard(&mut heard);
        let mut all = heard;
        for _ in 0..10 {
            let mut made_up = [9.0; 160];
            concealer.conceal(&mut made_up);
            all.extend(made_up);
        }
        assert!(all[800 + rate.samples_in_ms(SILENT_MS)..].iter().all(|&sample| sample == 0.0));
        let mut back = voice(rate, 2_440, 160);
        let original = back.clone();
        concealer.heard(&mut back);
        assert_eq!(back[rate.samples_in_ms(JOIN_MS)..], original[rate.samples_in_ms(JOIN_MS)..]);
        all.extend(back);
        let step = |samples: &[f32]| {
            samples.windows(2).map(|pair| (pair[1] - pair[0]).abs()).fold(0.0, f32::max)
        };
        assert!(step(&all) <= 1.5 * step(&voice(rate, 0, 800)));
    }

    #[test]
    fn silence_and_nothing_at_all_are_concealed_by_silence() {
        let mut concealer = Concealer::new(Rate::Hz16000);
        let mut made_up = [9.0; 320];
        concealer.conceal(&mut made_up);
        assert_eq!(made_up, [0.0; 320]);
        concealer.heard(&mut []);
        concealer.conceal(&mut []);
    }
}
