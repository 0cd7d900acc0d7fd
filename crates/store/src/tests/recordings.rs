//! Recordings and their voices.

use std::time::Duration;

use super::*;

on_both![
    recordings_are_listed_with_their_ends,
    voices_are_kept_once,
    those_without_an_end_and_those_of_long_ago_are_found,
    what_is_forgotten_is_gone_and_strangers_find_nothing,
];

fn id(number: u8) -> RecordingId {
    RecordingId::from_random([number; 16])
}

fn recording(conference: &Conference, number: u8) -> Recording {
    Recording {
        id: id(number),
        conference: conference.key,
        began_at: at(number.into()),
        has_voices: number.is_multiple_of(2),
        end: None,
    }
}

const fn end(ended_at: Timestamp, ending: RecordingEnding) -> RecordingEnd {
    let (duration, lost) = (Duration::from_millis(61_020), Duration::from_secs(2));
    RecordingEnd { ended_at, ending, duration, lost, bytes: 366_000 }
}

async fn recordings_are_listed_with_their_ends(bench: Bench) {
    let conference = bench.create(1).await;
    for (number, ending) in (1..).zip(RecordingEnding::ALL) {
        let begun = recording(&conference, number);
        bench.store.begin_recording(&begun).await.unwrap();
        let end = end(at(100), ending);
        bench.store.end_recording(begun.id, &end).await.unwrap();
        let later = RecordingEnd { ending: RecordingEnding::CutShort, ..end };
        bench.store.end_recording(begun.id, &later).await.unwrap();
        let found = bench.store.recording(conference.key, begun.id).await.unwrap();
        assert_eq!(found, Some(Recording { end: Some(end), ..begun }), "the first end stays");
    }
    bench.store.begin_recording(&recording(&conference, 9)).await.unwrap();
    let listed = bench.store.recordings_of(conference.key, Page::new(0, 3)).await.unwrap();
    let ids: Vec<_> = listed.entries.iter().map(|recording| recording.id).collect();
    assert_eq!((ids, listed.next_offset), (vec![id(9), id(6), id(5)], Some(3)));
    assert_eq!(listed.entries[0].end, None);

    let unknown = bench.conference(7);
    let orphan = bench.store.begin_recording(&recording(&unknown, 8)).await;
    assert!(matches!(orphan, Err(StoreError::Orphan)));
}

async fn voices_are_kept_once(bench: Bench) {
    let conference = bench.create(1).await;
    let voice = |file: &str, participant| RecordedVoice {
        file: file.to_owned(),
        participant: ParticipantId::new(participant),
        label: "Anna <b>".to_owned(),
    };
    let orphan = bench.store.note_recorded_voice(id(1), &voice("a.ogg", 1)).await;
    assert!(matches!(orphan, Err(StoreError::Orphan)));
    bench.store.begin_recording(&recording(&conference, 1)).await.unwrap();
    let voices = [voice("b.ogg", 1), voice("a.ogg", 2)];
    for voice in voices.iter().chain(&voices) {
        bench.store.note_recorded_voice(id(1), voice).await.unwrap();
    }
    assert_eq!(bench.store.recorded_voices(id(1)).await.unwrap(), voices);
}

async fn those_without_an_end_and_those_of_long_ago_are_found(bench: Bench) {
    let conference = bench.create(1).await;
    for number in 1..=4 {
        bench.store.begin_recording(&recording(&conference, number)).await.unwrap();
    }
    for (number, ended) in [(2, 50), (3, 40), (4, 60)] {
        let end = end(at(ended), RecordingEnding::Stopped);
        bench.store.end_recording(id(number), &end).await.unwrap();
    }
    assert_eq!(bench.store.recordings_without_end().await.unwrap(), [id(1)]);
    assert_eq!(bench.store.recordings_ended_before(at(60)).await.unwrap(), [id(3), id(2)]);
}

async fn what_is_forgotten_is_gone_and_strangers_find_nothing(bench: Bench) {
    let (conference, other) = (bench.create(1).await, bench.create(2).await);
    bench.store.begin_recording(&recording(&conference, 1)).await.unwrap();
    let file = "voice-1.ogg".to_owned();
    let voice = RecordedVoice { file, participant: ParticipantId::new(1), label: String::new() };
    bench.store.note_recorded_voice(id(1), &voice).await.unwrap();
    assert_eq!(bench.store.recording(other.key, id(1)).await.unwrap(), None);
    assert!(bench.store.forget_recording(id(1)).await.unwrap());
    assert!(!bench.store.forget_recording(id(1)).await.unwrap());
    assert_eq!(bench.store.recording(conference.key, id(1)).await.unwrap(), None);
    assert_eq!(bench.store.recorded_voices(id(1)).await.unwrap(), []);
}
