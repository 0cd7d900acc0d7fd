//! How much noise there is under a voice.

use crate::rate::TICKS_PER_SECOND;

/// Follows the energy of the noise under a voice by the quietest moments of the last four seconds, for speech
/// has pauses and noise has none (R. Martin, *Noise Power Spectral Density Estimation Based on Optimal Smoothing
/// and Minimum Statistics*, 2001; here in one band).
///
/// Fed once a [tick](crate::TICK) with the sound's mean square, by whatever weighting.
#[derive(Debug, Clone)]
pub struct NoiseMeter {
    /// The energies of the ticks before, the newest last.
    recent: [f32; Self::AVERAGED_TICKS - 1],
    /// The least of each part of the window, the newest last.
    least: [f32; Self::PARTS],
    /// Ticks of the newest part.
    ticks: u8,
}

impl NoiseMeter {
    /// The window is made of so many parts, and so its oldest half a second is forgotten at a time.
    const PARTS: usize = 8;

    /// Ticks of each part: 480 ms, and of all, 3.84 s; in so long a time everybody takes breath.
    const PART_TICKS: u8 = (TICKS_PER_SECOND as usize * 480 / 1_000) as u8;

    /// Ticks whose mean is looked at: 60 ms, which even out noise and fit into the pause before a plosive.
    const AVERAGED_TICKS: usize = 3;

    /// How many times the energy of the floor sound must have to be more than noise: 6 dB.
    pub const MARGIN: f32 = 4.0;

    /// Energy below which there is no sound at all (−90 dBFS): phones that pause send nothing but this, and it
    /// says nothing about the noise under the voice.
    const NOTHING: f32 = 1e-9;

    /// A floor of which nothing is known.
    pub const fn new() -> Self {
        Self {
            recent: [0.0; Self::AVERAGED_TICKS - 1],
            least: [f32::INFINITY; Self::PARTS],
            ticks: 0,
        }
    }

    /// Goes on from a floor that was known before.
    pub const fn from_energy(energy: f32) -> Self {
        let mut floor = Self::new();
        floor.recent = [energy; Self::AVERAGED_TICKS - 1];
        floor.least[Self::PARTS - 1] = energy;
        floor
    }

    /// Takes the energy of a tick, and says whether that is more than noise.
    pub fn update(&mut self, energy: f32) -> bool {
        if energy <= Self::NOTHING {
            return false;
        }
        if self.energy().is_none() {
            self.recent.fill(energy);
        }
        let mean = (self.recent.iter().sum::<f32>() + energy) / Self::AVERAGED_TICKS as f32;
        self.recent.rotate_left(1);
        self.recent[Self::AVERAGED_TICKS - 2] = energy;
        if self.ticks == Self::PART_TICKS {
            self.ticks = 0;
            self.least.rotate_left(1);
            self.least[Self::PARTS - 1] = f32::INFINITY;
        }
        self.ticks += 1;
        let newest = &mut self.least[Self::PARTS - 1];
        *newest = newest.min(mean);
        energy > self.energy().unwrap_or(energy) * Self::MARGIN
    }

    /// The energy of the noise, if anything was heard.
    pub fn energy(&self) -> Option<f32> {
        let least = self.least.iter().copied().fold(f32::INFINITY, f32::min);
        least.is_finite().then_some(least)
    }
}

impl Default for NoiseMeter {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::level::Dbfs;

    /// Noise of an energy, which varies from tick to tick by a decibel or so.
    fn noise(energy: f32, tick: usize) -> f32 {
        energy * (0.8 + 0.4 * ((tick * 7_919) % 100) as f32 / 100.0)
    }

    #[test]
    fn pauses_show_the_noise_under_speech() {
        let mut floor = NoiseMeter::new();
        for tick in 0..500 {
            let speaks = tick % 60 < 45;
            let is_more = floor.update(noise(if speaks { 1e-2 } else { 1e-5 }, tick));
            assert!(tick < 100 || is_more == speaks, "tick {tick}");
        }
        let level = Dbfs::of_mean_square(floor.energy().unwrap()).decibels();
        assert!((-51.5..-49.0).contains(&level), "{level} dBFS");
    }

    #[test]
    fn what_never_pauses_is_noise() {
        let mut floor = NoiseMeter::new();
        assert!((0..500).all(|tick| !floor.update(noise(1e-2, tick))));
    }

    #[test]
    fn the_floor_rises_with_the_noise_within_four_seconds() {
        let mut floor = NoiseMeter::new();
        (0..200).for_each(|tick| _ = floor.update(noise(1e-6, tick)));
        assert!(floor.update(1e-3), "a fan that is switched on is more than the noise, at first");
        (0..200).for_each(|tick| _ = floor.update(noise(1e-3, tick)));
        assert!((0..100).all(|tick| !floor.update(noise(1e-3, tick))));
    }

    #[test]
    fn digital_silence_tells_nothing() {
        let mut floor = NoiseMeter::new();
        assert!(!floor.update(0.0));
        assert_eq!(floor.energy(), None);
        floor.update(1e-4);
        (0..500).for_each(|_| _ = floor.update(0.0));
        assert_eq!(floor.energy(), Some(1e-4));
    }

    #[test]
    fn a_floor_goes_on_from_what_was_known() {
        let mut floor = NoiseMeter::from_energy(1e-5);
        assert!(floor.update(1e-2), "speech from the first tick on");
        assert_eq!(floor.energy(), Some(1e-5));
    }
}
