//! What to do with a command, and how a call gets to act.

use std::{sync::Arc, time::Duration};

use super::Core;
use crate::{
    CallId, Command, Dial, EndCause, HangUp, SipEvent,
    call::{Call, Context, Wish},
    flow::Flow,
    transaction::Owner,
};

impl Core {
    /// Takes a command.
    pub fn handle_command(&mut self, now: Duration, command: Command) {
        let (id, wish) = match command {
            Command::Dial(id, dial) => return self.dial(now, id, &dial),
            Command::Shutdown => return self.shut_down(now),
            Command::Ring(id) => (id, Wish::Ring),
            Command::Progress(id, sdp) => (id, Wish::Progress(sdp)),
            Command::Answer(id, sdp) => (id, Wish::Answer(sdp)),
            Command::Reject(id, rejection) => (id, Wish::Reject(rejection)),
            Command::HangUp(id, why) => (id, Wish::HangUp(why)),
            Command::AcceptOffer(id, sdp) => (id, Wish::AcceptOffer(sdp)),
            Command::RefuseOffer(id, status) => (id, Wish::RefuseOffer(status)),
            Command::Offer(id, sdp) => (id, Wish::Offer(sdp)),
        };
        self.wish(now, id, wish);
    }

    /// Lets a call act, if it is still there, and sees to its deadline and its end.
    pub(super) fn with_call(
        &mut self,
        now: Duration,
        owner: Owner,
        act: impl FnOnce(&mut Call, &mut Context<'_>),
    ) {
        let Some(id) = owner else { return };
        let Self { shared, transactions, out, entropy, calls, .. } = self;
        let Some(call) = calls.get_mut(id) else { return };
        let mut ctx = Context { now, shared, transactions, out, entropy };
        act(call, &mut ctx);
        self.settle_call(id);
    }

    pub(super) fn settle_call(&mut self, id: CallId) {
        let Some(call) = self.calls.get(id) else { return };
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
        if self.is_stopping || !has_room || self.calls.contains(id) {
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
        for id in self.calls.ids() {
            self.wish(now, id, Wish::HangUp(HangUp::Stopping));
        }
    }

    fn wish(&mut self, now: Duration, id: CallId, wish: Wish) {
        self.with_call(now, Some(id), |call, ctx| call.handle_wish(ctx, wish));
    }
}
