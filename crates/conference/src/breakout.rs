//! Break-out rooms, by number.

use std::fmt;

use serde::Serialize;

/// Break-out rooms that a conference has at most.
pub const BREAKOUTS_MAX: u8 = 12;

/// One of a conference's break-out rooms, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct Breakout(u8);

impl Breakout {
    /// The room of this number; `None` if there are not so many.
    #[must_use]
    pub fn new(number: u8) -> Option<Self> {
        (1..=BREAKOUTS_MAX).contains(&number).then_some(Self(number))
    }

    /// Its number.
    #[must_use]
    pub const fn number(self) -> u8 {
        self.0
    }
}

impl fmt::Display for Breakout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rooms_are_counted_from_one() {
        assert!(Breakout::new(0).is_none() && Breakout::new(BREAKOUTS_MAX + 1).is_none());
        let last = Breakout::new(BREAKOUTS_MAX).unwrap();
        assert_eq!(last.to_string(), BREAKOUTS_MAX.to_string());
        assert_eq!(serde_json::to_value(last).unwrap(), BREAKOUTS_MAX);
    }
}
