//! The jitter buffer: a packet in and a packet out, as often as the network brings trouble or none.
#![allow(clippy::unwrap_used, missing_docs, reason = "a bench may fail where it stands")]

mod common;

use std::hint::black_box;
use std::time::Duration;

use audio::TICK;
use criterion::{Criterion, criterion_group, criterion_main};
use rtp::jitter::{JitterBuffer, Next, Settings};
use rtp::packet::Packet;
use rtp::stats::ReceiveStats;

use common::Stream;

/// How a stream reaches the buffer.
#[derive(Clone, Copy, Debug)]
enum Network {
    /// Each packet in its turn.
    Even,
    /// Two and two change places.
    Reordered,
    /// Each tenth is missing.
    Lossy,
    /// None for four ticks, then five at once.
    Bursty,
}

fn networks(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("jitter buffer, in and out");
    for network in [Network::Even, Network::Reordered, Network::Lossy, Network::Bursty] {
        let mut leg = Leg::new();
        group.bench_function(format!("{network:?}"), |bencher| {
            bencher.iter(|| leg.tick(network));
        });
    }
    group.finish();
}

/// Each half by itself: ten packets go in, or come out, of one tick's depth each.
fn halves(criterion: &mut Criterion) {
    const PACKETS: usize = 10;
    let settings = Settings { depth: TICK * PACKETS as u32, ..Settings::default() };
    let mut stream = Stream::new();
    let packets: Vec<_> = (0..PACKETS).map(|_| *stream.packet()).collect();
    let filled = || {
        let mut buffer = JitterBuffer::new(settings);
        insert(&mut buffer, &packets);
        buffer
    };
    let mut group = criterion.benchmark_group(format!("jitter buffer, {PACKETS} packets"));
    let mut buffer = JitterBuffer::new(settings);
    group.bench_function("insert", |bencher| {
        bencher.iter(|| {
            buffer.reset();
            insert(&mut buffer, &packets);
        });
    });
    group.bench_function("pull", |bencher| {
        bencher.iter_batched_ref(filled, pull, criterion::BatchSize::SmallInput);
    });
    group.finish();
}

fn insert(buffer: &mut JitterBuffer, packets: &[[u8; Stream::PACKET_BYTES]]) {
    for packet in packets {
        black_box(buffer.insert(Duration::ZERO, &Packet::parse(packet).unwrap()));
    }
}

fn pull(buffer: &mut JitterBuffer) {
    let depth = buffer.settings().depth;
    let mut now = depth;
    while let Next::Packet(packet) = buffer.next(now) {
        black_box(packet.payload);
        now += TICK;
    }
}

/// What a leg does with its packets, every tick.
fn leg(criterion: &mut Criterion) {
    let (mut leg, mut stats) = (Leg::new(), ReceiveStats::new(8_000));
    criterion.bench_function("parse, statistics, jitter buffer in and out", |bencher| {
        bencher.iter(|| {
            let packet = Packet::parse(leg.stream.packet()).unwrap();
            stats.received(leg.now, packet.header());
            leg.buffer.insert(leg.now, &packet);
            leg.pull()
        });
    });
}

/// A stream and its buffer.
struct Leg {
    stream: Stream,
    buffer: JitterBuffer,
    now: Duration,
    ticks: usize,
}

impl Leg {
    fn new() -> Self {
        let buffer = JitterBuffer::new(Settings::default());
        Self { stream: Stream::new(), buffer, now: Duration::ZERO, ticks: 0 }
    }

    /// One packet's worth of the stream goes in, and one tick's of it comes out.
    fn tick(&mut self, network: Network) -> usize {
        self.ticks += 1;
        match network {
            Network::Even => self.insert(),
            Network::Reordered if self.ticks.is_multiple_of(2) => self.insert_swapped(),
            Network::Reordered => {}
            Network::Lossy if self.ticks.is_multiple_of(10) => drop(self.stream.packet()),
            Network::Lossy => self.insert(),
            Network::Bursty if self.ticks.is_multiple_of(5) => (0..5).for_each(|_| self.insert()),
            Network::Bursty => {}
        }
        self.pull()
    }

    fn insert(&mut self) {
        let packet = Packet::parse(self.stream.packet()).unwrap();
        self.buffer.insert(self.now, &packet);
    }

    fn insert_swapped(&mut self) {
        let first = *self.stream.packet();
        self.insert();
        self.buffer.insert(self.now, &Packet::parse(&first).unwrap());
    }

    fn pull(&mut self) -> usize {
        self.now += TICK;
        match self.buffer.next(self.now) {
            Next::Packet(stored) => black_box(stored.payload).len(),
            _ => 0,
        }
    }
}

criterion_group!(benches, leg, networks, halves);
criterion_main!(benches);
