//! Real browsers, which this project did not write: Chromium without a window, each with a microphone of its
//! own, on the conference's page. What they hear is kept.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use audio::Rate;
use audio::resample::Resampler;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sim::Speech;
use sim::correlate::Match;
use tempfile::TempDir;

use super::{PATIENCE, sound, within};

/// How long a browser may take for what is asked of it; it has a patience of its own, which is shorter.
const ANSWER_TIME_MAX: Duration = Duration::from_secs(60);

/// How often what was heard is looked through: that takes as much of the machine as all else.
const LOOK_INTERVAL: Duration = Duration::from_millis(400);

/// How much sound the file holds that a browser's microphone plays, before it begins again.
const PLAYS_SECONDS: usize = 60;

/// What it records.
const RECORDED_AT: Rate = Rate::Hz48000;

/// What is searched: speech needs no more.
pub const HEARD_AT: Rate = Rate::Hz16000;

/// A running browser with one page.
pub struct Browser {
    child: Child,
    requests: Option<ChildStdin>,
    answers: Receiver<String>,
    ear: Ear,
    _directory: TempDir,
}

impl Browser {
    /// Starts Chromium, whose microphone hears `says` again and again, or a silent room.
    pub fn chromium(says: Option<Speech>) -> Self {
        Self::start_chromium(says, &[])
    }

    /// The same where the network lets no UDP through.
    pub fn chromium_without_udp(says: Option<Speech>) -> Self {
        Self::start_chromium(says, &["--without-udp"])
    }

    fn start_chromium(says: Option<Speech>, options: &[&str]) -> Self {
        let directory = TempDir::new().expect("a directory");
        let voice = directory.path().join("voice.wav");
        sound::write_wav(&voice, says, RECORDED_AT, 1, PLAYS_SECONDS);
        let voice = voice.display().to_string();
        Self::start(directory, &[&[voice.as_str()], options].concat())
    }

    fn start(directory: TempDir, arguments: &[&str]) -> Self {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/e2e/browser/driver.mjs");
        let mut command = Command::new("node");
        command.arg(script).args(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("node");
        let requests = child.stdin.take();
        let answers = lines_of(child.stdout.take().expect("piped"));
        Self { child, requests, answers, ear: Ear::new(), _directory: directory }
    }

    /// Calls a method of the driver, in tests/e2e/browser/driver.mjs, and waits for its result.
    ///
    /// # Panics
    /// When it fails; the message is the browser's.
    pub fn ask(&mut self, request: &Value) -> Value {
        let requests = self.requests.as_mut().expect("not ended");
        writeln!(requests, "{request}").expect("a driver that listens");
        let line = self.answers.recv_timeout(ANSWER_TIME_MAX);
        let line = line.unwrap_or_else(|e| panic!("{request}: {e}"));
        let mut answer: Value = serde_json::from_str(&line).expect("JSON");
        assert!(answer.get("error").is_none(), "{request}: {}", answer["error"]);
        answer["value"].take()
    }

    /// Opens a conference's page.
    pub fn open(&mut self, url: &str) {
        self.ask(&json!(["goto", url]));
    }

    pub fn reload(&mut self) {
        self.ask(&json!(["reload"]));
    }

    /// Decides beforehand what the person says to the browser: `granted`, `denied` or `prompt`.
    pub fn permit_microphone(&mut self, setting: &str) {
        self.ask(&json!(["permit", "microphone", setting]));
    }

    pub fn click(&mut self, selector: &str) {
        self.ask(&json!(["click", selector]));
    }

    pub fn press(&mut self, key: &str) {
        self.ask(&json!(["press", key]));
    }

    /// Waits until an element is there and visible.
    pub fn wait_visible(&mut self, selector: &str) {
        self.ask(&json!(["visible", selector]));
    }

    /// Waits until an expression in the page gives something true, and returns that.
    pub fn wait_until(&mut self, expression: &str) -> Value {
        self.ask(&json!(["until", expression]))
    }

    /// Waits until my way into the conference is in this state; see conference.html.
    pub fn wait_state(&mut self, state: &str) {
        self.wait_visible(&format!("#browser[data-state='{state}']"));
    }

    /// Joins a conference whose page is not open yet.
    pub fn join(&mut self, url: &str, name: &str) {
        self.permit_microphone("granted");
        self.open(url);
        self.ask(&json!(["fill", "#name", name]));
        self.click("#join");
        self.wait_state("in");
    }

    /// Has my phone rung, too.
    pub fn call_me(&mut self, number: &str) {
        self.ask(&json!(["fill", "#number", number]));
        self.click("#call-me");
    }

    /// My participant's id.
    pub fn participant(&mut self) -> String {
        let id =
            self.wait_until("document.querySelector('#people [data-me]')?.dataset.participant");
        id.as_str().expect("an id").to_owned()
    }

    /// Everything that went wrong in the page: exceptions, and content that was refused.
    pub fn complaints(&mut self) -> Value {
        self.ask(&json!(["evaluate", "null"]));
        self.ask(&json!(["complaints"]))
    }

    /// Everything it heard so far, at [`HEARD_AT`].
    pub fn heard(&mut self) -> &[f32] {
        let bytes = self.ask(&json!(["heard"]));
        let bytes = STANDARD.decode(bytes.as_str().expect("base64")).expect("base64");
        self.ear.take(&bytes);
        &self.ear.heard
    }

    /// Looks for `speech` in all that it heard.
    pub fn find(&mut self, speech: Speech) -> Match {
        sound::find_by_seconds(speech, self.heard(), HEARD_AT)
    }

    /// Waits until it has heard `speech`.
    pub fn wait_heard(&mut self, speech: Speech) {
        self.wait_heard_since(0, speech);
    }

    /// Waits until it has heard `speech` from now on.
    pub fn wait_heard_again(&mut self, speech: Speech) {
        let now = self.heard().len();
        self.wait_heard_since(now, speech);
    }

    fn wait_heard_since(&mut self, begin: usize, speech: Speech) {
        let mut best = Match::default();
        within(PATIENCE * 2, &format!("a browser hears {speech:?}"), || {
            thread::sleep(LOOK_INTERVAL);
            best = sound::find_by_seconds(speech, &self.heard()[begin..], HEARD_AT);
            best.is_heard().then_some(())
        });
    }

    /// Ends the browser as a computer ends that is switched off.
    pub fn kill(mut self) {
        self.ask(&json!(["kill"]));
    }

    /// Keeps a picture of the page, if the environment's `E2E_PICTURES` names a directory for it.
    pub fn picture(&mut self, name: &str) {
        let Some(directory) = std::env::var_os("E2E_PICTURES") else { return };
        let file: PathBuf = Path::new(&directory).join(name).with_extension("png");
        self.ask(&json!(["save", file]));
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // At the end of its input the driver ends the browser and removes its profile.
        drop(self.requests.take());
        if thread::panicking() {
            let _ = self.child.kill();
        }
        let _ = self.child.wait();
    }
}

/// What came out of a browser, in order.
struct Ear {
    resampler: Resampler,
    /// Samples that don't fill a frame of the resampler yet.
    pending: Vec<f32>,
    heard: Vec<f32>,
}

impl Ear {
    fn new() -> Self {
        let resampler = Resampler::new(RECORDED_AT, HEARD_AT);
        Self { resampler, pending: Vec::new(), heard: Vec::new() }
    }

    /// Takes 16-bit samples, little-endian.
    fn take(&mut self, bytes: &[u8]) {
        let samples = bytes.as_chunks().0.iter().map(|sample| i16::from_le_bytes(*sample));
        self.pending.extend(samples.map(|sample| f32::from(sample) / 32_768.0));
        let whole = self.pending.len() - self.pending.len() % RECORDED_AT.tick_samples();
        let begin = self.heard.len();
        self.heard.resize(begin + self.resampler.output_samples(whole), 0.0);
        self.resampler.process(&self.pending[..whole], &mut self.heard[begin..]);
        self.pending.drain(..whole);
    }
}

fn lines_of(pipe: ChildStdout) -> Receiver<String> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        for line in BufReader::new(pipe).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    receiver
}
