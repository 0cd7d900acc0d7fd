//! The noise of a room in which nobody speaks.

use crate::{level::Dbfs, rate::Rate, vector};

/// How loud the floor is: some 3 of G.711's smallest steps, far below the noise of any line, and far above
/// nothing.
pub const FLOOR_LEVEL: Dbfs = Dbfs::new(-66.0);

/// How long it is until the floor repeats itself: 2 s.
const TICKS: u32 = 100;

/// The noise falls off by 6 dB an octave from here on, about as that of rooms does (Hoth, ITU-T P.800 Annex A).
const CORNER_HZ: f32 = 500.0;

/// Faint noise that was made beforehand, at each rate, so that a tick of it costs next to nothing: one serves
/// all rooms of a thread.
#[derive(Debug, Clone)]
pub struct NoiseFloor {
    noise: [Box<[f32]>; Rate::ALL.len()],
}

impl NoiseFloor {
    /// Makes the noise: half a megabyte.
    pub fn new() -> Self {
        Self { noise: Rate::ALL.map(noise) }
    }

    /// What the noise is to be multiplied by to be this loud.
    pub fn gain(level: Dbfs) -> f32 {
        level.amplitude() / FLOOR_LEVEL.amplitude()
    }

    /// The noise at a rate in the tick of this number, at [`FLOOR_LEVEL`]: each joins on to the one before.
    pub fn tick(&self, rate: Rate, number: u32) -> &[f32] {
        let length = rate.tick_samples();
        let start = (number % TICKS) as usize * length;
        &self.noise[rate.index()][start..start + length]
    }
}

impl Default for NoiseFloor {
    fn default() -> Self {
        Self::new()
    }
}

/// Noise whose end joins on to its beginning.
fn noise(rate: Rate) -> Box<[f32]> {
    let mut noise = vec![0.0; TICKS as usize * rate.tick_samples()].into_boxed_slice();
    let keep = (-std::f32::consts::TAU * CORNER_HZ / rate.hz() as f32).exp();
    let mut sample = 0.0;
    // Twice the same, so that the filter begins as it will end.
    for _ in 0..2 {
        let mut white = White::new(rate.hz());
        for noise in &mut noise {
            sample = keep * sample + white.next();
            *noise = sample;
        }
    }
    let rms = (vector::sum_of_squares(&noise) / noise.len() as f32).sqrt();
    let gain = FLOOR_LEVEL.amplitude() / rms;
    noise.iter_mut().for_each(|sample| *sample *= gain);
    noise
}

/// White noise by a linear congruence (Numerical Recipes' constants).
#[derive(Debug, Clone)]
pub(super) struct White(u32);

impl White {
    pub(super) const fn new(seed: u32) -> Self {
        Self(seed)
    }

    /// A sample within ±1, of all values alike.
    pub(super) fn next(&mut self) -> f32 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.0 >> 8) as f32 / (1 << 23) as f32 - 1.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_tick_is_about_as_loud_and_joins_on_to_the_next() {
        let floor = NoiseFloor::new();
        for rate in Rate::ALL {
            let all: Vec<f32> = (0..2 * TICKS).flat_map(|n| floor.tick(rate, n).to_vec()).collect();
            assert!((Dbfs::of(&all).decibels() - FLOOR_LEVEL.decibels()).abs() < 0.1);
            for tick in all.chunks_exact(rate.tick_samples()) {
                let difference_db = Dbfs::of(tick).decibels() - FLOOR_LEVEL.decibels();
                assert!(difference_db.abs() < 5.0, "{rate:?}: {difference_db} dB");
            }
            let largest = |pairs: &mut dyn Iterator<Item = [f32; 2]>| {
                pairs.map(|[a, b]| (a - b).abs()).fold(0.0, f32::max)
            };
            let length = rate.tick_samples();
            let within = largest(&mut all.windows(2).map(|pair| [pair[0], pair[1]]));
            let seams = (1..2 * TICKS as usize).map(|n| [all[n * length - 1], all[n * length]]);
            assert!(largest(&mut seams.into_iter()) <= within);
            assert!(within < 8.0 * FLOOR_LEVEL.amplitude(), "no clicks");
        }
    }

    #[test]
    fn the_floor_is_that_of_a_room_and_no_hiss() {
        let floor = NoiseFloor::new();
        for rate in Rate::ALL {
            let noise: Vec<f32> = (0..TICKS).flat_map(|n| floor.tick(rate, n).to_vec()).collect();
            let steps: Vec<f32> = noise.windows(2).map(|pair| pair[1] - pair[0]).collect();
            let brightness_db = Dbfs::of(&steps).decibels() - Dbfs::of(&noise).decibels();
            assert!(brightness_db < -1.0, "{rate:?}: {brightness_db} dB");
        }
    }
}
