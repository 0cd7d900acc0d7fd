//! Takes away what is below any voice: an offset, rumble, the wind in a microphone.

use crate::{
    biquad::{Biquad, Coefficients},
    rate::Rate,
};

/// A high-pass filter for one voice, fed tick by tick: of the second order and critically damped, two equal real poles
/// (A. Oppenheim, A. Willsky, *Signals and Systems*, section 6.5.2), so that it doesn't ring.
///
/// It is as gentle as can be, for what is lower than a voice also makes it natural, and a filter that bends sharply
/// delays the low end of a voice more than the rest: in PESQ-WB (ITU-T P.862.2) of recorded voices by Opus of 48 kbit/s,
/// a Butterworth filter at 50 Hz, which takes about as much away at 25 Hz, costs 0.02 more than this one, and one of the
/// fourth order at 80 Hz 0.3 to 0.5 more.
#[derive(Debug, Clone)]
pub struct HighPass {
    section: Biquad,
}

impl HighPass {
    /// What is at this frequency loses 6 dB, in hertz. No voice goes lower. 25 Hz lose 11 dB, and 120 Hz less than 1.
    pub const CUTOFF_HZ: f64 = 40.0;

    /// Of a filter that is critically damped.
    const QUALITY: f64 = 0.5;

    /// A filter that has heard silence for ever.
    pub fn new(rate: Rate) -> Self {
        let hz = f64::from(rate.hz());
        Self { section: Biquad::new(Coefficients::high_pass(hz, Self::CUTOFF_HZ, Self::QUALITY)) }
    }

    /// Filters the next samples in place.
    pub fn process(&mut self, samples: &mut [f32]) {
        let mut section = self.section;
        for sample in samples {
            *sample = section.step(f64::from(*sample)) as f32;
        }
        section.settle();
        self.section = section;
    }

    /// Forgets what was heard.
    pub fn reset(&mut self) {
        self.section.reset();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::level::Dbfs;
    use std::f32::consts::TAU;

    /// By how many decibels a note is changed.
    fn gain_db(rate: Rate, hz: f32) -> f32 {
        let turns = |n: usize| (hz * n as f32 / rate.hz() as f32).fract();
        let note: Vec<f32> = (0..2 * rate.hz() as usize).map(|n| (TAU * turns(n)).sin()).collect();
        let mut filtered = note.clone();
        let mut filter = HighPass::new(rate);
        filtered.chunks_mut(rate.tick_samples()).for_each(|tick| filter.process(tick));
        let second = rate.hz() as usize;
        Dbfs::of(&filtered[second..]).decibels() - Dbfs::of(&note[second..]).decibels()
    }

    #[test]
    fn rumble_goes_and_voices_stay() {
        for rate in Rate::ALL {
            assert!(gain_db(rate, 10.0) < -24.0);
            assert!(gain_db(rate, 25.0) < -11.0);
            assert!((gain_db(rate, 40.0) + 6.02).abs() < 0.1);
            assert!(gain_db(rate, 120.0) > -1.0);
            assert!(gain_db(rate, 200.0) > -0.4);
            assert!(gain_db(rate, 1_000.0).abs() < 0.02);
        }
    }

    #[test]
    fn an_offset_disappears() {
        let mut filter = HighPass::new(Rate::Hz8000);
        let mut tick = [0.25; 160];
        for _ in 0..10 {
            tick = [0.25; 160];
            filter.process(&mut tick);
        }
        assert!(tick.iter().all(|sample| sample.abs() < 1e-4));
        filter.reset();
        tick = [0.0; 160];
        filter.process(&mut tick);
        assert_eq!(tick, [0.0; 160]);
    }
}
