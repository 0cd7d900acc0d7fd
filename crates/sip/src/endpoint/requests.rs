//! What to do with a request.

use std::sync::Arc;

use super::{Arrival, Core, admission::Admission, calls::Origin};
use crate::{
    Trunk,
    call::{Call, plain_reply, unknown_extensions},
    message::{Method, Name, Request, Response, Scheme},
    transaction::ServerKey,
};

impl Core {
    pub(super) fn handle_request(&mut self, arrival: Arrival, mut request: Request) {
        request.head.via.stamp(arrival.flow.remote);
        let arrival = arrival.answered_by(&request.head.via);
        let key = ServerKey::of(&request);
        if request.method == Method::Ack {
            if !self.transactions.handle_ack(arrival.now, &key) {
                let owner = self.calls.of_dialog(&request);
                self.with_call(arrival.now, owner, |call, ctx| call.handle_ack(ctx, &request));
            }
            return;
        }
        if self.transactions.handle_retransmission(&mut self.out, &key) {
            return;
        }
        if self.transactions.len() >= self.shared.settings.limits.transactions_max {
            self.refuse_over_limit(arrival, &request);
            return;
        }
        if request.method == Method::Cancel {
            self.handle_cancel(arrival, &key, &request);
        } else if request.head.to.tag().is_some() {
            self.handle_within_dialog(arrival, &request);
        } else {
            self.handle_outside_dialog(arrival, &request);
        }
    }

    /// A CANCEL takes effect only on an INVITE that is still to be answered (RFC 3261 section 9.2).
    fn handle_cancel(&mut self, arrival: Arrival, key: &ServerKey, cancel: &Request) {
        let invite = ServerKey::cancelled_by(cancel);
        if !self.transactions.contains(&invite) {
            self.refuse_unknown(arrival, cancel);
            return;
        }
        self.transactions.receive(cancel, arrival.flow);
        let owner = self.calls.of_invite(&invite).or_else(|| self.calls.of_dialog(cancel));
        // The tag of the responses to the INVITE: clients take the dialog's from here as well.
        let tag = owner.and_then(|id| self.calls.local_tag(id)).map(str::to_owned);
        let tag = tag.unwrap_or_else(|| self.tag_for(cancel));
        self.respond(arrival, key, cancel.response(200, &tag));
        if self.transactions.is_proceeding(&invite) {
            self.with_call(arrival.now, owner, |call, ctx| call.handle_cancel(ctx, &invite));
        }
    }

    fn handle_within_dialog(&mut self, arrival: Arrival, request: &Request) {
        let Some(id) = self.calls.of_dialog(request) else {
            self.refuse_unknown(arrival, request);
            return;
        };
        let Arrival { now, flow, .. } = arrival;
        let key = self.transactions.receive(request, flow);
        if let Some(unsupported) = unknown_extensions(&request.headers) {
            let response = request.response(420, "").with(Name::Unsupported, unsupported);
            self.respond(arrival, &key, response);
            return;
        }
        self.with_call(now, Some(id), |call, ctx| call.handle_request(ctx, &key, request, flow));
    }

    /// A request within a dialog, or a CANCEL, that we know nothing of.
    fn refuse_unknown(&mut self, arrival: Arrival, request: &Request) {
        if self.trunk_at(arrival.flow.remote.ip()).is_none() {
            self.refuse_stranger(arrival, request);
            return;
        }
        let key = self.transactions.receive(request, arrival.flow);
        let tag = self.tag_for(request);
        let response = match request.method {
            Method::Options | Method::Other(_) => plain_reply(request, &tag),
            _ => request.response(481, &tag),
        };
        self.respond(arrival, &key, response);
    }

    fn handle_outside_dialog(&mut self, arrival: Arrival, request: &Request) {
        let trunk = match self.admit(arrival, request) {
            Admission::Trunk(trunk) => trunk,
            Admission::Challenge { is_stale } => {
                self.challenge(arrival, request, is_stale);
                return;
            }
            Admission::Stranger => {
                self.refuse_stranger(arrival, request);
                return;
            }
        };
        let key = self.transactions.receive(request, arrival.flow);
        let tag = self.tag_for(request);
        let refusal = inspect(request, &tag).or_else(|| self.no_room(request, &tag));
        match refusal {
            Some(response) => self.respond(arrival, &key, response),
            None => self.invite(arrival, trunk, key, request, &tag),
        }
    }

    fn invite(
        &mut self,
        arrival: Arrival,
        trunk: Arc<Trunk>,
        key: ServerKey,
        invite: &Request,
        tag: &str,
    ) {
        let id = self.calls.next_inbound();
        let Arrival { now, flow, .. } = arrival;
        match Call::invited(&mut self.context(now), id, trunk, key.clone(), invite, flow) {
            Ok(call) => {
                self.calls.insert_inbound(id, call, Origin::of(invite), key);
                self.settle_call(id);
            }
            Err(status) => self.respond(arrival, &key, invite.response(status, tag)),
        }
    }

    /// Why there is no place for an INVITE, if there is none.
    fn no_room(&mut self, invite: &Request, tag: &str) -> Option<Response> {
        if self.calls.of_origin(&Origin::of(invite)).is_some() {
            return Some(invite.response(482, tag));
        }
        let limits = &self.shared.settings.limits;
        if !self.is_stopping && self.calls.len() < limits.calls_max {
            return None;
        }
        self.stats.over_limit += 1;
        let seconds = limits.retry_after.as_secs().to_string();
        Some(invite.response(503, tag).with(Name::RetryAfter, seconds))
    }

    /// At the limit of transactions, trunks are told so, by a response that is not remembered.
    fn refuse_over_limit(&mut self, arrival: Arrival, request: &Request) {
        self.stats.over_limit += 1;
        if self.trunk_at(arrival.flow.remote.ip()).is_some() {
            let seconds = self.shared.settings.limits.retry_after.as_secs().to_string();
            let response = request.response(503, &self.tag_for(request));
            self.out.send(arrival.flow, response.with(Name::RetryAfter, seconds).to_bytes());
        }
    }

    fn respond(&mut self, arrival: Arrival, key: &ServerKey, response: Response) {
        self.context(arrival.now).respond(key, response);
    }

    pub(super) fn tag_for(&self, request: &Request) -> String {
        let head = &request.head;
        self.shared.verifier.stateless_tag(&head.call_id, head.via.branch().unwrap_or_default())
    }
}

/// What can be said against a request outside any dialog without knowing of other requests, in the order of RFC 3261
/// section 8.2; also the whole answer to one that is no INVITE.
fn inspect(request: &Request, tag: &str) -> Option<Response> {
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
    let coding = request.headers.get(&Name::ContentEncoding);
    if coding.is_some_and(|coding| !coding.eq_ignore_ascii_case("identity")) {
        return Some(request.response(415, tag).with(Name::AcceptEncoding, "identity"));
    }
    if !request.body.is_empty() && request.sdp().is_none() {
        return Some(request.response(415, tag).with(Name::Accept, "application/sdp"));
    }
    (!accepts_sdp(request)).then(|| request.response(406, tag))
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
