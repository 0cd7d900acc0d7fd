//! `confab-load table`.

use std::path::PathBuf;

use clap::Args;

use super::{Done, run_async, write_file};
use crate::markdown;
use crate::progress::ProgressLine;
use crate::report::{self, Origin};
use crate::server::{Confab, Cores};
use crate::stop::Stop;
use crate::summary;
use crate::table::{Depth, TableSettings, table};

#[derive(Debug, Args)]
pub(super) struct TableArgs {
    /// The server's program; by default the one beside this program
    #[arg(long, value_name = "PATH")]
    confab: Option<PathBuf>,
    /// Take at most 50 s, and check that half of each goal holds
    #[arg(long)]
    quick: bool,
    /// Print one JSON object for each row, and nothing else
    #[arg(long)]
    json: bool,
    /// Where the report goes: one HTML file that needs no other
    #[arg(long, value_name = "FILE", default_value = "confab-load-table.html")]
    report: PathBuf,
    /// Where the table goes as Markdown, for a README
    #[arg(long, value_name = "FILE")]
    markdown: Option<PathBuf>,
    /// Say nothing while it runs
    #[arg(long, short)]
    quiet: bool,
}

pub(super) fn run(args: TableArgs) -> Done {
    let layout = Cores::allowed().split();
    // All threads that are started from here on inherit it.
    layout.load.take()?;
    let depth = if args.quick { Depth::quick() } else { Depth::full() };
    let confab = args.confab.unwrap_or_else(Confab::beside);
    let settings = TableSettings { confab, depth, layout };
    run_async(async move {
        let stop = Stop::on_interrupt();
        let mut progress = ProgressLine::new(args.quiet);
        let result = table(settings, &stop, &mut progress).await?;
        progress.clear();
        write_file(&args.report, report::table(&result, &Origin::now(result.machine.clone())))?;
        if let Some(path) = &args.markdown {
            write_file(path, markdown::of_table(&result))?;
        }
        if args.json {
            for row in &result.rows {
                println!("{}", serde_json::to_string(row)?);
            }
        } else {
            print!("{}", summary::of_table(&result));
            println!("\nThe report is in {}.", args.report.display());
        }
        Ok(result.rows.iter().all(|row| row.holds))
    })
}
