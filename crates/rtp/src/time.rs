//! Time as the wire knows it: units of a media clock, and NTP time.

use std::time::Duration;

const NANOSECONDS_PER_SECOND: u64 = 1_000_000_000;

/// How many units of a clock of `clock_hz` fit into `time`, rounded down.
///
/// Wraps after 2^64 units, which at 48 kHz is twelve million years.
#[must_use]
pub fn units(time: Duration, clock_hz: u32) -> u64 {
    let hz = u64::from(clock_hz);
    // Below 10^9 times below 2^32: fits into 64 bits.
    let fraction = u64::from(time.subsec_nanos()).saturating_mul(hz) / NANOSECONDS_PER_SECOND;
    time.as_secs().wrapping_mul(hz).wrapping_add(fraction)
}

/// How long `units` of a clock of `clock_hz` last, to the nanosecond below; zero for a clock of 0 Hz.
#[must_use]
pub fn duration(units: u64, clock_hz: u32) -> Duration {
    let hz = u64::from(clock_hz);
    let (Some(seconds), Some(rest)) = (units.checked_div(hz), units.checked_rem(hz)) else {
        return Duration::ZERO;
    };
    // The rest is below the clock's rate, which is below 2^32: fits into 64 bits.
    let nanoseconds = rest.saturating_mul(NANOSECONDS_PER_SECOND).checked_div(hz).unwrap_or(0);
    Duration::from_secs(seconds).saturating_add(Duration::from_nanos(nanoseconds))
}

/// Microseconds, for differences that may be negative.
#[must_use]
pub fn microseconds(time: Duration) -> i64 {
    let seconds = i64::try_from(time.as_secs()).unwrap_or(i64::MAX);
    seconds.saturating_mul(1_000_000).saturating_add(i64::from(time.subsec_micros()))
}

/// Wall-clock time as sender reports carry it: seconds since 1900 in the upper 32 bits, the fraction of a
/// second in the lower (RFC 3550 section 4). It wraps in 2036; differences remain right.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct NtpTime(pub u64);

impl NtpTime {
    /// Seconds from 1900, the epoch of NTP, to 1970, that of Unix.
    const UNIX_EPOCH_SECONDS: u64 = 2_208_988_800;

    /// From the time since the Unix epoch.
    #[must_use]
    pub fn from_unix(since_1970: Duration) -> Self {
        let seconds = since_1970.as_secs().wrapping_add(Self::UNIX_EPOCH_SECONDS) & 0xFFFF_FFFF;
        let fraction = (u64::from(since_1970.subsec_nanos()) << 32) / NANOSECONDS_PER_SECOND;
        Self((seconds << 32) | fraction)
    }

    /// The middle 32 bits, in units of 1/65,536 s: what reports echo to measure the round trip
    /// (RFC 3550 section 6.4.1, LSR).
    #[must_use]
    pub fn middle(self) -> u32 {
        // Truncation is the definition.
        (self.0 >> 16) as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ntp_time_of_a_known_moment() {
        // 2005-01-01 00:00:00.5 UTC.
        let time = NtpTime::from_unix(Duration::from_millis(1_104_537_600_500));
        assert_eq!(time.0, (3_313_526_400 << 32) | 0x8000_0000);
        assert_eq!(time.middle(), ((3_313_526_400_u64 & 0xFFFF) << 16) as u32 | 0x8000);
    }

    #[test]
    fn ntp_seconds_wrap_in_2036() {
        let wrap = Duration::from_secs((1 << 32) - NtpTime::UNIX_EPOCH_SECONDS);
        assert_eq!(NtpTime::from_unix(wrap), NtpTime(0));
    }

    #[test]
    fn a_clock_of_no_rate_has_no_time() {
        assert_eq!(units(Duration::MAX, 0), 0);
        assert_eq!(duration(u64::MAX, 0), Duration::ZERO);
    }

    proptest! {
        #[test]
        fn units_and_durations_agree(
            count in 0_u64..1 << 40, clock in prop::sample::select(vec![8_000_u32, 16_000, 48_000]),
        ) {
            // Nanoseconds round down, so that one unit may be missing, never more.
            let back = units(duration(count, clock), clock);
            prop_assert!(back == count || back + 1 == count);
        }

        #[test]
        fn any_number_is_safe(time in any::<Duration>(), clock in any::<u32>(), count in any::<u64>()) {
            let _ = (units(time, clock), duration(count, clock), NtpTime::from_unix(time).middle());
        }
    }
}
