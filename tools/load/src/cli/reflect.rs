//! `confab-load reflect`.

use std::time::Duration;

use clap::Args;

use super::load_args::{CodecArg, seconds};
use super::{Done, allow_many_files, print};
use crate::plan::{Plan, Request};
use crate::reflect::{self, Cores};

#[derive(Debug, Args)]
pub(super) struct ReflectArgs {
    /// Legs
    #[arg(long, default_value_t = 1000)]
    legs: usize,
    /// The codec of all legs
    #[arg(long, value_enum, default_value_t = CodecArg::Pcmu)]
    codec: CodecArg,
    /// How long is measured, in seconds
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = seconds)]
    duration: Duration,
    /// The reflector's core
    #[arg(long, value_name = "CORE")]
    server_core: Option<usize>,
    /// The load's core
    #[arg(long, value_name = "CORE")]
    load_core: Option<usize>,
    /// Print the result as JSON instead of words
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &ReflectArgs) -> Done {
    allow_many_files();
    let plan = Plan::new(Request {
        legs_per_room: args.legs,
        talkers: 3.min(args.legs),
        codec: args.codec.into(),
        duration: args.duration,
        ears: 0,
        ..Request::default()
    })?;
    let cores = Cores { server: args.server_core, load: args.load_core };
    let reflected = reflect::run(&plan, cores)?;
    let measured = &reflected.measured;
    let words = format!(
        "{} legs, {} packets reflected, {:.3} % returned\n{:.2} µs a packet, {:.1} % of a core\n",
        args.legs,
        reflected.packets,
        measured.returned() * 100.0,
        reflected.cpu_us_per_packet,
        reflected.cpu_percent
    );
    let json = args.json.then(|| serde_json::to_string(&reflected)).transpose()?;
    print(words, json);
    for reason in &measured.tester.reasons {
        eprintln!("confab-load: the tester itself was not well: {reason}");
    }
    Ok(measured.is_valid())
}
