//! What is logged: to standard error, as text or JSON. Numbers, keys and secrets are masked where they
//! are logged, by their types' `Debug` and `Display`.

use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::config::{Log, LogFormat};

/// Starts logging for the whole process. The filter was checked with the configuration; were it none,
/// everything from `info` up would be logged. A second call changes nothing.
pub fn start(log: &Log) {
    let info = Targets::new().with_default(tracing::Level::INFO);
    let filter = log.filter.parse::<Targets>().unwrap_or(info);
    let registry = tracing_subscriber::registry().with(filter);
    let format = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let started = match log.format {
        LogFormat::Text => registry.with(format.with_ansi(is_terminal())).try_init(),
        LogFormat::Json => registry.with(format.json().flatten_event(true)).try_init(),
    };
    if started.is_err() {
        tracing::debug!("logging is on already");
    }
}

fn is_terminal() -> bool {
    use std::io::IsTerminal;
    std::io::stderr().is_terminal()
}
