//! Set times: when a conference starts and for how long, in the zone in which it was arranged, and how
//! that repeats. All is wall-clock time: what is at 14:30 in Paris stays at 14:30 in Paris, on both
//! sides of a change of summer time.

mod days;
mod error;
mod phase;
mod reminder;
mod rule;
mod words;
mod zone;

use std::collections::BTreeSet;
use std::fmt;
use std::time::Duration;

use jiff::civil::{Date, DateTime};
use jiff::{SignedDuration, Timestamp};

use self::days::Days;

pub use self::days::YEARS_MAX;
pub use self::error::ScheduleError;
pub use self::phase::Phase;
pub use self::reminder::Reminder;
pub use self::rule::{Bound, Day, Frequency, Rule, RuleError};
pub use self::zone::{UnknownZone, Zone};

/// How far ahead a conference may be set.
pub const AHEAD_MAX: SignedDuration = SignedDuration::from_hours(24 * 366 * 2);

/// How long ago a conference may be said to have started, for those set up in a hurry.
pub const AGO_MAX: SignedDuration = SignedDuration::from_hours(24);

/// The longest text read as a time or a date, in bytes.
const TEXT_BYTES_MAX: usize = 64;

/// A set time as a page or an API client gives it.
#[derive(Debug, Clone, Copy, Default)]
pub struct SetTime<'a> {
    /// RFC 3339 with an offset (`2026-11-24T13:30:00Z`), or a wall-clock time of the zone
    /// (`2026-11-24T14:30`).
    pub start: &'a str,
    /// An IANA name; UTC without it.
    pub zone: Option<&'a str>,
    /// The length, in minutes; [`Schedule::DURATION_DEFAULT`] without it.
    pub duration_min: Option<u32>,
    /// A recurrence rule: see [`Rule`].
    pub repetition: Option<&'a str>,
    /// Days of the repetition that are left out, by comma: `2026-12-24,2026-12-31`.
    pub except: Option<&'a str>,
    /// How long after each end the room ends, in minutes; not by itself without it.
    pub ends_after_min: Option<u32>,
    /// How long before each start those who are invited are reminded, in minutes; not at all without it.
    pub remind_min: Option<u32>,
}

/// When a conference takes place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    starts_at: Timestamp,
    zone: Zone,
    duration: Duration,
    repetition: Option<Repetition>,
    ends_after: Option<Duration>,
    remind_before: Option<Duration>,
}

/// How a set time repeats.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repetition {
    /// On which days.
    pub rule: Rule,
    /// Days on which it doesn't take place, though the rule says so.
    pub except: BTreeSet<Date>,
}

/// One time that a conference takes place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Occurrence {
    /// The set start.
    pub starts_at: Timestamp,
    /// The set end.
    pub ends_at: Timestamp,
}

impl SetTime<'_> {
    /// Reads it. A start that a change of summer time skips is refused, for nobody can keep it; one
    /// that is there twice is the first of the two, as RFC 5545 says. A repetition may have begun long
    /// ago, if it goes on.
    ///
    /// # Errors
    /// [`ScheduleError`], for the person who typed it.
    pub fn read(&self, now: Timestamp) -> Result<Schedule, ScheduleError> {
        let zone = self.zone.map_or_else(|| Ok(Zone::utc()), Zone::parse)?;
        let starts_at = read_start(self.start.trim(), &zone)?;
        let mut schedule = Schedule::new(starts_at, zone);
        if let Some(minutes) = self.duration_min {
            schedule = schedule.lasting(minutes_of(minutes)).ok_or(ScheduleError::Duration)?;
        }
        if let Some(minutes) = self.ends_after_min {
            schedule =
                schedule.ending_after(minutes_of(minutes)).ok_or(ScheduleError::EndsAfter)?;
        }
        if let Some(minutes) = self.remind_min {
            schedule = schedule.reminding(minutes_of(minutes)).ok_or(ScheduleError::Remind)?;
        }
        if let Some(rule) = self.repetition {
            let repetition =
                Repetition::parse(rule, self.except.unwrap_or_default(), &schedule.zone)?;
            schedule = schedule.repeating(repetition)?;
        }
        if starts_at.duration_since(now) > AHEAD_MAX {
            return Err(ScheduleError::TooFarAhead);
        }
        let latest = schedule.next_after(now).or_else(|| schedule.last_begun(now));
        match latest {
            Some(latest) if latest.starts_at.duration_since(now) >= -AGO_MAX => Ok(schedule),
            _ => Err(ScheduleError::Past),
        }
    }
}

impl Schedule {
    /// How long a conference is whose length nobody said.
    pub const DURATION_DEFAULT: Duration = Duration::from_secs(60 * 60);

    /// The longest.
    pub const DURATION_MAX: Duration = Duration::from_secs(24 * 60 * 60);

    /// The longest that a room stays open after its set end and then ends.
    pub const ENDS_AFTER_MAX: Duration = Duration::from_secs(24 * 60 * 60);

    /// A start at an instant, shown in `zone`, once and for an hour.
    #[must_use]
    pub const fn new(starts_at: Timestamp, zone: Zone) -> Self {
        Self {
            starts_at,
            zone,
            duration: Self::DURATION_DEFAULT,
            repetition: None,
            ends_after: None,
            remind_before: None,
        }
    }

    /// Reads a start alone: see [`SetTime`].
    ///
    /// # Errors
    /// [`ScheduleError`].
    pub fn parse(start: &str, zone: Option<&str>, now: Timestamp) -> Result<Self, ScheduleError> {
        SetTime { start, zone, ..SetTime::default() }.read(now)
    }

    /// The same for so long; `None` if that is less than a minute or more than
    /// [`DURATION_MAX`](Self::DURATION_MAX).
    #[must_use]
    pub fn lasting(self, duration: Duration) -> Option<Self> {
        let fits = (Duration::from_secs(60)..=Self::DURATION_MAX).contains(&duration);
        fits.then_some(Self { duration, ..self })
    }

    /// The same, and the room ends so long after the set end; `None` if that is more than
    /// [`ENDS_AFTER_MAX`](Self::ENDS_AFTER_MAX).
    #[must_use]
    pub fn ending_after(self, after: Duration) -> Option<Self> {
        (after <= Self::ENDS_AFTER_MAX).then_some(Self { ends_after: Some(after), ..self })
    }

    /// The same, again and again.
    ///
    /// # Errors
    /// [`ScheduleError::StartNotRepeated`] if the start is not of the rule's days: calendar programs
    /// don't agree on what that means (RFC 5545, section 3.8.5.3).
    pub fn repeating(self, repetition: Repetition) -> Result<Self, ScheduleError> {
        let start = self.local_start().date();
        let ended = matches!(repetition.rule.bound, Bound::Until(last) if last < self.starts_at);
        if ended || Days::new(&repetition.rule, start).next() != Some(start) {
            return Err(ScheduleError::StartNotRepeated);
        }
        Ok(Self { repetition: Some(repetition), ..self })
    }

    /// This repetition as that of `former`, moved: of a rule that counts, what has been before the time that matters at
    /// `now`, and before this one's start, stays counted.
    #[must_use]
    pub fn going_on_from(mut self, former: &Self, now: Timestamp) -> Self {
        let moved = former.current(now).starts_at.min(self.starts_at);
        let Some(Repetition { rule, .. }) = &former.repetition else { return self };
        let local = former.local_start();
        let starts = Days::new(rule, local.date()).map_while(|day| former.start_on(day, local));
        let before = starts.take_while(|start| *start < moved).take(Rule::COUNT_MAX.into()).count();
        let bound = self.repetition.as_mut().map(|repetition| &mut repetition.rule.bound);
        if let Some(Bound::Count(count)) = bound {
            *count = count.saturating_sub(u16::try_from(before).unwrap_or(u16::MAX)).max(1);
        }
        self
    }

    /// The first time, whether or not its day is left out.
    #[must_use]
    pub fn first(&self) -> Occurrence {
        self.occurrence(self.starts_at)
    }

    /// The instant of the first start.
    #[must_use]
    pub const fn starts_at(&self) -> Timestamp {
        self.starts_at
    }

    /// What clocks of the zone show at the first start.
    #[must_use]
    pub fn local_start(&self) -> DateTime {
        self.zone.local(self.starts_at)
    }

    /// The zone in which it was arranged.
    #[must_use]
    pub const fn zone(&self) -> &Zone {
        &self.zone
    }

    /// How long it takes.
    #[must_use]
    pub const fn duration(&self) -> Duration {
        self.duration
    }

    /// How it repeats, if it does.
    #[must_use]
    pub const fn repetition(&self) -> Option<&Repetition> {
        self.repetition.as_ref()
    }

    /// How long after each set end the room ends, if it does so by itself.
    #[must_use]
    pub const fn ends_after(&self) -> Option<Duration> {
        self.ends_after
    }

    /// The first time after an instant.
    #[must_use]
    pub fn next_after(&self, instant: Timestamp) -> Option<Occurrence> {
        self.occurrences(instant).find(|occurrence| occurrence.starts_at > instant)
    }

    /// The last time that has begun at an instant.
    #[must_use]
    pub fn last_begun(&self, instant: Timestamp) -> Option<Occurrence> {
        // A day that is left out, or that a change of rules has moved, may come between.
        let reach =
            [SignedDuration::ZERO, SignedDuration::from_hours(24 * 400), SignedDuration::MAX];
        reach.into_iter().find_map(|reach| {
            let from = instant.saturating_sub(reach).unwrap_or(Timestamp::MIN);
            let begun = self.occurrences(from).take_while(|one| one.starts_at <= instant);
            begun.last()
        })
    }

    /// What matters at an instant: what is on or next, or else the last there was. The first, if all
    /// are left out.
    #[must_use]
    pub fn current(&self, now: Timestamp) -> Occurrence {
        let begun = self.last_begun(now);
        begun
            .filter(|begun| now < begun.ends_at)
            .or_else(|| self.next_after(now))
            .or(begun)
            .unwrap_or_else(|| self.first())
    }

    /// All times around an instant and after it, in order; it may begin somewhat before.
    pub fn occurrences(&self, from: Timestamp) -> impl Iterator<Item = Occurrence> {
        let local = self.local_start();
        let once = self.repetition.is_none().then(|| self.first());
        let from = self.zone.local(from).date().yesterday().unwrap_or(Date::MIN);
        let repeated = self.repetition.iter().flat_map(move |repetition| {
            let last = match repetition.rule.bound {
                Bound::Until(last) => last,
                Bound::Forever | Bound::Count(_) => Timestamp::MAX,
            };
            Days::around(&repetition.rule, local.date(), from)
                .filter_map(move |day| Some((day, self.start_on(day, local)?)))
                .take_while(move |(_, start)| *start <= last)
                .filter(|(day, _)| !repetition.except.contains(day))
                .map(|(_, start)| self.occurrence(start))
        });
        once.into_iter().chain(repeated)
    }

    /// The start as people say it: `Tuesday 24 November 2026, 14:30 (Europe/Paris)`.
    #[must_use]
    pub fn say(&self, instant: Timestamp) -> String {
        self.zone.say(instant)
    }

    /// How it repeats, in words, if it does: `every week on Monday`.
    #[must_use]
    pub fn say_repetition(&self) -> Option<String> {
        self.repetition.as_ref().map(|repetition| repetition.rule.say(&self.zone))
    }

    fn start_on(&self, day: Date, local: DateTime) -> Option<Timestamp> {
        // The first may be the second of two that clocks show alike, and stays that.
        if day == local.date() {
            Some(self.starts_at)
        } else {
            self.zone.instant(day.to_datetime(local.time()))
        }
    }

    fn occurrence(&self, starts_at: Timestamp) -> Occurrence {
        Occurrence {
            starts_at,
            ends_at: starts_at.saturating_add(self.duration).unwrap_or(Timestamp::MAX),
        }
    }
}

/// The first start as people say it, and how it repeats.
impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.say(self.starts_at))?;
        self.say_repetition().map_or(Ok(()), |repeats| write!(f, ", {repeats}"))
    }
}

impl Occurrence {
    /// From when people are let in: `lead` before the start.
    #[must_use]
    pub fn opens_at(&self, lead: Duration) -> Timestamp {
        self.starts_at.saturating_sub(lead).unwrap_or(Timestamp::MIN)
    }
}

impl Repetition {
    /// The most days that are left out.
    pub const EXCEPTIONS_MAX: usize = 100;

    /// Reads a rule and the days that are left out, by comma.
    ///
    /// # Errors
    /// [`ScheduleError::Rule`] or [`ScheduleError::Exceptions`].
    pub fn parse(rule: &str, except: &str, zone: &Zone) -> Result<Self, ScheduleError> {
        let rule = Rule::parse(rule, zone)?;
        let dates = except.split(',').map(str::trim).filter(|date| !date.is_empty());
        let dates: Vec<&str> = dates.take(Self::EXCEPTIONS_MAX + 1).collect();
        let read = |text: &&str| Date::strptime("%Y-%m-%d", text).ok();
        let except = dates.iter().map(read).collect::<Option<BTreeSet<Date>>>();
        let except = except.filter(|_| dates.len() <= Self::EXCEPTIONS_MAX);
        Ok(Self { rule, except: except.ok_or(ScheduleError::Exceptions)? })
    }

    /// The days that are left out, as [`parse`](Self::parse) reads them.
    #[must_use]
    pub fn except_text(&self) -> String {
        let dates: Vec<String> = self.except.iter().map(ToString::to_string).collect();
        dates.join(",")
    }
}

fn minutes_of(minutes: u32) -> Duration {
    Duration::from_secs(u64::from(minutes) * 60)
}

fn read_start(start: &str, zone: &Zone) -> Result<Timestamp, ScheduleError> {
    if start.len() > TEXT_BYTES_MAX {
        return Err(ScheduleError::NotATime);
    }
    if let Ok(instant) = start.parse::<Timestamp>() {
        return Ok(instant);
    }
    // A date alone would parse too, as midnight.
    let local = start.parse::<DateTime>().ok().filter(|_| start.contains(':'));
    let local = local.ok_or(ScheduleError::NotATime)?;
    if let Some((from, to)) = zone.gap(local) {
        return Err(ScheduleError::Skipped { local, from, to });
    }
    zone.instant(local).ok_or(ScheduleError::NotATime)
}

#[cfg(test)]
mod tests;
