//! Making sound shorter or longer by a period of the voice: what a tick takes in which the jitter buffer asks for it, and one
//! in which it doesn't.
#![allow(clippy::unwrap_used, missing_docs, reason = "a bench may fail where it stands")]

mod common;

use std::hint::black_box;

use audio::Rate;
use audio::stretch::Stretcher;
use criterion::{Criterion, criterion_group, criterion_main};

use common::Voice;

/// How alike the sound must be that meets: with the usual care, and with none.
const CARES: [(&str, f32); 2] = [("gently", 0.9), ("by force", -1.0)];

fn stretch(criterion: &mut Criterion) {
    for rate in Rate::ALL {
        let mut group = criterion.benchmark_group(format!("a tick at {} kHz", rate.hz() / 1_000));
        let tick = rate.tick_samples();
        let mut voice = Voice::new(0, rate);
        let mut stretcher = Stretcher::new(rate);
        group.bench_function("heard", |bencher| {
            bencher.iter(|| stretcher.hear(black_box(voice.frame().samples())));
        });
        let mut buffer = vec![0.0; 3 * tick];
        let mut two_ticks = |buffer: &mut [f32]| {
            for half in buffer.chunks_exact_mut(tick).take(2) {
                half.copy_from_slice(voice.frame().samples());
            }
        };
        for (care, likeness_min) in CARES {
            group.bench_function(format!("shortened {care}"), |bencher| {
                bencher.iter(|| {
                    two_ticks(&mut buffer);
                    stretcher.shorten(black_box(&mut buffer[..2 * tick]), tick, likeness_min)
                });
            });
            group.bench_function(format!("lengthened {care}"), |bencher| {
                bencher.iter(|| {
                    two_ticks(&mut buffer);
                    stretcher.lengthen(black_box(&mut buffer), 2 * tick, tick, likeness_min)
                });
            });
        }
        group.finish();
    }
}

criterion_group!(benches, stretch);
criterion_main!(benches);
