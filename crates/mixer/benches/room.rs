//! What a tick of a room costs.
//!
//! To be read against the period of 20 ms: a room of 200 whose tick takes 20 µs uses a thousandth
//! of a core.
#![allow(clippy::unwrap_used, missing_docs, reason = "a bench may fail where it stands")]

use audio::codec::{CodecKind, EncoderSettings};
use criterion::{Criterion, criterion_group, criterion_main};
use mixer::{Member, Room, RoomSettings, SlotId};
use std::hint::black_box;

/// A room in which the first few speak all the time.
struct Scene {
    room: Room,
    members: Vec<SlotId>,
    speakers: usize,
    voice: Vec<f32>,
    silence: Vec<f32>,
}

impl Scene {
    fn new(codecs: &[CodecKind], members: usize, speakers: usize) -> Self {
        let mut room = Room::new(RoomSettings::default());
        let member = |codec| Box::new(Member::new(codec, EncoderSettings::default()).unwrap());
        let codecs = codecs.iter().cycle().take(members);
        let members = codecs.map(|&codec| room.join(member(codec)).unwrap()).collect();
        let voice = (0..960).map(|n| 0.2 * (n as f32 * 0.25).sin()).collect();
        Self { room, members, speakers, voice, silence: vec![0.0; 960] }
    }

    fn tick(&mut self) {
        for (n, &id) in self.members.iter().enumerate() {
            self.room.hear(id, if n < self.speakers { &self.voice } else { &self.silence });
        }
        self.room.mix();
        for &id in &self.members {
            black_box(self.room.output(id));
        }
        while self.room.poll_event().is_some() {}
    }
}

fn rooms(criterion: &mut Criterion) {
    use CodecKind::{G722, Opus, Pcma, Pcmu};
    let mut bench = |name: &str, rooms: usize, codecs: &[CodecKind], members, speakers| {
        let mut scenes: Vec<_> =
            (0..rooms).map(|_| Scene::new(codecs, members, speakers)).collect();
        criterion.bench_function(name, |bencher| {
            bencher.iter(|| scenes.iter_mut().for_each(Scene::tick));
        });
    };
    bench("one room of 200, G.711, 3 speak", 1, &[Pcma], 200, 3);
    bench("one room of 1000, G.711, 3 speak", 1, &[Pcma], 1_000, 3);
    bench("50 rooms of 4, G.711, 1 speaks", 50, &[Pcma], 4, 1);
    bench("50 rooms of 4, G.711, all speak", 50, &[Pcma], 4, 4);
    bench("one room of 8, all codecs, 2 speak", 1, &[Pcma, G722, Pcmu, Opus], 8, 2);
}

criterion_group!(benches, rooms);
criterion_main!(benches);
