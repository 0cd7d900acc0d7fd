//! The command line.

mod load_args;
mod ramp;
mod reflect;
mod run;
mod table;

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use nix::sys::resource::{Resource, getrlimit, setrlimit};

/// Load a conference server with calls that talk, listen and measure what comes back.
///
/// Calls are placed by SIP, against any conference server, or as browsers do (WHIP, ICE, DTLS-SRTP, Opus). Some talk;
/// what returns is measured by the kernel's receive timestamps, and listened to: who hears whom, and how late.
#[derive(Debug, Parser)]
#[command(name = "confab-load", version, max_term_width = 100, after_help = AFTER_HELP)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

const AFTER_HELP: &str = "\
Examples:
  confab-load run --sip sip:1000@127.0.0.1 --legs 50 --talkers 3 --pid $(pidof asterisk)
  confab-load ramp --api http://127.0.0.1:8080 --token TOKEN --browser --legs 2000 --report ramp.html
  confab-load table --quick --json

It exits with 0 when all held, with 1 when something did not, and with 2 when it could not be tried.
Load goes to this machine alone unless --remote says otherwise: loading a machine that isn't yours is an attack.";

#[derive(Debug, Subcommand)]
enum Command {
    /// Place calls, measure them for a while, and hang up
    Run(run::RunArgs),
    /// Find the most legs that a server carries within bounds
    Ramp(ramp::RampArgs),
    /// Measure the floor: a bare reflector of the same packets, which mixes nothing
    Reflect(reflect::ReflectArgs),
    /// Make the capacity table, against a Confab that is started on a core of its own
    Table(table::TableArgs),
}

/// Where results go.
#[derive(Debug, Clone, Default, Args)]
struct OutputArgs {
    /// Print the result as JSON instead of words
    #[arg(long)]
    json: bool,
    /// Write a report with plots: one HTML file that needs no other
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Say nothing while it runs
    #[arg(long, short)]
    quiet: bool,
}

/// What a command came to: whether all held, or why it could not be tried.
type Done = Result<bool, Box<dyn Error>>;

/// What could not be tried.
const NOT_TRIED: u8 = 2;

/// Runs the command that was typed.
#[must_use]
pub fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Run(args) => run_async(run::run(args)),
        Command::Ramp(args) => run_async(ramp::run(args)),
        Command::Reflect(args) => reflect::run(&args),
        Command::Table(args) => table::run(args),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            for line in error.to_string().lines() {
                eprintln!("confab-load: {line}");
            }
            ExitCode::from(NOT_TRIED)
        }
    }
}

fn run_async(future: impl Future<Output = Done>) -> Done {
    allow_many_files();
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(future)
}

/// A socket a call, here or at a server that we start: the limit that we may raise is raised.
fn allow_many_files() {
    if let Ok((_, most)) = getrlimit(Resource::RLIMIT_NOFILE) {
        // What is not allowed shows when a socket can't be had.
        let _ = setrlimit(Resource::RLIMIT_NOFILE, most, most);
    }
}

/// Prints a result, as words or JSON.
fn print(words: String, json: Option<String>) {
    match json {
        Some(json) => println!("{json}"),
        None => print!("{words}"),
    }
}

fn write_file(path: &Path, text: String) -> Result<(), Box<dyn Error>> {
    fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()).into())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent_and_helps() {
        Cli::command().debug_assert();
        let help = Cli::command().render_long_help().to_string();
        for word in ["run", "ramp", "reflect", "table", "--remote", "exits with 0"] {
            assert!(help.contains(word), "{help}");
        }
    }
}
