//! The low-pass filters of the resampler, designed while the program is compiled.
//!
//! Each cuts off at the lower rate's Nyquist frequency: that of wideband is a sinc under a Kaiser window, that of
//! narrowband is [made for less delay](super::narrow).

use super::narrow;
use std::f64::consts::PI;

/// What the window suppresses beyond its transition band, in decibels.
const STOP_BAND_DB: f64 = 92.0;

/// Taps a phase between 8 kHz and the others: a telephone's 3,400 Hz pass, 4,600 Hz and above are
/// suppressed, at a delay of 2 ms.
const NARROW_TAPS: usize = narrow::TAPS / NARROW_FACTOR;

/// The rate that the taps of narrowband are at, in those of 8 kHz.
const NARROW_FACTOR: usize = 6;

/// Taps a phase between 16 and 48 kHz: G.722's 7,000 Hz pass, 9,000 Hz and above are suppressed, at
/// a delay of 1.5 ms.
const WIDE_TAPS: usize = 48;

/// Taps of the longest filter in all: that from 8 to 48 kHz.
pub(super) const TAPS_MAX: usize = narrow::TAPS;

/// A low-pass filter between a rate and another that is `factor` times as high.
pub(super) struct Filter {
    pub(super) factor: usize,
    /// Taps of each phase, and so the samples at the lower rate that each result depends on.
    pub(super) taps: usize,
    /// For raising the rate: `factor` phases, one after the other, each `taps` long.
    pub(super) phases: &'static [f32],
    /// For lowering the rate: all taps in one.
    pub(super) whole: &'static [f32],
}

/// Between 8 and 16 kHz.
pub(super) static BY_2: Filter = {
    static TABLES: Tables<{ 2 * NARROW_TAPS }> = Tables::of(narrow_prototype(2), 2);
    TABLES.filter(2)
};

/// Between 16 and 48 kHz.
pub(super) static BY_3: Filter = {
    static TABLES: Tables<{ 3 * WIDE_TAPS }> = Tables::of(windowed_sinc(3), 3);
    TABLES.filter(3)
};

/// Between 8 and 48 kHz.
pub(super) static BY_6: Filter = {
    static TABLES: Tables<TAPS_MAX> = Tables::of(narrow_prototype(6), 6);
    TABLES.filter(6)
};

/// `N` taps, in the two orders that they are used in.
struct Tables<const N: usize> {
    phases: [f32; N],
    whole: [f32; N],
}

impl<const N: usize> Tables<N> {
    const fn filter(&'static self, factor: usize) -> Filter {
        Filter { factor, taps: N / factor, phases: &self.phases, whole: &self.whole }
    }

    const fn of(prototype: [f64; N], factor: usize) -> Self {
        let taps = N / factor;
        let prototype = normalised(prototype, factor);
        let mut phases = [0.0; N];
        let mut whole = [0.0; N];
        let mut n = 0;
        while n < N {
            // Convolution runs backwards in time: the newest sample meets the first tap.
            phases[(n % factor) * taps + (taps - 1 - n / factor)] = prototype[n] as f32;
            whole[N - 1 - n] = (prototype[n] / factor as f64) as f32;
            n += 1;
        }
        Self { phases, whole }
    }
}

/// The impulse response for a factor: of the taps at 48 kHz as many as that has, from the middle outwards.
const fn narrow_prototype<const N: usize>(factor: usize) -> [f64; N] {
    let step = NARROW_FACTOR / factor;
    let mut taps = [0.0; N];
    let mut n = 0;
    while n < N {
        taps[n] = narrow::tap((step - 1) / 2 + n * step);
        n += 1;
    }
    taps
}

/// The impulse response of a sinc under a Kaiser window.
const fn windowed_sinc<const N: usize>(factor: usize) -> [f64; N] {
    let middle = (N as f64 - 1.0) / 2.0;
    let beta = 0.1102 * (STOP_BAND_DB - 8.7);
    let mut taps = [0.0; N];
    let mut n = 0;
    while n < N {
        let distance = n as f64 - middle;
        taps[n] = sinc(distance / factor as f64) * kaiser(distance / middle, beta);
        n += 1;
    }
    taps
}

/// The same with each phase normalised, so that a constant stays exactly that.
const fn normalised<const N: usize>(mut taps: [f64; N], factor: usize) -> [f64; N] {
    let mut phase = 0;
    while phase < factor {
        let mut sum = 0.0;
        let mut n = phase;
        while n < N {
            sum += taps[n];
            n += factor;
        }
        let mut n = phase;
        while n < N {
            taps[n] /= sum;
            n += factor;
        }
        phase += 1;
    }
    taps
}

/// sin(πx) / πx for x that isn't 0.
const fn sinc(x: f64) -> f64 {
    // To the nearest whole period, where the series converges fast.
    let turns = x / 2.0;
    let nearest = (if turns < 0.0 { turns - 0.5 } else { turns + 0.5 }) as i64 as f64;
    let angle = (turns - nearest) * 2.0 * PI;
    let (mut term, mut sum, mut k) = (angle, angle, 1.0);
    while k < 16.0 {
        term *= -angle * angle / (2.0 * k * (2.0 * k + 1.0));
        sum += term;
        k += 1.0;
    }
    sum / (PI * x)
}

/// The Kaiser window at `position` in ±1, up to a constant factor, which normalising takes out.
///
/// I₀ of β√(1−position²), by its series in squares: no root is needed.
const fn kaiser(position: f64, beta: f64) -> f64 {
    let quarter = beta * beta * (1.0 - position * position) / 4.0;
    let (mut term, mut sum, mut k) = (1.0, 1.0, 1.0);
    while k < 40.0 {
        term *= quarter / (k * k);
        sum += term;
        k += 1.0;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_series_agree_with_the_library() {
        for n in -200..200 {
            let x = f64::from(n) / 7.0 + 0.01;
            assert!((sinc(x) - (PI * x).sin() / (PI * x)).abs() < 1e-9, "{x}");
        }
        // I0(2) and I0(9.5), from tables.
        assert!((kaiser(0.0, 2.0) - 2.279_585_302).abs() < 1e-8);
        assert!((kaiser(0.0, 9.5) / 1_753.480_990 - 1.0).abs() < 1e-8);
    }

    #[test]
    fn each_phase_passes_a_constant_unchanged() {
        for filter in [&BY_2, &BY_3, &BY_6] {
            assert_eq!(filter.phases.len(), filter.factor * filter.taps);
            for phase in filter.phases.chunks(filter.taps) {
                assert!((phase.iter().sum::<f32>() - 1.0).abs() < 1e-6);
            }
            assert!((filter.whole.iter().sum::<f32>() - 1.0).abs() < 1e-6);
        }
    }
}
