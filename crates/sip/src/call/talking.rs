//! A call that has been answered, until one side hangs up.

use std::time::Duration;

use super::{
    context::Context,
    keys::key_of,
    offers::Offers,
    party::Party,
    replies::plain_reply,
    step::{Next, Wish},
    unacknowledged::Unacknowledged,
};
use crate::{
    EndCause, HangUp, SipEvent,
    dialog::{Dialog, Order},
    flow::Flow,
    message::{Method, Request, Response},
    transaction::{ClientKey, ServerKey},
};

/// The dialog, and what is open in it.
#[derive(Debug)]
pub(crate) struct Talking {
    pub(super) dialog: Dialog,
    offers: Offers,
    /// We hung up before the peer acknowledged our 2xx: the BYE has to wait for that (RFC 3261 section 15).
    hang_up: Option<HangUp>,
}

impl Talking {
    /// The peer has answered our INVITE, or we the peer's, with the 2xx that is `waiting`.
    pub(super) fn start(dialog: Dialog, waiting: Option<Unacknowledged>) -> Self {
        Self { dialog, offers: Offers::new(waiting), hang_up: None }
    }

    pub(super) fn handle_request(
        &mut self,
        party: &mut Party,
        ctx: &mut Context<'_>,
        key: &ServerKey,
        request: &Request,
        flow: Flow,
    ) -> Option<Next> {
        if self.dialog.receive(request, flow) == Order::Outdated {
            ctx.respond(key, request.response(500, &party.local_tag));
            return None;
        }
        match request.method {
            Method::Bye => return Some(self.handle_bye(party, ctx, key, request)),
            Method::Invite | Method::Update => {
                self.offers.receive(&mut self.dialog, party, ctx, key, request, flow);
            }
            Method::Info if key_of(request).is_some() => self.handle_key(party, ctx, key, request),
            _ => ctx.respond(key, plain_reply(request, &party.local_tag)),
        }
        None
    }

    fn handle_bye(
        &mut self,
        party: &mut Party,
        ctx: &mut Context<'_>,
        key: &ServerKey,
        bye: &Request,
    ) -> Next {
        ctx.respond(key, bye.response(200, &party.local_tag));
        self.offers.drop_all(party, ctx);
        party.end(ctx, EndCause::Remote);
        Next::Done
    }

    fn handle_key(
        &self,
        party: &mut Party,
        ctx: &mut Context<'_>,
        key: &ServerKey,
        info: &Request,
    ) {
        ctx.respond(key, info.response(200, &party.local_tag));
        if let Some(digit) = key_of(info) {
            party.tell(ctx, SipEvent::Digit { call: party.id, digit });
        }
    }

    pub(super) fn handle_wish(
        &mut self,
        party: &mut Party,
        ctx: &mut Context<'_>,
        wish: Wish,
    ) -> Option<Next> {
        match wish {
            Wish::HangUp(why) => return self.hang_up(party, ctx, why),
            Wish::AcceptOffer(sdp) => self.offers.accept(party, ctx, sdp),
            Wish::RefuseOffer(status) => self.offers.refuse(party, ctx, status),
            Wish::Offer(offer) => self.offers.offer(&mut self.dialog, party, ctx, offer),
            Wish::Ring | Wish::Progress(_) | Wish::Answer(_) | Wish::Reject(_) => {}
        }
        None
    }

    fn hang_up(&mut self, party: &mut Party, ctx: &mut Context<'_>, why: HangUp) -> Option<Next> {
        party.end(ctx, EndCause::Local);
        self.offers.drop_all(party, ctx);
        if self.offers.waiting.is_some() {
            self.hang_up = Some(why);
            return None;
        }
        Some(self.leave(why))
    }

    pub(super) fn handle_response(
        &mut self,
        party: &mut Party,
        ctx: &mut Context<'_>,
        key: &ClientKey,
        response: &Response,
    ) -> Option<Next> {
        let is_known = self.offers.handle_response(&mut self.dialog, party, ctx, key, response);
        (!is_known).then(|| self.lost(party, ctx))
    }

    pub(super) fn handle_unanswered(
        &mut self,
        party: &mut Party,
        ctx: &mut Context<'_>,
        key: &ClientKey,
    ) -> Option<Next> {
        self.offers.is_out_by(key).then(|| self.lost(party, ctx))
    }

    /// The peer doesn't know the call any more, or isn't there; it is told the end all the same.
    fn lost(&self, party: &mut Party, ctx: &mut Context<'_>) -> Next {
        party.end(ctx, EndCause::Lost);
        self.leave(HangUp::Normal)
    }

    pub(super) fn handle_ack(
        &mut self,
        party: &mut Party,
        ctx: &mut Context<'_>,
        ack: &Request,
    ) -> Option<Next> {
        let number = ack.head.cseq.number;
        let waiting = self.offers.waiting.take_if(|waiting| waiting.number == number)?;
        if let Some(why) = self.hang_up {
            return Some(self.leave(why));
        }
        if !waiting.is_late_offer {
            return None;
        }
        let Some(sdp) = ack.sdp() else {
            // Our offer was never answered: there is no session.
            let reason = "acknowledged without a session description".to_owned();
            party.end(ctx, EndCause::Rejected { status: 488, reason });
            return Some(self.leave(HangUp::NotAcceptable));
        };
        party.tell(ctx, SipEvent::AckAnswer { call: party.id, sdp });
        None
    }

    /// The peer takes back its re-INVITE.
    pub(super) fn handle_cancel(&mut self, ctx: &mut Context<'_>, key: &ServerKey) {
        self.offers.handle_cancel(ctx, key);
    }

    pub(super) fn handle_timeout(
        &mut self,
        party: &mut Party,
        ctx: &mut Context<'_>,
    ) -> Option<Next> {
        self.offers.handle_timeout(&mut self.dialog, party, ctx);
        let waiting = self.offers.waiting.as_mut()?;
        if waiting.until > ctx.now {
            waiting.handle_timeout(ctx);
            return None;
        }
        self.offers.drop_all(party, ctx);
        party.end(ctx, EndCause::AckTimeout);
        Some(self.leave(self.hang_up.unwrap_or_default()))
    }

    pub(super) fn deadline(&self) -> Option<Duration> {
        self.offers.deadline()
    }

    fn leave(&self, why: HangUp) -> Next {
        Next::Leave { dialog: self.dialog.clone(), why }
    }
}
