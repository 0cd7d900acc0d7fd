//! A talker whose clock is 500 parts in a million fast, or slow, for hours.
//!
//! Every minute is laid beside what was said in it, so that hours need no memory. The delay must not grow, and nothing
//! must be heard of its being held: of all that was heard, the utterances that are least like what was said are scored.

use std::time::Duration;

use audio::codec::CodecKind;

use super::{Bench, LAG_MAX, SEED, room};
use crate::Fault;
use crate::far_end::Participant;
use crate::house::House;
use crate::listened::{Listened, Utterance, quantile};
use crate::outcome::{Curve, Figure, Goal, Outcome};
use crate::speech::{Recording, Script};

/// By how much clocks are wrong.
const PPM: f64 = 500.0;

/// How long the conference lasts, in minutes: 8 hours, and in the short set one. In a quarter of an hour such clocks
/// are 450 ms apart.
const MINUTES_FULL: u64 = 8 * 60;
const MINUTES_SHORT: u64 = 15;

/// Minutes in which a buffer may find its depth, before growth counts.
const MINUTES_SETTLING: usize = 1;

/// Utterances that are scored: those least like what was said.
const WORST: usize = 12;

/// Utterances that a script says before it begins again; they last about half a minute.
const UTTERANCES: usize = 7;

pub(super) fn run(bench: &mut Bench) -> Result<Outcome, Fault> {
    let minutes = if bench.is_quick { MINUTES_SHORT } else { MINUTES_FULL };
    let fast = Hours::of(PPM, minutes)?;
    let slow = Hours::of(-PPM, minutes)?;
    let right = Hours::of(0.0, 1)?;
    let less = fast.less_than(&right, "fast", bench)?.max(slow.less_than(&right, "slow", bench)?);
    let growth = fast.growth().max(slow.growth());
    let figures = vec![
        Figure::milliseconds("growth of the delay", growth).to_reach(Goal::AtMost(20.0), 3.0),
        Figure::score("PESQ-NB less in the worst utterance", less)
            .to_reach(Goal::AtMost(AUDIBLE), 0.05),
        Figure::count(
            "ticks concealed, the first minute left out",
            (fast.concealed + slow.concealed) as usize,
        )
        .to_reach(Goal::AtMost(0.0), 0.0),
        Figure::count("minutes", minutes as usize),
    ];
    Ok(Outcome {
        figures,
        curves: vec![fast.curve("fast by 500 ppm"), slow.curve("slow by 500 ppm")],
    })
}

/// A loss of quality that is heard: P.862 tells scores apart by about as much.
const AUDIBLE: f64 = 0.2;

/// What became of hours.
struct Hours {
    /// By minute, the usual delay in seconds.
    delays: Vec<f64>,
    /// The utterances that were heard least like they were said.
    worst: Vec<Utterance>,
    /// Ticks in which something was made up, after the buffer had found its depth.
    concealed: u64,
}

impl Hours {
    /// A talker with a clock that is fast by so many parts in a million, listened to for so many minutes.
    fn of(clock_ppm: f64, minutes: u64) -> Result<Self, Fault> {
        let script = Script::of(&Recording::ALL, UTTERANCES);
        let phone = || Participant::phone(CodecKind::Pcmu);
        let talker = Participant { clock_ppm, ..phone() }.saying(script.samples.clone());
        let participants = [talker, phone()];
        let mut house = House::open(room(), &participants, SEED)?;
        let mut hours = Self { delays: Vec::new(), worst: Vec::new(), concealed: 0 };
        let mut concealed_settling = 0;
        for minute in 0..minutes as usize {
            if minute == MINUTES_SETTLING {
                concealed_settling = house.counts().concealed;
            }
            house.run_for(Duration::from_secs(60))?;
            if let [said, heard] = &house.take()[..] {
                hours.note(&script, &Listened::new(&participants[0], said, heard)?);
            }
        }
        hours.concealed = house.counts().concealed - concealed_settling;
        Ok(hours)
    }

    fn note(&mut self, script: &Script, minute: &Listened) {
        // Rumble of long periods is nothing like itself a little later, though nobody hears that.
        let moments = minute.clone().voices().moments(LAG_MAX);
        let delays = moments.iter().filter(|moment| moment.is_found()).map(|moment| moment.lag_s);
        self.delays.push(quantile(delays, 0.5));
        self.worst.extend(minute.utterances(script, &moments));
        self.worst.sort_by(|a, b| a.likeness.total_cmp(&b.likeness));
        self.worst.truncate(WORST);
    }

    /// By how much the delay was longer than at first, at most, in seconds.
    fn growth(&self) -> f64 {
        let usual = self.delays.get(MINUTES_SETTLING).copied().unwrap_or(f64::NAN);
        let rest = self.delays.iter().skip(MINUTES_SETTLING).map(|delay| delay - usual);
        rest.fold(f64::NAN, f64::max)
    }

    /// By how much the worst utterance's score is below that of the same by a clock that is right.
    fn less_than(&self, right: &Self, name: &str, bench: &mut Bench) -> Result<f64, Fault> {
        let [scores, usual] = [(self, name), (right, "right")].map(|(hours, name)| {
            let pairs: Vec<_> = hours.worst.iter().map(|worst| worst.pair.clone()).collect();
            bench.scorer.score(&format!("drift-{name}"), &pairs)
        });
        let usual: Vec<_> = right.worst.iter().zip(usual?).collect();
        let less = self.worst.iter().zip(scores?).filter_map(|(worst, score)| {
            let same = usual.iter().filter(|(right, _)| right.number == worst.number);
            let usual = same.map(|(_, usual)| usual.pesq).fold(f64::INFINITY, f64::min);
            usual.is_finite().then_some(usual - score.pesq)
        });
        Ok(less.fold(f64::NAN, f64::max))
    }

    fn curve(&self, name: &'static str) -> Curve {
        let at_s = (0..self.delays.len()).map(|minute| 60.0 * minute as f64);
        let points = at_s.zip(self.delays.iter().map(|delay| delay * 1_000.0)).collect();
        Curve { name, unit: "ms", points }
    }
}
