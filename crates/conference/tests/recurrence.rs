//! Repetitions against dateutil, which is no part of Confab: `recurrence.py` wrote the days.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panic")]

use conference::{Occurrence, Schedule, SetTime};
use jiff::Timestamp;
use serde_json::Value;

const CASES: &str = include_str!("recurrence.json");

fn text<'a>(case: &'a Value, name: &str) -> &'a str {
    case[name].as_str().unwrap()
}

fn schedule(case: &Value) -> Schedule {
    let start = format!("{}T12:00", text(case, "start"));
    let set = SetTime { start: &start, repetition: Some(text(case, "rule")), ..SetTime::default() };
    let before: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
    // Starts beyond two years from now are refused, so that now goes along.
    let start: Timestamp = format!("{start}:00Z").parse().unwrap();
    set.read(before.max(start)).unwrap_or_else(|error| panic!("{case}: {error}"))
}

fn day(occurrence: Occurrence) -> String {
    occurrence.starts_at.strftime("%Y-%m-%d").to_string()
}

fn cases() -> Vec<Value> {
    serde_json::from_str(CASES).unwrap()
}

#[test]
fn rules_mean_the_days_that_others_find() {
    for case in cases() {
        let expected: Vec<&str> =
            case["days"].as_array().unwrap().iter().map(|day| day.as_str().unwrap()).collect();
        let schedule = schedule(&case);
        let found: Vec<String> =
            schedule.occurrences(schedule.starts_at()).take(expected.len()).map(day).collect();
        assert_eq!(found, expected, "{case}");
    }
}

#[test]
fn each_day_is_found_from_the_one_before() {
    for case in cases() {
        let schedule = schedule(&case);
        let mut at = schedule.starts_at();
        for expected in &case["days"].as_array().unwrap()[1..] {
            let next = schedule.next_after(at).unwrap_or_else(|| panic!("{case} ends at {at}"));
            assert_eq!(day(next), expected.as_str().unwrap(), "{case}");
            assert_eq!(schedule.last_begun(next.starts_at), Some(next), "{case}");
            at = next.starts_at;
        }
    }
}
