//! Somebody who talks, beside a fan and music on hold: whether these hold the floor.

use std::time::Duration;

use audio::codec::CodecKind;

use super::{Bench, Heard, LAG_MAX, SEED, TAIL, pesq, room, stoi};
use crate::Fault;
use crate::background::{fan, music};
use crate::far_end::Participant;
use crate::house::House;
use crate::level::active_level_db;
use crate::listened::Listened;
use crate::outcome::{Figure, Goal, Outcome};
use crate::score::Score;
use crate::speech::{RATE_HZ, Script};

/// How loud fan and music are, in dBov: the fan as in a car, the music as loud as speech.
const FAN_DB: f64 = -40.0;
const MUSIC_DB: f64 = -26.0;

/// They sound alone first, until the room knows them, and once more at the end.
const KNOWN_AFTER: Duration = Duration::from_secs(4);
const ALONE: Duration = Duration::from_secs(4);

/// What silence counts as, in dBov.
const SILENCE_DB: f64 = -100.0;

pub(super) fn run(bench: &mut Bench) -> Result<Outcome, Fault> {
    let samples = |time: Duration| (time.as_secs_f64() * f64::from(RATE_HZ)) as usize;
    let script = bench.script().after(samples(KNOWN_AFTER)).before(samples(ALONE));
    let (clean, _) = listen(bench, &script, &[])?;
    let sounds = [fan(samples(Duration::from_secs(20)), FAN_DB, SEED), music(MUSIC_DB)];
    let (noisy, alone_db) = listen(bench, &script, &sounds)?;
    let drop = Figure::score("PESQ-WB less than without", pesq(&clean) - pesq(&noisy));
    let level = Figure::decibels("fan and music, when nobody talks (dBov)", alone_db);
    let figures = vec![
        drop.to_reach(Goal::AtMost(0.05), 0.03),
        level.to_reach(Goal::AtMost(-60.0), 3.0),
        Figure::score("PESQ-WB", pesq(&noisy)),
        stoi(&noisy),
    ];
    Ok(Outcome { figures, curves: Vec::new() })
}

/// How somebody hears the talker while these sound, each from a phone of its own, and how loud these are heard at the
/// end.
fn listen(
    bench: &mut Bench,
    script: &Script,
    sounds: &[Vec<f32>],
) -> Result<(Vec<Score>, f64), Fault> {
    let talker = Participant::phone(CodecKind::Opus).saying(script.samples.clone());
    let noisy = sounds
        .iter()
        .map(|sound| Participant::phone(CodecKind::Pcmu).saying(sound.as_slice().into()));
    let listener = Participant::phone(CodecKind::Opus);
    let participants: Vec<_> = [talker, listener].into_iter().chain(noisy).collect();
    let mut house = House::open(room(), &participants, SEED)?;
    house.run_for(script.lasts() + TAIL)?;
    let takes = house.close()?;
    let listened = Listened::new(&participants[0], &takes[0], &takes[1])?;
    let moments = listened.moments(LAG_MAX);
    let heard = Heard { listened, moments };
    let scores = bench.score(if sounds.is_empty() { "quiet" } else { "noisy" }, script, &heard)?;
    // Nobody has talked for a second by then.
    let rate_hz = takes[1].codec.audio_rate().hz();
    let last = (ALONE.as_secs_f64() - 1.0) * f64::from(rate_hz);
    let end = &takes[1].heard[takes[1].heard.len().saturating_sub(last as usize)..];
    Ok((scores, active_level_db(end, rate_hz).max(SILENCE_DB)))
}
