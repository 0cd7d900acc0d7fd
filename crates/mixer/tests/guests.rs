//! A room in several parts, each of which hears the speakers of the others a tick later.
#![allow(clippy::unwrap_used, missing_docs, reason = "a test may fail where it stands")]

#[allow(dead_code, reason = "these tests need a part of it")]
mod party;

use audio::{Frame, Rate, codec::CodecKind, level::Dbfs};
use mixer::{RoomEvent, RoomSettings, SpeakerId, Spoken};
use party::{Party, step_of};

const SECOND: usize = 50;

/// What was said in a part, on its way to the others.
type Said = Vec<(SpeakerId, Dbfs, Frame)>;

/// A party in several parts, joined as the engine joins them: each tells all others of its own speakers.
struct Parts {
    parts: Vec<Party>,
    /// What each part said in the last tick.
    said: Vec<Said>,
    /// Parts from which nothing comes any more.
    stalled: Option<usize>,
}

impl Parts {
    fn new(parts: u16, speakers_max: usize) -> Self {
        let settings = |part| RoomSettings { part, speakers_max, ..RoomSettings::default() };
        Self {
            parts: (0..parts).map(|part| Party::with_settings(settings(part))).collect(),
            said: vec![Vec::new(); usize::from(parts)],
            stalled: None,
        }
    }

    fn run(&mut self, ticks: usize) {
        for _ in 0..ticks {
            for (index, part) in self.parts.iter_mut().enumerate() {
                let others = self.said.iter().enumerate();
                let others =
                    others.filter(|&(other, _)| other != index && Some(other) != self.stalled);
                for (speaker, level, frame) in others.flat_map(|(_, said)| said) {
                    part.room.hear_guest(Spoken { speaker: *speaker, level: *level, frame });
                }
                part.run(1);
            }
            let spoken = |part: &Party| -> Said {
                let spoken = part.room.spoken(&part.desk);
                spoken.map(|spoken| (spoken.speaker, spoken.level, spoken.frame.clone())).collect()
            };
            self.said = self.parts.iter().map(spoken).collect();
        }
    }

    /// Which of some notes somebody heard in the last half second.
    fn hears(&self, (part, person): (usize, usize), notes_hz: &[f32]) -> Vec<bool> {
        let person = &self.parts[part].people[person];
        notes_hz.iter().map(|&hz| person.hears(hz, 25) > 0.01).collect()
    }
}

#[test]
fn everybody_hears_the_speakers_of_all_parts_and_nobody_itself() {
    let notes_hz = [350.0, 620.0, 1_010.0];
    // Each part has a rate of its own.
    let codecs = [CodecKind::Pcma, CodecKind::G722, CodecKind::Opus];
    let mut parts = Parts::new(3, 8);
    for ((part, codec), hz) in parts.parts.iter_mut().zip(codecs).zip(notes_hz) {
        let speaker = part.join(codec);
        part.join(codec);
        part.say(speaker, hz, 0.1);
    }
    parts.run(2 * SECOND);
    for (part, codec) in codecs.into_iter().enumerate() {
        assert_eq!(parts.parts[part].room.rate(), codec.audio_rate(), "guests don't raise it");
        assert_eq!(parts.hears((part, 1), &notes_hz), [true; 3], "a listener of {codec:?}");
        for (speaker, &hz) in notes_hz.iter().enumerate() {
            let heard = parts.parts[part].people[0].hears(hz, SECOND);
            let said = if speaker == part { 0.0..0.004 } else { 0.08..0.12 };
            assert!(said.contains(&heard), "the speaker of {codec:?} hears {hz} Hz at {heard}");
        }
        let own = parts.parts[part].people[0].id;
        assert_eq!(parts.parts[part].events, [RoomEvent::SpeakingStarted(own)]);
        assert!(parts.parts[part].room.output(own).unwrap().has_voice);
    }
}

/// Where more have the floor than may be heard, all parts come to hear the same.
#[test]
fn all_parts_hear_the_same_loudest() {
    let notes_hz = [350.0, 620.0, 1_010.0, 1_730.0];
    for amplitudes in [[0.3, 0.05, 0.2, 0.04], [0.04, 0.3, 0.05, 0.2], [0.1, 0.1, 0.1, 0.1]] {
        let mut parts = Parts::new(2, 2);
        for (index, (hz, amplitude)) in notes_hz.into_iter().zip(amplitudes).enumerate() {
            let part = &mut parts.parts[index / 2];
            let speaker = part.join(CodecKind::Pcma);
            part.say(speaker, hz, amplitude);
        }
        let listeners = [0, 1].map(|part| (part, parts.parts[part].join(CodecKind::Pcma)));
        parts.run(3 * SECOND);
        let heard = listeners.map(|listener| parts.hears(listener, &notes_hz));
        assert_eq!(heard[0], heard[1], "{amplitudes:?}");
        assert_eq!(heard[0].iter().filter(|&&heard| heard).count(), 2, "{heard:?}");
        if amplitudes[0] != amplitudes[1] {
            let loudest = amplitudes.map(|amplitude| amplitude > 0.1).to_vec();
            assert_eq!(heard[0], loudest);
        }
        let speakers: u32 = parts.parts.iter().map(|part| part.room.stats().speakers).sum();
        assert_eq!(speakers, 2, "nobody has the floor in vain");
    }
}

#[test]
fn guests_come_go_and_stall_without_a_click() {
    let (hz, amplitude) = (350.0, 0.4);
    let mut parts = Parts::new(2, 8);
    let speaker = parts.parts[0].join(CodecKind::Pcmu);
    let listener = parts.parts[1].join(CodecKind::Pcmu);
    parts.parts[0].say(speaker, hz, amplitude);
    parts.run(10);
    parts.stalled = Some(0);
    parts.run(3);
    parts.stalled = None;
    parts.run(10);
    parts.parts[0].leave(speaker);
    parts.run(3);
    let person = &parts.parts[1].people[listener];
    assert!(person.hears(hz, 26) > 0.2);
    let (step, bearable) = (person.largest_step(26), 1.3 * step_of(hz, amplitude, Rate::Hz8000));
    assert!(step < bearable, "a step of {step}, where {bearable} is the note's own");
    assert_eq!(Dbfs::of(person.heard_last(1)), Dbfs::of(&[0.0; 160]), "silence at the end");
}

/// More guests than there is memory for: the loudest are heard, and nothing breaks.
#[test]
fn too_many_guests_give_way_to_the_louder() {
    let mut party =
        Party::with_settings(RoomSettings { speakers_max: 1, ..RoomSettings::default() });
    let listener = party.join(CodecKind::Pcma);
    let strangers: Vec<_> = (0..9).map(|_| party.join(CodecKind::Pcma)).collect();
    for tick in 0..SECOND {
        for (n, &stranger) in strangers.iter().enumerate() {
            let speaker = SpeakerId::new(7, party.people[stranger].id);
            let loud = (n + tick / 10) % 9;
            let frame = Frame::from_samples(Rate::Hz8000, &[0.01 * loud as f32; 160]);
            let level = Dbfs::of(frame.samples());
            party.room.hear_guest(Spoken { speaker, level, frame: &frame });
        }
        party.run(1);
        if tick % 10 > 1 {
            let level = party.room.output(party.people[listener].id).unwrap().level;
            assert!((level.decibels() - Dbfs::of(&[0.08; 1]).decibels()).abs() < 0.5, "{level:?}");
        }
    }
}
