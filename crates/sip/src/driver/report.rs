//! What goes wrong on the network, told now and then instead of each time.

use std::time::Duration;

use crate::Stats;

/// The least time between two reports.
const INTERVAL: Duration = Duration::from_secs(10);

/// Remembers what was told.
#[derive(Debug, Default)]
pub(super) struct Report {
    told: Stats,
    next: Duration,
}

impl Report {
    /// Tells what was counted since the last report, if anything, and if that was long enough ago.
    pub(super) fn update(&mut self, now: Duration, stats: &Stats) {
        let told = &self.told;
        let malformed = stats.dropped_malformed + stats.refused_malformed
            - told.dropped_malformed
            - told.refused_malformed;
        let strangers = stats.strangers_refused + stats.strangers_dropped
            - told.strangers_refused
            - told.strangers_dropped;
        let over_limit = stats.over_limit + stats.connections_refused
            - told.over_limit
            - told.connections_refused;
        let send_failures = stats.send_failures - told.send_failures;
        if malformed + strangers + over_limit + send_failures == 0 || now < self.next {
            return;
        }
        tracing::warn!(
            malformed,
            strangers,
            over_limit,
            send_failures,
            "refused or dropped since the last report"
        );
        (self.told, self.next) = (*stats, now + INTERVAL);
    }
}
