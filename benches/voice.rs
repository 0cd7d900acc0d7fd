//! What is done to the voice of an active speaker before it is mixed, for 20 ms: what is found out about it, each part
//! of the channel strip, and a room with and without all that. Listeners have none of it.
#![allow(clippy::unwrap_used, missing_docs, reason = "a bench may fail where it stands")]

mod common;

use std::hint::black_box;

use audio::Rate;
use audio::codec::{CodecKind, EncoderSettings};
use audio::denoise::Denoiser;
use audio::high_pass::HighPass;
use audio::keytone::KeyTones;
use audio::leveller::{Learned, Leveller};
use audio::limiter::Limiter;
use audio::recent::Recent;
use audio::returns::ReturnDetector;
use audio::speech::{self, SpeechDetector};
use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use mixer::{Denoise, Desk, Heed, Member, Room, RoomSettings, SlotId, StripSettings};

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

/// What is found out about a voice: whether it speaks, presses keys, or gives back what it is sent. The latter is looked
/// at closely for its first seconds, and whenever it seems so.
fn detectors(criterion: &mut Criterion) {
    speech::prepare();
    let mut group = criterion.benchmark_group("20 ms of a voice");
    let (mut voice, mut other) = (Voice::new(0, Rate::Hz8000), Voice::new(1, Rate::Hz8000));
    let mut recent = Recent::new();
    let mut listen = |recent: &mut Recent| {
        let frame = voice.frame();
        recent.take(frame.samples(), frame.rate());
    };
    let mut detector = SpeechDetector::new();
    group.bench_function("whether it speaks", |bencher| {
        bencher.iter(|| {
            listen(&mut recent);
            black_box(detector.update(&recent))
        });
    });
    let mut keys = KeyTones::new();
    group.bench_function("whether it is keys", |bencher| {
        bencher.iter(|| {
            listen(&mut recent);
            black_box(keys.update(&recent))
        });
    });
    let mut returns = ReturnDetector::new();
    let mut exchange = |returns: &mut ReturnDetector| {
        listen(&mut recent);
        black_box(returns.update(&recent));
        let sent = other.frame();
        returns.note_sent(Some((sent.samples(), sent.rate())));
    };
    group.bench_function("whether it comes back, at first", |bencher| {
        bencher.iter_batched_ref(
            ReturnDetector::new,
            |returns| exchange(returns),
            BatchSize::NumIterations(100),
        );
    });
    group.bench_function("whether it comes back", |bencher| {
        bencher.iter(|| exchange(&mut returns));
    });
    group.finish();
}

/// One who speaks to one who listens: what differs is the strip, and what the room heeds.
fn strips(criterion: &mut Criterion) {
    const DENOISED: StripSettings =
        StripSettings { high_pass: true, denoise: Denoise::Always, level: true };
    for codec in [CodecKind::Pcma, CodecKind::Opus] {
        let mut group = criterion.benchmark_group(format!("one speaks by {codec:?}"));
        for (name, strip, heed) in [
            ("as it is", StripSettings::BYPASS, Heed::AnySound),
            ("through a strip", StripSettings::default(), Heed::AnySound),
            ("through a strip, if it speaks", StripSettings::default(), Heed::Speech),
            ("through a strip, denoised", DENOISED, Heed::Speech),
        ] {
            let mut scene = Scene::new(codec, strip, heed);
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
    fn new(codec: CodecKind, strip: StripSettings, heed: Heed) -> Self {
        let mut room = Room::new(RoomSettings { strip, heed, ..RoomSettings::default() });
        let member = || Box::new(Member::new(codec, EncoderSettings::MIX).unwrap());
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

criterion_group!(benches, detectors, parts, strips);
criterion_main!(benches);
