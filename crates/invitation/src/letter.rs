//! The words of mails: as plain text, and the same as HTML with a button. How they are packed into
//! MIME is for whoever sends them.

use conference::{Occurrence, PhoneNumber, Schedule, Zone};

use crate::markup::escape;
use crate::percent;

/// Why a letter is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Occasion {
    /// Somebody is invited.
    Invitation,
    /// What they were invited to has changed.
    Update,
    /// It doesn't take place.
    Cancellation,
    /// It takes place soon.
    Reminder,
}

/// What letters tell of a conference.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// Its title.
    pub title: &'a str,
    /// Where it is joined.
    pub url: &'a str,
    /// How it is joined by phone, if it has a number of its own.
    pub dial_in: Option<&'a PhoneNumber>,
    /// When it takes place, and which time of it the letter is about; none for a room that is always
    /// open.
    pub set: Option<(&'a Schedule, Occurrence)>,
    /// By which clock the reader is told when; that of the set time without one.
    pub zone: Option<&'a Zone>,
    /// Who invites, as people call them.
    pub host: Option<&'a str>,
}

/// A letter without its addresses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// The subject, on one line.
    pub subject: String,
    /// All of it as plain text.
    pub text: String,
    /// The same as HTML.
    pub html: String,
}

/// A line and what it is called, if it is called anything.
type Line = (Option<&'static str>, String);

impl Facts<'_> {
    /// When it takes place, by the reader's clock.
    fn when(&self) -> Option<String> {
        let (set, time) = self.set?;
        Some(self.zone.unwrap_or(set.zone()).say(time.starts_at))
    }
}

impl Letter {
    /// The letter for an occasion.
    #[must_use]
    pub fn new(occasion: Occasion, facts: &Facts<'_>) -> Self {
        let opening = opening(occasion, facts);
        let lines = lines(occasion, facts);
        let is_on = occasion != Occasion::Cancellation;
        let url = is_on.then_some(facts.url);
        Self {
            subject: subject(occasion, facts),
            text: text(facts.title, &opening, &lines, url),
            html: html(facts.title, &opening, &lines, url.map(|url| (url, "Join"))),
        }
    }

    /// A letter with one link to be clicked, such as one to sign in by. `label` is what its button says.
    #[must_use]
    pub fn with_link(subject: &str, opening: &str, url: &str, label: &str) -> Self {
        Self {
            subject: one_line(subject),
            text: text(subject, opening, &[], Some(url)),
            html: html(subject, opening, &[], Some((url, label))),
        }
    }
}

/// A link that opens a mail to be sent by the reader's own program (RFC 6068).
#[must_use]
pub fn mailto(facts: &Facts<'_>) -> String {
    let letter = Letter::new(Occasion::Invitation, facts);
    // Its lines are ended by CRLF (section 5).
    let body = percent::encode(&letter.text.replace('\n', "\r\n"));
    format!("mailto:?subject={}&body={body}", percent::encode(&letter.subject))
}

fn subject(occasion: Occasion, facts: &Facts<'_>) -> String {
    let what = match occasion {
        Occasion::Invitation => "Invitation",
        Occasion::Update => "Changed",
        Occasion::Cancellation => "Cancelled",
        Occasion::Reminder => "Reminder",
    };
    let when = facts.when().map(|when| format!(", {when}"));
    one_line(&format!("{what}: {}{}", facts.title, when.unwrap_or_default()))
}

fn opening(occasion: Occasion, facts: &Facts<'_>) -> String {
    let host = facts.host.map(one_line);
    match (occasion, host) {
        (Occasion::Invitation, Some(host)) => format!("{host} invites you to a conference."),
        (Occasion::Invitation, None) => "You are invited to a conference.".to_owned(),
        (Occasion::Update, _) => "A conference that you are invited to has changed.".to_owned(),
        (Occasion::Cancellation, _) => {
            "A conference that you were invited to does not take place.".to_owned()
        }
        (Occasion::Reminder, _) => "A conference that you are invited to is soon.".to_owned(),
    }
}

fn lines(occasion: Occasion, facts: &Facts<'_>) -> Vec<Line> {
    let mut lines = Vec::new();
    lines.extend(facts.when().map(|when| (None, when)));
    if let Some((set, _)) = facts.set.filter(|_| occasion != Occasion::Reminder) {
        lines.extend(set.say_repetition().map(|repeats| (Some("Repeats"), repeats)));
    }
    let number = facts.dial_in.filter(|_| occasion != Occasion::Cancellation);
    lines.extend(number.map(|number| (Some("Dial in"), number.e164().to_owned())));
    lines
}

fn text(title: &str, opening: &str, lines: &[Line], url: Option<&str>) -> String {
    let mut text = format!("{opening}\n\n{}\n", one_line(title));
    for (name, line) in lines {
        match name {
            Some(name) => text.push_str(&format!("{name}: {line}\n")),
            None => text.push_str(&format!("{line}\n")),
        }
    }
    if let Some(url) = url {
        text.push_str(&format!("\n{url}\n"));
    }
    text
}

/// One column and one button, in tags and attributes that mail programs know.
fn html(title: &str, opening: &str, lines: &[Line], button: Option<(&str, &str)>) -> String {
    let mut body = format!(
        "<p style=\"margin:0 0 16px\">{}</p><h1 style=\"margin:0 0 8px;font-size:22px\">{}</h1>",
        escape(opening),
        escape(&one_line(title)),
    );
    for (name, line) in lines {
        let name = name.map(|name| format!("{name}: ")).unwrap_or_default();
        body.push_str(&format!("<p style=\"margin:0 0 4px\">{name}{}</p>", escape(line)));
    }
    if let Some((url, label)) = button {
        let (url, label) = (escape(url), escape(label));
        body.push_str(&format!(
            "<p style=\"margin:24px 0\"><a href=\"{url}\" style=\"background:#0b5d3b;color:#ffffff;\
             padding:12px 24px;border-radius:8px;text-decoration:none;font-weight:bold\">{label}</a></p>\
             <p style=\"margin:0;font-size:13px\"><a href=\"{url}\">{url}</a></p>"
        ));
    }
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>{}</title></head>\
         <body style=\"margin:0;padding:24px;font:16px/1.5 sans-serif\">{body}</body></html>",
        escape(&one_line(title)),
    )
}

/// White space and control characters become single spaces.
fn one_line(text: &str) -> String {
    let words = text.split(|c: char| c.is_whitespace() || c.is_control());
    words.filter(|word| !word.is_empty()).collect::<Vec<&str>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use conference::Zone;

    fn schedule() -> Schedule {
        let start = "2026-11-24T13:30:00Z".parse().unwrap();
        Schedule::new(start, Zone::parse("Europe/Paris").unwrap())
    }

    fn facts<'a>(title: &'a str, schedule: &'a Schedule) -> Facts<'a> {
        Facts {
            title,
            url: "https://confab.example/c/abc",
            dial_in: None,
            set: Some((schedule, schedule.first())),
            zone: None,
            host: Some("Anna"),
        }
    }

    #[test]
    fn an_invitation_says_who_what_when_and_where() {
        let schedule = schedule();
        let number = PhoneNumber::from_e164("+33142685300").unwrap();
        let letter = Letter::new(
            Occasion::Invitation,
            &Facts { dial_in: Some(&number), ..facts("Budget", &schedule) },
        );
        let when = "Tuesday 24 November 2026, 14:30 (Europe/Paris)";
        assert_eq!(letter.subject, format!("Invitation: Budget, {when}"));
        assert_eq!(
            letter.text,
            format!(
                "Anna invites you to a conference.\n\nBudget\n{when}\nDial in: +33142685300\n\n\
                 https://confab.example/c/abc\n"
            )
        );
    }

    #[test]
    fn a_reminder_says_when_by_the_readers_clock() {
        let schedule = schedule();
        let tokyo = Zone::parse("Asia/Tokyo").unwrap();
        let facts = Facts { zone: Some(&tokyo), ..facts("Budget", &schedule) };
        let letter = Letter::new(Occasion::Reminder, &facts);
        let when = "Tuesday 24 November 2026, 22:30 (Asia/Tokyo)";
        assert_eq!(letter.subject, format!("Reminder: Budget, {when}"));
        assert!(letter.text.contains(&format!("Budget\n{when}\n\nhttps://")), "{}", letter.text);
    }

    #[test]
    fn who_is_no_longer_invited_is_given_no_way_in() {
        let schedule = schedule();
        let letter = Letter::new(Occasion::Cancellation, &facts("Budget", &schedule));
        assert!(letter.subject.starts_with("Cancelled: Budget"));
        assert!(!letter.text.contains("/c/abc") && !letter.html.contains("/c/abc"));
    }

    #[test]
    fn a_hostile_title_is_text_on_one_line() {
        let schedule = schedule();
        let hostile = "<img src=x onerror=alert(1)>\r\nBcc: all@example.com\r\n\r\nMore";
        let letter = Letter::new(Occasion::Update, &facts(hostile, &schedule));
        assert!(!letter.subject.contains(['\r', '\n']), "{}", letter.subject);
        assert!(!letter.html.contains("<img"), "{}", letter.html);
        assert!(
            letter.html.contains("&lt;img src=x onerror=alert(1)&gt; Bcc: all@example.com More")
        );
    }

    #[test]
    fn a_mailto_link_is_one_word() {
        let schedule = schedule();
        let link = mailto(&facts("Q&A? 100%\n#1", &schedule));
        assert!(link.starts_with("mailto:?subject=Invitation%3A%20Q%26A%3F%20100%25%20%231%2C%20"));
        assert!(link.contains("%0D%0Ahttps%3A%2F%2Fconfab.example%2Fc%2Fabc%0D%0A"));
        assert_eq!(link.matches('&').count(), 1);
    }
}
