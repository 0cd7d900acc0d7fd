//! Rooms in which anything may happen, tick after tick, against what must hold all the same.

use super::*;
use crate::{Heed, StripSettings};
use audio::{
    TICK_SAMPLES_MAX,
    codec::{CodecKind, Delivery, EncoderSettings},
};
use proptest::{collection::vec, prelude::*};

const SPEAKERS_MAX: usize = 3;

/// Something that happens to somebody between two ticks. Whom it concerns is a number that is
/// taken modulo those present.
#[derive(Debug, Clone)]
enum Step {
    Join(CodecKind),
    Leave(usize),
    Mute(usize, bool),
    Hold(usize, bool),
    Deliver(usize, Delivery),
    Talk(usize, f32),
    Hush(usize),
    Sound(Tone),
    Tick,
}

fn any_step(codecs: &'static [CodecKind]) -> impl Strategy<Value = Step> {
    let who = 0..6usize;
    let delivery = proptest::sample::select(Delivery::ALL.to_vec());
    prop_oneof![
        3 => proptest::sample::select(codecs).prop_map(Step::Join),
        1 => who.clone().prop_map(Step::Leave),
        1 => (who.clone(), any::<bool>()).prop_map(|(who, on)| Step::Mute(who, on)),
        1 => (who.clone(), any::<bool>()).prop_map(|(who, on)| Step::Hold(who, on)),
        1 => (who.clone(), delivery).prop_map(|(who, how)| Step::Deliver(who, how)),
        4 => (who.clone(), 0.0f32..0.5).prop_map(|(who, loudness)| Step::Talk(who, loudness)),
        2 => who.prop_map(Step::Hush),
        6 => Just(Step::Tick),
    ]
}

fn any_steps(codecs: &'static [CodecKind]) -> impl Strategy<Value = Vec<Step>> {
    vec(any_step(codecs), 1..60)
}

/// Steps in all codecs, with tones.
fn steps_of_all_kinds() -> impl Strategy<Value = Vec<Step>> {
    let tone = proptest::sample::select(Tone::ALL.to_vec()).prop_map(Step::Sound);
    vec(prop_oneof![20 => any_step(&CodecKind::ALL), 1 => tone], 1..60)
}

/// One present, and what the room must do with it.
struct Person {
    id: SlotId,
    codec: CodecKind,
    loudness: Option<f32>,
    is_muted: bool,
    is_held: bool,
    has_floor: bool,
    is_sounding: bool,
    last_sample: f32,
}

/// A room, and those in it.
struct Scene {
    room: Room,
    desk: Desk,
    people: Vec<Person>,
    ticks: usize,
    /// What broke off when people left since the last tick.
    broken_off_at: f32,
}

impl Scene {
    fn new() -> Self {
        let settings = RoomSettings {
            speakers_max: SPEAKERS_MAX,
            strip: StripSettings::BYPASS,
            heed: Heed::AnySound,
            ..RoomSettings::default()
        };
        Self {
            room: Room::new(settings),
            desk: Desk::new(),
            people: Vec::new(),
            ticks: 0,
            broken_off_at: 0.0,
        }
    }

    fn join(&mut self, codec: CodecKind) {
        let settings = EncoderSettings { opus_complexity: 0, ..EncoderSettings::default() };
        let id = self.room.join(Box::new(Member::new(codec, settings).unwrap())).unwrap();
        self.people.push(Person {
            id,
            codec,
            loudness: None,
            is_muted: false,
            is_held: false,
            has_floor: false,
            is_sounding: false,
            last_sample: 0.0,
        });
    }

    /// Does one step, other than a tick.
    fn take(&mut self, step: &Step) {
        match *step {
            Step::Join(codec) => return self.join(codec),
            Step::Sound(tone) => return self.room.sound(tone),
            _ => {}
        }
        let (Step::Leave(who)
        | Step::Mute(who, _)
        | Step::Hold(who, _)
        | Step::Deliver(who, _)
        | Step::Talk(who, _)
        | Step::Hush(who)) = *step
        else {
            return;
        };
        let Some(who) = who.checked_rem(self.people.len()) else { return };
        let person = &mut self.people[who];
        match *step {
            Step::Talk(_, loudness) => person.loudness = Some(loudness),
            Step::Hush(_) => person.loudness = None,
            Step::Mute(_, on) => {
                person.is_muted = on;
                self.room.set_muted(person.id, on);
            }
            Step::Hold(_, on) => {
                person.is_held = on;
                self.room.set_deaf(person.id, on);
            }
            Step::Deliver(_, how) => self.room.set_delivery(person.id, how),
            _ => {
                let person = self.people.remove(who);
                self.broken_off_at += if person.is_sounding { person.last_sample } else { 0.0 };
                assert!(self.room.leave(person.id).is_some());
            }
        }
    }

    /// What somebody says in this tick: a note, and noise to tell it from any other.
    fn says(&self, person: &Person) -> Option<Vec<f32>> {
        let loudness = person.loudness?;
        let samples = person.codec.audio_rate().tick_samples();
        let seed = person.id.index() * 7_919 + self.ticks * 104_729;
        let sample = |n: usize| {
            let noise = ((seed + n) * 2_654_435_761 % 1_000) as f32 / 500.0 - 1.0;
            loudness * (0.8 * (n as f32 * 0.3).sin() + 0.2 * noise)
        };
        Some((0..samples).map(sample).collect())
    }

    /// Runs a tick. `speech` says what is heard of the person at a place.
    fn tick(&mut self, speech: impl Fn(&Self, usize) -> Option<Vec<f32>>) {
        for place in 0..self.people.len() {
            if let Some(samples) = speech(self, place) {
                self.room.hear(self.people[place].id, &samples);
            }
        }
        self.room.mix(&mut self.desk);
        self.ticks += 1;
        while let Some(event) = self.room.poll_event() {
            let (id, has_floor) = match event {
                RoomEvent::SpeakingStarted(id) => (id, true),
                RoomEvent::SpeakingStopped(id) => (id, false),
                RoomEvent::PlaybackEnded(_) | RoomEvent::ReturnFound(_) => continue,
            };
            let person = self.people.iter_mut().find(|person| person.id == id).unwrap();
            assert_ne!(person.has_floor, has_floor, "events take turns");
            person.has_floor = has_floor;
        }
    }

    fn said_as_they_are(&self, place: usize) -> Option<Vec<f32>> {
        self.says(&self.people[place])
    }

    fn outputs(&self) -> Vec<Option<Vec<u8>>> {
        let output = |person: &Person| Some(self.room.output(person.id)?.payload.to_vec());
        self.people.iter().map(output).collect()
    }

    /// What each contributes to the tick that just ran, reckoned sample by sample at 8 kHz.
    fn expected_share(person: &mut Person, said: Option<Vec<f32>>) -> Vec<f64> {
        let said = said.filter(|_| !person.is_muted);
        let sounds = person.has_floor && said.is_some();
        let last = f64::from(person.last_sample);
        let fade = |n: usize| 1.0 - n.min(40) as f64 / 40.0;
        let share: Vec<f64> = (0..160)
            .map(|n| {
                let sample = said.as_ref().map(|said| f64::from(said[n]));
                match (person.is_sounding, sounds) {
                    (true, true) => sample.unwrap(),
                    (false, true) => sample.unwrap() * (1.0 - fade(n)),
                    // What goes on is faded as late as the filters behind it bear: from 11 ms on.
                    (true, false) => sample.map_or_else(
                        || last * fade(n),
                        |sample| sample * fade(n.saturating_sub(88)),
                    ),
                    (false, false) => 0.0,
                }
            })
            .collect();
        person.is_sounding = sounds;
        person.last_sample = share[159] as f32;
        share
    }
}

impl Scene {
    /// What a member hears in this tick, before it is limited and encoded.
    fn mix_for(&self, id: SlotId) -> &Frame {
        self.desk.mixer.get(self.room.slots.get(id).unwrap().mix).frame
    }
}

/// Few speak, none of them muted, and all but the held are sent something.
fn keeps_order(steps: &[Step]) -> Result<(), TestCaseError> {
    let mut scene = Scene::new();
    for step in steps {
        scene.take(step);
        if !matches!(step, Step::Tick) {
            continue;
        }
        scene.tick(Scene::said_as_they_are);
        let speakers = scene.people.iter().filter(|person| person.has_floor);
        prop_assert_eq!(speakers.clone().count(), scene.room.stats().speakers as usize);
        prop_assert!(speakers.clone().count() <= SPEAKERS_MAX);
        prop_assert!(speakers.clone().all(|person| !person.is_muted));
        for person in &scene.people {
            prop_assert_eq!(scene.room.output(person.id).is_none(), person.is_held);
        }
        let listeners = scene.people.iter().filter(|person| !person.is_held).count();
        prop_assert!(scene.room.stats().encodes as usize <= listeners);
    }
    Ok(())
}

/// What chance has found once: who spoke as its hold ended was sent nothing, if it had begun to lose packets meanwhile.
#[test]
fn who_speaks_as_its_hold_ends_is_sent_something() {
    let steps = [
        Step::Join(CodecKind::Pcmu),
        Step::Join(CodecKind::Opus),
        Step::Hold(1, true),
        Step::Deliver(1, Delivery::Lossy),
        Step::Talk(1, 0.3),
        Step::Hold(1, false),
        Step::Tick,
    ];
    keeps_order(&steps).unwrap();
}

const NARROWBAND: &[CodecKind] = &[CodecKind::Pcmu, CodecKind::Pcma];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// Each hears the sum of the others' shares, as a naive mixer would reckon it.
    #[test]
    fn mixes_agree_with_a_naive_mixer(steps in any_steps(NARROWBAND)) {
        let mut scene = Scene::new();
        for step in &steps {
            scene.take(step);
            if !matches!(step, Step::Tick) {
                continue;
            }
            let said: Vec<_> = (0..scene.people.len()).map(|n| scene.said_as_they_are(n)).collect();
            let tail = f64::from(std::mem::take(&mut scene.broken_off_at));
            scene.tick(|_, place| said[place].clone());
            let people = scene.people.iter_mut().zip(said);
            let shares: Vec<_> = people.map(|(p, said)| Scene::expected_share(p, said)).collect();
            for (listener, person) in scene.people.iter().enumerate() {
                let mix = scene.mix_for(person.id).samples();
                for (n, &sample) in mix.iter().enumerate() {
                    let others = shares.iter().enumerate().filter(|(place, _)| *place != listener);
                    let expected = others.map(|(_, share)| share[n]).sum::<f64>()
                        + tail * (1.0 - n.min(40) as f64 / 40.0);
                    prop_assert!((f64::from(sample) - expected).abs() < 1e-5);
                }
            }
        }
    }

    /// Whatever happens: few speak, none of them muted, and all but the held are sent something.
    #[test]
    fn the_floor_is_never_overcrowded_or_the_mutes(steps in steps_of_all_kinds()) {
        keeps_order(&steps)?;
    }

    /// The same steps give the same bytes.
    #[test]
    fn a_room_is_deterministic(steps in steps_of_all_kinds()) {
        let (mut one, mut other) = (Scene::new(), Scene::new());
        for step in &steps {
            one.take(step);
            other.take(step);
            if matches!(step, Step::Tick) {
                one.tick(Scene::said_as_they_are);
                other.tick(Scene::said_as_they_are);
                prop_assert_eq!(one.outputs(), other.outputs());
            }
        }
    }

    /// What a speaker is sent doesn't depend on what it says, not in a single bit: upside down, its
    /// voice is as loud, and sounds different to all but itself.
    #[test]
    fn nobody_hears_itself(
        codec in proptest::sample::select(CodecKind::ALL.to_vec()),
        steps in steps_of_all_kinds(),
    ) {
        // Loud enough never to lose the floor, and set aside while steps choose whom they concern.
        const LOUD: f32 = 0.95;
        let upright = |scene: &Scene, place: usize| scene.said_as_they_are(place);
        let upside_down = |scene: &Scene, place: usize| {
            let said = scene.said_as_they_are(place)?;
            let is_self = scene.people[place].loudness == Some(LOUD);
            Some(if is_self { said.iter().map(|sample| -sample).collect() } else { said })
        };
        let [mut one, mut other] = [Scene::new(), Scene::new()];
        for scene in [&mut one, &mut other] {
            scene.join(codec);
            scene.people[0].loudness = Some(LOUD);
        }
        let self_id = one.people[0].id;
        for step in &steps {
            for scene in [&mut one, &mut other] {
                let aside = scene.people.remove(0);
                scene.take(step);
                scene.people.insert(0, aside);
            }
            if matches!(step, Step::Tick) {
                one.tick(upright);
                other.tick(upside_down);
                let outputs = [&one, &other].map(|scene| scene.room.output(self_id));
                prop_assert_eq!(outputs[0], outputs[1]);
                let (mix_one, mix_other) = (one.mix_for(self_id), other.mix_for(self_id));
                prop_assert_eq!(mix_one.samples(), mix_other.samples());
            }
        }
    }

    /// Whatever samples come in, what goes to the encoders is sound within full scale.
    #[test]
    fn nothing_leaves_full_scale(
        codecs in vec(proptest::sample::select(CodecKind::ALL.to_vec()), 1..5),
        ticks in vec(vec(any_sample(), 0..20), 1..8),
    ) {
        let mut scene = Scene::new();
        codecs.iter().for_each(|&codec| scene.join(codec));
        for pattern in &ticks {
            let repeated = || pattern.iter().copied().cycle().take(TICK_SAMPLES_MAX).collect();
            scene.tick(|_, _| (!pattern.is_empty()).then(repeated));
            for person in &scene.people {
                prop_assert!(scene.room.output(person.id).is_some());
                let peak = scene.room.slots.get(person.id).unwrap().peak(&scene.room.shared);
                prop_assert!((0.0..=1.0).contains(&peak));
            }
        }
    }
}

fn any_sample() -> impl Strategy<Value = f32> {
    prop_oneof![
        -1.0f32..1.0,
        Just(1.0),
        Just(f32::NAN),
        Just(f32::INFINITY),
        Just(f32::MIN),
        any::<f32>(),
    ]
}
