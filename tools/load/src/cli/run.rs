//! `confab-load run`.

use std::time::Duration;

use clap::Args;

use super::load_args::{LoadArgs, seconds};
use super::{Done, OutputArgs, print, write_file};
use crate::progress::ProgressLine;
use crate::report::{self, Origin};
use crate::result::Machine;
use crate::stop::Stop;
use crate::{run, summary};

#[derive(Debug, Args)]
pub(super) struct RunArgs {
    #[command(flatten)]
    load: LoadArgs,
    /// How long is measured, in seconds
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = seconds)]
    duration: Duration,
    /// How long all legs are there before measuring begins, in seconds
    #[arg(long, value_name = "SECONDS", default_value = "2", value_parser = seconds)]
    warm_up: Duration,
    #[command(flatten)]
    output: OutputArgs,
}

pub(super) async fn run(args: RunArgs) -> Done {
    let settings = args.load.settings(args.duration, args.warm_up)?;
    let stop = Stop::on_interrupt();
    let mut progress = ProgressLine::new(args.output.quiet);
    let result = run::run(&settings, &stop, &mut progress).await?;
    progress.clear();
    if let Some(path) = &args.output.report {
        write_file(path, report::run(&result, &Origin::now(Machine::this(None))))?;
    }
    let json = args.output.json.then(|| serde_json::to_string(&result)).transpose()?;
    print(summary::of_run(&result), json);
    Ok(result.holds())
}
