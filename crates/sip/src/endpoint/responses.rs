//! What to do with a response.

use std::time::Duration;

use super::Core;
use crate::{
    HangUp,
    call::{Context, acknowledge, bye},
    dialog::Dialog,
    flow::Flow,
    message::{Request, Response},
    transaction::{ClientKey, Heard},
};

impl Core {
    pub(super) fn handle_response(&mut self, now: Duration, flow: Flow, response: &Response) {
        // A response with a second hop was meant for somebody else (RFC 3261 section 8.1.3.3).
        let heard = if response.head.hops.is_empty() {
            self.transactions.handle_response(now, &mut self.out, response)
        } else {
            Heard::Stray
        };
        match heard {
            Heard::Response(owner, key) => {
                self.with_call(now, owner, |call, ctx| {
                    call.handle_response(ctx, &key, response, flow)
                });
            }
            Heard::Fork(invite) => end_fork(&mut self.context(now), &invite, response, flow),
            Heard::Absorbed => {}
            Heard::Stray => self.stats.stray_responses += 1,
        }
    }
}

/// A second phone picked up: only one call was asked for, so this one is acknowledged and ended
/// (RFC 3261 section 13.2.2.4).
fn end_fork(ctx: &mut Context<'_>, invite: &Request, response: &Response, flow: Flow) {
    let Ok(mut dialog) = Dialog::of_response(invite, response, flow) else { return };
    let key = ClientKey::of_request(invite);
    acknowledge(ctx, &key, invite, &dialog, response.tag_of_answerer());
    let flow = dialog.next_hop();
    let bye = bye(ctx, &mut dialog, HangUp::Normal);
    ctx.send(bye, flow, None, None);
}
