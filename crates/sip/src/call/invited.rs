//! An inbound call until we answer it.

use std::time::Duration;

use bytes::Bytes;
use tracing::info;

use super::{
    context::Context,
    party::Party,
    replies::{ALLOWED, plain_reply},
    step::{Next, Wish},
    unacknowledged::Unacknowledged,
};
use crate::{
    Caller, EndCause, Masked, Rejection, SipEvent,
    dialog::{Dialog, Order},
    flow::Flow,
    message::{Address, Method, Name, Request, Response},
    transaction::ServerKey,
};

/// The INVITE that waits for our answer.
#[derive(Debug)]
pub(crate) struct Invited {
    invite: Request,
    key: ServerKey,
    pub(super) dialog: Dialog,
    /// What the caller was told last, to be told again before proxies lose patience.
    progress: Option<(Response, Duration)>,
    /// When we stop to wait for our own side's answer.
    until: Duration,
}

impl Invited {
    pub(super) fn start(
        party: &mut Party,
        ctx: &mut Context<'_>,
        key: ServerKey,
        invite: &Request,
        flow: Flow,
    ) -> Result<Self, u16> {
        let dialog =
            Dialog::of_request(invite, &party.local_tag, flow).map_err(|fault| fault.status())?;
        ctx.respond(&key, invite.response(100, ""));
        let from = calling_party(party, invite);
        let to_user = invite.uri.user().unwrap_or_default();
        info!(from = %Masked(&from.user), to = %Masked(&to_user), "called");
        let event = SipEvent::Incoming {
            call: party.id,
            trunk: party.trunk.id.clone(),
            from,
            to_user,
            offer: invite.sdp(),
            source: flow.remote,
        };
        party.tell(ctx, event);
        let until = ctx.now + ctx.shared.settings.limits.unanswered;
        Ok(Self { invite: invite.clone(), key, dialog, progress: None, until })
    }

    pub(super) fn handle_wish(
        &mut self,
        party: &mut Party,
        ctx: &mut Context<'_>,
        wish: Wish,
    ) -> Option<Next> {
        match wish {
            Wish::Ring => self.send_progress(party, ctx, 180, None),
            Wish::Progress(sdp) => self.send_progress(party, ctx, 183, Some(sdp)),
            Wish::Answer(sdp) => return self.answer(party, ctx, sdp),
            Wish::Reject(rejection) => return self.refuse(party, ctx, rejection, EndCause::Local),
            Wish::HangUp(_) => {
                return self.refuse(party, ctx, Rejection::status(480), EndCause::Local);
            }
            Wish::AcceptOffer(_) | Wish::RefuseOffer(_) | Wish::Offer(_) => {}
        }
        None
    }

    fn send_progress(
        &mut self,
        party: &Party,
        ctx: &mut Context<'_>,
        status: u16,
        sdp: Option<Bytes>,
    ) {
        let mut response = self.dialog_response(party, ctx, status);
        if let Some(sdp) = sdp {
            response = response.with_sdp(sdp);
        }
        ctx.respond(&self.key, response.clone());
        self.progress = Some((response, ctx.now + ctx.shared.settings.timers.progress));
    }

    fn answer(&mut self, party: &mut Party, ctx: &mut Context<'_>, sdp: Bytes) -> Option<Next> {
        let response = self
            .dialog_response(party, ctx, 200)
            .with(Name::Allow, ALLOWED)
            .with(Name::Supported, "")
            .with_sdp(sdp);
        let is_late = self.invite.sdp().is_none();
        let waiting = Unacknowledged::send(
            ctx,
            &self.key,
            &self.invite,
            self.dialog.flow(),
            response,
            is_late,
        );
        Some(Next::Talk { dialog: self.dialog.clone(), waiting: Some(waiting) })
    }

    fn refuse(
        &mut self,
        party: &mut Party,
        ctx: &mut Context<'_>,
        rejection: Rejection,
        cause: EndCause,
    ) -> Option<Next> {
        let status = if (300..700).contains(&rejection.status) { rejection.status } else { 480 };
        let mut response = self.invite.response(status, &party.local_tag);
        if let Some(retry_after) = rejection.retry_after {
            response = response.with(Name::RetryAfter, retry_after.as_secs().to_string());
        }
        ctx.respond(&self.key, response);
        party.end(ctx, cause);
        Some(Next::Done)
    }

    /// A response that makes the dialog (RFC 3261 section 12.1.1).
    fn dialog_response(&self, party: &Party, ctx: &Context<'_>, status: u16) -> Response {
        let mut response = self.invite.response(status, &party.local_tag);
        for route in self.invite.headers.all(&Name::RecordRoute) {
            response.headers.push(Name::RecordRoute, route);
        }
        response.with(Name::Contact, ctx.contact(self.dialog.flow()))
    }

    pub(super) fn handle_cancel(
        &mut self,
        party: &mut Party,
        ctx: &mut Context<'_>,
    ) -> Option<Next> {
        self.refuse(party, ctx, Rejection::status(487), EndCause::Cancelled)
    }

    /// Requests within the early dialog: a BYE ends it, anything that would change it has to wait.
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
            Method::Bye => {
                ctx.respond(key, request.response(200, &party.local_tag));
                self.handle_cancel(party, ctx)
            }
            Method::Invite | Method::Update => {
                let response = request.response(500, &party.local_tag);
                let seconds = ctx.entropy.up_to(10).to_string();
                ctx.respond(key, response.with(Name::RetryAfter, seconds));
                None
            }
            _ => {
                ctx.respond(key, plain_reply(request, &party.local_tag));
                None
            }
        }
    }

    pub(super) fn handle_timeout(
        &mut self,
        party: &mut Party,
        ctx: &mut Context<'_>,
    ) -> Option<Next> {
        if self.until <= ctx.now {
            return self.refuse(party, ctx, Rejection::status(480), EndCause::RingTimeout);
        }
        if let Some((response, at)) = &mut self.progress
            && *at <= ctx.now
        {
            *at = ctx.now + ctx.shared.settings.timers.progress;
            ctx.transactions.respond(ctx.now, ctx.out, &self.key, response);
        }
        None
    }

    pub(super) fn deadline(&self) -> Option<Duration> {
        let progress = self.progress.as_ref().map(|(_, at)| *at);
        Some(progress.map_or(self.until, |at| at.min(self.until)))
    }
}

/// Who calls: the identity that the trunk asserts where it is believed, else what the caller says (RFC 3325).
fn calling_party(party: &Party, invite: &Request) -> Caller {
    let asserted = invite.headers.list(&Name::AssertedIdentity);
    let asserted = asserted.filter_map(|value| Address::parse(value).ok()).next();
    let address = asserted.filter(|_| party.trunk.asserted_identity);
    let address = address.unwrap_or_else(|| invite.head.from.clone());
    Caller { user: address.uri.user().unwrap_or_default(), display: address.display_name() }
}
