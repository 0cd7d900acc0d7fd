//! Phone numbers in logs.

use std::fmt;

/// Digits of a number that a log may show.
const DIGITS_SHOWN: usize = 2;

/// Shows a number or user part with all but its last two characters hidden.
///
/// ```
/// assert_eq!(sip::Masked("+33612345612").to_string(), "**********12");
/// assert_eq!(sip::Masked("99").to_string(), "**");
/// ```
#[derive(Clone, Copy)]
pub struct Masked<'a>(pub &'a str);

impl fmt::Display for Masked<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let length = self.0.chars().count();
        let shown = if length > DIGITS_SHOWN { DIGITS_SHOWN } else { 0 };
        for character in self.0.chars().take(64).enumerate().map(|(at, character)| {
            if at + shown < length || character.is_control() { '*' } else { character }
        }) {
            write!(f, "{character}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Masked<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
