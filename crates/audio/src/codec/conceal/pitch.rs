//! The period of a voice: the time after which its sound resembles itself most.

use crate::{rate::Rate, vector};
use std::ops::RangeInclusive;

/// The periods of voices: 400 Hz down to 66 Hz (ITU-T G.711 Appendix I looks for 200 Hz down to 66 Hz; at half
/// of its period a high voice is as like itself).
const PERIOD_US_MIN: usize = 2_500;
const PERIOD_US_MAX: usize = 15_000;

/// The longest period in samples, at the highest rate that is served.
pub(super) const PERIOD_SAMPLES_MAX: usize = samples(Rate::Hz16000, PERIOD_US_MAX);

/// The stretch that is compared with what lies one period before it, and the least that says anything.
const COMPARED_MS: u32 = 20;
const COMPARED_MS_MIN: u32 = 5;

/// How a sound repeats itself.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Pitch {
    /// In samples.
    pub(super) period: usize,
    /// How like each period is to the one before: 1 for equal, 0 for noise.
    pub(super) likeness: f32,
}

/// The periods in samples that are looked for at a rate.
pub(super) const fn periods(rate: Rate) -> RangeInclusive<usize> {
    samples(rate, PERIOD_US_MIN)..=samples(rate, PERIOD_US_MAX)
}

impl Pitch {
    /// Finds the pitch of the end of `sound`, by the normalised cross-correlation of its latest stretch with
    /// what lies a period before it. Of a short sound, long periods are left out.
    pub(super) fn of(sound: &[f32], rate: Rate) -> Self {
        let periods = periods(rate);
        let longest_known = sound.len().saturating_sub(rate.samples_in_ms(COMPARED_MS_MIN));
        let longest = (*periods.end()).min(longest_known).max(1);
        let mut best = Self { period: longest, likeness: f32::MIN };
        for period in (*periods.start()).min(longest)..=longest {
            let compared = rate.samples_in_ms(COMPARED_MS).min(sound.len() - period);
            let latest = &sound[sound.len() - compared..];
            let earlier = &sound[sound.len() - compared - period..][..compared];
            let energies = vector::sum_of_squares(latest) * vector::sum_of_squares(earlier);
            let likeness = vector::dot(latest, earlier) / (energies.sqrt() + f32::EPSILON);
            if likeness > best.likeness {
                best = Self { period, likeness };
            }
        }
        best
    }
}

const fn samples(rate: Rate, microseconds: usize) -> usize {
    rate.hz() as usize * microseconds / 1_000_000
}
