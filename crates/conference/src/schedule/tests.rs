use super::*;
use proptest::prelude::*;

fn now() -> Timestamp {
    at("2026-11-20T12:00:00Z")
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn parse(start: &str, zone: &str) -> Result<Schedule, ScheduleError> {
    Schedule::parse(start, Some(zone), now())
}

fn repeated(start: &str, zone: &str, rule: &str, except: &str) -> Result<Schedule, ScheduleError> {
    let set = SetTime {
        start,
        zone: Some(zone),
        repetition: Some(rule),
        except: Some(except),
        ..SetTime::default()
    };
    set.read(now())
}

/// The starts, in the zone's wall-clock time with its offset.
fn starts(schedule: &Schedule, count: usize) -> Vec<String> {
    let occurrences = schedule.occurrences(schedule.starts_at()).take(count);
    let zoned = occurrences.map(|one| one.starts_at.to_zoned(schedule.zone().rules().clone()));
    zoned.map(|start| start.strftime("%Y-%m-%d %H:%M %:z").to_string()).collect()
}

#[test]
fn shows_the_local_time_of_the_zone() {
    let schedule = parse("2026-11-24T13:30:00Z", "europe/paris").unwrap();
    assert_eq!(schedule.to_string(), "Tuesday 24 November 2026, 14:30 (Europe/Paris)");
    assert_eq!(schedule.zone().name(), "Europe/Paris");
    let weekly = repeated("2026-11-24T14:30", "Europe/Paris", "FREQ=WEEKLY", "").unwrap();
    assert_eq!(weekly.to_string(), "Tuesday 24 November 2026, 14:30 (Europe/Paris), every week");
}

#[test]
fn a_wall_clock_time_is_of_the_zone() {
    let schedule = parse("2026-11-24T14:30", "Europe/Paris").unwrap();
    assert_eq!(schedule.starts_at(), at("2026-11-24T13:30:00Z"));
    let utc = Schedule::parse("2026-11-24T14:30", None, now()).unwrap();
    assert_eq!(utc.to_string(), "Tuesday 24 November 2026, 14:30 (UTC)");
}

#[test]
fn a_time_that_is_skipped_is_refused_and_one_that_is_repeated_is_the_first() {
    let skipped = parse("2027-03-28T02:30", "Europe/Paris").unwrap_err();
    assert_eq!(
        skipped.to_string(),
        "02:30 does not exist that day: the clocks go forward from 02:00 to 03:00. \
         Please choose another time."
    );
    let repeated = parse("2027-10-31T02:30", "Europe/Paris").unwrap();
    assert_eq!(repeated.starts_at(), at("2027-10-31T00:30:00Z"));
    let second = parse("2027-10-31T02:30:00+01:00", "Europe/Paris").unwrap();
    assert_eq!(second.starts_at(), at("2027-10-31T01:30:00Z"), "an offset says which");
}

#[test]
fn a_repetition_keeps_its_wall_clock_time() {
    let weekly = repeated("2027-03-21T02:30", "Europe/Paris", "FREQ=WEEKLY", "").unwrap();
    assert_eq!(
        starts(&weekly, 3),
        // In the gap, with the offset from before it: RFC 5545, section 3.3.5.
        ["2027-03-21 02:30 +01:00", "2027-03-28 03:30 +02:00", "2027-04-04 02:30 +02:00"]
    );
    let autumn = repeated("2027-10-30T02:30", "Europe/Paris", "FREQ=DAILY", "").unwrap();
    assert_eq!(
        starts(&autumn, 3),
        ["2027-10-30 02:30 +02:00", "2027-10-31 02:30 +02:00", "2027-11-01 02:30 +01:00"]
    );
}

#[test]
fn it_takes_as_long_as_it_takes_whatever_the_clocks_do() {
    let set = SetTime {
        start: "2027-03-28T01:30",
        zone: Some("Europe/Paris"),
        duration_min: Some(60),
        ..SetTime::default()
    };
    let occurrence = set.read(now()).unwrap().current(now());
    assert_eq!(occurrence.starts_at, at("2027-03-28T00:30:00Z"));
    assert_eq!(occurrence.ends_at, at("2027-03-28T01:30:00Z"), "03:30 by the clock");
}

#[test]
fn days_can_be_left_out_and_still_count() {
    let schedule =
        repeated("2026-12-10T10:00", "UTC", "FREQ=WEEKLY;COUNT=4", "2026-12-24, 2026-12-25")
            .unwrap();
    assert_eq!(
        starts(&schedule, 9),
        ["2026-12-10 10:00 +00:00", "2026-12-17 10:00 +00:00", "2026-12-31 10:00 +00:00"]
    );
    let repetition = schedule.repetition().unwrap();
    assert_eq!(repetition.except_text(), "2026-12-24,2026-12-25");
    let again =
        Repetition::parse(&repetition.rule.to_string(), &repetition.except_text(), schedule.zone());
    assert_eq!(again.as_ref(), Ok(repetition));
}

#[test]
fn until_includes_the_last() {
    let schedule =
        repeated("2026-12-01T10:00", "Europe/Paris", "FREQ=DAILY;UNTIL=20261203T090000Z", "");
    assert_eq!(starts(&schedule.unwrap(), 9).len(), 3);
    let schedule =
        repeated("2026-12-01T10:00", "Europe/Paris", "FREQ=DAILY;UNTIL=20261203T085959Z", "");
    assert_eq!(starts(&schedule.unwrap(), 9).len(), 2);
}

#[test]
fn the_times_around_an_instant() {
    let schedule = repeated("2026-12-01T10:00", "UTC", "FREQ=DAILY;COUNT=3", "").unwrap();
    let starts = |one: Option<Occurrence>| one.map(|one| one.starts_at);
    let (first, second, third) =
        (at("2026-12-01T10:00:00Z"), at("2026-12-02T10:00:00Z"), at("2026-12-03T10:00:00Z"));
    assert_eq!(starts(schedule.last_begun(now())), None);
    assert_eq!(starts(schedule.next_after(now())), Some(first));
    assert_eq!(starts(schedule.last_begun(first)), Some(first));
    assert_eq!(starts(schedule.next_after(first)), Some(second));
    assert_eq!(schedule.current(at("2026-12-02T10:59:59Z")).starts_at, second, "it is on");
    assert_eq!(schedule.current(at("2026-12-02T11:00:00Z")).starts_at, third);
    assert_eq!(schedule.current(at("2027-12-02T11:00:00Z")).starts_at, third, "the last there was");
    assert_eq!(starts(schedule.next_after(third)), None);
}

#[test]
fn the_last_time_is_found_however_long_ago() {
    let all_but_the_first = "2026-12-08,2026-12-15,2026-12-22,2026-12-29";
    let schedule =
        repeated("2026-12-01T10:00", "UTC", "FREQ=WEEKLY;UNTIL=20261230", all_but_the_first);
    let begun = schedule.unwrap().last_begun(at("2030-01-01T00:00:00Z")).unwrap();
    assert_eq!(begun.starts_at, at("2026-12-01T10:00:00Z"));
}

#[test]
fn a_repetition_that_goes_on_may_have_begun_long_ago() {
    assert!(repeated("2020-01-06T10:00", "UTC", "FREQ=WEEKLY", "").is_ok());
    let over = repeated("2020-01-06T10:00", "UTC", "FREQ=WEEKLY;COUNT=3", "");
    assert_eq!(over, Err(ScheduleError::Past));
    assert_eq!(
        repeated("1996-01-01T10:00", "UTC", "FREQ=YEARLY", "").map(|_| ()),
        Err(ScheduleError::Past)
    );
}

#[test]
fn refuses_by_name() {
    assert_eq!(parse("tomorrow", "UTC"), Err(ScheduleError::NotATime));
    assert_eq!(parse("2026-11-24", "UTC"), Err(ScheduleError::NotATime));
    assert_eq!(parse("2026-02-30T10:00", "UTC"), Err(ScheduleError::NotATime));
    assert_eq!(parse(&"9".repeat(1000), "UTC"), Err(ScheduleError::NotATime));
    assert_eq!(parse("2026-11-24T13:30", "Europe/Atlantis"), Err(UnknownZone.into()));
    assert_eq!(parse("2026-11-18T13:30", "UTC"), Err(ScheduleError::Past));
    assert_eq!(parse("2029-01-01T00:00", "UTC"), Err(ScheduleError::TooFarAhead));
    assert!(parse("2026-11-20T11:00", "UTC").is_ok(), "an hour ago is still accepted");
    let not_a_monday = repeated("2026-11-24T10:00", "UTC", "FREQ=WEEKLY;BYDAY=MO", "");
    assert_eq!(not_a_monday, Err(ScheduleError::StartNotRepeated));
    let over_before = repeated("2026-11-24T10:00", "UTC", "FREQ=DAILY;UNTIL=20261123", "");
    assert_eq!(over_before, Err(ScheduleError::StartNotRepeated));
    let set = SetTime { start: "2026-11-24T10:00", ..SetTime::default() };
    let too_short = SetTime { duration_min: Some(0), ..set };
    assert_eq!(too_short.read(now()), Err(ScheduleError::Duration));
    let too_long = SetTime { duration_min: Some(u32::MAX), ..set };
    assert_eq!(too_long.read(now()), Err(ScheduleError::Duration));
    let too_late = SetTime { ends_after_min: Some(1441), ..set };
    assert_eq!(too_late.read(now()), Err(ScheduleError::EndsAfter));
    let everything = "2026-12-24,".repeat(10_000);
    assert_eq!(
        repeated("2026-11-24T10:00", "UTC", "FREQ=DAILY", "Christmas"),
        Err(ScheduleError::Exceptions)
    );
    assert_eq!(
        repeated("2026-11-24T10:00", "UTC", "FREQ=DAILY", &everything),
        Err(ScheduleError::Exceptions)
    );
    assert_eq!(ScheduleError::Exceptions.field(), "except");
}

proptest! {
    #[test]
    fn nothing_that_is_typed_breaks_it(
        start in "20[0-9]{2}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]",
        zone in "(Europe/Paris|America/New_York|Australia/Lord_Howe|Africa/Casablanca|UTC)",
        rule in "FREQ=(DAILY|WEEKLY|MONTHLY|YEARLY)(;INTERVAL=[0-9]{1,2})?(;BYMONTH=[0-9]{1,2})?(;BYDAY=(-?[1-5])?(MO|SU))?(;COUNT=[0-9]{1,4})?",
    ) {
        if let Ok(schedule) = repeated(&start, &zone, &rule, "2027-01-01") {
            let all: Vec<Timestamp> = schedule.occurrences(schedule.starts_at()).take(50).map(|one| one.starts_at).collect();
            prop_assert!(all.is_sorted_by(|a, b| a < b));
            if let Some(next) = schedule.next_after(now()) {
                prop_assert!(next.starts_at > now());
                prop_assert_eq!(schedule.last_begun(next.starts_at), Some(next));
            }
        }
    }
}

#[test]
fn a_count_goes_on_when_what_is_to_come_is_moved() {
    let read =
        |start: &str, rule: &str, except: &str| repeated(start, "UTC", rule, except).unwrap();
    let rule = "FREQ=DAILY;COUNT=5";
    let former = read("2026-12-01T10:00", rule, "2026-12-02");
    let last = |start: &str, now: &str| {
        let moved = read(start, rule, "").going_on_from(&former, at(now));
        moved.occurrences(moved.starts_at()).last().unwrap().starts_at
    };
    // Two have been, one of which was left out; the third is moved by an hour.
    assert_eq!(last("2026-12-03T11:00", "2026-12-02T12:00:00Z"), at("2026-12-05T11:00:00Z"));
    assert_eq!(last("2026-12-01T11:00", "2026-11-01T12:00:00Z"), at("2026-12-05T11:00:00Z"));
    assert_eq!(last("2026-12-01T10:00", "2026-12-03T12:00:00Z"), at("2026-12-05T10:00:00Z"));
    assert_eq!(last("2026-12-09T10:00", "2026-12-08T12:00:00Z"), at("2026-12-09T10:00:00Z"));
    let endless = read("2026-12-03T11:00", "FREQ=DAILY", "");
    assert_eq!(endless.clone().going_on_from(&former, at("2026-12-02T12:00:00Z")), endless);
}
