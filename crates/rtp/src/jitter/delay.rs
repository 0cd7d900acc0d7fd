//! Keeps the time that packets wait near the depth, by looking at all of them for a while.
//!
//! A single packet says nothing: the network may have delayed it. But if nearly all packets of a window wait
//! too long, then playout is behind, and the least of their excess can be skipped without losing anything that
//! the jitter needs; and if most of them wait too short a time, playout is ahead.

use std::time::Duration;

/// How long a wrong delay must persist before it is adjusted.
pub const ADJUST_WINDOW: Duration = Duration::from_secs(1);

/// Fewer packets than this say nothing; the window goes on.
const PACKETS_MIN: u32 = 5;

/// What to do about the delay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Adjustment {
    /// Skip so much.
    Shorten(Duration),
    /// Play a tick of nothing.
    Lengthen,
}

/// Where the waiting time should lie.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    depth_us: i64,
    short_us: i64,
    long_us: i64,
}

impl Bounds {
    /// Playout starts within half a tick of the depth, so up to three quarters of one are left alone. Excess
    /// is skipped in whole packets and counts from one packet, at least a tick.
    pub(super) fn new(depth: Duration, tick: Duration, packet: Duration) -> Self {
        let (depth_us, tick_us) = (microseconds(depth), microseconds(tick));
        let slack_us = microseconds(packet).max(tick_us);
        Self {
            depth_us,
            short_us: depth_us.saturating_sub(tick_us.saturating_mul(3) / 4),
            long_us: depth_us.saturating_add(slack_us),
        }
    }
}

/// The waiting times of the packets of one window.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Window {
    began: Option<Duration>,
    packets: u32,
    short: u32,
    long: u32,
    /// The least wait of those that waited long.
    long_min_us: i64,
}

impl Window {
    /// A packet that arrived at `now` will wait `wait_us`, negative if it is late. Returns what to do when the
    /// window is full, and begins the next.
    pub(super) fn record(
        &mut self,
        now: Duration,
        wait_us: i64,
        bounds: &Bounds,
    ) -> Option<Adjustment> {
        let began = *self.began.get_or_insert(now);
        self.packets = self.packets.saturating_add(1);
        if wait_us < bounds.short_us {
            self.short = self.short.saturating_add(1);
        } else if wait_us > bounds.long_us {
            self.long_min_us = if self.long == 0 { wait_us } else { self.long_min_us.min(wait_us) };
            self.long = self.long.saturating_add(1);
        }
        if now.saturating_sub(began) < ADJUST_WINDOW || self.packets < PACKETS_MIN {
            return None;
        }
        let full = std::mem::take(self);
        if full.long.saturating_mul(10) >= full.packets.saturating_mul(9) {
            let excess = full.long_min_us.saturating_sub(bounds.depth_us);
            return Some(Adjustment::Shorten(Duration::from_micros(excess.unsigned_abs())));
        }
        (full.short > full.packets / 2).then_some(Adjustment::Lengthen)
    }

    pub(super) fn restart(&mut self) {
        *self = Self::default();
    }
}

fn microseconds(time: Duration) -> i64 {
    i64::try_from(time.as_micros()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TICK: Duration = Duration::from_millis(20);

    /// What the first full window of packets with these waits, repeated, leads to.
    fn adjustment(waits_ms: &[i64]) -> Option<Adjustment> {
        let bounds = Bounds::new(Duration::from_millis(40), TICK, TICK);
        let mut window = Window::default();
        let waits = waits_ms.iter().cycle().take(51);
        waits
            .zip(0_u32..)
            .filter_map(|(wait, index)| window.record(TICK * index, wait * 1_000, &bounds))
            .next()
    }

    #[test]
    fn waits_about_the_depth_are_left_alone() {
        for wait in [30, 40, 50, 60] {
            assert_eq!(adjustment(&[wait]), None);
        }
        assert_eq!(adjustment(&[0, 80, 40]), None);
    }

    #[test]
    fn an_excess_that_all_have_is_skipped() {
        assert_eq!(
            adjustment(&[100, 120, 140]),
            Some(Adjustment::Shorten(Duration::from_millis(60)))
        );
    }

    #[test]
    fn a_few_late_packets_don_t_hide_an_excess() {
        let mut waits = vec![100; 51];
        waits[7] = -50;
        assert_eq!(adjustment(&waits), Some(Adjustment::Shorten(Duration::from_millis(60))));
    }

    #[test]
    fn what_the_jitter_needs_is_not_an_excess() {
        assert_eq!(adjustment(&[30, 100]), None);
    }

    #[test]
    fn being_short_most_of_the_time_is_made_up_for() {
        assert_eq!(adjustment(&[5, 10, 40]), Some(Adjustment::Lengthen));
    }

    #[test]
    fn a_few_packets_say_nothing() {
        let bounds = Bounds::new(TICK, TICK, TICK);
        let mut window = Window::default();
        for second in 0..4 {
            assert_eq!(window.record(Duration::from_secs(second), 1_000_000, &bounds), None);
        }
        assert!(window.record(Duration::from_secs(4), 1_000_000, &bounds).is_some());
    }
}
