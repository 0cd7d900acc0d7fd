//! The client's side of any request but INVITE and ACK: RFC 3261 section 17.1.2.

use std::time::Duration;

use super::machine::{Due, Received, Retransmission};
use crate::Timers;

/// When to send a request again and when to give up.
#[derive(Debug)]
pub(crate) struct ClientPlain {
    state: State,
    timers: Timers,
    reliable: bool,
}

#[derive(Debug)]
enum State {
    /// Timers E (again; every T2 once a 1xx has come) and F (give up).
    Trying {
        again: Retransmission,
        until: Duration,
    },
    /// Answered: timer K, for the answer's retransmissions.
    Completed {
        until: Duration,
    },
    Terminated,
}

impl ClientPlain {
    /// The request has just been sent.
    pub(crate) fn new(now: Duration, timers: Timers, reliable: bool) -> Self {
        let again = Retransmission::doubling(now, timers.t1, Some(timers.t2), reliable);
        let state = State::Trying { again, until: now + timers.transaction() };
        Self { state, timers, reliable }
    }

    /// A response has come.
    pub(crate) fn handle_response(&mut self, now: Duration, status: u16) -> Received {
        match &mut self.state {
            State::Trying { again, .. } if status < 200 => {
                again.slow_down(self.timers.t2);
                Received::Deliver
            }
            State::Trying { .. } => {
                let wait = if self.reliable { Duration::ZERO } else { self.timers.t4 };
                self.state = State::Completed { until: now + wait };
                Received::Deliver
            }
            State::Completed { .. } | State::Terminated => Received::Ignore,
        }
    }

    /// Time has passed.
    pub(crate) fn handle_timeout(&mut self, now: Duration) -> Due {
        match &mut self.state {
            State::Trying { until, .. } if *until <= now => {
                self.state = State::Terminated;
                Due::GiveUp
            }
            State::Trying { again, .. } => again.due(now),
            State::Completed { until } if *until <= now => {
                self.state = State::Terminated;
                Due::Nothing
            }
            _ => Due::Nothing,
        }
    }

    /// When [`Self::handle_timeout`] has something to do.
    pub(crate) fn deadline(&self) -> Option<Duration> {
        match &self.state {
            State::Trying { again, until } => Some(again.at().map_or(*until, |at| at.min(*until))),
            State::Completed { until } => Some(*until),
            State::Terminated => None,
        }
    }

    /// Whether nothing has come back yet.
    pub(crate) fn awaits_response(&self) -> bool {
        matches!(self.state, State::Trying { .. })
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
    fn doubles_its_interval_up_to_t2() {
        let mut machine = ClientPlain::new(Duration::ZERO, Timers::default(), false);
        let mut sent = Vec::new();
        let gave_up = loop {
            let at = machine.deadline().unwrap();
            match machine.handle_timeout(at) {
                Due::SendAgain => sent.push(at.as_secs_f64()),
                _ => break at.as_secs_f64(),
            }
        };
        assert_eq!(sent, [0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5]);
        assert_eq!(gave_up, 32.0);
    }

    #[test]
    fn an_answer_leaves_it_for_t4_only() {
        let mut machine = ClientPlain::new(Duration::ZERO, Timers::default(), false);
        assert_eq!(machine.handle_response(Duration::ZERO, 100), Received::Deliver);
        assert_eq!(machine.handle_response(Duration::ZERO, 200), Received::Deliver);
        assert_eq!(machine.handle_response(Duration::ZERO, 200), Received::Ignore);
        assert_eq!(machine.handle_timeout(Duration::from_secs(5)), Due::Nothing);
        assert!(machine.is_terminated());
    }
}
