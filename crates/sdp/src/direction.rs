//! Who sends, and who receives.

use std::fmt;

/// The direction of a stream from the point of view of the one who states it (RFC 3264 section 5.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Direction {
    /// Both ways: what is meant when nothing is said.
    #[default]
    SendReceive,
    /// I send only: you are on hold, and may hear music.
    SendOnly,
    /// I receive only.
    ReceiveOnly,
    /// Neither way: you are on hold in silence.
    Inactive,
}

impl Direction {
    /// From what is sent and what is received.
    #[must_use]
    pub fn new(sends: bool, receives: bool) -> Self {
        match (sends, receives) {
            (true, true) => Self::SendReceive,
            (true, false) => Self::SendOnly,
            (false, true) => Self::ReceiveOnly,
            (false, false) => Self::Inactive,
        }
    }

    /// From the name of its attribute.
    #[must_use]
    pub fn from_attribute(name: &str) -> Option<Self> {
        [Self::SendReceive, Self::SendOnly, Self::ReceiveOnly, Self::Inactive]
            .into_iter()
            .find(|direction| direction.attribute().eq_ignore_ascii_case(name))
    }

    /// The name of its attribute.
    #[must_use]
    pub fn attribute(self) -> &'static str {
        match self {
            Self::SendReceive => "sendrecv",
            Self::SendOnly => "sendonly",
            Self::ReceiveOnly => "recvonly",
            Self::Inactive => "inactive",
        }
    }

    /// Whether the one who states it sends.
    #[must_use]
    pub fn sends(self) -> bool {
        matches!(self, Self::SendReceive | Self::SendOnly)
    }

    /// Whether the one who states it receives.
    #[must_use]
    pub fn receives(self) -> bool {
        matches!(self, Self::SendReceive | Self::ReceiveOnly)
    }

    /// The same from the other's point of view.
    #[must_use]
    pub fn reversed(self) -> Self {
        Self::new(self.receives(), self.sends())
    }

    /// What both allow.
    #[must_use]
    pub fn meet(self, other: Self) -> Self {
        Self::new(self.sends() && other.sends(), self.receives() && other.receives())
    }
}

impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.attribute())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Direction::{Inactive, ReceiveOnly, SendOnly, SendReceive};

    #[test]
    fn each_has_its_attribute() {
        for direction in [SendReceive, SendOnly, ReceiveOnly, Inactive] {
            assert_eq!(Direction::from_attribute(direction.attribute()), Some(direction));
        }
        assert_eq!(Direction::from_attribute("SendOnly"), Some(SendOnly));
        assert_eq!(Direction::from_attribute("ptime"), None);
    }

    #[test]
    fn the_other_side_sees_it_reversed() {
        assert_eq!(
            [SendReceive, SendOnly, ReceiveOnly, Inactive].map(Direction::reversed),
            [SendReceive, ReceiveOnly, SendOnly, Inactive]
        );
    }

    #[test]
    fn what_both_allow_is_what_each_allows() {
        assert_eq!(SendReceive.meet(SendOnly), SendOnly);
        assert_eq!(SendOnly.meet(ReceiveOnly), Inactive);
        assert_eq!(ReceiveOnly.meet(SendReceive), ReceiveOnly);
    }
}
