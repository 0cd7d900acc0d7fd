//! A call that has been answered.

use std::time::Duration;

use bytes::Bytes;

use super::{
    Leaving, Next, Phase,
    context::Context,
    offers::{Offered, Offering, Unacknowledged, glare_delay},
    party::Party,
    replies::{ALLOWED, plain_reply},
    requests::acknowledge,
    step::Wish,
};
use crate::{
    EndCause, HangUp, SipEvent,
    dialog::{Dialog, Order},
    flow::Flow,
    message::{Method, Name, Request, Response},
    transaction::{ClientKey, ServerKey},
};

/// The dialog, and what is open in it.
#[derive(Debug)]
pub(crate) struct Talking {
    pub(super) dialog: Dialog,
    /// Our 2xx, until it is acknowledged.
    waiting: Option<Unacknowledged>,
    /// We hung up before the peer acknowledged our 2xx: the BYE has to wait for that (RFC 3261 section 15).
    hang_up: Option<HangUp>,
    offered: Option<Offered>,
    offering: Option<Offering>,
}

impl Talking {
    /// The peer has answered our INVITE.
    pub(super) fn answered(dialog: Dialog) -> Self {
        Self { dialog, waiting: None, hang_up: None, offered: None, offering: None }
    }

    /// We have answered the peer's.
    pub(super) fn answering(dialog: Dialog, waiting: Unacknowledged) -> Self {
        Self { waiting: Some(waiting), ..Self::answered(dialog) }
    }

    pub(super) fn handle_request(
        &mut self,
        party: &mut Party,
        ctx: &mut Context<'_>,
        key: &ServerKey,
        request: &Request,
        flow: Flow,
    ) -> Next {
        if self.dialog.receive(request, flow) == Order::Outdated {
            ctx.respond(key, request.response(500, &party.local_tag));
            return None;
        }
        match request.method {
            Method::Bye => self.handle_bye(party, ctx, key, request),
            Method::Invite | Method::Update => {
                self.handle_offer(party, ctx, key, request, flow);
                None
            }
            _ => {
                ctx.respond(key, plain_reply(request, &party.local_tag));
                None
            }
        }
    }

    fn handle_bye(
        &mut self,
        party: &mut Party,
        ctx: &mut Context<'_>,
        key: &ServerKey,
        bye: &Request,
    ) -> Next {
        ctx.respond(key, bye.response(200, &party.local_tag));
        self.drop_offers(party, ctx);
        party.end(ctx, EndCause::Remote);
        Some(Phase::Done)
    }

    /// The call is over: theirs is refused, and the answer to ours means nothing any more.
    fn drop_offers(&mut self, party: &Party, ctx: &mut Context<'_>) {
        if let Some(Offered { key, request, .. }) = self.offered.take() {
            ctx.respond(&key, request.response(487, &party.local_tag));
        }
        if let Some(Offering::Sent { key, .. }) = self.offering.take() {
            ctx.transactions.lose_patience(ctx.now, &key);
        }
    }

    /// A re-INVITE or UPDATE (RFC 3261 section 14.2, RFC 3311 section 5.2).
    fn handle_offer(
        &mut self,
        party: &mut Party,
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
        self.dialog.refresh_target(request.contact());
        if request.method == Method::Update && sdp.is_none() {
            let response = self.session_response(party, ctx, request, flow);
            ctx.respond(key, response);
            return;
        }
        if request.method == Method::Invite {
            ctx.respond(key, request.response(100, ""));
        }
        self.offered = Some(Offered { key: key.clone(), request: request.clone(), flow });
        party.tell(ctx, SipEvent::Offer { call: party.id, sdp });
    }

    /// Why an offer can't be taken at present, if so: ours is out (491), another is open (500), or it is none.
    fn refusal(&self, party: &Party, ctx: &mut Context<'_>, request: &Request) -> Option<Response> {
        let refuse = |status| Some(request.response(status, &party.local_tag));
        if party.is_over {
            return refuse(481);
        }
        if matches!(self.offering, Some(Offering::Sent { .. })) {
            return refuse(491);
        }
        if self.offered.is_some() || self.waiting.is_some() {
            let seconds = ctx.entropy.up_to(10).to_string();
            return refuse(500).map(|response| response.with(Name::RetryAfter, seconds));
        }
        if !request.body.is_empty() && request.sdp().is_none() {
            return refuse(415).map(|response| response.with(Name::Accept, "application/sdp"));
        }
        None
    }

    fn session_response(
        &self,
        party: &Party,
        ctx: &Context<'_>,
        request: &Request,
        flow: Flow,
    ) -> Response {
        request
            .response(200, &party.local_tag)
            .with(Name::Contact, ctx.contact(flow))
            .with(Name::Allow, ALLOWED)
            .with(Name::Supported, "")
    }

    pub(super) fn handle_wish(
        &mut self,
        party: &mut Party,
        ctx: &mut Context<'_>,
        wish: Wish,
    ) -> Next {
        match wish {
            Wish::HangUp(why) => return self.hang_up(party, ctx, why),
            Wish::AcceptOffer(sdp) => self.accept_offer(party, ctx, sdp),
            Wish::RefuseOffer(status) => {
                if let Some(Offered { key, request, .. }) = self.offered.take() {
                    let status = if (400..700).contains(&status) { status } else { 488 };
                    ctx.respond(&key, request.response(status, &party.local_tag));
                }
            }
            Wish::Offer(offer) => self.offer(party, ctx, offer),
            Wish::Ring | Wish::Progress(_) | Wish::Answer(_) | Wish::Reject(_) => {}
        }
        None
    }

    fn hang_up(&mut self, party: &mut Party, ctx: &mut Context<'_>, why: HangUp) -> Next {
        party.end(ctx, EndCause::Local);
        self.drop_offers(party, ctx);
        if self.waiting.is_some() {
            self.hang_up = Some(why);
            return None;
        }
        Some(Leaving::start(party, ctx, self.dialog.clone(), why))
    }

    fn accept_offer(&mut self, party: &Party, ctx: &mut Context<'_>, sdp: Bytes) {
        let Some(Offered { key, request, flow }) = self.offered.take() else { return };
        let response = self.session_response(party, ctx, &request, flow).with_sdp(sdp);
        if request.method == Method::Update {
            ctx.respond(&key, response);
        } else {
            let is_late = request.sdp().is_none();
            self.waiting = Some(Unacknowledged::send(ctx, &key, &request, flow, response, is_late));
        }
    }

    /// Sends a re-INVITE, unless one is out already; the caller's next offer replaces one that waits.
    fn offer(&mut self, party: &mut Party, ctx: &mut Context<'_>, offer: Bytes) {
        if matches!(self.offering, Some(Offering::Sent { .. }))
            || self.offered.is_some()
            || self.waiting.is_some()
        {
            party.tell(ctx, SipEvent::OfferRefused { call: party.id, status: 491 });
            return;
        }
        let flow = self.dialog.next_hop();
        let via = ctx.via(flow);
        let headers = ctx.session_headers(flow).with(Name::ContentType, "application/sdp");
        let mut request = self.dialog.request(Method::Invite, via, headers, offer.clone());
        party.auth.authorize(&mut request, ctx.entropy);
        let key = party.send(ctx, request.clone(), flow);
        self.offering = Some(Offering::Sent { key, request: Box::new(request), offer });
    }

    pub(super) fn handle_response(
        &mut self,
        party: &mut Party,
        ctx: &mut Context<'_>,
        key: &ClientKey,
        response: &Response,
    ) -> Next {
        if response.is_provisional() {
            return None;
        }
        let (request, offer) = match self.offering.take() {
            Some(Offering::Sent { key: ours, request, offer }) if ours == *key => (request, offer),
            other => {
                self.offering = other;
                return None;
            }
        };
        let call = party.id;
        match response.status {
            200..300 => {
                self.conclude(party, ctx, key, &request, response);
                None
            }
            401 | 407 if party.auth.handle_challenge(response).is_ok() => {
                self.offer(party, ctx, offer);
                None
            }
            408 | 481 => self.lost(party, ctx),
            491 => {
                let at = ctx.now + glare_delay(ctx, self.dialog.is_ours());
                self.offering = Some(Offering::Again { at, offer });
                None
            }
            status => {
                party.tell(ctx, SipEvent::OfferRefused { call, status });
                None
            }
        }
    }

    /// Our offer was accepted.
    fn conclude(
        &mut self,
        party: &mut Party,
        ctx: &mut Context<'_>,
        key: &ClientKey,
        request: &Request,
        response: &Response,
    ) {
        party.auth.handle_success();
        self.dialog.refresh_target(response.contact());
        acknowledge(ctx, key, request, &self.dialog, response.tag_of_answerer());
        let call = party.id;
        match response.sdp() {
            Some(sdp) => party.tell(ctx, SipEvent::OfferAnswered { call, sdp }),
            None => party.tell(ctx, SipEvent::OfferRefused { call, status: 488 }),
        }
    }

    /// The peer doesn't know the call any more (RFC 3261 section 12.2.1.2); it is told the end all the same.
    fn lost(&mut self, party: &mut Party, ctx: &mut Context<'_>) -> Next {
        party.end(ctx, EndCause::Lost);
        Some(Leaving::start(party, ctx, self.dialog.clone(), HangUp::Normal))
    }

    pub(super) fn handle_unanswered(
        &mut self,
        party: &mut Party,
        ctx: &mut Context<'_>,
        key: &ClientKey,
    ) -> Next {
        match &self.offering {
            Some(Offering::Sent { key: ours, .. }) if ours == key => self.lost(party, ctx),
            _ => None,
        }
    }

    pub(super) fn handle_ack(
        &mut self,
        party: &mut Party,
        ctx: &mut Context<'_>,
        ack: &Request,
    ) -> Next {
        let waiting = self.waiting.take_if(|waiting| waiting.number == ack.head.cseq.number)?;
        if let Some(why) = self.hang_up {
            return Some(Leaving::start(party, ctx, self.dialog.clone(), why));
        }
        match (waiting.is_late_offer, ack.sdp()) {
            (true, Some(sdp)) => party.tell(ctx, SipEvent::AckAnswer { call: party.id, sdp }),
            (true, None) => {
                // Our offer was never answered: there is no session.
                let reason = "acknowledged without a session description".to_owned();
                party.end(ctx, EndCause::Rejected { status: 488, reason });
                return Some(Leaving::start(
                    party,
                    ctx,
                    self.dialog.clone(),
                    HangUp::NotAcceptable,
                ));
            }
            (false, _) => {}
        }
        None
    }

    /// The peer takes back its re-INVITE.
    pub(super) fn handle_cancel(&mut self, ctx: &mut Context<'_>, key: &ServerKey) -> Next {
        if let Some(Offered { key, request, .. }) =
            self.offered.take_if(|offered| offered.key == *key)
        {
            ctx.respond(&key, request.response(487, ""));
        }
        None
    }

    pub(super) fn handle_timeout(&mut self, party: &mut Party, ctx: &mut Context<'_>) -> Next {
        if let Some(Offering::Again { at, .. }) = &self.offering
            && *at <= ctx.now
            && let Some(Offering::Again { offer, .. }) = self.offering.take()
        {
            self.offer(party, ctx, offer);
        }
        let waiting = self.waiting.as_mut()?;
        if waiting.until > ctx.now {
            waiting.handle_timeout(ctx);
            return None;
        }
        self.drop_offers(party, ctx);
        party.end(ctx, EndCause::AckTimeout);
        let why = self.hang_up.unwrap_or_default();
        Some(Leaving::start(party, ctx, self.dialog.clone(), why))
    }

    pub(super) fn deadline(&self) -> Option<Duration> {
        let again = match self.offering {
            Some(Offering::Again { at, .. }) => Some(at),
            _ => None,
        };
        self.waiting.as_ref().map(Unacknowledged::deadline).into_iter().chain(again).min()
    }
}
