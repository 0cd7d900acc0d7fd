//! Counters that can be read while the media thread works.

use std::sync::atomic::{AtomicU64, Ordering};

/// Where the media plane is. All counts are since it started, measured or not.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Progress {
    /// Legs that are there.
    pub legs: u64,
    /// RTP packets sent.
    pub sent: u64,
    /// RTP packets that came back, copies excluded.
    pub returned: u64,
    /// Packets found missing between others. Legs that receive nothing at all show only in the end.
    pub missing: u64,
    /// Steps that began later than the next was due.
    pub late_steps: u64,
    /// The latest that a step began, in microseconds.
    pub lateness_us_max: u64,
    /// Datagrams of STUN and DTLS that were dropped because nobody took them away in time.
    pub dropped_datagrams: u64,
}

/// What the media thread keeps up to date, once a step.
#[derive(Default, Debug)]
pub(crate) struct Live {
    legs: AtomicU64,
    sent: AtomicU64,
    returned: AtomicU64,
    missing: AtomicU64,
    late_steps: AtomicU64,
    lateness_us_max: AtomicU64,
    dropped_datagrams: AtomicU64,
}

impl Live {
    /// Each counter is right by itself; together they may be a step apart.
    pub(crate) fn read(&self) -> Progress {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Progress {
            legs: read(&self.legs),
            sent: read(&self.sent),
            returned: read(&self.returned),
            missing: read(&self.missing),
            late_steps: read(&self.late_steps),
            lateness_us_max: read(&self.lateness_us_max),
            dropped_datagrams: read(&self.dropped_datagrams),
        }
    }

    pub(crate) fn write(&self, progress: &Progress) {
        let write = |counter: &AtomicU64, value| counter.store(value, Ordering::Relaxed);
        write(&self.legs, progress.legs);
        write(&self.sent, progress.sent);
        write(&self.returned, progress.returned);
        write(&self.missing, progress.missing);
        write(&self.late_steps, progress.late_steps);
        write(&self.lateness_us_max, progress.lateness_us_max);
        write(&self.dropped_datagrams, progress.dropped_datagrams);
    }
}
