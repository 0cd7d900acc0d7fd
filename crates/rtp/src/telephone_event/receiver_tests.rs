use super::super::{Keypad, KeypadSettings};
use super::*;
use crate::packet::Header;
use crate::sender::{Sender, Start};
use proptest::prelude::*;
use std::time::Duration;

/// One packet of an event, owned.
#[derive(Clone, Debug)]
struct Sent {
    header: Header,
    payload: [u8; 4],
}

/// The packets of a keypad on which `digits` are pressed, each for `tone`.
fn pressed(digits: &str, tone: Duration, clock_hz: u32) -> Vec<Sent> {
    let mut sender = Sender::new(Start { ssrc: 1, sequence: 65_530, timestamp: u32::MAX - 500 });
    let mut keypad = Keypad::new(KeypadSettings { clock_hz, tone, ..KeypadSettings::default() });
    keypad.press(digits).unwrap();
    let mut packets = Vec::new();
    while keypad.is_active() {
        if let Some(event) = keypad.tick(sender.timestamp()) {
            packets.push(Sent { header: sender.event(101, &event), payload: event.payload });
        }
        sender.advance(clock_hz / 50);
    }
    packets
}

fn heard(packets: &[Sent]) -> String {
    let mut receiver = Receiver::new();
    packets
        .iter()
        .filter_map(|sent| receiver.receive(&Packet::new(sent.header, &sent.payload)))
        .map(Digit::as_char)
        .collect()
}

const TONE: Duration = Duration::from_millis(100);

#[test]
fn each_press_is_one_digit() {
    assert_eq!(heard(&pressed("*611#0", TONE, 8_000)), "*611#0");
    assert_eq!(heard(&pressed("*611#0", TONE, 48_000)), "*611#0");
}

#[test]
fn any_single_packet_of_an_event_is_enough() {
    let packets = pressed("5", TONE, 8_000);
    for sent in &packets {
        assert_eq!(heard(std::slice::from_ref(sent)), "5");
    }
}

#[test]
fn the_same_key_twice_is_two_digits_though_starts_and_ends_are_lost() {
    let packets = pressed("77", TONE, 8_000);
    let run = packets.len() / 2;
    // Of each press, only one packet in its middle arrives.
    assert_eq!(heard(&[packets[1].clone(), packets[run + 1].clone()]), "77");
}

#[test]
fn a_press_of_half_a_minute_is_one_digit() {
    // At 48 kHz a segment lasts 1.37 s.
    let packets = pressed("1", Duration::from_secs(30), 48_000);
    assert_eq!(heard(&packets), "1");
    let segments =
        packets.windows(2).filter(|two| two[0].header.timestamp != two[1].header.timestamp);
    assert!(segments.count() > 20);
}

#[test]
fn a_long_press_survives_the_loss_of_the_segment_s_last_packet() {
    let packets = pressed("1", Duration::from_secs(3), 48_000);
    let thinned: Vec<_> = packets
        .windows(2)
        .filter(|two| two[0].header.timestamp == two[1].header.timestamp)
        .map(|two| two[0].clone())
        .collect();
    assert_eq!(heard(&thinned), "1");
}

#[test]
fn packets_out_of_order_and_duplicates_repeat_nothing() {
    let mut packets = pressed("12", TONE, 8_000);
    let run = packets.len() / 2;
    // The last end packet of the first press comes after the second press has begun.
    packets.swap(run - 1, run);
    let doubled: Vec<_> = packets.iter().flat_map(|sent| [sent.clone(), sent.clone()]).collect();
    assert_eq!(heard(&doubled), "12");
}

#[test]
fn a_timestamp_that_moves_with_each_packet_is_still_one_press() {
    let packets: Vec<_> = (0..8_u16)
        .map(|index| Sent {
            header: Header {
                marker: index == 0,
                payload_type: 101,
                sequence: index,
                timestamp: 160 * u32::from(index),
                ssrc: 1,
            },
            payload: Event { code: 4, end: index > 5, volume: 10, duration: 160 * (index + 1) }
                .to_bytes(),
        })
        .collect();
    assert_eq!(heard(&packets), "4");
}

#[test]
fn a_new_stream_and_a_sender_begun_anew_are_heard() {
    let mut packets = pressed("9", TONE, 8_000);
    let mut other = pressed("9", TONE, 8_000);
    other.iter_mut().for_each(|sent| sent.header.ssrc = 2);
    let mut anew = other.clone();
    anew.iter_mut().for_each(|sent| {
        sent.header.sequence = sent.header.sequence.wrapping_sub(20_000);
        sent.header.timestamp = sent.header.timestamp.wrapping_sub(1_000_000);
    });
    packets.extend(other);
    packets.extend(anew);
    assert_eq!(heard(&packets), "999");
}

#[test]
fn what_is_not_a_key_or_malformed_is_no_digit() {
    let header = Header { marker: true, payload_type: 101, sequence: 1, timestamp: 1, ssrc: 1 };
    let mut receiver = Receiver::new();
    assert_eq!(receiver.receive(&Packet::new(header, &[16, 10, 0, 160])), None);
    assert_eq!(receiver.receive(&Packet::new(header, &[1, 10, 0])), None);
    assert_eq!(receiver.receive(&Packet::new(header, &[])), None);
}

proptest! {
    /// Whatever is lost, doubled or late by a few packets: of each press at least one packet arrives, and each
    /// press is heard once.
    #[test]
    fn a_bad_network_changes_no_digit(
        digits in "[0-9*#A-D]{1,12}",
        fates in prop::collection::vec(0_u8..6, 200),
    ) {
        let packets = pressed(&digits, TONE, 8_000);
        let mut arriving: Vec<(usize, &Sent)> = Vec::new();
        let mut kept = None;
        for (index, sent) in packets.iter().enumerate() {
            let is_last = packets.get(index + 1).is_none_or(|next| next.header.timestamp != sent.header.timestamp);
            let must_arrive = is_last && kept != Some(sent.header.timestamp);
            let place = index * 2;
            match fates[index % fates.len()] {
                // Lost; but the last hope of its press is not.
                0..=2 if !must_arrive => continue,
                // Doubled, the second time after the packet that follows.
                3 => arriving.extend([(place, sent), (place + 3, sent)]),
                // Late, but still among the packets of its own press.
                4 if !is_last => arriving.push((place + 3, sent)),
                _ => arriving.push((place, sent)),
            }
            kept = Some(sent.header.timestamp);
        }
        arriving.sort_by_key(|(place, _)| *place);
        let arriving: Vec<_> = arriving.into_iter().map(|(_, sent)| sent.clone()).collect();
        prop_assert_eq!(heard(&arriving), digits);
    }

    #[test]
    fn any_packets_are_safe(
        packets in prop::collection::vec((any::<bool>(), any::<u16>(), any::<u32>(), 0_u32..2, any::<[u8; 4]>()), 0..100),
    ) {
        let mut receiver = Receiver::new();
        for (marker, sequence, timestamp, ssrc, payload) in packets {
            let header = Header { marker, payload_type: 101, sequence, timestamp, ssrc };
            receiver.receive(&Packet::new(header, &payload));
        }
    }
}
