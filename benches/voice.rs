//! What is done to the voice of an active speaker before it is mixed, for 20 ms: each part of the channel
//! strip, and a room with and without it. Listeners have no strip.
#![allow(clippy::unwrap_used, missing_docs, reason = "a bench may fail where it stands")]

mod common;

use std::hint::black_box;

use audio::Rate;
use audio::codec::{CodecKind, EncoderSettings};
use audio::denoise::Denoiser;
use audio::high_pass::HighPass;
use audio::leveller::{Learned, Leveller};
use audio::limiter::Limiter;
use criterion::{Criterion, criterion_group, criterion_main};
use mixer::{Denoise, Desk, Member, Room, RoomSettings, SlotId, StripSettings};

use common::Voice;

fn parts(criterion: &mut Criterion) {
    for rate in Rate::ALL {
        let mut group = criterion.benchmark_group(format!("20 ms at {} kHz", rate.hz() / 1_000));
        let mut bench = |name: &str, process: &mut dyn FnMut(&mut [f32])| {
            let mut voice = Voice::new(0, rate);
            group.bench_function(name, |bencher| {
                bencher.iter(|| {
                    let mut frame = voice.frame().clone();
                    process(black_box(frame.samples_mut()));
                });
            });
        };
        let mut high_pass = HighPass::new(rate);
        bench("high-pass", &mut |samples| high_pass.process(samples));
        let mut learned = Learned::NOTHING;
        let mut leveller = Leveller::new(rate, &learned);
        bench("leveller", &mut |samples| {
            leveller.process(samples, true, &mut learned);
        });
        let mut limiter = Limiter::new();
        bench("limiter", &mut |samples| limiter.process(samples));
        let mut denoiser = Denoiser::new();
        bench("denoiser", &mut |samples| {
            denoiser.process(rate, samples);
        });
        group.finish();
    }
}

/// One who speaks to one who listens: what differs is the strip.
fn strips(criterion: &mut Criterion) {
    const DENOISED: StripSettings =
        StripSettings { high_pass: true, denoise: Denoise::Always, level: true };
    for codec in [CodecKind::Pcma, CodecKind::Opus] {
        let mut group = criterion.benchmark_group(format!("one speaks by {codec:?}"));
        for (name, strip) in [
            ("as it is", StripSettings::BYPASS),
            ("through a strip", StripSettings::default()),
            ("through a strip, denoised", DENOISED),
        ] {
            let mut scene = Scene::new(codec, strip);
            group.bench_function(name, |bencher| bencher.iter(|| scene.tick()));
        }
        group.finish();
    }
}

struct Scene {
    room: Room,
    desk: Desk,
    speaker: SlotId,
    voice: Voice,
}

impl Scene {
    fn new(codec: CodecKind, strip: StripSettings) -> Self {
        let mut room = Room::new(RoomSettings { strip, ..RoomSettings::default() });
        let member = || Box::new(Member::new(codec, EncoderSettings::default()).unwrap());
        let speaker = room.join(member()).unwrap();
        room.join(member()).unwrap();
        Self { room, desk: Desk::new(), speaker, voice: Voice::new(0, codec.audio_rate()) }
    }

    fn tick(&mut self) {
        self.room.hear(self.speaker, self.voice.frame().samples());
        self.room.mix(&mut self.desk);
        while black_box(self.room.poll_event()).is_some() {}
    }
}

criterion_group!(benches, parts, strips);
criterion_main!(benches);
