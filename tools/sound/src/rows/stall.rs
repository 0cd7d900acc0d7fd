//! A network that stalls: how soon the delay is back to what it was.

use std::time::Duration;

use audio::codec::CodecKind;

use super::{Bench, pesq, stoi};
use crate::Fault;
use crate::far_end::Participant;
use crate::listened::{Moment, quantile};
use crate::outcome::{Figure, Goal, Outcome};
use crate::speech::{Recording, Script};
use crate::weather::{Stall, Weather};

/// When nothing comes through.
const STALL: Stall = Stall { at: Duration::from_secs(15), lasts: Duration::from_secs(2) };

/// The longest delay that is looked for.
const LAG_MAX: Duration = Duration::from_secs(3);

/// By how much more than before the delay may be, in seconds, to count as back.
const BACK_S: f64 = 0.02;

/// A delay is found to a sample of 16 kHz, and so is the one before: what is off by no more than both is no later.
const FOUND_TO_S: f64 = 2.5 / 16_000.0;

/// How soon it is to be back, in seconds.
const SOON_S: f64 = 10.0;

pub(super) fn run(bench: &mut Bench) -> Result<Outcome, Fault> {
    let script = Script::of(&Recording::ALL, 12);
    let phone = || Participant::phone(CodecKind::Opus);
    let up = Weather { stalls: vec![STALL], ..Weather::default() };
    let talker = Participant { up, ..phone() };
    let heard = bench.listen(&script, talker, phone(), LAG_MAX)?;
    let scores = bench.score("stall", &script, &heard)?;
    let curves = heard.curves();
    let moments = heard.listened.voices().moments(LAG_MAX);
    let before = delay_before(&moments);
    let back_s = back_after(&moments, before);
    // Whatever is said after the delay is to be back must be as good as ever.
    let after = script.utterances.iter().zip(&scores).filter(|(utterance, _)| {
        script.time_of(utterance.start) > (STALL.at + STALL.lasts).as_secs_f64() + SOON_S
    });
    let after: Vec<_> = after.map(|(_, score)| *score).collect();
    let figures = vec![
        Figure::seconds("until back to the earlier delay + 20 ms", back_s)
            .to_reach(Goal::AtMost(SOON_S), 0.5),
        Figure::milliseconds("delay before", before),
        Figure::score("PESQ-WB afterwards", pesq(&after)),
        stoi(&after),
    ];
    Ok(Outcome { figures, curves })
}

/// The usual delay in the seconds before the stall.
fn delay_before(moments: &[Moment]) -> f64 {
    let stall_s = STALL.at.as_secs_f64();
    let before = moments
        .iter()
        .filter(|moment| moment.is_found())
        .filter(|lag| (stall_s - 8.0..stall_s - 0.5).contains(&lag.at_s));
    quantile(before.map(|lag| lag.lag_s), 0.5)
}

/// How long after the stall sound that was heard was late for the last time. Never, if the delay was not known before.
fn back_after(moments: &[Moment], before_s: f64) -> f64 {
    let end_s = (STALL.at + STALL.lasts).as_secs_f64();
    let heard_at = |lag: &Moment| lag.at_s + lag.lag_s;
    let late = moments
        .iter()
        .filter(|moment| moment.is_found())
        .filter(|lag| lag.lag_s > before_s + BACK_S + FOUND_TO_S)
        .map(heard_at);
    let last = late.filter(|at_s| *at_s > end_s).fold(end_s, f64::max);
    if before_s.is_nan() { f64::INFINITY } else { last - end_s }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_delay_is_back_when_the_last_late_sound_was_heard() {
        let lag = |at_s, lag_s| Moment { at_s, lag_s, likeness: 1.0 };
        let mut lags = vec![lag(10.0, 0.08), lag(12.0, 0.08), lag(14.9, 1.2), lag(18.0, 0.07)];
        assert_eq!(delay_before(&lags), 0.08);
        assert_eq!(back_after(&lags, 0.08), 0.0);
        lags.push(lag(19.0, 1.0));
        lags.push(lag(22.0, 0.1));
        assert_eq!(back_after(&lags, 0.08), 3.0);
        assert_eq!(back_after(&lags, f64::NAN), f64::INFINITY);
    }
}
