//! What the four machines have in common.

use std::time::Duration;

/// What to do with a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Received {
    /// Give it to the owner.
    Deliver,
    /// Acknowledge it and give it to the owner.
    DeliverAndAck,
    /// It was acknowledged already: do so again.
    AckAgain,
    /// A further 2xx: the same one again, or that of another fork.
    Success,
    Ignore,
}

/// What has become due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Due {
    SendAgain,
    /// Nobody answers.
    GiveUp,
    Nothing,
}

/// When something is sent again: after T1, then after twice as long each time, up to a longest interval.
#[derive(Debug, Clone)]
pub(crate) struct Retransmission {
    /// `None` on reliable transports.
    at: Option<Duration>,
    interval: Duration,
    longest: Option<Duration>,
}

impl Retransmission {
    pub(crate) fn doubling(
        now: Duration,
        t1: Duration,
        longest: Option<Duration>,
        reliable: bool,
    ) -> Self {
        Self { at: (!reliable).then(|| now + t1), interval: t1, longest }
    }

    /// When the next one is due.
    pub(crate) fn at(&self) -> Option<Duration> {
        self.at
    }

    /// Whether one is due now; if so, the next one is planned.
    pub(crate) fn due(&mut self, now: Duration) -> Due {
        if self.at.is_none_or(|at| at > now) {
            return Due::Nothing;
        }
        self.interval *= 2;
        if let Some(longest) = self.longest {
            self.interval = self.interval.min(longest);
        }
        self.at = Some(now + self.interval);
        Due::SendAgain
    }

    /// Keeps the next one as planned, and those after it at this interval.
    pub(crate) fn slow_down(&mut self, interval: Duration) {
        self.interval = interval;
    }
}
