//! The client's side of an INVITE: RFC 3261 section 17.1.1 as corrected by RFC 6026 section 7.2.

use std::time::Duration;

use super::machine::{Due, Received, Retransmission};
use crate::Timers;

/// When to send an INVITE again, what to acknowledge, when to give up.
#[derive(Debug)]
pub(crate) struct ClientInvite {
    state: State,
    timers: Timers,
    reliable: bool,
    /// Until when to wait for a final response once a 1xx has come; for ever, unless somebody loses patience.
    patience: Option<Duration>,
}

#[derive(Debug)]
enum State {
    /// Nothing has come back: timers A (again) and B (give up).
    Calling {
        again: Retransmission,
        until: Duration,
    },
    /// A 1xx has come: the call rings for as long as its owner lets it.
    Proceeding,
    /// Refused and acknowledged: timer D, for the refusal's retransmissions.
    Completed {
        until: Duration,
    },
    /// Accepted: timer M, for retransmissions and for the 2xx of other forks.
    Accepted {
        until: Duration,
    },
    Terminated,
}

/// Timer D on unreliable transports: at least 32 s, whatever T1 is.
const TIMER_D: Duration = Duration::from_secs(32);

impl ClientInvite {
    /// The INVITE has just been sent.
    pub(crate) fn new(now: Duration, timers: Timers, reliable: bool) -> Self {
        let again = Retransmission::doubling(now, timers.t1, None, reliable);
        let state = State::Calling { again, until: now + timers.transaction() };
        Self { state, timers, reliable, patience: None }
    }

    /// A response has come.
    pub(crate) fn handle_response(&mut self, now: Duration, status: u16) -> Received {
        match (&self.state, status) {
            (State::Calling { .. } | State::Proceeding, 100..200) => {
                self.state = State::Proceeding;
                Received::Deliver
            }
            (State::Calling { .. } | State::Proceeding, 200..300) => {
                self.state = State::Accepted { until: now + self.timers.transaction() };
                Received::Deliver
            }
            (State::Calling { .. } | State::Proceeding, _) => {
                let wait = if self.reliable { Duration::ZERO } else { TIMER_D };
                self.state = State::Completed { until: now + wait };
                Received::DeliverAndAck
            }
            (State::Completed { .. }, 300..) => Received::AckAgain,
            (State::Accepted { .. }, 200..300) => Received::Success,
            _ => Received::Ignore,
        }
    }

    /// Time has passed.
    pub(crate) fn handle_timeout(&mut self, now: Duration) -> Due {
        match &mut self.state {
            State::Calling { until, .. } if *until <= now => {
                self.state = State::Terminated;
                Due::GiveUp
            }
            State::Proceeding if self.patience.is_some_and(|until| until <= now) => {
                self.state = State::Terminated;
                Due::GiveUp
            }
            State::Calling { again, .. } => again.due(now),
            State::Completed { until } | State::Accepted { until } if *until <= now => {
                self.state = State::Terminated;
                Due::Nothing
            }
            _ => Due::Nothing,
        }
    }

    /// Nobody waits for the answer any more, or a CANCEL has been sent: 64 × T1 is enough (RFC 3261 section 9.1).
    pub(crate) fn lose_patience(&mut self, now: Duration) {
        self.patience.get_or_insert(now + self.timers.transaction());
    }

    /// When [`Self::handle_timeout`] has something to do.
    pub(crate) fn deadline(&self) -> Option<Duration> {
        match &self.state {
            State::Calling { again, until } => Some(again.at().map_or(*until, |at| at.min(*until))),
            State::Completed { until } | State::Accepted { until } => Some(*until),
            State::Proceeding => self.patience,
            State::Terminated => None,
        }
    }

    /// Whether nothing has come back yet.
    pub(crate) fn awaits_response(&self) -> bool {
        matches!(self.state, State::Calling { .. })
    }

    /// Whether it is over.
    pub(crate) fn is_terminated(&self) -> bool {
        matches!(self.state, State::Terminated)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Duration = Duration::from_secs(100);

    /// Seconds after the start at which it sent again, and at which it gave up.
    fn run(mut machine: ClientInvite) -> (Vec<f64>, Option<f64>) {
        let mut sent = Vec::new();
        while let Some(at) = machine.deadline() {
            match machine.handle_timeout(at) {
                Due::SendAgain => sent.push((at - START).as_secs_f64()),
                Due::GiveUp => return (sent, Some((at - START).as_secs_f64())),
                Due::Nothing => {}
            }
        }
        (sent, None)
    }

    #[test]
    fn doubles_its_interval_and_gives_up_after_64_t1() {
        let machine = ClientInvite::new(START, Timers::default(), false);
        assert_eq!(run(machine), (vec![0.5, 1.5, 3.5, 7.5, 15.5, 31.5], Some(32.0)));
        let machine = ClientInvite::new(START, Timers::default(), true);
        assert_eq!(run(machine), (vec![], Some(32.0)));
    }

    #[test]
    fn a_provisional_stops_retransmission_for_good() {
        let mut machine = ClientInvite::new(START, Timers::default(), false);
        assert_eq!(machine.handle_response(START, 180), Received::Deliver);
        assert_eq!(machine.deadline(), None);
        assert_eq!(machine.handle_response(START, 486), Received::DeliverAndAck);
        assert_eq!(machine.handle_response(START, 486), Received::AckAgain);
        assert_eq!(machine.handle_response(START, 200), Received::Ignore);
        assert_eq!(run(machine), (vec![], None));
    }

    #[test]
    fn patience_lost_before_the_first_provisional_counts_after_it() {
        let mut machine = ClientInvite::new(START, Timers::default(), false);
        machine.lose_patience(START);
        assert_eq!(machine.handle_response(START, 100), Received::Deliver);
        assert_eq!(run(machine), (vec![], Some(32.0)));
    }

    #[test]
    fn stays_for_other_success_after_the_first() {
        let mut machine = ClientInvite::new(START, Timers::default(), false);
        assert_eq!(machine.handle_response(START, 200), Received::Deliver);
        assert_eq!(machine.handle_response(START, 200), Received::Success);
        assert_eq!(machine.handle_response(START, 486), Received::Ignore);
        assert_eq!(machine.deadline(), Some(START + Duration::from_secs(32)));
    }
}
