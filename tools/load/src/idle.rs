//! How late a thread wakes when there is nothing to do: the machine's own part in all lateness.

use std::time::Duration;

use crate::Distribution;
use crate::distribution::Collector;
use crate::media::{ask_for_realtime, monotonic, pin, sleep_until};
use crate::server::Layout;

/// How often the thread wakes: as often as the tester's media thread.
const PERIOD: Duration = Duration::from_millis(1);

/// Watches the cores of the server and of the load for a while, both at once, and says in words how late a thread of
/// the real-time class wakes there. Nothing else should run.
pub(crate) fn lateness(layout: &Layout, time: Duration) -> String {
    let mut cores: Vec<usize> =
        [layout.server.first(), layout.load.first()].into_iter().flatten().collect();
    cores.dedup();
    let watch = |core: usize| {
        let thread = std::thread::Builder::new().name("load-idle".to_owned());
        (core, thread.spawn(move || lateness_on(core, time)))
    };
    let watched: Vec<_> = cores.into_iter().map(watch).collect();
    let words = watched.into_iter().filter_map(|(core, thread)| {
        let lateness = thread.ok()?.join().ok()?;
        Some(format!("core {core}: {:.0} µs at p99, {:.0} µs at most", lateness.p99, lateness.max))
    });
    words.collect::<Vec<_>>().join("; ")
}

/// How late this thread wakes, in microseconds.
fn lateness_on(core: usize, time: Duration) -> Distribution {
    pin(core);
    ask_for_realtime();
    let mut lateness = Collector::new();
    let (mut due, end) = (monotonic(), monotonic() + time);
    while due < end {
        due += PERIOD;
        sleep_until(due);
        lateness.record(monotonic().saturating_sub(due).as_micros() as u64);
    }
    lateness.in_us()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::Cores;

    #[test]
    fn each_core_is_watched_once() {
        let lonely = Cores::allowed().split().server.split();
        let words = lateness(&lonely, Duration::from_millis(5));
        assert!(words.starts_with("core ") && !words.contains(';'), "{words}");
    }
}
