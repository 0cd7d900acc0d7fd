//! How loud sound is.

use crate::vector;

/// A level in decibels relative to full scale: 0 is a square wave at ±1.0, a sine at ±1.0 is −3.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Dbfs(f32);

impl Dbfs {
    /// The level of silence, and the lowest there is.
    pub const SILENCE: Dbfs = Dbfs(-100.0);

    /// A level of `decibels`, not lower than [`Dbfs::SILENCE`]; so is what isn't a number.
    pub const fn new(decibels: f32) -> Self {
        if decibels > Self::SILENCE.0 { Self(decibels) } else { Self::SILENCE }
    }

    /// The root mean square of `samples`, as a level.
    pub fn of(samples: &[f32]) -> Self {
        if samples.is_empty() {
            return Self::SILENCE;
        }
        Self::of_mean_square(vector::sum_of_squares(samples) / samples.len() as f32)
    }

    /// The level of sound whose squares are `mean_square` on average.
    pub fn of_mean_square(mean_square: f32) -> Self {
        Self::new(10.0 * mean_square.log10())
    }

    /// The level in decibels.
    pub const fn decibels(self) -> f32 {
        self.0
    }

    /// The root mean square of a sound of this level, in ±1.0.
    pub fn amplitude(self) -> f32 {
        10f32.powf(self.0 / 20.0)
    }

    /// This level, `decibels` louder.
    pub const fn plus(self, decibels: f32) -> Self {
        Self::new(self.0 + decibels)
    }
}

/// The level of a voice over time: it rises within a syllable and falls slowly enough to bridge the
/// gaps between words.
///
/// Fed once a [tick](crate::TICK).
#[derive(Debug, Clone)]
pub struct LevelMeter {
    smoothed: Dbfs,
}

impl LevelMeter {
    /// Part of the distance to a louder level that is covered in one tick; 0.25 is a time constant
    /// of 70 ms, so that a cough passes before it has become a voice.
    pub const ATTACK: f32 = 0.25;

    /// Decibels by which the level falls in one tick of silence: 60 dB in a second.
    pub const RELEASE_DB: f32 = 1.2;

    /// A meter that has heard silence for ever.
    pub const fn new() -> Self {
        Self { smoothed: Dbfs::SILENCE }
    }

    /// Takes the level of one more tick, and gives the smoothed level.
    pub fn update(&mut self, level: Dbfs) -> Dbfs {
        let distance = level.0 - self.smoothed.0;
        let step =
            if distance > 0.0 { distance * Self::ATTACK } else { distance.max(-Self::RELEASE_DB) };
        self.smoothed = self.smoothed.plus(step);
        self.smoothed
    }

    /// Goes on from no less than `level`.
    pub fn raise(&mut self, level: Dbfs) {
        if level > self.smoothed {
            self.smoothed = level;
        }
    }

    /// Takes so many ticks of silence at once.
    pub fn fall(&mut self, ticks: u32) {
        self.smoothed = self.level_after(ticks);
    }

    /// The smoothed level.
    pub const fn level(&self) -> Dbfs {
        self.smoothed
    }

    /// What the smoothed level will be after so many ticks of silence.
    pub const fn level_after(&self, ticks: u32) -> Dbfs {
        self.smoothed.plus(-Self::RELEASE_DB * ticks as f32)
    }

    /// Forgets what was heard.
    pub fn reset(&mut self) {
        *self = Self::new();
    }
}

impl Default for LevelMeter {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f32::consts::TAU;

    #[test]
    fn levels_are_those_of_known_signals() {
        let sine: Vec<f32> = (0..800).map(|n| (TAU * n as f32 / 80.0).sin()).collect();
        assert!((Dbfs::of(&sine).decibels() + 3.01).abs() < 0.01);
        assert!((Dbfs::of(&[0.1; 160]).decibels() + 20.0).abs() < 0.001);
        assert_eq!(Dbfs::of(&[1.0, -1.0]).decibels(), 0.0);
    }

    #[test]
    fn silence_nothing_and_nonsense_have_the_lowest_level() {
        assert_eq!(Dbfs::of(&[]), Dbfs::SILENCE);
        assert_eq!(Dbfs::of(&[0.0; 160]), Dbfs::SILENCE);
        assert_eq!(Dbfs::of(&[f32::NAN]), Dbfs::SILENCE);
        assert_eq!(Dbfs::SILENCE.plus(-10.0), Dbfs::SILENCE);
    }

    #[test]
    fn the_meter_rises_within_a_syllable_and_falls_over_a_pause() {
        let (speech, silence) = (Dbfs::new(-20.0), Dbfs::SILENCE);
        let mut meter = LevelMeter::new();
        let syllable_ticks = 10;
        for _ in 0..syllable_ticks {
            meter.update(speech);
        }
        assert!(meter.level() > Dbfs::new(-26.0), "{:?}", meter.level());
        let pause_ticks = 15;
        for _ in 0..pause_ticks {
            meter.update(silence);
        }
        assert!(meter.level() > Dbfs::new(-45.0), "a gap between words is bridged");
        for _ in 0..50 {
            meter.update(silence);
        }
        assert_eq!(meter.level(), Dbfs::SILENCE);
    }

    #[test]
    fn silence_may_be_taken_tick_by_tick_or_at_once() {
        for ticks in [0, 1, 7, 40, 1_000] {
            let [mut one, mut other] = [LevelMeter::new(), LevelMeter::new()];
            for meter in [&mut one, &mut other] {
                (0..10).for_each(|_| _ = meter.update(Dbfs::new(-20.0)));
            }
            (0..ticks).for_each(|_| _ = one.update(Dbfs::SILENCE));
            assert!((other.level_after(ticks).0 - one.level().0).abs() < 0.001);
            other.fall(ticks);
            assert!((other.level().0 - one.level().0).abs() < 0.001, "{ticks} ticks");
        }
    }
}
