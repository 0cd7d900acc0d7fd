//! The days that a recurrence rule means (RFC 5545, section 3.3.10), in the order of the calendar.
//!
//! Pure arithmetic on dates: what time of day it is, and in what zone, comes after. Each step of the
//! rule gives a set of days, which the `BY` parts make larger or smaller as the table of that section
//! says.

use jiff::civil::{Date, Weekday};
use jiff::{Span, ToSpan};

use super::rule::{Bound, Day, Frequency, Rule};

/// How long after its start a rule gives its last day, in years. So looking for a day ends, for rules
/// too that give none (the 30th of February).
pub const YEARS_MAX: i16 = 30;

/// The days of a rule from `start` on, without regard to an end by `UNTIL`.
#[derive(Debug, Clone)]
pub(super) struct Days<'a> {
    rule: &'a Rule,
    start: Date,
    /// The next step to take.
    step: i64,
    /// What is left of the last step's days, the latest first.
    pending: Vec<Date>,
    /// How many times are left, where they are counted.
    left: Option<u16>,
    last: Date,
}

impl<'a> Days<'a> {
    /// All of them.
    pub(super) fn new(rule: &'a Rule, start: Date) -> Self {
        let left = match rule.bound {
            Bound::Count(count) => Some(count),
            Bound::Forever | Bound::Until(_) => None,
        };
        let last = start.saturating_add(i32::from(YEARS_MAX).years());
        Self { rule, start, step: 0, pending: Vec::new(), left, last }
    }

    /// Those from `from` on, and perhaps some before it. Steps are left out at once where none has to be
    /// counted.
    pub(super) fn around(rule: &'a Rule, start: Date, from: Date) -> Self {
        let mut days = Self::new(rule, start);
        if days.left.is_none() && from > start {
            days.step =
                (steps_between(rule.frequency, start, from) / i64::from(rule.interval) - 1).max(0);
        }
        days
    }

    /// The first day of the step, or of the week, month or year that it stands for.
    fn beginning(&self, step: i64) -> Option<Date> {
        let steps = step.checked_mul(i64::from(self.rule.interval))?;
        let span = Span::new();
        let (from, span) = match self.rule.frequency {
            Frequency::Daily => (self.start, span.try_days(steps)),
            Frequency::Weekly => (week_of(self.start, self.rule.week_start), span.try_weeks(steps)),
            Frequency::Monthly => (self.start.first_of_month(), span.try_months(steps)),
            Frequency::Yearly => (self.start.first_of_year(), span.try_years(steps)),
        };
        from.checked_add(span.ok()?).ok()
    }
}

impl Iterator for Days<'_> {
    type Item = Date;

    fn next(&mut self) -> Option<Date> {
        if self.left == Some(0) {
            return None;
        }
        loop {
            while let Some(day) = self.pending.pop() {
                if day > self.last {
                    return None;
                }
                if day >= self.start {
                    self.left = self.left.map(|left| left - 1);
                    return Some(day);
                }
            }
            let beginning = self.beginning(self.step).filter(|day| *day <= self.last)?;
            self.step += 1;
            self.pending = self.rule.days_of(beginning, self.start);
            self.pending.reverse();
        }
    }
}

impl Rule {
    /// The days of the step that begins with `beginning`, in order. What the rule leaves open is as it
    /// is at `start`.
    fn days_of(&self, beginning: Date, start: Date) -> Vec<Date> {
        let mut days = match self.frequency {
            Frequency::Daily => vec![beginning],
            Frequency::Weekly => self.of_week(beginning, start),
            Frequency::Monthly => self.of_month(beginning, start),
            Frequency::Yearly => self.of_year(beginning, start),
        };
        days.retain(|day| self.keeps(*day));
        days.sort_unstable();
        days.dedup();
        if self.positions.is_empty() { days } else { self.at_positions(&days) }
    }

    /// Whether the parts that only ever take days away leave this one.
    fn keeps(&self, day: Date) -> bool {
        let plain = || self.days.iter().filter(|of| of.nth.is_none());
        (self.months.is_empty() || self.months.contains(&day.month()))
            && (self.month_days.is_empty()
                || self.month_days.iter().any(|of| is_day_of_month(day, *of)))
            && (plain().next().is_none()
                || self.days.iter().any(|of| of.nth.is_some())
                || plain().any(|of| of.weekday == day.weekday()))
    }

    fn of_week(&self, beginning: Date, start: Date) -> Vec<Date> {
        let days = (0..7).filter_map(|day: i32| beginning.checked_add(day.days()).ok());
        let is_of_start = |day: &Date| !self.days.is_empty() || day.weekday() == start.weekday();
        days.filter(is_of_start).collect()
    }

    fn of_month(&self, first: Date, start: Date) -> Vec<Date> {
        if !self.days.is_empty() && self.month_days.is_empty() {
            return self.days.iter().flat_map(|day| weekdays_of_month(first, *day)).collect();
        }
        if self.month_days.is_empty() {
            return first.with().day(start.day()).build().into_iter().collect();
        }
        days_from(first, first.days_in_month().into())
    }

    fn of_year(&self, first: Date, start: Date) -> Vec<Date> {
        let months = || (1..=12).filter_map(|month| first.with().month(month).build().ok());
        let of_months = |months: &[i8], month: &Date| months.contains(&month.month());
        if !self.month_days.is_empty() {
            return days_from(first, first.days_in_year().into());
        }
        match (self.days.is_empty(), self.months.is_empty()) {
            (false, true) => {
                self.days.iter().flat_map(|day| weekdays_of_year(first, *day)).collect()
            }
            (false, false) => months()
                .filter(|month| of_months(&self.months, month))
                .flat_map(|month| self.of_month(month, start))
                .collect(),
            (true, false) => months().flat_map(|month| self.of_month(month, start)).collect(),
            (true, true) => {
                first.with().month(start.month()).day(start.day()).build().into_iter().collect()
            }
        }
    }

    fn at_positions(&self, days: &[Date]) -> Vec<Date> {
        let at = |position: &i16| {
            let distance = usize::from(position.unsigned_abs());
            let index =
                if *position > 0 { Some(distance - 1) } else { days.len().checked_sub(distance) };
            index.and_then(|index| days.get(index)).copied()
        };
        let mut chosen: Vec<Date> = self.positions.iter().filter_map(at).collect();
        chosen.sort_unstable();
        chosen.dedup();
        chosen
    }
}

/// How many steps of the frequency, each of one, lie between the two.
fn steps_between(frequency: Frequency, start: Date, from: Date) -> i64 {
    let days = start.duration_until(from).as_hours() / 24;
    let years = i64::from(from.year() - start.year());
    match frequency {
        Frequency::Daily => days,
        Frequency::Weekly => days / 7,
        Frequency::Monthly => years * 12 + i64::from(from.month() - start.month()),
        Frequency::Yearly => years,
    }
}

fn week_of(day: Date, week_start: Weekday) -> Date {
    let since = day.weekday().since(week_start);
    day.saturating_sub(i32::from(since).days())
}

fn is_day_of_month(day: Date, wanted: i8) -> bool {
    if wanted > 0 { day.day() == wanted } else { day.day() == day.days_in_month() + 1 + wanted }
}

fn days_from(first: Date, count: i32) -> Vec<Date> {
    (0..count).filter_map(|day| first.checked_add(day.days()).ok()).collect()
}

fn weekdays_of_month(first: Date, day: Day) -> Vec<Date> {
    let nth = |nth: i8| first.nth_weekday_of_month(nth, day.weekday).ok();
    match day.nth {
        // Beyond five there is none in any month.
        Some(n) => (-5..=5).contains(&n).then(|| nth(n)).flatten().into_iter().collect(),
        None => (1..=5).filter_map(nth).collect(),
    }
}

fn weekdays_of_year(first: Date, day: Day) -> Vec<Date> {
    let ahead = day.weekday.since(first.weekday());
    let all: Vec<Date> = (0..53)
        .filter_map(|week: i32| first.checked_add((week * 7 + i32::from(ahead)).days()).ok())
        .filter(|date| date.year() == first.year())
        .collect();
    match day.nth {
        None => all,
        Some(nth) => {
            let distance = usize::from(nth.unsigned_abs());
            let index = if nth > 0 { Some(distance - 1) } else { all.len().checked_sub(distance) };
            index.and_then(|index| all.get(index)).copied().into_iter().collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schedule::zone::Zone;
    use jiff::civil::date;

    fn rule(text: &str) -> Rule {
        Rule::parse(text, &Zone::utc()).unwrap()
    }

    #[test]
    fn a_rule_without_an_end_has_one_after_thirty_years() {
        let daily = rule("FREQ=DAILY");
        let last = Days::new(&daily, date(2026, 1, 1)).last().unwrap();
        assert_eq!(last, date(2056, 1, 1));
        let never = rule("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30");
        assert_eq!(Days::new(&never, date(2026, 1, 1)).next(), None);
    }

    #[test]
    fn the_time_of_the_world_ends_before_it_is_left() {
        let yearly = rule("FREQ=YEARLY");
        let days: Vec<Date> = Days::new(&yearly, date(9997, 6, 1)).collect();
        assert_eq!(days, [date(9997, 6, 1), date(9998, 6, 1), date(9999, 6, 1)]);
    }

    #[test]
    fn looking_from_a_later_day_finds_the_same_days() {
        let from = date(2031, 5, 17);
        let start = date(2026, 1, 31);
        for text in [
            "FREQ=DAILY;INTERVAL=7",
            "FREQ=WEEKLY;INTERVAL=3;BYDAY=SU,SA,MO;WKST=SU",
            "FREQ=MONTHLY",
            "FREQ=MONTHLY;INTERVAL=5;BYDAY=-1SA",
            "FREQ=YEARLY;BYMONTH=1,7;BYMONTHDAY=-1",
            "FREQ=YEARLY;INTERVAL=2;BYDAY=5SA,-1MO",
            "FREQ=DAILY;COUNT=900",
        ] {
            let rule = rule(text);
            let later =
                |days: Days<'_>| days.filter(|day| *day >= from).take(20).collect::<Vec<Date>>();
            let whole = later(Days::new(&rule, start));
            assert_eq!(later(Days::around(&rule, start, from)), whole, "{text}");
        }
    }
}
