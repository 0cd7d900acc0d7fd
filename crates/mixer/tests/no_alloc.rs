//! A tick allocates and frees nothing, whatever happens in it: here the allocator refuses.
#![allow(clippy::unwrap_used, missing_docs, reason = "a test may fail where it stands")]

use assert_no_alloc::{AllocDisabler, assert_no_alloc};
use audio::{
    Frame, Rate,
    clip::Clip,
    codec::{CodecKind, Delivery, EncoderSettings},
    level::Dbfs,
    tone::Tone,
};
use mixer::{
    Blend, Broadcast, Denoise, Desk, Heed, Interest, Member, Playback, Room, RoomSettings, SlotId,
    Sound, SpeakerId, Spoken, StripSettings, Whisper,
};

#[global_allocator]
static ALLOCATOR: AllocDisabler = AllocDisabler;

const TICKS: usize = 400;

fn voice_of(samples: usize) -> Vec<f32> {
    (0..samples).map(|n| 0.3 * (n as f32 * 0.2).sin()).collect()
}

/// A member by one codec or another.
fn newcomer(tick: usize) -> Box<Member> {
    let settings = EncoderSettings {
        opus_bitrate_bps: 12_000 + 500 * (tick as u32 % 40),
        opus_complexity: 1,
        opus_dtx: tick.is_multiple_of(2),
        ..EncoderSettings::default()
    };
    Box::new(Member::new(CodecKind::ALL[tick / 9 % 4], settings).unwrap())
}

/// Has a member be otherwise than it was.
fn change(room: &mut Room, one: SlotId, tick: usize) {
    room.set_muted(one, tick.is_multiple_of(5));
    room.set_deaf(one, tick.is_multiple_of(11));
    room.set_denoise(one, tick.is_multiple_of(17).then_some(Denoise::WhereNoisy));
    room.set_delivery(one, Delivery::ALL[tick % Delivery::COUNT]);
    room.set_volume(one, tick as f32 - 200.0);
    room.set_whispering(one, tick % 13 < 9);
}

/// Members of all codecs and guests come and go, speak, are denoised, muted, held and played to, for 400 ticks.
#[test]
fn no_tick_allocates() {
    let strip = StripSettings { denoise: Denoise::Always, ..StripSettings::default() };
    let heed = Heed::Speech;
    let settings = RoomSettings { speakers_max: 3, strip, heed, ..RoomSettings::default() };
    let mut room = Room::new(settings);
    let mut desk = Desk::new();
    let guest = Frame::from_samples(Rate::Hz16000, &voice_of(320));
    let clip = Clip::new(Rate::Hz16000, vec![0.1; 5_000]);
    let voice = voice_of(960);
    let mut present: Vec<SlotId> = Vec::with_capacity(64);

    for tick in 0..TICKS {
        // Built in the control world, and freed there.
        let newcomer = (tick % 9 == 0 && present.len() < 20).then(|| newcomer(tick));
        let mut leaver = None;
        let mut played = None;
        let mut spare = None;
        let mut whispered = None;
        let whisper = (tick % 13 == 0).then(Box::<Whisper>::default);
        let prompt = (tick % 7 == 0).then(|| Playback {
            sound: if tick % 2 == 0 { Sound::Clip(clip.clone()) } else { Sound::Tone(Tone::Muted) },
            blend: if tick % 3 == 0 { Blend::Instead } else { Blend::Over },
        });

        assert_no_alloc(|| {
            if let Some(newcomer) = newcomer {
                let id = room.join(newcomer).unwrap();
                spare = room.take_spare(id);
                present.push(id);
                room.sound(Tone::Entry);
            }
            if tick % 31 == 30 {
                leaver = room.leave(present.remove(tick % present.len()));
                room.sound(Tone::Exit);
            }
            let one = present[tick % present.len()];
            let other = present[(tick + 1) % present.len()];
            change(&mut room, one, tick);
            if let Some(whisper) = whisper {
                whispered = room.expect_whispers(other, whisper);
            } else if tick % 13 == 9 {
                whispered = room.end_whispers(other);
            }
            if let Some(prompt) = prompt {
                played = room.play(one, prompt);
            }
            for (n, &id) in present.iter().enumerate() {
                let speaks = (tick / 20 + n) % 3 == 0;
                if speaks && room.interest(id) != Interest::Nothing {
                    room.hear(id, &voice);
                }
                if let Some(whispered) = room.whispered(id, &voice) {
                    room.hear_whisper(other, whispered);
                }
            }
            if tick % 13 < 9 {
                let speaker = SpeakerId::new(1, present[tick / 40 % present.len()]);
                room.hear_guest(Spoken { speaker, level: Dbfs::new(-20.0), frame: &guest });
            }
            room.mix(&mut desk);
            std::hint::black_box(room.spoken(&desk).count());
            for &id in &present {
                std::hint::black_box(room.output(id));
            }
            while room.poll_event().is_some() {}
        });
        drop((leaver, played, spare, whispered));
    }
    assert!(room.len() > 10);
}

/// Announcements and music begin, take each other's place, end, and change their rate with the room's.
#[test]
fn no_broadcast_allocates() {
    let mut room = Room::new(RoomSettings::default());
    let mut desk = Desk::new();
    let clip = Clip::new(Rate::Hz8000, voice_of(5_000));
    let member = |kind| Box::new(Member::new(kind, EncoderSettings::default()).unwrap());
    room.join(member(CodecKind::Pcmu)).unwrap();
    for tick in 0..TICKS {
        let make = if tick % 2 == 0 { Broadcast::music } else { Broadcast::announcement };
        let broadcast = (tick % 23 == 0).then(|| Box::new(make(clip.clone())));
        let (newcomer, mut leaver, mut before) = (member(CodecKind::Opus), None, None);
        assert_no_alloc(|| {
            before = broadcast.and_then(|broadcast| room.broadcast(broadcast));
            if tick % 41 == 0 {
                room.end_music();
            }
            let id = room.join(newcomer).unwrap();
            room.mix(&mut desk);
            std::hint::black_box(room.whole(&desk));
            leaver = room.leave(id);
            room.mix(&mut desk);
        });
        drop((leaver, before));
    }
}
