//! A talker beside a fan: how much of the noise is taken out, and how much of the voice is left.

use audio::codec::CodecKind;
use mixer::{Denoise, RoomSettings, StripSettings};

use super::{Bench, Heard, LAG_MAX, SEED, TAIL, pesq, room};
use crate::Fault;
use crate::far_end::Participant;
use crate::house::House;
use crate::level::gain;
use crate::listened::{Listened, mean};
use crate::outcome::{Figure, Goal, Outcome};
use crate::random::Random;
use crate::score::Score;
use crate::speech::Script;

/// By how much the voice is louder than the noise, in decibels.
const ABOVE_NOISE_DB: f64 = 15.0;

/// How much of the sample before is in each of a fan's: most of its sound is low.
const FAN: f32 = 0.9;

pub(super) fn run(bench: &mut Bench) -> Result<Outcome, Fault> {
    let script = bench.script();
    let noisy = beside_a_fan(&script);
    let mut scores = |name, denoise| -> Result<Vec<Score>, Fault> {
        let heard = listen(&script, &noisy, denoise)?;
        bench.score(name, &script, &heard)
    };
    let before = scores("noisy", Denoise::Never)?;
    let after = scores("denoised", Denoise::Always)?;
    let by_itself = scores("denoised-where-noisy", Denoise::WhereNoisy)?;
    let understood = |scores: &[Score]| mean(scores.iter().map(|score| score.stoi));
    let gained = Figure::score("PESQ-WB more than with the noise", pesq(&after) - pesq(&before));
    let lost =
        Figure::score("STOI less than with the noise", understood(&before) - understood(&after));
    let figures = vec![
        gained.to_reach(Goal::AtLeast(0.3), 0.05),
        lost.to_reach(Goal::AtMost(0.03), 0.01),
        Figure::score("PESQ-WB with the noise", pesq(&before)),
        Figure::score("PESQ-WB without", pesq(&after)),
        Figure::score("PESQ-WB where it is left to the server", pesq(&by_itself)),
        Figure::score("STOI with the noise", understood(&before)),
        Figure::score("STOI without", understood(&after)),
    ];
    Ok(Outcome { figures, curves: Vec::new() })
}

/// What a listener hears of a talker who says this script with noise, laid beside the script without.
fn listen(script: &Script, noisy: &Script, denoise: Denoise) -> Result<Heard, Fault> {
    let phone = || Participant::phone(CodecKind::Opus);
    let strip = StripSettings { denoise, ..StripSettings::default() };
    let room = RoomSettings { strip, ..room() };
    let participants = [phone().saying(noisy.samples.clone()), phone()];
    let mut house = House::open(room, &participants, SEED)?;
    house.run_for(script.lasts() + TAIL)?;
    let takes = house.close()?;
    let clean = phone().saying(script.samples.clone());
    let listened = Listened::new(&clean, &takes[0], &takes[1])?;
    let moments = listened.moments(LAG_MAX);
    Ok(Heard { listened, moments })
}

/// The same with the noise of a fan under it: white noise through a low-pass of the first order.
fn beside_a_fan(script: &Script) -> Script {
    let mut random = Random::new(SEED);
    let mut last = 0.0;
    let fan: Vec<f32> = script
        .samples
        .iter()
        .map(|_| {
            last = FAN * last + (random.unit() as f32 - 0.5);
            last
        })
        .collect();
    let power = mean(fan.iter().map(|sample| f64::from(*sample).powi(2)));
    let factor = gain(10.0 * power.log10(), crate::speech::LEVEL_DB - ABOVE_NOISE_DB);
    let samples = script.samples.iter().zip(&fan).map(|(said, noise)| said + factor * noise);
    Script { samples: samples.collect(), utterances: script.utterances.clone() }
}
