//! Somebody who comes and goes for whom the room must run at a higher rate: whether the others hear that.

use std::time::Duration;

use audio::codec::CodecKind;

use super::{Bench, Heard, LAG_MAX, SEED, TAIL, pesq, room};
use crate::Fault;
use crate::far_end::Participant;
use crate::house::House;
use crate::listened::Listened;
use crate::outcome::{Figure, Goal, Outcome};
use crate::speech::Script;

/// How long the visitor stays, and stays away: amid words as often as not.
const STAYS: Duration = Duration::from_millis(1_730);

pub(super) fn run(bench: &mut Bench) -> Result<Outcome, Fault> {
    let script = bench.script();
    let alone = listen(&script, false)?;
    let visited = listen(&script, true)?;
    let [(before, even), (after, steps)] =
        [("alone", &alone), ("visited", &visited)].map(|(name, (heard, step))| {
            (bench.score(name, &script, heard).map(|scores| pesq(&scores)), *step)
        });
    let (before, after) = (before?, after?);
    let figures = vec![
        Figure::score("PESQ-NB less than at one rate", before - after)
            .to_reach(Goal::AtMost(0.1), 0.03),
        Figure::decibels("largest step between samples above that at one rate", steps - even)
            .to_reach(Goal::AtMost(1.0), 0.5),
        Figure::score("PESQ-NB", after),
    ];
    Ok(Outcome { figures, curves: visited.0.curves() })
}

/// What one telephone hears of another, and the largest step from one sample of it to the next, in decibels: with a
/// visitor, or without.
fn listen(script: &Script, has_visitor: bool) -> Result<(Heard, f64), Fault> {
    let phone = || Participant::phone(CodecKind::Pcmu);
    let participants = [phone().saying(script.samples.clone()), phone()];
    let mut house = House::open(room(), &participants, SEED)?;
    let end = script.lasts() + TAIL;
    while house.now() + 2 * STAYS < end {
        house.run_for(STAYS)?;
        if has_visitor {
            house.join(&Participant::phone(CodecKind::Opus))?;
        }
        house.run_for(STAYS)?;
        if has_visitor {
            house.leave()?;
        }
    }
    house.run_for(end.saturating_sub(house.now()))?;
    let takes = house.close()?;
    let steps = takes[1].heard.windows(2).map(|pair| f64::from((pair[1] - pair[0]).abs()));
    let step_db = 20.0 * steps.fold(f64::MIN_POSITIVE, f64::max).log10();
    let listened = Listened::new(&participants[0], &takes[0], &takes[1])?;
    let moments = listened.moments(LAG_MAX);
    Ok((Heard { listened, moments }, step_db))
}
