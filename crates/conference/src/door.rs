//! What stands between an answered call and the room.

use std::time::Duration;

/// What somebody waits for who has answered and is not in the room yet. Doors are passed in the order in
/// which they are listed here; most people meet none or one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Door {
    /// For a key: whoever was called shows by pressing 1 that it is no voicemail box, and wants in.
    Confirm,
    /// For the host's PIN, by which a caller who comes before guests may opens it.
    Early,
    /// For the PIN, to be typed on the phone.
    Pin,
    /// For its name, to be said after a tone: it is announced by that.
    Name,
    /// For the set time, or a host who begins before it.
    Start,
    /// For a host to come.
    Host,
    /// For a host to let it in.
    Lobby,
}

impl Door {
    /// Each of them, in the order in which they are passed.
    pub const ALL: [Self; 7] =
        [Self::Confirm, Self::Early, Self::Pin, Self::Name, Self::Start, Self::Host, Self::Lobby];

    /// How long somebody may stand before it: then the call is ended, so that none waits for ever.
    #[must_use]
    pub const fn time_max(self) -> Duration {
        match self {
            // Four times what is asked, with time to find the keys.
            Self::Confirm => Duration::from_secs(40),
            // Twice what is said, the time at length, with time to find the keys.
            Self::Early => Duration::from_secs(60),
            Self::Pin => Duration::from_secs(90),
            // Longer than it takes to be asked and to say it: only what is broken takes so long.
            Self::Name => Duration::from_secs(40),
            // Longer than anybody can be early (`conferences.lead_s`).
            Self::Start => Duration::from_secs(25 * 60 * 60),
            Self::Host | Self::Lobby => Duration::from_secs(60 * 60),
        }
    }

    /// How long after something was said before it that is said again, if it is.
    #[must_use]
    pub const fn repeat_after(self) -> Option<Duration> {
        Some(match self {
            Self::Confirm => Duration::from_secs(3),
            Self::Early | Self::Pin => Duration::from_secs(10),
            // Who says nothing goes on without a name.
            Self::Name => return None,
            Self::Start | Self::Host | Self::Lobby => Duration::from_secs(45),
        })
    }

    /// Whether there is nothing to do before it but wait for others, which is done with music.
    #[must_use]
    pub const fn has_music(self) -> bool {
        matches!(self, Self::Start | Self::Host | Self::Lobby)
    }

    /// Whether a host's PIN, typed on the phone, opens it.
    #[must_use]
    pub const fn takes_pins(self) -> bool {
        !matches!(self, Self::Confirm | Self::Name)
    }

    /// The word for who stands before it in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Confirm => "confirming",
            Self::Early => "too_early",
            Self::Pin => "entering_pin",
            Self::Name => "saying_name",
            Self::Start => "awaiting_start",
            Self::Host => "awaiting_host",
            Self::Lobby => "in_lobby",
        }
    }
}
