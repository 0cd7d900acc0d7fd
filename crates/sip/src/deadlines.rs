//! When which thing is due.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, HashMap},
    hash::Hash,
    time::Duration,
};

/// One deadline for each key. A deadline that was replaced stays in the heap until it comes up or until the stale
/// ones outnumber the live ones, so memory stays proportional to the number of keys.
#[derive(Debug)]
pub(crate) struct Deadlines<K> {
    due: HashMap<K, Duration>,
    heap: BinaryHeap<Reverse<(Duration, K)>>,
}

/// Stale entries that are left alone, so that a small heap isn't rebuilt all the time.
const STALE_MIN: usize = 64;

impl<K: Clone + Eq + Hash + Ord> Deadlines<K> {
    pub(crate) fn new() -> Self {
        Self { due: HashMap::new(), heap: BinaryHeap::new() }
    }

    /// Sets, moves or removes the deadline of a key.
    pub(crate) fn set(&mut self, key: &K, deadline: Option<Duration>) {
        match deadline {
            Some(deadline) if self.due.get(key) == Some(&deadline) => return,
            Some(deadline) => {
                self.due.insert(key.clone(), deadline);
                self.heap.push(Reverse((deadline, key.clone())));
            }
            None => {
                self.due.remove(key);
            }
        }
        self.tidy();
    }

    /// When the next thing is due.
    pub(crate) fn next(&self) -> Option<Duration> {
        self.heap.peek().map(|Reverse((deadline, _))| *deadline)
    }

    /// Takes one thing that is due.
    pub(crate) fn pop(&mut self, now: Duration) -> Option<K> {
        if self.next()? > now {
            return None;
        }
        let Reverse((_, key)) = self.heap.pop()?;
        self.due.remove(&key);
        self.tidy();
        Some(key)
    }

    /// Entries held, stale ones included.
    #[cfg(test)]
    pub(crate) fn entries(&self) -> usize {
        self.heap.len()
    }

    /// Drops stale entries from the top, and all of them when they are too many.
    fn tidy(&mut self) {
        let due = &self.due;
        if self.heap.len() > 2 * due.len() + STALE_MIN {
            self.heap.retain(|Reverse((deadline, key))| due.get(key) == Some(deadline));
        }
        while let Some(Reverse((deadline, key))) = self.heap.peek() {
            if self.due.get(key) == Some(deadline) {
                break;
            }
            self.heap.pop();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn gives_what_is_due_in_order_and_only_once() {
        let mut deadlines = Deadlines::new();
        deadlines.set(&1, Some(ms(30)));
        deadlines.set(&2, Some(ms(20)));
        deadlines.set(&1, Some(ms(10)));
        deadlines.set(&3, Some(ms(5)));
        deadlines.set(&3, None);
        assert_eq!(deadlines.next(), Some(ms(10)));
        assert_eq!(deadlines.pop(ms(9)), None);
        assert_eq!(deadlines.pop(ms(50)), Some(1));
        assert_eq!(deadlines.pop(ms(50)), Some(2));
        assert_eq!((deadlines.pop(ms(50)), deadlines.next()), (None, None));
    }

    #[test]
    fn moving_one_deadline_for_ever_takes_no_memory() {
        let mut deadlines = Deadlines::new();
        for at in (0..100_000).rev() {
            deadlines.set(&1, Some(ms(at)));
        }
        assert!(deadlines.entries() <= 2 + STALE_MIN);
    }
}
