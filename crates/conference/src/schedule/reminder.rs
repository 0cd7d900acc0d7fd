//! When those who are invited are reminded: some time before each start, if the subscriber wants that.

use std::time::Duration;

use jiff::Timestamp;

use super::{Occurrence, Schedule};

/// One time that people are reminded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reminder {
    /// When.
    pub due_at: Timestamp,
    /// Of what.
    pub of: Occurrence,
}

impl Schedule {
    /// The longest before a start that people are reminded of it.
    pub const REMIND_MAX: Duration = Duration::from_secs(7 * 24 * 60 * 60);

    /// The same, and people are reminded so long before each start; `None` if that is less than a minute or more than
    /// [`REMIND_MAX`](Self::REMIND_MAX).
    #[must_use]
    pub fn reminding(self, before: Duration) -> Option<Self> {
        let fits = (Duration::from_secs(60)..=Self::REMIND_MAX).contains(&before);
        fits.then_some(Self { remind_before: Some(before), ..self })
    }

    /// How long before each start people are reminded, if they are.
    #[must_use]
    pub const fn remind_before(&self) -> Option<Duration> {
        self.remind_before
    }

    /// The first reminder that is still to come for whoever is told of the set time at `now`.
    #[must_use]
    pub fn reminder_to_come(&self, now: Timestamp) -> Option<Reminder> {
        let before = self.remind_before?;
        self.reminder_of(self.next_after(now.saturating_add(before).ok()?))
    }

    /// What a reminder that is due at `due_at` is of; `None` if there is none then, for the set time was moved.
    #[must_use]
    pub fn reminded_of(&self, due_at: Timestamp) -> Option<Occurrence> {
        let starts_at = due_at.checked_add(self.remind_before?).ok()?;
        self.occurrences(starts_at)
            .find(|one| one.starts_at >= starts_at)
            .filter(|one| one.starts_at == starts_at)
    }

    /// The reminder after that of the start at `starts_at`, at `now`: nobody is reminded of what has begun, but all are,
    /// if late, of what hasn't.
    #[must_use]
    pub fn reminder_after(&self, starts_at: Timestamp, now: Timestamp) -> Option<Reminder> {
        self.reminder_of(self.next_after(starts_at.max(now)))
    }

    fn reminder_of(&self, occurrence: Option<Occurrence>) -> Option<Reminder> {
        let of = occurrence?;
        let due_at = of.starts_at.saturating_sub(self.remind_before?).unwrap_or(Timestamp::MIN);
        Some(Reminder { due_at, of })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schedule::SetTime;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    /// Each day at 14:00 in Paris, on both sides of the end of summer time on 25 October, with an hour's notice.
    fn daily() -> Schedule {
        let set = SetTime {
            start: "2026-10-24T14:00",
            zone: Some("Europe/Paris"),
            repetition: Some("FREQ=DAILY;COUNT=3"),
            remind_min: Some(60),
            ..SetTime::default()
        };
        set.read(at("2026-10-20T00:00:00Z")).unwrap()
    }

    #[test]
    fn each_start_has_a_reminder_by_the_clocks_of_its_zone() {
        let daily = daily();
        let mut reminder = daily.reminder_to_come(at("2026-10-20T00:00:00Z"));
        for due in ["2026-10-24T11:00:00Z", "2026-10-25T12:00:00Z", "2026-10-26T12:00:00Z"] {
            let one = reminder.unwrap();
            assert_eq!(one.due_at, at(due));
            assert_eq!(daily.reminded_of(one.due_at), Some(one.of));
            reminder = daily.reminder_after(one.of.starts_at, one.due_at);
        }
        assert_eq!(reminder, None, "that was the last");
    }

    #[test]
    fn who_is_told_of_it_just_now_is_not_reminded_at_once() {
        let told = daily().reminder_to_come(at("2026-10-24T11:00:00Z")).unwrap();
        assert_eq!(told.of.starts_at, at("2026-10-25T13:00:00Z"));
    }

    #[test]
    fn a_server_that_was_away_reminds_late_and_of_nothing_that_has_begun() {
        let daily = daily();
        let first = daily.first().starts_at;
        let late = daily.reminder_after(first, at("2026-10-25T12:30:00Z")).unwrap();
        assert_eq!(late.due_at, at("2026-10-25T12:00:00Z"), "due already");
        let later = daily.reminder_after(first, at("2026-10-25T13:00:00Z")).unwrap();
        assert_eq!(later.of.starts_at, at("2026-10-26T13:00:00Z"));
    }

    #[test]
    fn a_set_time_that_was_moved_has_no_reminder_where_it_was() {
        assert_eq!(daily().reminded_of(at("2026-10-24T10:59:00Z")), None);
        let never = Schedule { remind_before: None, ..daily() };
        assert_eq!(never.reminder_to_come(at("2026-10-20T00:00:00Z")), None);
        assert_eq!(never.reminded_of(at("2026-10-24T11:00:00Z")), None);
    }

    #[test]
    fn notice_is_of_a_minute_to_a_week() {
        let second = Duration::from_secs(1);
        for wrong in [Duration::ZERO, 59 * second, Schedule::REMIND_MAX + second] {
            assert!(daily().reminding(wrong).is_none(), "{wrong:?}");
        }
        assert!(daily().reminding(Schedule::REMIND_MAX).is_some());
    }
}
