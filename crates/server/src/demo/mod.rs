//! `confab demo`: the whole main job on one machine.
//!
//! The server with its database, and simulated phones on a simulated carrier trunk: real SIP and RTP over
//! loopback sockets, and recorded speech. It stays until Ctrl-C; with `--once` it tries everything by
//! itself through the HTTP API, as a program outside would, and says how long each step took.

mod client;
mod once;
mod report;
mod stage;
mod stay;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use sim::phone::PhoneError;

use crate::start::StartError;
use client::ClientError;

/// What may be said of the demo on the command line.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Args {
    /// Try it without a person: have two numbers rung, check that each hears the other, print how
    /// long each step took as JSON, and exit with 0, or with 1 and the reason
    #[arg(long)]
    once: bool,
    /// Keep the database in this directory instead of a temporary one
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Serve the pages here [default: 127.0.0.1:8080 or else a free port; with --once a free port]
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
    /// Show the server's log, at this level or by these filters
    #[arg(long, value_name = "FILTER", default_value = "warn")]
    log: String,
}

/// Runs the demo.
///
/// # Errors
/// Something can't be started, or, with `--once`, something didn't work.
pub async fn run(args: &Args) -> Result<(), DemoError> {
    if args.once { once::run(args).await } else { stay::run(args).await }
}

/// What can go wrong with the demo.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// There is no place for the database.
    #[error("there is no directory for the database: {0}")]
    Directory(std::io::Error),
    /// The server doesn't start.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The simulated phones don't work.
    #[error(transparent)]
    Phones(#[from] PhoneError),
    /// The API can't be used.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// A step was not done in time.
    #[error("{step}: not within {} s", limit.as_secs())]
    TooLate {
        /// What was waited for.
        step: &'static str,
        /// How long everything may take.
        limit: Duration,
    },
    /// A call ended early.
    #[error("the call to {number} ended: {ending}")]
    CallEnded {
        /// The number, masked.
        number: String,
        /// Its ending's name.
        ending: String,
    },
    /// Somebody hears their own voice.
    #[error("{number} hears itself (score {score:.2})")]
    HearsItself {
        /// The number, masked.
        number: String,
        /// How clearly.
        score: f32,
    },
}
