//! Recorded voices in a room: all are heard equally loudly, and noise less than it was said.
#![allow(clippy::unwrap_used, missing_docs, reason = "a test may fail where it stands")]

#[path = "../../audio/tests/recorded/mod.rs"]
mod recorded;

use audio::{
    Rate, TICKS_PER_SECOND,
    codec::{CodecKind, EncoderSettings},
    level::Dbfs,
    leveller::Leveller,
    resample::Resampler,
    vector,
};
use mixer::{DENOISERS_MAX, Denoise, Desk, Member, Room, RoomSettings, SlotId, StripSettings};
use recorded::{loudness, noise, speech};

/// The sentences that are said.
const SAID: [usize; 4] = [0, 1, 2, 4];

const SECOND: usize = TICKS_PER_SECOND as usize;

/// Somebody who says one of the sentences again and again.
struct Person {
    id: SlotId,
    rate: Rate,
    speech: Vec<f32>,
    /// What the room made of it: its share of the mix.
    share: Vec<f32>,
}

struct Scene {
    room: Room,
    desk: Desk,
    people: Vec<Person>,
    ticks: usize,
}

impl Scene {
    fn new(strip: StripSettings) -> Self {
        let settings = RoomSettings { strip, ..RoomSettings::default() };
        Self { room: Room::new(settings), desk: Desk::new(), people: Vec::new(), ticks: 0 }
    }

    fn join(&mut self, codec: CodecKind, sentence: usize, gain_db: f32, noise_dbfs: f32) {
        let rate = codec.audio_rate();
        let member = Member::new(codec, EncoderSettings::default()).unwrap();
        let id = self.room.join(Box::new(member)).unwrap();
        let mut speech = speech(SAID[sentence % SAID.len()], rate, gain_db);
        let noise = noise(speech.len(), noise_dbfs);
        vector::add(&mut speech, &noise);
        self.people.push(Person { id, rate, speech, share: Vec::new() });
    }

    /// Somebody's codec changes to another; whether the voice is known to be the same.
    fn change_codec(&mut self, person: usize, codec: CodecKind, is_known: bool) {
        let (rate, before) = (codec.audio_rate(), self.people[person].rate);
        let mut member = Member::new(codec, EncoderSettings::default()).unwrap();
        let left = self.room.leave(self.people[person].id).unwrap();
        if is_known {
            member.go_on_as(&left);
        }
        let person = &mut self.people[person];
        let mut speech =
            vec![0.0; person.speech.len() / before.tick_samples() * rate.tick_samples()];
        Resampler::new(before, rate).process(&person.speech, &mut speech);
        let id = self.room.join(Box::new(member)).unwrap();
        *person = Person { id, rate, speech, share: Vec::new() };
    }

    /// Lets some speak for some ticks, and the others be silent.
    fn run(&mut self, ticks: usize, speaks: impl Fn(usize) -> bool) {
        for _ in 0..ticks {
            for (n, person) in self.people.iter().enumerate().filter(|(n, _)| speaks(*n)) {
                // Nobody begins where another does.
                let tick_samples = person.rate.tick_samples();
                let from = (self.ticks + 37 * n) * tick_samples % person.speech.len();
                self.room.hear(person.id, &person.speech[from..from + tick_samples]);
            }
            self.room.mix(&mut self.desk);
            for spoken in self.room.spoken(&self.desk) {
                let speaker = spoken.speaker.seat();
                let person = self.people.iter_mut().find(|person| person.id == speaker).unwrap();
                person.share.extend_from_slice(spoken.frame.samples());
            }
            while self.room.poll_event().is_some() {}
            self.ticks += 1;
        }
    }

    /// How loud somebody is in the mix, over the last seconds that it spoke.
    fn loudness(&self, person: usize, seconds: usize) -> f32 {
        let share = &self.people[person].share;
        let rate = self.room.rate();
        loudness(&share[share.len() - seconds * rate.hz() as usize..], rate)
    }
}

fn spread(levels: &[f32]) -> f32 {
    let (least, most) =
        levels.iter().fold((f32::MAX, f32::MIN), |(a, b), &level| (a.min(level), b.max(level)));
    most - least
}

const CODECS: [CodecKind; 4] = [CodecKind::Opus, CodecKind::Pcma, CodecKind::G722, CodecKind::Pcmu];

#[test]
fn four_people_recorded_twenty_decibels_apart_are_heard_alike() {
    let mut scene = Scene::new(StripSettings::default());
    for (n, gain_db) in [2.0, -18.0, -11.0, -5.0].into_iter().enumerate() {
        scene.join(CODECS[n], n, gain_db, -75.0);
    }
    // One after the other, and then again: nobody is forgotten meanwhile.
    for _ in 0..2 {
        for speaker in 0..4 {
            scene.run(8 * SECOND, |person| person == speaker);
            scene.run(2 * SECOND, |_| false);
        }
    }
    let levels: Vec<f32> = (0..4).map(|person| scene.loudness(person, 6)).collect();
    assert!(spread(&levels) < 3.0, "{levels:?} LUFS");
    let wrong = levels.iter().map(|level| (level - Leveller::TARGET.decibels()).abs());
    assert!(wrong.fold(0.0, f32::max) < 2.0, "{levels:?} LUFS");
}

#[test]
fn they_are_when_all_speak_at_once() {
    let mut scene = Scene::new(StripSettings::default());
    for (n, gain_db) in [2.0, -18.0, -11.0, -5.0].into_iter().enumerate() {
        scene.join(CODECS[n], n, gain_db, -75.0);
    }
    scene.run(15 * SECOND, |_| true);
    let levels: Vec<f32> = (0..4).map(|person| scene.loudness(person, 8)).collect();
    assert!(spread(&levels) < 3.0, "{levels:?} LUFS");
}

#[test]
fn a_room_may_leave_voices_as_they_are() {
    let mut scene = Scene::new(StripSettings::BYPASS);
    scene.join(CodecKind::Pcma, 0, -15.0, -45.0);
    scene.run(10 * SECOND, |_| true);
    let said = &scene.people[0].speech;
    let ticks = said.len() / 160;
    let heard = &scene.people[0].share;
    let place = (heard.len() / 160 - 1) % ticks * 160;
    assert_eq!(heard[heard.len() - 160..], said[place..place + 160]);
    assert_eq!(scene.room.stats().denoised, 0);
}

#[test]
fn a_noisy_leg_is_denoised_and_a_clean_one_is_not() {
    let mut scene = Scene::new(StripSettings::default());
    scene.join(CodecKind::Opus, 0, 0.0, -38.0);
    scene.join(CodecKind::Opus, 1, 0.0, -75.0);
    scene.run(10 * SECOND, |person| person == 1);
    assert_eq!(scene.room.stats().denoised, 0);
    scene.run(10 * SECOND, |person| person == 0);
    assert_eq!(scene.room.stats().denoised, 1);
    // In a pause, what is left of the noise.
    let quietest = |samples: &[f32]| {
        let ticks = samples.chunks_exact(960).map(|tick| Dbfs::of(tick).decibels());
        ticks.fold(0.0, f32::min)
    };
    let share = &scene.people[0].share;
    let left = quietest(&share[share.len() - 5 * 48_000..]);
    let said = quietest(&scene.people[0].speech);
    assert!(left < said - 10.0, "{said} dBFS became {left}");
    scene.room.set_denoise(scene.people[0].id, Some(Denoise::Never));
    scene.run(3 * SECOND, |person| person == 0);
    assert_eq!(scene.room.stats().denoised, 0);
}

#[test]
fn no_more_are_denoised_at_once_than_a_desk_can_bear() {
    let strip = StripSettings { denoise: Denoise::Always, ..StripSettings::default() };
    let settings = RoomSettings { strip, speakers_max: 24, ..RoomSettings::default() };
    let mut desk = Desk::new();
    let mut rooms = [Room::new(settings), Room::new(settings)];
    let mut denoised = 0;
    let voice = speech(SAID[0], Rate::Hz8000, 0.0);
    for room in &mut rooms {
        let member = || Member::new(CodecKind::Pcma, EncoderSettings::default()).unwrap();
        let ids: Vec<SlotId> = (0..24).map(|_| room.join(Box::new(member())).unwrap()).collect();
        for tick in voice[8_000..].chunks_exact(160).take(10) {
            ids.iter().for_each(|&id| room.hear(id, tick));
            room.mix(&mut desk);
        }
        denoised += room.stats().denoised as usize;
    }
    assert_eq!(denoised, DENOISERS_MAX);
}

#[test]
fn a_voice_is_as_loud_as_before_when_its_codec_changes() {
    let after_change = |is_known| {
        let mut scene = Scene::new(StripSettings::default());
        scene.join(CodecKind::G722, 0, -20.0, -90.0);
        // For whom the room has the rate already that the other codec needs.
        scene.join(CodecKind::Opus, 1, 0.0, -90.0);
        let speaks = |person| person == 0;
        scene.run(15 * SECOND, speaks);
        let before = scene.loudness(0, 5);
        scene.change_codec(0, CodecKind::Opus, is_known);
        // A little of it passes before the voice has the floor again.
        scene.run(SECOND + 10, speaks);
        (scene.loudness(0, 1) - before).abs()
    };
    let (known, unknown) = (after_change(true), after_change(false));
    assert!(
        known < 2.5 && unknown > known + 3.0,
        "{known} dB off, and {unknown} if it isn't known"
    );
}
