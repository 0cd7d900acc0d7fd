//! What changes of the sound there are, and when the next may be made.

/// Headroom that is missing by less than this is not missed: a worker's tick may be as late.
pub(super) const TOLERANCE_US: i64 = 2_000;

/// After packets came too late, delay isn't taken back for so long: it may be needed again.
const SETTLE_US: i64 = 500_000;

/// After so many ticks in which nothing could be changed unheard, one is content with less, and at last with any.
const TRIES_FIRM: u16 = 25;
const TRIES_FORCED: u16 = 150;

/// How the sound of a tick should be changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Adjustment {
    /// So many units may be taken away.
    Shorten {
        /// In units of the media clock.
        units: u32,
        /// Whether another packet may be taken out for it, if one [waits](super::JitterBuffer::has_next).
        takes_more: bool,
        /// How much of it may be heard.
        care: Care,
    },
    /// So many units are missing.
    Lengthen {
        /// In units of the media clock.
        units: u32,
        /// How much of it may be heard.
        care: Care,
    },
}

/// How well a change of the sound must be hidden.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Care {
    /// It must not be heard: there is time.
    Gentle,
    /// It may be noticed.
    Firm,
    /// It must be made now.
    Forced,
}

/// When the next change may be made.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Pace {
    pub(super) rest_until_us: i64,
    pub(super) hurries: bool,
    pub(super) settled_at_us: i64,
    /// Ticks in which nothing could be changed.
    pub(super) tries: u16,
}

impl Pace {
    /// A packet wasn't there in time.
    pub(super) fn underran(&mut self, now_us: i64) {
        self.settled_at_us = now_us.saturating_add(SETTLE_US);
    }

    pub(super) fn care(&self) -> Care {
        match self.tries {
            TRIES_FORCED.. => Care::Forced,
            TRIES_FIRM.. => Care::Firm,
            _ if self.hurries => Care::Firm,
            _ => Care::Gentle,
        }
    }
}
