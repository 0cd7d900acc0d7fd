//! When the next report is due (RFC 3550 section 6.3).

use std::time::Duration;

/// The shortest time between two reports before it is randomised (RFC 3550 section 6.2).
pub const INTERVAL_MIN: Duration = Duration::from_secs(5);

/// Bits of the session's bandwidth that allow one byte of RTCP: 5% of it is ours (RFC 3550 section 6.2).
const SESSION_BITS_PER_BYTE: u32 = 8 * 20;
/// Bytes of IP and UDP header, which count towards the bandwidth.
const OVERHEAD_BYTES: usize = 28;
/// Each report changes the mean size by a sixteenth of the difference (RFC 3550 section 6.3.3).
const MEAN_SHIFT: u32 = 4;
/// A session has two members: the peer and us.
const MEMBERS: u64 = 2;
/// The first report is taken to be this large.
const FIRST_BYTES: u32 = 128;

/// Says when reports are due, spread at random so that those of many legs don't meet.
///
/// The simple form for a session of two: the number of members never changes, so that there is nothing to
/// reconsider (RFC 3550 section 6.3.6), and the random factor is not compensated for it. The first report
/// comes after half the time. Randomness is passed in: any `u32`, uniformly distributed.
#[derive(Clone, Debug)]
pub struct Schedule {
    /// Of RTCP, in bytes per second.
    bytes_per_second: u32,
    /// Mean size of reports, in sixteenths of a byte.
    mean_bytes_q4: u32,
    due: Duration,
}

impl Schedule {
    /// For a session that starts now and whose media take `session_bits_per_second`.
    #[must_use]
    pub fn new(now: Duration, session_bits_per_second: u32, random: u32) -> Self {
        let mut schedule = Self {
            bytes_per_second: (session_bits_per_second / SESSION_BITS_PER_BYTE).max(1),
            mean_bytes_q4: FIRST_BYTES << MEAN_SHIFT,
            due: now,
        };
        schedule.due = now.saturating_add(schedule.interval(random).mul_f64(0.5));
        schedule
    }

    /// When the next report is to be sent.
    #[must_use]
    pub fn due(&self) -> Duration {
        self.due
    }

    /// Whether it is time to send a report.
    #[must_use]
    pub fn is_due(&self, now: Duration) -> bool {
        now >= self.due
    }

    /// A report of `bytes`, without IP and UDP headers, was sent; sets when the next is due.
    pub fn sent(&mut self, now: Duration, bytes: usize, random: u32) {
        self.received(bytes);
        self.due = now.saturating_add(self.interval(random));
    }

    /// The peer's reports count towards the mean size as well.
    pub fn received(&mut self, bytes: usize) {
        let size = u32::try_from(bytes.saturating_add(OVERHEAD_BYTES)).unwrap_or(u32::MAX);
        // A datagram is below 2^16 bytes; a larger number is a caller's mistake and clamped.
        let size = size.min(u32::from(u16::MAX));
        let kept = self.mean_bytes_q4.saturating_sub(self.mean_bytes_q4 >> MEAN_SHIFT);
        self.mean_bytes_q4 = kept.saturating_add(size);
    }

    /// The deterministic interval times 0.5 to 1.5.
    fn interval(&self, random: u32) -> Duration {
        let bytes = u64::from(self.mean_bytes_q4 >> MEAN_SHIFT).saturating_mul(MEMBERS);
        let milliseconds = bytes
            .saturating_mul(1_000)
            .checked_div(u64::from(self.bytes_per_second))
            .unwrap_or(u64::MAX);
        let interval = Duration::from_millis(milliseconds).max(INTERVAL_MIN);
        interval.mul_f64(0.5 + f64::from(random) / f64::from(u32::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const G711_BITS_PER_SECOND: u32 = 64_000;

    #[test]
    fn the_first_report_comes_after_half_the_time() {
        let due = |random| Schedule::new(Duration::ZERO, G711_BITS_PER_SECOND, random).due();
        assert_eq!(due(0), INTERVAL_MIN / 4);
        assert_eq!(due(u32::MAX), INTERVAL_MIN * 3 / 4);
    }

    #[test]
    fn reports_come_every_five_seconds_on_the_average() {
        let mut schedule = Schedule::new(Duration::ZERO, G711_BITS_PER_SECOND, 0);
        let now = schedule.due();
        assert!(schedule.is_due(now));
        schedule.sent(now, 100, u32::MAX / 2);
        assert!(!schedule.is_due(now));
        let interval = schedule.due() - now;
        assert!(interval.abs_diff(INTERVAL_MIN) < Duration::from_millis(1), "{interval:?}");
    }

    #[test]
    fn a_narrow_session_reports_less_often() {
        let mut schedule = Schedule::new(Duration::ZERO, 1_600, 0);
        for _ in 0..100 {
            schedule.received(72);
        }
        schedule.sent(Duration::ZERO, 72, u32::MAX / 2);
        // 2 members times 100 bytes at 10 bytes a second; the mean is a little above, as it began there.
        let seconds = schedule.due().as_secs_f64();
        assert!((19.5..20.5).contains(&seconds), "{seconds}");
    }

    proptest! {
        #[test]
        fn intervals_stay_within_their_spread(random: u32, bytes in 0_usize..1_500) {
            let mut schedule = Schedule::new(Duration::ZERO, G711_BITS_PER_SECOND, 0);
            schedule.sent(Duration::ZERO, bytes, random);
            prop_assert!(schedule.due() >= INTERVAL_MIN / 2);
            prop_assert!(schedule.due() <= INTERVAL_MIN * 3 / 2);
        }

        #[test]
        fn any_number_is_safe(now: Duration, bandwidth: u32, random: u32, bytes: usize) {
            let mut schedule = Schedule::new(now, bandwidth, random);
            schedule.received(bytes);
            schedule.sent(now, bytes, random);
        }
    }
}
