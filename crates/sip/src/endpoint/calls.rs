//! All calls that there are, and the commands that concern them.

use std::{collections::HashMap, sync::Arc, time::Duration};

use super::Core;
use crate::{
    CallId, Command, Dial, EndCause, HangUp, SipEvent,
    call::{Call, Context, Wish},
    flow::Flow,
    message::Request,
    transaction::{Owner, ServerKey},
};

/// The calls, by id, by local tag and by the INVITE that began them.
#[derive(Debug, Default)]
pub(super) struct Calls {
    by_id: HashMap<CallId, Call>,
    by_tag: HashMap<String, CallId>,
    by_origin: HashMap<Origin, CallId>,
    by_invite: HashMap<ServerKey, CallId>,
    inbound: HashMap<CallId, (Origin, ServerKey)>,
    inbound_count: u64,
}

/// What all copies of one INVITE have in common, whatever way they took (RFC 3261 section 8.2.2.2).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Origin(String);

impl Origin {
    pub(super) fn of(request: &Request) -> Self {
        let head = &request.head;
        Self(format!("{} {} {}", head.call_id, request.tag_of_sender(), head.cseq.number))
    }
}

impl Calls {
    pub(super) fn len(&self) -> usize {
        self.by_id.len()
    }

    /// The call that an in-dialog request belongs to.
    pub(super) fn of_dialog(&self, request: &Request) -> Option<CallId> {
        let id = self.by_tag.get(request.head.to.tag()?)?;
        self.by_id.get(id)?.matches(request).then_some(*id)
    }

    /// The call that another copy of this INVITE began.
    pub(super) fn of_origin(&self, origin: &Origin) -> Option<CallId> {
        self.by_origin.get(origin).copied()
    }

    /// The call that this INVITE transaction began.
    pub(super) fn of_invite(&self, key: &ServerKey) -> Option<CallId> {
        self.by_invite.get(key).copied()
    }

    /// Our tag in a call's dialog.
    pub(super) fn local_tag(&self, id: CallId) -> Option<&str> {
        self.by_id.get(&id).map(Call::local_tag)
    }

    pub(super) fn next_inbound(&mut self) -> CallId {
        self.inbound_count += 1;
        CallId::inbound(self.inbound_count)
    }

    fn insert(&mut self, id: CallId, call: Call) {
        self.by_tag.insert(call.local_tag().to_owned(), id);
        self.by_id.insert(id, call);
    }

    pub(super) fn insert_inbound(
        &mut self,
        id: CallId,
        call: Call,
        origin: Origin,
        key: ServerKey,
    ) {
        self.insert(id, call);
        self.by_origin.insert(origin.clone(), id);
        self.by_invite.insert(key.clone(), id);
        self.inbound.insert(id, (origin, key));
    }

    fn remove(&mut self, id: CallId) {
        if let Some(call) = self.by_id.remove(&id) {
            self.by_tag.remove(call.local_tag());
        }
        if let Some((origin, invite)) = self.inbound.remove(&id) {
            self.by_origin.remove(&origin);
            self.by_invite.remove(&invite);
        }
    }
}

impl Core {
    /// Lets a call act, if it is still there, and sees to its deadline and its end.
    pub(super) fn with_call(
        &mut self,
        now: Duration,
        owner: Owner,
        act: impl FnOnce(&mut Call, &mut Context<'_>),
    ) {
        let Some(id) = owner else { return };
        let Self { shared, transactions, out, entropy, calls, .. } = self;
        let Some(call) = calls.by_id.get_mut(&id) else { return };
        let mut ctx = Context { now, shared, transactions, out, entropy };
        act(call, &mut ctx);
        self.settle_call(id);
    }

    pub(super) fn settle_call(&mut self, id: CallId) {
        let Some(call) = self.calls.by_id.get(&id) else { return };
        if call.is_done() {
            self.call_deadlines.set(&id, None);
            self.calls.remove(id);
        } else {
            self.call_deadlines.set(&id, call.deadline());
        }
    }

    fn dial(&mut self, now: Duration, id: CallId, dial: &Dial) {
        let ended = |cause| SipEvent::Ended { call: id, cause };
        let has_room = self.calls.len() < self.shared.settings.limits.calls_max;
        if self.is_stopping || !has_room || self.calls.by_id.contains_key(&id) {
            self.stats.over_limit += 1;
            self.out.event(ended(EndCause::Refused));
            return;
        }
        let trunk = self.trunks.iter().find(|trunk| trunk.id == dial.trunk).cloned();
        let address = self.addresses.get(&dial.trunk).copied();
        let (Some(trunk), Some(remote)) = (trunk, address) else {
            tracing::warn!(trunk = %dial.trunk, "the trunk's address is not known");
            self.out.event(ended(EndCause::Unreachable));
            return;
        };
        let flow = Flow { transport: trunk.transport, remote, connection: None };
        let call = Call::dial(&mut self.context(now), id, Arc::clone(&trunk), flow, dial);
        self.calls.insert(id, call);
        self.settle_call(id);
    }

    fn shut_down(&mut self, now: Duration) {
        self.is_stopping = true;
        let ids: Vec<_> = self.calls.by_id.keys().copied().collect();
        for id in ids {
            self.wish(now, id, Wish::HangUp(HangUp::Stopping));
        }
    }

    fn wish(&mut self, now: Duration, id: CallId, wish: Wish) {
        self.with_call(now, Some(id), |call, ctx| call.handle_wish(ctx, wish));
    }
}

pub(super) fn handle_command(core: &mut Core, now: Duration, command: Command) {
    let (id, wish) = match command {
        Command::Dial(id, dial) => return core.dial(now, id, &dial),
        Command::Shutdown => return core.shut_down(now),
        Command::Ring(id) => (id, Wish::Ring),
        Command::Progress(id, sdp) => (id, Wish::Progress(sdp)),
        Command::Answer(id, sdp) => (id, Wish::Answer(sdp)),
        Command::Reject(id, rejection) => (id, Wish::Reject(rejection)),
        Command::HangUp(id, why) => (id, Wish::HangUp(why)),
        Command::AcceptOffer(id, sdp) => (id, Wish::AcceptOffer(sdp)),
        Command::RefuseOffer(id, status) => (id, Wish::RefuseOffer(status)),
        Command::Offer(id, sdp) => (id, Wish::Offer(sdp)),
    };
    core.wish(now, id, wish);
}
