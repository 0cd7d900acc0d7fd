//! baresip, a phone that this project did not write: it calls in and is called, plays recorded speech
//! and records what it hears.

use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::Command;

use audio::Rate;
use sim::Speech;
use sim::correlate::Match;
use tempfile::TempDir;

use super::process::Process;
use super::{PATIENCE, eventually, free_ports, sound};

/// How a phone talks.
#[derive(Clone, Copy)]
pub struct Setup {
    /// What it says, again and again, if it isn't silent.
    pub says: Option<Speech>,
    /// Its only codec, by baresip's name: `pcma`, `pcmu`, `g722` or `opus`.
    pub codec: &'static str,
}

/// A running baresip.
pub struct Baresip {
    process: Process,
    directory: TempDir,
    control: SocketAddr,
    sip: SocketAddr,
    rate: Rate,
}

/// The number that a phone has, and shows to whom it calls.
pub const NUMBER: &str = "+33199000001";

/// How long the file is that a phone plays, longer than any test.
const PLAYS_SECONDS: usize = 120;

impl Baresip {
    /// Starts a phone that answers whoever calls it.
    pub fn start(setup: Setup) -> Self {
        let directory = TempDir::new().expect("a directory");
        let (codec, rate, channels) = match setup.codec {
            "g722" => ("g722/16000/1", Rate::Hz16000, 1),
            "opus" => ("opus/48000/2", Rate::Hz48000, 2),
            codec => (codec, Rate::Hz8000, 1),
        };
        let says = directory.path().join("says.wav");
        sound::write_wav(&says, setup.says, rate, channels, PLAYS_SECONDS);
        // It takes a port for UDP and TCP, the next one for TLS, and one to be controlled by.
        let port = free_ports();
        let sip = SocketAddr::from(([127, 0, 0, 1], port));
        let control = SocketAddr::from(([127, 0, 0, 1], port + 2));
        let path = directory.path().display().to_string();
        let config = include_str!("baresip.conf")
            .replace("DIRECTORY", &path)
            .replace("MODULES", &modules())
            .replace("SIP", &sip.to_string())
            .replace("CONTROL", &control.to_string());
        let account =
            format!("<sip:{NUMBER}@{sip}>;regint=0;answermode=auto;audio_codecs={codec}\n");
        for (name, text) in [("config", config), ("accounts", account), ("contacts", String::new())]
        {
            fs::write(directory.path().join(name), text).expect("a written file");
        }
        let mut command = Command::new("baresip");
        command.args(["-4", "-n", "127.0.0.1", "-f", &path]);
        let process = Process::start(command);
        eventually("baresip is ready", || process.output().contains("is ready").then_some(()));
        Self { process, directory, control, sip, rate }
    }

    /// Where it can be called.
    pub fn sip(&self) -> SocketAddr {
        self.sip
    }

    /// Dials `user` at a server and waits until the call is established.
    pub fn dial(&self, user: &str, server: SocketAddr) {
        self.command("dial", &format!("sip:{user}@{server}"));
        self.wait_established();
    }

    /// Waits until a call is established.
    pub fn wait_established(&self) {
        eventually("an established call", || {
            self.process.output().contains("Call established").then_some(())
        });
    }

    /// Presses a key.
    pub fn press(&self, keys: &str) {
        for key in keys.chars() {
            self.command("sndcode", &key.to_string());
        }
    }

    /// Puts the call on hold.
    pub fn hold(&self) {
        self.command("hold", "");
    }

    /// Takes the call from hold.
    pub fn resume(&self) {
        self.command("resume", "");
    }

    pub fn hang_up(&self) {
        self.command("hangup", "");
    }

    /// Whether the other side ended the call.
    pub fn was_hung_up(&self) -> bool {
        self.process.output().contains("session closed")
    }

    /// Everything it heard so far.
    pub fn heard(&self) -> Vec<f32> {
        let entries = fs::read_dir(self.directory.path()).expect("its directory");
        let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
        files.retain(|path| path.display().to_string().ends_with("-dec.wav"));
        files.sort();
        files.iter().flat_map(|file| sound::read_growing_wav(file)).collect()
    }

    /// Looks for `speech` in all that it heard.
    pub fn find(&self, speech: Speech) -> Match {
        sound::find(speech, &self.heard(), self.rate)
    }

    /// Waits until it has heard `speech`.
    pub fn wait_heard(&self, speech: Speech) {
        let mut best = Match::default();
        eventually(&format!("baresip hears {speech:?}"), || {
            best = self.find(speech);
            best.is_heard().then_some(())
        });
    }

    /// Waits until it has heard `speech` from now on.
    pub fn wait_heard_again(&self, speech: Speech) {
        let now = self.heard().len();
        eventually(&format!("baresip hears {speech:?} again"), || {
            let since = self.heard().split_off(now);
            sound::find(speech, &since, self.rate).is_heard().then_some(())
        });
    }

    /// What it hears in the next seconds; what is on its way still may arrive before they begin.
    pub fn listen_for(&self, seconds: usize) -> Vec<f32> {
        let rate = self.rate.hz() as usize;
        let begin = self.heard().len() + rate;
        let end = begin + seconds * rate;
        let heard = eventually("time passes", || Some(self.heard()).filter(|h| h.len() > end));
        heard[begin..end].to_vec()
    }

    pub fn output(&self) -> String {
        self.process.output()
    }

    /// A command over baresip's control socket: JSON in a netstring.
    fn command(&self, command: &str, parameters: &str) {
        let mut stream =
            eventually("baresip's control socket", || TcpStream::connect(self.control).ok());
        let text = serde_json::json!({ "command": command, "params": parameters }).to_string();
        write!(stream, "{}:{text},", text.len()).expect("a sent command");
        stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        // Events come on the same connection, before the answer and after it.
        let mut received = String::new();
        let mut part = [0; 4096];
        while !received.contains("\"response\":true") {
            let count = stream.read(&mut part).expect("baresip's answer");
            assert!(count > 0, "{command} {parameters}: {received}");
            received.push_str(&String::from_utf8_lossy(&part[..count]));
        }
        assert!(received.contains("\"ok\":true"), "{command} {parameters}: {received}");
    }
}

/// Where Debian keeps baresip's modules.
fn modules() -> String {
    let place = "/usr/lib/baresip/modules";
    assert!(fs::metadata(place).is_ok(), "baresip's modules are not in {place}");
    place.to_owned()
}
