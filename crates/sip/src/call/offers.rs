//! Offers and answers within a call, theirs and ours (RFC 3261 section 14, RFC 3311, RFC 3264): one at a time.

use std::time::Duration;

use bytes::Bytes;

use super::{
    context::Context, party::Party, replies::ALLOWED, requests::acknowledge,
    unacknowledged::Unacknowledged,
};
use crate::{
    SipEvent,
    dialog::Dialog,
    flow::Flow,
    message::{Method, Name, Request, Response},
    transaction::{ClientKey, ServerKey},
};

/// What is offered, and what waits for its answer.
#[derive(Debug)]
pub(super) struct Offers {
    /// Our 2xx, until it is acknowledged: there may be an offer in it, and the answer in its ACK.
    pub(super) waiting: Option<Unacknowledged>,
    theirs: Option<Theirs>,
    ours: Option<Ours>,
}

/// The peer's offer, which waits for our answer.
#[derive(Debug)]
struct Theirs {
    key: ServerKey,
    /// A re-INVITE or an UPDATE.
    request: Request,
    flow: Flow,
}

/// Our offer.
#[derive(Debug)]
enum Ours {
    /// Its re-INVITE is out.
    Sent { key: ClientKey, request: Box<Request>, offer: Bytes },
    /// Both sides offered at once: again, after a while of chance (RFC 3261 section 14.1).
    Again { at: Duration, offer: Bytes },
}

impl Offers {
    pub(super) fn new(waiting: Option<Unacknowledged>) -> Self {
        Self { waiting, theirs: None, ours: None }
    }

    /// A re-INVITE or UPDATE (RFC 3261 section 14.2, RFC 3311 section 5.2).
    pub(super) fn receive(
        &mut self,
        dialog: &mut Dialog,
        party: &Party,
        ctx: &mut Context<'_>,
        key: &ServerKey,
        request: &Request,
        flow: Flow,
    ) {
        let sdp = request.sdp();
        if let Some(response) = self.refusal(party, ctx, request) {
            ctx.respond(key, response);
            return;
        }
        dialog.refresh_target(request.contact());
        if request.method == Method::Update && sdp.is_none() {
            let response = session_response(party, ctx, request, flow);
            ctx.respond(key, response);
            return;
        }
        if request.method == Method::Invite {
            ctx.respond(key, request.response(100, ""));
        }
        self.theirs = Some(Theirs { key: key.clone(), request: request.clone(), flow });
        party.tell(ctx, SipEvent::Offer { call: party.id, sdp });
    }

    /// Why an offer can't be taken at present, if so: ours is out (491), another is open (500), or it is none.
    fn refusal(&self, party: &Party, ctx: &mut Context<'_>, request: &Request) -> Option<Response> {
        let refuse = |status| Some(request.response(status, &party.local_tag));
        if party.is_over {
            return refuse(481);
        }
        if matches!(self.ours, Some(Ours::Sent { .. })) {
            return refuse(491);
        }
        if self.theirs.is_some() || self.waiting.is_some() {
            let seconds = ctx.entropy.up_to(10).to_string();
            return refuse(500).map(|response| response.with(Name::RetryAfter, seconds));
        }
        if !request.body.is_empty() && request.sdp().is_none() {
            return refuse(415).map(|response| response.with(Name::Accept, "application/sdp"));
        }
        None
    }

    /// Answers theirs.
    pub(super) fn accept(&mut self, party: &Party, ctx: &mut Context<'_>, sdp: Bytes) {
        let Some(Theirs { key, request, flow }) = self.theirs.take() else { return };
        let response = session_response(party, ctx, &request, flow).with_sdp(sdp);
        if request.method == Method::Update {
            ctx.respond(&key, response);
        } else {
            let is_late = request.sdp().is_none();
            self.waiting = Some(Unacknowledged::send(ctx, &key, &request, flow, response, is_late));
        }
    }

    /// Refuses theirs.
    pub(super) fn refuse(&mut self, party: &Party, ctx: &mut Context<'_>, status: u16) {
        if let Some(Theirs { key, request, .. }) = self.theirs.take() {
            let status = if (400..700).contains(&status) { status } else { 488 };
            ctx.respond(&key, request.response(status, &party.local_tag));
        }
    }

    /// The peer takes back its re-INVITE.
    pub(super) fn handle_cancel(&mut self, ctx: &mut Context<'_>, key: &ServerKey) {
        if let Some(Theirs { key, request, .. }) = self.theirs.take_if(|theirs| theirs.key == *key)
        {
            ctx.respond(&key, request.response(487, ""));
        }
    }

    /// Sends a re-INVITE, unless one is out already; the caller's next offer replaces one that waits.
    pub(super) fn offer(
        &mut self,
        dialog: &mut Dialog,
        party: &mut Party,
        ctx: &mut Context<'_>,
        offer: Bytes,
    ) {
        if matches!(self.ours, Some(Ours::Sent { .. }))
            || self.theirs.is_some()
            || self.waiting.is_some()
        {
            party.tell(ctx, SipEvent::OfferRefused { call: party.id, status: 491 });
            return;
        }
        let flow = dialog.next_hop();
        let via = ctx.via(flow);
        let headers = ctx.session_headers(flow).with(Name::ContentType, "application/sdp");
        let mut request = dialog.request(Method::Invite, via, headers, offer.clone());
        party.auth.authorize(&mut request, ctx.entropy);
        let key = party.send(ctx, request.clone(), flow);
        self.ours = Some(Ours::Sent { key, request: Box::new(request), offer });
    }

    /// Whether ours went out by this transaction.
    pub(super) fn is_out_by(&self, key: &ClientKey) -> bool {
        matches!(&self.ours, Some(Ours::Sent { key: ours, .. }) if ours == key)
    }

    /// Takes the answer to ours. False if the peer doesn't know the call any more (RFC 3261 section 12.2.1.2).
    pub(super) fn handle_response(
        &mut self,
        dialog: &mut Dialog,
        party: &mut Party,
        ctx: &mut Context<'_>,
        key: &ClientKey,
        response: &Response,
    ) -> bool {
        if response.is_provisional() {
            return true;
        }
        let (request, offer) = match self.ours.take() {
            Some(Ours::Sent { key: ours, request, offer }) if ours == *key => (request, offer),
            other => {
                self.ours = other;
                return true;
            }
        };
        let call = party.id;
        match response.status {
            200..300 => conclude(dialog, party, ctx, key, &request, response),
            401 | 407 if party.auth.handle_challenge(response).is_ok() => {
                self.offer(dialog, party, ctx, offer);
            }
            408 | 481 => return false,
            491 => {
                let at = ctx.now + glare_delay(ctx, dialog.is_ours());
                self.ours = Some(Ours::Again { at, offer });
            }
            status => party.tell(ctx, SipEvent::OfferRefused { call, status }),
        }
        true
    }

    /// Offers again what both sides offered at once, when that is due.
    pub(super) fn handle_timeout(
        &mut self,
        dialog: &mut Dialog,
        party: &mut Party,
        ctx: &mut Context<'_>,
    ) {
        if let Some(Ours::Again { at, .. }) = &self.ours
            && *at <= ctx.now
            && let Some(Ours::Again { offer, .. }) = self.ours.take()
        {
            self.offer(dialog, party, ctx, offer);
        }
    }

    /// When something is due: an offer, or our 2xx again.
    pub(super) fn deadline(&self) -> Option<Duration> {
        let again = match self.ours {
            Some(Ours::Again { at, .. }) => Some(at),
            _ => None,
        };
        self.waiting.as_ref().map(Unacknowledged::deadline).into_iter().chain(again).min()
    }

    /// The call is over: theirs is refused, and the answer to ours means nothing any more.
    pub(super) fn drop_all(&mut self, party: &Party, ctx: &mut Context<'_>) {
        if let Some(Theirs { key, request, .. }) = self.theirs.take() {
            ctx.respond(&key, request.response(487, &party.local_tag));
        }
        if let Some(Ours::Sent { key, .. }) = self.ours.take() {
            ctx.transactions.lose_patience(ctx.now, &key);
        }
    }
}

/// Our offer was accepted.
fn conclude(
    dialog: &mut Dialog,
    party: &mut Party,
    ctx: &mut Context<'_>,
    key: &ClientKey,
    request: &Request,
    response: &Response,
) {
    party.auth.handle_success();
    dialog.refresh_target(response.contact());
    acknowledge(ctx, key, request, dialog, response.tag_of_answerer());
    let call = party.id;
    match response.sdp() {
        Some(sdp) => party.tell(ctx, SipEvent::OfferAnswered { call, sdp }),
        None => party.tell(ctx, SipEvent::OfferRefused { call, status: 488 }),
    }
}

fn session_response(party: &Party, ctx: &Context<'_>, request: &Request, flow: Flow) -> Response {
    request
        .response(200, &party.local_tag)
        .with(Name::Contact, ctx.contact(flow))
        .with(Name::Allow, ALLOWED)
        .with(Name::Supported, "")
}

/// How long to wait after a 491: the side that began the call waits longer, so that they don't meet again.
fn glare_delay(ctx: &mut Context<'_>, began_here: bool) -> Duration {
    let tens_of_ms = if began_here { 210 + ctx.entropy.up_to(190) } else { ctx.entropy.up_to(200) };
    Duration::from_millis(tens_of_ms * 10)
}
