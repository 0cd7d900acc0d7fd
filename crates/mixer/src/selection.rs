//! Who has the floor: the loudest few, without cutting words or changing at every cough.
//!
//! - Who begins to speak while there is a free place gets it in the same tick, so that not even the
//!   first syllable is lost.
//! - A speaker keeps its place over pauses, until its smoothed level has sunk below the gate.
//! - When all places are taken, a challenger must have become clearly louder than the faintest
//!   speaker, and for longer than a cough.

use crate::{
    events::{EventQueue, RoomEvent},
    settings::RoomSettings,
    slots::{SlotId, Slots},
    voice::Voice,
};
use audio::level::Dbfs;

/// What a room has use for of what a member says: all that is said in vain need not be decoded.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Interest {
    /// For nothing: the member is muted.
    Nothing,
    /// For what is at least so loud: it may get the floor.
    From(Dbfs),
    /// For everything: it has the floor.
    Everything,
}

/// Those who are heard.
pub(crate) struct Floor {
    speakers: Vec<SlotId>,
    speakers_max: usize,
    gate_opens: Dbfs,
    gate_closes: Dbfs,
    challenge_db: f32,
}

impl Floor {
    pub(crate) fn new(settings: &RoomSettings) -> Self {
        let speakers_max = settings.speakers_max.max(1);
        Self {
            speakers: Vec::with_capacity(speakers_max),
            speakers_max,
            gate_opens: settings.gate_opens,
            gate_closes: settings.gate_closes,
            challenge_db: settings.challenge_db,
        }
    }

    pub(crate) fn speakers(&self) -> usize {
        self.speakers.len()
    }

    /// What there is to be gained from a voice in the next tick.
    pub(crate) fn interest(&self, voice: &Voice) -> Interest {
        if voice.is_muted() {
            Interest::Nothing
        } else if voice.has_floor() || voice.is_sounding() {
            Interest::Everything
        } else {
            Interest::From(self.gate_opens)
        }
    }

    /// Takes the floor from one that leaves.
    pub(crate) fn remove(&mut self, id: SlotId) {
        self.speakers.retain(|&speaker| speaker != id);
    }

    /// Measures what was heard in this tick, and gives and takes the floor accordingly.
    pub(crate) fn elect(&mut self, slots: &mut Slots, events: &mut EventQueue) {
        let mut anybody_waits = false;
        slots.for_each(|_, member| {
            member.voice.measure();
            anybody_waits |= self.is_candidate(&member.voice);
        });
        self.dismiss_silent(slots, events);
        // Each round seats one challenger who is louder than whoever it unseats, so rounds end.
        while anybody_waits && self.seat_loudest_candidate(slots, events) {}
    }

    fn dismiss_silent(&mut self, slots: &mut Slots, events: &mut EventQueue) {
        let (opens, closes) = (self.gate_opens, self.gate_closes);
        self.speakers.retain(|&id| {
            let Some(member) = slots.get_mut(id) else { return false };
            let voice = &mut member.voice;
            let speaks = voice.level() >= opens || voice.smoothed_level() >= closes;
            let keeps_floor = speaks && !voice.is_muted();
            if !keeps_floor {
                voice.set_floor(false);
                events.push(RoomEvent::SpeakingStopped(id));
            }
            keeps_floor
        });
    }

    /// Gives the floor to the loudest who hasn't got it, if there is a place or one can be won.
    fn seat_loudest_candidate(&mut self, slots: &mut Slots, events: &mut EventQueue) -> bool {
        let candidates = slots.iter().filter(|(_, member)| self.is_candidate(&member.voice));
        let levels = candidates.map(|(id, member)| (id, member.voice.smoothed_level()));
        let Some((challenger, level)) = levels.max_by(|a, b| louder(*a, *b)) else { return false };
        if self.speakers.len() == self.speakers_max {
            let Some((faintest, faintest_level)) = self.faintest_speaker(slots) else {
                return false;
            };
            if level < faintest_level.plus(self.challenge_db) {
                return false;
            }
            self.remove(faintest);
            if let Some(member) = slots.get_mut(faintest) {
                member.voice.set_floor(false);
                events.push(RoomEvent::SpeakingStopped(faintest));
            }
        }
        if let Some(member) = slots.get_mut(challenger) {
            member.voice.set_floor(true);
            self.speakers.push(challenger);
            events.push(RoomEvent::SpeakingStarted(challenger));
        }
        true
    }

    fn faintest_speaker(&self, slots: &Slots) -> Option<(SlotId, Dbfs)> {
        let level = |&id: &SlotId| slots.get(id).map(|member| (id, member.voice.smoothed_level()));
        self.speakers.iter().filter_map(level).min_by(|a, b| louder(*a, *b))
    }

    fn is_candidate(&self, voice: &Voice) -> bool {
        !voice.has_floor() && !voice.is_muted() && voice.level() >= self.gate_opens
    }
}

/// Orders by level, and among equals by place, so that the outcome never depends on chance.
fn louder(a: (SlotId, Dbfs), b: (SlotId, Dbfs)) -> std::cmp::Ordering {
    a.1.decibels().total_cmp(&b.1.decibels()).then(b.0.cmp(&a.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::member::Member;
    use audio::codec::{CodecKind, EncoderSettings};

    /// Three members and two places.
    struct Stage {
        floor: Floor,
        slots: Slots,
        events: EventQueue,
        ids: Vec<SlotId>,
    }

    impl Stage {
        fn new() -> Self {
            let settings = RoomSettings { speakers_max: 2, ..RoomSettings::default() };
            let mut slots = Slots::new(3);
            let member = || Member::new(CodecKind::Pcmu, EncoderSettings::default()).unwrap();
            let ids = (0..3).map(|_| slots.insert(Box::new(member())).unwrap()).collect();
            Self { floor: Floor::new(&settings), slots, events: EventQueue::new(64), ids }
        }

        /// Lets each speak at a level in dBFS for some ticks.
        fn speak(&mut self, ticks: usize, levels: [f32; 3]) {
            for _ in 0..ticks {
                for (&id, level) in self.ids.iter().zip(levels) {
                    let amplitude = 10f32.powf(level / 20.0);
                    self.slots.get_mut(id).unwrap().voice.hear(&[amplitude; 160]);
                }
                self.floor.elect(&mut self.slots, &mut self.events);
                self.slots.for_each(|_, member| member.voice.end_tick());
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
        stage.speak(25, [QUIET; 3]);
        assert_eq!(stage.on_floor(), [true, false, false], "half a second of pause");
        stage.speak(15, [QUIET; 3]);
        assert_eq!(stage.on_floor(), [false; 3]);
        assert_eq!(
            stage.events(),
            [RoomEvent::SpeakingStarted(stage.ids[0]), RoomEvent::SpeakingStopped(stage.ids[0])]
        );
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
        stage.slots.get_mut(stage.ids[0]).unwrap().voice.set_muted(true);
        stage.speak(10, [-20.0, QUIET, QUIET]);
        assert_eq!(stage.on_floor(), [false; 3]);
        stage.slots.get_mut(stage.ids[0]).unwrap().voice.set_muted(false);
        stage.speak(1, [-20.0, QUIET, QUIET]);
        assert_eq!(stage.on_floor(), [true, false, false]);
    }
}
