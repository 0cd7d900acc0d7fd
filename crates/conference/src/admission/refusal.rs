//! Why somebody was not admitted, in words for people and for programs.

use std::fmt;
use std::time::Duration;

use jiff::Timestamp;

/// Why somebody was not admitted. `Display` is a sentence for that person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// The set time, less the lead, has not come.
    NotOpenYet {
        /// From when people are let in.
        opens_at: Timestamp,
        /// The set time as people say it.
        starts: String,
    },
    /// The conference was ended for good.
    Ended,
    /// A host has locked the conference.
    Locked,
    /// The conference has a PIN, and none was given.
    PinRequired,
    /// This is not the PIN.
    WrongPin,
    /// So many PINs were wrong that none is looked at for a while.
    PinLocked {
        /// When one may be tried again.
        retry_after: Duration,
    },
    /// The policy doesn't allow calls to this number.
    NumberNotAllowed,
    /// The conference has all the participants it may have.
    ConferenceFull {
        /// How many that is.
        max: usize,
    },
    /// The conference is placing as many calls as it may at once.
    TooManyCallsAtOnce,
    /// The conference has placed as many calls as it may within an hour.
    ConferenceRate {
        /// When the next may be placed.
        retry_after: Duration,
    },
    /// This client has asked for as many calls as it may within an hour.
    ClientRate {
        /// When it may ask for the next.
        retry_after: Duration,
    },
    /// The person who asks is being called, or on the phone, already.
    AlreadyCalled,
    /// This client has joined by browser as often as it may within a minute.
    ClientJoinRate {
        /// When it may join again.
        retry_after: Duration,
    },
    /// The conference has been joined by browser as often as it may be within a minute.
    ConferenceJoinRate {
        /// When it may be joined again.
        retry_after: Duration,
    },
    /// The server has as many browsers as it may.
    TooManyBrowsers,
    /// The server has as many calls on its trunks as it may.
    LinesBusy,
    /// The server has as many active conferences as it may.
    TooManyConferences,
    /// The server is so busy with those who are there that their sound would suffer.
    Overloaded,
}

/// What a refusal is due to, for whoever has to choose an HTTP or SIP status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefusalKind {
    /// Too early.
    NotYet,
    /// Never again.
    Gone,
    /// Not allowed at all.
    Forbidden,
    /// The asker has had enough for now.
    TooMany,
    /// The server or the conference has no room just now.
    NoRoom,
}

impl Refusal {
    /// How long to wait before trying again when the lack of room has no known end.
    pub const RETRY_AFTER: Duration = Duration::from_secs(30);

    /// How long to wait before trying a server again that is overloaded.
    pub const RETRY_AFTER_OVERLOAD: Duration = Duration::from_secs(10);

    /// The word for it in the API.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotOpenYet { .. } => "not_open",
            Self::Ended => "conference_ended",
            Self::Locked => "conference_locked",
            Self::PinRequired => "pin_required",
            Self::WrongPin => "wrong_pin",
            Self::PinLocked { .. } => "pin_locked",
            Self::NumberNotAllowed => "number_not_allowed",
            Self::ConferenceFull { .. } => "conference_full",
            Self::TooManyCallsAtOnce => "too_many_calls_at_once",
            Self::ConferenceRate { .. } => "conference_call_rate",
            Self::ClientRate { .. } => "client_call_rate",
            Self::AlreadyCalled => "already_called",
            Self::ClientJoinRate { .. } => "client_join_rate",
            Self::ConferenceJoinRate { .. } => "conference_join_rate",
            Self::TooManyBrowsers => "too_many_browsers",
            Self::LinesBusy => "lines_busy",
            Self::TooManyConferences => "too_many_conferences",
            Self::Overloaded => "server_full",
        }
    }

    /// What it is due to.
    #[must_use]
    pub const fn kind(&self) -> RefusalKind {
        match self {
            Self::NotOpenYet { .. } => RefusalKind::NotYet,
            Self::Ended => RefusalKind::Gone,
            Self::NumberNotAllowed | Self::Locked | Self::PinRequired | Self::WrongPin => {
                RefusalKind::Forbidden
            }
            Self::PinLocked { .. }
            | Self::ConferenceRate { .. }
            | Self::ClientRate { .. }
            | Self::TooManyCallsAtOnce
            | Self::AlreadyCalled
            | Self::ClientJoinRate { .. }
            | Self::ConferenceJoinRate { .. } => RefusalKind::TooMany,
            Self::ConferenceFull { .. }
            | Self::TooManyBrowsers
            | Self::LinesBusy
            | Self::TooManyConferences
            | Self::Overloaded => RefusalKind::NoRoom,
        }
    }

    /// When to try again, if that can help.
    #[must_use]
    pub fn retry_after(&self, now: Timestamp) -> Option<Duration> {
        match self {
            Self::NotOpenYet { opens_at, .. } => opens_at.duration_since(now).try_into().ok(),
            Self::Ended
            | Self::NumberNotAllowed
            | Self::Locked
            | Self::PinRequired
            | Self::WrongPin => None,
            Self::PinLocked { retry_after }
            | Self::ConferenceRate { retry_after }
            | Self::ClientRate { retry_after }
            | Self::ClientJoinRate { retry_after }
            | Self::ConferenceJoinRate { retry_after } => Some(*retry_after),
            Self::ConferenceFull { .. }
            | Self::TooManyCallsAtOnce
            | Self::AlreadyCalled
            | Self::TooManyBrowsers
            | Self::LinesBusy
            | Self::TooManyConferences => Some(Self::RETRY_AFTER),
            Self::Overloaded => Some(Self::RETRY_AFTER_OVERLOAD),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotOpenYet { starts, .. } => write!(f, "This conference starts on {starts}."),
            Self::Ended => f.write_str("This conference has ended."),
            Self::Locked => f.write_str("The host has locked this conference."),
            Self::PinRequired => f.write_str("This conference has a PIN. Please enter it."),
            Self::WrongPin => f.write_str("This is not the PIN of this conference."),
            Self::PinLocked { retry_after } => {
                write!(f, "Too many wrong PINs were tried. {}", again(*retry_after))
            }
            Self::NumberNotAllowed => f.write_str("Calls to this number are not allowed here."),
            Self::ConferenceFull { max } => {
                write!(f, "This conference is full: it has {max} participants.")
            }
            Self::TooManyCallsAtOnce => {
                f.write_str("This conference is calling many people. Please try again shortly.")
            }
            Self::ConferenceRate { retry_after } => {
                write!(f, "This conference has placed many calls. {}", again(*retry_after))
            }
            Self::ClientRate { retry_after } => {
                write!(f, "You have asked for many calls. {}", again(*retry_after))
            }
            Self::AlreadyCalled => f.write_str("You are being called already."),
            Self::ClientJoinRate { retry_after } => {
                write!(f, "You have joined many times. {}", again(*retry_after))
            }
            Self::ConferenceJoinRate { retry_after } => {
                write!(f, "Many people are joining this conference. {}", again(*retry_after))
            }
            Self::LinesBusy => f.write_str("All lines are busy. Please try again shortly."),
            Self::TooManyBrowsers | Self::TooManyConferences => {
                f.write_str("The conference server is busy. Please try again shortly.")
            }
            Self::Overloaded => {
                f.write_str("The server is full just now. Please try again in a moment.")
            }
        }
    }
}

impl std::error::Error for Refusal {}

fn again(after: Duration) -> String {
    match after.as_secs().div_ceil(60) {
        0 | 1 => "Please try again in a minute.".to_owned(),
        minutes => format!("Please try again in {minutes} minutes."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    #[test]
    fn refusals_tell_when_to_come_back() {
        let soon = Refusal::ClientRate { retry_after: Duration::from_secs(61) };
        assert_eq!(
            soon.to_string(),
            "You have asked for many calls. Please try again in 2 minutes."
        );
        assert_eq!(soon.retry_after(at(0)), Some(Duration::from_secs(61)));
        assert_eq!(Refusal::LinesBusy.retry_after(at(0)), Some(Refusal::RETRY_AFTER));
        let opened = Refusal::NotOpenYet { opens_at: at(0), starts: String::new() };
        assert_eq!(opened.retry_after(at(5)), None, "that time has come");
    }
}
