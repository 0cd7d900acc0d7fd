//! A PostgreSQL server of a test's own, from Debian's package.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// What runs it. It ends when its standard input does, which is with this process at the latest.
const SCRIPT: &str = include_str!("cluster.sh");

/// Whom it runs as when the tests are root's: PostgreSQL refuses root.
const USER: &str = "postgres";

/// A running server.
pub(crate) struct Cluster {
    /// Ends by itself, and is waited for.
    child: Child,
    commands: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
    directory: String,
}

impl Cluster {
    /// Starts one, with nothing in it.
    pub(crate) fn start() -> Self {
        let is_root = std::fs::metadata("/proc/self").is_ok_and(|it| {
            use std::os::unix::fs::MetadataExt;
            it.uid() == 0
        });
        let mut command = Command::new(if is_root { "runuser" } else { "sh" });
        if is_root {
            command.args(["-u", USER, "--", "sh"]);
        }
        command.args(["-c", SCRIPT]).current_dir("/").stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("a shell");
        let commands = child.stdin.take();
        let mut answers = BufReader::new(child.stdout.take().expect("piped"));
        let mut directory = String::new();
        answers.read_line(&mut directory).expect("an answer");
        assert!(!directory.is_empty(), "no PostgreSQL: see tools/setup.sh test");
        Self { child, commands, answers, directory: directory.trim().to_owned() }
    }

    /// Where its database is.
    pub(crate) fn url(&self) -> String {
        format!("postgres://confab@localhost/postgres?host={}", self.directory)
    }

    /// Stops it as a crash would.
    pub(crate) fn stop(&mut self) {
        self.command("stop");
    }

    /// Starts it again.
    pub(crate) fn restart(&mut self) {
        self.command("start");
    }

    /// Has it answer nothing any more, with all its connections open, as a machine that has frozen does. It stays so until it
    /// is [resumed](Self::resume).
    #[allow(dead_code, reason = "not all who use this need it")]
    pub(crate) fn hang(&mut self) {
        self.command("hang");
    }

    /// Has it go on where it was.
    #[allow(dead_code, reason = "not all who use this need it")]
    pub(crate) fn resume(&mut self) {
        self.command("resume");
    }

    fn command(&mut self, command: &str) {
        let commands = self.commands.as_mut().expect("not ended");
        writeln!(commands, "{command}").expect("a server that listens");
        let mut answer = String::new();
        self.answers.read_line(&mut answer).expect("an answer");
        assert_eq!(answer.trim(), "done", "{command}");
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        drop(self.commands.take());
        let _ = self.child.wait();
    }
}
