//! Streams as networks and servers make them, in virtual time.

use proptest::prelude::*;

use super::*;

const START_NS: u64 = 1_700_000_000_000_000_000;

/// A leg that waits since the start, and packets by their number.
struct Leg {
    clock: MediaClock,
    stream: Stream,
}

impl Leg {
    fn new(codec: Codec) -> Self {
        Self { clock: MediaClock::of(codec), stream: Stream::waiting_since(START_NS) }
    }

    fn hear(&mut self, number: u64, at_ms: f64) -> Arrival {
        self.hear_of(7, number, at_ms, false)
    }

    fn hear_of(&mut self, ssrc: u32, number: u64, at_ms: f64, begins_pause: bool) -> Arrival {
        // Close to the wrap, so that it is always crossed.
        let timestamp = (number as u32).wrapping_mul(self.clock.packet_units).wrapping_sub(1_000);
        let at_ns = START_NS + (at_ms * 1e6) as u64;
        self.stream.packet(&self.clock, &Heard { at_ns, ssrc, timestamp, begins_pause })
    }

    fn end(&mut self, at_ms: f64) -> Counts {
        self.stream.end(START_NS + (at_ms * 1e6) as u64)
    }
}

#[test]
fn a_stream_without_faults_has_none() {
    for codec in Codec::ALL {
        let mut leg = Leg::new(codec);
        for number in 0..500 {
            let arrival = leg.hear(number, 20.0 * number as f64 + 5.0);
            assert_eq!(arrival, Arrival { is_new: true, missing: 0, was_missing: false });
        }
        let counts = leg.end(500.0 * 20.0);
        assert_eq!((counts.returned, counts.missing, counts.gaps), (500, 0, 0));
        assert_eq!((counts.duplicates, counts.reordered), (0, 0));
        assert!((19_990..=20_010).contains(&counts.longest_us) && leg.stream.jitter_us() == 0);
    }
}

#[test]
fn what_does_not_come_is_missing_and_leaves_a_gap() {
    let mut leg = Leg::new(Codec::Pcmu);
    for number in (0..100).filter(|number| !(50..53).contains(number) && *number != 70) {
        leg.hear(number, 20.0 * number as f64);
    }
    let counts = leg.end(2_000.0);
    assert_eq!((counts.returned, counts.missing), (96, 4));
    assert_eq!((counts.gaps, counts.longest_us), (1, 80_000));
}

#[test]
fn a_stream_that_ends_or_begins_late_misses_the_rest() {
    let mut leg = Leg::new(Codec::Opus);
    for number in 10..60 {
        leg.hear(number, 20.0 * number as f64);
    }
    let counts = leg.end(2_000.0);
    assert_eq!(counts.returned, 50);
    // 200 ms before the first, and 820 ms after the last.
    assert_eq!(counts.missing, 9 + 40);

    let mut deaf = Leg::new(Codec::Opus);
    assert_eq!(deaf.end(2_000.0).missing, 99);
}

#[test]
fn a_burst_on_its_way_is_no_loss_at_the_edges() {
    let mut leg = Leg::new(Codec::Pcma);
    leg.hear(0, 190.0);
    leg.hear(1, 195.0);
    assert_eq!(leg.end(390.0).missing, 0);
}

#[test]
fn copies_and_packets_out_of_order_are_told_apart() {
    let mut leg = Leg::new(Codec::G722);
    leg.hear(0, 0.0);
    leg.hear(1, 20.0);
    assert_eq!(leg.hear(1, 21.0), Arrival::default());
    assert_eq!(leg.hear(4, 80.0).missing, 2);
    let late = Arrival { is_new: true, missing: 0, was_missing: true };
    assert_eq!(leg.hear(2, 81.0), late);
    assert_eq!(leg.hear(2, 82.0), Arrival::default());
    let counts = leg.end(100.0);
    assert_eq!((counts.returned, counts.missing), (4, 1));
    assert_eq!((counts.duplicates, counts.reordered), (2, 1));
}

#[test]
fn another_stream_begins_anew_and_the_clock_tells_what_is_missing() {
    let mut leg = Leg::new(Codec::Pcmu);
    leg.hear(0, 0.0);
    assert_eq!(leg.hear_of(8, 40_000, 20.0, false).missing, 0);
    assert_eq!(leg.hear_of(9, 3, 120.0, false).missing, 4);
    // A jump by minutes of one and the same stream.
    assert_eq!(leg.hear_of(9, 30_000, 140.0, false).missing, 0);
    assert_eq!(leg.end(160.0).returned, 4);
}

#[test]
fn a_pause_that_was_announced_misses_nothing() {
    let mut leg = Leg::new(Codec::Opus);
    leg.hear(0, 0.0);
    leg.hear_of(7, 1, 20.0, true);
    leg.hear_of(7, 21, 420.0, true);
    assert_eq!(leg.hear(30, 600.0).missing, 0);
    leg.hear_of(7, 31, 620.0, true);
    let counts = leg.end(1_000.0);
    assert_eq!((counts.missing, counts.gaps), (0, 0));
}

#[test]
fn counting_begins_anew_but_knows_what_came_before() {
    let mut leg = Leg::new(Codec::Pcmu);
    leg.hear(0, 0.0);
    leg.hear(5, 100.0);
    leg.stream.begin(START_NS + 100_000_000);
    assert_eq!(leg.hear(5, 101.0), Arrival::default());
    assert_eq!(leg.hear(7, 140.0).missing, 1);
    let counts = leg.end(150.0);
    assert_eq!((counts.returned, counts.missing, counts.duplicates), (1, 1, 1));
}

#[test]
fn what_was_missing_before_is_not_missing_now() {
    for last in [None, Some(3)] {
        let mut leg = Leg::new(Codec::Pcmu);
        last.map(|number| leg.hear(number, 20.0 * number as f64));
        leg.stream.begin(START_NS + 1_000_000_000);
        assert_eq!(leg.hear(51, 1_020.0).missing, 0);
        leg.stream.begin(START_NS + 2_000_000_000);
        assert_eq!(leg.end(3_000.0).missing, 49);
    }
}

#[test]
fn jitter_is_smoothed_as_the_standard_says() {
    let mut leg = Leg::new(Codec::Pcmu);
    // Every second packet 4 ms late: each deviates by 4 ms from the one before.
    for number in 0..2_000 {
        leg.hear(number, 20.0 * number as f64 + 4.0 * (number % 2) as f64);
    }
    assert!((3_990..=4_010).contains(&leg.stream.jitter_us()), "{}", leg.stream.jitter_us());
}

#[test]
fn thousands_of_legs_stay_small() {
    assert!(size_of::<Stream>() <= 64, "{}", size_of::<Stream>());
}

proptest! {
    /// Whatever comes in whatever order, within a second: each packet counts once, and what was due adds up.
    #[test]
    fn every_packet_counts_once(mut numbers in prop::collection::vec(0_u64..50, 1..150)) {
        let mut leg = Leg::new(Codec::Opus);
        let first = numbers[0];
        // Those before the first can't be known to be missing.
        numbers.retain(|number| *number >= first);
        let mut new = 0;
        for (index, number) in numbers.iter().enumerate() {
            new += u32::from(leg.hear(*number, index as f64 * 0.1).is_new);
        }
        let counts = leg.stream.counts;
        let distinct: std::collections::BTreeSet<_> = numbers.iter().collect();
        prop_assert_eq!(new, counts.returned);
        prop_assert_eq!(counts.returned as usize, distinct.len());
        prop_assert_eq!(counts.duplicates as usize, numbers.len() - distinct.len());
        let newest = *distinct.last().unwrap();
        prop_assert_eq!(u64::from(counts.returned + counts.missing), newest - first + 1);
    }

    #[test]
    fn any_packet_is_safe(packets in prop::collection::vec((any::<u64>(), any::<u32>(), any::<u32>(), any::<bool>()), 0..60)) {
        let mut leg = Leg::new(Codec::Opus);
        for (at_ns, ssrc, timestamp, begins_pause) in packets {
            leg.stream.packet(&leg.clock, &Heard { at_ns, ssrc: ssrc % 3, timestamp, begins_pause });
        }
        leg.stream.end(u64::MAX);
    }
}
