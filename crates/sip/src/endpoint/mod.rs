//! The endpoint without its sockets: everything it does is decided here, from messages, commands and the time.
//!
//! Whoever drives a [`Core`] gives it what happens (`handle_*`), then takes all it wants done ([`Core::poll_output`]),
//! and comes back when [`Core::poll_timeout`] says so. Time is a [`Duration`] since a start of the driver's choosing
//! and never goes backwards. The same core runs on real sockets and, in tests, through a simulated network.

mod admission;
mod calls;
mod commands;
mod requests;
mod responses;
mod strangers;

use std::{
    collections::HashMap,
    fmt,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use self::{calls::Calls, strangers::Strangers};
use crate::{
    Entropy, Settings, Stats, Transport, Trunk, TrunkId,
    call::{Context, Shared},
    deadlines::Deadlines,
    digest::Verifier,
    message::{Message, Raw, Via, skip_empty_lines},
    outbox::Outbox,
    transaction::Transactions,
};
pub use crate::{
    flow::{ConnectionId, Flow, LocalAddresses},
    outbox::Output,
};

/// How a request came.
#[derive(Debug, Clone, Copy)]
struct Arrival {
    now: Duration,
    /// Once the Via has been looked at: where the answer goes.
    flow: Flow,
    /// Bytes on the wire.
    length: usize,
}

impl Arrival {
    /// Sends answers back on the connection, or to where the Via says.
    fn answered_by(mut self, via: &Via) -> Self {
        if self.flow.transport == Transport::Udp {
            self.flow.remote = via.response_address(self.flow.remote);
        }
        self
    }
}

/// The endpoint: everything but sockets, clock and task.
pub struct Core {
    shared: Shared,
    trunks: Vec<Arc<Trunk>>,
    addresses: HashMap<TrunkId, SocketAddr>,
    transactions: Transactions,
    calls: Calls,
    call_deadlines: Deadlines<crate::CallId>,
    strangers: Strangers,
    entropy: Entropy,
    out: Outbox,
    stats: Stats,
    is_stopping: bool,
}

impl Core {
    /// An endpoint that listens on the addresses of `settings`, which are bound already: no port is 0.
    pub fn new(settings: Settings, local: Box<dyn LocalAddresses>, mut entropy: Entropy) -> Self {
        let trunks: Vec<_> = settings.trunks.iter().cloned().map(Arc::new).collect();
        let literal = |trunk: &Arc<Trunk>| {
            Some((trunk.id.clone(), SocketAddr::new(trunk.address.ip()?, trunk.address.port())))
        };
        let realm = settings.advertised.clone().unwrap_or_else(|| "confab".into());
        Self {
            addresses: trunks.iter().filter_map(literal).collect(),
            trunks,
            transactions: Transactions::new(settings.timers),
            calls: Calls::default(),
            call_deadlines: Deadlines::new(),
            strangers: Strangers::new(&settings.limits),
            shared: Shared { verifier: Verifier::new(&mut entropy, &realm), settings, local },
            entropy,
            out: Outbox::default(),
            stats: Stats::default(),
            is_stopping: false,
        }
    }

    /// Says where a trunk that has a name instead of an address is at present.
    pub fn set_trunk_address(&mut self, trunk: &TrunkId, address: SocketAddr) {
        self.addresses.insert(trunk.clone(), address);
    }

    /// Takes one datagram, or one message from a stream.
    pub fn handle_message(&mut self, now: Duration, flow: Flow, data: &[u8]) {
        if skip_empty_lines(data).is_empty() {
            return;
        }
        self.stats.received += 1;
        let raw = match Raw::screen(data) {
            Ok(raw) => raw,
            Err(fault) => {
                self.stats.dropped_malformed += 1;
                tracing::trace!(%fault, source = %flow.remote, "dropped");
                return;
            }
        };
        let arrival = Arrival { now, flow, length: data.len() };
        match Message::parse(&raw) {
            Ok(Message::Request(request)) => self.handle_request(arrival, request),
            Ok(Message::Response(response)) => self.handle_response(now, flow, &response),
            Err(fault) => self.refuse_malformed(arrival, &raw, fault),
        }
    }

    /// The driver could not send to that peer, or could not connect.
    pub fn handle_send_failure(&mut self, now: Duration, flow: Flow) {
        self.stats.send_failures += 1;
        self.handle_closed(now, flow);
    }

    /// A connection to that peer is no more: what was sent on it and found no answer at all never will.
    pub fn handle_closed(&mut self, now: Duration, flow: Flow) {
        for (owner, key) in self.transactions.handle_send_failure(flow) {
            self.with_call(now, owner, |call, ctx| call.handle_unanswered(ctx, &key));
        }
    }

    /// Does what is due.
    pub fn handle_timeout(&mut self, now: Duration) {
        while let Some(unanswered) = self.transactions.handle_timeout(now, &mut self.out) {
            if let Some((owner, key)) = unanswered {
                self.with_call(now, owner, |call, ctx| call.handle_unanswered(ctx, &key));
            }
        }
        while let Some(id) = self.call_deadlines.pop(now) {
            self.with_call(now, Some(id), |call, ctx| call.handle_timeout(ctx));
        }
    }

    /// What to do next; until there is nothing more, after each `handle_*`.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.out.poll()
    }

    /// When [`Self::handle_timeout`] is due.
    pub fn poll_timeout(&self) -> Option<Duration> {
        let deadlines = [self.transactions.poll_timeout(), self.call_deadlines.next()];
        deadlines.into_iter().flatten().min()
    }

    /// Whether it was told to shut down and no call is left.
    pub fn is_shut_down(&self) -> bool {
        self.is_stopping && self.calls.len() == 0
    }

    /// What was counted.
    pub fn stats(&self) -> Stats {
        Stats {
            calls: self.calls.len(),
            transactions: self.transactions.len(),
            sent: self.out.sent(),
            retransmitted: self.out.retransmitted(),
            ..self.stats
        }
    }

    /// The trunk that vouches for an address.
    fn trunk_at(&self, address: IpAddr) -> Option<&Arc<Trunk>> {
        self.trunks.iter().find(|trunk| trunk.calls_from(address))
    }

    fn context(&mut self, now: Duration) -> Context<'_> {
        let Self { shared, transactions, out, entropy, .. } = self;
        Context { now, shared, transactions, out, entropy }
    }
}

impl fmt::Debug for Core {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Core").field("stats", &self.stats()).finish_non_exhaustive()
    }
}
