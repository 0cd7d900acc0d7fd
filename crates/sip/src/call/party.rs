//! What a call is in all its phases: whose it is, and whom it tells.

use std::sync::Arc;

use tracing::{Span, debug, info};

use super::context::Context;
use crate::{
    CallId, EndCause, SipEvent, Trunk,
    digest::ClientAuth,
    flow::Flow,
    message::{Method, Request},
    transaction::ClientKey,
};

/// What a call is in all its phases.
#[derive(Debug)]
pub(super) struct Party {
    pub(super) id: CallId,
    pub(super) trunk: Arc<Trunk>,
    /// Unique among all our calls: in-dialog requests are found by it.
    pub(super) local_tag: String,
    pub(super) auth: ClientAuth,
    /// Whether `Ended` has been told.
    pub(super) is_over: bool,
    pub(super) span: Span,
}

impl Party {
    pub(super) fn new(id: CallId, trunk: Arc<Trunk>, local_tag: String, auth: ClientAuth) -> Self {
        let span = tracing::info_span!("call", call = %id, trunk = %trunk.id);
        Self { id, trunk, local_tag, auth, is_over: false, span }
    }

    /// Tells an event, unless the call is over for the caller.
    pub(super) fn tell(&self, ctx: &mut Context<'_>, event: SipEvent) {
        if !self.is_over {
            debug!(event = event.name());
            ctx.out.event(event);
        }
    }

    /// Tells the end, once.
    pub(super) fn end(&mut self, ctx: &mut Context<'_>, cause: EndCause) {
        if !self.is_over {
            info!(?cause, "ended");
            self.is_over = true;
            ctx.out.event(SipEvent::Ended { call: self.id, cause });
        }
    }

    /// Sends a request of this call's.
    pub(super) fn send(&self, ctx: &mut Context<'_>, request: Request, flow: Flow) -> ClientKey {
        let owner = (request.method != Method::Cancel).then_some(self.id);
        ctx.send(request, flow, Some(&self.trunk), owner)
    }
}
