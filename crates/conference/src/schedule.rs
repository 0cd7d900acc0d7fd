//! A set time: when a conference starts, in the zone in which it was arranged.

use std::fmt;
use std::time::Duration;

use jiff::civil::DateTime;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

/// How far ahead a conference may be set.
pub const AHEAD_MAX: SignedDuration = SignedDuration::from_hours(24 * 366 * 2);

/// How long ago a conference may be said to have started, for those set up in a hurry.
pub const AGO_MAX: SignedDuration = SignedDuration::from_hours(24);

/// The longest text read as a time or a zone, in bytes.
const TEXT_BYTES_MAX: usize = 64;

/// Why a set time was refused. The messages are for the person who typed it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScheduleError {
    /// No time that could be read.
    #[error("Please give the start as a date and a time, such as 2026-11-24T14:30.")]
    NotATime,
    /// No zone by that name.
    #[error("Please give the time zone by its IANA name, such as Europe/Paris.")]
    UnknownZone,
    /// Longer ago than [`AGO_MAX`].
    #[error("This time has passed. Please choose one to come.")]
    Past,
    /// Further ahead than [`AHEAD_MAX`].
    #[error("Please choose a time within the next two years.")]
    TooFarAhead,
}

/// When a conference starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    starts_at: Timestamp,
    zone: Zone,
}

impl Schedule {
    /// A start at an instant, shown in `zone`.
    #[must_use]
    pub const fn new(starts_at: Timestamp, zone: Zone) -> Self {
        Self { starts_at, zone }
    }

    /// Reads a start as a page or an API client gives it: RFC 3339 with an offset
    /// (`2026-11-24T13:30:00Z`), or a wall-clock time (`2026-11-24T14:30`), which is then of
    /// `zone`. Without a zone, UTC. A wall-clock time that a change of summer time skips or
    /// repeats is taken as RFC 5545 does: with the offset from before the change.
    pub fn parse(start: &str, zone: Option<&str>, now: Timestamp) -> Result<Self, ScheduleError> {
        let zone = zone.map_or_else(|| Ok(Zone::utc()), Zone::parse)?;
        let start = start.trim();
        if start.len() > TEXT_BYTES_MAX {
            return Err(ScheduleError::NotATime);
        }
        let starts_at = match start.parse::<Timestamp>() {
            Ok(instant) => instant,
            // A date alone would parse too, as midnight.
            Err(_) if !start.contains(':') => return Err(ScheduleError::NotATime),
            Err(_) => start
                .parse::<DateTime>()
                .and_then(|local| zone.0.to_timestamp(local))
                .map_err(|_| ScheduleError::NotATime)?,
        };
        let ahead = starts_at.duration_since(now);
        if ahead < -AGO_MAX {
            return Err(ScheduleError::Past);
        }
        if ahead > AHEAD_MAX {
            return Err(ScheduleError::TooFarAhead);
        }
        Ok(Self { starts_at, zone })
    }

    /// The instant of the start.
    #[must_use]
    pub const fn starts_at(&self) -> Timestamp {
        self.starts_at
    }

    /// The zone in which it was arranged.
    #[must_use]
    pub const fn zone(&self) -> &Zone {
        &self.zone
    }

    /// From when people are let in: `lead` before the start.
    #[must_use]
    pub fn opens_at(&self, lead: Duration) -> Timestamp {
        self.starts_at.saturating_sub(lead).unwrap_or(Timestamp::MIN)
    }
}

/// The start as people say it: `Tuesday 24 November 2026, 14:30 (Europe/Paris)`.
impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let local = self.starts_at.to_zoned(self.zone.0.clone());
        write!(f, "{} ({})", local.strftime("%A %-d %B %Y, %H:%M"), self.zone)
    }
}

/// A time zone of the IANA database that is built into the program, so that it reads no file and
/// means the same on each machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone(TimeZone);

impl Zone {
    /// Reads an IANA name such as `Europe/Paris`, in any case.
    pub fn parse(name: &str) -> Result<Self, ScheduleError> {
        if name.len() > TEXT_BYTES_MAX {
            return Err(ScheduleError::UnknownZone);
        }
        TimeZoneDatabase::bundled()
            .get(name.trim())
            .ok()
            .filter(|zone| zone.iana_name().is_some())
            .map(Self)
            .ok_or(ScheduleError::UnknownZone)
    }

    /// Coordinated universal time.
    #[must_use]
    pub const fn utc() -> Self {
        Self(TimeZone::UTC)
    }

    /// The IANA name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.iana_name().unwrap_or("UTC")
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Serialize for Zone {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        "2026-11-20T12:00:00Z".parse().unwrap()
    }

    fn parse(start: &str, zone: &str) -> Result<Schedule, ScheduleError> {
        Schedule::parse(start, Some(zone), now())
    }

    #[test]
    fn shows_the_local_time_of_the_zone() {
        let schedule = parse("2026-11-24T13:30:00Z", "europe/paris").unwrap();
        assert_eq!(schedule.to_string(), "Tuesday 24 November 2026, 14:30 (Europe/Paris)");
        assert_eq!(schedule.zone().name(), "Europe/Paris");
    }

    #[test]
    fn a_wall_clock_time_is_of_the_zone() {
        let schedule = parse("2026-11-24T14:30", "Europe/Paris").unwrap();
        assert_eq!(schedule.starts_at(), "2026-11-24T13:30:00Z".parse().unwrap());
        let utc = Schedule::parse("2026-11-24T14:30", None, now()).unwrap();
        assert_eq!(utc.to_string(), "Tuesday 24 November 2026, 14:30 (UTC)");
    }

    #[test]
    fn skipped_and_repeated_times_have_one_meaning() {
        let skipped = parse("2027-03-28T02:30", "Europe/Paris").unwrap();
        assert_eq!(skipped.starts_at(), "2027-03-28T01:30:00Z".parse().unwrap());
        let repeated = parse("2027-10-31T02:30", "Europe/Paris").unwrap();
        assert_eq!(repeated.starts_at(), "2027-10-31T00:30:00Z".parse().unwrap());
    }

    #[test]
    fn opens_the_lead_before_the_start() {
        let schedule = parse("2026-11-24T13:30:00Z", "UTC").unwrap();
        let opens = schedule.opens_at(Duration::from_secs(600));
        assert_eq!(opens, "2026-11-24T13:20:00Z".parse().unwrap());
        assert_eq!(schedule.opens_at(Duration::MAX), Timestamp::MIN);
    }

    #[test]
    fn refuses_by_name() {
        assert_eq!(parse("tomorrow", "UTC"), Err(ScheduleError::NotATime));
        assert_eq!(parse("2026-11-24", "UTC"), Err(ScheduleError::NotATime));
        assert_eq!(parse("2026-02-30T10:00", "UTC"), Err(ScheduleError::NotATime));
        assert_eq!(parse(&"9".repeat(1000), "UTC"), Err(ScheduleError::NotATime));
        assert_eq!(parse("2026-11-24T13:30", "Europe/Atlantis"), Err(ScheduleError::UnknownZone));
        assert_eq!(parse("2026-11-24T13:30", "../../etc"), Err(ScheduleError::UnknownZone));
        assert_eq!(parse("2026-11-18T13:30", "UTC"), Err(ScheduleError::Past));
        assert_eq!(parse("2029-01-01T00:00", "UTC"), Err(ScheduleError::TooFarAhead));
        assert!(parse("2026-11-20T11:00", "UTC").is_ok(), "an hour ago is still accepted");
    }
}
