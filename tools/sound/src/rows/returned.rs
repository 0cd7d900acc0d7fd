//! Somebody whose microphone hears its loudspeaker: how much others hear of themselves, and whether its own voice is
//! heard all the same.

use std::time::Duration;

use audio::codec::CodecKind;
use mixer::{Heed, RoomSettings};

use super::{Bench, Heard, LAG_MAX, SEED, TAIL, pesq, room};
use crate::Fault;
use crate::far_end::{Participant, Return};
use crate::house::{House, Take};
use crate::listened::Listened;
use crate::outcome::{Curve, Figure, Goal, Outcome};
use crate::speech::Script;

/// A loudspeaker across the table: 200 ms with what the device's own buffers add.
const RETURN: Return = Return { after: Duration::from_millis(200), fainter_db: 12.0 };

/// The time after which a return is to be known.
const KNOWN_AFTER: Duration = Duration::from_secs(8);

/// Sound that is looked at by itself: 100 ms.
const BLOCK_S: f64 = 0.1;

/// The level that silence counts as, in dBov.
const SILENCE_DB: f64 = -90.0;

pub(super) fn run(bench: &mut Bench) -> Result<Outcome, Fault> {
    let script = bench.script();
    // They take turns: while the one talks, the other is silent.
    let silence = script.samples.len();
    let first = script.clone().before(silence);
    let second = script.clone().after(silence);
    let heeded = takes(room(), &first, &second)?;
    let any = takes(RoomSettings { heed: Heed::AnySound, ..room() }, &first, &second)?;
    let until = script.lasts();
    let [with, without] = [&heeded, &any].map(|takes| levels(&takes[0], until));
    let suppressed = Figure::decibels("what talkers hear of themselves, fainter by", {
        known_level(&without) - known_level(&with)
    });
    let last = with.iter().filter(|(_, level)| *level > known_level(&without) - 20.0);
    let silenced = last.map(|(at_s, _)| *at_s + BLOCK_S).fold(0.0, f64::max);
    let [own, own_unaided] = [&heeded, &any].map(|takes| own_voice(bench, &second, takes));
    let figures = vec![
        suppressed.to_reach(Goal::AtLeast(30.0), 3.0),
        Figure::seconds("until it is silenced", silenced).to_reach(Goal::AtMost(8.0), 0.5),
        Figure::score("PESQ-WB less of its own voice", own_unaided? - own?)
            .to_reach(Goal::AtMost(0.05), 0.03),
    ];
    let curve = |name, points| Curve { name, unit: "dB", points };
    let above = |levels: Vec<(f64, f64)>| {
        levels.into_iter().map(|(at_s, level)| (at_s, level - SILENCE_DB)).collect()
    };
    let curves = vec![
        curve("what the talker hears of itself, above silence", above(with)),
        curve("the same where any sound is heeded", above(without)),
    ];
    Ok(Outcome { figures, curves })
}

/// What becomes of a talker, of somebody whose microphone hears its loudspeaker, and of a listener.
fn takes(settings: RoomSettings, first: &Script, second: &Script) -> Result<Vec<Take>, Fault> {
    let both_last = first.lasts();
    let [first, second] =
        [first, second].map(|s| Participant::phone(CodecKind::Opus).saying(s.samples.clone()));
    let participants = [first, second.returning(RETURN), Participant::phone(CodecKind::Opus)];
    let mut house = House::open(settings, &participants, SEED)?;
    house.run_for(both_last + TAIL)?;
    house.close()
}

/// The level of what somebody hears, block by block, up to a time.
fn levels(heard: &Take, until: Duration) -> Vec<(f64, f64)> {
    let rate_hz = f64::from(heard.codec.audio_rate().hz());
    let began_s = heard.began.unwrap_or_default().as_secs_f64();
    let block = (BLOCK_S * rate_hz) as usize;
    let level = |(number, samples): (usize, &[f32])| {
        let power = samples.iter().map(|&s| f64::from(s).powi(2)).sum::<f64>() / block as f64;
        (began_s + number as f64 * BLOCK_S, (10.0 * power.log10()).max(SILENCE_DB))
    };
    let blocks = heard.heard.chunks_exact(block).enumerate().map(level);
    blocks.take_while(|(at_s, _)| *at_s < until.as_secs_f64()).collect()
}

/// The level from the time on after which a return is to be known: that of its mean power.
fn known_level(levels: &[(f64, f64)]) -> f64 {
    let known = levels.iter().filter(|(at_s, _)| *at_s >= KNOWN_AFTER.as_secs_f64());
    let (power, blocks) = known.fold((0.0, 0.0), |(power, blocks), (_, level)| {
        (power + 10_f64.powf(level / 10.0), blocks + 1.0)
    });
    10.0 * (power / blocks).log10()
}

/// How the listener hears the one whose microphone hears too much.
fn own_voice(bench: &mut Bench, says: &Script, takes: &[Take]) -> Result<f64, Fault> {
    let talker = Participant::phone(CodecKind::Opus).saying(says.samples.clone());
    let listened = Listened::new(&talker, &takes[1], &takes[2])?;
    let moments = listened.moments(LAG_MAX);
    Ok(pesq(&bench.score("own-voice", says, &Heard { listened, moments })?))
}
