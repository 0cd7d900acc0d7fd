//! A clean local network: how long a packet stays at the server.

use std::time::Duration;

use audio::codec::CodecKind;

use super::{Bench, LAG_MAX};
use crate::Fault;
use crate::far_end::Participant;
use crate::listened::quantile;
use crate::outcome::{Curve, Figure, Goal, Outcome};
use crate::speech::{Recording, Script};
use crate::weather::Weather;

/// By how much packets are delayed at most, each by a time of its own.
const JITTER: Duration = Duration::from_millis(1);

/// Where in the server's tick a talker's packets come: as many places, evenly spread, for they stay the longer the
/// earlier they come.
const PLACES: u32 = 8;

/// Utterances by which each is measured.
const UTTERANCES: usize = 2;

pub(super) fn run(bench: &mut Bench) -> Result<Outcome, Fault> {
    let mut figures = Vec::new();
    let mut curves = Vec::new();
    let mut worst: (f64, f64) = (0.0, 0.0);
    for (codec, name) in [
        (CodecKind::Pcmu, "PCMU, median"),
        (CodecKind::G722, "G.722, median"),
        (CodecKind::Opus, "Opus, median"),
    ] {
        let (stays, curve) = stays(bench, codec, name)?;
        let [median, late] = [0.5, 0.99].map(|share| quantile(stays.iter().copied(), share));
        figures.push(Figure::milliseconds(name, median));
        curves.push(curve);
        worst = (worst.0.max(median), worst.1.max(late));
    }
    let median =
        Figure::milliseconds("packet in to packet out, median of the slowest codec", worst.0);
    figures.insert(0, median.to_reach(Goal::AtMost(25.0), 1.0));
    figures.insert(1, Figure::milliseconds("99 %", worst.1));
    Ok(Outcome { figures, curves })
}

/// How long packets of a codec stay, over all places, and at one of them over time.
fn stays(
    bench: &mut Bench,
    codec: CodecKind,
    name: &'static str,
) -> Result<(Vec<f64>, Curve), Fault> {
    let script = Script::of(&Recording::ALL, UTTERANCES);
    let mut all = Vec::new();
    let mut points = Vec::new();
    for place in 0..PLACES {
        let begins = Duration::from_millis(20) * place / PLACES;
        let up = Weather { jitter: JITTER, ..Weather::default() };
        let talker = Participant { begins, up, ..Participant::phone(codec) };
        let heard = bench.listen(&script, talker, Participant::phone(codec), LAG_MAX)?;
        let stays = heard.listened.stays(&heard.moments);
        all.extend(stays.iter().map(|stay| stay.stay_s));
        points = stays.iter().map(|stay| (stay.at_s, stay.stay_s * 1_000.0)).collect();
    }
    Ok((all, Curve { name, unit: "ms", points }))
}
