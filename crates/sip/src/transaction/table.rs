//! All transactions that there are.

use std::{collections::HashMap, time::Duration};

use bytes::Bytes;

use super::{
    ClientKey, Due, Received, ServerKey, client_invite::ClientInvite, client_plain::ClientPlain,
    server_invite::ServerInvite, server_plain::ServerPlain,
};
use crate::{
    CallId, Timers,
    deadlines::Deadlines,
    flow::Flow,
    limits::FORKS_MAX,
    message::{Method, Request, Response},
    outbox::Outbox,
};

/// Who is told what becomes of a request of ours; nobody, when its call is over already.
pub(crate) type Owner = Option<CallId>;

/// The transactions, by key.
#[derive(Debug)]
pub(crate) struct Transactions {
    clients: HashMap<ClientKey, Client>,
    servers: HashMap<ServerKey, Server>,
    deadlines: Deadlines<Key>,
    timers: Timers,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Key {
    Client(ClientKey),
    Server(ServerKey),
}

#[derive(Debug)]
struct Client {
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

#[derive(Debug)]
struct Server {
    machine: ServerMachine,
    flow: Flow,
    last_response: Option<Bytes>,
}

#[derive(Debug)]
enum ServerMachine {
    Invite(ServerInvite),
    Plain(ServerPlain),
}

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

impl Transactions {
    pub(crate) fn new(timers: Timers) -> Self {
        let (clients, servers) = (HashMap::new(), HashMap::new());
        Self { clients, servers, deadlines: Deadlines::new(), timers }
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.clients.len() + self.servers.len()
    }

    /// When [`Self::handle_timeout`] has something to do.
    pub(crate) fn poll_timeout(&self) -> Option<Duration> {
        self.deadlines.next()
    }

    /// Sends a request and sees to it that it arrives.
    pub(crate) fn send(
        &mut self,
        now: Duration,
        out: &mut Outbox,
        request: Request,
        flow: Flow,
        owner: Owner,
    ) -> ClientKey {
        let key = ClientKey::of_request(&request);
        let reliable = flow.transport.is_reliable();
        let machine = match request.method {
            Method::Invite => ClientMachine::Invite(ClientInvite::new(now, self.timers, reliable)),
            _ => ClientMachine::Plain(ClientPlain::new(now, self.timers, reliable)),
        };
        let bytes = request.to_bytes();
        out.send(flow, bytes.clone());
        let client = Client { machine, request, bytes, flow, owner, acks: Vec::new() };
        self.deadlines.set(&Key::Client(key.clone()), client.machine.deadline());
        self.clients.insert(key.clone(), client);
        key
    }

    /// The request that a transaction of ours sent, and where.
    pub(crate) fn request(&self, key: &ClientKey) -> Option<(&Request, Flow)> {
        self.clients.get(key).map(|client| (&client.request, client.flow))
    }

    /// Takes a response.
    pub(crate) fn handle_response(
        &mut self,
        now: Duration,
        out: &mut Outbox,
        response: &Response,
    ) -> Heard {
        let key = ClientKey::of_response(response);
        let Some(client) = self.clients.get_mut(&key) else { return Heard::Stray };
        let received = client.machine.handle_response(now, response.status);
        let heard = match received {
            Received::Deliver => Heard::Response(client.owner, key.clone()),
            Received::DeliverAndAck => {
                let ack = client.request.ack_of_refusal(&response.head.to).to_bytes();
                client.acks.push((None, client.flow, ack));
                client.send_acks(out, None);
                Heard::Response(client.owner, key.clone())
            }
            Received::AckAgain => {
                client.send_acks(out, None);
                Heard::Absorbed
            }
            Received::Success => client.handle_further_success(out, response),
            Received::Ignore => Heard::Absorbed,
        };
        self.settle_client(&key);
        heard
    }

    /// Sends the ACK of a fork's success, and again whenever that success comes again.
    pub(crate) fn acknowledge(
        &mut self,
        out: &mut Outbox,
        invite: &ClientKey,
        fork: Option<&str>,
        flow: Flow,
        ack: Bytes,
    ) {
        out.send(flow, ack.clone());
        if let Some(client) = self.clients.get_mut(invite) {
            client.acks.push((fork.map(Into::into), flow, ack));
        }
    }

    /// Takes a request that has been here before. True if that was so.
    pub(crate) fn handle_retransmission(&mut self, out: &mut Outbox, key: &ServerKey) -> bool {
        let Some(server) = self.servers.get(key) else { return false };
        let answers = match &server.machine {
            ServerMachine::Invite(machine) => machine.answers_retransmission(),
            ServerMachine::Plain(_) => true,
        };
        if let (true, Some(response)) = (answers, &server.last_response) {
            out.send_again(server.flow, response.clone());
        }
        true
    }

    /// Takes an ACK. False if it isn't that of a refusal: its call may know it.
    pub(crate) fn handle_ack(&mut self, now: Duration, key: &ServerKey) -> bool {
        let Some(Server { machine: ServerMachine::Invite(machine), .. }) =
            self.servers.get_mut(key)
        else {
            return false;
        };
        let absorbed = machine.handle_ack(now);
        self.settle_server(key);
        absorbed
    }

    /// Takes a new request.
    pub(crate) fn receive(&mut self, request: &Request, flow: Flow) -> ServerKey {
        let key = ServerKey::of(request);
        let reliable = flow.transport.is_reliable();
        let machine = match request.method {
            Method::Invite => ServerMachine::Invite(ServerInvite::new(self.timers, reliable)),
            _ => ServerMachine::Plain(ServerPlain::new(self.timers, reliable)),
        };
        self.servers.insert(key.clone(), Server { machine, flow, last_response: None });
        key
    }

    /// Answers a request, if it is still to be answered.
    pub(crate) fn respond(
        &mut self,
        now: Duration,
        out: &mut Outbox,
        key: &ServerKey,
        response: &Response,
    ) {
        let Some(server) = self.servers.get_mut(key) else { return };
        if server.machine.handle_response(now, response.status) {
            let bytes = response.to_bytes();
            out.send(server.flow, bytes.clone());
            server.last_response = Some(bytes);
        }
        self.settle_server(key);
    }

    /// Whether there is such a request.
    pub(crate) fn contains(&self, key: &ServerKey) -> bool {
        self.servers.contains_key(key)
    }

    /// Whether this INVITE is still to be answered.
    pub(crate) fn is_proceeding(&self, key: &ServerKey) -> bool {
        self.servers.get(key).is_some_and(|server| match &server.machine {
            ServerMachine::Invite(machine) => machine.is_proceeding(),
            ServerMachine::Plain(_) => false,
        })
    }

    /// Gives the answer to an INVITE of ours no more than 64 × T1 from now.
    pub(crate) fn lose_patience(&mut self, now: Duration, key: &ClientKey) {
        let client = self.clients.get_mut(key);
        if let Some(Client { machine: ClientMachine::Invite(machine), .. }) = client {
            machine.lose_patience(now);
            self.settle_client(key);
        }
    }

    fn forget(&mut self, key: &ClientKey) {
        self.clients.remove(key);
        self.deadlines.set(&Key::Client(key.clone()), None);
    }

    /// Does one thing that is due. Returns a transaction that nobody answered.
    ///
    /// `None` when nothing is due; `Some(None)` when something was, of which nobody needs to know.
    pub(crate) fn handle_timeout(
        &mut self,
        now: Duration,
        out: &mut Outbox,
    ) -> Option<Option<(Owner, ClientKey)>> {
        match self.deadlines.pop(now)? {
            Key::Client(key) => {
                let Some(client) = self.clients.get_mut(&key) else { return Some(None) };
                let unanswered = match client.machine.handle_timeout(now) {
                    Due::SendAgain => {
                        out.send_again(client.flow, client.bytes.clone());
                        None
                    }
                    Due::GiveUp => Some((client.owner, key.clone())),
                    Due::Nothing => None,
                };
                self.settle_client(&key);
                Some(unanswered)
            }
            Key::Server(key) => {
                let Some(server) = self.servers.get_mut(&key) else { return Some(None) };
                let due = server.machine.handle_timeout(now);
                if let (Due::SendAgain, Some(response)) = (due, &server.last_response) {
                    out.send_again(server.flow, response.clone());
                }
                self.settle_server(&key);
                Some(None)
            }
        }
    }

    /// Gives up what can't be sent to that peer. Returns those whom nobody will answer.
    pub(crate) fn handle_send_failure(&mut self, flow: Flow) -> Vec<(Owner, ClientKey)> {
        let is_lost = |client: &Client| {
            client.flow.transport == flow.transport
                && client.flow.remote == flow.remote
                && client.machine.awaits_response()
        };
        let lost = self.clients.iter().filter(|(_, client)| is_lost(client));
        let lost: Vec<_> = lost.map(|(key, client)| (client.owner, key.clone())).collect();
        for (_, key) in &lost {
            self.forget(key);
        }
        lost
    }

    fn settle_client(&mut self, key: &ClientKey) {
        let Some(client) = self.clients.get(key) else { return };
        if client.machine.is_terminated() {
            self.forget(key);
        } else {
            self.deadlines.set(&Key::Client(key.clone()), client.machine.deadline());
        }
    }

    fn settle_server(&mut self, key: &ServerKey) {
        let Some(server) = self.servers.get(key) else { return };
        let deadline_key = Key::Server(key.clone());
        if server.machine.is_terminated() {
            self.servers.remove(key);
            self.deadlines.set(&deadline_key, None);
        } else {
            self.deadlines.set(&deadline_key, server.machine.deadline());
        }
    }
}

impl Client {
    fn send_acks(&self, out: &mut Outbox, fork: Option<&str>) {
        let acks = self.acks.iter().filter(|(tag, ..)| tag.as_deref() == fork);
        acks.for_each(|(_, flow, ack)| out.send(*flow, ack.clone()));
    }

    fn handle_further_success(&mut self, out: &mut Outbox, response: &Response) -> Heard {
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
