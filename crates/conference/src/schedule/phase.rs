//! When a conference's room is open: by its set time alone, whoever asks.

use std::time::Duration;

use jiff::Timestamp;

use super::{Occurrence, Schedule};

/// Where a set time stands at some instant. Each phase says when the next begins, if it does so by
/// itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Too early: nobody is let in before `opens_at`.
    Closed {
        /// From when people may come.
        opens_at: Timestamp,
        /// What they come for.
        next: Occurrence,
    },
    /// People may come, and wait for the start. The host may begin earlier.
    Early {
        /// What they wait for.
        next: Occurrence,
    },
    /// It has begun.
    On {
        /// What is on.
        now: Occurrence,
        /// When the room ends, if the subscriber wants that. It doesn't end at the set end, which few
        /// conferences keep to.
        closes_at: Option<Timestamp>,
    },
    /// The last one is over, and the room has ended.
    Over {
        /// Since when.
        since: Timestamp,
    },
}

impl Phase {
    /// Whether people may come in, to take part or to wait.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        matches!(self, Self::Early { .. } | Self::On { .. })
    }

    /// When the next phase begins.
    #[must_use]
    pub const fn until(&self) -> Option<Timestamp> {
        match self {
            Self::Closed { opens_at, .. } => Some(*opens_at),
            Self::Early { next } => Some(next.starts_at),
            Self::On { closes_at, .. } => *closes_at,
            Self::Over { .. } => None,
        }
    }
}

impl Schedule {
    /// When the room ends that people are let into at `now`, if it does so by itself.
    #[must_use]
    pub fn closes_at(&self, now: Timestamp, lead: Duration) -> Option<Timestamp> {
        match self.phase(now, lead) {
            // Before it opens a host may be let in, and opens it for all.
            Phase::Closed { next, .. } | Phase::Early { next } => self.closing(next),
            Phase::On { closes_at, .. } => closes_at,
            Phase::Over { .. } => None,
        }
    }

    /// When the room of one time ends, if it does so by itself.
    fn closing(&self, occurrence: Occurrence) -> Option<Timestamp> {
        let after = self.ends_after()?;
        Some(occurrence.ends_at.saturating_add(after).unwrap_or(Timestamp::MAX))
    }

    /// Where it stands at `now`, if people may come `lead` before each start.
    #[must_use]
    pub fn phase(&self, now: Timestamp, lead: Duration) -> Phase {
        let begun = self.last_begun(now);
        if let Some(begun) = begun {
            let closes_at = self.closing(begun);
            if closes_at.is_none_or(|closes_at| now < closes_at) {
                return Phase::On { now: begun, closes_at };
            }
        }
        match (self.next_after(now), begun) {
            (Some(next), _) => {
                let opens_at = next.opens_at(lead);
                if now < opens_at {
                    Phase::Closed { opens_at, next }
                } else {
                    Phase::Early { next }
                }
            }
            (None, begun) => {
                let ended = begun.map_or(self.starts_at(), |begun| begun.ends_at);
                let after = self.ends_after().unwrap_or_default();
                Phase::Over { since: ended.saturating_add(after).unwrap_or(Timestamp::MAX) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schedule::SetTime;

    const LEAD: Duration = Duration::from_secs(600);

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    /// Twice, on a Tuesday and a Wednesday, from 14:00 to 15:00.
    fn schedule(ends_after_min: Option<u32>) -> Schedule {
        let set = SetTime {
            start: "2026-11-24T14:00:00Z",
            repetition: Some("FREQ=DAILY;COUNT=2"),
            ends_after_min,
            ..SetTime::default()
        };
        set.read(at("2026-11-20T00:00:00Z")).unwrap()
    }

    #[test]
    fn a_room_opens_early_and_stays_open() {
        let schedule = schedule(None);
        let phase = |text: &str| schedule.phase(at(text), LEAD);
        let first = schedule.next_after(at("2026-11-20T00:00:00Z")).unwrap();
        let closed = phase("2026-11-24T13:49:59Z");
        assert_eq!(closed, Phase::Closed { opens_at: at("2026-11-24T13:50:00Z"), next: first });
        assert!(!closed.is_open());
        let early = phase("2026-11-24T13:50:00Z");
        assert_eq!(early, Phase::Early { next: first });
        assert!(early.is_open());
        assert_eq!(early.until(), Some(at("2026-11-24T14:00:00Z")));
        for on in ["2026-11-24T14:00:00Z", "2026-11-24T23:00:00Z", "2026-11-25T13:59:59Z"] {
            assert_eq!(phase(on), Phase::On { now: first, closes_at: None }, "{on}");
        }
        let Phase::On { now, .. } = phase("2027-01-01T00:00:00Z") else { panic!("it closed") };
        assert_eq!(now.starts_at, at("2026-11-25T14:00:00Z"));
    }

    #[test]
    fn a_room_that_ends_opens_again_for_the_next_time() {
        let schedule = schedule(Some(30));
        let phase = |text: &str| schedule.phase(at(text), LEAD);
        let on = phase("2026-11-24T15:29:59Z");
        assert_eq!(on.until(), Some(at("2026-11-24T15:30:00Z")));
        let closes_at = |text: &str| schedule.closes_at(at(text), LEAD);
        assert_eq!(closes_at("2026-11-24T13:55:00Z"), on.until(), "for who is early too");
        assert_eq!(closes_at("2026-11-24T15:00:00Z"), on.until());
        let next = closes_at("2026-11-24T15:30:00Z");
        assert_eq!(next, Some(at("2026-11-25T15:30:00Z")), "for a host who opens the next early");
        assert_eq!(closes_at("2026-11-25T15:30:00Z"), None, "nobody is let in");
        let closed = phase("2026-11-24T15:30:00Z");
        assert_eq!(closed.until(), Some(at("2026-11-25T13:50:00Z")));
        assert!(phase("2026-11-25T13:50:00Z").is_open());
        let over = phase("2026-11-25T15:30:00Z");
        assert_eq!(over, Phase::Over { since: at("2026-11-25T15:30:00Z") });
        assert_eq!(over.until(), None);
    }

    #[test]
    fn no_lead_is_too_long() {
        let phase = schedule(None).phase(at("2026-11-20T00:00:00Z"), Duration::MAX);
        assert!(matches!(phase, Phase::Early { .. }));
    }
}
