use super::line::{Network, Phone, Random, TICK, settings, talk};
use super::*;
use crate::packet::{Header, Packet};
use proptest::prelude::*;

const DEPTH_MS: u64 = 20;
const TEN_SECONDS: Duration = Duration::from_secs(10);

fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

fn buffer() -> JitterBuffer {
    JitterBuffer::new(settings(DEPTH_MS))
}

/// A packet of 20 ms; its payload begins with the lower byte of its sequence number.
fn packet(sequence: u16, timestamp: u32, ssrc: u32) -> (Header, [u8; 160]) {
    let header = Header { marker: false, payload_type: 0, sequence, timestamp, ssrc };
    let mut payload = [0; 160];
    payload[0] = sequence as u8;
    (header, payload)
}

fn insert(
    buffer: &mut JitterBuffer,
    now_ms: u64,
    sequence: u16,
    timestamp: u32,
    ssrc: u32,
) -> Insert {
    let (header, payload) = packet(sequence, timestamp, ssrc);
    buffer.insert(ms(now_ms), &Packet::new(header, &payload))
}

fn played(buffer: &mut JitterBuffer, now_ms: u64) -> Option<u16> {
    match buffer.next(ms(now_ms)) {
        Next::Packet(stored) => Some(stored.sequence),
        _ => None,
    }
}

#[test]
fn what_is_passed_over_is_known_and_what_follows_it_is_played_in_its_time() {
    let mut buffer = buffer();
    let mut waited = 0;
    let mut take = |buffer: &mut JitterBuffer, n: u16, is_wanted: bool| {
        let (header, payload) = packet(n, 160 * u32::from(n), 7);
        let (now, packet) = (ms(20 * u64::from(n)).into(), Packet::new(header, &payload));
        match is_wanted {
            true => buffer.insert_with_level(now, &packet, None),
            false => buffer.pass_over(now, &packet, |_| waited += 1),
        }
    };
    assert_eq!(take(&mut buffer, 0, true), Insert::Stored);
    for n in 1..200 {
        if n % 10 != 9 {
            assert_eq!(take(&mut buffer, n, false), Insert::Passed);
        }
        assert_eq!(buffer.next(ms(20 * u64::from(n))), Next::Wait, "not even what waited");
    }
    assert_eq!(take(&mut buffer, 150, false), Insert::Late);
    assert_eq!(take(&mut buffer, 201, true), Insert::Stored, "the one before it is lost");
    let depth = buffer.settings().depth;
    let due = (0..200).find(|later| played(&mut buffer, 20 * 201 + later).is_some()).unwrap();
    assert!(ms(due) <= depth, "after {due} ms, at a depth of {depth:?} to half a tick");
    let counters = buffer.counters();
    assert_eq!((counters.passed, counters.played, counters.lost), (179, 1, 0));
    assert_eq!(waited, 1, "the first");
}

#[test]
fn another_stream_may_begin_with_what_is_passed_over() {
    let mut buffer = buffer();
    for (n, ssrc, expected) in
        [(0, 7, Insert::Passed), (1, 9, Insert::Restarted), (2, 9, Insert::Passed)]
    {
        let (header, payload) = packet(n, 160 * u32::from(n), ssrc);
        let now = ms(20 * u64::from(n)).into();
        assert_eq!(buffer.pass_over(now, &Packet::new(header, &payload), |_| ()), expected);
    }
    let (header, _) = packet(3, 480, 9);
    let passed = buffer.pass_over(ms(60).into(), &Packet::new(header, &[]), |_| ());
    assert_eq!(passed, Insert::Malformed);
}

#[test]
fn a_clean_line_loses_nothing_and_waits_about_the_depth() {
    for depth_ms in [0, 10, 20, 40, 100, 200] {
        for seed in 0..20 {
            let mut buffer = JitterBuffer::new(settings(depth_ms));
            let log = talk(&mut buffer, Phone::default(), Network::default(), TEN_SECONDS, seed);
            assert_eq!(
                log.heard.len(),
                log.sent,
                "depth {depth_ms}, seed {seed}: {:?}",
                buffer.counters()
            );
            for delay in log.delays_after(Duration::ZERO) {
                assert!(delay.abs_diff(ms(depth_ms)) <= ms(20), "depth {depth_ms}: {delay:?}");
            }
        }
    }
}

#[test]
fn at_20_ms_the_median_wait_of_many_lines_is_20_ms() {
    let mut medians: Vec<_> = (0..200)
        .map(|seed| {
            let log = talk(&mut buffer(), Phone::default(), Network::default(), ms(2_000), seed);
            log.median_delay_after(Duration::ZERO)
        })
        .collect();
    medians.sort_unstable();
    assert!(medians[0] >= ms(8), "{:?}", medians[0]);
    assert!(medians[100].abs_diff(ms(20)) <= ms(2), "{:?}", medians[100]);
    assert!(medians[199] <= ms(30), "{:?}", medians[199]);
}

#[test]
fn packets_of_any_length_are_played() {
    for ptime_ms in [10, 20, 30, 40, 50, 60, 80, 100, 120] {
        for seed in 0..20 {
            let mut buffer = JitterBuffer::new(settings(40));
            let phone = Phone { ptime_ms, ..Phone::default() };
            let log = talk(&mut buffer, phone, Network::default(), TEN_SECONDS, seed);
            assert_eq!(
                log.heard.len(),
                log.sent,
                "{ptime_ms} ms, seed {seed}: {:?}",
                buffer.counters()
            );
            let delay = log.median_delay_after(Duration::ZERO);
            assert!(delay <= ms(70), "{ptime_ms} ms, seed {seed}: {delay:?}");
        }
    }
}

#[test]
fn jitter_within_half_the_depth_costs_nothing() {
    for seed in 0..20 {
        let mut buffer = JitterBuffer::new(settings(80));
        let network = Network { jitter_ms: 30, duplicate_percent: 10, ..Network::default() };
        let log = talk(&mut buffer, Phone::default(), network, TEN_SECONDS, seed);
        assert_eq!(log.heard.len(), log.sent, "seed {seed}: {:?}", buffer.counters());
        assert!(log.heard.is_sorted_by_key(|heard| heard.index));
        assert!(log.delays_after(Duration::ZERO).all(|delay| delay <= ms(120)));
    }
}

#[test]
fn losses_are_bridged_and_add_no_delay() {
    for seed in 0..20 {
        let network = Network { loss_percent: 20, ..Network::default() };
        let log = talk(&mut buffer(), Phone::default(), network, TEN_SECONDS, seed);
        assert!(log.heard.len() > log.sent * 7 / 10);
        assert!(log.lost_units >= 160 * (log.sent - log.heard.len()) as u64 / 2);
        assert!(log.delays_after(Duration::ZERO).all(|delay| delay <= ms(45)), "seed {seed}");
    }
}

#[test]
fn after_a_stall_the_delay_comes_back_down_and_little_is_missed() {
    for stall in [60, 150, 350, 500, 2_000, 5_000] {
        for seed in 0..10 {
            let mut buffer = buffer();
            let network = Network { stall_ms: Some((2_000, 2_000 + stall)), ..Network::default() };
            let length = TEN_SECONDS + ms(stall);
            let log = talk(&mut buffer, Phone::default(), network, length, seed);
            let before = log.delays_after(Duration::ZERO).next().unwrap();
            let after = log.delays_after(ms(2_000 + stall + 4_000)).max().unwrap();
            assert!(after <= before + ms(20), "stall of {stall} ms, seed {seed}: {after:?}");
            assert!(log.buffered_max <= ms(32 * 20 + 20));
            let missing = (log.sent - log.heard.len()) as u64 * 20;
            let expected = stall.saturating_sub(350);
            assert!(missing <= expected, "stall of {stall} ms, seed {seed}: {missing} ms missing");
        }
    }
}

#[test]
fn the_delay_is_what_the_jitter_needs_and_comes_down_when_that_ends() {
    for (jitter_ms, delay_ms) in [(0, 0..=30), (20, 20..=60), (40, 40..=80), (90, 90..=130)] {
        for seed in 0..5 {
            let mut buffer = JitterBuffer::new(settings(10));
            let network = Network { jitter_ms, ..Network::default() };
            let length = Duration::from_secs(60);
            let log = talk(&mut buffer, Phone::default(), network, length, seed);
            let late = log.heard.windows(2).filter(|pair| pair[1].index != pair[0].index + 1);
            assert!(late.count() * 100 <= log.sent, "{jitter_ms} ms, seed {seed}");
            let settled: Vec<_> = log.delays_after(ms(20_000)).collect();
            let mean = settled.iter().sum::<Duration>() / settled.len() as u32;
            let range = ms(*delay_ms.start())..=ms(*delay_ms.end());
            assert!(range.contains(&mean), "{jitter_ms} ms, seed {seed}: {mean:?}");
            // The same buffer on a line that has become good.
            let length = Duration::from_secs(150);
            let phone = Phone { ssrc: 2, ..Phone::default() };
            let log = talk(&mut buffer, phone, Network::default(), length, seed);
            let after = log.median_delay_after(ms(120_000));
            assert!(after <= ms(25), "{jitter_ms} ms, seed {seed}: {after:?} afterwards");
        }
    }
}

#[test]
fn on_a_clean_line_the_sound_is_left_alone() {
    for seed in 0..20 {
        let network = Network { jitter_us: 300, ..Network::default() };
        let mut buffer = JitterBuffer::new(settings(10));
        let log = talk(&mut buffer, Phone::default(), network, Duration::from_secs(60), seed);
        let later = log.adjusted.iter().filter(|(at, _)| *at > ms(3_000)).count();
        assert!(later == 0 && log.lost_units <= 160 + 800, "seed {seed}: {:?}", log.adjusted);
        assert!(log.delays_after(ms(3_000)).all(|delay| delay <= ms(22)), "seed {seed}");
    }
}

#[test]
fn a_way_that_becomes_longer_for_good_is_followed() {
    for seed in 0..20 {
        let mut buffer = buffer();
        let network = Network { longer_ms: Some((2_000, 300)), ..Network::default() };
        let log = talk(&mut buffer, Phone::default(), network, TEN_SECONDS, seed);
        let after = log.median_delay_after(ms(3_000));
        assert!(after.abs_diff(ms(320)) <= ms(15), "longer, seed {seed}: {after:?}");
        assert_eq!(log.heard.len(), log.sent, "what is only late is played");
    }
}

#[test]
fn the_delay_doesn_t_grow_with_a_fast_clock_nor_vanish_with_a_slow_one() {
    // An hour with clocks worse than any telephone's.
    for drift_ppm in [-500, -100, 100, 500] {
        let mut buffer = buffer();
        let phone = Phone { drift_ppm, ..Phone::default() };
        let length = Duration::from_secs(3_600);
        let network = Network { jitter_us: 5_000, ..Network::default() };
        let log = talk(&mut buffer, phone, network, length, 3);
        let start = log.median_delay_after(Duration::ZERO);
        for from in (0..3_590).step_by(10).map(Duration::from_secs) {
            let delays = log.delays_after(from).zip(0..500).map(|(delay, _)| delay);
            let longest = delays.max().unwrap();
            assert!(longest <= start + ms(20), "{drift_ppm} at {from:?}: {longest:?}");
        }
        assert_eq!(log.heard.len(), log.sent, "{drift_ppm}: {:?}", buffer.counters());
        // A tick in 40 s, by whole periods: what that is more than a tick is taken out again. And no more is made
        // up than at the start.
        let changed: i64 = log.adjusted.iter().map(|(_, units)| units).sum();
        let drifted = 3_600 * 8_000 * drift_ppm / 1_000_000;
        assert!((changed + drifted).abs() <= 480, "{drift_ppm}: {changed} of {drifted}");
        let moved: i64 = log.adjusted.iter().map(|(_, units)| units.abs()).sum();
        assert!(2 * moved <= 3 * drifted.abs(), "{drift_ppm}: {moved} for {drifted}");
        assert!(log.lost_units <= 480 + 800, "{drift_ppm}: {}", log.lost_units);
    }
}

#[test]
fn on_a_clean_line_no_clock_makes_anything_missing() {
    for grain in [0, 5].map(ms) {
        for drift_ppm in [-500, -50, 50, 500] {
            for seed in 0..8 {
                let mut buffer = JitterBuffer::new(Settings { grain, ..settings(10) });
                let phone = Phone { drift_ppm, ..Phone::default() };
                let length = Duration::from_secs(600);
                let log = talk(&mut buffer, phone, Network::default(), length, seed);
                let case = format!("{drift_ppm} ppm, seen to {grain:?}, seed {seed}");
                assert_eq!(log.heard.len(), log.sent, "{case}: {:?}", buffer.counters());
                // What comes after the last packet; and what nobody could see coming.
                let unforeseen = if drift_ppm < 0 && !grain.is_zero() { 160 } else { 0 };
                assert!(log.lost_units <= 800 + unforeseen, "{case}: {}", log.lost_units);
                // What is put in for a slow clock before it is needed may be too much for a while.
                let longest = ms(31 + if drift_ppm < 0 { 4 } else { 0 });
                assert!(log.delays_after(Duration::ZERO).all(|delay| delay <= longest), "{case}");
            }
        }
    }
}

#[test]
fn silences_keep_neither_delay_nor_speech() {
    for (speech, silence) in [(200, 60), (1_000, 400), (400, 3_000)] {
        for seed in 0..20 {
            let mut buffer = buffer();
            let phone = Phone { spurts_ms: Some((speech, silence)), ..Phone::default() };
            let log = talk(&mut buffer, phone, Network::default(), TEN_SECONDS, seed);
            assert_eq!(log.heard.len(), log.sent, "seed {seed}: {:?}", buffer.counters());
            assert!(log.delays_after(Duration::ZERO).all(|delay| delay <= ms(45)), "seed {seed}");
        }
    }
}

#[test]
fn sequence_and_timestamp_wrap_unheard() {
    let phone =
        Phone { first_sequence: 65_500, first_timestamp: u32::MAX - 5_000, ..Phone::default() };
    let network = Network { jitter_ms: 15, ..Network::default() };
    let mut buffer = JitterBuffer::new(settings(40));
    let log = talk(&mut buffer, phone, network, TEN_SECONDS, 1);
    assert_eq!(log.heard.len(), log.sent, "{:?}", buffer.counters());
    assert_eq!(buffer.counters().restarted, 0);
}

#[test]
fn another_stream_takes_over_after_two_packets() {
    let mut buffer = buffer();
    assert_eq!(insert(&mut buffer, 0, 1, 0, 7), Insert::Stored);
    assert_eq!(played(&mut buffer, 20), Some(1));
    assert_eq!(insert(&mut buffer, 20, 900, 555_555, 8), Insert::Stray);
    assert_eq!(insert(&mut buffer, 25, 2, 160, 7), Insert::Stored);
    assert_eq!(insert(&mut buffer, 40, 901, 555_715, 8), Insert::Stray);
    assert_eq!(insert(&mut buffer, 60, 902, 555_875, 8), Insert::Restarted);
    // What waited of the old one is gone.
    assert_eq!(played(&mut buffer, 60), None);
    assert_eq!(played(&mut buffer, 80), Some(902));
    assert_eq!(buffer.counters().restarted, 1);
}

#[test]
fn a_jump_of_time_is_believed_when_it_is_repeated() {
    let mut buffer = buffer();
    insert(&mut buffer, 0, 1, 0, 7);
    assert_eq!(played(&mut buffer, 20), Some(1));
    assert_eq!(insert(&mut buffer, 20, 2, 4_000_000_000, 7), Insert::Stray);
    assert_eq!(insert(&mut buffer, 40, 3, 4_000_000_160, 7), Insert::Restarted);
    assert_eq!(played(&mut buffer, 60), Some(3));
}

#[test]
fn duplicates_late_and_unusable_packets_are_told_apart() {
    let mut buffer = buffer();
    assert_eq!(insert(&mut buffer, 0, 10, 0, 7), Insert::Stored);
    assert_eq!(insert(&mut buffer, 0, 10, 0, 7), Insert::Duplicate);
    assert_eq!(insert(&mut buffer, 5, 11, 160, 7), Insert::Stored);
    assert_eq!(played(&mut buffer, 20), Some(10));
    assert_eq!(insert(&mut buffer, 21, 10, 0, 7), Insert::Late);
    let (header, _) = packet(12, 320, 7);
    assert_eq!(buffer.insert(ms(22), &Packet::new(header, &[])), Insert::Malformed);
    assert_eq!(buffer.insert(ms(22), &Packet::new(header, &[0; 1_281])), Insert::TooLong);
    let counters = buffer.counters();
    assert_eq!((counters.duplicate, counters.late, counters.unusable), (1, 1, 2));
}

#[test]
fn a_duplicate_that_comes_in_a_silence_is_not_played_again() {
    let mut buffer = buffer();
    insert(&mut buffer, 0, 10, 0, 7);
    assert_eq!(played(&mut buffer, 20), Some(10));
    let silent = (40..400).step_by(20).filter(|now| buffer.next(ms(*now)) == Next::Wait).count();
    assert!(silent > 10);
    assert_eq!(insert(&mut buffer, 400, 10, 0, 7), Insert::Late);
    assert_eq!(insert(&mut buffer, 400, 11, 4_000, 7), Insert::Stored);
}

#[test]
fn a_late_start_of_a_talk_spurt_doesn_t_turn_time_back() {
    let mut buffer = buffer();
    insert(&mut buffer, 0, 11, 160, 7);
    assert_eq!(played(&mut buffer, 20), Some(11));
    assert_eq!(buffer.next(ms(40)), Next::Lost { timestamp_units: 160, following: None });
    let (header, payload) = packet(10, 0, 7);
    let first = Header { marker: true, ..header };
    assert_eq!(buffer.insert(ms(45), &Packet::new(first, &payload)), Insert::Late);
}

#[test]
fn what_is_late_is_played_whole_and_what_overlaps_in_part() {
    let mut buffer = buffer();
    let long = |sequence, timestamp| Header {
        marker: false,
        payload_type: 0,
        sequence,
        timestamp,
        ssrc: 7,
    };
    buffer.insert(ms(0), &Packet::new(long(1, 0), &[0; 480]));
    assert_eq!(played(&mut buffer, 20), Some(1));
    assert_eq!(buffer.next(ms(80)), Next::Lost { timestamp_units: 160, following: None });
    assert_eq!(buffer.insert(ms(85), &Packet::new(long(2, 480), &[0; 480])), Insert::Stored);
    let Next::Packet(stored) = buffer.next(ms(100)) else { panic!("not played") };
    assert_eq!((stored.units, stored.skip_units), (480, 0));
    assert_eq!(buffer.insert(ms(120), &Packet::new(long(3, 800), &[0; 480])), Insert::Stored);
    let Next::Packet(stored) = buffer.next(ms(160)) else { panic!("not played") };
    assert_eq!((stored.units, stored.skip_units), (480, 160));
}

#[test]
fn what_is_lost_is_known_when_something_after_it_is_here() {
    let mut buffer = buffer();
    insert(&mut buffer, 0, 1, 0, 7);
    assert_eq!(played(&mut buffer, 20), Some(1));
    // Two are lost. Two ticks are made up, which stand for them: the third is played at once.
    for now in [40, 60] {
        assert_eq!(buffer.next(ms(now)), Next::Lost { timestamp_units: 160, following: None });
    }
    insert(&mut buffer, 65, 4, 480, 7);
    assert_eq!(played(&mut buffer, 80), Some(4));
    assert_eq!(insert(&mut buffer, 81, 2, 160, 7), Insert::Late);
}

#[test]
fn comfort_noise_goes_on_until_sound_comes_and_no_longer_than_a_second() {
    let mut buffer =
        JitterBuffer::new(Settings { comfort_noise: Some(13), ..*buffer().settings() });
    insert(&mut buffer, 0, 1, 0, 7);
    let (header, _) = packet(2, 160, 7);
    let noise = Header { payload_type: 13, ..header };
    assert_eq!(buffer.insert(ms(20), &Packet::new(noise, &[40])), Insert::Stored);
    assert_eq!(played(&mut buffer, 20), Some(1));
    let Next::Packet(stored) = buffer.next(ms(40)) else { panic!("no noise") };
    assert_eq!((stored.payload_type, stored.units, stored.payload), (13, 160, &[40_u8][..]));
    for now in (60..300).step_by(20) {
        assert_eq!(buffer.next(ms(now)), Next::Silent { timestamp_units: 160 });
    }
    // Its first packet comes with the schedule, and is played whole.
    insert(&mut buffer, 295, 3, 160 * 14, 7);
    assert_eq!(played(&mut buffer, 300), Some(3));
    let noise = Header { sequence: 4, timestamp: 160 * 15, ..noise };
    buffer.insert(ms(300), &Packet::new(noise, &[40]));
    let ticks = (320..).step_by(20).take_while(|now| buffer.next(ms(*now)) != Next::Wait).count();
    assert_eq!(ticks, 1 + 50);
    assert_eq!(buffer.counters().lost, 0);
}

#[test]
fn the_time_of_a_digit_is_silent_and_no_loss() {
    let mut buffer = JitterBuffer::new(Settings { recovers: true, ..settings(DEPTH_MS) });
    for call in 0..3_u16 {
        let (start, number) = (u32::from(call) * 1_600, call * 10);
        insert(&mut buffer, u64::from(start) / 8, number + 1, start, 7);
        assert_eq!(played(&mut buffer, u64::from(start) / 8 + 20), Some(number + 1));
        for event in 2..9 {
            let (header, payload) = packet(number + event, start + 160, 7);
            buffer.note_other(&Packet::new(header, &payload));
        }
        assert_eq!(buffer.next(ms(u64::from(start) / 8 + 40)), Next::Wait);
        insert(&mut buffer, u64::from(start) / 8 + 180, number + 10, start + 160 * 9, 7);
        assert_eq!(played(&mut buffer, u64::from(start) / 8 + 200), Some(number + 10));
    }
    assert_eq!(buffer.counters().lost, 0);
    assert!(buffer.depth() <= ms(20), "nothing was lost: {:?}", buffer.depth());
}

#[test]
fn too_many_packets_push_out_the_oldest() {
    let mut buffer = JitterBuffer::new(Settings { packets_max: 4, ..settings(200) });
    for index in 0..10_u16 {
        assert_eq!(insert(&mut buffer, 0, index, u32::from(index) * 160, 7), Insert::Stored);
    }
    assert_eq!(insert(&mut buffer, 0, 2, 320, 7), Insert::Late);
    assert_eq!(buffer.counters().overflowed, 6);
    assert_eq!(buffer.buffered(), ms(80));
}

#[test]
fn the_number_of_packets_is_kept_within_its_bounds() {
    for (asked, given) in [(0, 4), (1_000_000, 512)] {
        let sizes = Settings { payload_bytes_max: 200, bytes_max: 200 * 512, ..settings(20) };
        let mut buffer = JitterBuffer::new(Settings { packets_max: asked, ..sizes });
        for index in 0..600_u16 {
            insert(&mut buffer, 0, index, u32::from(index), 7);
        }
        assert_eq!(buffer.counters().overflowed, 600 - given);
    }
}

#[test]
fn the_bytes_that_wait_are_kept_within_their_bound() {
    let sizes = Settings { payload_bytes_max: 200, bytes_max: 10, ..settings(20) };
    let mut buffer = JitterBuffer::new(sizes);
    let bytes = buffer.memory_bytes();
    for index in 0..9_u16 {
        insert(&mut buffer, 0, index, u32::from(index) * 160, 7);
    }
    assert_eq!(buffer.counters().overflowed, 8, "one of the largest always fits, and here no more");
    assert_eq!(buffer.memory_bytes(), bytes, "it never takes more than at first");
}

#[test]
fn a_reset_buffer_is_as_new() {
    let mut buffer = buffer();
    insert(&mut buffer, 0, 10, 0, 7);
    assert_eq!(played(&mut buffer, 20), Some(10));
    buffer.reset();
    assert_eq!(buffer.next(ms(40)), Next::Wait);
    assert_eq!(insert(&mut buffer, 40, 10, 0, 8), Insert::Stored);
    assert_eq!(played(&mut buffer, 60), Some(10));
}

#[test]
fn a_tick_that_the_engine_skips_adds_its_length_only_until_it_is_made_up() {
    let mut buffer = buffer();
    let mut missed = 0;
    for tick in 0..1_000_u16 {
        let now = u64::from(tick) * 20;
        insert(&mut buffer, now, tick, u32::from(tick) * 160, 7);
        // Late ticks are skipped, never made up for.
        if tick % 100 == 50 {
            missed += 1;
            continue;
        }
        buffer.next(ms(now));
        let adjustment = buffer.adjustment(ms(now), 0);
        if matches!(adjustment, Some(Adjustment::Shorten { units: 160, takes_more: true, .. })) {
            assert!(matches!(buffer.next(ms(now)), Next::Packet(_)));
            buffer.adjusted(ms(now), -160, true);
        }
    }
    assert_eq!(missed, 10);
    assert!(buffer.buffered() <= ms(80), "{:?}", buffer.buffered());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever the network does, the delay stays bounded, and nothing is played twice or out of order.
    #[test]
    fn a_bad_line_is_never_far_behind(
        seed: u64,
        ptime_ms in prop::sample::select(vec![10_u32, 20, 30, 40, 60, 120]),
        depth_ms in 0_u64..120,
        jitter_ms in 0_u64..100,
        loss_percent in 0_u64..40,
        duplicate_percent in 0_u64..20,
        copies: bool,
        stall in prop::option::of((1_000_u64..3_000, 0_u64..4_000)),
        drift_ppm in -500_i64..500,
    ) {
        let phone = Phone { ptime_ms, drift_ppm, copies, ..Phone::default() };
        let network = Network {
            jitter_ms,
            loss_percent,
            duplicate_percent,
            stall_ms: stall.map(|(from, length)| (from, from + length)),
            ..Network::default()
        };
        let mut buffer = JitterBuffer::new(settings(depth_ms));
        let log = talk(&mut buffer, phone, network, TEN_SECONDS, seed);
        prop_assert!(log.heard.is_sorted_by(|one, next| one.index < next.index));
        let settled = stall.map_or(ms(3_000), |(from, length)| ms(from + length + 4_000));
        let jitter_ms = jitter_ms + jitter_ms / 5;
        let bound = ms(depth_ms.max(jitter_ms) + jitter_ms + u64::from(ptime_ms) + 80);
        for delay in log.delays_after(settled) {
            prop_assert!(delay <= bound, "{:?} > {:?}: {:?}", delay, bound, buffer.counters());
        }
    }

    /// Any packets at any time: nothing panics, and the buffer keeps its promises.
    #[test]
    fn any_packets_are_safe(
        framing in prop::sample::select(vec![Framing::OctetPerUnit, Framing::Opus]),
        clock_hz in prop::sample::select(vec![0_u32, 1, 8_000, 48_000, u32::MAX]),
        depth: Duration,
        steps in prop::collection::vec(
            (0_u64..200, any::<bool>(), any::<u16>(), any::<u32>(), 0_u32..2, prop::collection::vec(any::<u8>(), 0..20)),
            0..200,
        ),
    ) {
        let small = Settings { packets_max: 8, payload_bytes_max: 16, bytes_max: 100, ..Settings::default() };
        let mut buffer = JitterBuffer::new(Settings { depth, framing, clock_hz, ..small });
        let mut now = Duration::ZERO;
        for (step, marker, sequence, timestamp, ssrc, payload) in steps {
            now += ms(step);
            // Half of them close together, so that more than strays come in.
            let near = sequence % 2 == 0;
            let (sequence, timestamp) = if near { (sequence % 64, timestamp % 8_192) } else { (sequence, timestamp) };
            let header = Header { marker, payload_type: 0, sequence, timestamp, ssrc };
            let packet = Packet::new(header, &payload);
            if marker {
                buffer.insert_copy(now, &packet, ms(step), None);
            }
            buffer.insert(now, &packet);
            if let Next::Packet(stored) = buffer.next(now) {
                prop_assert!(stored.skip_units < stored.units);
                prop_assert!(stored.payload.len() <= 16);
            }
            let _ = buffer.buffered();
        }
    }

    #[test]
    fn seeded_random_numbers_stay_below_their_bound(seed: u64, bound in 1_u64..1_000) {
        let mut random = Random::new(seed);
        prop_assert!((0..100).all(|_| random.below(bound) < bound));
        prop_assert!(TICK > Duration::ZERO);
    }
}
