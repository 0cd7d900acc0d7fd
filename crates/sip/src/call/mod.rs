//! Calls: what dialogs and transactions are for.
//!
//! A call goes through phases, a struct and a file each:
//!
//! ```text
//! Calling (ours, until it is answered) ──┐
//!                                        ├─▶ Talking ─▶ Leaving (our BYE is on its way) ─▶ Done
//! Invited (theirs, until we answer it) ──┘
//! ```
//!
//! A phase knows no other phase: it says what is next, and the [`Call`] begins that.
//!
//! `Ended` is told as soon as it is decided. What the protocol still owes to the peer after that (a CANCEL that has
//! to wait for a provisional, a BYE that has to wait for an ACK) goes on behind it.

mod calling;
mod context;
mod invited;
mod keys;
mod leaving;
mod offers;
mod party;
mod replies;
mod requests;
mod step;
mod talking;
mod unacknowledged;

use std::{sync::Arc, time::Duration};

use tracing::info;

use self::{
    calling::Calling, invited::Invited, leaving::Leaving, party::Party, step::Next,
    talking::Talking,
};
pub(crate) use self::{
    context::{Context, Shared},
    replies::{plain_reply, unknown_extensions},
    requests::{acknowledge, bye},
    step::Wish,
};
use crate::{
    CallId, Dial, Trunk,
    digest::ClientAuth,
    flow::Flow,
    message::{Request, Response},
    transaction::{ClientKey, ServerKey},
};

/// One call.
#[derive(Debug)]
pub(crate) struct Call {
    party: Party,
    phase: Phase,
}

#[derive(Debug)]
enum Phase {
    Calling(Box<Calling>),
    Invited(Box<Invited>),
    Talking(Box<Talking>),
    Leaving(Box<Leaving>),
    Done,
}

impl Call {
    /// Sends the INVITE of an outbound call.
    pub(crate) fn dial(
        ctx: &mut Context<'_>,
        id: CallId,
        trunk: Arc<Trunk>,
        flow: Flow,
        dial: &Dial,
    ) -> Self {
        let local_tag = ctx.entropy.token();
        let auth = ClientAuth::new(trunk.credentials.clone());
        let mut party = Party::new(id, trunk, local_tag, auth);
        let span = party.span.clone();
        let _entered = span.enter();
        info!(to = %crate::Masked(&dial.to_number), "calling");
        let phase = Phase::Calling(Box::new(Calling::start(&mut party, ctx, flow, dial)));
        Self { party, phase }
    }

    /// Takes in an INVITE.
    ///
    /// # Errors
    /// No dialog can be made of it: the status to refuse it with.
    pub(crate) fn invited(
        ctx: &mut Context<'_>,
        id: CallId,
        trunk: Arc<Trunk>,
        key: ServerKey,
        invite: &Request,
        flow: Flow,
    ) -> Result<Self, u16> {
        let auth = ClientAuth::new(trunk.credentials.clone());
        let mut party = Party::new(id, trunk, ctx.entropy.token(), auth);
        let span = party.span.clone();
        let _entered = span.enter();
        let invited = Invited::start(&mut party, ctx, key, invite, flow)?;
        Ok(Self { party, phase: Phase::Invited(Box::new(invited)) })
    }

    pub(crate) fn local_tag(&self) -> &str {
        &self.party.local_tag
    }

    /// Whether nothing is left to do.
    pub(crate) fn is_done(&self) -> bool {
        matches!(self.phase, Phase::Done)
    }

    /// Whether an in-dialog request belongs to this call. The local tag has been matched.
    pub(crate) fn matches(&self, request: &Request) -> bool {
        match &self.phase {
            Phase::Calling(calling) => calling.matches(request),
            Phase::Invited(invited) => invited.dialog.matches(request),
            Phase::Talking(talking) => talking.dialog.matches(request),
            Phase::Leaving(leaving) => leaving.dialog.matches(request),
            Phase::Done => false,
        }
    }

    /// A response to a request of this call's.
    pub(crate) fn handle_response(
        &mut self,
        ctx: &mut Context<'_>,
        key: &ClientKey,
        response: &Response,
        flow: Flow,
    ) {
        self.step(ctx, |phase, party, ctx| match phase {
            Phase::Calling(calling) => calling.handle_response(party, ctx, key, response, flow),
            Phase::Talking(talking) => talking.handle_response(party, ctx, key, response),
            Phase::Leaving(leaving) => leaving.handle_response(party, ctx, key, response),
            Phase::Invited(_) | Phase::Done => None,
        });
    }

    /// Nobody answers a request of this call's.
    pub(crate) fn handle_unanswered(&mut self, ctx: &mut Context<'_>, key: &ClientKey) {
        self.step(ctx, |phase, party, ctx| match phase {
            Phase::Calling(calling) => calling.handle_unanswered(party, ctx, key),
            Phase::Talking(talking) => talking.handle_unanswered(party, ctx, key),
            Phase::Leaving(leaving) => leaving.handle_unanswered(key),
            Phase::Invited(_) | Phase::Done => None,
        });
    }

    /// A request within this call, neither ACK nor CANCEL.
    pub(crate) fn handle_request(
        &mut self,
        ctx: &mut Context<'_>,
        key: &ServerKey,
        request: &Request,
        flow: Flow,
    ) {
        self.step(ctx, |phase, party, ctx| match phase {
            Phase::Invited(invited) => invited.handle_request(party, ctx, key, request, flow),
            Phase::Talking(talking) => talking.handle_request(party, ctx, key, request, flow),
            Phase::Calling(_) | Phase::Leaving(_) | Phase::Done => {
                leaving::refuse(party, ctx, key, request);
                None
            }
        });
    }

    /// The ACK of a 2xx of ours.
    pub(crate) fn handle_ack(&mut self, ctx: &mut Context<'_>, ack: &Request) {
        self.step(ctx, |phase, party, ctx| match phase {
            Phase::Talking(talking) => talking.handle_ack(party, ctx, ack),
            _ => None,
        });
    }

    /// The peer cancels this INVITE of its.
    pub(crate) fn handle_cancel(&mut self, ctx: &mut Context<'_>, key: &ServerKey) {
        self.step(ctx, |phase, party, ctx| match phase {
            Phase::Invited(invited) => invited.handle_cancel(party, ctx),
            Phase::Talking(talking) => {
                talking.handle_cancel(ctx, key);
                None
            }
            _ => None,
        });
    }

    /// The caller's wish. What makes no sense in this phase is ignored: the two sides may have crossed.
    pub(crate) fn handle_wish(&mut self, ctx: &mut Context<'_>, wish: Wish) {
        if self.party.is_over {
            return;
        }
        self.step(ctx, |phase, party, ctx| match phase {
            Phase::Calling(calling) => calling.handle_wish(party, ctx, wish),
            Phase::Invited(invited) => invited.handle_wish(party, ctx, wish),
            Phase::Talking(talking) => talking.handle_wish(party, ctx, wish),
            Phase::Leaving(_) | Phase::Done => None,
        });
    }

    /// Time has passed.
    pub(crate) fn handle_timeout(&mut self, ctx: &mut Context<'_>) {
        self.step(ctx, |phase, party, ctx| match phase {
            Phase::Calling(calling) => calling.handle_timeout(party, ctx),
            Phase::Invited(invited) => invited.handle_timeout(party, ctx),
            Phase::Talking(talking) => talking.handle_timeout(party, ctx),
            Phase::Leaving(_) | Phase::Done => None,
        });
    }

    /// When [`Self::handle_timeout`] has something to do.
    pub(crate) fn deadline(&self) -> Option<Duration> {
        match &self.phase {
            Phase::Calling(calling) => calling.deadline(),
            Phase::Invited(invited) => invited.deadline(),
            Phase::Talking(talking) => talking.deadline(),
            Phase::Leaving(_) | Phase::Done => None,
        }
    }

    /// Lets the phase act, and begins the one that follows if it is over.
    fn step(
        &mut self,
        ctx: &mut Context<'_>,
        act: impl FnOnce(&mut Phase, &mut Party, &mut Context<'_>) -> Option<Next>,
    ) {
        let Self { party, phase } = self;
        let span = party.span.clone();
        let _entered = span.enter();
        match act(phase, party, ctx) {
            None => {}
            Some(Next::Talk { dialog, waiting }) => {
                *phase = Phase::Talking(Box::new(Talking::start(dialog, waiting)));
            }
            Some(Next::Leave { dialog, why }) => {
                *phase = Phase::Leaving(Box::new(Leaving::start(party, ctx, dialog, why)));
            }
            Some(Next::Done) => *phase = Phase::Done,
        }
    }
}
