//! A listener whose network loses packets, and who says so: what it gains by what the server then sends.

use std::time::Duration;

use audio::codec::EncoderSettings;

use super::{Bench, Heard, LAG_MAX, pesq};
use crate::Fault;
use crate::far_end::Participant;
use crate::outcome::{Figure, Goal, Outcome};
use crate::speech::Script;
use crate::weather::Weather;

/// What is lost on the way to the listener.
const LOSS: f64 = 0.1;

/// After so long the server has been told twice, and has adapted.
const ADAPTED: Duration = Duration::from_secs(11);

pub(super) fn run(bench: &mut Bench) -> Result<Outcome, Fault> {
    let script = bench.script();
    let [untold, told, repeated] =
        [(false, false), (false, true), (true, true)].map(|(red, reports)| Participant {
            reports,
            hears: EncoderSettings::MIX,
            down: Weather::losing(LOSS),
            ..Participant::browser(red)
        });
    let (without, _) = heard(bench, &script, "untold", untold)?;
    let (with, curves) = heard(bench, &script, "told", told)?;
    let (twice, _) = heard(bench, &script, "repeated", repeated)?;
    let figures = vec![
        Figure::score("PESQ-WB", with).to_reach(Goal::AtLeast(2.8), 0.05),
        Figure::score("PESQ-WB by RED", twice).to_reach(Goal::AtLeast(3.5), 0.05),
        Figure::score("PESQ-WB of one who doesn't tell", without),
    ];
    Ok(Outcome { figures, curves: curves.curves() })
}

/// What such a listener thinks of what it hears after the server has adapted.
fn heard(
    bench: &mut Bench,
    script: &Script,
    name: &str,
    listener: Participant,
) -> Result<(f64, Heard), Fault> {
    let heard = bench.listen(script, Participant::browser(false), listener, LAG_MAX)?;
    let scores = bench.score(name, script, &heard)?;
    let adapted_s = ADAPTED.as_secs_f64();
    let after = script.utterances.iter().zip(&scores);
    let after = after.filter(|(utterance, _)| script.time_of(utterance.start) > adapted_s);
    let after: Vec<_> = after.map(|(_, score)| *score).collect();
    Ok((pesq(&after), heard))
}
