//! Frames of all connections, counted.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counters that many connections add to.
#[derive(Default)]
pub(super) struct Tally {
    received: AtomicU64,
    sent: AtomicU64,
    dropped: AtomicU64,
}

impl Tally {
    /// A frame came from a browser.
    pub(super) fn received(&self) {
        self.received.fetch_add(1, Ordering::Relaxed);
    }

    /// A frame was written to a browser.
    pub(super) fn sent(&self) {
        self.sent.fetch_add(1, Ordering::Relaxed);
    }

    /// So many frames were not, as the browser's network was too slow for them.
    pub(super) fn dropped(&self, frames: u64) {
        self.dropped.fetch_add(frames, Ordering::Relaxed);
    }

    /// All of them, by name.
    pub(super) fn totals(&self) -> [(&'static str, u64); 3] {
        [("received", &self.received), ("sent", &self.sent), ("dropped", &self.dropped)]
            .map(|(name, counter)| (name, counter.load(Ordering::Relaxed)))
    }
}
