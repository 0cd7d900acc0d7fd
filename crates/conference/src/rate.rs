//! How often something happened lately, for each of many keys, in bounded memory.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

/// An hour, the window for what costs money.
pub const HOUR: Duration = Duration::from_secs(3600);

/// A minute, the window for what costs none: whoever is over the limit is not kept out for long.
pub const MINUTE: Duration = Duration::from_secs(60);

/// Keys that one [`SlidingRate`] keeps count of. At the limit a new key is refused until an old
/// one's window is over: a flood from many addresses must not buy itself calls.
pub const KEYS_MAX: usize = 16_384;

/// Counts, for each key, what happened in the window of time that ends now.
#[derive(Debug)]
pub struct SlidingRate<K> {
    limit: usize,
    window: Duration,
    keys_max: usize,
    times: HashMap<K, VecDeque<Timestamp>>,
    /// Once the table is full: before when no key can be forgotten, so that a flood doesn't have
    /// it searched each time.
    full_until: Timestamp,
}

/// A key that has used up its window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OverLimit {
    /// When it may try again, counted from now.
    pub retry_after: Duration,
}

impl<K: Eq + Hash> SlidingRate<K> {
    /// Allows each key `limit` times within any `window`.
    #[must_use]
    pub fn new(limit: usize, window: Duration) -> Self {
        Self {
            limit,
            window,
            keys_max: KEYS_MAX,
            times: HashMap::new(),
            full_until: Timestamp::MIN,
        }
    }

    /// Whether `key` may once more; counts nothing yet.
    pub fn check(&mut self, now: Timestamp, key: &K) -> Result<(), OverLimit> {
        let window = self.window;
        let Some(times) = self.times.get_mut(key) else {
            return self.check_new_key(now);
        };
        forget_old(times, now, window);
        match times.front() {
            _ if times.len() < self.limit => Ok(()),
            Some(&oldest) => Err(OverLimit { retry_after: until_forgotten(oldest, now, window) }),
            None => Err(OverLimit { retry_after: window }),
        }
    }

    /// Counts one more for `key`, which was [checked](Self::check).
    pub fn count(&mut self, now: Timestamp, key: K) {
        if self.times.len() < self.keys_max || self.times.contains_key(&key) {
            let times = self.times.entry(key).or_default();
            if times.len() < self.limit {
                times.push_back(now);
            }
        }
    }

    /// Whether `key` has used up its window. One that nothing was counted for has not, even when the table
    /// is full: so a flood keeps nobody else out.
    pub fn is_over(&mut self, now: Timestamp, key: &K) -> Result<(), OverLimit> {
        if self.times.contains_key(key) { self.check(now, key) } else { Ok(()) }
    }

    /// Counts one more for `key`, for which a table that is full of others may have no place.
    pub fn count_if_room(&mut self, now: Timestamp, key: K) {
        if self.check(now, &key).is_ok() {
            self.count(now, key);
        }
    }

    /// Keys kept count of just now.
    #[must_use]
    pub fn keys(&self) -> usize {
        self.times.len()
    }

    fn check_new_key(&mut self, now: Timestamp) -> Result<(), OverLimit> {
        if self.limit == 0 {
            return Err(OverLimit { retry_after: self.window });
        }
        if self.times.len() < self.keys_max {
            return Ok(());
        }
        // Longer than the window is possible only by a clock that was set back.
        let mut retry_after = self.full_until.duration_since(now);
        if !retry_after.is_positive() || retry_after.unsigned_abs() > self.window {
            self.sweep(now);
            retry_after = self.full_until.duration_since(now);
        }
        if self.times.len() < self.keys_max {
            return Ok(());
        }
        Err(OverLimit { retry_after: retry_after.unsigned_abs() })
    }

    /// Drops the keys whose window is over.
    fn sweep(&mut self, now: Timestamp) {
        let window = self.window;
        self.times.retain(|_, times| {
            forget_old(times, now, window);
            !times.is_empty()
        });
        let first = self.times.values().filter_map(VecDeque::back).min();
        let wait = first.map_or(Duration::ZERO, |&last| until_forgotten(last, now, window));
        self.full_until = now.saturating_add(wait).unwrap_or(Timestamp::MAX);
    }
}

fn forget_old(times: &mut VecDeque<Timestamp>, now: Timestamp, window: Duration) {
    while times.front().is_some_and(|&time| until_forgotten(time, now, window).is_zero()) {
        times.pop_front();
    }
}

/// How long `time` still counts. A clock that was set back makes this no longer than the window.
fn until_forgotten(time: Timestamp, now: Timestamp, window: Duration) -> Duration {
    let age = now.duration_since(time).max(SignedDuration::ZERO).unsigned_abs();
    window.saturating_sub(age)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    fn try_once(rate: &mut SlidingRate<u32>, now: Timestamp, key: u32) -> Result<(), OverLimit> {
        rate.check(now, &key).map(|()| rate.count(now, key))
    }

    #[test]
    fn the_window_slides() {
        let mut rate = SlidingRate::new(2, HOUR);
        assert_eq!(try_once(&mut rate, at(0), 1), Ok(()));
        assert_eq!(try_once(&mut rate, at(1000), 1), Ok(()));
        let refused = try_once(&mut rate, at(1600), 1).unwrap_err();
        assert_eq!(refused.retry_after, Duration::from_secs(2000));
        assert_eq!(try_once(&mut rate, at(3600), 1), Ok(()), "the first is an hour old");
        assert!(try_once(&mut rate, at(3601), 1).is_err(), "the second is not");
    }

    #[test]
    fn keys_do_not_share() {
        let mut rate = SlidingRate::new(1, HOUR);
        assert_eq!(try_once(&mut rate, at(0), 1), Ok(()));
        assert_eq!(try_once(&mut rate, at(0), 2), Ok(()));
        assert!(try_once(&mut rate, at(0), 1).is_err());
    }

    #[test]
    fn a_limit_of_none_refuses_all() {
        assert!(try_once(&mut SlidingRate::new(0, HOUR), at(0), 1).is_err());
    }

    #[test]
    fn a_full_table_refuses_new_keys_until_old_ones_are_forgotten() {
        let mut rate = SlidingRate { keys_max: 3, ..SlidingRate::new(5, HOUR) };
        for key in 0..3 {
            assert_eq!(try_once(&mut rate, at(i64::from(key)), key), Ok(()));
        }
        let refused = try_once(&mut rate, at(600), 9).unwrap_err();
        assert_eq!(refused.retry_after, Duration::from_secs(3000));
        let again = try_once(&mut rate, at(700), 10).unwrap_err();
        assert_eq!(again.retry_after, Duration::from_secs(2900));
        assert_eq!(try_once(&mut rate, at(600), 2), Ok(()), "a known key goes on");
        assert_eq!(try_once(&mut rate, at(3600), 9), Ok(()));
        assert_eq!(rate.keys(), 3);
    }

    #[test]
    fn a_clock_set_back_does_not_lock_out_for_longer_than_the_window() {
        let mut rate = SlidingRate::new(1, HOUR);
        assert_eq!(try_once(&mut rate, at(1_000_000), 1), Ok(()));
        assert_eq!(try_once(&mut rate, at(0), 1).unwrap_err().retry_after, HOUR);
    }

    #[test]
    fn a_minute_is_soon_over() {
        let mut rate = SlidingRate::new(1, MINUTE);
        assert_eq!(try_once(&mut rate, at(0), 1), Ok(()));
        let refused = try_once(&mut rate, at(20), 1).unwrap_err();
        assert_eq!(refused.retry_after, Duration::from_secs(40));
        assert_eq!(try_once(&mut rate, at(60), 1), Ok(()));
    }

    proptest! {
        #[test]
        fn never_more_than_the_limit_in_any_hour(
            limit in 1usize..5,
            steps in prop::collection::vec(0i64..1200, 1..100),
        ) {
            let mut rate = SlidingRate::new(limit, HOUR);
            let (mut now, mut allowed) = (0, Vec::new());
            for step in steps {
                now += step;
                if try_once(&mut rate, at(now), 1).is_ok() {
                    allowed.push(now);
                }
            }
            for (index, first) in allowed.iter().enumerate() {
                let within = allowed[index..].iter().filter(|&&time| time - first < 3600).count();
                prop_assert!(within <= limit);
            }
        }
    }
}
