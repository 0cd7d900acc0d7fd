//! The chirp by which a talker is found in somebody's ear: a tone that sweeps through the telephone's band.
//!
//! A sweep's autocorrelation has one sharp peak and next to nothing beside it, and it keeps that through any codec
//! that speech survives. Time times bandwidth is 96 here: noise of the same power scores about a tenth.

use std::f32::consts::TAU;

use audio::Rate;

/// How long it lasts, in milliseconds: two packets.
pub(crate) const CHIRP_MS: u32 = 40;

/// Lowest and highest frequency, in hertz: well inside of what a telephone carries.
const LOW_HZ: f32 = 600.0;
const HIGH_HZ: f32 = 3_000.0;

/// How loud it is at its middle. Louder than speech is on average (-20 dBFS), so that it is found among others.
const AMPLITUDE: f32 = 0.4;

/// The share of its length over which it swells at its beginning, and fades at its end.
const EDGE: f32 = 0.1;

/// At or above this score a chirp was heard; speech, noise and the other sweep score up to half of it.
pub(crate) const SCORE_MIN: f32 = 0.5;

/// What is this much fainter than a chirp as it was sent is not searched: it is the codec's own noise.
const POWER_SHARE_MIN: f32 = 1e-3;

/// Which way the tone goes: talkers next to each other in the round differ.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Sweep {
    Up,
    Down,
}

impl Sweep {
    pub(crate) fn of(talker: usize) -> Self {
        if talker.is_multiple_of(2) { Self::Up } else { Self::Down }
    }
}

/// The chirp itself.
pub(crate) fn samples(rate: Rate, sweep: Sweep) -> Vec<f32> {
    let seconds = CHIRP_MS as f32 / 1_000.0;
    let (from, to) = match sweep {
        Sweep::Up => (LOW_HZ, HIGH_HZ),
        Sweep::Down => (HIGH_HZ, LOW_HZ),
    };
    let count = rate.samples_in_ms(CHIRP_MS);
    let one = |n: usize| {
        let t = n as f32 / rate.hz() as f32;
        let turns = from * t + (to - from) * t * t / (2.0 * seconds);
        let place = (n as f32 + 0.5) / count as f32;
        let edge = (place.min(1.0 - place) / EDGE).min(1.0);
        AMPLITUDE * (edge * TAU / 4.0).sin() * (turns * TAU).sin()
    };
    (0..count).map(one).collect()
}

/// Where a chirp was found.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub(crate) struct Found {
    /// Normalised correlation, from 0 (nothing alike) to 1 (the very same, at whatever loudness).
    pub(crate) score: f32,
    /// The sample with which it begins.
    pub(crate) at: usize,
}

impl Found {
    /// Whether it is a chirp.
    pub(crate) fn is_heard(&self) -> bool {
        self.score >= SCORE_MIN
    }
}

/// Looks for a chirp in `sound`, both at the same rate.
pub(crate) fn find(chirp: &[f32], sound: &[f32]) -> Found {
    let power = energy(chirp);
    let floor = power * POWER_SHARE_MIN;
    let mut best = Found::default();
    // In f64, so that sums of differences stay exact.
    let square = |sample: &f32| f64::from(*sample) * f64::from(*sample);
    let mut local: f64 = sound.iter().take(chirp.len()).map(square).sum();
    for (at, window) in sound.windows(chirp.len().max(1)).enumerate() {
        if at > 0 {
            let (left, came) = (&sound[at - 1], window.last().unwrap_or(&0.0));
            local += square(came) - square(left);
        }
        if (local as f32) < floor {
            continue;
        }
        let score = product(chirp, window).abs() / (power * local as f32).sqrt();
        if score > best.score {
            best = Found { score, at };
        }
    }
    best
}

/// Sums in lanes, which compilers make vectors of.
const LANES: usize = 8;

fn product(a: &[f32], b: &[f32]) -> f32 {
    let mut lanes = [0.0f32; LANES];
    for (a, b) in a.chunks_exact(LANES).zip(b.chunks_exact(LANES)) {
        for ((lane, a), b) in lanes.iter_mut().zip(a).zip(b) {
            *lane += a * b;
        }
    }
    lanes.iter().sum()
}

fn energy(samples: &[f32]) -> f32 {
    product(samples, samples)
}

#[cfg(test)]
mod tests {
    use super::*;
    use sim::Speech;

    const RATE: Rate = Rate::Hz8000;

    #[test]
    fn a_chirp_is_found_where_it_is_at_any_loudness() {
        for sweep in [Sweep::Up, Sweep::Down] {
            let chirp = samples(RATE, sweep);
            for (start, gain) in [(0, 1.0), (777, 0.1), (2_000, 0.5)] {
                let mut sound = vec![0.0; 2_400];
                sound.iter_mut().skip(start).zip(&chirp).for_each(|(to, from)| *to = from * gain);
                let found = find(&chirp, &sound);
                assert!(found.score > 0.99 && found.at == start, "{found:?}");
            }
        }
    }

    #[test]
    fn neither_speech_nor_the_other_sweep_is_taken_for_it() {
        let (up, down) = (samples(RATE, Sweep::Up), samples(RATE, Sweep::Down));
        let padded = [vec![0.0; 400], down, vec![0.0; 400]].concat();
        assert!(find(&up, &padded).score < SCORE_MIN / 1.5, "{:?}", find(&up, &padded));
        for speech in Speech::ALL {
            let found = find(&up, &speech.samples(RATE));
            assert!(!found.is_heard(), "{speech:?}: {found:?}");
        }
        assert_eq!(find(&up, &[0.0; 4_000]), Found::default());
        assert_eq!(find(&up, &[]), Found::default());
    }

    #[test]
    fn it_is_found_among_others_who_talk() {
        let chirp = samples(RATE, Sweep::Up);
        let mut sound: Vec<f32> = Speech::Amiable.samples(RATE);
        let others = Speech::Cards.samples(RATE);
        sound.iter_mut().zip(&others).for_each(|(sum, other)| *sum += other);
        for start in (800..16_000).step_by(1_600) {
            let mut mix = sound.clone();
            mix.iter_mut().skip(start).zip(&chirp).for_each(|(sum, chirp)| *sum += chirp);
            let found = find(&chirp, &mix[start - 800..start + 4_000]);
            assert!(found.is_heard() && found.at.abs_diff(800) <= 1, "{start}: {found:?}");
        }
    }
}
