//! Participants who were recorded 20 dB apart, one after the other: how loud each is in the mix.

use std::time::Duration;

use audio::codec::CodecKind;

use super::{Bench, SEED, TAIL, room};
use crate::Fault;
use crate::far_end::Participant;
use crate::house::{House, Take};
use crate::level::active_level_db;
use crate::outcome::{Figure, Goal, Outcome};
use crate::speech::{RATE_HZ, Recording, Script};

/// Who speaks, and by how much louder than usual: 20 dB from the loudest to the faintest.
const SPEAKERS: [(Recording, f64); 4] = [
    (Recording::Reader2, -14.0),
    (Recording::Numbers, 6.0),
    (Recording::Cards, -2.0),
    (Recording::Something, -8.0),
];

/// Turns that each has before its level counts: half a minute of the conference.
const TURNS_BEFORE: usize = 2;

/// Turns that count.
const TURNS: usize = 3;

/// By how much later a turn is heard than it is said, at least; the rest is lost in its pauses.
const HEARD_AFTER: Duration = Duration::from_millis(60);

pub(super) fn run(_: &mut Bench) -> Result<Outcome, Fault> {
    let round = Round::new();
    let listener = Participant::phone(CodecKind::Opus);
    let talkers =
        (0..SPEAKERS.len()).map(|number| listener.clone().saying(round.says(number).into()));
    let participants: Vec<_> = talkers.chain([listener.clone()]).collect();
    let mut house = House::open(room(), &participants, SEED)?;
    let rounds = (TURNS_BEFORE + TURNS) as u32;
    house.run_for(round.lasts() * rounds + TAIL)?;
    let takes = house.close()?;
    let heard = takes.last().ok_or(Fault::NothingHeard)?;
    let levels: Vec<f64> = (0..SPEAKERS.len()).map(|number| round.level(number, heard)).collect();
    let loudest = levels.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let faintest = levels.iter().copied().fold(f64::INFINITY, f64::min);
    let spread = Figure::decibels("from the faintest to the loudest", loudest - faintest);
    let names = ["the faintest as recorded", "the loudest", "the second", "the third"];
    let mut figures = vec![spread.to_reach(Goal::AtMost(4.0), 0.5)];
    figures
        .extend(names.into_iter().zip(levels).map(|(name, level)| Figure::decibels(name, level)));
    Ok(Outcome { figures, curves: Vec::new() })
}

/// A round, in which each has a turn.
struct Round {
    turns: Vec<Vec<f32>>,
}

impl Round {
    fn new() -> Self {
        let turn =
            |(recording, decibels)| Script::of(&[recording], 1).at_db(decibels).samples.to_vec();
        Self { turns: SPEAKERS.map(turn).into() }
    }

    /// What one of them says in it: nothing but its turn.
    fn says(&self, number: usize) -> Vec<f32> {
        let turn = |(n, turn): (usize, &Vec<f32>)| {
            if n == number { turn.clone() } else { vec![0.0; turn.len()] }
        };
        self.turns.iter().enumerate().flat_map(turn).collect()
    }

    /// The level of one of them in the turns that count, in dBov.
    fn level(&self, number: usize, heard: &Take) -> f64 {
        let before: usize = self.turns[..number].iter().map(Vec::len).sum();
        let began = heard.began.unwrap_or_default().as_secs_f64();
        let rate_hz = heard.codec.audio_rate().hz();
        let turns = (TURNS_BEFORE..TURNS_BEFORE + TURNS).flat_map(|turn| {
            let start = turn * self.samples() + before;
            let start_s = start as f64 / f64::from(RATE_HZ) + HEARD_AFTER.as_secs_f64() - began;
            let start = (start_s * f64::from(rate_hz)) as usize;
            let length = self.turns[number].len() * (rate_hz / RATE_HZ) as usize;
            heard.heard.iter().skip(start).take(length).copied()
        });
        active_level_db(&turns.collect::<Vec<_>>(), rate_hz)
    }

    fn samples(&self) -> usize {
        self.turns.iter().map(Vec::len).sum()
    }

    fn lasts(&self) -> Duration {
        Duration::from_secs_f64(self.samples() as f64 / f64::from(RATE_HZ))
    }
}
