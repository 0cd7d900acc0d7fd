//! What others read: calendar files by `icalendar` of PyPI, QR codes by `zbarimg` of Debian, none of
//! which knows Confab. `tools/setup.sh test` installs both.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests fail by panic")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use conference::{PhoneNumber, Schedule, SetTime, Zone};
use invitation::qr::Code;
use invitation::{Calendar, Method, Person};
use jiff::Timestamp;

const URL: &str = "https://confab.example/c/0123456789abcdefghjkmnpqrs";

/// Prints what a reader makes of the one event in a file.
const READER: &str = r#"
import sys
from icalendar import Calendar
calendar = Calendar.from_ical(open(sys.argv[1], "rb").read())
for part in calendar.walk():
    assert not part.errors, part.errors
event, = calendar.walk("VEVENT")
print("METHOD", calendar.get("METHOD"))
for name in ("SUMMARY", "UID", "SEQUENCE", "STATUS", "LOCATION"):
    print(name, ascii(str(event[name])))
start, end = event.decoded("DTSTART"), event.decoded("DTEND")
print("START", start.isoformat(), "LASTS", end - start)
print("ZONES", [str(zone["TZID"]) for zone in calendar.walk("VTIMEZONE")])
ways = event["CONFERENCE"]
for way in ways if isinstance(ways, list) else [ways]:
    print("CONFERENCE", way.params["FEATURE"], str(way))
for name in ("ORGANIZER", "ATTENDEE"):
    if name in event:
        print(name, str(event[name]), event[name].params.get("CN"))
"#;

fn read(name: &str, text: &str) -> Vec<String> {
    let python = Path::new(env!("CARGO_TARGET_TMPDIR")).join("../mail/bin/python");
    assert!(python.exists(), "{} is not there: tools/setup.sh test", python.display());
    let file = temporary(&format!("{name}.ics"));
    fs::write(&file, text).unwrap();
    let output = Command::new(python).args(["-c", READER]).arg(&file).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}\n{text}");
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

fn temporary(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(name)
}

fn calendar<'a>(schedule: &'a Schedule, title: &'a str) -> Calendar<'a> {
    Calendar {
        uid: "4c1f9a2e@confab.example",
        sequence: 2,
        title,
        url: URL,
        dial_in: None,
        schedule,
        organizer: None,
        attendee: None,
        stamped_at: "2026-11-20T08:00:00Z".parse().unwrap(),
    }
}

#[test]
fn an_invitation_is_read_as_it_was_meant() {
    let now: Timestamp = "2026-11-20T08:00:00Z".parse().unwrap();
    let set = SetTime {
        start: "2026-11-24T14:30",
        zone: Some("Europe/Paris"),
        duration_min: Some(90),
        repetition: Some("FREQ=WEEKLY;BYDAY=TU;UNTIL=20270601"),
        except: Some("2026-12-29"),
        ..SetTime::default()
    };
    let schedule = set.read(now).unwrap();
    let (anna, bert) = ("anna@example.com".parse().unwrap(), "bert@example.com".parse().unwrap());
    let number = PhoneNumber::from_e164("+33142685300").unwrap();
    let calendar = Calendar {
        dial_in: Some(&number),
        organizer: Some(Person { name: Some("Anna; of, the: board"), address: &anna }),
        attendee: Some(Person { name: None, address: &bert }),
        ..calendar(&schedule, "Budget")
    };
    let expected = [
        "METHOD REQUEST".to_owned(),
        "SUMMARY 'Budget'".to_owned(),
        "UID '4c1f9a2e@confab.example'".to_owned(),
        "SEQUENCE '2'".to_owned(),
        "STATUS 'CONFIRMED'".to_owned(),
        format!("LOCATION '{URL}'"),
        "START 2026-11-24T14:30:00+01:00 LASTS 1:30:00".to_owned(),
        "ZONES ['Europe/Paris']".to_owned(),
        format!("CONFERENCE AUDIO {URL}"),
        "CONFERENCE ['AUDIO', 'PHONE'] tel:+33142685300".to_owned(),
        "ORGANIZER mailto:anna@example.com Anna; of, the: board".to_owned(),
        "ATTENDEE mailto:bert@example.com None".to_owned(),
    ];
    assert_eq!(read("request", &calendar.write(Method::Request)), expected);
    let cancelled = read("cancel", &calendar.write(Method::Cancel));
    assert!(cancelled.contains(&"METHOD CANCEL".to_owned()));
    assert!(cancelled.contains(&"STATUS 'CANCELLED'".to_owned()));
}

#[test]
fn a_hostile_title_is_read_as_it_was_written() {
    let start = "2026-11-24T13:30:00Z".parse().unwrap();
    let schedule = Schedule::new(start, Zone::utc());
    let long = "abc,;".repeat(2_000);
    for (name, title, expected) in [
        ("lines", "a\r\nEND:VEVENT\r\nBEGIN:VEVENT", r"'a\nEND:VEVENT\nBEGIN:VEVENT'"),
        ("marks", "a;b,c:d\"e\\f", "'a;b,c:d\"e\\\\f'"),
        ("left", "\u{202e}gnp.exe \u{e9}", r"'\u202egnp.exe \xe9'"),
        ("long", &long, &format!("'{long}'")),
    ] {
        let found = read(name, &calendar(&schedule, title).write(Method::None));
        assert_eq!(found[1], format!("SUMMARY {expected}"), "{name}");
        assert_eq!(found[6], "START 2026-11-24T13:30:00+00:00 LASTS 1:00:00");
    }
}

/// What `zbarimg` finds in a picture.
fn decoded(picture: &Path) -> String {
    let output = Command::new("zbarimg").args(["--quiet", "--raw"]).arg(picture).output();
    let output = output.expect("zbarimg; tools/setup.sh test");
    String::from_utf8_lossy(&output.stdout).trim_end().to_owned()
}

#[test]
fn a_qr_code_is_read_from_its_picture() {
    let file = temporary("code.png");
    fs::write(&file, Code::new(URL).unwrap().png()).unwrap();
    assert_eq!(decoded(&file), URL);
}

/// As `rsvg-convert` of Debian draws it, small and as large as a poster.
#[test]
fn a_qr_code_is_read_from_its_drawing() {
    let drawing = temporary("code.svg");
    fs::write(&drawing, Code::new(URL).unwrap().svg()).unwrap();
    for width in ["160", "2000"] {
        let picture = temporary(&format!("drawn-{width}.png"));
        let mut draw = Command::new("rsvg-convert");
        draw.args(["--width", width, "--keep-aspect-ratio", "--output"]).arg(&picture);
        let drawn = draw.arg(&drawing).status().expect("rsvg-convert; tools/setup.sh test");
        assert!(drawn.success());
        assert_eq!(decoded(&picture), URL, "{width} pixels wide");
    }
}
