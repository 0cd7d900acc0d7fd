//! A mailbox: `aiosmtpd` of PyPI takes every letter, and `icalendar` of PyPI reads what is in it for calendars.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use tempfile::NamedTempFile;

use super::eventually;
use super::process::Process;

/// Says as JSON what it makes of the one event in a file.
const READER: &str = r#"
import json, sys
from icalendar import Calendar
calendar = Calendar.from_ical(open(sys.argv[1], "rb").read())
for part in calendar.walk():
    assert not part.errors, part.errors
event, = calendar.walk("VEVENT")
ways = event["CONFERENCE"]
print(json.dumps({
    "method": str(calendar["METHOD"]),
    "summary": str(event["SUMMARY"]),
    "sequence": int(event["SEQUENCE"]),
    "start": event.decoded("DTSTART").timestamp(),
    "ways": [str(way) for way in (ways if isinstance(ways, list) else [ways])],
}))
"#;

/// An SMTP server, and all that it was sent.
pub struct Mailbox {
    process: Process,
    address: SocketAddr,
}

/// A letter as it arrived.
pub struct Letter(Value);

impl Mailbox {
    pub fn open() -> Self {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/crates/server/tests/server/smtp.py");
        let mut command = Command::new(python());
        command.arg("-u").arg(script);
        let process = Process::start(command);
        let port = eventually("the port of the SMTP server", || {
            process.output().lines().next().and_then(|line| line.parse().ok())
        });
        Self { process, address: SocketAddr::from(([127, 0, 0, 1], port)) }
    }

    /// What the server is told of it.
    pub fn smtp_url(&self) -> String {
        format!("smtp://{}", self.address)
    }

    /// Waits for the letter to somebody whose subject begins so.
    pub fn letter(&self, to: &str, subject: &str) -> Letter {
        eventually(&format!("a letter \"{subject}…\" to {to}"), || {
            let output = self.process.output();
            let mut letters =
                output.lines().skip(1).filter_map(|line| serde_json::from_str(line).ok());
            letters.find(|letter: &Value| {
                let said = letter["headers"]["subject"].as_str().unwrap_or_default();
                letter["envelope"][1] == to && said.starts_with(subject)
            })
        })
        .into()
    }
}

impl From<Value> for Letter {
    fn from(letter: Value) -> Self {
        Self(letter)
    }
}

impl Letter {
    /// The first link in its text that has `part` in it.
    pub fn link(&self, part: &str) -> String {
        let text = self.0["bodies"][0].as_str().expect("a text");
        let link =
            text.split_whitespace().find(|word| word.starts_with("http") && word.contains(part));
        link.unwrap_or_else(|| panic!("no link with {part} in {text}")).to_owned()
    }

    /// What a calendar program reads in it: `method`, `summary`, `sequence`, `start` and `ways`.
    pub fn event(&self) -> Value {
        let bodies = self.0["bodies"].as_array().expect("bodies").iter().filter_map(Value::as_str);
        let file = bodies.into_iter().find(|body| body.contains("BEGIN:VCALENDAR"));
        let place = NamedTempFile::new().expect("a file");
        std::fs::write(place.path(), file.expect("a calendar")).expect("a written file");
        let output = Command::new(python()).args(["-c", READER]).arg(place.path()).output();
        let output = output.expect("python");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).expect("JSON")
    }
}

fn python() -> PathBuf {
    let python = Path::new(env!("CARGO_TARGET_TMPDIR")).join("../mail/bin/python");
    assert!(python.exists(), "{} is not there: tools/setup.sh test", python.display());
    python
}
