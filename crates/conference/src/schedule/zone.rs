//! Time zones by their IANA names.

use std::fmt;
use std::str::FromStr;

use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, TimeZone, TimeZoneDatabase};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

/// The longest text read as a zone, in bytes.
const NAME_BYTES_MAX: usize = 64;

/// A time zone of the IANA database that is built into the program, so that it reads no file and
/// means the same on each machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone(TimeZone);

/// No time zone by that name. The message is for the person who typed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("Please give the time zone by its IANA name, such as Europe/Paris.")]
pub struct UnknownZone;

impl Zone {
    /// Reads an IANA name such as `Europe/Paris`, in any case.
    ///
    /// # Errors
    /// There is no zone by that name.
    pub fn parse(name: &str) -> Result<Self, UnknownZone> {
        if name.len() > NAME_BYTES_MAX {
            return Err(UnknownZone);
        }
        TimeZoneDatabase::bundled()
            .get(name.trim())
            .ok()
            .filter(|zone| zone.iana_name().is_some())
            .map(Self)
            .ok_or(UnknownZone)
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

    /// The zone's rules, for what needs more of them than is here.
    #[must_use]
    pub const fn rules(&self) -> &TimeZone {
        &self.0
    }

    /// What clocks of the zone show at an instant.
    #[must_use]
    pub fn local(&self, instant: Timestamp) -> DateTime {
        self.0.to_datetime(instant)
    }

    /// An instant as people of the zone say it: `Tuesday 24 November 2026, 14:30 (Europe/Paris)`.
    #[must_use]
    pub fn say(&self, instant: Timestamp) -> String {
        format!("{} ({self})", self.local(instant).strftime("%A %-d %B %Y, %H:%M"))
    }

    /// When clocks of the zone show `local`. What a change of summer time skips or repeats is taken
    /// with the offset from before the change, as RFC 5545 says (section 3.3.5). `None` outside of
    /// the years that have instants.
    #[must_use]
    pub fn instant(&self, local: DateTime) -> Option<Timestamp> {
        self.0.to_timestamp(local).ok()
    }

    /// What the clocks show before and after the change that skips `local`, if one does.
    pub(super) fn gap(&self, local: DateTime) -> Option<(DateTime, DateTime)> {
        let AmbiguousOffset::Gap { before, after } = self.0.to_ambiguous_timestamp(local).offset()
        else {
            return None;
        };
        // The first that is skipped is the change itself, which is wanted too.
        let within = before.to_timestamp(local).ok()?.checked_add(SignedDuration::from_nanos(1));
        let change = self.0.preceding(within.ok()?).next()?.timestamp();
        Some((before.to_datetime(change), after.to_datetime(change)))
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Zone {
    type Err = UnknownZone;

    fn from_str(name: &str) -> Result<Self, UnknownZone> {
        Self::parse(name)
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

    #[test]
    fn names_are_of_the_database() {
        assert_eq!(Zone::parse(" europe/paris ").unwrap().name(), "Europe/Paris");
        for bad in ["Europe/Atlantis", "../../etc", "", &"x".repeat(1000)] {
            assert_eq!(Zone::parse(bad), Err(UnknownZone), "{bad:?}");
        }
    }

    #[test]
    fn a_gap_has_two_sides() {
        let paris = Zone::parse("Europe/Paris").unwrap();
        let at = |text: &str| text.parse::<DateTime>().unwrap();
        let sides = (at("2027-03-28T02:00"), at("2027-03-28T03:00"));
        assert_eq!(paris.gap(at("2027-03-28T02:00")), Some(sides));
        assert_eq!(paris.gap(at("2027-03-28T02:59")), Some(sides));
        assert_eq!(paris.gap(at("2027-03-28T01:59")), None);
        assert_eq!(paris.gap(at("2027-03-28T03:00")), None);
        assert_eq!(paris.gap(at("2027-10-31T02:30")), None, "that is there twice");
        // A whole day that Samoa never had.
        let apia = Zone::parse("Pacific/Apia").unwrap();
        let sides = (at("2011-12-30T00:00"), at("2011-12-31T00:00"));
        assert_eq!(apia.gap(at("2011-12-30T12:00")), Some(sides));
    }
}
