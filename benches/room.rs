//! What a tick of a room costs: everybody is heard, the loudest are mixed, everybody is given a payload.
//!
//! To be read against the period of 20 ms: a room whose tick takes 200 µs uses a hundredth of a core.
//! Packets, their jitter buffers and the sockets come on top, and are the greater part.
#![allow(clippy::unwrap_used, missing_docs, reason = "a bench may fail where it stands")]

mod common;

use std::hint::black_box;

use audio::codec::{CodecKind, EncoderSettings};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use mixer::{Desk, Heed, Member, Room, RoomSettings, SlotId};

use common::Voice;

const LEGS: [usize; 3] = [10, 100, 1_000];

/// Those who speak all the time.
const TALKERS: usize = 3;

fn by_codec(criterion: &mut Criterion) {
    for codec in [CodecKind::Pcma, CodecKind::G722, CodecKind::Opus] {
        let mut group = criterion.benchmark_group(format!("room of {codec:?}, 3 talk"));
        for legs in LEGS {
            let mut scene = Scene::new(&[codec], legs, TALKERS);
            group.throughput(Throughput::Elements(legs as u64));
            group.bench_function(BenchmarkId::from_parameter(legs), |bencher| {
                bencher.iter(|| scene.tick());
            });
        }
        group.finish();
    }
}

fn mixed(criterion: &mut Criterion) {
    use CodecKind::{G722, Opus, Pcma, Pcmu};
    let mut group = criterion.benchmark_group("rooms");
    let mut bench = |name: &str, rooms: usize, codecs: &[CodecKind], legs, talkers| {
        let mut scenes: Vec<_> = (0..rooms).map(|_| Scene::new(codecs, legs, talkers)).collect();
        group.bench_function(name, |bencher| {
            bencher.iter(|| scenes.iter_mut().for_each(Scene::tick));
        });
    };
    bench("one of 100, all codecs, 3 talk", 1, &[Pcma, G722, Pcmu, Opus], 100, 3);
    bench("25 of 4, PCMA, 2 talk", 25, &[Pcma], 4, 2);
    bench("one of 100, PCMA, nobody talks", 1, &[Pcma], 100, 0);
    bench("one of 100, PCMA, all talk", 1, &[Pcma], 100, 100);
    group.finish();
}

/// Joining and leaving, in a room that is large already.
fn change(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("join and leave a room of");
    for legs in LEGS {
        let mut scene = Scene::new(&[CodecKind::Pcma], legs, TALKERS);
        let mut outside = Some(member(CodecKind::Pcma));
        group.bench_function(BenchmarkId::from_parameter(legs), |bencher| {
            bencher.iter(|| {
                let id = scene.room.join(outside.take().unwrap()).unwrap();
                outside = scene.room.leave(black_box(id));
            });
        });
    }
    group.finish();
}

/// A room, and what its members say.
struct Scene {
    room: Room,
    desk: Desk,
    members: Vec<SlotId>,
    /// One for each of the first members; the others are silent.
    voices: Vec<Voice>,
}

impl Scene {
    fn new(codecs: &[CodecKind], legs: usize, talkers: usize) -> Self {
        // As the server has it.
        let settings = RoomSettings { heed: Heed::Speech, ..RoomSettings::default() };
        let mut room = Room::new(settings);
        let codecs = || codecs.iter().cycle().enumerate();
        let members = codecs().take(legs).map(|(_, &codec)| room.join(member(codec)).unwrap());
        let members = members.collect();
        let voices = codecs().take(talkers).map(|(n, codec)| Voice::new(n, codec.audio_rate()));
        let voices = voices.collect();
        Self { room, desk: Desk::new(), members, voices }
    }

    fn tick(&mut self) {
        let mut voices = self.voices.iter_mut();
        for &id in &self.members {
            let says = voices.next().map_or(&[][..], |voice| voice.frame().samples());
            self.room.hear(id, says);
        }
        self.room.mix(&mut self.desk);
        for &id in &self.members {
            black_box(self.room.output(id));
        }
        while self.room.poll_event().is_some() {}
    }
}

fn member(codec: CodecKind) -> Box<Member> {
    Box::new(Member::new(codec, EncoderSettings::MIX).unwrap())
}

criterion_group!(benches, by_codec, mixed, change);
criterion_main!(benches);
