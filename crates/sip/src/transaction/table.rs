//! All transactions that there are.

use std::{collections::HashMap, time::Duration};

use bytes::Bytes;

use super::{
    client::{Client, Heard, Owner},
    key::{ClientKey, ServerKey},
    server::Server,
};
use crate::{
    Timers,
    deadlines::Deadlines,
    flow::Flow,
    message::{Request, Response},
    outbox::Outbox,
};

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
        let client = Client::start(now, out, self.timers, request, flow, owner);
        self.deadlines.set(&Key::Client(key.clone()), client.deadline());
        self.clients.insert(key.clone(), client);
        key
    }

    /// The request that a transaction of ours sent, and where.
    pub(crate) fn request(&self, key: &ClientKey) -> Option<(&Request, Flow)> {
        self.clients.get(key).map(Client::request)
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
        let heard = client.handle_response(now, out, &key, response);
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
            client.acknowledge(fork, flow, ack);
        }
    }

    /// Takes a request that has been here before. True if that was so.
    pub(crate) fn handle_retransmission(&mut self, out: &mut Outbox, key: &ServerKey) -> bool {
        let Some(server) = self.servers.get(key) else { return false };
        server.handle_retransmission(out);
        true
    }

    /// Takes an ACK. False if it isn't that of a refusal: its call may know it.
    pub(crate) fn handle_ack(&mut self, now: Duration, key: &ServerKey) -> bool {
        let Some(server) = self.servers.get_mut(key) else { return false };
        let absorbed = server.handle_ack(now);
        self.settle_server(key);
        absorbed
    }

    /// Takes a new request.
    pub(crate) fn receive(&mut self, request: &Request, flow: Flow) -> ServerKey {
        let key = ServerKey::of(request);
        self.servers.insert(key.clone(), Server::new(self.timers, request, flow));
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
        server.respond(now, out, response);
        self.settle_server(key);
    }

    /// Whether there is such a request.
    pub(crate) fn contains(&self, key: &ServerKey) -> bool {
        self.servers.contains_key(key)
    }

    /// Whether this INVITE is still to be answered.
    pub(crate) fn is_proceeding(&self, key: &ServerKey) -> bool {
        self.servers.get(key).is_some_and(Server::is_proceeding)
    }

    /// Gives the answer to an INVITE of ours no more than 64 × T1 from now.
    pub(crate) fn lose_patience(&mut self, now: Duration, key: &ClientKey) {
        if let Some(client) = self.clients.get_mut(key) {
            client.lose_patience(now);
            self.settle_client(key);
        }
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
                let gave_up = !client.handle_timeout(now, out);
                let unanswered = gave_up.then(|| (client.owner(), key.clone()));
                self.settle_client(&key);
                Some(unanswered)
            }
            Key::Server(key) => {
                let Some(server) = self.servers.get_mut(&key) else { return Some(None) };
                server.handle_timeout(now, out);
                self.settle_server(&key);
                Some(None)
            }
        }
    }

    /// Gives up what can't be sent to that peer. Returns those whom nobody will answer.
    pub(crate) fn handle_send_failure(&mut self, flow: Flow) -> Vec<(Owner, ClientKey)> {
        let lost = self.clients.iter().filter(|(_, client)| client.awaits_response(flow));
        let lost: Vec<_> = lost.map(|(key, client)| (client.owner(), key.clone())).collect();
        for (_, key) in &lost {
            self.forget(key);
        }
        lost
    }

    fn settle_client(&mut self, key: &ClientKey) {
        let Some(client) = self.clients.get(key) else { return };
        if client.is_terminated() {
            self.forget(key);
        } else {
            self.deadlines.set(&Key::Client(key.clone()), client.deadline());
        }
    }

    fn forget(&mut self, key: &ClientKey) {
        self.clients.remove(key);
        self.deadlines.set(&Key::Client(key.clone()), None);
    }

    fn settle_server(&mut self, key: &ServerKey) {
        let Some(server) = self.servers.get(key) else { return };
        let deadline_key = Key::Server(key.clone());
        if server.is_terminated() {
            self.servers.remove(key);
            self.deadlines.set(&deadline_key, None);
        } else {
            self.deadlines.set(&deadline_key, server.deadline());
        }
    }
}
