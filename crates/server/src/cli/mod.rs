//! The command line.

mod backup;
mod serve;
mod subscriber;
mod token;

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::config::load::{self, ConfigError, FILE_VARIABLE, Layers, Loaded};
use crate::config::show;

/// Conferences that ring your phone.
///
/// Open a conference's URL, type a number, and the phone rings: whoever picks up is in. Callers dial in
/// over SIP trunks to the same conference.
#[derive(Debug, Parser)]
#[command(name = "confab", version, max_term_width = 100, after_help = AFTER_HELP)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

const AFTER_HELP: &str = "\
Configuration, each overriding those before it:
  1. defaults
  2. a file: --config FILE, or CONFAB_CONFIG, or ./confab.toml, or /etc/confab/confab.toml
  3. the environment: CONFAB_CALLS__RING_TIME_S=30 sets calls.ring_time_s
  4. flags: --set calls.ring_time_s=30

Try it out: confab demo";

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the server until SIGTERM or Ctrl-C
    Serve(ConfigArgs),
    /// Show the whole main job on this machine, with simulated phones on a simulated carrier
    Demo(crate::demo::Args),
    /// Print the configuration in force and where each value came from, secrets masked
    Config(ConfigArgs),
    /// Make API tokens, and list who has one
    Token(token::TokenArgs),
    /// Create subscribers, give them URLs, suspend them
    Subscriber(subscriber::SubscriberArgs),
    /// Copy the SQLite database into a new file, while the server runs
    Backup(backup::BackupArgs),
}

/// Where the configuration comes from.
#[derive(Clone, Debug, Default, Args)]
struct ConfigArgs {
    /// The configuration file
    #[arg(long, value_name = "FILE", env = FILE_VARIABLE)]
    config: Option<PathBuf>,
    /// Serve pages and the API here (http.listen)
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<String>,
    /// The URL that people reach the server by (http.public_url)
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
    /// The database's file (database.path)
    #[arg(long, value_name = "FILE")]
    database: Option<String>,
    /// A level or filters (log.filter)
    #[arg(long, value_name = "FILTER")]
    log: Option<String>,
    /// Set any key of the configuration; may be repeated
    #[arg(long, value_name = "KEY=VALUE", value_parser = key_and_value)]
    set: Vec<(String, String)>,
}

fn key_and_value(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.trim().is_empty() => Ok((key.trim().into(), value.into())),
        _ => Err("give a key, an equals sign and a value, such as http.listen=0.0.0.0:80".into()),
    }
}

impl ConfigArgs {
    fn load(&self) -> Result<Loaded, ConfigError> {
        let named = [
            ("http.listen", &self.listen),
            ("http.public_url", &self.public_url),
            ("database.path", &self.database),
            ("log.filter", &self.log),
        ];
        let named = named
            .into_iter()
            .filter_map(|(key, value)| value.clone().map(|value| (key.to_owned(), value)));
        let environment = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        load::load(&Layers {
            file: load::file_to_read(self.config.as_deref()),
            environment,
            flags: named.chain(self.set.iter().cloned()).collect(),
        })
    }
}

/// Runs the command that was typed.
pub fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Serve(args) => serve::run(&args),
        Command::Demo(args) => run_async(async move { Ok(crate::demo::run(&args).await?) }),
        Command::Config(args) => args.load().map_err(Into::into).map(|loaded| {
            print!("{}", show::show(&loaded));
        }),
        Command::Token(args) => run_async(token::run(args)),
        Command::Subscriber(args) => run_async(subscriber::run(args)),
        Command::Backup(args) => run_async(backup::run(args)),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            for line in error.to_string().lines() {
                eprintln!("confab: {line}");
            }
            ExitCode::FAILURE
        }
    }
}

type Done = Result<(), Box<dyn Error>>;

fn run_async(future: impl Future<Output = Done>) -> Done {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(future)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent_and_helps() {
        Cli::command().debug_assert();
        let help = Cli::command().render_long_help().to_string();
        for word in [
            "serve",
            "demo",
            "config",
            "token",
            "subscriber",
            "backup",
            "CONFAB_CALLS__RING_TIME_S",
        ] {
            assert!(help.contains(word), "{help}");
        }
    }

    #[test]
    fn keys_are_set_by_flags() {
        let typed = ["confab", "config", "--listen", "127.0.0.1:0", "--set", "log.format=json"];
        let Command::Config(mut args) = Cli::try_parse_from(typed).unwrap().command else {
            panic!("another command");
        };
        let empty = tempfile::NamedTempFile::new().unwrap();
        args.config = Some(empty.path().to_owned());
        let config = args.load().unwrap().config;
        assert_eq!(config.http.listen.port(), 0);
        assert_eq!(config.log.format, crate::config::LogFormat::Json);
    }

    #[test]
    fn a_flag_without_a_value_is_explained() {
        let error = Cli::try_parse_from(["confab", "serve", "--set", "nonsense"]).unwrap_err();
        assert!(error.to_string().contains("such as http.listen"), "{error}");
    }
}
