//! A listener who says something now and then, and so is sent a mix of its own in between: whether that is heard.

use audio::codec::{CodecKind, EncoderSettings};

use super::{Bench, Heard, LAG_MAX, SEED, TAIL, pesq, room, stoi};
use crate::Fault;
use crate::far_end::Participant;
use crate::house::House;
use crate::listened::{Listened, mean};
use crate::outcome::{Figure, Goal, Outcome};
use crate::speech::{RATE_HZ, Recording, Script};

/// How often the listener says something, and for how long: seconds.
const EVERY_S: usize = 4;
const SAYS_S: usize = 1;

pub(super) fn run(bench: &mut Bench) -> Result<Outcome, Fault> {
    let script = bench.script();
    let silent = listen(&script, None)?;
    let spliced = listen(&script, Some(interjections()))?;
    let curves = spliced.curves();
    let silent = bench.score("unspliced", &script, &silent)?;
    let spliced = bench.score("spliced", &script, &spliced)?;
    let drops: Vec<f64> = silent.iter().zip(&spliced).map(|(a, b)| a.pesq - b.pesq).collect();
    let worst = drops.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let drop = Figure::score("PESQ-WB less than unspliced", mean(drops));
    let figures = vec![
        drop.to_reach(Goal::AtMost(0.05), 0.03),
        Figure::score("of the worst utterance", worst),
        Figure::score("PESQ-WB", pesq(&spliced)),
        stoi(&spliced),
    ];
    Ok(Outcome { figures, curves })
}

/// What somebody hears of the talker who says this meanwhile. There is another listener, with whom it shares an encoder.
fn listen(script: &Script, says: Option<Vec<f32>>) -> Result<Heard, Fault> {
    let phone =
        || Participant { hears: EncoderSettings::MIX, ..Participant::phone(CodecKind::Opus) };
    let talker = phone().saying(script.samples.clone());
    let participants = [talker, Participant { says: says.map(Into::into), ..phone() }, phone()];
    let mut house = House::open(room(), &participants, SEED)?;
    house.run_for(script.lasts() + TAIL)?;
    let takes = house.close()?;
    let listened = Listened::new(&participants[0], &takes[0], &takes[1])?;
    let moments = listened.moments(LAG_MAX);
    Ok(Heard { listened, moments })
}

/// A second of speech every so often, backwards: what the talker says as well would be taken for the room's own sound that
/// comes back.
fn interjections() -> Vec<f32> {
    let speech = Script::of(&[Recording::Reader2], 1);
    let word = speech.samples.iter().rev().skip(RATE_HZ as usize).take(SAYS_S * RATE_HZ as usize);
    let silence = (EVERY_S - SAYS_S) * RATE_HZ as usize;
    std::iter::repeat_n(0.0, silence).chain(word.copied()).collect()
}
