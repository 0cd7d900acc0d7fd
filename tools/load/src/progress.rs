//! The line that tells a person, once a second, how a run stands.

use std::io::{IsTerminal, Write, stderr};
use std::time::Duration;

use crate::crowd::{Moment, Phase, Watch};

/// Without a terminal a line is written only so often, so that logs stay readable.
const LOG_INTERVAL: Duration = Duration::from_secs(5);

/// Writes progress to the standard error stream: over and over on one line of a terminal, line by line elsewhere.
#[derive(Debug)]
pub struct ProgressLine {
    is_terminal: bool,
    is_quiet: bool,
    /// What precedes each line: which row of a table it is about, say.
    label: String,
    /// What the media plane had counted a second ago.
    before: (u64, u64),
    logged: Option<Duration>,
    width: usize,
}

impl ProgressLine {
    /// Progress for whoever reads the standard error stream; none if it is to be quiet.
    #[must_use]
    pub fn new(is_quiet: bool) -> Self {
        let is_terminal = stderr().is_terminal();
        let label = String::new();
        Self { is_terminal, is_quiet, label, before: (0, 0), logged: None, width: 0 }
    }

    /// Says from now on what it is about.
    pub fn set_label(&mut self, label: &str) {
        self.label = format!("{label}: ");
        (self.before, self.logged) = ((0, 0), None);
    }

    /// Writes a whole line, which stays.
    pub fn say(&mut self, text: &str) {
        if !self.is_quiet {
            self.clear();
            eprintln!("{}{text}", self.label);
        }
    }

    /// Takes the line away, so that something else can be written.
    pub fn clear(&mut self) {
        if self.is_terminal && self.width > 0 {
            eprint!("\r{:width$}\r", "", width = self.width);
            self.width = 0;
        }
    }
}

impl Watch for ProgressLine {
    fn see(&mut self, moment: &Moment) {
        let (sent, returned) = (moment.media.sent, moment.media.returned);
        let (sent_before, returned_before) = std::mem::replace(&mut self.before, (sent, returned));
        let rates = (sent.saturating_sub(sent_before), returned.saturating_sub(returned_before));
        let is_due = |last: Duration| moment.elapsed.saturating_sub(last) >= LOG_INTERVAL;
        if self.is_quiet || !(self.is_terminal || self.logged.is_none_or(is_due)) {
            return;
        }
        self.logged = Some(moment.elapsed);
        let line = format!("{}{}", self.label, line(moment, rates));
        if self.is_terminal {
            let width = line.chars().count();
            eprint!("\r{line:0$}", self.width);
            self.width = width;
            // A terminal that is gone is no reason to stop.
            let _ = stderr().flush();
        } else {
            eprintln!("{line}");
        }
    }
}

fn line(moment: &Moment, (sent, returned): (u64, u64)) -> String {
    let phase = match moment.phase {
        Phase::Placing => "calling",
        Phase::Settling => "settling",
        Phase::Measuring => "measuring",
        Phase::Analysing => "listening to what was recorded",
        Phase::Ending => "hanging up",
    };
    let (placed, up, failed) = moment.calls;
    let seconds = moment.elapsed.as_secs();
    let mut line = format!(
        "{seconds:>4} s  {phase}  placed {placed}  up {up}  failed {failed}  \
         packets/s {sent} out {returned} back"
    );
    if let Some(server) = &moment.server {
        let megabytes = server.memory_bytes as f64 / 1_048_576.0;
        line.push_str(&format!("  server {:.0} % {megabytes:.0} MiB", server.cpu_percent));
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::Progress;
    use crate::result::Usage;

    #[test]
    fn a_line_says_what_is_done_and_how_it_stands() {
        let usage = Usage { cpu_percent: 41.6, memory_bytes: 2 << 20, ..Usage::default() };
        let moment = Moment {
            phase: Phase::Measuring,
            elapsed: Duration::from_secs(12),
            calls: (200, 199, 1),
            media: Progress::default(),
            server: Some(usage),
        };
        assert_eq!(
            line(&moment, (9_950, 9_949)),
            "  12 s  measuring  placed 200  up 199  failed 1  packets/s 9950 out 9949 back  \
             server 42 % 2 MiB"
        );
    }
}
