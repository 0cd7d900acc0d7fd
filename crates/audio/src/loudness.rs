//! How loud a voice is to the ear, as broadcasters measure it: ITU-R BS.1770-4 and EBU R 128.

use crate::{
    biquad::{Biquad, Coefficients},
    rate::{Rate, TICKS_PER_SECOND},
};
use std::f64::consts::PI;

/// Loudness in LUFS: decibels relative to full scale, of sound that is weighted as the ear does. A sine of
/// 1 kHz at ±1.0 is −3.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Lufs(f32);

impl Lufs {
    /// What is below this never counts: the absolute gate of BS.1770, in LUFS.
    pub const GATE: Lufs = Lufs(-70.0);

    /// The loudness of silence, and the lowest there is.
    pub const SILENCE: Lufs = Lufs(-100.0);

    /// What BS.1770 adds, so that a sine of 1 kHz has the same figure in LUFS as in dBFS.
    const OFFSET_DB: f32 = -0.691;

    /// A loudness of `decibels`, not lower than [`Lufs::SILENCE`]; so is what isn't a number.
    pub const fn new(decibels: f32) -> Self {
        if decibels > Self::SILENCE.0 { Self(decibels) } else { Self::SILENCE }
    }

    /// The loudness of sound whose [weighted](KWeighting) squares are `energy` on average.
    pub fn of_energy(energy: f32) -> Self {
        Self::new(Self::OFFSET_DB + 10.0 * energy.log10())
    }

    /// The loudness in decibels.
    pub const fn decibels(self) -> f32 {
        self.0
    }
}

/// Weighs sound as the ear does, and gives its energy: the K-weighting of BS.1770-4, annex 1, which raises
/// what is above 2 kHz by 4 dB, as a head does, and leaves out what is below 60 Hz.
#[derive(Debug, Clone)]
pub struct KWeighting {
    head: Biquad,
    low_cut: Biquad,
}

impl KWeighting {
    /// A filter that has heard silence for ever.
    pub fn new(rate: Rate) -> Self {
        let hz = f64::from(rate.hz());
        Self { head: Biquad::new(head(hz)), low_cut: Biquad::new(low_cut(hz)) }
    }

    /// The mean of the weighted squares of the next samples.
    pub fn energy(&mut self, samples: &[f32]) -> f32 {
        let Self { mut head, mut low_cut } = *self;
        let square = |&sample: &f32| {
            let weighted = low_cut.step(head.step(f64::from(sample)));
            weighted * weighted
        };
        let sum: f64 = samples.iter().map(square).sum();
        (self.head, self.low_cut) = (head, low_cut);
        self.head.settle();
        self.low_cut.settle();
        (sum / samples.len().max(1) as f64) as f32
    }

    /// Forgets what was heard.
    pub fn reset(&mut self) {
        self.head.reset();
        self.low_cut.reset();
    }
}

/// The shelf at 1.7 kHz. BS.1770 gives its coefficients at 48 kHz alone; these are the analogue filter behind
/// them (B. De Man, *Evaluation of Implementations of the EBU R128 Loudness Measurement*, AES 2018), for any rate.
fn head(sampling_hz: f64) -> Coefficients {
    const HZ: f64 = 1_681.974_450_955_533;
    const GAIN_DB: f64 = 3.999_843_853_973_347;
    const QUALITY: f64 = 0.707_175_236_955_419_6;
    const MIDDLE: f64 = 0.499_666_774_154_541_6;
    let k = (PI * HZ / sampling_hz).tan();
    let high = 10f64.powf(GAIN_DB / 20.0);
    let middle = high.powf(MIDDLE) * k / QUALITY;
    let scale = 1.0 / (1.0 + k / QUALITY + k * k);
    Coefficients {
        b: [high + middle + k * k, 2.0 * (k * k - high), high - middle + k * k].map(|b| b * scale),
        a: [2.0 * (k * k - 1.0) * scale, (1.0 - k / QUALITY + k * k) * scale],
    }
}

/// The high-pass filter at 38 Hz, in which BS.1770 doesn't scale what passes to exactly 1.
fn low_cut(sampling_hz: f64) -> Coefficients {
    const HZ: f64 = 38.135_470_876_024_44;
    const QUALITY: f64 = 0.500_327_037_323_877_3;
    Coefficients { b: [1.0, -2.0, 1.0], ..Coefficients::high_pass(sampling_hz, HZ, QUALITY) }
}

/// The momentary loudness of EBU Tech 3341: that of the last 400 ms, anew every 100 ms. Fed once a tick.
#[derive(Debug, Clone)]
pub struct Momentary {
    /// The energy of each tick, in a ring.
    energies: [f32; Self::TICKS],
    /// Ticks that were heard since the beginning; their count stops at a multiple of the ring's length.
    ticks: u8,
}

impl Momentary {
    /// Ticks that are looked at: 400 ms.
    pub const TICKS: usize = 2 * TICKS_PER_SECOND as usize / 5;

    /// Ticks from one figure to the next: 100 ms, so that each tick is part of four.
    pub const STEP: usize = Self::TICKS / 4;

    /// A meter that has heard nothing.
    pub const fn new() -> Self {
        Self { energies: [0.0; Self::TICKS], ticks: 0 }
    }

    /// Takes the weighted energy of a tick. Gives that of the last 400 ms when it is time to.
    pub fn update(&mut self, energy: f32) -> Option<f32> {
        self.energies[usize::from(self.ticks) % Self::TICKS] = energy;
        self.ticks += 1;
        let is_due = usize::from(self.ticks) >= Self::TICKS
            && usize::from(self.ticks).is_multiple_of(Self::STEP);
        if usize::from(self.ticks) == 2 * Self::TICKS {
            self.ticks = Self::TICKS as u8;
        }
        is_due.then(|| self.energies.iter().sum::<f32>() / Self::TICKS as f32)
    }

    /// Forgets what was heard.
    pub const fn reset(&mut self) {
        self.ticks = 0;
    }
}

impl Default for Momentary {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f32::consts::TAU;

    /// The loudness of a sine.
    fn sine(rate: Rate, hz: f32, amplitude: f32) -> f32 {
        let mut weighting = KWeighting::new(rate);
        let (mut momentary, mut last) = (Momentary::new(), 0.0);
        for tick in 0..100 {
            let place = |n: usize| (tick * rate.tick_samples() + n) as f32;
            let turns = |n| (hz * place(n) / rate.hz() as f32).fract();
            let samples: Vec<f32> =
                (0..rate.tick_samples()).map(|n| amplitude * (TAU * turns(n)).sin()).collect();
            last = momentary.update(weighting.energy(&samples)).unwrap_or(last);
        }
        Lufs::of_energy(last).decibels()
    }

    #[test]
    fn the_coefficients_at_48_khz_are_those_of_the_recommendation() {
        let near = |ours: &[f64], theirs: &[f64]| {
            ours.iter().zip(theirs).all(|(ours, theirs)| (ours - theirs).abs() < 1e-10)
        };
        let head = head(48_000.0);
        assert!(near(&head.b, &[1.53512485958697, -2.69169618940638, 1.19839281085285]));
        assert!(near(&head.a, &[-1.69065929318241, 0.73248077421585]));
        assert!(near(&low_cut(48_000.0).a, &[-1.99004745483398, 0.99007225036621]));
    }

    #[test]
    fn a_sine_is_as_loud_as_the_recommendation_says() {
        // BS.1770-4: 997 Hz at full scale is −3.01 LKFS, if it is in one channel.
        assert!((sine(Rate::Hz48000, 997.0, 1.0) + 3.01).abs() < 0.02);
        // EBU Tech 3341, case 1, in one channel of its two: 1 kHz at −23 dBFS is 3 dB less than −23 LUFS.
        assert!((sine(Rate::Hz48000, 1_000.0, 10f32.powf(-1.15)) + 26.01).abs() < 0.05);
    }

    #[test]
    fn a_voice_is_as_loud_at_any_rate() {
        // A filter bends towards half the sampling rate: at 8 kHz the shelf rises a little too soon.
        for (hz, tolerance_db) in [(200.0, 0.3), (500.0, 0.3), (1_000.0, 0.4), (2_000.0, 1.0)] {
            let reference = sine(Rate::Hz48000, hz, 0.1);
            for rate in [Rate::Hz8000, Rate::Hz16000] {
                let difference_db = (sine(rate, hz, 0.1) - reference).abs();
                assert!(difference_db < tolerance_db, "{hz} Hz at {rate:?}: {difference_db} dB");
            }
        }
        assert!(sine(Rate::Hz48000, 40.0, 0.1) < sine(Rate::Hz48000, 400.0, 0.1) - 5.0);
    }

    #[test]
    fn four_figures_share_a_tick() {
        let mut momentary = Momentary::new();
        let mut figures = Vec::new();
        for tick in 1..=90 {
            let energy = if tick == 41 { 1.0 } else { 0.0 };
            figures.extend(momentary.update(energy).map(|energy| (tick, energy)));
        }
        let ticks: Vec<i32> = figures.iter().map(|(tick, _)| *tick).collect();
        assert_eq!(ticks, (20..=90).step_by(5).collect::<Vec<_>>());
        let loud: Vec<i32> = figures.iter().filter(|(_, e)| *e > 0.0).map(|(t, _)| *t).collect();
        assert_eq!(loud, [45, 50, 55, 60]);
        momentary.reset();
        assert!((0..19).all(|_| momentary.update(1.0).is_none()));
        assert_eq!(momentary.update(1.0), Some(1.0));
    }

    #[test]
    fn nothing_is_silence() {
        assert_eq!(Lufs::of_energy(0.0), Lufs::SILENCE);
        assert_eq!(Lufs::of_energy(f32::NAN), Lufs::SILENCE);
        assert_eq!(KWeighting::new(Rate::Hz8000).energy(&[]), 0.0);
    }
}
