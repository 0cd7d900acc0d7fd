//! Lost packets of which something is left: copies in later packets, and what a decoder can make of the next one;
//! and gaps that are no loss.

use super::line::{Network, Phone, settings, talk};
use super::*;
use crate::packet::{Header, Packet};

const LENGTH: Duration = Duration::from_secs(20);

/// A SILK packet of 20 ms, and the same of a pause (RFC 6716 table 2).
const SPEECH: &[u8] = &[9 << 3, 1, 2, 3];
const PAUSE: &[u8] = &[9 << 3];

fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

/// A buffer of 40 ms for Opus.
fn opus() -> JitterBuffer {
    JitterBuffer::new(Settings { clock_hz: 48_000, framing: Framing::Opus, ..Settings::default() })
}

/// The header of the packet that is sent at the `index`th tick.
fn header(index: u16) -> Header {
    let timestamp = u32::from(index) * 960;
    Header { marker: false, payload_type: 111, sequence: 100 + index, timestamp, ssrc: 7 }
}

fn insert(buffer: &mut JitterBuffer, index: u16, payload: &[u8]) -> Insert {
    buffer.insert(ms(20) * u32::from(index), &Packet::new(header(index), payload))
}

/// Puts a copy in that comes along in the packet after it.
fn insert_copy(buffer: &mut JitterBuffer, index: u16, payload: &[u8]) -> bool {
    let now = ms(20) * u32::from(index + 1);
    buffer.insert_copy(now, &Packet::new(header(index), payload), ms(20), Some(9))
}

/// What happens at the tick 40 ms after the `index`th packet was to arrive.
fn at(buffer: &mut JitterBuffer, index: u16) -> Next<'_> {
    buffer.next(ms(20) * u32::from(index + 2))
}

fn played(next: Next<'_>) -> Option<(u16, bool)> {
    match next {
        Next::Packet(stored) => Some((stored.sequence, stored.is_copy)),
        _ => None,
    }
}

#[test]
fn copies_bring_back_nearly_all_that_a_network_loses() {
    for (loss_percent, missing_percent) in [(5, 1), (10, 2), (20, 6), (30, 12)] {
        for seed in 0..10 {
            let network = Network { loss_percent, ..Network::default() };
            let phone = Phone { copies: true, ..Phone::default() };
            let mut buffer = JitterBuffer::new(settings(40));
            let log = talk(&mut buffer, phone, network, LENGTH, seed);
            let missing = log.sent - log.heard.len();
            assert!(
                missing * 100 <= log.sent * missing_percent,
                "{loss_percent}%, seed {seed}: {missing} of {} are missing",
                log.sent
            );
            assert!(buffer.counters().copied as usize > log.sent * loss_percent as usize / 200);
            assert_eq!(buffer.counters().duplicate, 0);
            assert!(log.delays_after(Duration::ZERO).all(|delay| delay <= ms(65)), "seed {seed}");
        }
    }
}

#[test]
fn copies_add_no_delay_where_talk_spurts_begin_with_a_loss() {
    for seed in 0..20 {
        let network = Network { loss_percent: 20, ..Network::default() };
        let phone = Phone { copies: true, spurts_ms: Some((300, 400)), ..Phone::default() };
        let log = talk(&mut JitterBuffer::new(settings(40)), phone, network, LENGTH, seed);
        assert!(log.delays_after(Duration::ZERO).all(|delay| delay <= ms(65)), "seed {seed}");
    }
}

#[test]
fn a_burst_of_copies_after_a_stall_leaves_no_delay() {
    for seed in 0..20 {
        let network =
            Network { stall_ms: Some((2_000, 2_700)), loss_percent: 10, ..Network::default() };
        let phone = Phone { copies: true, ..Phone::default() };
        let log = talk(&mut JitterBuffer::new(settings(40)), phone, network, LENGTH, seed);
        let after = log.delays_after(ms(7_000)).max().unwrap();
        assert!(after <= ms(65), "seed {seed}: {after:?}");
    }
}

#[test]
fn a_copy_takes_the_place_of_what_was_lost() {
    let mut buffer = opus();
    insert(&mut buffer, 0, SPEECH);
    insert(&mut buffer, 2, SPEECH);
    assert!(insert_copy(&mut buffer, 1, &[9 << 3, 7]));
    assert_eq!(played(at(&mut buffer, 0)), Some((100, false)));
    assert_eq!(played(at(&mut buffer, 1)), Some((101, true)));
    assert_eq!(played(at(&mut buffer, 2)), Some((102, false)));
    let counters = buffer.counters();
    assert_eq!((counters.copied, counters.lost, counters.duplicate, counters.late), (1, 0, 0, 0));
}

#[test]
fn a_copy_of_what_is_here_or_was_played_changes_nothing() {
    let mut buffer = opus();
    insert(&mut buffer, 0, SPEECH);
    insert(&mut buffer, 1, SPEECH);
    assert!(!insert_copy(&mut buffer, 0, PAUSE));
    assert_eq!(played(at(&mut buffer, 0)), Some((100, false)));
    assert!(!insert_copy(&mut buffer, 0, SPEECH));
    assert_eq!(buffer.counters(), Counters { played: 1, ..Counters::default() });
    // Nor in a silence, when there is nothing to compare it with.
    played(at(&mut buffer, 1));
    for index in 2..20 {
        let _ = at(&mut buffer, index);
    }
    insert(&mut buffer, 20, SPEECH);
    assert!(!insert_copy(&mut buffer, 1, SPEECH));
}

#[test]
fn what_comes_after_its_copy_is_no_duplicate() {
    let mut buffer = opus();
    insert(&mut buffer, 0, SPEECH);
    insert(&mut buffer, 2, SPEECH);
    assert!(insert_copy(&mut buffer, 1, &[9 << 3, 7]));
    assert_eq!(insert(&mut buffer, 1, SPEECH), Insert::Stored);
    assert_eq!(insert(&mut buffer, 1, SPEECH), Insert::Duplicate);
    played(at(&mut buffer, 0));
    let Next::Packet(stored) = at(&mut buffer, 1) else { panic!("it is not lost") };
    assert_eq!((stored.payload, stored.is_copy), (SPEECH, false));
}

#[test]
fn copies_of_strangers_and_without_a_stream_are_refused() {
    let mut buffer = opus();
    assert!(!insert_copy(&mut buffer, 0, SPEECH));
    insert(&mut buffer, 5, SPEECH);
    let stranger = Header { ssrc: 8, ..header(4) };
    assert!(!buffer.insert_copy(ms(100), &Packet::new(stranger, SPEECH), ms(20), None));
    assert!(!insert_copy(&mut buffer, 4, &[]));
    assert!(!insert_copy(&mut buffer, 4, &[9 << 3; 2_000]));
    let far = Header { timestamp: 1 << 30, ..header(4) };
    assert!(!buffer.insert_copy(ms(100), &Packet::new(far, SPEECH), ms(20), None));
}

#[test]
fn copies_push_nothing_out() {
    let small = Settings { packets_max: 4, ..*opus().settings() };
    let mut buffer = JitterBuffer::new(small);
    for index in [1, 2, 3, 4] {
        insert(&mut buffer, index, SPEECH);
    }
    assert!(!insert_copy(&mut buffer, 0, SPEECH));
    assert_eq!(buffer.counters().overflowed, 0);
    assert_eq!(played(at(&mut buffer, 1)), Some((101, false)));
}

#[test]
fn a_gap_is_told_in_one_piece_with_what_follows_it() {
    let mut buffer = opus();
    insert(&mut buffer, 0, SPEECH);
    assert_eq!(played(at(&mut buffer, 0)), Some((100, false)));
    insert(&mut buffer, 3, &[9 << 3, 4, 5]);
    let expected = Next::Lost { timestamp_units: 2 * 960, following: Some(&[9 << 3, 4, 5]) };
    assert_eq!(at(&mut buffer, 1), expected);
    assert_eq!(played(at(&mut buffer, 3)), Some((103, false)));
    assert_eq!(at(&mut buffer, 4), Next::Lost { timestamp_units: 960, following: None });
}

#[test]
fn where_losses_are_frequent_what_was_made_up_is_time_won_for_recovery() {
    let settings = Settings { depth: ms(10), recovers: true, ..*opus().settings() };
    let mut buffer = JitterBuffer::new(settings);
    let mut shown = 0;
    for index in 0..500_u16 {
        if index % 10 != 9 {
            insert(&mut buffer, index, SPEECH);
        }
        let now = ms(20) * u32::from(index) + ms(1);
        shown += usize::from(matches!(buffer.next(now), Next::Lost { following: Some(_), .. }));
        assert_eq!(buffer.depth() > ms(20), index > 19, "at {index}");
    }
    assert!(shown >= 47, "{shown} of 50 losses could be recovered");
}

/// How many of 100 losses of two packets in a row can be recovered from whole, where each packet brings a copy of the one
/// before it along; and how long packets wait then.
fn recovered_runs(payload: &[u8]) -> (usize, Duration) {
    let settings = Settings { depth: ms(10), recovers: true, ..*opus().settings() };
    let (mut buffer, mut whole) = (JitterBuffer::new(settings), 0);
    for index in 0..2_000_u16 {
        if index % 20 < 18 {
            insert(&mut buffer, index, payload);
            if let Some(before) = index.checked_sub(1) {
                let copy = Packet::new(header(before), payload);
                buffer.insert_copy(ms(20) * u32::from(index), &copy, ms(20), None);
            }
        }
        let next = buffer.next(ms(20) * u32::from(index) + ms(1));
        whole += usize::from(matches!(next, Next::Lost { following: Some(_), .. }));
    }
    (whole, buffer.depth())
}

#[test]
fn two_in_a_row_come_back_where_the_copy_of_the_second_tells_of_the_first() {
    let (whole, depth) = recovered_runs(&[9 << 3, 0x40, 2, 3]);
    assert!(whole >= 95, "{whole} of 100");
    assert_eq!(depth, ms(10) + 2 * ms(20));
    assert_eq!(recovered_runs(SPEECH).1, ms(10) + ms(20), "or else nobody waits for that");
}

#[test]
fn two_in_a_row_come_back_whole_where_each_packet_brings_the_two_before_it() {
    let settings = Settings { depth: ms(10), recovers: true, ..*opus().settings() };
    let mut buffer = JitterBuffer::new(settings);
    let mut last = None;
    for index in 0..2_000_u16 {
        if index % 20 < 18 {
            insert(&mut buffer, index, SPEECH);
            for (before, behind) in [(index.checked_sub(2), ms(40)), (index.checked_sub(1), ms(20))]
            {
                let Some(before) = before else { continue };
                let copy = Packet::new(header(before), SPEECH);
                buffer.insert_copy(ms(20) * u32::from(index), &copy, behind, None);
            }
        }
        if let Next::Packet(stored) = buffer.next(ms(20) * u32::from(index) + ms(1)) {
            assert!(last.is_none_or(|last| stored.sequence == last + 1), "at {index}");
            last = Some(stored.sequence);
        }
    }
    assert_eq!(buffer.depth(), ms(10) + 2 * ms(20));
    assert!(buffer.counters().lost <= 4, "until it is waited for: {:?}", buffer.counters());
    assert!(buffer.counters().copied >= 195, "{:?}", buffer.counters());
}

/// How many of 100 losses of three packets in a row are told in one piece to who has the packet behind them, and how
/// long packets wait then.
fn whole_runs(payload: &[u8]) -> (usize, Duration) {
    let settings = Settings { depth: ms(10), recovers: true, ..*opus().settings() };
    let (mut buffer, mut whole) = (JitterBuffer::new(settings), 0);
    for index in 0..2_000_u16 {
        if index % 20 < 17 {
            insert(&mut buffer, index, payload);
        }
        let next = buffer.next(ms(20) * u32::from(index) + ms(1));
        let all = 3 * 960;
        whole += usize::from(
            matches!(next, Next::Lost { following: Some(_), timestamp_units } if timestamp_units == all),
        );
    }
    (whole, buffer.depth())
}

#[test]
fn three_in_a_row_are_waited_for_where_a_packet_tells_of_all_of_them() {
    let with_dred = [9 << 3 | 3, 0x41, 3, 7, 7, 126 << 1, 1, 2];
    let (whole, depth) = whole_runs(&with_dred);
    assert!(whole >= 95, "{whole} of 100");
    assert_eq!(depth, ms(10) + 3 * ms(20));
    assert_eq!(whole_runs(SPEECH).1, ms(10) + ms(20), "or else nobody waits for that");
}

#[test]
fn behind_a_pause_nothing_is_lost() {
    let mut buffer = opus();
    insert(&mut buffer, 0, SPEECH);
    insert(&mut buffer, 1, PAUSE);
    assert_eq!(played(at(&mut buffer, 0)), Some((100, false)));
    assert_eq!(played(at(&mut buffer, 1)), Some((101, false)));
    assert!((2..20).all(|index| at(&mut buffer, index) == Next::Wait));
    // 400 ms later, numbered as the next: as long in the buffer as any other.
    let back = Header { sequence: 102, marker: true, ..header(20) };
    assert_eq!(buffer.insert(ms(400), &Packet::new(back, SPEECH)), Insert::Stored);
    assert_eq!(at(&mut buffer, 19), Next::Wait);
    assert_eq!(played(at(&mut buffer, 20)), Some((102, false)));
    assert_eq!(buffer.counters(), Counters { played: 3, ..Counters::default() });
}

#[test]
fn a_pause_that_ends_before_it_is_played_keeps_its_length() {
    let mut buffer = opus();
    insert(&mut buffer, 0, PAUSE);
    insert(&mut buffer, 2, SPEECH);
    assert_eq!(played(at(&mut buffer, 0)), Some((100, false)));
    assert_eq!(at(&mut buffer, 1), Next::Silent { timestamp_units: 960 });
    assert_eq!(played(at(&mut buffer, 2)), Some((102, false)));
    assert_eq!(buffer.counters().lost, 0);
}

#[test]
fn a_pause_that_claims_to_be_long_costs_no_delay() {
    let mut buffer = opus();
    insert(&mut buffer, 0, PAUSE);
    assert!(played(at(&mut buffer, 0)).is_some());
    let ahead = Header { timestamp: 960 * 90, ..header(1) };
    buffer.insert(ms(40), &Packet::new(ahead, SPEECH));
    let waits = (1..20).take_while(|&index| played(at(&mut buffer, index)).is_none()).count();
    assert!(waits <= 5, "{waits} ticks");
}

#[test]
fn the_level_comes_out_with_the_packet() {
    let mut buffer = opus();
    buffer.insert_with_level(ms(0).into(), &Packet::new(header(0), SPEECH), Some(42));
    insert(&mut buffer, 1, SPEECH);
    let level = |next: Next<'_>| match next {
        Next::Packet(stored) => stored.level,
        _ => panic!("nothing is played"),
    };
    assert_eq!(level(at(&mut buffer, 0)), Some(42));
    assert_eq!(level(at(&mut buffer, 1)), None);
    insert(&mut buffer, 3, SPEECH);
    insert_copy(&mut buffer, 2, SPEECH);
    assert_eq!(level(at(&mut buffer, 2)), Some(9));
}
