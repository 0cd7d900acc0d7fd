//! What to do with a request.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use super::{Core, Flow, calls::Origin};
use crate::{
    Transport, Trunk,
    call::{Call, plain_reply, unknown_extensions},
    digest::Verdict,
    message::{Fault, Method, Name, Raw, Request, Response, Scheme, Via},
    transaction::ServerKey,
};

/// What becomes of a request that begins something.
enum Admission {
    /// It comes over this trunk.
    Trunk(Arc<Trunk>),
    /// It may prove that it comes over a trunk.
    Challenge { is_stale: bool },
    /// It comes from nobody we know.
    Stranger,
}

impl Core {
    pub(super) fn handle_request(&mut self, now: Duration, flow: Flow, mut request: Request) {
        request.head.via.stamp(flow.remote);
        let flow = answer_flow(flow, &request.head.via);
        let key = ServerKey::of(&request);
        if request.method == Method::Ack {
            if !self.transactions.handle_ack(now, &key) {
                let owner = self.calls.of_dialog(&request);
                self.with_call(now, owner, |call, ctx| call.handle_ack(ctx, &request));
            }
            return;
        }
        if self.transactions.handle_retransmission(&mut self.out, &key) {
            return;
        }
        if self.transactions.len() >= self.shared.settings.limits.transactions_max {
            self.refuse_over_limit(flow, &request);
            return;
        }
        if request.method == Method::Cancel {
            self.handle_cancel(now, flow, &key, &request);
        } else if request.head.to.tag().is_some() {
            self.handle_within_dialog(now, flow, &request);
        } else {
            self.handle_outside_dialog(now, flow, &request);
        }
    }

    /// A CANCEL takes effect only on an INVITE that is still to be answered (RFC 3261 section 9.2).
    fn handle_cancel(&mut self, now: Duration, flow: Flow, key: &ServerKey, cancel: &Request) {
        let invite = ServerKey::cancelled_by(cancel);
        if !self.transactions.contains(&invite) {
            self.refuse_unknown(now, flow, cancel);
            return;
        }
        let _ = self.transactions.receive(cancel, flow);
        let tag = self.tag_for(cancel);
        self.respond(now, key, cancel.response(200, &tag));
        if self.transactions.is_proceeding(&invite) {
            let owner = self.calls.of_invite(&invite).or_else(|| self.calls.of_dialog(cancel));
            self.with_call(now, owner, |call, ctx| call.handle_cancel(ctx, &invite));
        }
    }

    fn handle_within_dialog(&mut self, now: Duration, flow: Flow, request: &Request) {
        let Some(id) = self.calls.of_dialog(request) else {
            self.refuse_unknown(now, flow, request);
            return;
        };
        let key = self.transactions.receive(request, flow);
        if let Some(unsupported) = unknown_extensions(&request.headers) {
            let response = request.response(420, "").with(Name::Unsupported, unsupported);
            self.respond(now, &key, response);
            return;
        }
        self.with_call(now, Some(id), |call, ctx| call.handle_request(ctx, &key, request, flow));
    }

    fn handle_outside_dialog(&mut self, now: Duration, flow: Flow, request: &Request) {
        let trunk = match self.admit(now, flow, request) {
            Admission::Trunk(trunk) => trunk,
            Admission::Challenge { is_stale } => {
                self.challenge(now, flow, request, is_stale);
                return;
            }
            Admission::Stranger => {
                self.refuse_stranger(now, flow, request);
                return;
            }
        };
        let key = self.transactions.receive(request, flow);
        let tag = self.tag_for(request);
        if let Some(response) = self.inspect(request, &tag) {
            self.respond(now, &key, response);
        } else {
            self.invite(now, flow, trunk, key, request, &tag);
        }
    }

    /// Everything that can be said against a request without looking at what it is about, in the order of RFC 3261
    /// section 8.2; also the whole answer to one that is no INVITE.
    fn inspect(&mut self, request: &Request, tag: &str) -> Option<Response> {
        if !matches!(request.uri.scheme, Scheme::Sip | Scheme::Sips | Scheme::Tel) {
            return Some(request.response(416, tag));
        }
        if let Some(unsupported) = unknown_extensions(&request.headers) {
            return Some(request.response(420, tag).with(Name::Unsupported, unsupported));
        }
        match request.method {
            Method::Invite => {}
            Method::Bye | Method::Update => return Some(request.response(481, tag)),
            _ => return Some(plain_reply(request, tag)),
        }
        if self.calls.of_origin(&Origin::of(request)).is_some() {
            return Some(request.response(482, tag));
        }
        if request
            .headers
            .get(&Name::ContentEncoding)
            .is_some_and(|coding| !coding.eq_ignore_ascii_case("identity"))
        {
            return Some(
                request.response(415, tag).with(Name::Other("Accept-Encoding".into()), "identity"),
            );
        }
        if !request.body.is_empty() && request.sdp().is_none() {
            return Some(request.response(415, tag).with(Name::Accept, "application/sdp"));
        }
        if !accepts_sdp(request) {
            return Some(request.response(406, tag));
        }
        let limits = &self.shared.settings.limits;
        if self.is_stopping || self.calls.len() >= limits.calls_max {
            self.stats.over_limit += 1;
            let seconds = limits.retry_after.as_secs().to_string();
            return Some(request.response(503, tag).with(Name::RetryAfter, seconds));
        }
        None
    }

    fn invite(
        &mut self,
        now: Duration,
        flow: Flow,
        trunk: Arc<Trunk>,
        key: ServerKey,
        invite: &Request,
        tag: &str,
    ) {
        let id = self.calls.next_inbound();
        match Call::invited(&mut self.context(now), id, trunk, key.clone(), invite, flow) {
            Ok(call) => {
                self.calls.insert_inbound(id, call, Origin::of(invite), key);
                self.settle_call(id);
            }
            Err(status) => self.respond(now, &key, invite.response(status, tag)),
        }
    }

    /// Finds the trunk that a request comes over: by its address, and by its credentials where the trunk wants them.
    fn admit(&self, now: Duration, flow: Flow, request: &Request) -> Admission {
        let peer = flow.remote.ip();
        let by_address = self.trunks.iter().find(|trunk| trunk.calls_from(peer));
        let anywhere = |trunk: &&Arc<Trunk>| {
            trunk.inbound.sources.is_empty() && trunk.inbound.digest.is_some()
        };
        let verifier = &self.shared.verifier;
        let trunk = match by_address {
            Some(trunk) => trunk,
            None => {
                let Some(first) = self.trunks.iter().find(anywhere) else {
                    return Admission::Stranger;
                };
                let claimed = verifier.claimed_user(request);
                let by_user = self.trunks.iter().filter(anywhere).find(|trunk| {
                    trunk.inbound.digest.as_ref().map(|digest| &digest.username) == claimed.as_ref()
                });
                by_user.unwrap_or(first)
            }
        };
        let Some(credentials) = &trunk.inbound.digest else {
            return Admission::Trunk(Arc::clone(trunk));
        };
        // Only what begins a call needs a proof: an OPTIONS of a carrier's never brings one.
        if request.method != Method::Invite && by_address.is_some() {
            return Admission::Trunk(Arc::clone(trunk));
        }
        match verifier.verify(now, peer, request, credentials) {
            Verdict::Known => Admission::Trunk(Arc::clone(trunk)),
            Verdict::Absent => Admission::Challenge { is_stale: false },
            Verdict::Stale => Admission::Challenge { is_stale: true },
            Verdict::Wrong => Admission::Stranger,
        }
    }

    fn challenge(&mut self, now: Duration, flow: Flow, request: &Request, is_stale: bool) {
        let response = request.response(401, &self.tag_for(request));
        let response = self.shared.verifier.challenge(now, flow.remote.ip(), is_stale, response);
        self.stats.challenged += 1;
        self.answer_stranger(now, flow, request, &response);
    }

    /// The one refusal for all that no trunk vouches for. It says nothing, and nothing is remembered of it.
    fn refuse_stranger(&mut self, now: Duration, flow: Flow, request: &Request) {
        self.stats.strangers_refused += 1;
        let response = request.response(403, &self.tag_for(request));
        self.answer_stranger(now, flow, request, &response);
    }

    /// Answers without a transaction, not too often, and by datagram never with more than was asked with: we are no
    /// amplifier for those who forge source addresses. A trunk's own addresses are not limited.
    fn answer_stranger(
        &mut self,
        now: Duration,
        flow: Flow,
        request: &Request,
        response: &Response,
    ) {
        let response = response.to_bytes();
        let peer = flow.remote.ip();
        let is_trunk = self.trunk_at(peer).is_some();
        let is_amplified =
            flow.transport == Transport::Udp && response.len() > request.to_bytes().len();
        if !is_trunk && (is_amplified || !self.strangers.may_answer(now, peer)) {
            self.stats.strangers_dropped += 1;
            return;
        }
        self.out.send(flow, response);
    }

    /// A request within a dialog, or a CANCEL, that we know nothing of.
    fn refuse_unknown(&mut self, now: Duration, flow: Flow, request: &Request) {
        if self.trunk_at(flow.remote.ip()).is_none() {
            self.refuse_stranger(now, flow, request);
            return;
        }
        let key = self.transactions.receive(request, flow);
        let tag = self.tag_for(request);
        let response = match request.method {
            Method::Options | Method::Other(_) => plain_reply(request, &tag),
            _ => request.response(481, &tag),
        };
        self.respond(now, &key, response);
    }

    fn refuse_over_limit(&mut self, flow: Flow, request: &Request) {
        self.stats.over_limit += 1;
        if self.trunk_at(flow.remote.ip()).is_some() {
            let seconds = self.shared.settings.limits.retry_after.as_secs().to_string();
            let response = request.response(503, &self.tag_for(request));
            self.out.send(flow, response.with(Name::RetryAfter, seconds).to_bytes());
        }
    }

    pub(super) fn refuse_malformed(
        &mut self,
        now: Duration,
        flow: Flow,
        raw: &Raw<'_>,
        fault: Fault,
    ) {
        let peer = flow.remote.ip();
        let tag = self.shared.verifier.stateless_tag(raw.start_line, "");
        let is_welcome = self.trunk_at(peer).is_some() || self.strangers.may_answer(now, peer);
        match raw.refusal(fault, flow.remote, &tag).filter(|_| is_welcome) {
            Some((via, refusal)) => {
                self.stats.refused_malformed += 1;
                self.out.send(answer_flow(flow, &via), refusal);
            }
            None => self.stats.dropped_malformed += 1,
        }
        tracing::trace!(%fault, source = %flow.remote, "malformed");
    }

    fn respond(&mut self, now: Duration, key: &ServerKey, response: Response) {
        self.context(now).respond(key, response);
    }

    fn tag_for(&self, request: &Request) -> String {
        let head = &request.head;
        self.shared.verifier.stateless_tag(&head.call_id, head.via.branch().unwrap_or_default())
    }
}

/// Whether the peer takes our session descriptions, as it does when it says nothing (RFC 3261 section 20.1).
fn accepts_sdp(request: &Request) -> bool {
    let mut accepted = request.headers.list(&Name::Accept).peekable();
    let is_sdp = |range: &str| {
        let range = range.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        ["application/sdp", "application/*", "*/*"].contains(&range.as_str())
    };
    accepted.peek().is_none() || accepted.any(is_sdp)
}

/// Where the answer goes: back on its connection, or to where the Via says.
fn answer_flow(flow: Flow, via: &Via) -> Flow {
    let remote: SocketAddr = match flow.transport {
        Transport::Udp => via.response_address(flow.remote),
        Transport::Tcp => flow.remote,
    };
    Flow { remote, ..flow }
}
