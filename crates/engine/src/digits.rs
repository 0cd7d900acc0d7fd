//! Telephone digits on their way into a worker.

use rtp::telephone_event::Digit;

pub use rtp::telephone_event::DIGITS_MAX;

use crate::EngineError;

/// Checked digits, inline so that they travel through a ring without memory of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Digits {
    /// Labels of keys, all of them ASCII.
    labels: [u8; DIGITS_MAX],
    len: usize,
}

impl Digits {
    pub(crate) fn parse(text: &str) -> Result<Self, EngineError> {
        let mut digits = Self { labels: [b'0'; DIGITS_MAX], len: 0 };
        for label in text.chars() {
            let key = Digit::from_char(label).ok_or(EngineError::InvalidDigit(label))?;
            let place = digits.labels.get_mut(digits.len).ok_or(EngineError::TooManyDigits)?;
            *place = u8::try_from(key.as_char()).map_err(|_| EngineError::InvalidDigit(label))?;
            digits.len += 1;
        }
        Ok(digits)
    }

    pub(crate) fn as_str(&self) -> &str {
        std::str::from_utf8(&self.labels[..self.len]).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sixteen_digits_are_taken_and_nothing_else() {
        assert_eq!(Digits::parse("0123456789*#ABCDabcd").unwrap().as_str(), "0123456789*#ABCDABCD");
        assert!(matches!(Digits::parse("12 "), Err(EngineError::InvalidDigit(' '))));
        assert!(matches!(Digits::parse("é"), Err(EngineError::InvalidDigit('é'))));
    }

    #[test]
    fn there_is_a_limit() {
        assert_eq!(Digits::parse(&"7".repeat(DIGITS_MAX)).unwrap().as_str().len(), DIGITS_MAX);
        let error = Digits::parse(&"7".repeat(DIGITS_MAX + 1)).unwrap_err();
        assert_eq!(error.to_string(), "at most 32 digits can be sent at once");
    }
}
