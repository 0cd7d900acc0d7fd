//! A talker whose stream is another every few seconds, amid words, as after transfers: how much of it is missing.

use std::time::Duration;

use audio::codec::CodecKind;

use super::{Bench, LAG_MAX, pesq, stoi};
use crate::Fault;
use crate::far_end::{Participant, Sends};
use crate::outcome::{Figure, Goal, Outcome};

/// How long a stream lasts: a little more than a second and two ticks less than two, so that they change at all places of
/// words.
const EVERY: Duration = Duration::from_millis(1_940);

pub(super) fn run(bench: &mut Bench) -> Result<Outcome, Fault> {
    let script = bench.script();
    let phone = || Participant::phone(CodecKind::Opus);
    let sends = Sends { restarts: Some(EVERY), ..Sends::default() };
    let whole = bench.listen(&script, phone(), phone(), LAG_MAX)?;
    let whole = bench.score("one-stream", &script, &whole)?;
    let heard = bench.listen(&script, Participant { sends, ..phone() }, phone(), LAG_MAX)?;
    let scores = bench.score("many-streams", &script, &heard)?;
    let less = Figure::score("PESQ-WB less than of one stream", pesq(&whole) - pesq(&scores));
    let figures = vec![
        less.to_reach(Goal::AtMost(0.8), 0.05),
        Figure::score("PESQ-WB", pesq(&scores)),
        stoi(&scores),
        Figure::milliseconds("mean stay at the server", heard.mean_stay()),
    ];
    Ok(Outcome { figures, curves: heard.curves() })
}
