//! How much of the first syllable is heard, of words that come out of silence or out of a fan's noise.

use std::ops::Range;

use audio::codec::CodecKind;

use super::{Bench, LAG_MAX, SEED, TAIL, room};
use crate::Fault;
use crate::background::fan;
use crate::far_end::Participant;
use crate::house::House;
use crate::listened::{Listened, Utterance, mean};
use crate::outcome::{Figure, Goal, Outcome};
use crate::speech::Script;
use crate::voice::voice;

/// How loud the fan is beside somebody who talks, in dBov: the room knows it before each word.
const FAN_DB: f64 = -48.0;

/// A word begins with the first 10 ms of so much, in dBFS, and 40 ms from there on are looked at: out of silence with the
/// soft consonant before its syllable, out of noise with what stands out from that.
const BEGINS_FROM_DB: f64 = -46.0;
const STANDS_OUT_FROM_DB: f64 = FAN_DB + 15.0;
const BLOCK_S: f64 = 0.01;
const ONSET_BLOCKS: usize = 4;

/// It is held against so much that follows, 400 ms: a voice that was never heard before is brought to the loudness of the
/// others while it goes on to speak, which cuts nothing.
const FOLLOWING_BLOCKS: usize = 40;

pub(super) fn run(bench: &mut Bench) -> Result<Outcome, Fault> {
    let script = bench.script();
    let (silence, fan) = (vec![0.0; script.samples.len()], fan(script.samples.len(), FAN_DB, SEED));
    let quiet = onsets_db(&script, &silence, BEGINS_FROM_DB)?;
    let noisy = onsets_db(&script, &fan, STANDS_OUT_FROM_DB)?;
    let least = |onsets: &[f64]| onsets.iter().copied().fold(f64::INFINITY, f64::min);
    let worst = Figure::decibels("least of a first syllable, out of silence", least(&quiet));
    let noisy_worst = Figure::decibels("least of one, out of a fan's noise", least(&noisy));
    let figures = vec![
        worst.to_reach(Goal::AtLeast(-3.0), 0.5),
        noisy_worst.to_reach(Goal::AtLeast(-3.0), 0.5),
        Figure::decibels("mean, out of silence", mean(quiet.iter().copied())),
        Figure::decibels("mean, out of a fan's noise", mean(noisy.iter().copied())),
        Figure::count("first syllables", quiet.len() + noisy.len()),
    ];
    Ok(Outcome { figures, curves: Vec::new() })
}

/// By how much each utterance's beginning is louder than it was said, beside what follows it, while this sounds where it
/// is said. A word begins where it is so loud.
fn onsets_db(script: &Script, around: &[f32], begins_from_db: f64) -> Result<Vec<f64>, Fault> {
    let said: Vec<f32> = script.samples.iter().zip(around).map(|(a, b)| a + b).collect();
    let phone = || Participant::phone(CodecKind::Opus);
    let participants = [phone().saying(said.into()), phone()];
    let mut house = House::open(room(), &participants, SEED)?;
    house.run_for(script.lasts() + TAIL)?;
    let takes = house.close()?;
    // What is looked for is speech alone.
    let talker = phone().saying(script.samples.clone());
    let listened = Listened::new(&talker, &takes[0], &takes[1])?;
    let utterances = listened.utterances(script, &listened.moments(LAG_MAX));
    Ok(utterances.iter().filter_map(|utterance| onset_db(utterance, begins_from_db)).collect())
}

fn onset_db(Utterance { pair, .. }: &Utterance, begins_from_db: f64) -> Option<f64> {
    let [reference, heard] =
        [&pair.reference, &pair.heard].map(|samples| voice(samples, pair.rate_hz));
    let (reference, heard) = (reference.as_slice(), heard.as_slice());
    let block = (BLOCK_S * f64::from(pair.rate_hz)) as usize;
    let begins_from = 10_f64.powf(begins_from_db / 10.0) as f32;
    let begins = |block: &[f32]| power(block) >= begins_from;
    let first = reference.chunks_exact(block).position(begins)? * block;
    let onset = first..first + ONSET_BLOCKS * block;
    let following = onset.end..onset.end + FOLLOWING_BLOCKS * block;
    let louder_db = |part: Range<usize>| {
        let power = power(heard.get(part.clone())?) / power(reference.get(part)?);
        Some(10.0 * f64::from(power).max(1e-10).log10())
    };
    Some(louder_db(onset)? - louder_db(following)?)
}

/// The mean square.
fn power(samples: &[f32]) -> f32 {
    samples.iter().map(|sample| sample * sample).sum::<f32>() / samples.len().max(1) as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::level::gain;
    use crate::score::Pair;
    use crate::speech::Recording;

    #[test]
    fn a_beginning_that_is_cut_is_noticed_and_a_softer_voice_is_not() {
        let reference = Recording::Cards.samples();
        let softer = gain(0.0, -12.0);
        let heard: Vec<f32> = reference.iter().map(|sample| softer * sample).collect();
        let onset_db = |heard: Vec<f32>| {
            let pair = Pair { rate_hz: 16_000, reference: reference.clone(), heard };
            onset_db(&Utterance { number: 0, likeness: 1.0, pair }, BEGINS_FROM_DB).unwrap()
        };
        assert!(onset_db(heard.clone()).abs() < 0.1);
        let voice = voice(&reference, 16_000);
        let first = voice.chunks_exact(160).position(|block| power(block) >= 2.5e-5);
        let mut cut = heard;
        cut[..first.unwrap() * 160 + 560].fill(0.0);
        assert!(onset_db(cut) < -4.0);
    }
}
