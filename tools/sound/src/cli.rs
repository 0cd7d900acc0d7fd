//! The command line.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::num::NonZero;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

use clap::Parser;
use load::report::Origin;
use load::result::Machine;

use crate::Fault;
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
    let rows = run_all(cli, &wanted)?;
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

/// Runs rows side by side, for each is by itself the same every time, and tells of them in their order.
fn run_all(cli: &Cli, wanted: &[&'static Row]) -> Result<Vec<Done>, Fault> {
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    // What is kept is numbered by whoever scores it.
    let threads = if cli.keep.is_some() { 1 } else { cores.min(wanted.len()) };
    let next = AtomicUsize::new(0);
    let (done, all_done) = mpsc::channel();
    thread::scope(|scope| {
        for _ in 0..threads {
            let done = done.clone();
            let next = &next;
            scope.spawn(move || run_some(cli, wanted, next, &done));
        }
        drop(done);
        in_order(all_done, |row| {
            if !cli.json {
                tell(row);
            }
        })
    })
}

/// What became of the row of a number.
type Ran = (usize, Result<Done, Fault>);

/// Runs rows that nobody has begun, one after the other, until there are none or nobody wants to know.
fn run_some(cli: &Cli, wanted: &[&'static Row], next: &AtomicUsize, done: &mpsc::Sender<Ran>) {
    let scorer = Scorer::start(&python(cli), cli.keep.as_deref());
    let mut bench = match scorer {
        Ok(scorer) => Bench { scorer, is_quick: cli.quick },
        Err(fault) => {
            // Who waits has all that it waits for by the first fault, and may be gone.
            let _ = done.send((0, Err(fault)));
            return;
        }
    };
    loop {
        let number = next.fetch_add(1, Ordering::Relaxed);
        let Some(row) = wanted.get(number) else { return };
        if done.send((number, row.run(&mut bench))).is_err() {
            return;
        }
    }
}

/// Brings rows into their order as they come, tells of each, and gives all, or the first fault.
fn in_order(ran: mpsc::Receiver<Ran>, tell: impl Fn(&Done)) -> Result<Vec<Done>, Fault> {
    let (mut early, mut rows) = (BTreeMap::new(), Vec::new());
    for (number, row) in ran {
        early.insert(number, row?);
        while let Some(row) = early.remove(&rows.len()) {
            tell(&row);
            rows.push(row);
        }
    }
    Ok(rows)
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
    use crate::outcome::Outcome;
    use clap::CommandFactory;
    use std::cell::RefCell;

    #[test]
    fn the_command_line_is_consistent_and_helps() {
        Cli::command().debug_assert();
        let help = Cli::command().render_long_help().to_string();
        for word in ["--quick", "--against", "--report", "exits with 0"] {
            assert!(help.contains(word), "{help}");
        }
    }

    #[test]
    fn rows_are_told_in_their_order_however_they_come_and_faults_at_once() {
        let row = |number: usize| {
            let outcome = Outcome { figures: Vec::new(), curves: Vec::new() };
            Done { name: ROWS[number].name, what: ROWS[number].what, outcome }
        };
        let told = |ran: Vec<Ran>| {
            let (sender, receiver) = mpsc::channel();
            ran.into_iter().for_each(|ran| sender.send(ran).unwrap());
            drop(sender);
            let names = RefCell::new(Vec::new());
            let all = in_order(receiver, |row| names.borrow_mut().push(row.name));
            (names.into_inner(), all.map(|all| all.len()))
        };
        let (names, all) = told([2, 0, 1, 3].map(|number| (number, Ok(row(number)))).into());
        assert_eq!((names, all.unwrap()), (ROWS[..4].iter().map(|row| row.name).collect(), 4));
        let (names, all) = told(vec![(1, Ok(row(1))), (0, Err(Fault::NothingHeard))]);
        assert!(names.is_empty() && all.is_err());
    }

    #[test]
    fn rows_are_found_by_their_names() {
        assert_eq!(wanted(&[]).unwrap().len(), ROWS.len());
        assert_eq!(wanted(&["lan".to_owned()]).unwrap()[0].name, "lan");
        assert!(wanted(&["nothing".to_owned()]).is_err_and(|error| error.contains("--list")));
    }
}
