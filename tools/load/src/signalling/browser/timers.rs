//! When each session wants to be woken: the earliest first.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::time::Duration;

use crate::LegId;

/// One deadline for each leg, the latest that was set.
#[derive(Debug, Default)]
pub(super) struct Timers {
    /// All that were set and have not come, those that were replaced included.
    heap: BinaryHeap<Reverse<(Duration, LegId)>>,
    current: HashMap<LegId, Duration>,
}

impl Timers {
    /// Sets the deadline of a leg, in place of the one that it had.
    pub(super) fn set(&mut self, leg: LegId, due: Duration) {
        if self.current.insert(leg, due) != Some(due) {
            self.heap.push(Reverse((due, leg)));
        }
    }

    /// A leg whose deadline has come. It has none from then on.
    pub(super) fn pop_due(&mut self, now: Duration) -> Option<LegId> {
        while let Some(Reverse((due, leg))) = self.heap.peek().copied().filter(|it| it.0.0 <= now) {
            self.heap.pop();
            if self.current.get(&leg) == Some(&due) {
                self.current.remove(&leg);
                return Some(leg);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_leg_is_woken_once_and_when_it_last_said() {
        let ms = Duration::from_millis;
        let mut timers = Timers::default();
        timers.set(LegId(1), ms(30));
        timers.set(LegId(2), ms(20));
        timers.set(LegId(1), ms(10));
        timers.set(LegId(2), ms(40));
        assert_eq!(timers.pop_due(ms(5)), None);
        assert_eq!(timers.pop_due(ms(30)), Some(LegId(1)));
        assert_eq!(timers.pop_due(ms(30)), None);
        assert_eq!(timers.pop_due(ms(40)), Some(LegId(2)));
        assert_eq!(timers.pop_due(ms(1_000)), None);
        assert!(timers.heap.is_empty() && timers.current.is_empty());
    }
}
