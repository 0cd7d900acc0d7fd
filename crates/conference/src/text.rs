//! Text that people typed: bounded, on one line, without invisible characters.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

use crate::mail_address::MailAddress;

/// Why a text was refused. The messages are for the person who typed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// Nothing but white space.
    #[error("Please enter at least one character.")]
    Empty,
    /// Longer than allowed, in characters.
    #[error("Please use at most {max} characters.")]
    TooLong {
        /// The limit.
        max: usize,
    },
    /// A control or text-direction character.
    #[error("Please remove invisible control characters.")]
    Control,
}

/// A conference's title.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Title(String);

/// The name by which a participant wants to be shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct ParticipantName(String);

/// What a subscriber is called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct SubscriberName(String);

macro_rules! line {
    ($type:ident, $chars_max:literal) => {
        impl $type {
            /// The longest allowed, in characters.
            pub const CHARS_MAX: usize = $chars_max;

            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $type {
            type Err = TextError;

            fn from_str(text: &str) -> Result<Self, TextError> {
                one_line(text, Self::CHARS_MAX).map(Self)
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

line!(Title, 100);
line!(ParticipantName, 60);
line!(SubscriberName, 60);

impl Title {
    /// The title of a subscriber's n-th personal room, counted from 1.
    #[must_use]
    pub fn of_room(owner: &SubscriberName, number: usize) -> Self {
        match number {
            1 => Self(format!("Room of {owner}")),
            number => Self(format!("Room of {owner} ({number})")),
        }
    }
}

impl SubscriberName {
    /// What somebody is called who gave an address and no name: what stands before its `@`.
    #[must_use]
    pub fn of_address(address: &MailAddress) -> Self {
        Self(address.local().chars().take(Self::CHARS_MAX).collect())
    }
}

/// Trims, makes each run of white space one space, and checks what is left.
fn one_line(text: &str, chars_max: usize) -> Result<String, TextError> {
    let mut line = String::new();
    for word in text.split_whitespace() {
        if word.chars().any(is_invisible) {
            return Err(TextError::Control);
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
        // At once: the text may go on for long.
        if line.chars().count() > chars_max {
            return Err(TextError::TooLong { max: chars_max });
        }
    }
    if line.is_empty() { Err(TextError::Empty) } else { Ok(line) }
}

/// Controls, and the marks that turn the direction of the text around them: with those a name
/// could be made to read as another's.
fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61C}' | '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn white_space_is_tidied() {
        let title: Title = "  Weekly\n\tplanning  ".parse().unwrap();
        assert_eq!(title.as_str(), "Weekly planning");
    }

    #[test]
    fn limits_count_characters_not_bytes() {
        assert!("é".repeat(ParticipantName::CHARS_MAX).parse::<ParticipantName>().is_ok());
        assert_eq!(
            "é".repeat(ParticipantName::CHARS_MAX + 1).parse::<ParticipantName>(),
            Err(TextError::TooLong { max: 60 })
        );
        assert!("x".repeat(Title::CHARS_MAX).parse::<Title>().is_ok());
        assert_eq!("x".repeat(101).parse::<Title>(), Err(TextError::TooLong { max: 100 }));
    }

    #[test]
    fn nothing_and_the_invisible_are_refused() {
        assert_eq!(" \u{3000}\n".parse::<Title>(), Err(TextError::Empty));
        assert_eq!("a\u{0}b".parse::<Title>(), Err(TextError::Control));
        assert_eq!("\u{202E}ecila".parse::<ParticipantName>(), Err(TextError::Control));
    }

    #[test]
    fn a_room_of_the_longest_name_has_a_title() {
        let name: SubscriberName = "x".repeat(SubscriberName::CHARS_MAX).parse().unwrap();
        for number in [1, 2, 1_000_000] {
            let title = Title::of_room(&name, number);
            assert_eq!(title.as_str().parse::<Title>(), Ok(title));
        }
        let anna: MailAddress = "anna@example.com".parse().unwrap();
        assert_eq!(
            Title::of_room(&SubscriberName::of_address(&anna), 2).as_str(),
            "Room of anna (2)"
        );
    }

    #[test]
    fn markup_is_only_text() {
        let name: ParticipantName = "<script>alert(1)</script>".parse().unwrap();
        assert_eq!(name.as_str(), "<script>alert(1)</script>");
    }

    proptest! {
        #[test]
        fn whatever_is_accepted_keeps_the_rules(text in "\\PC{0,130}|.{0,130}") {
            if let Ok(title) = text.parse::<Title>() {
                prop_assert!(title.as_str().chars().count() <= Title::CHARS_MAX);
                prop_assert!(!title.as_str().chars().any(char::is_control));
                prop_assert_eq!(title.as_str().trim(), title.as_str());
                prop_assert_eq!(title.as_str().parse(), Ok(title.clone()));
            }
        }
    }
}
