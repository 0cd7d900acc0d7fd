//! The real server: `confab serve` with a configuration file, a database and ports of its own.

use std::fmt::Write as _;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;

use tempfile::TempDir;

use super::api::Api;
use super::process::Process;
use super::{PATIENCE, eventually};

/// Longer than a server goes on by the clock before.
const CLOCK_LOOK: Duration = Duration::from_millis(200);

/// The token that every server under test knows.
pub const TOKEN: &str = "a-token-for-end-to-end-tests";

/// How a server under test differs from the usual one.
#[derive(Default, Clone)]
pub struct Options {
    /// Where the trunk is that calls go out over.
    pub trunk: Option<SocketAddr>,
    /// More lines of that trunk's table.
    pub trunk_lines: &'static str,
    /// Whether the test says what time it is for the server: [`Confab::put_ahead`].
    pub has_test_clock: bool,
    /// Keys and values, as in the file: `("calls.ring_time_s", "5")`.
    pub set: Vec<(&'static str, String)>,
}

impl Options {
    /// A server that calls out to this address.
    pub fn trunk(address: SocketAddr) -> Self {
        Self { trunk: Some(address), ..Self::default() }
    }

    /// The same with one more key set.
    pub fn set(mut self, key: &'static str, value: impl ToString) -> Self {
        self.set.push((key, value.to_string()));
        self
    }
}

/// Who may run: many servers at once, or one alone, where a test loads the machine.
static MACHINE: RwLock<()> = RwLock::new(());

/// Held while a server runs; dropped after it.
enum Turn {
    Shared(#[allow(dead_code, reason = "held")] RwLockReadGuard<'static, ()>),
    Alone(#[allow(dead_code, reason = "held")] RwLockWriteGuard<'static, ()>),
}

/// A server under test. A test has one at a time.
pub struct Confab {
    process: Process,
    directory: TempDir,
    options: Options,
    http: SocketAddr,
    sip_udp: SocketAddr,
    sip_tcp: SocketAddr,
    turn: Turn,
}

impl Confab {
    /// Starts a server and waits until it listens.
    pub fn start(options: Options) -> Self {
        let turn = Turn::Shared(MACHINE.read().unwrap_or_else(PoisonError::into_inner));
        Self::start_in(TempDir::new().expect("a directory"), options, turn)
    }

    /// As [`start`](Self::start), when no other server runs, and until then none.
    pub fn start_alone(options: Options) -> Self {
        let turn = Turn::Alone(MACHINE.write().unwrap_or_else(PoisonError::into_inner));
        Self::start_in(TempDir::new().expect("a directory"), options, turn)
    }

    /// Stops this server and starts it again, with the same database.
    pub fn restart(mut self) -> Self {
        self.stop();
        let Self { directory, options, turn, .. } = self;
        Self::start_in(directory, options, turn)
    }

    fn start_in(directory: TempDir, options: Options, turn: Turn) -> Self {
        let file = directory.path().join("confab.toml");
        fs::write(&file, configuration(directory.path(), &options)).expect("a written file");
        let mut command = Command::new(env!("CARGO_BIN_EXE_confab"));
        command.arg("serve").arg("--config").arg(&file);
        if options.has_test_clock {
            command.env("CONFAB_TEST_CLOCK", clock_in(directory.path()));
        }
        let mut process = Process::start(command);
        let line = eventually("the line that says where the server listens", || {
            assert!(process.is_running(), "the server ended:\n{}", process.output());
            listening(&process.output())
        });
        let address = |field: &str| {
            let text = line[field].as_str();
            let text = text.unwrap_or_else(|| panic!("no {field} in {line}"));
            text.parse().unwrap_or_else(|e| panic!("{field} {text}: {e}"))
        };
        Self {
            http: address("http"),
            sip_udp: address("sip_udp"),
            sip_tcp: address("sip_tcp"),
            process,
            directory,
            options,
            turn,
        }
    }

    /// The API with the token.
    pub fn api(&self) -> Api {
        Api::new(self.http, Some(TOKEN))
    }

    /// The API as anybody may use it.
    pub fn guest_api(&self) -> Api {
        Api::new(self.http, None)
    }

    pub fn sip_udp(&self) -> SocketAddr {
        self.sip_udp
    }

    pub fn sip_tcp(&self) -> SocketAddr {
        self.sip_tcp
    }

    pub fn log(&self) -> String {
        self.process.output()
    }

    /// One figure of `/metrics`; the sum where it has several labels.
    pub fn metric(&self, name: &str) -> f64 {
        let page = self.api().text("/metrics");
        let is_it =
            |line: &&str| line.strip_prefix(name).is_some_and(|rest| rest.starts_with([' ', '{']));
        let values = page.lines().filter(is_it).filter_map(|line| line.rsplit(' ').next());
        let values: Vec<f64> = values.filter_map(|value| value.parse().ok()).collect();
        assert!(!values.is_empty(), "no {name} in\n{page}");
        values.iter().sum()
    }

    /// Waits until no call is left, in any table of the server.
    pub fn wait_until_empty(&self) {
        for gauge in ["confab_calls", "confab_legs", "confab_rooms", "confab_rtp_ports"] {
            eventually(gauge, || (self.metric(gauge) == 0.0).then_some(()));
        }
    }

    /// Has the server's clock be ahead of the real time by so much from now on, a moment later.
    pub fn put_ahead(&self, ahead: Duration) {
        assert!(self.options.has_test_clock, "its clock is a real one");
        let file = clock_in(self.directory.path());
        fs::write(file, ahead.as_millis().to_string()).expect("a written file");
        std::thread::sleep(CLOCK_LOOK);
    }

    /// The id of its process.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// Memory in use, in kB.
    pub fn resident_kb(&self) -> u64 {
        let path = format!("/proc/{}/status", self.process.id());
        let status = fs::read_to_string(path).expect("a running process");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("its memory");
        line.trim().trim_end_matches(" kB").parse().expect("a number")
    }

    /// Asks the server to end, and waits until it has.
    pub fn stop(&mut self) -> ExitStatus {
        self.process.terminate();
        self.process.wait(PATIENCE)
    }

    /// Asks the server to end.
    pub fn terminate(&self) {
        self.process.terminate();
    }
}

/// Where a test says what time it is.
fn clock_in(directory: &Path) -> PathBuf {
    directory.join("clock")
}

/// The log line that says where the server listens.
fn listening(output: &str) -> Option<serde_json::Value> {
    output
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .find(|line| line["message"] == "listening")
}

fn configuration(directory: &Path, options: &Options) -> String {
    let (first, last) = media_ports();
    let mut keys: Vec<(&str, String)> = vec![
        ("http.listen", quoted("127.0.0.1:0")),
        ("api.token", quoted(TOKEN)),
        ("database.path", quoted(&directory.join("confab.db").display().to_string())),
        ("sip.udp", quoted("127.0.0.1:0")),
        ("sip.tcp", quoted("127.0.0.1:0")),
        ("media.listen", quoted("127.0.0.1")),
        ("media.port_first", first.to_string()),
        ("media.port_last", last.to_string()),
        ("media.workers", "1".to_owned()),
        ("browser.listen", "[\"127.0.0.1\"]".to_owned()),
        ("browser.port", "0".to_owned()),
        ("browser.tcp_port", "0".to_owned()),
        ("log.format", quoted("json")),
        ("log.filter", quoted("info")),
        ("shutdown.drain_s", "1".to_owned()),
        ("calls.per_client_per_hour_max", "1000".to_owned()),
        // Phones that play a scenario press no key unless that says so.
        ("calls.press_1", "false".to_owned()),
    ];
    keys.retain(|(key, _)| !options.set.iter().any(|(set, _)| set == key));
    keys.extend(options.set.iter().cloned());

    let mut text = String::new();
    for (key, value) in keys {
        let _ = writeln!(text, "{key} = {value}");
    }
    let trunk = options.trunk.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 9)));
    let _ = writeln!(text, "[[sip.trunks]]\nid = \"carrier\"\naddress = \"{trunk}\"");
    if !options.trunk_lines.contains("sources") {
        text.push_str("sources = [\"127.0.0.0/8\"]\n");
    }
    text.push_str(options.trunk_lines);
    text
}

pub fn quoted(text: &str) -> String {
    format!("{text:?}")
}

/// A range of ports for each server, so that servers side by side don't meet.
fn media_ports() -> (u16, u16) {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    const WIDTH: u16 = 600;
    let first = 20_000 + (NEXT.fetch_add(1, Ordering::Relaxed) % 18) * WIDTH;
    (first, first + WIDTH - 1)
}
