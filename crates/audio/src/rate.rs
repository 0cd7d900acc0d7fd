//! Sampling rates and the tick: the two clocks that all sound in the house runs by.

use std::time::Duration;

/// The period in which rooms are mixed and packets are sent: 20 ms.
pub const TICK: Duration = Duration::from_millis(20);

/// Ticks in a second.
pub const TICKS_PER_SECOND: u32 = 50;

/// Samples in one tick at the highest rate, [`Rate::Hz48000`].
pub const TICK_SAMPLES_MAX: usize = Rate::Hz48000.tick_samples();

/// A sampling rate. The three that telephony and Opus speak are all that is needed, and each
/// divides the next by a small whole number, which keeps resampling exact and cheap.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rate {
    /// Narrowband: G.711, 300 to 3,400 Hz.
    Hz8000,
    /// Wideband: G.722, 50 to 7,000 Hz.
    Hz16000,
    /// Fullband: Opus.
    Hz48000,
}

impl Rate {
    /// Every rate, lowest first.
    pub const ALL: [Rate; 3] = [Rate::Hz8000, Rate::Hz16000, Rate::Hz48000];

    /// Samples in a second.
    pub const fn hz(self) -> u32 {
        match self {
            Rate::Hz8000 => 8_000,
            Rate::Hz16000 => 16_000,
            Rate::Hz48000 => 48_000,
        }
    }

    /// Samples in one [`TICK`]: 160, 320 or 960.
    pub const fn tick_samples(self) -> usize {
        (self.hz() / TICKS_PER_SECOND) as usize
    }

    /// Samples in `milliseconds`.
    pub const fn samples_in_ms(self, milliseconds: u32) -> usize {
        (self.hz() / 1_000) as usize * milliseconds as usize
    }

    /// The rate that runs at `hz` samples a second, if it is one of ours.
    pub const fn from_hz(hz: u32) -> Option<Rate> {
        match hz {
            8_000 => Some(Rate::Hz8000),
            16_000 => Some(Rate::Hz16000),
            48_000 => Some(Rate::Hz48000),
            _ => None,
        }
    }

    /// The place of this rate in [`Rate::ALL`], for tables with an entry a rate.
    pub const fn index(self) -> usize {
        self as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tick_holds_a_whole_number_of_samples_at_each_rate() {
        assert_eq!(Rate::ALL.map(Rate::tick_samples), [160, 320, 960]);
        assert_eq!(TICK_SAMPLES_MAX, 960);
        assert_eq!(TICK * TICKS_PER_SECOND, Duration::from_secs(1));
        assert_eq!(Rate::Hz16000.samples_in_ms(5), 80);
    }

    #[test]
    fn rates_are_found_by_their_hertz_and_ordered_by_them() {
        for (index, rate) in Rate::ALL.into_iter().enumerate() {
            assert_eq!(Rate::from_hz(rate.hz()), Some(rate));
            assert_eq!(rate.index(), index);
        }
        assert_eq!(Rate::from_hz(44_100), None);
        assert!(Rate::ALL.is_sorted());
    }
}
