//! The sums of a tick: the mix of everybody, and for each voice the mix without it, all voices heard.
//!
//! The time grows with the voices rather than with their square: a voice costs three sums of a frame.
//! A room that mixes its eight loudest spends what the first rows say, however many listen.
#![allow(clippy::unwrap_used, missing_docs, reason = "a bench may fail where it stands")]

mod common;

use std::hint::black_box;

use audio::Rate;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use mixer::{MixId, Mixer};

use common::Voice;

const PARTIES: [usize; 4] = [3, 10, 100, 1_000];

/// The rates of G.711 and Opus rooms.
const RATES: [Rate; 2] = [Rate::Hz8000, Rate::Hz48000];

fn mix(criterion: &mut Criterion) {
    for rate in RATES {
        let mut group = criterion.benchmark_group(format!("mix/{} kHz", rate.hz() / 1_000));
        for parties in PARTIES {
            let mut voices: Vec<_> = (0..parties).map(|which| Voice::new(which, rate)).collect();
            let shares: Vec<_> = voices.iter_mut().map(|voice| voice.frame().clone()).collect();
            let mut mixer = Mixer::new(parties);
            group.throughput(Throughput::Elements(parties as u64));
            group.bench_function(BenchmarkId::from_parameter(parties), |bencher| {
                bencher.iter(|| {
                    mixer.begin(rate);
                    for share in &shares {
                        mixer.add_share().unwrap().0.copy_from(share);
                    }
                    mixer.mix();
                    black_box(mixer.get(MixId::WHOLE).frame.samples()[0])
                });
            });
        }
    }
}

criterion_group!(benches, mix);
criterion_main!(benches);
