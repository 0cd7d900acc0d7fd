//! Any sequence of packets and ticks, in virtual time. The first byte chooses the buffer; then come records: one
//! byte of time, one of payload length, the twelve of an RTP header, two of payload.

#![no_main]

use libfuzzer_sys::fuzz_target;
use rtp::jitter::{Framing, JitterBuffer, Next, Settings};
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
        match buffer.next(now) {
            Next::Packet(stored) => {
                assert!(stored.payload.len() <= PAYLOAD_BYTES_MAX);
                assert!(stored.skip_units < stored.units && stored.arrival <= now);
                *queued_units += stored.units - stored.skip_units;
            }
            Next::Lost { timestamp_units, .. } | Next::Silent { timestamp_units } => {
                assert!((1..=tick_units).contains(&timestamp_units));
                *queued_units += timestamp_units;
            }
            Next::Wait => *queued_units = tick_units,
        }
    }
    *queued_units -= tick_units;
}
