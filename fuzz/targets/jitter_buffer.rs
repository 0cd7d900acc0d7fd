//! Any sequence of packets and ticks, in virtual time. The first byte chooses the buffer; then come records: one
//! byte of time, one of payload length, the twelve of an RTP header, two of payload.

#![no_main]

use libfuzzer_sys::fuzz_target;
use rtp::jitter::{Adjustment, CONCEAL_MAX, Framing, JitterBuffer, Next, Settings};
use rtp::packet::Packet;
use std::time::Duration;

const RECORD_BYTES: usize = 16;
const PAYLOAD_BYTES_MAX: usize = 480;

fuzz_target!(|data: &[u8]| {
    let Some((choice, records)) = data.split_first() else { return };
    let settings = settings(*choice);
    let tick_units = settings.clock_hz / 50;
    let mut buffer = JitterBuffer::new(settings);
    let (mut now, mut queued_units) = (Duration::ZERO, 0);
    let mut next_tick = Duration::ZERO;
    for record in records.chunks_exact(RECORD_BYTES) {
        now += Duration::from_millis(u64::from(record[0]));
        while next_tick <= now {
            tick(&mut buffer, next_tick, tick_units, &mut queued_units);
            next_tick += settings.tick;
        }
        let mut datagram = record[2..].to_vec();
        datagram.resize(12 + 2 * usize::from(record[1]), 0);
        if let Ok(packet) = Packet::parse(&datagram) {
            buffer.insert(now, &packet);
        }
        assert!(buffer.buffered() <= Duration::from_secs(60));
    }
});

fn settings(choice: u8) -> Settings {
    let (framing, clock_hz) = match choice & 1 {
        0 => (Framing::OctetPerUnit, 8_000),
        _ => (Framing::Opus, 48_000),
    };
    Settings {
        depth: Duration::from_millis(u64::from(choice >> 1)),
        clock_hz,
        framing,
        packets_max: 16,
        payload_bytes_max: PAYLOAD_BYTES_MAX,
        bytes_max: 8 * PAYLOAD_BYTES_MAX,
        ..Settings::default()
    }
}

/// Fills the queue as the engine does: that must come to an end, and nothing may be longer than it can be.
fn tick(buffer: &mut JitterBuffer, now: Duration, tick_units: u32, queued_units: &mut u32) {
    while *queued_units < tick_units {
        *queued_units += pull(buffer, now).unwrap_or(tick_units);
    }
    match buffer.adjustment(now, *queued_units - tick_units) {
        Some(Adjustment::Shorten { units, takes_more, .. }) => {
            if takes_more && buffer.has_next() {
                *queued_units += pull(buffer, now).expect("it has a next packet");
            }
            let cut = units.min(*queued_units - tick_units);
            *queued_units -= cut;
            buffer.adjusted(now, -i64::from(cut), true);
        }
        Some(Adjustment::Lengthen { units, .. }) => {
            assert!(units > 0);
            let given = units.min(tick_units / 2);
            *queued_units += given;
            buffer.adjusted(now, i64::from(given), true);
        }
        None => {}
    }
    *queued_units -= tick_units;
}

/// Units of what is to be played next.
fn pull(buffer: &mut JitterBuffer, now: Duration) -> Option<u32> {
    let concealed_max = buffer.settings().clock_hz / 1_000 * CONCEAL_MAX.as_millis() as u32;
    match buffer.next(now) {
        Next::Packet(stored) => {
            assert!(stored.payload.len() <= PAYLOAD_BYTES_MAX);
            assert!(stored.skip_units < stored.units && stored.arrival <= now);
            Some(stored.units - stored.skip_units)
        }
        Next::Lost { timestamp_units, .. } | Next::Silent { timestamp_units } => {
            assert!((1..=concealed_max).contains(&timestamp_units));
            Some(timestamp_units)
        }
        Next::Wait => None,
    }
}
