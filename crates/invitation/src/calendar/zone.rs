//! A time zone as a calendar has to carry it (`VTIMEZONE`, RFC 5545, section 3.6.5), so that a
//! repetition keeps its wall-clock time in programs that know no names of zones.

use conference::Zone;
use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};
use jiff::{SignedDuration, Timestamp};

use super::line::Lines;

/// How many years of changes are looked at for a rule, and told one by one where there is none: some
/// follow the moon.
const YEARS: i64 = 10;

/// One change of the zone's clocks.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Change {
    /// What the clocks show when it happens, before it.
    local: DateTime,
    from: Offset,
    to: Offset,
    is_summer: bool,
    name: String,
}

/// The day of a change in its year, as all changes of a kind share it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Yearly {
    month: i8,
    /// The n-th such day of the week in the month; -1 is the last.
    nth: i8,
}

/// Writes the zone as it is from `start` on.
pub(super) fn write(lines: &mut Lines, zone: &Zone, start: Timestamp) {
    lines.plain("BEGIN", "VTIMEZONE");
    lines.plain("TZID", zone.name());
    let mut left = changes(zone.rules(), start);
    while let Some(first) = left.first().cloned() {
        let is_alike = |change: &Change| {
            (change.from, change.to, &change.name) == (first.from, first.to, &first.name)
        };
        let (alike, others): (Vec<Change>, Vec<Change>) = left.into_iter().partition(is_alike);
        observance(lines, &first, &alike);
        left = others;
    }
    lines.plain("END", "VTIMEZONE");
}

/// The change that is in force at the start, and those after it.
fn changes(rules: &TimeZone, start: Timestamp) -> Vec<Change> {
    let end = start.saturating_add(SignedDuration::from_hours(YEARS * 366 * 24));
    let end = end.unwrap_or(Timestamp::MAX);
    let in_force = start.saturating_add(SignedDuration::from_secs(1)).unwrap_or(start);
    let since = rules.preceding(in_force).next().map(|change| change.timestamp());
    let Some(since) = since else { return vec![always(rules, start)] };
    let before = since.saturating_sub(SignedDuration::from_secs(1)).unwrap_or(since);
    let changes = rules.following(before).take_while(|change| change.timestamp() <= end);
    let with_offset_before = |from: &mut Offset, at: Timestamp, to: Offset| {
        let before = *from;
        *from = to;
        (at, before, to)
    };
    let mut from = rules.to_offset(before);
    changes
        .map(|change| {
            let (at, from, to) = with_offset_before(&mut from, change.timestamp(), change.offset());
            let name = change.abbreviation().to_owned();
            Change { local: from.to_datetime(at), from, to, is_summer: change.dst().is_dst(), name }
        })
        .collect()
}

/// What there is to say of a zone whose clocks never change.
fn always(rules: &TimeZone, start: Timestamp) -> Change {
    let info = rules.to_offset_info(start);
    let (offset, name) = (info.offset(), info.abbreviation().to_owned());
    let local = DateTime::constant(1970, 1, 1, 0, 0, 0, 0);
    Change { local, from: offset, to: offset, is_summer: false, name }
}

fn observance(lines: &mut Lines, first: &Change, alike: &[Change]) {
    let kind = if first.is_summer { "DAYLIGHT" } else { "STANDARD" };
    lines.plain("BEGIN", kind);
    lines.plain("DTSTART", local(first.local));
    lines.plain("TZOFFSETFROM", offset(first.from));
    lines.plain("TZOFFSETTO", offset(first.to));
    lines.text("TZNAME", &first.name);
    match yearly(alike) {
        Some(Yearly { month, nth }) => {
            let day = first.local.weekday().to_monday_zero_offset();
            let day =
                ["MO", "TU", "WE", "TH", "FR", "SA", "SU"][usize::from(day.unsigned_abs()) % 7];
            lines.plain("RRULE", format!("FREQ=YEARLY;BYMONTH={month};BYDAY={nth}{day}"));
        }
        None => {
            for change in &alike[1..] {
                lines.plain("RDATE", local(change.local));
            }
        }
    }
    lines.plain("END", kind);
}

/// The rule that all of them follow, if there is one: each year, at the same hour, on the same n-th
/// day of the week of the same month. One alone makes no rule.
fn yearly(alike: &[Change]) -> Option<Yearly> {
    let (first, others) = alike.split_first()?;
    let month = first.local.month();
    let follow = |nth: i8| {
        let is_nth = |change: &Change| {
            let day = change.local.date().nth_weekday_of_month(nth, first.local.weekday());
            day.is_ok_and(|day| day == change.local.date())
                && change.local.month() == month
                && change.local.time() == first.local.time()
        };
        let years = || alike.iter().map(|change| change.local.year());
        years().zip(years().skip(1)).all(|(year, next)| next == year + 1)
            && alike.iter().all(is_nth)
    };
    // Up to the end of what was looked at, or else it has been given up in between.
    let goes_on = i64::try_from(others.len()).is_ok_and(|years| years >= YEARS - 1);
    let nth = [-1, 1, 2, 3, 4].into_iter().find(|nth| goes_on && follow(*nth))?;
    Some(Yearly { month, nth })
}

/// A local time, as in `20261124T143000`.
pub(super) fn local(time: DateTime) -> String {
    time.strftime("%Y%m%dT%H%M%S").to_string()
}

/// `+0100`, or with seconds where there are some (section 3.3.14).
fn offset(offset: Offset) -> String {
    let seconds = offset.seconds();
    let sign = if seconds < 0 { '-' } else { '+' };
    let seconds = seconds.unsigned_abs();
    let text = format!("{sign}{:02}{:02}", seconds / 3600, seconds / 60 % 60);
    if seconds.is_multiple_of(60) { text } else { format!("{text}{:02}", seconds % 60) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(zone: &str, start: &str) -> String {
        let mut lines = Lines::default();
        write(&mut lines, &Zone::parse(zone).unwrap(), start.parse().unwrap());
        lines.into_text().replace("\r\n", "\n")
    }

    #[test]
    fn a_zone_with_summer_time_has_two_rules() {
        assert_eq!(
            written("Europe/Paris", "2026-11-24T13:30:00Z"),
            "BEGIN:VTIMEZONE\nTZID:Europe/Paris\n\
             BEGIN:STANDARD\nDTSTART:20261025T030000\nTZOFFSETFROM:+0200\nTZOFFSETTO:+0100\n\
             TZNAME:CET\nRRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU\nEND:STANDARD\n\
             BEGIN:DAYLIGHT\nDTSTART:20270328T020000\nTZOFFSETFROM:+0100\nTZOFFSETTO:+0200\n\
             TZNAME:CEST\nRRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU\nEND:DAYLIGHT\n\
             END:VTIMEZONE\n"
        );
        let new_york = written("America/New_York", "2026-07-01T00:00:00Z");
        assert!(new_york.contains("RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=2SU"), "{new_york}");
        assert!(new_york.contains("RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=1SU"), "{new_york}");
    }

    #[test]
    fn a_zone_without_has_one_observance() {
        let tokyo = written("Asia/Tokyo", "2026-11-24T13:30:00Z");
        assert_eq!(tokyo.matches("BEGIN:STANDARD").count(), 1, "{tokyo}");
        assert!(tokyo.contains("TZOFFSETTO:+0900\n"), "{tokyo}");
        let utc = written("UTC", "2026-11-24T13:30:00Z");
        assert!(utc.contains("DTSTART:19700101T000000\nTZOFFSETFROM:+0000\nTZOFFSETTO:+0000"));
    }

    #[test]
    fn changes_without_a_rule_are_told_one_by_one() {
        // In years whose Ramadan is in summer time, the clocks of Gaza change four times.
        let gaza = written("Asia/Gaza", "2045-11-24T13:30:00Z");
        assert!(!gaza.contains("RRULE"), "{gaza}");
        assert!(gaza.matches("RDATE").count() >= 16, "{gaza}");
    }

    #[test]
    fn offsets_have_seconds_where_they_need_them() {
        let text = |seconds| offset(Offset::from_seconds(seconds).unwrap());
        assert_eq!(text(-3_600 - 1_800), "-0130");
        assert_eq!(text(561), "+000921");
    }
}
