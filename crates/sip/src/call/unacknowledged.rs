//! The 200 that waits for its ACK.

use std::time::Duration;

use bytes::Bytes;

use super::context::Context;
use crate::{
    flow::Flow,
    message::{Name, Request, Response},
    transaction::{Due, Retransmission, ServerKey},
};

/// A 2xx of ours to an INVITE, sent again until its ACK comes (RFC 3261 section 13.3.1.4): on any transport, for
/// there may be an unreliable hop further on.
#[derive(Debug)]
pub(super) struct Unacknowledged {
    /// The CSeq number that the ACK will have.
    pub(super) number: u32,
    bytes: Bytes,
    flow: Flow,
    again: Retransmission,
    /// Without an ACK until then, the call is over.
    pub(super) until: Duration,
    /// Whether the 2xx carries our offer, so that the ACK carries the answer.
    pub(super) is_late_offer: bool,
}

impl Unacknowledged {
    pub(super) fn send(
        ctx: &mut Context<'_>,
        key: &ServerKey,
        invite: &Request,
        flow: Flow,
        response: Response,
        is_late_offer: bool,
    ) -> Self {
        let response = response.with(Name::Server, &ctx.shared.settings.user_agent);
        ctx.transactions.respond(ctx.now, ctx.out, key, &response);
        let timers = ctx.shared.settings.timers;
        Self {
            number: invite.head.cseq.number,
            bytes: response.to_bytes(),
            flow,
            again: Retransmission::doubling(ctx.now, timers.t1, Some(timers.t2), false),
            until: ctx.now + timers.transaction(),
            is_late_offer,
        }
    }

    pub(super) fn handle_timeout(&mut self, ctx: &mut Context<'_>) {
        if self.again.due(ctx.now) == Due::SendAgain {
            ctx.out.send_again(self.flow, self.bytes.clone());
        }
    }

    pub(super) fn deadline(&self) -> Duration {
        self.again.at().map_or(self.until, |at| at.min(self.until))
    }
}
