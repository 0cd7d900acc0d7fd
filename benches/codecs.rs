//! What 20 ms of speech take to encode and to decode, by each codec, and to make up where they were lost.
#![allow(clippy::unwrap_used, missing_docs, reason = "a bench may fail where it stands")]

mod common;

use std::hint::black_box;

use audio::codec::{
    CodecKind, DECODED_SAMPLES_MAX, Decoder, DeepPlace, DredEncoder, DredReader, Encoder,
    EncoderSettings, PAYLOAD_BYTES_MAX,
};
use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, criterion_group, criterion_main};

use common::Voice;

/// Effort and bit rate: what a server that is short of time takes, what ours takes, and the best.
const OPUS_SETTINGS: [(u8, u32); 5] =
    [(0, 24_000), (2, 32_000), (5, 32_000), (5, 64_000), (10, 32_000)];

fn encode(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("encode");
    for codec in [CodecKind::Pcmu, CodecKind::Pcma, CodecKind::G722] {
        encode_by(&mut group, &format!("{codec:?}"), codec, EncoderSettings::default());
    }
    for (opus_complexity, opus_bitrate_bps) in OPUS_SETTINGS {
        let settings =
            EncoderSettings { opus_complexity, opus_bitrate_bps, ..EncoderSettings::default() };
        let kbps = opus_bitrate_bps / 1_000;
        let name = format!("Opus, complexity {opus_complexity}, {kbps} kbit/s");
        encode_by(&mut group, &name, CodecKind::Opus, settings);
        let settings = EncoderSettings { opus_fec: false, ..settings };
        encode_by(&mut group, &format!("{name}, no FEC"), CodecKind::Opus, settings);
    }
    encode_by(&mut group, "Opus, a mix", CodecKind::Opus, EncoderSettings::MIX);
    group.finish();
}

fn encode_by(
    group: &mut BenchmarkGroup<'_, WallTime>,
    name: &str,
    codec: CodecKind,
    settings: EncoderSettings,
) {
    let mut voice = Voice::new(0, codec.audio_rate());
    let mut encoder = Encoder::new(codec, settings).unwrap();
    let mut payload = [0; PAYLOAD_BYTES_MAX];
    group.bench_function(name, |bencher| {
        bencher.iter(|| encoder.encode(voice.frame(), black_box(&mut payload)).unwrap());
    });
}

fn decode(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("decode");
    for codec in CodecKind::ALL {
        let voice = Voice::new(0, codec.audio_rate());
        let payloads = voice.payloads(codec, EncoderSettings::default());
        let mut turn = payloads.iter().cycle();
        let mut decoder = Decoder::new(codec).unwrap();
        let mut samples = vec![0.0; DECODED_SAMPLES_MAX];
        group.bench_function(format!("{codec:?}"), |bencher| {
            bencher.iter(|| {
                let payload = turn.next().unwrap();
                decoder.decode(payload, black_box(&mut samples)).unwrap()
            });
        });
    }
    group.finish();
}

/// What a decoder of Opus does that has a place for its networks, and what it takes to move there and back.
fn conceal(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("conceal by Opus");
    let voice = Voice::new(0, CodecKind::Opus.audio_rate());
    let payloads = voice.payloads(CodecKind::Opus, EncoderSettings::default());
    let tick = CodecKind::Opus.audio_rate().tick_samples();
    let mut samples = vec![0.0; DECODED_SAMPLES_MAX];
    for (name, is_deep) in [("plainly", false), ("deeply", true)] {
        let mut decoder = Decoder::new(CodecKind::Opus).unwrap();
        decoder.settle(DeepPlace::new().unwrap());
        decoder.guess_deeply(is_deep);
        let mut turn = payloads.iter().cycle();
        group.bench_function(format!("{name}: no loss"), |bencher| {
            bencher.iter(|| decoder.decode(turn.next().unwrap(), black_box(&mut samples)));
        });
        group.bench_function(format!("{name}: nine packets, and one guess"), |bencher| {
            bencher.iter(|| {
                for payload in turn.by_ref().take(9) {
                    decoder.decode(payload, black_box(&mut samples)).unwrap();
                }
                decoder.conceal(black_box(&mut samples[..tick]));
            });
        });
        group.bench_function(format!("{name}: the guesses after the first"), |bencher| {
            bencher.iter(|| decoder.conceal(black_box(&mut samples[..tick])));
        });
    }
    let mut decoder = Decoder::new(CodecKind::Opus).unwrap();
    let mut place = Some(DeepPlace::new().unwrap());
    group.bench_function("into a place and out of it", |bencher| {
        bencher.iter(|| {
            if let Some(place) = place.take() {
                decoder.settle(place);
            }
            place = decoder.leave();
        });
    });
    group.finish();
}

/// What it takes to look for DRED in the packet after a loss, and to make sound of it.
fn recover_deep(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("deep redundancy of Opus");
    let voice = Voice::new(0, CodecKind::Opus.audio_rate());
    let tick = CodecKind::Opus.audio_rate().tick_samples();
    let mut samples = vec![0.0; DECODED_SAMPLES_MAX];
    let mut reader = DredReader::new().unwrap();
    let mut decoder = Decoder::new(CodecKind::Opus).unwrap();
    decoder.settle(DeepPlace::new().unwrap());
    let payloads = voice.payloads(CodecKind::Opus, EncoderSettings::default());
    let mut turn = payloads.iter().cycle();
    group.bench_function("a copy, where no DRED is found", |bencher| {
        bencher.iter(|| {
            let next = turn.next().unwrap();
            decoder.recover_deep(next, black_box(&mut samples[..tick]), &mut reader)
        });
    });
    let payloads = with_dred();
    let mut turn = payloads.iter().cycle();
    for name in ["six packets, and three that bring themselves", "six packets, and three by DRED"] {
        let by_dred = name.ends_with("DRED");
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                for payload in turn.by_ref().take(6) {
                    decoder.decode(payload, black_box(&mut samples)).unwrap();
                }
                if by_dred {
                    let next = turn.nth(3).unwrap();
                    let lost = black_box(&mut samples[..3 * tick]);
                    assert!(decoder.recover_deep(next, lost, &mut reader), "carries DRED");
                } else {
                    for payload in turn.by_ref().take(3) {
                        decoder.decode(payload, black_box(&mut samples)).unwrap();
                    }
                }
            });
        });
    }
    group.finish();
}

/// Packets that repeat up to half a second of what was said before, as far as their bits go.
fn with_dred() -> Vec<Vec<u8>> {
    const DRED_MS: u16 = 500;
    const PACKETS: usize = 500;
    let settings = EncoderSettings {
        opus_bitrate_bps: 32_000,
        opus_expected_loss_percent: 20,
        opus_fec: false,
        ..EncoderSettings::default()
    };
    let mut voice = Voice::new(0, CodecKind::Opus.audio_rate());
    let mut encoder = DredEncoder::new(&settings, DRED_MS).unwrap();
    (0..PACKETS).map(|_| encoder.encode(voice.frame().samples()).unwrap()).collect()
}

/// A private encoder starts with a copy of the shared one's state: this is what a change costs.
fn hand_over(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("copy an encoder's state");
    for codec in [CodecKind::G722, CodecKind::Opus] {
        let settings = EncoderSettings::default();
        let shared = Encoder::new(codec, settings).unwrap();
        let mut private = Encoder::new(codec, settings).unwrap();
        group.bench_function(format!("{codec:?}"), |bencher| {
            bencher.iter(|| private.copy_state_from(black_box(&shared)).unwrap());
        });
    }
    group.finish();
}

criterion_group!(benches, encode, decode, conceal, recover_deep, hand_over);
criterion_main!(benches);
