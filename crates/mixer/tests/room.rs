//! What the people in a room hear, by all codecs, through the public interface alone.
#![allow(clippy::unwrap_used, missing_docs, reason = "a test may fail where it stands")]

mod party;

use audio::{
    Rate,
    clip::Clip,
    codec::{CodecKind, EncoderSettings},
    comfort::FLOOR_LEVEL,
    level::Dbfs,
    tone::Tone,
};
use mixer::{
    Blend, Heed, Interest, Member, PLAYED_TO_MAX, Playback, Room, RoomEvent, RoomSettings,
    SHARED_ENCODES_MAX, Sound, StripSettings, TickStats,
};
use party::{Party, Person, step_of};

const SECOND: usize = 50;

/// A note for each person that all codecs carry, a whole number of periods in half a second.
const NOTES_HZ: [f32; 4] = [350.0, 620.0, 1_010.0, 1_730.0];

/// As long as a member that spoke keeps its own stream, and a bit.
const HOLD: usize = 30;

/// The speakers, mixes and encodes of the last tick.
fn work(party: &Party) -> (u32, u32, u32) {
    let TickStats { speakers, mixes, encodes, .. } = party.room.stats();
    (speakers, mixes, encodes)
}

fn prompt(value: f32, ticks: usize, blend: Blend) -> Playback {
    let samples = vec![value; ticks * Rate::Hz8000.tick_samples()];
    Playback { sound: Sound::Clip(Clip::new(Rate::Hz8000, samples)), blend }
}

#[test]
fn everybody_hears_everybody_else_and_nobody_itself() {
    let mut party = Party::new();
    for (codec, hz) in CodecKind::ALL.into_iter().zip(NOTES_HZ) {
        let person = party.join(codec);
        party.say(person, hz, 0.1);
    }
    party.run(2 * SECOND);
    for (listener, person) in party.people.iter().enumerate() {
        for (speaker, hz) in NOTES_HZ.into_iter().enumerate() {
            let heard = person.hears(hz, SECOND);
            let said = if speaker == listener { 0.0..0.004 } else { 0.08..0.12 };
            assert!(said.contains(&heard), "{:?} hears {hz} Hz at {heard}", person.codec);
        }
    }
}

#[test]
fn a_thousand_members_with_three_speakers_cost_four_mixes_and_four_encodes() {
    let mut party = Party::new();
    (0..1_000).for_each(|_| _ = party.join(CodecKind::Pcma));
    for (speaker, hz) in [(17, 350.0), (500, 620.0), (999, 1_010.0)] {
        party.say(speaker, hz, 0.1);
    }
    party.run(2);
    assert_eq!(work(&party), (3, 4, 4));
    assert_eq!(party.people[0].payloads, party.people[998].payloads);
    assert_ne!(party.people[0].payloads, party.people[17].payloads);
}

#[test]
fn there_is_one_encode_for_each_codec_and_settings() {
    let mut party = Party::new();
    for codec in CodecKind::ALL {
        (0..3).for_each(|_| _ = party.join(codec));
    }
    let slow = EncoderSettings { opus_bitrate_bps: 12_000, ..EncoderSettings::default() };
    party.join_with(CodecKind::Opus, slow);
    party.join_with(CodecKind::Pcmu, slow);
    party.run(1);
    assert_eq!(work(&party), (0, 1, 5));
    party.say(0, 350.0, 0.1);
    party.run(1);
    assert_eq!(work(&party), (1, 2, 6));
    party.hush(0);
    party.run(SECOND + HOLD);
    assert_eq!(work(&party), (0, 1, 5));
}

#[test]
fn settings_that_a_codec_does_not_heed_part_nobody() {
    let mut party = Party::new();
    for codec in [CodecKind::Pcmu, CodecKind::Pcma, CodecKind::G722] {
        for _ in 0..SHARED_ENCODES_MAX {
            party.join_with(codec, EncoderSettings::MIX);
        }
        party.join_with(codec, EncoderSettings::default());
    }
    party.run(1);
    assert_eq!(work(&party), (0, 1, 3));
}

#[test]
fn members_beyond_the_table_of_shared_encodes_are_served_one_by_one() {
    let mut party = Party::new();
    let speaker = party.join(CodecKind::Pcmu);
    let settings = |n: usize| EncoderSettings {
        opus_bitrate_bps: 12_000 + 1_000 * n as u32,
        opus_complexity: 0,
        ..EncoderSettings::default()
    };
    (0..SHARED_ENCODES_MAX + 4).for_each(|n| _ = party.join_with(CodecKind::Opus, settings(n)));
    party.say(speaker, 620.0, 0.1);
    party.run(SECOND);
    assert!(party.people[1..].iter().all(|person| person.hears(620.0, 25) > 0.07));
    // Places in the table that nobody needs any more are given to others.
    (1..=4).for_each(|person| party.leave(person));
    let late = party.join_with(CodecKind::Opus, settings(100));
    let later = party.join_with(CodecKind::Opus, settings(100));
    party.run(1);
    assert_eq!(party.people[late].payloads, party.people[later].payloads);
}

/// What one hears doesn't depend on whether it speaks itself: its stream passes from the shared
/// encoder to its own and back without the least change.
#[test]
fn the_hand_over_of_encoders_leaves_no_trace_in_the_stream() {
    for codec in CodecKind::ALL {
        let payloads = [false, true].map(|interrupts| {
            let mut party = Party::new();
            let (speaker, other) = (party.join(codec), party.join(codec));
            party.say(speaker, 350.0, 0.1);
            for _ in 0..4 {
                party.run(23);
                if interrupts {
                    party.say(other, 1_010.0, 0.1);
                }
                party.run(17);
                party.hush(other);
                party.run(SECOND + HOLD);
            }
            std::mem::take(&mut party.people[other].payloads)
        });
        assert_eq!(payloads[0], payloads[1], "{codec:?}");
    }
}

/// The same where encoders fall silent with the sound: they do so in the same tick, and come back in the
/// same, whichever of them a listener is on.
#[test]
fn encoders_that_pause_are_handed_over_as_well() {
    let settings = EncoderSettings { opus_dtx: true, ..EncoderSettings::default() };
    let payloads = [false, true].map(|interrupts| {
        let mut party = Party::new();
        let speaker = party.join_with(CodecKind::Opus, settings);
        let other = party.join_with(CodecKind::Opus, settings);
        for talk in [20, 40] {
            party.say(speaker, 350.0, 0.1);
            party.run(talk);
            party.hush(speaker);
            party.run(SECOND);
            // Something of its own is heard, that makes no difference: silence, over the silence.
            if interrupts {
                let person = &party.people[other];
                party.room.play(person.id, prompt(0.0, 10, Blend::Over));
            }
            party.run(2 * SECOND);
        }
        std::mem::take(&mut party.people[other].payloads)
    });
    let is_pause = |payload: &Option<Vec<u8>>| CodecKind::Opus.is_pause(payload.as_ref().unwrap());
    assert!(payloads[0].iter().filter(|payload| is_pause(payload)).count() > 100);
    assert_eq!(payloads[0], payloads[1]);
}

/// With others on the shared stream, the way back is a switch between streams that have become
/// alike.
#[test]
fn the_way_back_to_a_stream_that_others_hear_is_inaudible() {
    for codec in CodecKind::ALL {
        let heard = [false, true].map(|interrupts| {
            let mut party = Party::new();
            let (speaker, other) = (party.join(codec), party.join(codec));
            party.join(codec);
            party.say(speaker, 350.0, 0.1);
            party.run(SECOND);
            if interrupts {
                party.say(other, 1_010.0, 0.1);
            }
            party.run(SECOND);
            party.hush(other);
            party.run(3 * SECOND);
            std::mem::take(&mut party.people[other].heard)
        });
        let difference: Vec<f32> = heard[0].iter().zip(&heard[1]).map(|(a, b)| a - b).collect();
        let snr_db = Dbfs::of(&heard[0]).decibels() - Dbfs::of(&difference).decibels();
        assert!(snr_db > 20.0, "{codec:?}: {snr_db} dB");
    }
}

#[test]
fn voices_begin_end_and_break_off_without_a_click() {
    let (hz, amplitude) = (350.0, 0.4);
    let bearable = 1.3 * step_of(hz, amplitude, Rate::Hz8000);
    let mut party = Party::new();
    let listener = party.join(CodecKind::Pcma);
    let speaker = party.join(CodecKind::Pcma);
    party.say(speaker, hz, amplitude);
    party.run(5);
    party.hush(speaker); // Its packets are lost.
    party.run(2);
    party.say(speaker, hz, amplitude);
    party.run(5);
    party.room.set_muted(party.people[speaker].id, true);
    party.run(2);
    party.room.set_muted(party.people[speaker].id, false);
    party.run(5);
    party.leave(speaker);
    party.run(2);
    let person = &party.people[listener];
    assert!(person.hears(hz, 21) > 0.2);
    let step = person.largest_step(21);
    assert!(step < bearable, "a step of {step}, where {bearable} is the note's own");
    assert_eq!(Dbfs::of(person.heard_last(1)), Dbfs::of(&[8.0 / 32_768.0]), "silence at the end");
}

#[test]
fn the_rate_follows_the_members_without_a_click() {
    let (hz, amplitude) = (350.0, 0.4);
    let bearable = 1.3 * step_of(hz, amplitude, Rate::Hz8000);
    let mut party = Party::new();
    let (speaker, listener) = (party.join(CodecKind::Pcmu), party.join(CodecKind::Pcmu));
    party.say(speaker, hz, amplitude);
    let mut guest = None;
    // A note has no pauses: a lower rate waits for a minute.
    for (codec, ticks) in [
        (CodecKind::Pcma, 10),
        (CodecKind::Opus, 2 * SECOND),
        (CodecKind::G722, 61 * SECOND),
        (CodecKind::Pcma, 61 * SECOND),
    ] {
        if let Some(guest) = guest.replace(party.join(codec)) {
            party.leave(guest);
        }
        party.run(ticks);
        assert_eq!(party.room.rate(), codec.audio_rate());
        let person = &party.people[listener];
        assert!(person.hears(hz, 5) > 0.38);
        let step = person.largest_step(ticks);
        assert!(step < bearable, "a step of {step}, where {bearable} is the note's own");
    }
}

#[test]
fn who_comes_and_goes_does_not_disturb_who_speaks() {
    let (hz, amplitude) = (350.0, 0.4);
    let mut party = Party::new();
    let (speaker, listener) = (party.join(CodecKind::Pcmu), party.join(CodecKind::Pcmu));
    let first = party.join(CodecKind::Opus);
    party.run(2);
    party.say(speaker, hz, amplitude);
    party.leave(first);
    for _ in 0..4 {
        party.run(3 * SECOND);
        let visitor = party.join(CodecKind::Opus);
        party.run(SECOND);
        party.leave(visitor);
    }
    assert_eq!(party.room.rate(), Rate::Hz48000);
    // Were it faded out and in, some tick would have less.
    let heard = party.people[listener].heard_last(15 * SECOND);
    let least = heard.chunks(160).map(|tick| Dbfs::of(tick).decibels()).fold(0.0, f32::min);
    let usual = Dbfs::of(heard).decibels();
    assert!(least > usual - 0.5, "{least} dBFS in a tick, of {usual} dBFS");
}

#[test]
fn an_idle_room_changes_its_rate_at_once() {
    let mut party = Party::new();
    party.join(CodecKind::Opus);
    party.run(1);
    assert_eq!(party.room.rate(), Rate::Hz48000);
}

#[test]
fn tones_are_heard_by_everybody() {
    let mut party = Party::new();
    for codec in CodecKind::ALL {
        party.join(codec);
    }
    party.run(5);
    party.room.sound(Tone::Entry);
    party.run(20);
    for person in &party.people {
        let level = Dbfs::of(person.heard_last(20));
        assert!((-35.0..-15.0).contains(&level.decibels()), "{:?}: {level:?}", person.codec);
    }
    party.run(10);
    assert!(party.people.iter().all(|person| Dbfs::of(person.heard_last(5)) < Dbfs::new(-60.0)));
}

#[test]
fn a_playback_is_heard_by_one_alone_and_its_end_is_told() {
    for codec in CodecKind::ALL {
        let mut party = Party::new();
        let people = [party.join(codec), party.join(codec), party.join(codec)];
        let [speaker, guest, _] = people;
        party.say(speaker, 350.0, 0.1);
        party.run(SECOND);
        let id = party.people[guest].id;
        let playback = Playback { sound: Sound::Tone(Tone::Muted), blend: Blend::Instead };
        assert!(party.room.play(id, playback.clone()).is_none());
        assert!(party.room.is_playing(id));
        party.run(10);
        assert!(party.people[guest].hears(350.0, 5) < 0.02, "{codec:?}: the room is silent");
        assert!(party.people[guest].hears(392.0, 5) > 0.005, "{codec:?}: the tone is heard");
        party.run(SECOND);
        assert!(!party.room.is_playing(id));
        assert!(party.people[guest].hears(350.0, 25) > 0.07, "{codec:?}: the room is back");
        assert_eq!(party.events[1..], [RoomEvent::PlaybackEnded(id)]);
        assert_eq!(party.room.play(id, prompt(0.0, 1, Blend::Over)), Some(playback));
    }
}

#[test]
fn others_notice_nothing_of_a_playback() {
    let payloads = [false, true].map(|plays| {
        let mut party = Party::new();
        let (speaker, listener) = (party.join(CodecKind::G722), party.join(CodecKind::G722));
        let guest = party.join(CodecKind::G722);
        party.say(speaker, 350.0, 0.1);
        party.run(10);
        if plays {
            party.room.play(party.people[guest].id, prompt(0.3, 20, Blend::Over));
        }
        party.run(SECOND);
        [speaker, listener].map(|person| std::mem::take(&mut party.people[person].payloads))
    });
    assert_eq!(payloads[0], payloads[1]);
}

#[test]
fn whoever_is_on_hold_is_sent_nothing_and_can_still_be_heard() {
    let mut party = Party::new();
    let (held, listener) = (party.join(CodecKind::Pcmu), party.join(CodecKind::Pcmu));
    party.room.set_deaf(party.people[held].id, true);
    party.say(held, 620.0, 0.1);
    party.run(10);
    assert!(party.people[held].payloads.iter().all(Option::is_none));
    assert!(party.people[listener].hears(620.0, 5) > 0.08);
    assert_eq!(work(&party), (1, 1, 1));
    party.room.set_deaf(party.people[held].id, false);
    party.run(1);
    assert!(party.people[held].payloads.last().unwrap().is_some());
}

#[test]
fn whoever_comes_in_is_served_from_the_next_tick_on() {
    let mut party = Party::new();
    party.join(CodecKind::Pcmu);
    party.run(1);
    let newcomer = party.join(CodecKind::Pcmu);
    assert_eq!(party.room.output(party.people[newcomer].id), None);
    party.run(1);
    assert!(party.room.output(party.people[newcomer].id).is_some());
}

#[test]
fn only_the_loudest_are_heard_where_many_speak() {
    let settings = RoomSettings { speakers_max: 2, ..RoomSettings::default() };
    let mut party = Party::with_settings(settings);
    for (hz, amplitude) in NOTES_HZ.into_iter().zip([0.02, 0.2, 0.01, 0.2]) {
        let person = party.join(CodecKind::Pcma);
        party.say(person, hz, amplitude);
    }
    let listener = party.join(CodecKind::Pcma);
    party.run(SECOND);
    let heard = NOTES_HZ.map(|hz| party.people[listener].hears(hz, 25) > 0.005);
    assert_eq!(heard, [false, true, false, true]);
    assert_eq!(work(&party), (2, 3, 3));
}

#[test]
fn what_is_sent_tells_its_level() {
    for codec in CodecKind::ALL {
        let mut party = Party::new();
        let [speaker, listener] = [party.join(codec), party.join(CodecKind::Pcma)];
        party.say(speaker, 350.0, 0.2);
        party.run(SECOND);
        let output = |person: usize| party.room.output(party.people[person].id).unwrap();
        let expected = Dbfs::of(party.people[listener].heard_last(1)).decibels();
        assert!((output(listener).level.decibels() - expected).abs() < 0.5, "{codec:?}");
        assert!(output(listener).has_voice);
        assert_eq!((output(speaker).level, output(speaker).has_voice), (Dbfs::SILENCE, false));
    }
}

#[test]
fn a_room_has_use_for_those_who_can_be_heard() {
    let gate_opens = RoomSettings::default().gate_opens;
    let mut party = Party::new();
    let [speaker, other] = [party.join(CodecKind::Pcmu), party.join(CodecKind::Pcmu)];
    let [id, other_id] = [speaker, other].map(|person| party.people[person].id);
    assert_eq!(party.room.interest(id), Interest::From(gate_opens));
    party.say(speaker, 350.0, 0.1);
    party.run(5);
    assert_eq!(party.room.interest(id), Interest::Everything);
    assert_eq!(party.room.interest(other_id), Interest::From(gate_opens));
    // As long as it has the floor, over all of a pause, and not a tick longer.
    party.hush(speaker);
    let mut paused = 0;
    while party.room.interest(id) == Interest::Everything {
        assert!(party.room.stats().speakers == 1 || paused > 0);
        party.run(1);
        paused += 1;
    }
    assert!((10..50).contains(&paused), "{paused} ticks");
    party.room.set_muted(id, true);
    assert_eq!(party.room.interest(id), Interest::Nothing);
    party.leave(speaker);
    assert_eq!(party.room.interest(id), Interest::Nothing);
}

#[test]
fn a_full_room_gives_the_member_back() {
    let mut room = Room::new(RoomSettings { members_max: 1, ..RoomSettings::default() });
    let member = || Box::new(Member::new(CodecKind::Pcma, EncoderSettings::default()).unwrap());
    let id = room.join(member()).unwrap();
    let refused = room.join(member()).unwrap_err();
    assert_eq!(refused.to_string(), "the room is full");
    assert!(room.leave(id).is_some());
    assert!(room.is_empty());
    assert!(room.join(refused.0).is_ok());
}

#[test]
fn rooms_and_members_can_be_moved_to_another_thread() {
    const fn assert_send<T: Send>() {}
    assert_send::<Room>();
    assert_send::<Member>();
}

#[test]
fn commands_to_one_that_left_are_ignored() {
    let mut party = Party::new();
    let person = party.join(CodecKind::Opus);
    let id = party.people[person].id;
    party.leave(person);
    party.room.set_muted(id, true);
    party.room.set_deaf(id, true);
    party.room.hear(id, &[0.5; 960]);
    let playback = prompt(0.1, 1, Blend::Over);
    assert_eq!(party.room.play(id, playback.clone()), Some(playback));
    party.room.mix(&mut party.desk);
    assert!(party.room.leave(id).is_none());
    assert_eq!(party.room.output(id), None);
    assert_eq!(party.room.stats(), TickStats::default());
}

#[test]
fn a_tick_touches_none_of_those_who_merely_listen() {
    let touched = [10, 1_000].map(|members| {
        let mut party = Party::new();
        (0..members).for_each(|_| _ = party.join(CodecKind::Pcma));
        for (speaker, hz) in [(1, 350.0), (4, 620.0), (8, 1_010.0)] {
            party.say(speaker, hz, 0.1);
        }
        // The others are heard as well, and are too faint to matter.
        (0..members).filter(|n| ![1, 4, 8].contains(n)).for_each(|n| party.say(n, 500.0, 0.001));
        let mut touched = Vec::new();
        for _ in 0..SECOND {
            party.run(1);
            touched.push(party.room.stats().touched);
        }
        (1..9).for_each(|person| party.hush(person));
        party.run(2 * SECOND + HOLD);
        touched.push(party.room.stats().touched);
        touched
    });
    assert_eq!(touched[0], touched[1], "the same in a room of ten and of a thousand");
    assert!(touched[0].iter().all(|&touched| touched <= 9), "{touched:?}");
    assert_eq!(touched[0].last(), Some(&0));
}

#[test]
fn a_room_of_telephones_is_never_resampled() {
    let settings = RoomSettings { strip: StripSettings::BYPASS, ..RoomSettings::default() };
    let mut party = Party::with_settings(settings);
    let people: Vec<_> = (0..6).map(|n| party.join(CodecKind::ALL[n % 2])).collect();
    party.say(people[0], 350.0, 0.1);
    party.run(SECOND);
    assert_eq!(party.room.rate(), Rate::Hz8000);
    // A resampler would delay what is said; here each sample is heard in the tick that it is said in.
    let said = |n: usize| 0.1 * (std::f32::consts::TAU * 350.0 * n as f32 / 8_000.0).sin();
    let heard = &party.people[people[1]].heard;
    let worst = (160..heard.len()).map(|n| (heard[n] - said(n)).abs()).fold(0.0, f32::max);
    assert!(worst < 0.004, "{worst} is more than the codec's own steps");
}

/// However many are told something at the same time, no more than so many streams of their own are
/// encoded in a tick; the others are told when it is their turn, and all are.
#[test]
fn those_who_are_told_something_all_at_once_wait_for_their_turn() {
    let speakers_max = 2;
    let mut party = Party::with_settings(RoomSettings { speakers_max, ..RoomSettings::default() });
    let people: Vec<_> = (0..200).map(|_| party.join(CodecKind::Pcma)).collect();
    (0..speakers_max).for_each(|n| party.say(people[n], 350.0 + 270.0 * n as f32, 0.1));
    party.run(5);
    for &person in &people {
        party.room.play(party.people[person].id, prompt(0.1, 5, Blend::Over));
    }
    let mut encodes_max = 0;
    for _ in 0..5 * SECOND {
        party.run(1);
        encodes_max = encodes_max.max(party.room.stats().encodes as usize);
    }
    assert!(encodes_max <= 1 + PLAYED_TO_MAX + 2 * speakers_max, "{encodes_max}");
    let ended = party.events.iter().filter(|e| matches!(e, RoomEvent::PlaybackEnded(_))).count();
    assert_eq!(ended, people.len());
    for (speaker, hz) in [(0, 350.0), (1, 620.0)] {
        let person = &party.people[people[speaker]];
        assert!(person.hears(hz, 4 * SECOND) < 0.004, "nobody hears itself meanwhile");
    }
}

#[test]
fn what_a_room_has_no_need_of_is_given_back() {
    let heed = Heed::Speech;
    let mut room = Room::new(RoomSettings { speakers_max: 2, heed, ..RoomSettings::default() });
    let settings = EncoderSettings { opus_complexity: 0, ..EncoderSettings::default() };
    let mut spared = Vec::new();
    for _ in 0..PLAYED_TO_MAX + 10 {
        let member = Box::new(Member::new(CodecKind::Opus, settings).unwrap());
        let id = room.join(member).unwrap();
        spared.push(room.take_spare(id).is_some());
        assert!(room.take_spare(id).is_none(), "once");
    }
    // The first founds the share; the others have brought an encoder for that in vain.
    assert!(!spared[0] && spared[1..].iter().all(|&spared| spared));
}

/// What a room of one codec hears, with comfort noise in it: somebody speaks in the second of three seconds.
fn comforted(codec: CodecKind, comfort_noise: Option<Dbfs>) -> Party {
    let settings = RoomSettings { comfort_noise, ..RoomSettings::default() };
    let mut party = Party::with_settings(settings);
    (0..3).for_each(|_| _ = party.join(codec));
    party.run(SECOND);
    party.say(0, 440.0, 0.1);
    party.run(SECOND);
    party.hush(0);
    party.run(SECOND);
    party
}

/// A room in which nobody speaks isn't dead: all hear its faint noise, whoever speaks as well, at no encode more.
#[test]
fn silence_is_not_dead() {
    for codec in CodecKind::ALL {
        let floor = if codec == CodecKind::Pcma { Dbfs::new(-60.0) } else { FLOOR_LEVEL };
        let mut party = comforted(codec, Some(floor));
        let tick = codec.audio_rate().tick_samples();
        let level = |person: &Person, ticks: std::ops::Range<usize>| {
            Dbfs::of(&person.heard[ticks.start * tick..ticks.end * tick]).decibels()
        };
        let floor = floor.decibels();
        for (n, person) in party.people.iter().enumerate() {
            let before = level(person, 10..SECOND);
            assert!((before - floor).abs() < 3.0, "{codec:?}: {before} dB before anybody spoke");
            let during = level(person, SECOND + 10..2 * SECOND);
            assert_eq!(n == 0, during < floor + 3.0, "{codec:?}: {during} dB");
            let after = level(person, 3 * SECOND - 10..3 * SECOND);
            assert!((after - floor).abs() < 3.0, "{codec:?}: {after} dB afterwards");
        }
        party.run(1);
        assert_eq!(party.room.stats().encodes, 1, "one for all");
    }
}

#[test]
fn a_room_without_a_floor_of_noise_is_silent() {
    let party = comforted(CodecKind::Opus, None);
    assert!(Dbfs::of(&party.people[1].heard[..SECOND * 960]) < Dbfs::new(-90.0));
}
