//! sipp, a SIP tester that this project did not write: it plays the scenarios in `scenarios/`.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use sim::Speech;
use tempfile::TempDir;

use super::process::Process;
use super::{PATIENCE, eventually, free_ports, sound};

/// A running sipp.
pub struct Sipp {
    process: Process,
    address: SocketAddr,
    directory: TempDir,
}

/// What sipp is started with.
pub struct Setup<'a> {
    scenario: &'a str,
    remote: Option<SocketAddr>,
    user: &'a str,
    arguments: Vec<String>,
    words: Vec<(&'static str, String)>,
    says: Speech,
}

/// A scenario that calls `user` at `server`.
pub fn caller<'a>(scenario: &'a str, server: SocketAddr, user: &'a str) -> Setup<'a> {
    Setup { remote: Some(server), user, ..callee(scenario) }
}

/// A scenario that is called.
pub fn callee(scenario: &str) -> Setup<'_> {
    Setup {
        scenario,
        remote: None,
        user: "service",
        arguments: Vec::new(),
        words: Vec::new(),
        says: Speech::Cards,
    }
}

impl Setup<'_> {
    /// The same with more of sipp's own options.
    pub fn with(mut self, arguments: &[&str]) -> Self {
        self.arguments.extend(arguments.iter().map(|argument| (*argument).to_owned()));
        self
    }

    /// The same with a word of the scenario replaced, such as `STATUS` by `486`.
    pub fn replace(mut self, word: &'static str, by: impl ToString) -> Self {
        self.words.push((word, by.to_string()));
        self
    }

    /// The same with something else to say than [`Speech::Cards`], where the scenario talks.
    pub fn says(mut self, speech: Speech) -> Self {
        self.says = speech;
        self
    }

    /// Starts sipp for one call, or as many as `-m` among the arguments says.
    pub fn start(self) -> Sipp {
        let directory = TempDir::new().expect("a directory");
        let scenario = directory.path().join("scenario.xml");
        fs::write(&scenario, self.text()).expect("a written scenario");
        sound::write_pcma(&directory.path().join("speech.pcma"), self.says);
        let address = SocketAddr::from(([127, 0, 0, 1], free_ports()));
        let media = free_ports();
        let mut command = Command::new("sipp");
        command.current_dir(directory.path());
        if let Some(remote) = self.remote {
            command.arg(remote.to_string());
        }
        command.arg("-sf").arg(scenario).args(["-s", self.user]);
        command.args(["-i", "127.0.0.1", "-p", &address.port().to_string()]);
        command.args(["-mi", "127.0.0.1", "-mp", &media.to_string()]);
        command.args(["-nostdin", "-trace_err", "-trace_msg", "-timeout_error"]);
        if !self.arguments.iter().any(|argument| argument == "-m") {
            command.args(["-m", "1"]);
        }
        // A callee may wait for its server while another test has the machine for itself.
        command.args(["-timeout", "300s"]);
        command.args(&self.arguments);
        let sipp = Sipp { process: Process::start(command), address, directory };
        if self.remote.is_none() {
            eventually("sipp listens", || is_bound(address.port()).then_some(()));
        }
        sipp
    }

    /// The scenario, its parts put in.
    fn text(&self) -> String {
        let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/e2e/scenarios");
        let read = |path: PathBuf| {
            fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
        };
        let mut text = read(directory.join(format!("{}.xml", self.scenario)));
        // Parts may hold parts.
        for _ in 0..2 {
            for part in PARTS {
                let mark = format!("@{part}@");
                if text.contains(&mark) {
                    let lines = read(directory.join(format!("parts/{part}.txt")));
                    text = text.replace(&mark, lines.trim_end());
                }
            }
        }
        for (word, by) in &self.words {
            text = text.replace(word, by);
        }
        text
    }
}

/// What scenarios are put together from, in `scenarios/parts`.
const PARTS: [&str; 8] =
    ["invite", "ack", "ack_refusal", "bye", "reply", "reply_in_dialog", "dialog", "sdp"];

impl Sipp {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Waits until the scenario is over.
    ///
    /// # Panics
    /// When a call didn't go as the scenario says; sipp's errors and messages are shown.
    pub fn succeed(self) {
        self.succeed_within(PATIENCE * 2);
    }

    /// As [`succeed`](Self::succeed), with a patience of its own.
    pub fn succeed_within(mut self, patience: Duration) {
        let status = self.process.wait(patience);
        assert!(status.success(), "sipp ended with {status}\n{}", self.traces());
    }

    /// Everything that was sent and received.
    pub fn messages(&self) -> String {
        self.files("_messages.log")
    }

    fn traces(&self) -> String {
        format!("{}\n{}", self.files("_errors.log"), self.messages())
    }

    fn files(&self, ending: &str) -> String {
        let entries = fs::read_dir(self.directory.path()).expect("its directory");
        let paths = entries.flatten().map(|entry| entry.path());
        let paths = paths.filter(|path| path.display().to_string().ends_with(ending));
        paths.filter_map(|path| fs::read(path).ok()).fold(String::new(), |mut text, bytes| {
            text.push_str(&String::from_utf8_lossy(&bytes));
            text
        })
    }
}

/// Whether some socket of this machine has this UDP port.
fn is_bound(port: u16) -> bool {
    let table = fs::read_to_string("/proc/net/udp").unwrap_or_default();
    table.contains(&format!(":{port:04X} "))
}
