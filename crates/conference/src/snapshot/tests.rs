use serde_json::{json, to_value};

use super::*;
use crate::access::Access;
use crate::ids::SubscriberId;
use crate::phone::PhoneNumber;
use crate::schedule::{Schedule, SetTime};
use crate::secret::ServerSecret;

fn now() -> Timestamp {
    "2026-11-24T13:00:00Z".parse().unwrap()
}

fn conference() -> Conference {
    Conference {
        key: ConferenceKey::from_random([0; 16]),
        subscriber: SubscriberId::new(1),
        title: "Planning <b>".parse().unwrap(),
        schedule: None,
        dial_in_code: "12345678".parse().unwrap(),
        dial_in_number: None,
        access: Access::default(),
        placement: None,
        created_at: now(),
        ended_at: None,
    }
}

fn view(conference: &Conference) -> serde_json::Value {
    let policy = Policy::default();
    to_value(ConferenceView::new(conference, None, &policy, "https://confab.example", now()))
        .unwrap()
}

#[test]
fn a_resting_conference() {
    let key = "0".repeat(26);
    assert_eq!(
        view(&conference()),
        json!({
            "key": key,
            "title": "Planning <b>",
            "state": "resting",
            "open": true,
            "opens_at": null,
            "starts_at": null,
            "ends_at": null,
            "time_zone": null,
            "starts_at_text": null,
            "repeats_text": null,
            "repetition": null,
            "except": [],
            "ends_after_min": null,
            "remind_min": null,
            "url": format!("https://confab.example/c/{key}"),
            "dial_in": {"code": "12345678", "number": null},
            "locked": false,
            "gathers_at": null,
            "recording": null,
            "placement": false,
            "access": {
                "pin": false, "host_pin": false, "lobby": false, "waits_for_host": false,
                "ends_with_host": false, "press_1": true,
                "announces_names": false, "participants_max": 200,
            },
            "participants": [],
            "default_country": "FR",
        })
    );
}

#[test]
fn one_with_a_set_time_and_a_number() {
    let start = "2026-11-24T13:30:00Z";
    let conference = Conference {
        schedule: Some(Schedule::parse(start, Some("Europe/Paris"), now()).unwrap()),
        dial_in_number: Some(PhoneNumber::parse("01 42 68 53 00", Country::DEFAULT).unwrap()),
        ..conference()
    };
    let view = view(&conference);
    assert_eq!(view["open"], false);
    assert_eq!(view["opens_at"], "2026-11-24T13:20:00Z");
    assert_eq!(view["starts_at"], start);
    assert_eq!(view["ends_at"], "2026-11-24T14:30:00Z");
    assert_eq!(view["time_zone"], "Europe/Paris");
    assert_eq!(view["starts_at_text"], "Tuesday 24 November 2026, 14:30 (Europe/Paris)");
    assert_eq!(view["repeats_text"], serde_json::Value::Null);
    assert_eq!(view["dial_in"]["number"], "+33142685300");
}

#[test]
fn one_that_repeats_shows_the_next_time() {
    let set = SetTime {
        start: "2026-11-17T14:30",
        zone: Some("Europe/Paris"),
        repetition: Some("FREQ=WEEKLY"),
        ends_after_min: Some(15),
        ..SetTime::default()
    };
    let conference = Conference { schedule: Some(set.read(now()).unwrap()), ..conference() };
    let view = view(&conference);
    assert_eq!(view["open"], false, "last week's room has ended");
    assert_eq!(view["opens_at"], "2026-11-24T13:20:00Z");
    assert_eq!(view["starts_at"], "2026-11-24T13:30:00Z");
    assert_eq!(view["starts_at_text"], "Tuesday 24 November 2026, 14:30 (Europe/Paris)");
    assert_eq!(view["repeats_text"], "every week");
    assert_eq!(view["repetition"], "FREQ=WEEKLY");
}

#[test]
fn who_may_come_in_is_told_and_no_secret_is() {
    let secret = ServerSecret::new([7; 32]);
    let pin = secret.hash(&"2468".parse().unwrap(), [1; 16]);
    let hash = pin.to_string();
    let access = Access {
        pin: Some(pin),
        lobby: true,
        press_1: Some(false),
        participants_max: Some(5),
        ..Access::default()
    };
    let view = view(&Conference { access, ..conference() });
    assert_eq!(
        view["access"],
        json!({
            "pin": true, "host_pin": false, "lobby": true, "waits_for_host": false,
            "ends_with_host": false, "press_1": false,
                "announces_names": false, "participants_max": 5,
        })
    );
    assert!(!view.to_string().contains(&hash));
}
