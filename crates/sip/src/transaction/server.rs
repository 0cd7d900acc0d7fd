//! A transaction of a peer's: its machine, and the answer that it gives again.

use std::time::Duration;

use bytes::Bytes;

use super::{machine::Due, server_invite::ServerInvite, server_plain::ServerPlain};
use crate::{
    Timers,
    flow::Flow,
    message::{Method, Request, Response},
    outbox::Outbox,
};

/// A request that came in, and what was last said to it.
#[derive(Debug)]
pub(super) struct Server {
    machine: ServerMachine,
    flow: Flow,
    last_response: Option<Bytes>,
}

#[derive(Debug)]
enum ServerMachine {
    Invite(ServerInvite),
    Plain(ServerPlain),
}

impl Server {
    /// The request has just come that way.
    pub(super) fn new(timers: Timers, request: &Request, flow: Flow) -> Self {
        let reliable = flow.transport.is_reliable();
        let machine = match request.method {
            Method::Invite => ServerMachine::Invite(ServerInvite::new(timers, reliable)),
            _ => ServerMachine::Plain(ServerPlain::new(timers, reliable)),
        };
        Self { machine, flow, last_response: None }
    }

    /// The request has come again.
    pub(super) fn handle_retransmission(&self, out: &mut Outbox) {
        let answers = match &self.machine {
            ServerMachine::Invite(machine) => machine.answers_retransmission(),
            ServerMachine::Plain(_) => true,
        };
        if answers {
            self.send_again(out);
        }
    }

    /// Takes an ACK. False if it isn't that of a refusal.
    pub(super) fn handle_ack(&mut self, now: Duration) -> bool {
        match &mut self.machine {
            ServerMachine::Invite(machine) => machine.handle_ack(now),
            ServerMachine::Plain(_) => false,
        }
    }

    /// Sends the answer, if there is still to be one.
    pub(super) fn respond(&mut self, now: Duration, out: &mut Outbox, response: &Response) {
        if self.machine.handle_response(now, response.status) {
            let bytes = response.to_bytes();
            out.send(self.flow, bytes.clone());
            self.last_response = Some(bytes);
        }
    }

    /// Whether this is an INVITE that is still to be answered.
    pub(super) fn is_proceeding(&self) -> bool {
        match &self.machine {
            ServerMachine::Invite(machine) => machine.is_proceeding(),
            ServerMachine::Plain(_) => false,
        }
    }

    /// Does what is due.
    pub(super) fn handle_timeout(&mut self, now: Duration, out: &mut Outbox) {
        if self.machine.handle_timeout(now) == Due::SendAgain {
            self.send_again(out);
        }
    }

    fn send_again(&self, out: &mut Outbox) {
        if let Some(response) = &self.last_response {
            out.send_again(self.flow, response.clone());
        }
    }

    pub(super) fn deadline(&self) -> Option<Duration> {
        self.machine.deadline()
    }

    pub(super) fn is_terminated(&self) -> bool {
        self.machine.is_terminated()
    }
}

impl ServerMachine {
    fn handle_response(&mut self, now: Duration, status: u16) -> bool {
        match self {
            Self::Invite(machine) => machine.handle_response(now, status),
            Self::Plain(machine) => machine.handle_response(now, status),
        }
    }

    fn handle_timeout(&mut self, now: Duration) -> Due {
        match self {
            Self::Invite(machine) => machine.handle_timeout(now),
            Self::Plain(machine) => machine.handle_timeout(now),
        }
    }

    fn deadline(&self) -> Option<Duration> {
        match self {
            Self::Invite(machine) => machine.deadline(),
            Self::Plain(machine) => machine.deadline(),
        }
    }

    fn is_terminated(&self) -> bool {
        match self {
            Self::Invite(machine) => machine.is_terminated(),
            Self::Plain(machine) => machine.is_terminated(),
        }
    }
}
