//! Processes of a test's own: their output is kept, and they end with the test.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use super::within;

/// A running program.
pub struct Process {
    child: Child,
    output: Arc<Mutex<String>>,
    name: String,
}

impl Process {
    /// Starts `command`; what it prints is collected.
    pub fn start(mut command: Command) -> Self {
        let name = format!("{command:?}");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap_or_else(|e| panic!("can't run {name}: {e}"));
        let output = Arc::new(Mutex::new(String::new()));
        collect(child.stdout.take().expect("piped"), &output);
        collect(child.stderr.take().expect("piped"), &output);
        Self { child, output, name }
    }

    /// Everything printed so far.
    pub fn output(&self) -> String {
        self.output.lock().expect("no panic while printing").clone()
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Asks the program to end.
    pub fn terminate(&self) {
        let status = Command::new("kill").arg("-TERM").arg(self.id().to_string()).status();
        assert!(status.is_ok_and(|status| status.success()), "can't end {}", self.name);
    }

    /// Waits until the program ends by itself.
    ///
    /// # Panics
    /// When it doesn't within `patience`; its output is shown.
    pub fn wait(&mut self, patience: Duration) -> ExitStatus {
        let what = format!("the end of {}, which printed:\n{}", self.name, self.output());
        within(patience, &what, || self.child.try_wait().expect("its status"))
    }

    /// Ends its input.
    pub fn end_input(&mut self) {
        drop(self.child.stdin.take());
    }

    /// Whether it still runs.
    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().expect("its status").is_none()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if thread::panicking() {
            eprintln!("--- {} printed:\n{}", self.name, self.output());
        }
    }
}

/// Keeps reading, so that the program never waits for us.
fn collect(pipe: impl Read + Send + 'static, output: &Arc<Mutex<String>>) {
    let output = Arc::clone(output);
    thread::spawn(move || {
        let mut reader = BufReader::new(pipe);
        let mut line = Vec::new();
        while reader.read_until(b'\n', &mut line).is_ok_and(|count| count > 0) {
            let Ok(mut output) = output.lock() else { return };
            output.push_str(&String::from_utf8_lossy(&line));
            line.clear();
        }
    });
}
