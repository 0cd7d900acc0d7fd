//! The rows of the table: what is tried, and what it is to reach.

mod adapting;
mod drift;
mod floor;
mod framing;
mod impaired;
mod keys;
mod lan;
mod levels;
mod noise;
mod onset;
mod rates;
mod restart;
mod returned;
mod splice;
mod spurts;
mod stall;
mod together;

use std::time::Duration;

use audio::codec::CodecKind;
use mixer::{Heed, RoomSettings};

use crate::Fault;
use crate::far_end::{Participant, alone};
use crate::house::{House, Take};
use crate::listened::{Listened, Moment, mean};
use crate::outcome::{Curve, Done, Figure, Outcome};
use crate::score::{Score, Scorer};
use crate::speech::{Recording, Script};

/// The longest delay that is looked for where none of note is expected.
const LAG_MAX: Duration = Duration::from_millis(600);

/// Utterances in a row of the short set: each recording twice.
const UTTERANCES_SHORT: usize = 14;

/// Utterances in a row of the full set.
const UTTERANCES_FULL: usize = 56;

/// Time after the last word in which it may still be on its way.
const TAIL: Duration = Duration::from_millis(800);

/// What rows are run with.
pub struct Bench {
    /// Scores what was heard.
    pub scorer: Scorer,
    /// Whether only the short set is run.
    pub is_quick: bool,
}

/// A row of the table.
pub struct Row {
    /// How it is called.
    pub name: &'static str,
    /// What it tries.
    pub what: &'static str,
    run: fn(&mut Bench) -> Result<Outcome, Fault>,
}

impl Row {
    /// Runs it.
    ///
    /// # Errors
    /// What kept it from being run.
    pub fn run(&self, bench: &mut Bench) -> Result<Done, Fault> {
        Ok(Done { name: self.name, what: self.what, outcome: (self.run)(bench)? })
    }
}

/// All rows.
pub const ROWS: [Row; 28] = [
    Row {
        name: "opus-48",
        what: "Opus 48 kb/s through the mixer, no loss",
        run: impaired::opus_48,
    },
    Row { name: "pcmu", what: "PCMU → mixer → PCMU", run: impaired::pcmu },
    Row {
        name: "opus-24-loss-10",
        what: "Opus 24 kb/s, 10 % random loss, FEC",
        run: impaired::opus_24_loss_10,
    },
    Row {
        name: "opus-24-loss-20",
        what: "Opus 24 kb/s, 20 % random loss, FEC",
        run: impaired::opus_24_loss_20,
    },
    Row {
        name: "opus-24-loss-10-red",
        what: "Opus 24 kb/s, 10 % random loss, RED",
        run: impaired::opus_24_loss_10_red,
    },
    Row { name: "pcmu-loss-5", what: "PCMU, 5 % random loss", run: impaired::pcmu_loss_5 },
    Row {
        name: "opus-24-bursts",
        what: "Opus 24 kb/s, 10 % loss in bursts of 3, FEC",
        run: impaired::opus_24_bursts,
    },
    Row {
        name: "opus-24-bare",
        what: "Opus 24 kb/s, 10 % random loss, neither FEC nor RED: deep concealment",
        run: impaired::opus_24_bare,
    },
    Row {
        name: "opus-24-dred",
        what: "Opus 24 kb/s, 20 % loss in bursts of 3, deep redundancy",
        run: impaired::opus_24_dred,
    },
    Row { name: "pcmu-bursts", what: "PCMU, 5 % loss in bursts of 3", run: impaired::pcmu_bursts },
    Row {
        name: "jitter",
        what: "Opus 48 kb/s, jitter 50 ± 20 ms with 5 % reordering",
        run: impaired::jitter,
    },
    Row { name: "framing", what: "Packets of 10, 40 and 60 ms", run: framing::run },
    Row {
        name: "framing-loss",
        what: "Opus 24 kb/s in packets of 10, 40 and 60 ms, 10 % random loss, FEC",
        run: framing::lossy,
    },
    Row {
        name: "spurts",
        what: "Pauses in which next to nothing is sent, 20 ms of jitter",
        run: spurts::run,
    },
    Row { name: "restart", what: "Opus 48 kb/s, another stream every 2 s", run: restart::run },
    Row { name: "stall", what: "Opus 48 kb/s, a stall of 2 s", run: stall::run },
    Row {
        name: "drift",
        what: "PCMU by clocks that are 500 ppm fast and slow, 8 h (short set: 15 min)",
        run: drift::run,
    },
    Row {
        name: "adapting",
        what: "A browser that loses 10 % of what it is sent, and says so",
        run: adapting::run,
    },
    Row { name: "noise", what: "A voice 15 dB above a fan, denoised", run: noise::run },
    Row { name: "rates", what: "PCMU, while somebody by Opus comes and goes", run: rates::run },
    Row { name: "splice", what: "Shared ↔ private encoder, every 4 s", run: splice::run },
    Row { name: "lan", what: "Clean LAN, 1 ms of jitter: packet in to packet out", run: lan::run },
    Row {
        name: "levels",
        what: "Four participants recorded 20 dB apart, in the mix",
        run: levels::run,
    },
    Row { name: "together", what: "Two people who speak at once", run: together::run },
    Row { name: "floor", what: "One who talks beside a fan and music on hold", run: floor::run },
    Row {
        name: "onset",
        what: "First syllables, out of silence and a fan's noise",
        run: onset::run,
    },
    Row { name: "keys", what: "Keys of a telephone that sends them as sound", run: keys::run },
    Row {
        name: "returned",
        what: "One whose microphone hears its loudspeaker, 200 ms later",
        run: returned::run,
    },
];

impl Bench {
    /// What a row's talker says.
    fn script(&self) -> Script {
        let utterances = if self.is_quick { UTTERANCES_SHORT } else { UTTERANCES_FULL };
        Script::of(&Recording::ALL, utterances)
    }

    /// Has one talk and another listen to it, in a room of their own.
    fn listen(
        &mut self,
        script: &Script,
        talker: Participant,
        listener: Participant,
        lag_max: Duration,
    ) -> Result<Heard, Fault> {
        let talker = talker.saying(script.samples.clone());
        let participants = [talker, listener];
        let mut house = House::open(room(), &participants, SEED)?;
        house.run_for(script.lasts() + TAIL)?;
        let takes = house.close()?;
        let [talker, _] = &participants;
        let listened = Listened::new(talker, &takes[0], &takes[1])?;
        let moments = listened.moments(lag_max);
        Ok(Heard { listened, moments })
    }

    /// The scores of all that was heard.
    fn score(&mut self, name: &str, script: &Script, heard: &Heard) -> Result<Vec<Score>, Fault> {
        let utterances = heard.listened.utterances(script, &heard.moments);
        let pairs: Vec<_> = utterances.into_iter().map(|utterance| utterance.pair).collect();
        self.scorer.score(name, &pairs)
    }
}

/// A room as the server opens it, but for comfort noise, which would be held against what is heard.
fn room() -> RoomSettings {
    RoomSettings { heed: Heed::Speech, ..RoomSettings::default() }
}

/// The seed of all chance.
const SEED: u64 = 20_260_101;

/// What a listener heard, and how late.
struct Heard {
    listened: Listened,
    moments: Vec<Moment>,
}

impl Heard {
    /// What would be heard if there were nothing but the codecs.
    fn by_codecs_alone(
        script: &Script,
        talker: Participant,
        listener: &Participant,
    ) -> Result<Self, Fault> {
        let talker = talker.saying(script.samples.clone());
        let take = |codec, heard, began| Take { codec, heard, began, sent: Vec::new() };
        let heard = take(listener.codec, alone::heard(&talker, listener)?, Some(talker.begins));
        let listened = Listened::new(&talker, &take(talker.codec, Vec::new(), None), &heard)?;
        let moments = listened.moments(LAG_MAX);
        Ok(Self { listened, moments })
    }

    /// How long packets stayed at the server, on average, in seconds.
    fn mean_stay(&self) -> f64 {
        mean(self.listened.stays(&self.moments).iter().map(|stay| stay.stay_s))
    }

    /// The delay and the buffer over time.
    fn curves(&self) -> Vec<Curve> {
        let found = self.moments.iter().filter(|moment| moment.is_found());
        let delay = found.map(|moment| (moment.at_s, moment.lag_s * 1_000.0)).collect();
        let stays = self.listened.stays(&self.moments);
        let buffer = stays.iter().map(|stay| (stay.at_s, stay.stay_s * 1_000.0)).collect();
        vec![
            Curve { name: "mouth to the server's answer", unit: "ms", points: delay },
            Curve { name: "stay at the server", unit: "ms", points: buffer },
        ]
    }
}

/// Whether a codec's sound is scored in narrowband.
fn pesq_name(codec: CodecKind) -> &'static str {
    match codec {
        CodecKind::Pcmu | CodecKind::Pcma => "PESQ-NB",
        CodecKind::G722 | CodecKind::Opus => "PESQ-WB",
    }
}

/// The mean of the opinions.
fn pesq(scores: &[Score]) -> f64 {
    mean(scores.iter().map(|score| score.pesq))
}

/// The mean of what is understood, which has no goal.
fn stoi(scores: &[Score]) -> Figure {
    Figure::score("STOI", mean_stoi(scores))
}

fn mean_stoi(scores: &[Score]) -> f64 {
    mean(scores.iter().map(|score| score.stoi))
}
