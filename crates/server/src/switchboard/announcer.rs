//! What is announced to a conference, one thing after the other: who comes and goes doesn't break in on who came
//! before, nor on more important words.

use std::collections::VecDeque;
use std::time::Duration;

use audio::clip::Clip;
use conference::ConferenceKey;
use jiff::Timestamp;

use super::Switchboard;

use crate::clock;

/// Announcements that wait. One more takes the place of the oldest: what is announced late is of no use.
const WAITING_MAX: usize = 3;

/// The announcements of one conference.
#[derive(Default)]
pub(super) struct Announcer {
    /// Until when something is being said.
    busy_until: Option<Timestamp>,
    waiting: VecDeque<Clip>,
}

impl Announcer {
    /// Has something wait for its turn.
    pub(super) fn queue(&mut self, clip: Clip) {
        if self.waiting.len() >= WAITING_MAX {
            self.waiting.pop_front();
        }
        self.waiting.push_back(clip);
    }

    /// What is to be said now, if nothing is being said.
    pub(super) fn next(&mut self, now: Timestamp) -> Option<Clip> {
        if self.busy_until.is_some_and(|until| now < until) {
            return None;
        }
        let clip = self.waiting.pop_front()?;
        self.note(now, clip.duration());
        Some(clip)
    }

    /// Something is being said from now on, for so long.
    pub(super) fn note(&mut self, now: Timestamp, takes: Duration) {
        self.busy_until = now.checked_add(takes).ok();
    }

    /// Whether something waits.
    pub(super) fn has_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }
}

impl Switchboard {
    /// Announces what has waited for that, in all conferences.
    pub(super) fn announce_waiting(&mut self) {
        for key in self.conferences.with_announcements() {
            self.announce_next(key);
        }
    }

    /// Announces what is next in a conference, if it is its turn.
    pub(super) fn announce_next(&mut self, key: ConferenceKey) {
        let Some(active) = self.conferences.get_mut(key) else { return };
        let Some(room) = active.room else { return };
        let Some(clip) = active.announcer.next(clock::now()) else { return };
        if let Err(error) = self.engine.broadcast(room, &clip) {
            tracing::debug!(%error, "an announcement isn't heard by everybody");
        }
    }
}

#[cfg(test)]
mod tests {
    use audio::Rate;

    use super::*;

    fn at(millisecond: i64) -> Timestamp {
        Timestamp::from_millisecond(1_800_000_000_000 + millisecond).unwrap()
    }

    /// One that takes so many seconds.
    fn clip(seconds: usize) -> Clip {
        Clip::new(Rate::Hz8000, vec![0.0; 8_000 * seconds])
    }

    #[test]
    fn one_follows_the_other() {
        let mut announcer = Announcer::default();
        assert_eq!(announcer.next(at(0)), None);
        announcer.queue(clip(2));
        announcer.queue(clip(1));
        assert_eq!(announcer.next(at(0)), Some(clip(2)));
        assert_eq!(announcer.next(at(1_999)), None);
        assert_eq!(announcer.next(at(2_000)), Some(clip(1)));
        announcer.queue(clip(2));
        announcer.note(at(2_500), Duration::from_secs(4));
        assert_eq!(announcer.next(at(6_000)), None, "other words go first");
        assert!(announcer.has_waiting());
        assert!(announcer.next(at(6_500)).is_some() && !announcer.has_waiting());
    }

    #[test]
    fn what_has_waited_longest_gives_way() {
        let mut announcer = Announcer::default();
        (1..=5).for_each(|seconds| announcer.queue(clip(seconds)));
        assert_eq!(announcer.waiting, [clip(3), clip(4), clip(5)]);
    }
}
