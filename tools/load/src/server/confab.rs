//! A Confab of the tester's own: started on a core of its own, with room for everything, and stopped in the end.

use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tempfile::TempDir;

use super::{Api, Cores, Process};
use crate::destination::Reach;
use crate::http::HttpError;

/// How long a server may take to listen, and to end.
const PATIENCE: Duration = Duration::from_secs(20);

/// The token that the server is told.
const TOKEN: &str = "a-token-for-load-tests-alone";

/// Lines of the server's log that an error shows.
const LOG_LINES_MAX: usize = 12;

/// Why there is no server.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Its program isn't found.
    #[error("{0} is not there: build it (cargo build --release), or name it with --confab PATH")]
    NotFound(PathBuf),
    /// The system can't run it.
    #[error("{program} can't be run: {source}")]
    Run {
        /// The program.
        program: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Its files can't be written.
    #[error("the server's files can't be written: {0}")]
    Files(#[from] std::io::Error),
    /// It ended, or did not listen in time.
    #[error("the server does not listen; it said:\n{0}")]
    Silent(String),
    /// Its API can't be used.
    #[error(transparent)]
    Api(#[from] HttpError),
}

/// A running server.
#[derive(Debug)]
pub struct Confab {
    child: Child,
    /// Its database and configuration, removed in the end.
    _directory: TempDir,
    sip: SocketAddr,
    api: Api,
    process: Process,
}

impl Confab {
    /// The program to start when none is named: the one beside this program.
    #[must_use]
    pub fn beside() -> PathBuf {
        let own = std::env::current_exe().ok();
        let directory = own.as_deref().and_then(Path::parent).map(Path::to_owned);
        directory.unwrap_or_default().join("confab")
    }

    /// Starts a server with one media worker, all its threads on `cores`, and waits until it listens.
    ///
    /// # Errors
    /// It doesn't.
    pub async fn start(program: &Path, cores: &Cores) -> Result<Self, StartError> {
        if !program.is_file() {
            return Err(StartError::NotFound(program.to_owned()));
        }
        let directory = TempDir::new()?;
        let file = directory.path().join("confab.toml");
        fs::write(&file, configuration(directory.path())?)?;
        let mut command = Command::new(program);
        command.arg("serve").arg("--config").arg(&file);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let started = start_on(cores.clone(), command);
        let mut child =
            started.map_err(|source| StartError::Run { program: program.to_owned(), source })?;
        let listening = listening(&mut child);
        let addresses = match listening {
            Ok(addresses) => addresses,
            Err(log) => {
                end(&mut child);
                return Err(StartError::Silent(log));
            }
        };
        let api = Api::find(&format!("http://{}", addresses.http), TOKEN, Reach::Loopback).await?;
        let process = Process::new(child.id()).map_err(|error| StartError::Files(error.source))?;
        Ok(Self { child, _directory: directory, sip: addresses.sip, api, process })
    }

    /// Where it takes calls by SIP over UDP.
    #[must_use]
    pub fn sip(&self) -> SocketAddr {
        self.sip
    }

    /// Its API.
    #[must_use]
    pub fn api(&self) -> &Api {
        &self.api
    }

    /// What it uses.
    #[must_use]
    pub fn process(&self) -> &Process {
        &self.process
    }
}

impl Drop for Confab {
    fn drop(&mut self) {
        end(&mut self.child);
    }
}

/// Starts a command whose threads all run on `cores`: it inherits them from the thread that starts it.
fn start_on(cores: Cores, mut command: Command) -> std::io::Result<Child> {
    let starter = std::thread::Builder::new().name("starter".to_owned()).spawn(move || {
        cores.take().map_err(std::io::Error::from)?;
        command.spawn()
    })?;
    starter.join().unwrap_or_else(|_| Err(std::io::ErrorKind::Other.into()))
}

/// Asks a server to end, and makes it if it doesn't.
fn end(child: &mut Child) {
    let id = i32::try_from(child.id()).unwrap_or(i32::MAX);
    // Twice: it is not to wait for calls.
    for _ in 0..2 {
        let _ = kill(Pid::from_raw(id), Signal::SIGTERM);
    }
    let deadline = Instant::now() + PATIENCE;
    while Instant::now() < deadline {
        if !matches!(child.try_wait(), Ok(None)) {
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    let _ = child.kill();
    let _ = child.wait();
}

/// Where a server listens.
struct Addresses {
    http: SocketAddr,
    sip: SocketAddr,
}

/// Waits for the line of the log that says where the server listens; gives the log when it doesn't come.
fn listening(child: &mut Child) -> Result<Addresses, String> {
    let lines = lines_of(child);
    let deadline = Instant::now() + PATIENCE;
    let mut log: Vec<String> = Vec::new();
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        match lines.recv_timeout(left) {
            Ok(line) => {
                if let Some(addresses) = addresses_in(&line) {
                    return Ok(addresses);
                }
                log.push(line);
                let surplus = log.len().saturating_sub(LOG_LINES_MAX);
                log.drain(..surplus);
            }
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                return Err(log.join("\n"));
            }
        }
    }
}

/// What a server prints, line by line. It is read to the end, so that it never waits for us.
fn lines_of(child: &mut Child) -> Receiver<String> {
    let (sender, lines) = channel();
    let read = |pipe: Option<Box<dyn std::io::Read + Send>>| {
        let Some(pipe) = pipe else { return };
        let sender = sender.clone();
        std::thread::spawn(move || {
            for line in BufReader::new(pipe).lines().map_while(Result::ok) {
                // Nobody listens any more once the server does.
                let _ = sender.send(line);
            }
        });
    };
    read(child.stdout.take().map(|pipe| Box::new(pipe) as _));
    read(child.stderr.take().map(|pipe| Box::new(pipe) as _));
    lines
}

fn addresses_in(line: &str) -> Option<Addresses> {
    let line: serde_json::Value = serde_json::from_str(line).ok()?;
    if line.get("message")?.as_str()? != "listening" {
        return None;
    }
    let address = |field: &str| line.get(field)?.as_str()?.parse().ok();
    Some(Addresses { http: address("http")?, sip: address("sip_udp")? })
}

/// A configuration that refuses nothing which a load test asks for.
fn configuration(directory: &Path) -> std::io::Result<String> {
    let database = directory.join("confab.db").display().to_string();
    let quoted = |text: &str| format!("{text:?}");
    // Any free port that isn't one of the media's; browsers come to it by UDP.
    let browser_port = UdpSocket::bind("127.0.0.1:0")?.local_addr()?.port();
    let keys = [
        ("http.listen", quoted("127.0.0.1:0")),
        ("http.connections_max", "20000".to_owned()),
        ("api.token", quoted(TOKEN)),
        ("database.path", quoted(&database)),
        ("sip.udp", quoted("127.0.0.1:0")),
        ("sip.tcp", quoted("127.0.0.1:0")),
        ("sip.calls_max", "16000".to_owned()),
        ("media.listen", quoted("127.0.0.1")),
        ("media.port_first", "10000".to_owned()),
        ("media.port_last", "32767".to_owned()),
        ("media.workers", "1".to_owned()),
        // Loopback has no jitter to speak of, and the tester's lateness is what it measures itself.
        ("media.jitter_depth_ms", "10".to_owned()),
        // Where the limit lies is what is asked: nobody is turned away before it.
        ("media.load_max", "1.0".to_owned()),
        ("browser.listen", format!("[{}]", quoted("127.0.0.1"))),
        ("browser.port", browser_port.to_string()),
        ("browser.tcp_port", "0".to_owned()),
        ("browser.concurrent_max", "16000".to_owned()),
        ("browser.joins_per_conference_per_minute_max", "1000000".to_owned()),
        ("browser.joins_per_client_per_minute_max", "1000000".to_owned()),
        ("conferences.announce_alone", "false".to_owned()),
        ("prompts.music", "false".to_owned()),
        ("conferences.participants_max", "10000".to_owned()),
        ("conferences.active_max", "10000".to_owned()),
        ("log.format", quoted("json")),
        ("log.filter", quoted("warn,server=info")),
        ("shutdown.drain_s", "0".to_owned()),
    ];
    let mut text = String::new();
    for (key, value) in keys {
        let _ = writeln!(text, "{key} = {value}");
    }
    text.push_str(
        "[[sip.trunks]]\nid = \"load\"\naddress = \"127.0.0.1:9\"\nsources = [\"127.0.0.0/8\"]\n",
    );
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_says_where_it_listens() {
        let line = r#"{"message":"listening","http":"127.0.0.1:8080","sip_udp":"127.0.0.1:5060"}"#;
        let addresses = addresses_in(line).unwrap();
        assert_eq!(addresses.http.port(), 8080);
        assert_eq!(addresses.sip.port(), 5060);
        assert!(addresses_in(r#"{"message":"stopping"}"#).is_none());
        assert!(addresses_in("not JSON").is_none());
    }

    #[tokio::test]
    async fn a_program_that_is_not_there_is_said_so() {
        let nowhere = Path::new("/nowhere/confab");
        let error = Confab::start(nowhere, &Cores::allowed()).await.unwrap_err();
        assert!(error.to_string().contains("--confab"), "{error}");
    }

    #[tokio::test]
    async fn a_program_that_says_nothing_of_the_kind_is_given_up_with_what_it_said() {
        let echo = Path::new("/bin/echo");
        let error = Confab::start(echo, &Cores::allowed()).await.unwrap_err();
        assert!(error.to_string().contains("serve --config"), "{error}");
    }
}
