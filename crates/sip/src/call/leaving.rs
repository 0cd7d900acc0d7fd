//! A call that is over for its caller, while our BYE is on its way.

use super::{context::Context, party::Party, requests::bye, step::Next};
use crate::{
    HangUp,
    dialog::Dialog,
    flow::Flow,
    message::{Method, Request, Response},
    transaction::{ClientKey, ServerKey},
};

/// The BYE that is out.
#[derive(Debug)]
pub(crate) struct Leaving {
    pub(super) dialog: Dialog,
    bye: Request,
    key: ClientKey,
    flow: Flow,
}

impl Leaving {
    /// Sends the BYE.
    pub(super) fn start(
        party: &mut Party,
        ctx: &mut Context<'_>,
        mut dialog: Dialog,
        why: HangUp,
    ) -> Self {
        let flow = dialog.next_hop();
        let mut bye = bye(ctx, &mut dialog, why);
        party.auth.authorize(&mut bye, ctx.entropy);
        let key = party.send(ctx, bye.clone(), flow);
        Self { dialog, bye, key, flow }
    }

    pub(super) fn handle_response(
        &mut self,
        party: &mut Party,
        ctx: &mut Context<'_>,
        key: &ClientKey,
        response: &Response,
    ) -> Option<Next> {
        if *key != self.key || response.is_provisional() {
            return None;
        }
        if matches!(response.status, 401 | 407) && party.auth.handle_challenge(response).is_ok() {
            self.bye.head.cseq.number += 1;
            self.bye.head.via = ctx.via(self.flow);
            party.auth.authorize(&mut self.bye, ctx.entropy);
            self.key = party.send(ctx, self.bye.clone(), self.flow);
            return None;
        }
        Some(Next::Done)
    }

    pub(super) fn handle_unanswered(&mut self, key: &ClientKey) -> Option<Next> {
        (*key == self.key).then_some(Next::Done)
    }
}

/// Answers a request within a call that is no more, or not yet: a BYE that crossed ours is fine.
pub(super) fn refuse(party: &Party, ctx: &mut Context<'_>, key: &ServerKey, request: &Request) {
    let status = if request.method == Method::Bye && party.is_over { 200 } else { 481 };
    ctx.respond(key, request.response(status, &party.local_tag));
}
