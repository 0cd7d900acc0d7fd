//! Who has the floor in a room of people who speak, fans, music on hold, keypads and loudspeakers.
#![allow(clippy::unwrap_used, missing_docs, reason = "a test may fail where it stands")]

#[path = "../../audio/tests/recorded/mod.rs"]
mod recorded;

use audio::{
    codec::{CodecKind, Decoder, EncoderSettings},
    level::Dbfs,
    {Rate, vector},
};
use mixer::{Desk, Heed, Member, Room, RoomEvent, RoomSettings, SlotId, StripSettings};
use recorded::{music, together, whisper};
use std::f32::consts::TAU;

const TICK: usize = 160;

/// A sentence of one of four people at 8 kHz, over and over.
fn speech(person: usize, ticks: usize) -> Vec<f32> {
    let sentence = recorded::speech([4, 2, 1, 0][person], Rate::Hz8000, 0.0);
    recorded::over_and_over(&sentence, ticks * TICK)
}

fn silence(ticks: usize) -> Vec<f32> {
    vec![0.0; ticks * TICK]
}

fn noise(ticks: usize, dbfs: f32) -> Vec<f32> {
    recorded::noise(ticks * TICK, dbfs)
}

/// A room of phones.
struct Scene {
    room: Room,
    desk: Desk,
    phones: Vec<Phone>,
    events: Vec<(usize, RoomEvent)>,
    tick: usize,
}

struct Phone {
    id: SlotId,
    decoder: Decoder,
    says: Vec<f32>,
    heard: Vec<f32>,
    /// After how many samples, and how loud, its microphone hears its loudspeaker.
    returns: Option<(usize, f32)>,
}

impl Scene {
    fn new(speakers_max: usize) -> Self {
        let strip = StripSettings::BYPASS;
        let settings =
            RoomSettings { speakers_max, strip, heed: Heed::Speech, ..RoomSettings::default() };
        Self {
            room: Room::new(settings),
            desk: Desk::new(),
            phones: Vec::new(),
            events: Vec::new(),
            tick: 0,
        }
    }

    /// Lets a phone in that says this, and gives its number.
    fn join(&mut self, says: Vec<f32>) -> usize {
        let member = Member::new(CodecKind::Pcmu, EncoderSettings::default()).unwrap();
        let id = self.room.join(Box::new(member)).unwrap();
        let decoder = Decoder::new(CodecKind::Pcmu).unwrap();
        self.phones.push(Phone { id, decoder, says, heard: Vec::new(), returns: None });
        self.phones.len() - 1
    }

    fn run(&mut self, ticks: usize) {
        for _ in 0..ticks {
            for phone in &self.phones {
                self.room.hear(phone.id, &phone.said(self.tick));
            }
            self.room.mix(&mut self.desk);
            for phone in &mut self.phones {
                let mut samples = [0.0; TICK];
                if let Some(output) = self.room.output(phone.id) {
                    phone.decoder.decode(output.payload, &mut samples).unwrap();
                }
                phone.heard.extend(samples);
            }
            let events = std::iter::from_fn(|| self.room.poll_event());
            self.events.extend(events.map(|event| (self.tick, event)));
            self.tick += 1;
        }
    }

    /// The ticks in which a phone had the floor.
    fn on_floor(&self, phone: usize) -> Vec<bool> {
        let id = self.phones[phone].id;
        let mut on_floor = vec![false; self.tick];
        for (tick, event) in &self.events {
            match event {
                RoomEvent::SpeakingStarted(who) if *who == id => on_floor[*tick..].fill(true),
                RoomEvent::SpeakingStopped(who) if *who == id => on_floor[*tick..].fill(false),
                _ => {}
            }
        }
        on_floor
    }
}

impl Phone {
    fn said(&self, tick: usize) -> [f32; TICK] {
        std::array::from_fn(|n| {
            let n = tick * TICK + n;
            let own = self.says.get(n).copied().unwrap_or(0.0);
            let returned = self.returns.and_then(|(delay, gain)| {
                Some(gain * self.heard.get(n.checked_sub(delay)?).copied().unwrap_or(0.0))
            });
            own + returned.unwrap_or(0.0)
        })
    }

    /// How alike what it heard is to `said`, sample by sample, from one tick on up to another.
    fn hears(&self, said: &[f32], from: usize, to: usize) -> f32 {
        let range = from * TICK..to * TICK;
        let (heard, said) = (&self.heard[range.clone()], &said[range]);
        let energies = vector::sum_of_squares(heard) * vector::sum_of_squares(said);
        vector::dot(heard, said) / energies.sqrt().max(1e-9)
    }

    fn level(&self, from: usize, to: usize) -> f32 {
        Dbfs::of(&self.heard[from * TICK..to * TICK]).decibels()
    }
}

fn count(on_floor: &[bool]) -> usize {
    on_floor.iter().filter(|on| **on).count()
}

#[test]
fn a_fan_does_not_hold_the_floor() {
    let mut scene = Scene::new(8);
    let fan = scene.join(noise(500, -35.0));
    let listener = scene.join(silence(500));
    scene.run(500);
    let on_floor = scene.on_floor(fan);
    assert!(count(&on_floor[100..]) == 0, "{} ticks", count(&on_floor));
    assert!(scene.phones[listener].level(100, 500) < -90.0);
}

#[test]
fn music_on_hold_does_not_hold_the_floor() {
    let mut scene = Scene::new(8);
    let on_hold = scene.join(music(0));
    scene.run(300);
    assert_eq!(count(&scene.on_floor(on_hold)[160..]), 0);
}

#[test]
fn two_who_speak_at_once_are_both_heard_among_fans_and_coughs() {
    let mut scene = Scene::new(2);
    let said = [speech(0, 700), speech(1, 700)];
    let fan = scene.join(noise(700, -20.0));
    let music = scene.join(music(0));
    let speakers = said.clone().map(|said| scene.join([silence(120), said].concat()));
    let listener = scene.join(silence(800));
    scene.run(700);
    for (speaker, said) in speakers.into_iter().zip(&said) {
        let on_floor = &scene.on_floor(speaker)[180..];
        assert!(count(on_floor) * 100 >= on_floor.len() * 95, "{}", count(on_floor));
        let delayed = [silence(120), said.clone()].concat();
        let likeness = scene.phones[listener].hears(&delayed, 180, 700);
        assert!(likeness > 0.3, "{likeness}");
    }
    for noisy in [fan, music] {
        assert_eq!(count(&scene.on_floor(noisy)[200..]), 0);
    }
}

#[test]
fn who_whispers_is_heard_while_nobody_speaks_and_yields_to_who_does() {
    let mut scene = Scene::new(1);
    let said = recorded::over_and_over(&whisper(0, -38.0), 600 * TICK);
    let whisperer = scene.join(said.clone());
    let speaker = scene.join([silence(600), speech(0, 100)].concat());
    scene.run(600);
    let likeness = scene.phones[speaker].hears(&said, 0, 600);
    assert!(likeness > 0.97, "from the first tick to the last: {likeness}");
    scene.phones[whisperer].says = [said.clone(), said].concat();
    scene.run(100);
    assert!(scene.on_floor(speaker)[650..].iter().all(|&on_floor| on_floor));
}

#[test]
fn a_first_syllable_in_a_fans_noise_is_not_cut() {
    let mut scene = Scene::new(8);
    let said = [silence(250), speech(3, 150)].concat();
    let speaker = scene.join(together(&said, &noise(400, -45.0)));
    let listener = scene.join(silence(400));
    scene.run(400);
    assert_eq!(count(&scene.on_floor(speaker)[150..250]), 0, "the fan");
    let first = (250..400).find(|&tick| Dbfs::of(&said[tick * TICK..][..TICK]) > Dbfs::new(-32.0));
    let first = first.unwrap();
    assert!(scene.on_floor(speaker)[first]);
    let likeness = scene.phones[listener].hears(&said, first, first + 20);
    assert!(likeness > 0.95, "{likeness}");
}

#[test]
fn the_tones_of_a_keypad_are_not_heard_by_others() {
    let key = |n: usize| {
        let tone = |hz: f32| 0.2 * (TAU * hz * n as f32 / 8_000.0).sin();
        tone(770.0) + tone(1_336.0)
    };
    let mut said = speech(0, 300);
    // Three keys of 100 ms, begun somewhere in a tick.
    for start in [100 * TICK + 40, 112 * TICK + 40, 124 * TICK + 40] {
        (start..start + 800).for_each(|n| said[n] = key(n));
        said[start + 800..start + 1_000].fill(0.0);
    }
    let mut scene = Scene::new(8);
    let speaker = scene.join(said);
    let listener = scene.join(silence(300));
    scene.run(300);
    for tick in [101, 102, 103, 104, 113, 114, 115, 116, 125, 126, 127, 128] {
        let level = scene.phones[listener].level(tick, tick + 1);
        assert!(level < -45.0, "tick {tick}: {level} dBFS");
    }
    assert!(scene.phones[listener].level(140, 200) > -35.0, "what is said after that is heard");
    // Nor does a receiver find any, which takes 40 ms of both tones for a key (ITU-T Q.24).
    let keys = |sound: &[f32]| sound.windows(320).step_by(40).filter(|w| is_key(w)).count();
    assert_eq!(keys(&scene.phones[listener].heard[98 * TICK..138 * TICK]), 0);
    assert!(keys(&scene.phones[speaker].says[98 * TICK..138 * TICK]) > 20, "there are three");
}

/// Whether the tones of this test's key are most of some sound (Goertzel's algorithm).
fn is_key(sound: &[f32]) -> bool {
    let power = |hz: f32| {
        let turn = 2.0 * (TAU * hz / 8_000.0).cos();
        let step = |(one, two), sample: &f32| (sample + turn * one - two, one);
        let (one, two): (f32, f32) = sound.iter().fold((0.0, 0.0), step);
        2.0 * (one * one + two * two - turn * one * two) / (sound.len() as f32).powi(2)
    };
    let all = vector::sum_of_squares(sound) / sound.len() as f32;
    all > 3e-5 && power(770.0) + power(1_336.0) > 0.5 * all
}

#[test]
fn a_loudspeaker_that_a_microphone_hears_is_found_and_silenced() {
    let mut scene = Scene::new(8);
    let speaker = scene.join(speech(0, 1_500));
    let echoing = scene.join(silence(1_500));
    let third = scene.join(silence(1_500));
    scene.phones[echoing].returns = Some((1_777, 0.3));
    scene.run(1_200);
    let found = RoomEvent::ReturnFound(scene.phones[echoing].id);
    let told: Vec<usize> =
        scene.events.iter().filter(|(_, event)| *event == found).map(|(tick, _)| *tick).collect();
    assert!(matches!(told[..], [tick] if tick < 400), "{told:?}");
    let after = told[0] + 60;
    assert!(scene.phones[speaker].level(after, 1_200) < -60.0, "who speaks doesn't hear itself");
    // Its own voice is heard all the same.
    let own = speech(2, 200);
    scene.phones[speaker].says.truncate(1_200 * TICK);
    scene.phones[echoing].says = [silence(1_250), own.clone()].concat();
    scene.run(250);
    let own = [silence(1_250), own].concat();
    assert!(scene.phones[third].hears(&own, 1_262, 1_450) > 0.95);
}
