//! The server's side of an INVITE: RFC 3261 section 17.2.1 as corrected by RFC 6026 section 7.1.

use std::time::Duration;

use super::machine::{Due, Retransmission};
use crate::Timers;

/// When to send a response to an INVITE again, and until when to wait for its ACK.
///
/// A 2xx is sent again by its call, not from here: only the call sees its ACK.
#[derive(Debug)]
pub(crate) struct ServerInvite {
    state: State,
    timers: Timers,
    reliable: bool,
}

#[derive(Debug)]
enum State {
    /// No final response yet.
    Proceeding,
    /// Refused: timers G (again) and H (no ACK comes).
    Completed {
        again: Retransmission,
        until: Duration,
    },
    /// Refusal acknowledged: timer I, for retransmissions of the ACK.
    Confirmed {
        until: Duration,
    },
    /// Accepted: timer L, for retransmissions of the INVITE.
    Accepted {
        until: Duration,
    },
    Terminated,
}

impl ServerInvite {
    /// The INVITE has just come.
    pub(crate) fn new(timers: Timers, reliable: bool) -> Self {
        Self { state: State::Proceeding, timers, reliable }
    }

    /// Whether the last response answers this retransmission of the INVITE.
    pub(crate) fn answers_retransmission(&self) -> bool {
        matches!(self.state, State::Proceeding | State::Completed { .. })
    }

    /// A response is about to be sent. False if it comes too late.
    pub(crate) fn handle_response(&mut self, now: Duration, status: u16) -> bool {
        if !matches!(self.state, State::Proceeding) {
            return false;
        }
        let until = now + self.timers.transaction();
        match status {
            100..200 => {}
            200..300 => self.state = State::Accepted { until },
            _ => {
                let Timers { t1, t2, .. } = self.timers;
                let again = Retransmission::doubling(now, t1, Some(t2), self.reliable);
                self.state = State::Completed { again, until };
            }
        }
        true
    }

    /// An ACK with the branch of the INVITE has come. False if it isn't for a refusal.
    pub(crate) fn handle_ack(&mut self, now: Duration) -> bool {
        match self.state {
            State::Completed { .. } => {
                let wait = if self.reliable { Duration::ZERO } else { self.timers.t4 };
                self.state = State::Confirmed { until: now + wait };
                true
            }
            State::Confirmed { .. } => true,
            _ => false,
        }
    }

    /// Time has passed.
    pub(crate) fn handle_timeout(&mut self, now: Duration) -> Due {
        match &mut self.state {
            State::Completed { until, .. }
            | State::Confirmed { until }
            | State::Accepted { until }
                if *until <= now =>
            {
                self.state = State::Terminated;
                Due::Nothing
            }
            State::Completed { again, .. } => again.due(now),
            _ => Due::Nothing,
        }
    }

    /// When [`Self::handle_timeout`] has something to do.
    pub(crate) fn deadline(&self) -> Option<Duration> {
        match &self.state {
            State::Completed { again, until } => {
                Some(again.at().map_or(*until, |at| at.min(*until)))
            }
            State::Confirmed { until } | State::Accepted { until } => Some(*until),
            State::Proceeding | State::Terminated => None,
        }
    }

    /// Whether no final response has been sent.
    pub(crate) fn is_proceeding(&self) -> bool {
        matches!(self.state, State::Proceeding)
    }

    /// Whether it is over.
    pub(crate) fn is_terminated(&self) -> bool {
        matches!(self.state, State::Terminated)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_repeated_until_its_ack() {
        let mut machine = ServerInvite::new(Timers::default(), false);
        assert!(machine.handle_response(Duration::ZERO, 180) && machine.deadline().is_none());
        assert!(machine.handle_response(Duration::ZERO, 486));
        assert_eq!(machine.handle_timeout(Duration::from_millis(500)), Due::SendAgain);
        assert_eq!(machine.deadline(), Some(Duration::from_millis(1500)));
        assert!(machine.handle_ack(Duration::from_secs(1)));
        assert!(machine.handle_ack(Duration::from_secs(1)));
        assert_eq!(machine.handle_timeout(Duration::from_secs(6)), Due::Nothing);
        assert!(machine.is_terminated());
    }

    #[test]
    fn after_a_success_acks_belong_to_the_call() {
        let mut machine = ServerInvite::new(Timers::default(), false);
        assert!(machine.handle_response(Duration::ZERO, 200));
        assert!(!machine.handle_response(Duration::ZERO, 486));
        assert!(!machine.answers_retransmission() && !machine.handle_ack(Duration::ZERO));
        assert_eq!(machine.deadline(), Some(Duration::from_secs(32)));
    }
}
