//! The command line.

use std::error::Error;
use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use load::report::Origin;
use load::result::Machine;

use crate::outcome::{Done, Figure};
use crate::recorded::Recorded;
use crate::report;
use crate::rows::{Bench, ROWS, Row};
use crate::score::Scorer;

/// Send recorded speech through the media server, in virtual time and by bad networks, and score what comes out.
///
/// The server's own engine is run by hand, with a socket for each far end; nothing else needs to run. The same speech
/// and the same chance give the same scores every time.
#[derive(Debug, Parser)]
#[command(name = "confab-sound", version, max_term_width = 100, after_help = AFTER_HELP)]
struct Cli {
    /// The rows to run; all of them unless some are named
    rows: Vec<String>,
    /// Run a short set, in less than three minutes
    #[arg(long)]
    quick: bool,
    /// Name the rows, and run none
    #[arg(long)]
    list: bool,
    /// Judge by whether scores have fallen since they were recorded, not by the goals
    #[arg(long, value_name = "FILE")]
    against: Option<PathBuf>,
    /// Record the scores
    #[arg(long, value_name = "FILE", conflicts_with = "against")]
    record: Option<PathBuf>,
    /// Print the result as JSON instead of words
    #[arg(long)]
    json: bool,
    /// Write a report with plots: one HTML file that needs no other
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Keep what was said and what was heard, as WAV files, in this directory
    #[arg(long, value_name = "DIRECTORY")]
    keep: Option<PathBuf>,
    /// The Python of an environment with tools/sound/requirements.txt; that of tools/setup.sh unless named
    #[arg(long, value_name = "FILE", env = "CONFAB_SOUND_PYTHON")]
    python: Option<PathBuf>,
}

const AFTER_HELP: &str = "\
Examples:
  confab-sound --quick --report sound.html
  confab-sound opus-24-loss-10 pcmu-loss-5 --keep /tmp/heard
  confab-sound --quick --against tools/sound/recorded.json

It exits with 0 when all held, with 1 when something did not, and with 2 when it could not be tried.";

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
    let wanted = wanted(&cli.rows)?;
    let recorded = cli.against.as_deref().map(Recorded::read).transpose()?;
    let scorer = Scorer::start(&python(cli), cli.keep.as_deref())?;
    let mut bench = Bench { scorer, is_quick: cli.quick };
    let mut rows = Vec::new();
    for row in wanted {
        let done = row.run(&mut bench)?;
        if !cli.json {
            tell(&done);
        }
        rows.push(done);
    }
    let holds = match &recorded {
        Some(recorded) => {
            let fallen = recorded.fallen(&rows);
            fallen.iter().for_each(|fall| eprintln!("fallen: {fall}"));
            fallen.is_empty()
        }
        None => rows.iter().all(|row| row.outcome.holds()),
    };
    write(cli, &rows, holds)?;
    Ok(holds)
}

/// Writes what was asked for.
fn write(cli: &Cli, rows: &[Done], holds: bool) -> Result<(), Box<dyn Error>> {
    if cli.json {
        println!("{}", serde_json::to_string_pretty(rows)?);
    }
    if let Some(path) = &cli.report {
        let html = report::page(rows, holds, &Origin::now(Machine::this(None)));
        fs::write(path, html).map_err(|error| format!("{}: {error}", path.display()))?;
    }
    if let Some(path) = &cli.record {
        Recorded::of(rows).write(path)?;
    }
    Ok(())
}

/// Tells what a row came to.
fn tell(row: &Done) {
    println!("{}: {}", row.name, row.what);
    for figure in &row.outcome.figures {
        println!("    {:42} {:>10}   {}", figure.name, figure.written(), verdict(figure));
    }
}

fn verdict(figure: &Figure) -> String {
    let Some(goal) = figure.goal else { return String::new() };
    let holds = if figure.holds() { "holds" } else { "does not hold" };
    format!("{goal} {}: {holds}", figure.unit)
}

fn wanted(names: &[String]) -> Result<Vec<&'static Row>, String> {
    if names.is_empty() {
        return Ok(ROWS.iter().collect());
    }
    let find = |name: &String| {
        let row = ROWS.iter().find(|row| row.name == name);
        row.ok_or_else(|| format!("there is no row {name}: --list names them"))
    };
    names.iter().map(find).collect()
}

/// The interpreter that was named, or the one of the environment that `tools/setup.sh test` makes beside the built
/// files, of which this program is one.
fn python(cli: &Cli) -> PathBuf {
    let named = cli.python.clone();
    named.unwrap_or_else(|| {
        let program = std::env::current_exe().unwrap_or_default();
        let built = program.ancestors().nth(2).unwrap_or(&program);
        built.join("sound/bin/python")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent_and_helps() {
        Cli::command().debug_assert();
        let help = Cli::command().render_long_help().to_string();
        for word in ["--quick", "--against", "--report", "exits with 0"] {
            assert!(help.contains(word), "{help}");
        }
    }

    #[test]
    fn rows_are_found_by_their_names() {
        assert_eq!(wanted(&[]).unwrap().len(), ROWS.len());
        assert_eq!(wanted(&["lan".to_owned()]).unwrap()[0].name, "lan");
        assert!(wanted(&["nothing".to_owned()]).is_err_and(|error| error.contains("--list")));
    }
}
