//! Calendar files: one conference as an event (RFC 5545), with its URL and its number as calendar
//! programs know to dial them (`CONFERENCE`, RFC 7986), and as an invitation, an update or a cancellation
//! that they answer to (RFC 5546).

mod line;
mod zone;

use conference::{MailAddress, PhoneNumber, Schedule};
use jiff::Timestamp;

use self::line::Lines;
use crate::percent;

/// What a calendar program shall do with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Nothing but show it: a file that somebody downloads.
    None,
    /// Ask the attendee, or tell it of a change (`REQUEST`).
    Request,
    /// Take it away (`CANCEL`).
    Cancel,
}

/// Somebody with a mail address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Person<'a> {
    /// What they are called, if they said.
    pub name: Option<&'a str>,
    /// Where their mail goes.
    pub address: &'a MailAddress,
}

/// One conference as a calendar has it.
#[derive(Debug, Clone, Copy)]
pub struct Calendar<'a> {
    /// What it is known by in calendars, the same as long as it lives.
    pub uid: &'a str,
    /// How often it has changed; a program keeps the highest it has seen.
    pub sequence: u32,
    /// Its title, whatever is in it.
    pub title: &'a str,
    /// Where it is joined.
    pub url: &'a str,
    /// How it is joined by phone, if it has a number of its own.
    pub dial_in: Option<&'a PhoneNumber>,
    /// When it takes place.
    pub schedule: &'a Schedule,
    /// Who invites.
    pub organizer: Option<Person<'a>>,
    /// Who is invited: one, so that nobody learns the others' addresses.
    pub attendee: Option<Person<'a>>,
    /// When this was written.
    pub stamped_at: Timestamp,
}

impl Calendar<'_> {
    /// The calendar file, with lines ended by CRLF.
    #[must_use]
    pub fn write(&self, method: Method) -> String {
        let mut lines = Lines::default();
        lines.plain("BEGIN", "VCALENDAR");
        lines.plain("VERSION", "2.0");
        lines.plain("PRODID", "-//Confab//Confab//EN");
        match method {
            Method::None => {}
            Method::Request => lines.plain("METHOD", "REQUEST"),
            Method::Cancel => lines.plain("METHOD", "CANCEL"),
        }
        if self.schedule.repetition().is_some() {
            zone::write(&mut lines, self.schedule.zone(), self.schedule.starts_at());
        }
        lines.plain("BEGIN", "VEVENT");
        lines.text("UID", self.uid);
        lines.plain("SEQUENCE", self.sequence);
        lines.plain("DTSTAMP", utc(self.stamped_at));
        let status = if method == Method::Cancel { "CANCELLED" } else { "CONFIRMED" };
        lines.plain("STATUS", status);
        self.write_times(&mut lines);
        self.write_people(&mut lines, method);
        lines.text("SUMMARY", self.title);
        lines.text("LOCATION", self.url);
        lines.text("DESCRIPTION", &self.description());
        self.write_ways(&mut lines);
        lines.plain("END", "VEVENT");
        lines.plain("END", "VCALENDAR");
        lines.into_text()
    }

    /// Once in UTC, which needs no rules; repeated in the zone's own time, which stays where it is when
    /// the clocks change.
    fn write_times(&self, lines: &mut Lines) {
        let schedule = self.schedule;
        let first = schedule.first();
        let Some(repetition) = schedule.repetition() else {
            lines.plain("DTSTART", utc(first.starts_at));
            lines.plain("DTEND", utc(first.ends_at));
            return;
        };
        let zone = schedule.zone();
        let start = schedule.local_start();
        let mut in_zone = |name, time| {
            lines.property(name).word("TZID", zone.name()).plain(zone::local(time));
        };
        in_zone("DTSTART", start);
        in_zone("DTEND", zone.local(first.ends_at));
        for day in &repetition.except {
            in_zone("EXDATE", day.to_datetime(start.time()));
        }
        lines.plain("RRULE", &repetition.rule);
    }

    fn write_people(&self, lines: &mut Lines, method: Method) {
        // Without an organizer nobody could be answered, and an attendee would be against the rules.
        let Some(organizer) = self.organizer.filter(|_| method != Method::None) else { return };
        let property = lines.property("ORGANIZER");
        let property = match organizer.name {
            Some(name) => property.quoted("CN", name),
            None => property,
        };
        property.plain(mailto(organizer.address));
        let Some(attendee) = self.attendee else { return };
        let property = lines.property("ATTENDEE").word("ROLE", "REQ-PARTICIPANT");
        let property = property.word("PARTSTAT", "NEEDS-ACTION").word("RSVP", "TRUE");
        let property = match attendee.name {
            Some(name) => property.quoted("CN", name),
            None => property,
        };
        property.plain(mailto(attendee.address));
    }

    /// For programs that don't know `CONFERENCE`.
    fn description(&self) -> String {
        let mut text = format!("Join by browser, or have your phone rung:\n{}", self.url);
        if let Some(number) = self.dial_in {
            text.push_str(&format!("\n\nDial in: {}", number.e164()));
        }
        text
    }

    fn write_ways(&self, lines: &mut Lines) {
        let way = |lines: &mut Lines, features: &str, label: &str, uri: &str| {
            let property = lines.property("CONFERENCE").word("VALUE", "URI");
            property.word("FEATURE", features).quoted("LABEL", label).plain(uri);
        };
        way(lines, "AUDIO", "Join by browser, or have your phone rung", self.url);
        if let Some(number) = self.dial_in {
            way(lines, "AUDIO,PHONE", "Dial in", &format!("tel:{}", number.e164()));
        }
    }
}

fn utc(instant: Timestamp) -> String {
    instant.strftime("%Y%m%dT%H%M%SZ").to_string()
}

fn mailto(address: &MailAddress) -> String {
    format!("mailto:{}@{}", percent::encode(address.local()), address.domain())
}

#[cfg(test)]
mod tests;
