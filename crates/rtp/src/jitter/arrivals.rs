//! When packets arrive, measured against the fastest of them: what the network does to a stream, whatever playout
//! makes of it.
//!
//! A packet's *transit* is the time from its media time to its arrival, on two clocks that have nothing in common:
//! only differences of it mean anything. The fastest packet of the last [`INTERVAL`] or two is taken for one that
//! the network did not delay, so that a drift of the clocks and a way that becomes longer are followed within a
//! second; how much slower the slowest of each interval was goes into the [`Histogram`].

use super::histogram::Histogram;

/// How long arrivals are looked at before their delays are entered.
const INTERVAL_US: i64 = 500_000;

/// With fewer packets than this the interval goes on: in pauses few come.
const PACKETS_MIN: u16 = 5;

/// A way that has become longer by so much, by more than arrivals are uncertain and by more than half of what they differ
/// by in an interval (the fastest of them differs from that of another by less), goes on doing so, if the peer's clock is
/// slower than ours,
const SLIP_US: i64 = 500;

/// and is taken to for so many intervals, 10 minutes: within them a clock that is off by one part in a million has
/// shown itself.
const SLIPPING_INTERVALS: u16 = 1_200;

/// The target falls when the percentile has been below it for so many intervals, 10 s: so that it doesn't go up and
/// down where the percentile lies between two buckets.
const LOWER_MIN: u8 = 20;

/// Follows the arrivals of one stream.
#[derive(Clone, Debug)]
pub(super) struct Arrivals {
    /// Transit of the fastest packet of this interval, if there is any, and of that before.
    fastest_us: Option<i64>,
    fastest_before_us: Option<i64>,
    slowest_us: i64,
    /// The least transit that a packet of this interval may have had: the reader's lateness is no way that becomes
    /// longer.
    soonest_us: i64,
    began_us: i64,
    packets: u16,
    /// The least transit since the way was last found to become longer, and for how many intervals more it is
    /// taken to.
    slipped_us: Option<i64>,
    slipping: u16,
    slip_us: i64,
    target_us: i64,
    /// Intervals in which the percentile was below the target.
    lower: u8,
    histogram: Histogram,
}

impl Arrivals {
    /// For packets that may be said to come later than they came, by less than `grain_us`.
    pub(super) fn new(grain_us: i64) -> Self {
        Self {
            fastest_us: None,
            fastest_before_us: None,
            slowest_us: i64::MIN,
            soonest_us: i64::MAX,
            began_us: 0,
            packets: 0,
            slipped_us: None,
            slipping: 0,
            slip_us: SLIP_US.max(grain_us / 2),
            target_us: 0,
            lower: 0,
            histogram: Histogram::new(),
        }
    }

    /// Notes a packet that was read at `now_us` with this transit, and may have arrived earlier by up to `late_us`.
    /// That leaves it to be fast, as far as is known, and doesn't make it slow.
    pub(super) fn record(&mut self, now_us: i64, transit_us: i64, late_us: i64) {
        if self.packets == 0 {
            self.began_us = now_us;
        }
        self.packets = self.packets.saturating_add(1);
        self.fastest_us = Some(self.fastest_us.map_or(transit_us, |us| us.min(transit_us)));
        let soonest_us = transit_us.saturating_sub(late_us);
        self.slowest_us = self.slowest_us.max(soonest_us);
        self.soonest_us = self.soonest_us.min(soonest_us);
        if self.packets >= PACKETS_MIN && now_us.saturating_sub(self.began_us) >= INTERVAL_US {
            self.close();
        }
    }

    /// Transit of a packet that the network did not delay, if any is known.
    pub(super) fn fastest_us(&self) -> Option<i64> {
        match (self.fastest_us, self.fastest_before_us) {
            (Some(now), Some(before)) => Some(now.min(before)),
            (now, before) => now.or(before),
        }
    }

    /// How much longer than the fastest a packet may be on its way and still be worth waiting for.
    pub(super) fn target_us(&self) -> i64 {
        self.target_us
    }

    /// Whether the way becomes longer, by ever so little, as by a peer's clock that is slow: who plays with next to no
    /// headroom runs out of it.
    pub(super) fn is_slipping(&self) -> bool {
        self.slipping > 0
    }

    /// The stream's times have nothing to do with what they were, but the network is the same.
    pub(super) fn begin_anew(&mut self) {
        self.fastest_us = None;
        self.fastest_before_us = None;
        self.slipped_us = None;
        self.slowest_us = i64::MIN;
        self.soonest_us = i64::MAX;
        self.packets = 0;
    }

    fn aim(&mut self, percentile_us: i64) {
        self.lower = if percentile_us < self.target_us { self.lower.saturating_add(1) } else { 0 };
        if percentile_us > self.target_us || self.lower >= LOWER_MIN {
            self.target_us = percentile_us;
            self.lower = 0;
        }
    }

    /// Compares the fastest packet of an interval with those before.
    fn watch_slip(&mut self, soonest_us: i64) {
        let least_us = self.slipped_us.map_or(soonest_us, |least_us| least_us.min(soonest_us));
        let spread_us = self.slowest_us.saturating_sub(soonest_us);
        let has_slipped = soonest_us.saturating_sub(least_us) >= self.slip_us.max(spread_us / 2);
        self.slipped_us = Some(if has_slipped { soonest_us } else { least_us });
        self.slipping =
            if has_slipped { SLIPPING_INTERVALS } else { self.slipping.saturating_sub(1) };
    }

    fn close(&mut self) {
        if let Some(fastest_us) = self.fastest_us() {
            self.histogram.enter(self.slowest_us.saturating_sub(fastest_us).max(0));
            self.aim(self.histogram.percentile_us());
        }
        self.watch_slip(self.soonest_us);
        self.fastest_before_us = self.fastest_us.take();
        self.slowest_us = i64::MIN;
        self.soonest_us = i64::MAX;
        self.packets = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A packet each 20 ms, the `n`th of which is `delay_ms(n)` on its way.
    fn arrivals(packets: i64, delay_ms: impl Fn(i64) -> i64) -> Arrivals {
        let mut arrivals = Arrivals::new(0);
        for n in 0..packets {
            arrivals.record((n * 20 + delay_ms(n)) * 1_000, delay_ms(n) * 1_000, 0);
        }
        arrivals
    }

    #[test]
    fn the_target_is_what_the_slowest_of_a_half_second_need() {
        assert_eq!(arrivals(500, |_| 70).target_us(), 0, "steady is not slow");
        assert_eq!(arrivals(500, |n| 10 + 7 * n % 30).target_us(), 30_000);
        assert_eq!(arrivals(500, |n| if n % 20 == 0 { 90 } else { 10 }).target_us(), 80_000);
    }

    #[test]
    fn a_way_that_becomes_longer_or_shorter_is_followed_and_no_jitter() {
        for (first, then) in [(10, 310), (310, 10)] {
            let arrivals = arrivals(500, |n| if n < 200 { first } else { then });
            assert_eq!(arrivals.target_us(), 0);
            assert_eq!(arrivals.fastest_us(), Some(then * 1_000));
        }
    }

    #[test]
    fn a_drift_of_the_clocks_is_no_jitter() {
        for sign in [-1, 1] {
            let mut arrivals = Arrivals::new(0);
            for n in 0..100_000 {
                arrivals.record(n * 20_000, sign * n * 10, 0);
            }
            assert!(arrivals.target_us() <= 1_000);
            let fastest = arrivals.fastest_us().unwrap();
            assert!(fastest.abs_diff(sign * 1_000_000) <= 1_000, "{fastest}");
        }
    }

    #[test]
    fn a_slow_clock_shows_itself_and_a_fast_or_a_right_one_does_not() {
        // Parts per million, what arrivals are seen to, by how much they vary, and whether that is slow.
        for (ppm, grain_us, jitter_us, is_slow) in [
            (-500, 0, 300, false),
            (0, 0, 300, false),
            (1, 0, 300, true),
            (500, 0, 300, true),
            (-20, 5_000, 2_000, false),
            (0, 5_000, 2_000, false),
            (20, 5_000, 2_000, true),
        ] {
            let mut arrivals = Arrivals::new(grain_us);
            for n in 0..100_000 {
                let late_us = (n * 7_919) % jitter_us;
                arrivals.record(n * 20_000, n * ppm / 50 + late_us, 0);
            }
            assert_eq!(arrivals.is_slipping(), is_slow, "{ppm} ppm, seen to {grain_us} µs");
        }
    }

    #[test]
    fn in_a_pause_few_packets_are_waited_for() {
        let mut arrivals = Arrivals::new(0);
        (0..4).for_each(|n| arrivals.record(n * 400_000, 0, 0));
        arrivals.begin_anew();
        assert_eq!(arrivals.fastest_us(), None);
        arrivals.record(0, i64::MAX, 0);
        arrivals.record(i64::MAX, i64::MIN, i64::MAX);
        assert_eq!(arrivals.fastest_us(), Some(i64::MIN));
    }

    #[test]
    fn a_reader_that_is_late_is_no_jitter_and_hides_none() {
        let late_by = |n: i64| 9_000 * (n % 3);
        for (jitter_ms, target_us) in [(0, 0), (30, 30_000)] {
            let mut arrivals = Arrivals::new(0);
            for n in 0..1_000 {
                let delay_us = if n % 20 == 1 { jitter_ms * 1_000 } else { 0 };
                // What is not delayed and read punctually is there in each half second.
                let transit_us = delay_us + late_by(n);
                arrivals.record(n * 20_000 + transit_us, transit_us, late_by(n));
            }
            assert_eq!(arrivals.target_us(), target_us);
            assert!(!arrivals.is_slipping());
        }
    }

    #[test]
    fn a_reader_that_is_always_late_follows_a_drift_all_the_same() {
        let mut arrivals = Arrivals::new(0);
        for n in 0..50_000 {
            arrivals.record(n * 20_000, n * 10 + 4_000, 4_000);
        }
        assert!(arrivals.target_us() <= 1_000);
        assert!(arrivals.fastest_us().unwrap().abs_diff(504_000) <= 1_000);
    }
}
