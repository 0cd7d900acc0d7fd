//! Packets of other lengths than a tick: how much is lost by that, and how much longer they stay.

use audio::codec::CodecKind;

use super::impaired::opus_24;
use super::{Bench, LAG_MAX, pesq};
use crate::Fault;
use crate::far_end::{Participant, Sends};
use crate::outcome::{Figure, Goal, Outcome};
use crate::speech::{Recording, Script};
use crate::weather::Weather;

/// What is tried: codecs and lengths of packets, in milliseconds. G.722 is encoded here in whole ticks.
const TRIED: [(&str, CodecKind, usize); 8] = [
    ("PCMU, 10 ms", CodecKind::Pcmu, 10),
    ("PCMU, 40 ms", CodecKind::Pcmu, 40),
    ("PCMU, 60 ms", CodecKind::Pcmu, 60),
    ("G.722, 40 ms", CodecKind::G722, 40),
    ("G.722, 60 ms", CodecKind::G722, 60),
    ("Opus, 10 ms", CodecKind::Opus, 10),
    ("Opus, 40 ms", CodecKind::Opus, 40),
    ("Opus, 60 ms", CodecKind::Opus, 60),
];

/// Utterances by which each is measured.
const UTTERANCES: usize = 4;

/// What a packet that is longer than a tick waits for: two ticks on average, of which it needs none at its arrival.
pub(super) fn run(bench: &mut Bench) -> Result<Outcome, Fault> {
    let mut figures = Vec::new();
    let (mut worst, mut longest) = (f64::NEG_INFINITY, f64::NEG_INFINITY);
    let mut usual = [None; CodecKind::ALL.len()];
    for (name, codec, packet_ms) in TRIED {
        let (before, _) = match usual[codec as usize] {
            Some(before) => before,
            None => *usual[codec as usize].insert(heard(bench, "usual", codec, 20)?),
        };
        let (opinion, stay_s) = heard(bench, name, codec, packet_ms)?;
        figures.push(Figure::score(name, opinion));
        worst = worst.max(before - opinion);
        longest = longest.max(stay_s);
    }
    let worst = Figure::score("PESQ less than in packets of 20 ms, at most", worst);
    figures.insert(0, worst.to_reach(Goal::AtMost(0.1), 0.05));
    figures.insert(1, Figure::milliseconds("mean stay, at most", longest));
    Ok(Outcome { figures, curves: Vec::new() })
}

/// The same where packets are lost, by Opus with a coarse copy in each packet of the one before (RFC 6716 section 2.1.7).
pub(super) fn lossy(bench: &mut Bench) -> Result<Outcome, Fault> {
    let mut figures = Vec::new();
    for (name, packet_ms, least) in
        [("PESQ-WB, 10 ms", 10, 3.0), ("PESQ-WB, 40 ms", 40, 3.0), ("PESQ-WB, 60 ms", 60, 2.9)]
    {
        let script = bench.script();
        let opus = opus_24(10);
        let sends = Sends { packet_ms, ..opus.sends };
        let talker = Participant { sends, up: Weather::losing(0.1), ..opus };
        let heard = bench.listen(&script, talker, Participant::phone(CodecKind::Opus), LAG_MAX)?;
        let opinion = pesq(&bench.score(name, &script, &heard)?);
        figures.push(Figure::score(name, opinion).to_reach(Goal::AtLeast(least), 0.05));
    }
    Ok(Outcome { figures, curves: Vec::new() })
}

/// How packets of this length are heard, and how long they stay at the server, in seconds.
fn heard(
    bench: &mut Bench,
    name: &str,
    codec: CodecKind,
    packet_ms: usize,
) -> Result<(f64, f64), Fault> {
    let script = Script::of(&Recording::ALL, UTTERANCES);
    let sends = Sends { packet_ms, ..Sends::default() };
    let talker = Participant { sends, ..Participant::phone(codec) };
    let heard = bench.listen(&script, talker, Participant::phone(codec), LAG_MAX)?;
    let scores = bench.score(name, &script, &heard)?;
    Ok((pesq(&scores), heard.mean_stay()))
}
