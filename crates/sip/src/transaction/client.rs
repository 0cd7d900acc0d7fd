//! A transaction of ours: its machine, and what it sends again.

use std::time::Duration;

use bytes::Bytes;

use super::{
    client_invite::ClientInvite,
    client_plain::ClientPlain,
    key::ClientKey,
    machine::{Due, Received},
};
use crate::{
    CallId, Timers,
    flow::Flow,
    limits::FORKS_MAX,
    message::{Method, Request, Response},
    outbox::Outbox,
};

/// Who is told what becomes of a request of ours; nobody, when its call is over already.
pub(crate) type Owner = Option<CallId>;

/// What a response means to the rest of the endpoint.
#[derive(Debug)]
pub(crate) enum Heard {
    /// It is for this owner, about this transaction.
    Response(Owner, ClientKey),
    /// A 2xx from one more fork of a call that was accepted already: the INVITE it answers.
    Fork(Box<Request>),
    /// Nothing more needs to be done.
    Absorbed,
    /// It belongs to no transaction.
    Stray,
}

/// A request that is out, and the ACKs of what came back.
#[derive(Debug)]
pub(super) struct Client {
    machine: ClientMachine,
    request: Request,
    bytes: Bytes,
    flow: Flow,
    owner: Owner,
    /// The ACK of a refusal, or those of each fork's success with the fork's tag.
    acks: Vec<(Option<String>, Flow, Bytes)>,
}

#[derive(Debug)]
enum ClientMachine {
    Invite(ClientInvite),
    Plain(ClientPlain),
}

impl Client {
    /// Sends the request.
    pub(super) fn start(
        now: Duration,
        out: &mut Outbox,
        timers: Timers,
        request: Request,
        flow: Flow,
        owner: Owner,
    ) -> Self {
        let reliable = flow.transport.is_reliable();
        let machine = match request.method {
            Method::Invite => ClientMachine::Invite(ClientInvite::new(now, timers, reliable)),
            _ => ClientMachine::Plain(ClientPlain::new(now, timers, reliable)),
        };
        let bytes = request.to_bytes();
        out.send(flow, bytes.clone());
        Self { machine, request, bytes, flow, owner, acks: Vec::new() }
    }

    /// What was sent, and where.
    pub(super) fn request(&self) -> (&Request, Flow) {
        (&self.request, self.flow)
    }

    pub(super) fn owner(&self) -> Owner {
        self.owner
    }

    pub(super) fn handle_response(
        &mut self,
        now: Duration,
        out: &mut Outbox,
        key: &ClientKey,
        response: &Response,
    ) -> Heard {
        match self.machine.handle_response(now, response.status) {
            Received::Deliver => Heard::Response(self.owner, key.clone()),
            Received::DeliverAndAck => {
                let ack = self.request.ack_of_refusal(&response.head.to).to_bytes();
                self.acknowledge(None, self.flow, ack);
                self.send_acks(out, None);
                Heard::Response(self.owner, key.clone())
            }
            Received::AckAgain => {
                self.send_acks(out, None);
                Heard::Absorbed
            }
            Received::Success => self.handle_further_success(out, response),
            Received::Ignore => Heard::Absorbed,
        }
    }

    fn handle_further_success(&self, out: &mut Outbox, response: &Response) -> Heard {
        let fork = response.tag_of_answerer();
        if self.acks.iter().any(|(tag, ..)| tag.as_deref() == fork) {
            self.send_acks(out, fork);
            return Heard::Absorbed;
        }
        if self.acks.len() >= FORKS_MAX {
            return Heard::Absorbed;
        }
        Heard::Fork(Box::new(self.request.clone()))
    }

    /// Remembers what acknowledges a fork's success, or a refusal.
    pub(super) fn acknowledge(&mut self, fork: Option<&str>, flow: Flow, ack: Bytes) {
        self.acks.push((fork.map(Into::into), flow, ack));
    }

    fn send_acks(&self, out: &mut Outbox, fork: Option<&str>) {
        let acks = self.acks.iter().filter(|(tag, ..)| tag.as_deref() == fork);
        acks.for_each(|(_, flow, ack)| out.send(*flow, ack.clone()));
    }

    /// Gives the answer to an INVITE no more than 64 × T1 from now.
    pub(super) fn lose_patience(&mut self, now: Duration) {
        if let ClientMachine::Invite(machine) = &mut self.machine {
            machine.lose_patience(now);
        }
    }

    /// Does what is due. False when it was to give up: nobody answers.
    pub(super) fn handle_timeout(&mut self, now: Duration, out: &mut Outbox) -> bool {
        let due = self.machine.handle_timeout(now);
        if due == Due::SendAgain {
            out.send_again(self.flow, self.bytes.clone());
        }
        due != Due::GiveUp
    }

    /// Whether nothing has come back yet of what went that way.
    pub(super) fn awaits_response(&self, flow: Flow) -> bool {
        self.flow.transport == flow.transport
            && self.flow.remote == flow.remote
            && self.machine.awaits_response()
    }

    pub(super) fn deadline(&self) -> Option<Duration> {
        self.machine.deadline()
    }

    pub(super) fn is_terminated(&self) -> bool {
        self.machine.is_terminated()
    }
}

impl ClientMachine {
    fn handle_response(&mut self, now: Duration, status: u16) -> Received {
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

    fn awaits_response(&self) -> bool {
        match self {
            Self::Invite(machine) => machine.awaits_response(),
            Self::Plain(machine) => machine.awaits_response(),
        }
    }
}
