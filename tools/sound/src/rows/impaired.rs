//! One talker and one listener, by a network that is good, loses packets or delays them.

use std::time::Duration;

use audio::codec::{CodecKind, EncoderSettings};

use super::{Bench, Heard, LAG_MAX, mean_stoi, pesq, pesq_name, stoi};
use crate::Fault;
use crate::far_end::{Participant, Sends};
use crate::outcome::{Figure, Goal, Outcome};
use crate::score::Score;
use crate::weather::{Loss, Weather};

/// The grain of a mean of PESQ scores.
const PESQ_GRAIN: f64 = 0.05;

/// Opus at 24 kb/s as a browser sends it that prepares for loss.
pub(super) fn opus_24(expected_loss_percent: i32) -> Participant {
    let sends = Sends {
        bitrate_bps: 24_000,
        for_speech: true,
        fec: true,
        expected_loss_percent,
        ..Sends::default()
    };
    Participant { sends, ..Participant::phone(CodecKind::Opus) }
}

pub(super) fn opus_48(bench: &mut Bench) -> Result<Outcome, Fault> {
    let sends = Sends { bitrate_bps: 48_000, ..Sends::default() };
    let talker = || Participant { sends, ..Participant::phone(CodecKind::Opus) };
    let mut outcome = run(bench, "opus-48", talker(), Participant::phone(CodecKind::Opus), 4.4)?;
    // For whom the server encodes at no more than that, either.
    let hears = EncoderSettings { opus_bitrate_bps: 48_000, ..EncoderSettings::MIX };
    let listener = Participant { hears, ..Participant::phone(CodecKind::Opus) };
    let script = bench.script();
    let heard = bench.listen(&script, talker(), listener, LAG_MAX)?;
    let scores = bench.score("opus-48-both-ways", &script, &heard)?;
    outcome.figures.push(Figure::score("PESQ-WB at 48 kb/s both ways", pesq(&scores)));
    Ok(outcome)
}

pub(super) fn pcmu(bench: &mut Bench) -> Result<Outcome, Fault> {
    let phone = || Participant::phone(CodecKind::Pcmu);
    run(bench, "pcmu", phone(), phone(), 3.8)
}

pub(super) fn opus_24_loss_10(bench: &mut Bench) -> Result<Outcome, Fault> {
    let talker = Participant { up: Weather::losing(0.1), ..opus_24(10) };
    run(bench, "opus-24-loss-10", talker, Participant::phone(CodecKind::Opus), 3.3)
}

pub(super) fn opus_24_loss_20(bench: &mut Bench) -> Result<Outcome, Fault> {
    let talker = Participant { up: Weather::losing(0.2), ..opus_24(20) };
    run(bench, "opus-24-loss-20", talker, Participant::phone(CodecKind::Opus), 2.4)
}

pub(super) fn opus_24_loss_10_red(bench: &mut Bench) -> Result<Outcome, Fault> {
    let sends = opus_24(10).sends;
    let talker = |repeats| Participant {
        sends,
        up: Weather::losing(0.1),
        ..Participant::repeating(repeats)
    };
    let listener = || Participant::phone(CodecKind::Opus);
    let mut outcome = run(bench, "opus-24-loss-10-red", talker(1), listener(), 4.0)?;
    let script = bench.script();
    let heard = bench.listen(&script, talker(2), listener(), LAG_MAX)?;
    let scores = bench.score("opus-24-loss-10-red-2", &script, &heard)?;
    let twice = Figure::score("PESQ-WB, two packets repeated in each", pesq(&scores));
    outcome.figures.push(twice.to_reach(Goal::AtLeast(4.0), PESQ_GRAIN));
    Ok(outcome)
}

pub(super) fn pcmu_loss_5(bench: &mut Bench) -> Result<Outcome, Fault> {
    let phone = || Participant::phone(CodecKind::Pcmu);
    let talker = Participant { up: Weather::losing(0.05), ..phone() };
    run(bench, "pcmu-loss-5", talker, phone(), 3.0)
}

pub(super) fn opus_24_bursts(bench: &mut Bench) -> Result<Outcome, Fault> {
    let talker = Participant { up: bursts(0.1), ..opus_24(10) };
    run(bench, "opus-24-bursts", talker, Participant::phone(CodecKind::Opus), 2.4)
}

pub(super) fn pcmu_bursts(bench: &mut Bench) -> Result<Outcome, Fault> {
    let phone = || Participant::phone(CodecKind::Pcmu);
    let talker = Participant { up: bursts(0.05), ..phone() };
    run(bench, "pcmu-bursts", talker, phone(), 2.8)
}

/// What nothing brings back: a guess by networks, if one of the server's places for them is free.
pub(super) fn opus_24_bare(bench: &mut Bench) -> Result<Outcome, Fault> {
    let sends = Sends { fec: false, ..opus_24(10).sends };
    let talker = Participant { sends, up: Weather::losing(0.1), ..opus_24(10) };
    run(bench, "opus-24-bare", talker, Participant::phone(CodecKind::Opus), 2.5)
}

/// Deep redundancy instead of FEC, and FEC for comparison.
pub(super) fn opus_24_dred(bench: &mut Bench) -> Result<Outcome, Fault> {
    let sends = Sends { fec: false, dred_ms: 500, ..opus_24(20).sends };
    let talker = Participant { sends, up: bursts(0.2), ..opus_24(20) };
    let listener = || Participant::phone(CodecKind::Opus);
    let mut outcome = run(bench, "opus-24-dred", talker, listener(), 1.9)?;
    let script = bench.script();
    let talker = Participant { up: bursts(0.2), ..opus_24(20) };
    let heard = bench.listen(&script, talker, listener(), LAG_MAX)?;
    let scores = bench.score("opus-24-bursts-20", &script, &heard)?;
    outcome.figures.push(Figure::score("PESQ-WB with FEC instead", pesq(&scores)));
    outcome.figures.push(Figure::score("STOI with FEC instead", mean_stoi(&scores)));
    Ok(outcome)
}

/// A network that loses this share of packets, three in a row on average.
fn bursts(share: f64) -> Weather {
    Weather { loss: Loss::Bursts { share, packets: 3.0 }, ..Weather::default() }
}

pub(super) fn jitter(bench: &mut Bench) -> Result<Outcome, Fault> {
    let script = bench.script();
    let clean = Participant::phone(CodecKind::Opus);
    let ms = Duration::from_millis;
    let up = Weather { delay: ms(30), jitter: ms(40), reordered: 0.05, ..Weather::default() };
    let talker = Participant { up, ..clean.clone() };
    let without = bench.listen(&script, clean.clone(), clean.clone(), LAG_MAX)?;
    let with = bench.listen(&script, talker, clean, LAG_MAX)?;
    let without = bench.score("clean", &script, &without)?;
    let scores = bench.score("jitter", &script, &with)?;
    let [before, after] = [&without, &scores].map(|scores| pesq(scores));
    let drop = Figure::score("PESQ-WB less than without", before - after);
    let buffer = Figure::milliseconds("mean stay at the server", with.mean_stay());
    let figures = vec![
        drop.to_reach(Goal::AtMost(0.3), PESQ_GRAIN),
        buffer.to_reach(Goal::AtMost(60.0), 3.0),
        Figure::score("PESQ-WB", after),
        stoi(&scores),
    ];
    Ok(Outcome { figures, curves: with.curves() })
}

fn run(
    bench: &mut Bench,
    name: &str,
    talker: Participant,
    listener: Participant,
    least: f64,
) -> Result<Outcome, Fault> {
    let script = bench.script();
    let codec = listener.codec;
    let alone = Heard::by_codecs_alone(&script, talker.clone(), &listener)?;
    let heard = bench.listen(&script, talker, listener, LAG_MAX)?;
    let alone = bench.score("codecs-alone", &script, &alone)?;
    let scores = bench.score(name, &script, &heard)?;
    let mut outcome = outcome(codec, &heard, &scores, least);
    outcome.figures.push(Figure::score("PESQ of the codecs alone, nothing lost", pesq(&alone)));
    Ok(outcome)
}

fn outcome(codec: CodecKind, heard: &Heard, scores: &[Score], least: f64) -> Outcome {
    let figures = vec![
        Figure::score(pesq_name(codec), pesq(scores)).to_reach(Goal::AtLeast(least), PESQ_GRAIN),
        stoi(scores),
        Figure::milliseconds("mean stay at the server", heard.mean_stay()),
    ];
    Outcome { figures, curves: heard.curves() }
}
