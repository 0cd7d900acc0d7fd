//! PINs as people type them, on a page or on a phone. What is kept of one is in [`secret`](crate::secret).

use std::fmt;
use std::str::FromStr;

use jiff::{SignedDuration, Timestamp};

use crate::keypad::DIGIT_GAP_MAX;

/// The fewest digits of a PIN.
pub const PIN_DIGITS_MIN: usize = 4;

/// The most digits of a PIN.
pub const PIN_DIGITS_MAX: usize = 10;

/// A PIN as somebody typed it. Its `Debug` form doesn't show it.
#[derive(Clone, PartialEq, Eq)]
pub struct Pin(String);

/// A text that is no [`Pin`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("A PIN has 4 to 10 digits.")]
pub struct PinError;

impl FromStr for Pin {
    type Err = PinError;

    /// Takes the digits; blanks and hyphens between them are passed over, as people write them.
    fn from_str(text: &str) -> Result<Self, PinError> {
        let digits = || text.chars().filter(|c| !matches!(c, ' ' | '-'));
        let fits =
            (PIN_DIGITS_MIN..=PIN_DIGITS_MAX).contains(&digits().take(PIN_DIGITS_MAX + 1).count());
        if fits && digits().all(|c| c.is_ascii_digit()) {
            Ok(Self(digits().collect()))
        } else {
            Err(PinError)
        }
    }
}

impl Pin {
    /// For the one place that hashes it.
    pub(crate) fn digits(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pin(••••)")
    }
}

/// Gathers a PIN from a phone's keys: `#` ends it, `*` begins anew, and so does a long pause.
#[derive(Clone, Default)]
pub(crate) struct PinPad {
    typed: String,
    last_at: Option<Timestamp>,
}

/// What a key has led to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Typed {
    /// More is to come.
    Part,
    /// A PIN.
    Pin(Pin),
    /// Something was ended with `#` that can't be a PIN.
    Nonsense,
}

/// How long a pause makes a PIN begin anew: longer than for a command, for it may have to be looked up.
const PIN_GAP_MAX: std::time::Duration = DIGIT_GAP_MAX.saturating_mul(5);

impl PinPad {
    pub(crate) fn press(&mut self, now: Timestamp, digit: char) -> Typed {
        let gap = self.last_at.replace(now).map(|last| now.duration_since(last));
        if gap.is_some_and(|gap| gap > SignedDuration::try_from(PIN_GAP_MAX).unwrap_or_default()) {
            self.typed.clear();
        }
        match digit {
            '0'..='9' if self.typed.len() <= PIN_DIGITS_MAX => self.typed.push(digit),
            '*' => self.typed.clear(),
            '#' if !self.typed.is_empty() => {
                let typed = std::mem::take(&mut self.typed);
                return typed.parse().map_or(Typed::Nonsense, Typed::Pin);
            }
            _ => {}
        }
        Typed::Part
    }
}

impl fmt::Debug for PinPad {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PinPad(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn pin(text: &str) -> Pin {
        text.parse().unwrap()
    }

    #[test]
    fn four_to_ten_digits_are_a_pin() {
        for text in ["0000", "12 34", "123-456", "1234567890"] {
            assert!(text.parse::<Pin>().is_ok(), "{text}");
        }
        let endless = "1".repeat(10_000);
        for text in ["", "123", "12345678901", "12a4", "١٢٣٤", "1234\n", "+1234", &endless] {
            assert_eq!(text.parse::<Pin>(), Err(PinError), "{text:?}");
        }
    }

    /// Presses keys one second apart, a space being ten seconds without.
    fn typed(keys: &str) -> Vec<Typed> {
        let (mut pad, mut second, mut done) = (PinPad::default(), 0, Vec::new());
        for key in keys.chars() {
            second += if key == ' ' { 10 } else { 1 };
            if key != ' ' {
                let now = Timestamp::from_second(1_800_000_000 + second).unwrap();
                done.push(pad.press(now, key));
            }
        }
        done.retain(|typed| *typed != Typed::Part);
        done
    }

    #[test]
    fn a_pin_is_typed_and_ended_with_the_hash_key() {
        assert_eq!(typed("2468#"), [Typed::Pin(pin("2468"))]);
        assert_eq!(typed("13*2468#"), [Typed::Pin(pin("2468"))], "a star begins anew");
        assert_eq!(typed("13  2468#"), [Typed::Pin(pin("2468"))], "and so does a pause");
        assert_eq!(typed("2468#1357#"), [Typed::Pin(pin("2468")), Typed::Pin(pin("1357"))]);
        assert_eq!(typed("12#"), [Typed::Nonsense]);
        assert_eq!(typed("123456789012345#"), [Typed::Nonsense]);
        assert_eq!(typed("#A##"), []);
    }

    proptest! {
        #[test]
        fn any_keys_are_survived(keys in ".{0,60}") {
            typed(&keys);
        }
    }
}
