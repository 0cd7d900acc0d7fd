//! A repetition as people say it: `every 2 weeks on Monday and Thursday, 10 times`.

use jiff::civil::Weekday;

use super::rule::{Bound, Day, Frequency, Rule};
use super::zone::Zone;

const NTH: [&str; 5] = ["first", "second", "third", "fourth", "fifth"];

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

impl Rule {
    /// The rule in words; rules that few people have are given as they are.
    #[must_use]
    pub fn say(&self, zone: &Zone) -> String {
        let days = self.say_days();
        let Some(days) = days.filter(|_| self.positions.is_empty()) else {
            return format!("repeated by {self}");
        };
        let (one, many) = match self.frequency {
            Frequency::Daily => ("day", "days"),
            Frequency::Weekly => ("week", "weeks"),
            Frequency::Monthly => ("month", "months"),
            Frequency::Yearly => ("year", "years"),
        };
        let every = match self.interval {
            1 => format!("every {one}"),
            interval => format!("every {interval} {many}"),
        };
        let end = match self.bound {
            Bound::Forever => String::new(),
            Bound::Count(1) => ", once".to_owned(),
            Bound::Count(count) => format!(", {count} times"),
            Bound::Until(last) => format!(", until {}", zone.local(last).strftime("%-d %B %Y")),
        };
        format!("{every}{days}{end}")
    }

    /// On which days; `None` where that has no short words.
    fn say_days(&self) -> Option<String> {
        let months: Option<Vec<&str>> = self
            .months
            .iter()
            .map(|month| MONTHS.get(usize::from(month.unsigned_abs()).checked_sub(1)?).copied())
            .collect();
        let months = match months?.as_slice() {
            [] => String::new(),
            months => format!(" in {}", and(months)),
        };
        match (self.days.as_slice(), self.month_days.as_slice()) {
            ([], []) => Some(months),
            (days, []) => {
                let days: Option<Vec<String>> = days.iter().map(|day| self.say_day(*day)).collect();
                Some(format!(" on {}{months}", and(&days?)))
            }
            ([], days) => {
                let days: Option<Vec<String>> =
                    days.iter().map(|day| say_month_day(*day)).collect();
                Some(format!(" on {}{months}", and(&days?)))
            }
            _ => None,
        }
    }

    fn say_day(&self, day: Day) -> Option<String> {
        let name = name(day.weekday);
        match day.nth {
            None if matches!(self.frequency, Frequency::Daily | Frequency::Weekly) => {
                Some(name.to_owned())
            }
            None => Some(format!("every {name}")),
            // The twentieth Monday of a year is for programs.
            Some(_) if self.frequency == Frequency::Yearly && self.months.is_empty() => None,
            Some(-1) => Some(format!("the last {name}")),
            Some(nth) => {
                let nth = NTH.get(usize::try_from(nth).ok()?.checked_sub(1)?)?;
                Some(format!("the {nth} {name}"))
            }
        }
    }
}

fn say_month_day(day: i8) -> Option<String> {
    match day {
        -1 => Some("the last day".to_owned()),
        day if day > 0 => Some(format!("day {day}")),
        _ => None,
    }
}

fn name(day: Weekday) -> &'static str {
    match day {
        Weekday::Monday => "Monday",
        Weekday::Tuesday => "Tuesday",
        Weekday::Wednesday => "Wednesday",
        Weekday::Thursday => "Thursday",
        Weekday::Friday => "Friday",
        Weekday::Saturday => "Saturday",
        Weekday::Sunday => "Sunday",
    }
}

fn and<T: AsRef<str>>(words: &[T]) -> String {
    let words: Vec<&str> = words.iter().map(AsRef::as_ref).collect();
    match words.as_slice() {
        [] => String::new(),
        [word] => (*word).to_owned(),
        [words @ .., last] => format!("{} and {last}", words.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_in_words() {
        let paris = Zone::parse("Europe/Paris").unwrap();
        for (rule, words) in [
            ("FREQ=DAILY", "every day"),
            ("FREQ=DAILY;INTERVAL=2;COUNT=5", "every 2 days, 5 times"),
            ("FREQ=WEEKLY;BYDAY=MO,WE,FR", "every week on Monday, Wednesday and Friday"),
            (
                "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU;UNTIL=20261231",
                "every 2 weeks on Tuesday, until 31 December 2026",
            ),
            ("FREQ=MONTHLY;BYDAY=-1FR", "every month on the last Friday"),
            (
                "FREQ=MONTHLY;BYDAY=1TU,3TU",
                "every month on the first Tuesday and the third Tuesday",
            ),
            ("FREQ=MONTHLY;BYMONTHDAY=1,-1", "every month on day 1 and the last day"),
            ("FREQ=YEARLY", "every year"),
            ("FREQ=YEARLY;BYMONTH=3;BYDAY=2SU", "every year on the second Sunday in March"),
            (
                "FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=-1",
                "repeated by FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=-1",
            ),
            ("FREQ=YEARLY;BYDAY=20MO", "repeated by FREQ=YEARLY;BYDAY=20MO"),
        ] {
            assert_eq!(Rule::parse(rule, &paris).unwrap().say(&paris), words);
        }
    }
}
