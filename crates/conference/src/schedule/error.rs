//! Why a set time was refused.

use jiff::civil::DateTime;

use super::rule::RuleError;
use super::zone::UnknownZone;
use super::{Repetition, Schedule};

/// Why a set time was refused. The messages are for the person who typed it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScheduleError {
    /// No time that could be read.
    #[error("Please give the start as a date and a time, such as 2026-11-24T14:30.")]
    NotATime,
    /// No zone by that name.
    #[error(transparent)]
    UnknownZone(#[from] UnknownZone),
    /// Longer ago than [`AGO_MAX`](super::AGO_MAX), and not repeated any more.
    #[error("This time has passed. Please choose one to come.")]
    Past,
    /// Further ahead than [`AHEAD_MAX`](super::AHEAD_MAX).
    #[error("Please choose a time within the next two years.")]
    TooFarAhead,
    /// The clocks never show it.
    #[error(
        "{} does not exist that day: the clocks go forward from {} to {}. Please choose another time.",
        .local.strftime("%H:%M"), .from.strftime("%H:%M"), .to.strftime("%H:%M")
    )]
    Skipped {
        /// What was asked for.
        local: DateTime,
        /// What the clocks show until the change.
        from: DateTime,
        /// What they show from then on.
        to: DateTime,
    },
    /// Shorter or longer than may be.
    #[error("Please give a length of 1 to {} minutes.", Schedule::DURATION_MAX.as_secs() / 60)]
    Duration,
    /// Longer open after its end than may be.
    #[error("Please have the room end within {} minutes after the set end.", Schedule::ENDS_AFTER_MAX.as_secs() / 60)]
    EndsAfter,
    /// Longer before the start than reminders may be.
    #[error("Please have people reminded 1 to {} minutes before.", Schedule::REMIND_MAX.as_secs() / 60)]
    Remind,
    /// A repetition that could not be read, or that is not offered.
    #[error(transparent)]
    Rule(#[from] RuleError),
    /// The start is none of the days of the repetition.
    #[error(
        "The start is not on a day of the repetition. Please choose another start, or other days."
    )]
    StartNotRepeated,
    /// What is left out could not be read.
    #[error(
        "Please give the days that are left out as dates, such as 2026-12-24, at most {}.",
        Repetition::EXCEPTIONS_MAX
    )]
    Exceptions,
}

impl ScheduleError {
    /// Which field of a [`SetTime`](super::SetTime) it is about, as the API calls it.
    #[must_use]
    pub const fn field(&self) -> &'static str {
        match self {
            Self::NotATime
            | Self::Past
            | Self::TooFarAhead
            | Self::Skipped { .. }
            | Self::StartNotRepeated => "starts_at",
            Self::UnknownZone(_) => "time_zone",
            Self::Duration => "duration_min",
            Self::EndsAfter => "ends_after_min",
            Self::Remind => "remind_min",
            Self::Rule(_) => "repetition",
            Self::Exceptions => "except",
        }
    }
}
