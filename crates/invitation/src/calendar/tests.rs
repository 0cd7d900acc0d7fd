use conference::{SetTime, Zone};

use super::*;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn once() -> Schedule {
    Schedule::new(at("2026-11-24T13:30:00Z"), Zone::parse("Europe/Paris").unwrap())
}

fn calendar<'a>(schedule: &'a Schedule, title: &'a str) -> Calendar<'a> {
    Calendar {
        uid: "4c1f9a2e@confab.example",
        sequence: 3,
        title,
        url: "https://confab.example/c/0123456789abcdefghjkmnpqrs",
        dial_in: None,
        schedule,
        organizer: None,
        attendee: None,
        stamped_at: at("2026-11-20T08:00:00Z"),
    }
}

fn unfolded(text: &str) -> Vec<String> {
    text.replace("\r\n ", "").split_terminator("\r\n").map(str::to_owned).collect()
}

#[test]
fn an_event_that_is_once_is_in_utc() {
    let lines = unfolded(&calendar(&once(), "Budget").write(Method::None));
    assert_eq!(
        lines,
        [
            "BEGIN:VCALENDAR",
            "VERSION:2.0",
            "PRODID:-//Confab//Confab//EN",
            "BEGIN:VEVENT",
            "UID:4c1f9a2e@confab.example",
            "SEQUENCE:3",
            "DTSTAMP:20261120T080000Z",
            "STATUS:CONFIRMED",
            "DTSTART:20261124T133000Z",
            "DTEND:20261124T143000Z",
            "SUMMARY:Budget",
            "LOCATION:https://confab.example/c/0123456789abcdefghjkmnpqrs",
            "DESCRIPTION:Join by browser\\, or have your phone rung:\\n\
             https://confab.example/c/0123456789abcdefghjkmnpqrs",
            "CONFERENCE;VALUE=URI;FEATURE=AUDIO;LABEL=\"Join by browser, or have your phone rung\":\
             https://confab.example/c/0123456789abcdefghjkmnpqrs",
            "END:VEVENT",
            "END:VCALENDAR",
        ]
    );
}

#[test]
fn a_repetition_is_in_its_zone() {
    let set = SetTime {
        start: "2026-11-24T14:30",
        zone: Some("Europe/Paris"),
        duration_min: Some(90),
        repetition: Some("FREQ=WEEKLY;UNTIL=20270601"),
        except: Some("2026-12-29"),
        ..SetTime::default()
    };
    let schedule = set.read(at("2026-11-20T08:00:00Z")).unwrap();
    let lines = unfolded(&calendar(&schedule, "Weekly").write(Method::None));
    for line in [
        "BEGIN:VTIMEZONE",
        "DTSTART;TZID=Europe/Paris:20261124T143000",
        "DTEND;TZID=Europe/Paris:20261124T160000",
        "EXDATE;TZID=Europe/Paris:20261229T143000",
        "RRULE:FREQ=WEEKLY;UNTIL=20270601T215959Z",
    ] {
        assert!(lines.iter().any(|found| found == line), "{line} is not in {lines:#?}");
    }
}

#[test]
fn an_invitation_asks_one_person() {
    let (anna, bert) = ("anna@example.com".parse().unwrap(), "b+x&y@example.com".parse().unwrap());
    let number = PhoneNumber::from_e164("+33142685300").unwrap();
    let schedule = once();
    let calendar = Calendar {
        organizer: Some(Person { name: Some("Anna \"A\""), address: &anna }),
        attendee: Some(Person { name: None, address: &bert }),
        dial_in: Some(&number),
        ..calendar(&schedule, "Budget")
    };
    let request = unfolded(&calendar.write(Method::Request));
    for line in [
        "METHOD:REQUEST",
        "ORGANIZER;CN=\"Anna ^'A^'\":mailto:anna@example.com",
        "ATTENDEE;ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:b%2Bx%26y@example.com",
        "CONFERENCE;VALUE=URI;FEATURE=AUDIO,PHONE;LABEL=\"Dial in\":tel:+33142685300",
    ] {
        assert!(request.iter().any(|found| found == line), "{line} is not in {request:#?}");
    }
    let cancel = unfolded(&calendar.write(Method::Cancel));
    assert!(
        cancel.contains(&"METHOD:CANCEL".to_owned())
            && cancel.contains(&"STATUS:CANCELLED".to_owned())
    );
    let file = calendar.write(Method::None);
    assert!(!file.contains("mailto:"), "a file for everybody names nobody");
}

#[test]
fn a_hostile_title_stays_in_its_line() {
    let schedule = once();
    let hostile = [
        "x\r\nEND:VEVENT\r\nBEGIN:VALARM\r\nACTION:AUDIO",
        "a;b,c\\d:e\"f",
        "\u{202e}gnp.exe\u{0}\u{7}",
        &"é🙂,".repeat(10_000),
    ]
    .map(str::to_owned);
    for title in hostile {
        let written = calendar(&schedule, &title).write(Method::Request);
        assert!(written.split("\r\n").all(|line| line.len() <= 75));
        let lines = unfolded(&written);
        assert_eq!(lines.len(), 17, "{lines:#?}");
        assert_eq!(lines.iter().filter(|line| line.starts_with("SUMMARY:")).count(), 1);
    }
}
