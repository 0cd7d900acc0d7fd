//! Where a report comes from: so that the measurement can be done again.

use jiff::{Timestamp, Unit};

use super::markup::{Element, Markup, element};
use super::page;
use crate::result::Machine;

/// What a report says of its own making.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Origin {
    /// The command line.
    pub command: String,
    /// The tester's version.
    pub version: String,
    /// When it was made, in UTC.
    pub made_at: String,
    /// The machine that the tester ran on.
    pub machine: Machine,
}

impl Origin {
    /// This process, now.
    #[must_use]
    pub fn now(machine: Machine) -> Self {
        let now = Timestamp::now();
        Self {
            command: std::env::args_os()
                .map(|word| quoted(&word.to_string_lossy()))
                .collect::<Vec<_>>()
                .join(" "),
            version: concat!(env!("CARGO_PKG_NAME"), " ", env!("CARGO_PKG_VERSION")).to_owned(),
            made_at: now.round(Unit::Second).unwrap_or(now).strftime("%F %T UTC").to_string(),
            machine,
        }
    }

    /// The section about it.
    pub(super) fn section(&self) -> Element {
        let Machine { processor, cores, governor, kernel, layout, idle } = &self.machine;
        let command = Markup::from(element("code").add(self.command.as_str()));
        page::section("How this was made").add(page::facts([
            ("Command", command),
            ("Made at", self.made_at.as_str().into()),
            ("Tester", self.version.as_str().into()),
            ("Processor", processor.as_str().into()),
            ("Cores", cores.to_string().into()),
            ("Governor", governor.as_str().into()),
            ("Kernel", kernel.as_str().into()),
            ("Layout", layout.as_str().into()),
            ("Lateness when idle", idle.as_str().into()),
        ]))
    }
}

/// A word as a shell would take it.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "-_./:=@,+%".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_can_be_pasted_into_a_shell() {
        let words = ["sip:1@127.0.0.1:5060", "", "two words", "it's"];
        assert_eq!(words.map(quoted), ["sip:1@127.0.0.1:5060", "''", "'two words'", r"'it'\''s'"]);
    }

    #[test]
    fn a_report_tells_its_time_and_version() {
        let origin = Origin::now(Machine::default());
        assert!(origin.made_at.ends_with(" UTC") && origin.made_at.starts_with("20"));
        assert!(origin.version.starts_with("load ") && !origin.command.is_empty());
    }
}
