//! What a call needs of its endpoint to act.

use std::time::Duration;

use super::replies::ALLOWED;
use crate::{
    Entropy, HostPort, Settings, Transport, Trunk,
    digest::Verifier,
    flow::{Flow, LocalAddresses},
    limits::DATAGRAM_REQUEST_BYTES_MAX,
    message::{Headers, Name, Request, Response, Via},
    outbox::Outbox,
    transaction::{ClientKey, Owner, ServerKey, Transactions},
};

/// What doesn't change while the endpoint runs.
pub(crate) struct Shared {
    pub(crate) settings: Settings,
    pub(crate) local: Box<dyn LocalAddresses>,
    pub(crate) verifier: Verifier,
}

/// The endpoint, as far as one call may reach into it.
pub(crate) struct Context<'a> {
    pub(crate) now: Duration,
    pub(crate) shared: &'a Shared,
    pub(crate) transactions: &'a mut Transactions,
    pub(crate) out: &'a mut Outbox,
    pub(crate) entropy: &'a mut Entropy,
}

impl Context<'_> {
    /// A hop of ours towards that peer, with a new branch.
    pub(crate) fn via(&mut self, flow: Flow) -> Via {
        let branch = self.entropy.branch();
        Via::ours(flow.transport, self.sent_by(flow), &branch)
    }

    /// Where that peer reaches us.
    fn sent_by(&self, flow: Flow) -> HostPort {
        let settings = &self.shared.settings;
        let (first, second) = match flow.transport {
            Transport::Udp => (settings.udp, settings.tcp),
            Transport::Tcp => (settings.tcp, settings.udp),
        };
        let bound = first.or(second);
        let host = match (&settings.advertised, bound) {
            (Some(advertised), _) => advertised.clone(),
            (None, Some(bound)) if !bound.ip().is_unspecified() => bound.ip().to_string(),
            _ => self.shared.local.towards(flow.remote).to_string(),
        };
        HostPort { host, port: bound.map(|bound| bound.port()) }
    }

    /// Our Contact towards that peer.
    pub(crate) fn contact(&self, flow: Flow) -> String {
        let transport = match flow.transport {
            Transport::Udp => "",
            Transport::Tcp => ";transport=tcp",
        };
        format!("<sip:confab@{}{transport}>", self.sent_by(flow))
    }

    /// The fields of each of our requests that can change a session.
    pub(crate) fn session_headers(&self, flow: Flow) -> Headers {
        self.request_headers()
            .with(Name::Contact, self.contact(flow))
            .with(Name::Allow, ALLOWED)
            .with(Name::Supported, "")
    }

    /// The fields of each of our requests.
    pub(crate) fn request_headers(&self) -> Headers {
        Headers::default().with(Name::UserAgent, &self.shared.settings.user_agent)
    }

    /// Sends a request of ours. A large one goes by TCP where its trunk allows that and we listen there.
    pub(crate) fn send(
        &mut self,
        mut request: Request,
        mut flow: Flow,
        trunk: Option<&Trunk>,
        owner: Owner,
    ) -> ClientKey {
        let may_move = flow.transport == Transport::Udp
            && self.shared.settings.tcp.is_some()
            && trunk.is_some_and(|trunk| trunk.large_requests_by_tcp);
        if may_move && request.to_bytes().len() > DATAGRAM_REQUEST_BYTES_MAX {
            flow.transport = Transport::Tcp;
            request.head.via = self.via(flow);
        }
        self.transactions.send(self.now, self.out, request, flow, owner)
    }

    /// Sends a request once: an ACK.
    pub(crate) fn acknowledge(
        &mut self,
        invite: &ClientKey,
        fork: Option<&str>,
        flow: Flow,
        ack: &Request,
    ) {
        self.transactions.acknowledge(self.out, invite, fork, flow, ack.to_bytes());
    }

    /// Answers a request.
    pub(crate) fn respond(&mut self, key: &ServerKey, response: Response) {
        let response = response.with(Name::Server, &self.shared.settings.user_agent);
        self.transactions.respond(self.now, self.out, key, &response);
    }
}
