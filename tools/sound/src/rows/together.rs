//! Two people who speak at once: whether each is found in the mix, all the time.

use audio::codec::CodecKind;

use super::{Bench, LAG_MAX, SEED, TAIL, room};
use crate::Fault;
use crate::far_end::Participant;
use crate::house::House;
use crate::listened::{Listened, Presence};
use crate::outcome::{Curve, Figure, Goal, Outcome};
use crate::speech::{Recording, Script};

/// From this correlation on somebody counts as found. One of two who are equally loud correlates by 0.7, one who is
/// 12 dB fainter by 0.25, and one who isn't there by 0.05.
const FOUND_MIN: f32 = 0.15;

/// By how many decibels one may be fainter in a second that counts: else it is a pause of the one.
const FAINTER_DB: f32 = 12.0;

pub(super) fn run(_: &mut Bench) -> Result<Outcome, Fault> {
    let one = Script::of(&[Recording::Reader2, Recording::Reader1, Recording::Reader3], 6);
    let other = Script::of(&[Recording::Numbers, Recording::Cards, Recording::Something], 8);
    let phone = || Participant::phone(CodecKind::Opus);
    let [first, second] = [&one, &other].map(|script| phone().saying(script.samples.clone()));
    let participants = [first, second, phone()];
    let mut house = House::open(room(), &participants, SEED)?;
    house.run_for(one.lasts().min(other.lasts()) + TAIL)?;
    let takes = house.close()?;
    let found = |number: usize| -> Result<Vec<Presence>, Fault> {
        let listened = Listened::new(&participants[number], &takes[number], &takes[2])?;
        Ok(listened.presence(&listened.moments(LAG_MAX)))
    };
    Ok(outcome(&found(0)?, &found(1)?))
}

fn outcome(one: &[Presence], other: &[Presence]) -> Outcome {
    let speak_both = |one: &Presence, other: &Presence| {
        one.at_s == other.at_s && (one.level_db - other.level_db).abs() <= FAINTER_DB
    };
    let with = |one| Some((one, other.iter().find(|other| speak_both(one, other))?));
    let both: Vec<(&Presence, &Presence)> = one.iter().filter_map(with).collect();
    let found = both.iter().filter(|(a, b)| a.score.min(b.score) >= FOUND_MIN).count();
    let share = Figure::percent("of the time both are found", found as f64 / both.len() as f64);
    let weakest = both.iter().map(|(a, b)| a.score.min(b.score)).fold(1.0, f32::min);
    let figures = vec![
        share.to_reach(Goal::AtLeast(100.0), 0.5),
        Figure::score("weakest correlation", f64::from(weakest)),
        Figure::count("seconds", both.len()),
    ];
    let points = |of: &[Presence]| of.iter().map(|p| (p.at_s, f64::from(p.score))).collect();
    let curves = vec![
        Curve { name: "one", unit: "", points: points(one) },
        Curve { name: "the other", unit: "", points: points(other) },
    ];
    Outcome { figures, curves }
}
