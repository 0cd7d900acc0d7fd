//! Talkers who send next to nothing in their pauses, over a network that jitters: whether their words begin whole.

use std::time::Duration;

use audio::codec::CodecKind;

use super::{Bench, LAG_MAX, pesq};
use crate::Fault;
use crate::far_end::{Participant, Sends};
use crate::outcome::{Figure, Goal, Outcome};
use crate::weather::Weather;

/// By how much packets are delayed at most, each by a time of its own.
const JITTER: Duration = Duration::from_millis(20);

pub(super) fn run(bench: &mut Bench) -> Result<Outcome, Fault> {
    let mut figures = Vec::new();
    let mut curves = Vec::new();
    let mut worst = f64::NEG_INFINITY;
    for (name, codec) in [
        ("Opus by its own way, PESQ less than without", CodecKind::Opus),
        ("PCMU by RFC 3389, PESQ less than without", CodecKind::Pcmu),
    ] {
        let script = bench.script();
        let mut opinion = |dtx| -> Result<f64, Fault> {
            let up = Weather { jitter: JITTER, ..Weather::default() };
            let sends = Sends { dtx, for_speech: true, ..Sends::default() };
            let talker = Participant { sends, up, ..Participant::phone(codec) };
            let heard = bench.listen(&script, talker, Participant::phone(codec), LAG_MAX)?;
            curves = heard.curves();
            Ok(pesq(&bench.score("spurts", &script, &heard)?))
        };
        let less = opinion(false)? - opinion(true)?;
        figures.push(Figure::score(name, less));
        worst = worst.max(less);
    }
    let worst = Figure::score("PESQ less than with all pauses sent, at most", worst);
    figures.insert(0, worst.to_reach(Goal::AtMost(0.15), 0.05));
    Ok(Outcome { figures, curves })
}
