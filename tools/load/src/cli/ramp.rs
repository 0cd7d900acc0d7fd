//! `confab-load ramp`.

use std::time::Duration;

use clap::Args;

use super::load_args::{LoadArgs, seconds};
use super::{Done, OutputArgs, print, write_file};
use crate::progress::ProgressLine;
use crate::ramp::{self, RampSettings};
use crate::report::{self, Origin};
use crate::result::{Bounds, Machine};
use crate::stop::Stop;
use crate::summary;

#[derive(Debug, Args)]
pub(super) struct RampArgs {
    /// What is loaded; --rooms times --legs is as far as the ramp goes
    #[command(flatten)]
    load: LoadArgs,
    /// Legs of the first step; by default a tenth of all
    #[arg(long, value_name = "LEGS")]
    first: Option<usize>,
    /// How many more legs each step has; by default a tenth of all
    #[arg(long, value_name = "LEGS")]
    step: Option<usize>,
    /// How closely the limit is to be known, in legs; by default a quarter of a step
    #[arg(long, value_name = "LEGS")]
    resolution: Option<usize>,
    /// What the 99th percentile of the latency may be, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = 35.0)]
    latency_bound: f64,
    /// How long each step is measured, in seconds
    #[arg(long, value_name = "SECONDS", default_value = "5", value_parser = seconds)]
    duration: Duration,
    #[command(flatten)]
    output: OutputArgs,
}

/// How long those who have just come are let be before a step is measured.
const SETTLING_TIME: Duration = Duration::from_secs(1);

/// No step begins later than this after the first.
const TIME_MAX: Duration = Duration::from_secs(3_600);

pub(super) async fn run(args: RampArgs) -> Done {
    let settings = args.load.settings(args.duration, Duration::ZERO)?;
    let tenth = settings.plan.legs().div_ceil(10);
    let step = args.step.unwrap_or(tenth);
    let ramp = RampSettings {
        first: args.first.unwrap_or(tenth),
        step,
        resolution: args.resolution.unwrap_or(step / 4),
        bounds: Bounds { latency_p99_ms_max: args.latency_bound, ..Bounds::default() },
        settle: SETTLING_TIME,
        measure: args.duration,
        time_max: TIME_MAX,
        server_cores: None,
    };
    let stop = Stop::on_interrupt();
    let mut progress = ProgressLine::new(args.output.quiet);
    // Steps are told when they are taken; on a terminal the line of progress makes way.
    let quiet = args.output.quiet;
    let mut tell = |step: &_| {
        if !quiet {
            eprintln!("\r{}", summary::of_step(step));
        }
    };
    let result = ramp::ramp(&settings, &ramp, &stop, &mut progress, &mut tell).await?;
    progress.clear();
    if let Some(path) = &args.output.report {
        write_file(path, report::ramp(&result, &Origin::now(Machine::this(None))))?;
    }
    let json = args.output.json.then(|| serde_json::to_string(&result)).transpose()?;
    print(summary::of_ramp(&result), json);
    Ok(result.most > 0)
}
