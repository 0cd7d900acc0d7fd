//! How a set time repeats: a recurrence rule (RFC 5545, section 3.3.10), read and written.
//!
//! Days are chosen by `FREQ` of `DAILY` to `YEARLY`, `INTERVAL`, `BYMONTH`, `BYMONTHDAY`, `BYDAY`,
//! `BYSETPOS` and `WKST`, and end by `COUNT` or `UNTIL`. A conference has one set time a day, so that
//! `BYHOUR`, `BYMINUTE`, `BYSECOND` and frequencies below a day are refused, and so are `BYWEEKNO` and
//! `BYYEARDAY`, which calendar programs show to nobody. What a rule means is in
//! [`days`](super::days).

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::{Date, Weekday};

use super::zone::Zone;

/// The longest rule that is read, in bytes.
const TEXT_BYTES_MAX: usize = 400;

/// Why a recurrence rule was refused. The messages are for the person who typed it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RuleError {
    /// Not of the form `NAME=VALUE;NAME=VALUE`, a part twice, or longer than any sensible one.
    #[error("Please give the repetition as a rule of iCalendar, such as FREQ=WEEKLY;BYDAY=MO.")]
    Malformed,
    /// A part that is not offered.
    #[error("A repetition by {0} is not offered here.")]
    NotOffered(String),
    /// A part whose value can't be read or is out of its range.
    #[error("The repetition's {0} is not as it should be.")]
    Value(&'static str),
    /// Parts that can't stand together.
    #[error("The repetition's {0} and {1} can't be used together.")]
    Together(&'static str, &'static str),
}

/// The step of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Frequency {
    /// Days.
    Daily,
    /// Weeks, from the rule's first day of the week on.
    Weekly,
    /// Months.
    Monthly,
    /// Years.
    Yearly,
}

/// How a rule ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    /// Not by itself.
    Forever,
    /// After so many times.
    Count(u16),
    /// With the last time that isn't after this instant.
    Until(Timestamp),
}

/// A day of the week, or the n-th such day of a month or year, counted from its end if negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Day {
    /// Which of them; all without it.
    pub nth: Option<i8>,
    /// The day of the week.
    pub weekday: Weekday,
}

/// A recurrence rule of days. Parts that are not given are empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// The step.
    pub frequency: Frequency,
    /// How many steps are taken at once.
    pub interval: u16,
    /// How it ends.
    pub bound: Bound,
    /// In these months, 1 to 12.
    pub months: Vec<i8>,
    /// On these days of the month, from its end if negative.
    pub month_days: Vec<i8>,
    /// On these days of the week.
    pub days: Vec<Day>,
    /// Of what is found within one step, these alone, from its end if negative.
    pub positions: Vec<i16>,
    /// On what day a week begins.
    pub week_start: Weekday,
}

impl Rule {
    /// The largest step.
    pub const INTERVAL_MAX: u16 = 99;

    /// The most times that a rule can count.
    pub const COUNT_MAX: u16 = 1000;

    /// Reads a rule, with or without `RRULE:` before it. A date alone as its end means all of that day
    /// in `zone`.
    ///
    /// # Errors
    /// [`RuleError`].
    pub fn parse(text: &str, zone: &Zone) -> Result<Self, RuleError> {
        let text = text.trim();
        if text.len() > TEXT_BYTES_MAX || !text.is_ascii() {
            return Err(RuleError::Malformed);
        }
        let upper = text.to_ascii_uppercase();
        let parts = upper.strip_prefix("RRULE:").unwrap_or(&upper);
        let mut seen = Vec::new();
        let mut frequency = None;
        let mut rule = Self::every(Frequency::Daily);
        for part in parts.split(';') {
            let (name, value) = part.split_once('=').ok_or(RuleError::Malformed)?;
            if seen.contains(&name) {
                return Err(RuleError::Malformed);
            }
            seen.push(name);
            if name == "FREQ" {
                frequency = Some(read_frequency(value)?);
            } else {
                rule.take(name, value, zone)?;
            }
        }
        rule.frequency = frequency.ok_or(RuleError::Malformed)?;
        if seen.contains(&"COUNT") && seen.contains(&"UNTIL") {
            return Err(RuleError::Together("COUNT", "UNTIL"));
        }
        rule.check()?;
        Ok(rule)
    }

    /// One time each step, for ever.
    #[must_use]
    pub const fn every(frequency: Frequency) -> Self {
        Self {
            frequency,
            interval: 1,
            bound: Bound::Forever,
            months: Vec::new(),
            month_days: Vec::new(),
            days: Vec::new(),
            positions: Vec::new(),
            week_start: Weekday::Monday,
        }
    }

    fn take(&mut self, name: &str, value: &str, zone: &Zone) -> Result<(), RuleError> {
        match name {
            "INTERVAL" => self.interval = number(value, 1..=Self::INTERVAL_MAX, "INTERVAL")?,
            "COUNT" => self.bound = Bound::Count(number(value, 1..=Self::COUNT_MAX, "COUNT")?),
            "UNTIL" => {
                self.bound = Bound::Until(until(value, zone).ok_or(RuleError::Value("UNTIL"))?)
            }
            "BYMONTH" => self.months = numbers(value, 1..=12, "BYMONTH")?,
            "BYMONTHDAY" => self.month_days = signed(value, 31, "BYMONTHDAY")?,
            "BYDAY" => {
                let days = value.split(',').map(day).collect::<Option<Vec<Day>>>();
                self.days = days.ok_or(RuleError::Value("BYDAY"))?;
            }
            "BYSETPOS" => self.positions = signed(value, 366, "BYSETPOS")?,
            "WKST" => self.week_start = weekday(value).ok_or(RuleError::Value("WKST"))?,
            "BYSECOND" | "BYMINUTE" | "BYHOUR" | "BYYEARDAY" | "BYWEEKNO" => {
                return Err(RuleError::NotOffered(name.to_owned()));
            }
            _ => return Err(RuleError::Malformed),
        }
        Ok(())
    }

    /// What the parts mean together (the table and notes of RFC 5545, section 3.3.10).
    fn check(&self) -> Result<(), RuleError> {
        let has_nth = self.days.iter().any(|day| day.nth.is_some());
        match self.frequency {
            Frequency::Weekly if !self.month_days.is_empty() => {
                return Err(RuleError::Together("FREQ=WEEKLY", "BYMONTHDAY"));
            }
            Frequency::Daily if has_nth => {
                return Err(RuleError::Together("FREQ=DAILY", "a numbered BYDAY"));
            }
            Frequency::Weekly if has_nth => {
                return Err(RuleError::Together("FREQ=WEEKLY", "a numbered BYDAY"));
            }
            _ if has_nth && !self.month_days.is_empty() => {
                return Err(RuleError::Together("BYMONTHDAY", "a numbered BYDAY"));
            }
            _ => {}
        }
        let by_any =
            !self.days.is_empty() || !self.month_days.is_empty() || !self.months.is_empty();
        if !self.positions.is_empty() && !by_any {
            return Err(RuleError::Together("BYSETPOS", "no other BY part"));
        }
        Ok(())
    }
}

/// The rule as RFC 5545 has it, its end in UTC.
impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let frequency = match self.frequency {
            Frequency::Daily => "DAILY",
            Frequency::Weekly => "WEEKLY",
            Frequency::Monthly => "MONTHLY",
            Frequency::Yearly => "YEARLY",
        };
        write!(f, "FREQ={frequency}")?;
        if self.interval != 1 {
            write!(f, ";INTERVAL={}", self.interval)?;
        }
        match self.bound {
            Bound::Forever => {}
            Bound::Count(count) => write!(f, ";COUNT={count}")?,
            Bound::Until(last) => write!(f, ";UNTIL={}", last.strftime("%Y%m%dT%H%M%SZ"))?,
        }
        list(f, "BYMONTH", &self.months)?;
        list(f, "BYMONTHDAY", &self.month_days)?;
        list(f, "BYDAY", &self.days)?;
        list(f, "BYSETPOS", &self.positions)?;
        if self.week_start == Weekday::Monday {
            Ok(())
        } else {
            write!(f, ";WKST={}", two_letters(self.week_start))
        }
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(nth) = self.nth {
            write!(f, "{nth}")?;
        }
        f.write_str(two_letters(self.weekday))
    }
}

fn list<T: fmt::Display>(f: &mut fmt::Formatter<'_>, name: &str, values: &[T]) -> fmt::Result {
    for (index, value) in values.iter().enumerate() {
        if index == 0 { write!(f, ";{name}={value}")? } else { write!(f, ",{value}")? }
    }
    Ok(())
}

fn read_frequency(value: &str) -> Result<Frequency, RuleError> {
    match value {
        "DAILY" => Ok(Frequency::Daily),
        "WEEKLY" => Ok(Frequency::Weekly),
        "MONTHLY" => Ok(Frequency::Monthly),
        "YEARLY" => Ok(Frequency::Yearly),
        "SECONDLY" | "MINUTELY" | "HOURLY" => Err(RuleError::NotOffered(value.to_owned())),
        _ => Err(RuleError::Value("FREQ")),
    }
}

fn number<T: FromStr + PartialOrd>(
    text: &str,
    range: std::ops::RangeInclusive<T>,
    name: &'static str,
) -> Result<T, RuleError> {
    let number = text.parse().ok().filter(|number| range.contains(number));
    number.ok_or(RuleError::Value(name))
}

fn numbers(
    text: &str,
    range: std::ops::RangeInclusive<i8>,
    name: &'static str,
) -> Result<Vec<i8>, RuleError> {
    text.split(',').map(|text| number(text, range.clone(), name)).collect()
}

/// Numbers of which none is 0 and none further from it than `most`.
fn signed<T>(text: &str, most: i16, name: &'static str) -> Result<Vec<T>, RuleError>
where
    T: TryFrom<i16>,
{
    let one = |text: &str| {
        let number: i16 = number(text, -most..=most, name)?;
        if number == 0 {
            return Err(RuleError::Value(name));
        }
        T::try_from(number).map_err(|_| RuleError::Value(name))
    };
    text.split(',').map(one).collect()
}

/// `MO`, `2TU` or `-1FR`; the 53rd of a year is the furthest.
fn day(text: &str) -> Option<Day> {
    let (nth, name) = text.split_at_checked(text.len().checked_sub(2)?)?;
    let nth = if nth.is_empty() {
        None
    } else {
        Some(nth.parse().ok().filter(|nth: &i8| (1..=53).contains(&nth.unsigned_abs()))?)
    };
    Some(Day { nth, weekday: weekday(name)? })
}

const WEEK: [(Weekday, &str); 7] = [
    (Weekday::Monday, "MO"),
    (Weekday::Tuesday, "TU"),
    (Weekday::Wednesday, "WE"),
    (Weekday::Thursday, "TH"),
    (Weekday::Friday, "FR"),
    (Weekday::Saturday, "SA"),
    (Weekday::Sunday, "SU"),
];

fn weekday(text: &str) -> Option<Weekday> {
    WEEK.into_iter().find(|(_, name)| *name == text).map(|(day, _)| day)
}

pub(super) fn two_letters(weekday: Weekday) -> &'static str {
    WEEK[usize::from(weekday.to_monday_zero_offset().unsigned_abs()) % WEEK.len()].1
}

/// An instant in UTC, or the last second of a date in the zone.
fn until(text: &str, zone: &Zone) -> Option<Timestamp> {
    match text.strip_suffix('Z') {
        Some(utc) => {
            Zone::utc().instant(jiff::civil::DateTime::strptime("%Y%m%dT%H%M%S", utc).ok()?)
        }
        None => zone.instant(Date::strptime("%Y%m%d", text).ok()?.at(23, 59, 59, 0)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Rule, RuleError> {
        Rule::parse(text, &Zone::parse("Europe/Paris").unwrap())
    }

    #[test]
    fn rules_are_written_as_they_were_read() {
        for text in [
            "FREQ=DAILY",
            "FREQ=WEEKLY;INTERVAL=2;COUNT=10;BYDAY=MO,WE;WKST=SU",
            "FREQ=MONTHLY;BYDAY=-1FR",
            "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
            "FREQ=MONTHLY;BYMONTHDAY=13;BYDAY=FR",
            "FREQ=YEARLY;UNTIL=20301231T225959Z;BYMONTH=3,9;BYMONTHDAY=1,-1",
            "FREQ=YEARLY;BYDAY=20MO",
        ] {
            assert_eq!(parse(text).unwrap().to_string(), text);
        }
        let tidied = parse(" rrule:byday=mo;freq=weekly;interval=1;wkst=mo ").unwrap();
        assert_eq!(tidied.to_string(), "FREQ=WEEKLY;BYDAY=MO");
    }

    #[test]
    fn a_date_as_the_end_is_all_of_that_day_in_the_zone() {
        let rule = parse("FREQ=DAILY;UNTIL=20261231").unwrap();
        assert_eq!(rule.bound, Bound::Until("2026-12-31T22:59:59Z".parse().unwrap()));
    }

    #[test]
    fn what_is_not_offered_is_refused_by_name() {
        for (text, name) in [
            ("FREQ=HOURLY", "HOURLY"),
            ("FREQ=SECONDLY;COUNT=100", "SECONDLY"),
            ("FREQ=DAILY;BYHOUR=9,17", "BYHOUR"),
            ("FREQ=YEARLY;BYWEEKNO=20", "BYWEEKNO"),
            ("FREQ=YEARLY;BYYEARDAY=1", "BYYEARDAY"),
        ] {
            assert_eq!(parse(text), Err(RuleError::NotOffered(name.to_owned())), "{text}");
        }
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for text in
            ["", "WEEKLY", "BYDAY=MO", "FREQ=DAILY;", "FREQ=DAILY;FREQ=DAILY", "FREQ=DAILY;X-A=1"]
        {
            assert_eq!(parse(text), Err(RuleError::Malformed), "{text:?}");
        }
        assert_eq!(parse(&"FREQ=DAILY;".repeat(1000)), Err(RuleError::Malformed));
        assert_eq!(parse("FREQ=DAILY\r\nX:y"), Err(RuleError::Value("FREQ")));
        for (text, name) in [
            ("FREQ=FORTNIGHTLY", "FREQ"),
            ("FREQ=DAILY;INTERVAL=0", "INTERVAL"),
            ("FREQ=DAILY;INTERVAL=100", "INTERVAL"),
            ("FREQ=DAILY;COUNT=1001", "COUNT"),
            ("FREQ=DAILY;COUNT=99999999999999999999", "COUNT"),
            ("FREQ=DAILY;UNTIL=20261332", "UNTIL"),
            ("FREQ=DAILY;UNTIL=20261231T235959", "UNTIL"),
            ("FREQ=YEARLY;BYMONTH=13", "BYMONTH"),
            ("FREQ=MONTHLY;BYMONTHDAY=0", "BYMONTHDAY"),
            ("FREQ=MONTHLY;BYMONTHDAY=32", "BYMONTHDAY"),
            ("FREQ=MONTHLY;BYDAY=0MO", "BYDAY"),
            ("FREQ=YEARLY;BYDAY=54MO", "BYDAY"),
            ("FREQ=WEEKLY;BYDAY=XX", "BYDAY"),
            ("FREQ=WEEKLY;BYDAY=M", "BYDAY"),
            ("FREQ=MONTHLY;BYDAY=MO;BYSETPOS=367", "BYSETPOS"),
            ("FREQ=WEEKLY;WKST=1MO", "WKST"),
        ] {
            assert_eq!(parse(text), Err(RuleError::Value(name)), "{text}");
        }
        for text in [
            "FREQ=DAILY;COUNT=1;UNTIL=20261231",
            "FREQ=WEEKLY;BYMONTHDAY=1",
            "FREQ=WEEKLY;BYDAY=1MO",
            "FREQ=DAILY;BYDAY=1MO",
            "FREQ=MONTHLY;BYMONTHDAY=1;BYDAY=1MO",
            "FREQ=MONTHLY;BYSETPOS=1",
        ] {
            assert!(matches!(parse(text), Err(RuleError::Together(..))), "{text}");
        }
    }
}
