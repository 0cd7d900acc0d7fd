//! What a run, a ramp and the capacity table come to: what is printed, written as JSON and plotted.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::plan::{Codec, Kind, Others};
use crate::{Distribution, Measured};

/// A run: calls were placed, and what they sent and received was measured.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct RunResult {
    /// What was loaded, as it was named: a SIP URI, a WHIP endpoint, a server's API.
    pub target: String,
    /// What it was loaded with.
    pub setup: Setup,
    /// What became of the calls.
    pub calls: Calls,
    /// What the media plane measured.
    pub measured: Measured,
    /// What the server used meanwhile, if its process is known.
    pub server: Option<Usage>,
    /// What is not as it should be, in words; empty when all is well.
    pub faults: Vec<String>,
}

impl RunResult {
    /// Whether all is as it should be.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.faults.is_empty()
    }
}

/// What a server is loaded with.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub struct Setup {
    /// How legs come.
    pub kind: Kind,
    /// Rooms.
    pub rooms: usize,
    /// Legs of each room.
    pub legs_per_room: usize,
    /// How many of these talk.
    pub talkers: usize,
    /// What the others do.
    pub others: Others,
    /// The codec of all.
    pub codec: Codec,
    /// Calls placed a second.
    pub rate_per_s: f64,
}

/// What became of calls.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Calls {
    /// Calls that were placed.
    pub placed: u64,
    /// Those that came up.
    pub up: u64,
    /// Those that did not, or ended before we hung up.
    pub failed: u64,
    /// Why, and how many for each reason.
    pub failures: BTreeMap<String, u64>,
    /// From the offer to the moment that sound may flow, in milliseconds.
    pub setup_ms: Distribution,
}

/// What a process used during a measurement.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Usage {
    /// How long was measured, in seconds.
    pub seconds: f64,
    /// Processor time of the whole process, in percent of one core.
    pub cpu_percent: f64,
    /// That of its media threads, those named `media-…`; none when it has no such threads.
    pub media_cpu_percent: Option<f64>,
    /// Resident memory at the end, in bytes.
    pub memory_bytes: u64,
    /// The threads that used the most, the busiest first.
    pub threads: Vec<ThreadUsage>,
}

/// What one thread used.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct ThreadUsage {
    /// Its name.
    pub name: String,
    /// Its processor time, in percent of one core.
    pub cpu_percent: f64,
}

/// What a ramp found.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct RampResult {
    /// What was loaded.
    pub target: String,
    /// What it was loaded with; the legs of each step are the step's.
    pub setup: Setup,
    /// What each step had to hold.
    pub bounds: Bounds,
    /// The steps, in the order in which they were taken.
    pub steps: Vec<Step>,
    /// The most legs at which all bounds held; 0 when they never did.
    pub most: usize,
    /// Why it ended.
    pub end: RampEnd,
    /// What became of the calls of all steps.
    pub calls: Calls,
    /// What was measured in the best step, or in the only one.
    pub best: Option<Measured>,
}

/// What a step of a ramp has to hold.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, Deserialize)]
pub struct Bounds {
    /// The least share of packets due that return, from 0 to 1.
    pub returned_min: f64,
    /// The most that the 99th percentile of the latency may be, in milliseconds.
    pub latency_p99_ms_max: f64,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { returned_min: 0.999, latency_p99_ms_max: 35.0 }
    }
}

/// A step of a ramp.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Step {
    /// Legs that were up.
    pub legs: usize,
    /// The share of packets due that returned, from 0 to 1.
    pub returned: f64,
    /// Half of what is said is heard within this, in milliseconds; none when no chirp was heard.
    pub latency_p50_ms: Option<f64>,
    /// 99% of what is said is heard within this, in milliseconds.
    pub latency_p99_ms: Option<f64>,
    /// The server's processor time in percent of a core, if its process is known.
    pub cpu_percent: Option<f64>,
    /// The server's memory in bytes, if its process is known.
    pub memory_bytes: Option<u64>,
    /// Calls that failed on the way to this step, and in it.
    pub calls_failed: u64,
    /// What kept the tester itself from doing well, in words: unless that is empty, the step says nothing of the server.
    pub tester_faults: Vec<String>,
    /// The share that the host took of the core that suffered most, in percent.
    pub stolen_percent: f64,
    /// Whether others than the server and the tester may be the cause if something did not hold.
    pub disturbed: bool,
    /// What did not hold, in words; empty when all did.
    pub faults: Vec<String>,
}

impl Step {
    /// Whether all bounds held, and the tester was well.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.is_valid() && self.faults.is_empty()
    }

    /// Whether the tester was well, so that the step says something of the server.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        self.tester_faults.is_empty()
    }

    /// All that was wrong, the tester's own faults last.
    pub fn all_faults(&self) -> impl Iterator<Item = &str> {
        self.faults.iter().chain(&self.tester_faults).map(String::as_str)
    }
}

/// Why a ramp ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RampEnd {
    /// The server's limit lies between two steps that are close enough.
    Found,
    /// Everything held with as many legs as it was to go to.
    AllHeld,
    /// The tester itself was at its limit before the server was.
    TesterLimit,
    /// Others took time of the cores whenever a step did not hold.
    Disturbed,
    /// There was no more time.
    OutOfTime,
    /// It was interrupted.
    Interrupted,
}

/// The capacity table.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct TableResult {
    /// The machine that it was made on.
    pub machine: Machine,
    /// Whether only half of each goal was asked for.
    pub quick: bool,
    /// The rows.
    pub rows: Vec<Row>,
    /// The ramps behind them, each with the name of its row.
    pub ramps: Vec<(String, RampResult)>,
    /// The measurements behind them, each with a name.
    pub runs: Vec<(String, RunResult)>,
}

/// A row of the capacity table.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Row {
    /// What is measured.
    pub row: String,
    /// What was reached: a number, several, or null when it could not be measured.
    pub reached: Figures,
    /// What was to be reached, as many numbers.
    pub goal: Figures,
    /// Whether it was.
    pub holds: bool,
    /// Whether more is better, or less.
    pub better: Better,
    /// The unit of the numbers.
    pub unit: String,
    /// How it was measured, or why it was not.
    pub note: String,
}

/// The numbers of a row.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Figures {
    /// One.
    One(f64),
    /// Several, in the order that the row's name has.
    Several(Vec<f64>),
    /// None: it could not be measured.
    Missing,
}

/// Which way a figure should go.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Better {
    /// The goal is the least.
    More,
    /// The goal is the most.
    Less,
}

/// The machine that a table was made on.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Machine {
    /// The processor's name.
    pub processor: String,
    /// How many cores there are.
    pub cores: usize,
    /// How fast the cores are let run: the governor, where the machine has one.
    pub governor: String,
    /// The kernel.
    pub kernel: String,
    /// The server's core, and those of the tester.
    pub layout: String,
    /// How late a thread of the real-time class wakes on each core when nothing runs, where that was tried.
    pub idle: String,
}
