//! Notices a peer that has fallen silent: no RTP, no RTCP.

use std::time::Duration;

/// Watches one leg.
#[derive(Debug, Clone)]
pub(crate) struct SilenceWatch {
    limit: Duration,
    heard_at: Duration,
    is_told: bool,
}

impl SilenceWatch {
    pub(crate) fn new(limit: Duration) -> Self {
        Self { limit, heard_at: Duration::ZERO, is_told: false }
    }

    /// Something came from the peer, or the leg has just begun.
    pub(crate) fn heard(&mut self, now: Duration) {
        self.heard_at = now;
        self.is_told = false;
    }

    /// Reads what [`heard`](Self::heard) will need.
    pub(crate) fn warm(&self) -> u64 {
        self.heard_at.as_secs()
    }

    /// Lets time pass while nothing is expected of the peer: on hold.
    pub(crate) fn pause(&mut self, now: Duration) {
        self.heard_at = now;
    }

    /// Whether the silence is too long and was not told of yet.
    pub(crate) fn is_due(&self, now: Duration) -> bool {
        !self.is_told && now.saturating_sub(self.heard_at) >= self.limit
    }

    /// The silence was told of; not again until something is heard.
    pub(crate) fn told(&mut self) {
        self.is_told = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn a_silence_is_due_once() {
        let mut watch = SilenceWatch::new(s(30));
        watch.heard(s(100));
        assert!(!watch.is_due(s(129)));
        assert!(watch.is_due(s(130)));
        watch.told();
        assert!(!watch.is_due(s(200)));
        watch.heard(s(201));
        assert!(!watch.is_due(s(230)) && watch.is_due(s(231)));
    }

    #[test]
    fn hold_does_not_count() {
        let mut watch = SilenceWatch::new(s(30));
        watch.heard(s(0));
        watch.pause(s(500));
        assert!(!watch.is_due(s(529)) && watch.is_due(s(530)));
    }
}
