//! Who has the floor: the loudest few, without cutting words or changing at every cough.
//!
//! - Who begins to speak while there is a free place gets it in the same tick, so that not even the
//!   first syllable is lost; and if its line has no noise, not even the breath before that.
//! - It has it for a moment at least, as words may begin softly.
//! - A speaker keeps its place over pauses, until its smoothed level has sunk below the gate, and then for a
//!   moment more, if nobody else needs the place.
//! - Nobody but those who are heard above the gate or have the floor is looked at.
//! - When all places are taken, a challenger must have become clearly louder than the faintest
//!   speaker, and for longer than a cough.
//! - Whatever is not speech, as far as that is known by then, counts for nothing; what may be speech has the floor
//!   while nobody who speaks needs the place.

use crate::{
    active::Active,
    events::{EventQueue, RoomEvent},
    guest::{Guests, SpeakerId, fainter},
    seat::Seat,
    settings::RoomSettings,
    slot_id::SlotId,
    slots::Slots,
    voice::Voice,
};
use audio::level::{Dbfs, LevelMeter};

/// Who gets the floor counts as louder than the gate by so much, which is forgotten within 300 ms: so long does a
/// soft beginning keep it.
const HELD_DB: f32 = 15.0 * LevelMeter::RELEASE_DB;

/// Who spoke keeps the floor for so many ticks after its level has sunk below the gate, 400 ms: with what it takes to get
/// there, about a second of pause. Where only that is waited for, sentences lose their breath and the room around them,
/// and with them 0.05 to 0.09 of PESQ-WB (`confab-sound opus-48 opus-24-loss-10-red`).
const PAUSE_TICKS_MAX: u8 = 20;

/// What a room has use for of what a member says: all that is said in vain need not be decoded.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Interest {
    /// For nothing: the member is muted.
    Nothing,
    /// For what is at least so loud: it may get the floor.
    From(Dbfs),
    /// For everything: it has the floor, or whispers.
    Everything,
}

/// Those who are heard, and those who wait to be.
pub(crate) struct Floor {
    part: u16,
    /// Members whose voices are in the mix or may be: they have the floor, or lost it in the last tick and
    /// faded out.
    voices: Vec<Place>,
    /// Of them, those who have the floor.
    speakers: usize,
    speakers_max: usize,
    /// Members who are loud enough in this tick, and haven't got the floor.
    candidates: Vec<SlotId>,
    candidates_max: usize,
    gate_opens: Dbfs,
    gate_closes: Dbfs,
    challenge_db: f32,
}

/// A place on the floor.
#[derive(Clone, Copy)]
struct Place {
    id: SlotId,
    /// The level that the other parts of the room were told last, by which all parts decide alike.
    told: Dbfs,
    /// Ticks since it was last loud enough: no more than [`PAUSE_TICKS_MAX`] are told apart.
    paused: u8,
}

impl Place {
    /// The level by which its speaker is compared with others: that of a long pause gives way to whoever begins.
    fn standing(&self, seat: &Seat, now: u32) -> Dbfs {
        if self.paused > 0 { Dbfs::SILENCE } else { seat.voice.standing(now) }
    }
}

/// All that an election looks at and changes.
pub(crate) struct Election<'a> {
    pub(crate) now: u32,
    pub(crate) slots: &'a mut Slots,
    pub(crate) guests: &'a mut Guests,
    pub(crate) active: &'a mut Active,
    pub(crate) events: &'a mut EventQueue,
}

impl Floor {
    pub(crate) fn new(settings: &RoomSettings) -> Self {
        let speakers_max = settings.speakers_max();
        Self {
            part: settings.part,
            // Each speaker may be replaced in one tick, while it fades out.
            voices: Vec::with_capacity(2 * speakers_max),
            speakers: 0,
            speakers_max,
            candidates: Vec::with_capacity(settings.members_max),
            candidates_max: settings.members_max,
            gate_opens: settings.gate_opens,
            gate_closes: settings.gate_closes,
            challenge_db: settings.challenge_db,
        }
    }

    pub(crate) const fn speakers(&self) -> usize {
        self.speakers
    }

    /// From which level on a voice may get the floor.
    pub(crate) const fn gate(&self, voice: &Voice) -> Dbfs {
        voice.gate(self.gate_opens)
    }

    /// What there is to be gained from a voice in the next tick.
    pub(crate) const fn interest(&self, voice: &Voice) -> Interest {
        if voice.whispers() {
            Interest::Everything
        } else if voice.is_muted() {
            Interest::Nothing
        } else if voice.is_wanted() {
            Interest::Everything
        } else {
            Interest::From(self.gate(voice))
        }
    }

    /// Somebody who hasn't got the floor is loud enough for it in this tick.
    pub(crate) fn nominate(&mut self, id: SlotId) {
        if self.candidates.len() < self.candidates_max {
            self.candidates.push(id);
        }
    }

    /// The members whose voices may be in the mix.
    pub(crate) fn voices(&self) -> impl Iterator<Item = SlotId> {
        self.voices.iter().map(|place| place.id)
    }

    /// The level that other parts are told of each of them.
    pub(crate) fn told(&self) -> impl Iterator<Item = (SpeakerId, Dbfs)> {
        let part = self.part;
        self.voices.iter().map(move |place| (SpeakerId::new(part, place.id), place.told))
    }

    /// How many members stood for this election or have a voice in its outcome.
    pub(crate) const fn concerned(&self) -> usize {
        self.voices.len() + self.candidates.len()
    }

    /// Lets one go who leaves.
    pub(crate) fn remove(&mut self, id: SlotId, has_floor: bool) {
        self.voices.retain(|place| place.id != id);
        self.speakers -= usize::from(has_floor);
    }

    /// Gives and takes the floor by what was heard in this tick.
    pub(crate) fn elect(&mut self, mut election: Election<'_>) {
        self.forget_faded(election.slots);
        self.dismiss_silent(&mut election);
        election.guests.begin(election.now);
        self.yield_to_louder(&mut election);
        // Each round seats one challenger who is louder than whoever it unseats, so rounds end.
        while self.seat_loudest_candidate(&mut election) {}
    }

    /// Ends the tick: nobody is a candidate, and what others are told of levels is as of now.
    pub(crate) fn end_tick(&mut self, now: u32, slots: &Slots) {
        self.candidates.clear();
        for place in &mut self.voices {
            if let Some(seat) = slots.get(place.id) {
                place.told = place.standing(seat, now);
            }
        }
    }

    fn forget_faded(&mut self, slots: &Slots) {
        let is_wanted = |place: &Place| slots.get(place.id).is_some_and(|s| s.voice.is_wanted());
        self.voices.retain(is_wanted);
    }

    fn dismiss_silent(&mut self, election: &mut Election<'_>) {
        for index in 0..self.voices.len() {
            let Place { id, paused, .. } = self.voices[index];
            let Some(seat) = election.slots.get(id) else { continue };
            let (voice, now) = (&seat.voice, election.now);
            // What may be noise is not held by being as loud as that.
            let closes = if voice.is_doubtful() { self.gate_opens } else { self.gate_closes };
            let speaks = voice.level(now) >= self.gate_opens || voice.smoothed_level(now) >= closes;
            let waits = voice.ends_in_speech() && paused < PAUSE_TICKS_MAX;
            self.voices[index].paused = if speaks { 0 } else { paused.saturating_add(1) };
            if voice.has_floor() && (voice.is_muted() || !(speaks || waits)) {
                self.unseat(id, election);
            }
        }
    }

    /// Brings the number of those who have the floor in any part down to those who may be heard. Nobody
    /// is given an advance here: all parts must come to the same end.
    fn yield_to_louder(&mut self, election: &mut Election<'_>) {
        while self.speakers + election.guests.on_floor() > self.speakers_max {
            let own = self.faintest(election.slots, |place, _| place.told);
            let guest = election.guests.faintest();
            match (own, guest) {
                (Some(own), Some(guest)) if fainter(guest.rank(), own).is_lt() => {
                    guest.yield_floor()
                }
                (Some(own), _) => self.unseat(own.1.seat(), election),
                (None, Some(guest)) => guest.yield_floor(),
                (None, None) => return,
            }
        }
    }

    /// Gives the floor to the loudest who hasn't got it, if there is a place or one can be won.
    fn seat_loudest_candidate(&mut self, election: &mut Election<'_>) -> bool {
        let Some((level, challenger)) = self.loudest_candidate(election) else { return false };
        if self.speakers + election.guests.on_floor() >= self.speakers_max {
            let now = election.now;
            let own = self.faintest(election.slots, |place, seat| place.standing(seat, now));
            let guest = election.guests.faintest();
            let beats = |faintest: Dbfs| level >= faintest.plus(self.challenge_db);
            match (own, guest) {
                (own, Some(guest)) if own.is_none_or(|own| fainter(guest.rank(), own).is_lt()) => {
                    if !beats(guest.rank().0) {
                        return false;
                    }
                    guest.yield_floor();
                }
                (Some(own), _) if beats(own.0) => self.unseat(own.1.seat(), election),
                _ => return false,
            }
        }
        self.seat(challenger, level, election);
        true
    }

    fn loudest_candidate(&self, election: &Election<'_>) -> Option<(Dbfs, SlotId)> {
        let Election { now, slots, .. } = election;
        let candidate = |&id: &SlotId| {
            let voice = &slots.get(id)?.voice;
            let stands =
                !voice.has_floor() && !voice.is_muted() && voice.level(*now) >= self.gate(voice);
            stands.then(|| (voice.standing(*now), id))
        };
        let rank = |(level, id)| (level, SpeakerId::new(self.part, id));
        self.candidates.iter().filter_map(candidate).max_by(|&a, &b| fainter(rank(a), rank(b)))
    }

    /// The faintest of our own who have the floor, by some level.
    fn faintest(
        &self,
        slots: &Slots,
        level: impl Fn(&Place, &Seat) -> Dbfs,
    ) -> Option<(Dbfs, SpeakerId)> {
        let rank = |place: &Place| {
            let seat = slots.get(place.id).filter(|seat| seat.voice.has_floor())?;
            Some((level(place, seat), SpeakerId::new(self.part, place.id)))
        };
        self.voices.iter().filter_map(rank).min_by(|&a, &b| fainter(a, b))
    }

    fn seat(&mut self, id: SlotId, level: Dbfs, election: &mut Election<'_>) {
        let Some(seat) = election.slots.get_mut(id) else { return };
        seat.voice.begin(self.gate_opens.plus(HELD_DB));
        // Who lost the floor in this very tick has a place still.
        if !self.voices.iter().any(|place| place.id == id) {
            self.voices.push(Place { id, told: level, paused: 0 });
        }
        self.speakers += 1;
        election.active.add(id, seat);
        election.events.push(RoomEvent::SpeakingStarted(id));
    }

    fn unseat(&mut self, id: SlotId, election: &mut Election<'_>) {
        let Some(seat) = election.slots.get_mut(id) else { return };
        seat.voice.end();
        self.speakers -= 1;
        election.events.push(RoomEvent::SpeakingStopped(id));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Member, shared::Shared, watch::Nature};
    use audio::codec::{CodecKind, EncoderSettings};

    /// Three members and two places.
    struct Stage {
        now: u32,
        floor: Floor,
        slots: Slots,
        guests: Guests,
        active: Active,
        events: EventQueue,
        ids: Vec<SlotId>,
    }

    impl Stage {
        fn new() -> Self {
            let settings = RoomSettings { speakers_max: 2, ..RoomSettings::default() };
            let mut slots = Slots::new(3);
            let mut shared = Shared::new(2);
            let member = || Member::new(CodecKind::Pcmu, EncoderSettings::default()).unwrap();
            let mut seat = || Seat::new(Box::new(member()), &mut shared, 0);
            let ids = (0..3).map(|_| slots.insert(seat()).unwrap()).collect();
            Self {
                now: 0,
                floor: Floor::new(&settings),
                slots,
                guests: Guests::new(4),
                active: Active::new(3),
                events: EventQueue::new(64),
                ids,
            }
        }

        /// Lets each speak at a level in dBFS for some ticks.
        fn speak(&mut self, ticks: usize, levels: [f32; 3]) {
            self.sound(ticks, levels.map(|level| (level, Nature::Speech)));
        }

        /// Lets each bring some sound at a level in dBFS for some ticks.
        fn sound(&mut self, ticks: usize, sounds: [(f32, Nature); 3]) {
            for _ in 0..ticks {
                for (&id, (level, sound)) in self.ids.iter().zip(sounds) {
                    let voice = &mut self.slots.get_mut(id).unwrap().voice;
                    if !voice.is_muted() {
                        voice.hear(Dbfs::new(level), sound, self.now);
                    }
                    self.floor.nominate(id);
                }
                let Self { now, slots, guests, active, events, .. } = self;
                self.floor.elect(Election { now: *now, slots, guests, active, events });
                self.floor.end_tick(self.now, &self.slots);
                self.now += 1;
            }
        }

        fn on_floor(&self) -> [bool; 3] {
            [0, 1, 2].map(|n| self.slots.get(self.ids[n]).unwrap().voice.has_floor())
        }

        fn events(&mut self) -> Vec<RoomEvent> {
            std::iter::from_fn(|| self.events.pop()).collect()
        }
    }

    const QUIET: f32 = -80.0;

    #[test]
    fn who_begins_to_speak_is_heard_in_the_same_tick() {
        let mut stage = Stage::new();
        stage.speak(1, [QUIET, -50.0, QUIET]);
        assert_eq!(stage.on_floor(), [false, true, false]);
        assert_eq!(stage.events(), [RoomEvent::SpeakingStarted(stage.ids[1])]);
    }

    #[test]
    fn who_begins_softly_keeps_the_floor_for_a_moment() {
        let mut stage = Stage::new();
        stage.speak(1, [-46.0, QUIET, QUIET]);
        stage.speak(12, [-62.0, QUIET, QUIET]);
        assert_eq!(stage.on_floor(), [true, false, false], "before the vowel");
        stage.speak(40, [-62.0, QUIET, QUIET]);
        assert_eq!(stage.on_floor(), [false; 3]);
    }

    #[test]
    fn the_breath_before_a_word_is_heard_on_a_still_line_and_a_fan_is_not() {
        let mut stage = Stage::new();
        stage.sound(5, [NOTHING; 3]);
        stage.sound(2, [(-60.0, Nature::Doubt), NOTHING, NOTHING]);
        assert_eq!(stage.on_floor(), [true, false, false]);
        stage.sound(40, [(-58.0, Nature::Doubt), NOTHING, NOTHING]);
        assert_eq!(stage.on_floor(), [false; 3]);
        stage.sound(40, [(-58.0, Nature::Doubt), NOTHING, NOTHING]);
        assert_eq!(stage.events().len(), 2);
    }

    #[test]
    fn the_noise_of_a_line_is_not_speech() {
        let mut stage = Stage::new();
        stage.speak(100, [-55.0, -60.0, -53.0]);
        assert_eq!(stage.on_floor(), [false; 3]);
        assert_eq!(stage.events(), []);
    }

    #[test]
    fn a_pause_does_not_cost_the_floor_and_an_end_does() {
        let mut stage = Stage::new();
        stage.speak(50, [-20.0, QUIET, QUIET]);
        stage.speak(50, [QUIET; 3]);
        assert_eq!(stage.on_floor(), [true, false, false], "a second of pause");
        stage.speak(10, [QUIET; 3]);
        assert_eq!(stage.on_floor(), [false; 3]);
        assert_eq!(
            stage.events(),
            [RoomEvent::SpeakingStarted(stage.ids[0]), RoomEvent::SpeakingStopped(stage.ids[0])]
        );
    }

    #[test]
    fn a_sound_that_is_no_speech_is_not_waited_for() {
        let mut stage = Stage::new();
        stage.sound(20, [(-20.0, Nature::Speech), NOTHING, NOTHING]);
        stage.sound(35, [(-20.0, Nature::Noise), NOTHING, NOTHING]);
        assert_eq!(stage.on_floor(), [false; 3]);
    }

    #[test]
    fn who_pauses_again_and_again_has_as_long_each_time() {
        let mut stage = Stage::new();
        for _ in 0..3 {
            stage.speak(20, [-20.0, QUIET, QUIET]);
            stage.speak(50, [QUIET; 3]);
            assert_eq!(stage.on_floor(), [true, false, false]);
        }
        assert_eq!(stage.events(), [RoomEvent::SpeakingStarted(stage.ids[0])]);
    }

    #[test]
    fn a_pause_gives_way_to_whoever_speaks() {
        let mut stage = Stage::new();
        stage.speak(50, [-20.0, -20.0, QUIET]);
        stage.speak(40, [QUIET, -20.0, QUIET]);
        assert_eq!(stage.on_floor(), [true, true, false]);
        stage.speak(1, [QUIET, -20.0, -30.0]);
        assert_eq!(stage.on_floor(), [false, true, true]);
    }

    #[test]
    fn the_loudest_have_the_floor() {
        let mut stage = Stage::new();
        stage.speak(1, [-30.0, -20.0, -25.0]);
        assert_eq!(stage.on_floor(), [false, true, true]);
    }

    #[test]
    fn a_cough_does_not_take_the_floor_and_a_louder_voice_does() {
        let mut stage = Stage::new();
        stage.speak(50, [-20.0, -30.0, QUIET]);
        stage.speak(4, [-20.0, -30.0, -14.0]);
        assert_eq!(stage.on_floor(), [true, true, false], "80 ms of cough");
        stage.speak(20, [-20.0, -30.0, -14.0]);
        assert_eq!(stage.on_floor(), [true, false, true]);
    }

    const NOTHING: (f32, Nature) = (QUIET, Nature::Doubt);

    #[test]
    fn what_may_be_speech_takes_no_place_from_speech_and_gives_its_own_way() {
        let mut stage = Stage::new();
        stage.sound(50, [(-30.0, Nature::Speech), (-30.0, Nature::Speech), NOTHING]);
        stage.sound(50, [(-30.0, Nature::Speech), (-30.0, Nature::Speech), (-10.0, Nature::Doubt)]);
        assert_eq!(stage.on_floor(), [true, true, false], "a loud cough");
        let mut stage = Stage::new();
        stage.sound(20, [(-10.0, Nature::Doubt), (-30.0, Nature::Speech), NOTHING]);
        assert_eq!(stage.on_floor(), [true, true, false], "there is a place");
        stage.sound(10, [(-10.0, Nature::Doubt), (-30.0, Nature::Speech), (-28.0, Nature::Speech)]);
        assert_eq!(stage.on_floor(), [false, true, true]);
    }

    #[test]
    fn noise_never_gets_the_floor_and_loses_it() {
        let mut stage = Stage::new();
        stage.sound(50, [(-10.0, Nature::Noise), (-10.0, Nature::Withheld), NOTHING]);
        assert_eq!(stage.on_floor(), [false; 3]);
        stage.sound(50, [(-20.0, Nature::Speech), NOTHING, NOTHING]);
        stage.sound(40, [(-20.0, Nature::Noise), NOTHING, NOTHING]);
        assert_eq!(stage.on_floor(), [false; 3]);
    }

    #[test]
    fn voices_of_like_level_do_not_take_turns() {
        let mut stage = Stage::new();
        stage.speak(50, [-20.0, -22.0, QUIET]);
        stage.events();
        stage.speak(200, [-20.0, -22.0, -17.0]);
        assert_eq!(stage.on_floor(), [true, true, false]);
        assert_eq!(stage.events(), []);
    }

    #[test]
    fn the_muted_never_have_the_floor() {
        let mut stage = Stage::new();
        stage.speak(10, [-20.0, QUIET, QUIET]);
        stage.slots.get_mut(stage.ids[0]).unwrap().voice.set_muted(true, stage.now);
        stage.speak(10, [-20.0, QUIET, QUIET]);
        assert_eq!(stage.on_floor(), [false; 3]);
        stage.slots.get_mut(stage.ids[0]).unwrap().voice.set_muted(false, stage.now);
        stage.speak(1, [-20.0, QUIET, QUIET]);
        assert_eq!(stage.on_floor(), [true, false, false]);
    }
}
