//! aiortc, an implementation of WebRTC that this project did not write, as a participant by WHIP. It comes from
//! PyPI, with the versions of tests/e2e/aiortc/requirements.txt, into an environment beside the built files.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use audio::Rate;
use sim::Speech;
use tempfile::TempDir;

use super::process::Process;
use super::{PATIENCE, eventually, sound};

const REQUIREMENTS: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/tests/e2e/aiortc/requirements.txt");
const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/e2e/aiortc/whip.py");

/// What it records.
const HEARD_AT: Rate = Rate::Hz16000;

/// How much sound the file holds that it plays, before it begins again.
const PLAYS_SECONDS: usize = 60;

/// A participant.
pub struct Aiortc {
    process: Process,
    directory: TempDir,
}

impl Aiortc {
    /// Joins by the endpoint at this URL, says `says` again and again, and waits until it is connected.
    pub fn join(endpoint: &str, says: Speech) -> Self {
        let directory = TempDir::new().expect("a directory");
        let voice = directory.path().join("voice.wav");
        sound::write_wav(&voice, Some(says), Rate::Hz48000, 1, PLAYS_SECONDS);
        let mut command = Command::new(python());
        command.arg(SCRIPT).arg(endpoint).arg(voice).arg(directory.path().join("heard.pcm"));
        let process = Process::start(command);
        let client = Self { process, directory };
        eventually("aiortc is connected", || {
            client.process.output().contains("state connected").then_some(())
        });
        client
    }

    /// Waits until it has heard `speech`.
    pub fn wait_heard(&self, speech: Speech) {
        eventually(&format!("aiortc hears {speech:?}"), || self.hears(speech).then_some(()));
    }

    /// Whether `speech` is in what it heard so far.
    pub fn hears(&self, speech: Speech) -> bool {
        sound::find_by_seconds(speech, &self.heard(), HEARD_AT).is_heard()
    }

    /// Whether `speech` is certainly not in what it heard so far.
    pub fn does_not_hear(&self, speech: Speech) -> bool {
        sound::find_by_seconds(speech, &self.heard(), HEARD_AT).is_not_heard()
    }

    /// Leaves as WHIP wants it, and ends.
    pub fn leave(mut self) {
        self.process.end_input();
        assert!(self.process.wait(PATIENCE).success(), "{}", self.process.output());
        assert!(self.process.output().contains("left"), "{}", self.process.output());
    }

    fn heard(&self) -> Vec<f32> {
        let bytes = fs::read(self.directory.path().join("heard.pcm")).unwrap_or_default();
        let samples = bytes.as_chunks().0.iter().map(|sample| i16::from_le_bytes(*sample));
        samples.map(|sample| f32::from(sample) / 32_768.0).collect()
    }
}

/// The interpreter of an environment that has what is required; it is made where there is none yet.
fn python() -> &'static Path {
    static PYTHON: OnceLock<PathBuf> = OnceLock::new();
    PYTHON.get_or_init(|| {
        let required = fs::read_to_string(REQUIREMENTS).expect("a list of requirements");
        let environment = Path::new(env!("CARGO_TARGET_TMPDIR")).join("aiortc");
        let installed = environment.join("installed.txt");
        let python = environment.join("bin/python");
        if fs::read_to_string(&installed).is_ok_and(|installed| installed == required) {
            return python;
        }
        run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&environment));
        let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"];
        run(Command::new(&python).args(pip).arg(REQUIREMENTS));
        fs::write(&installed, required).expect("a written file");
        python
    })
}

fn run(command: &mut Command) {
    let output = command.output().unwrap_or_else(|e| panic!("can't run {command:?}: {e}"));
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?} failed; tools/setup.sh test\n{text}");
}
