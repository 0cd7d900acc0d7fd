//! The server's side of any request but INVITE and ACK: RFC 3261 section 17.2.2.

use std::time::Duration;

use super::machine::Due;
use crate::Timers;

/// Until when to remember the answer to a request.
#[derive(Debug)]
pub(crate) struct ServerPlain {
    state: State,
    timers: Timers,
    reliable: bool,
}

#[derive(Debug)]
enum State {
    /// No final response yet.
    Trying,
    /// Answered: timer J, for retransmissions of the request.
    Completed {
        until: Duration,
    },
    Terminated,
}

impl ServerPlain {
    /// The request has just come.
    pub(crate) fn new(timers: Timers, reliable: bool) -> Self {
        Self { state: State::Trying, timers, reliable }
    }

    /// A response is about to be sent. False if it comes too late.
    pub(crate) fn handle_response(&mut self, now: Duration, status: u16) -> bool {
        if !matches!(self.state, State::Trying) {
            return false;
        }
        if status >= 200 {
            let wait = if self.reliable { Duration::ZERO } else { self.timers.transaction() };
            self.state = State::Completed { until: now + wait };
        }
        true
    }

    /// Time has passed.
    pub(crate) fn handle_timeout(&mut self, now: Duration) -> Due {
        if matches!(self.state, State::Completed { until } if until <= now) {
            self.state = State::Terminated;
        }
        Due::Nothing
    }

    /// When [`Self::handle_timeout`] has something to do.
    pub(crate) fn deadline(&self) -> Option<Duration> {
        match self.state {
            State::Completed { until } => Some(until),
            State::Trying | State::Terminated => None,
        }
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
    fn remembers_its_answer_for_64_t1_and_no_second_one() {
        let mut machine = ServerPlain::new(Timers::default(), false);
        assert!(machine.handle_response(Duration::ZERO, 200));
        assert!(!machine.handle_response(Duration::ZERO, 500));
        assert_eq!(machine.deadline(), Some(Duration::from_secs(32)));
        assert_eq!(machine.handle_timeout(Duration::from_secs(32)), Due::Nothing);
        assert!(machine.is_terminated());
    }
}
