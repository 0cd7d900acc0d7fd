//! The command line.

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;

use crate::rows::{Bench, ROWS, Row};
use crate::score::Scorer;

/// Send recorded speech through the media server, in virtual time and by bad networks, and score what comes out.
#[derive(Debug, Parser)]
#[command(name = "confab-sound", version, max_term_width = 100)]
struct Cli {
    /// The rows to run; all of them unless some are named
    rows: Vec<String>,
    /// Run a short set
    #[arg(long)]
    quick: bool,
    /// Name the rows, and run none
    #[arg(long)]
    list: bool,
    /// Keep what was said and what was heard, as WAV files, in this directory
    #[arg(long, value_name = "DIRECTORY")]
    keep: Option<PathBuf>,
    /// The Python of an environment that has tools/sound/requirements.txt
    #[arg(long, value_name = "FILE", env = "CONFAB_SOUND_PYTHON")]
    python: Option<PathBuf>,
}

/// What could not be tried.
const NOT_TRIED: u8 = 2;

/// Runs what was typed.
#[must_use]
pub fn main() -> ExitCode {
    match run(&Cli::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("confab-sound: {error}");
            ExitCode::from(NOT_TRIED)
        }
    }
}

fn run(cli: &Cli) -> Result<bool, Box<dyn Error>> {
    if cli.list {
        ROWS.iter().for_each(|row| println!("{:22} {}", row.name, row.what));
        return Ok(true);
    }
    let scorer = Scorer::start(&python(cli), cli.keep.as_deref())?;
    let mut bench = Bench { scorer, is_quick: cli.quick };
    let mut all_hold = true;
    for row in wanted(&cli.rows)? {
        let outcome = row.run(&mut bench)?;
        println!("{}: {}", row.name, row.what);
        for figure in &outcome.figures {
            let goal = figure.goal.map_or(String::new(), |goal| {
                format!("   {goal}: {}", if figure.holds() { "holds" } else { "does not hold" })
            });
            println!("    {:30} {:8.3} {}{goal}", figure.name, figure.value, figure.unit);
        }
        all_hold &= outcome.holds();
    }
    Ok(all_hold)
}

fn wanted(names: &[String]) -> Result<Vec<&'static Row>, String> {
    if names.is_empty() {
        return Ok(ROWS.iter().collect());
    }
    let find = |name: &String| {
        ROWS.iter().find(|row| row.name == name).ok_or_else(|| format!("there is no row {name}"))
    };
    names.iter().map(find).collect()
}

fn python(cli: &Cli) -> PathBuf {
    cli.python.clone().unwrap_or_else(|| "python3".into())
}
