//! Content lines (RFC 5545, section 3.1): the one place that writes them, so that nothing in a title
//! or a name can begin a line of its own.

use std::fmt::Write;

/// The longest line, in bytes, without its end.
const LINE_BYTES_MAX: usize = 75;

/// A calendar being written.
#[derive(Debug, Default)]
pub(super) struct Lines {
    text: String,
}

/// A property with its parameters, before its value.
#[derive(Debug)]
pub(super) struct Property<'a> {
    lines: &'a mut Lines,
    line: String,
}

impl Lines {
    /// Begins a line of the property `name`.
    pub(super) fn property(&mut self, name: &'static str) -> Property<'_> {
        Property { lines: self, line: name.to_owned() }
    }

    /// A line whose value needs no escaping: a date, a number, a URI, a word of ours.
    pub(super) fn plain(&mut self, name: &'static str, value: impl std::fmt::Display) {
        self.property(name).plain(value);
    }

    /// A line of free text.
    pub(super) fn text(&mut self, name: &'static str, value: &str) {
        let value = escape_text(value);
        self.property(name).plain(value);
    }

    /// All that was written.
    pub(super) fn into_text(self) -> String {
        self.text
    }

    /// Ends a line, folded where it is too long: never inside a character.
    fn push(&mut self, line: &str) {
        let mut room = LINE_BYTES_MAX;
        for c in line.chars() {
            if c.len_utf8() > room {
                self.text.push_str("\r\n ");
                room = LINE_BYTES_MAX - 1;
            }
            self.text.push(c);
            room -= c.len_utf8();
        }
        self.text.push_str("\r\n");
    }
}

impl Property<'_> {
    /// Adds a parameter whose value is a word of ours.
    pub(super) fn word(mut self, name: &str, value: &str) -> Self {
        // Writing to a string can't fail.
        let _ = write!(self.line, ";{name}={value}");
        self
    }

    /// Adds a parameter of free text, quoted.
    pub(super) fn quoted(mut self, name: &str, value: &str) -> Self {
        let _ = write!(self.line, ";{name}=\"{}\"", escape_parameter(value));
        self
    }

    /// Ends it by its value.
    pub(super) fn plain(self, value: impl std::fmt::Display) {
        let value = value.to_string();
        let value: String = value.chars().filter(|c| !c.is_control()).collect();
        self.lines.push(&format!("{}:{value}", self.line));
    }
}

/// A value of the type TEXT (section 3.3.11). Its line breaks are written as `\n`; other control
/// characters have no place in it and are left out.
fn escape_text(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' | ';' | ',' => escaped.extend(['\\', c]),
            '\r' => {
                chars.next_if_eq(&'\n');
                escaped.push_str("\\n");
            }
            '\n' | '\u{85}' | '\u{2028}' | '\u{2029}' => escaped.push_str("\\n"),
            '\t' => escaped.push(' '),
            c if c.is_control() => {}
            c => escaped.push(c),
        }
    }
    escaped
}

/// The value of a parameter, between quotes: quotes, line breaks and the circumflex as RFC 6868 has
/// them.
fn escape_parameter(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '"' => escaped.push_str("^'"),
            '^' => escaped.push_str("^^"),
            '\n' => escaped.push_str("^n"),
            '\t' => escaped.push(' '),
            c if c.is_control() => {}
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn unfold(text: &str) -> String {
        text.replace("\r\n ", "")
    }

    #[test]
    fn long_lines_are_folded_between_characters() {
        let mut lines = Lines::default();
        lines.text("SUMMARY", &"é".repeat(200));
        let text = lines.into_text();
        assert!(text.lines().all(|line| line.len() <= LINE_BYTES_MAX), "{text}");
        assert_eq!(unfold(&text), format!("SUMMARY:{}\r\n", "é".repeat(200)));
    }

    #[test]
    fn a_line_of_just_the_length_is_not_folded() {
        let mut lines = Lines::default();
        lines.plain("X", "y".repeat(LINE_BYTES_MAX - 2));
        assert_eq!(lines.into_text().lines().count(), 1);
    }

    #[test]
    fn text_can_not_end_its_line() {
        let mut lines = Lines::default();
        lines.text("SUMMARY", "a\r\nATTENDEE:mailto:x@example.com\nb\rc;d,e\\f\0");
        let expected = "SUMMARY:a\\nATTENDEE:mailto:x@example.com\\nb\\nc\\;d\\,e\\\\f\r\n";
        assert_eq!(lines.into_text(), expected);
    }

    #[test]
    fn a_name_can_not_leave_its_quotes() {
        let mut lines = Lines::default();
        lines
            .property("ORGANIZER")
            .quoted("CN", "A \"B\";X=1:^\r\nEND:VEVENT")
            .plain("mailto:a@b.c");
        let expected = "ORGANIZER;CN=\"A ^'B^';X=1:^^^nEND:VEVENT\":mailto:a@b.c\r\n";
        assert_eq!(lines.into_text(), expected);
    }

    proptest! {
        #[test]
        fn whatever_is_said_is_one_line(text in "(?s).{0,300}") {
            let mut lines = Lines::default();
            lines.text("SUMMARY", &text);
            lines.property("ATTENDEE").quoted("CN", &text).plain(&text);
            let written = lines.into_text();
            prop_assert!(written.split("\r\n").all(|line| line.len() <= LINE_BYTES_MAX));
            let whole = unfold(&written);
            prop_assert_eq!(whole.matches("\r\n").count(), 2);
            prop_assert!(!whole.replace("\r\n", "").contains(|c: char| c.is_control()));
        }
    }
}
