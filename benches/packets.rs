//! What is done to each packet besides sound, in nanoseconds.
#![allow(clippy::unwrap_used, missing_docs, reason = "a bench may fail where it stands")]

use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use rtp::jitter::{JitterBuffer, Next, Settings};
use rtp::packet::Packet;
use rtp::rtcp::{Compound, CompoundWriter, ReportBlock};
use rtp::sender::{Sender, Start};
use rtp::stats::ReceiveStats;
use rtp::time::NtpTime;

const PACKET_BYTES: usize = 172;

fn packet(sender: &mut Sender) -> [u8; PACKET_BYTES] {
    let mut packet = [0xd5; PACKET_BYTES];
    packet[..12].copy_from_slice(&sender.audio(8, 160).to_bytes());
    sender.advance(160);
    packet
}

fn sender() -> Sender {
    Sender::new(Start { ssrc: 7, sequence: 0, timestamp: 0 })
}

fn headers(criterion: &mut Criterion) {
    let datagram = packet(&mut sender());
    criterion.bench_function("parse RTP", |bencher| {
        bencher.iter(|| Packet::parse(black_box(&datagram)).map(|packet| packet.payload().len()));
    });
    let mut sender = sender();
    criterion.bench_function("write RTP", |bencher| bencher.iter(|| packet(&mut sender)));
}

fn streams(criterion: &mut Criterion) {
    let mut buffer = JitterBuffer::new(Settings::default());
    let mut stats = ReceiveStats::new(8_000);
    let mut sender = sender();
    let mut now = Duration::ZERO;
    criterion.bench_function("statistics, jitter buffer in and out", |bencher| {
        bencher.iter(|| {
            let datagram = packet(&mut sender);
            let packet = Packet::parse(&datagram).unwrap();
            stats.received(now, packet.header());
            buffer.insert(now, &packet);
            now += Duration::from_millis(20);
            match buffer.next(now) {
                Next::Packet(stored) => black_box(stored.payload.len()),
                _ => 0,
            }
        });
    });
}

fn reports(criterion: &mut Criterion) {
    let mut out = [0; 256];
    let sender = sender();
    let block = ReportBlock { ssrc: 7, jitter: 3, ..ReportBlock::default() };
    let write = |out: &mut [u8]| {
        let mut writer = CompoundWriter::new(out);
        writer.sender_report(7, &sender.info(NtpTime(1 << 40)), &[block]).unwrap();
        writer.cname(7, "confab").unwrap();
        writer.finish()
    };
    criterion.bench_function("write RTCP", |bencher| bencher.iter(|| write(black_box(&mut out))));
    let length = write(&mut out);
    criterion.bench_function("parse RTCP", |bencher| {
        bencher.iter(|| {
            let compound = Compound::parse(black_box(&out[..length])).unwrap();
            compound.packets().filter(Result::is_ok).count()
        });
    });
}

criterion_group!(benches, headers, streams, reports);
criterion_main!(benches);
