//! Requests of ours that more than one phase sends.

use bytes::Bytes;

use super::context::Context;
use crate::{
    HangUp,
    dialog::Dialog,
    message::{Method, Name, Request},
    transaction::ClientKey,
};

/// Acknowledges a 2xx, with the credentials of the INVITE (section 22.1).
pub(crate) fn acknowledge(
    ctx: &mut Context<'_>,
    key: &ClientKey,
    invite: &Request,
    dialog: &Dialog,
    fork: Option<&str>,
) {
    let flow = dialog.next_hop();
    let via = ctx.via(flow);
    let mut headers = ctx.request_headers();
    for name in [Name::Authorization, Name::ProxyAuthorization] {
        for value in invite.headers.all(&name) {
            headers.push(name.clone(), value);
        }
    }
    let ack = dialog.ack(invite.head.cseq.number, via, headers, Bytes::new());
    ctx.acknowledge(key, fork, flow, &ack);
}

/// A BYE of this dialog.
pub(crate) fn bye(ctx: &mut Context<'_>, dialog: &mut Dialog, why: HangUp) -> Request {
    let via = ctx.via(dialog.next_hop());
    let mut headers = ctx.request_headers();
    headers.extend(reason(why));
    dialog.request(Method::Bye, via, headers, Bytes::new())
}

/// The `Reason` that goes with it (RFC 3326).
pub(super) fn reason(why: HangUp) -> Option<(Name, String)> {
    let value = match why {
        HangUp::Normal => return None,
        HangUp::Cleared => "Q.850;cause=16;text=\"Normal call clearing\"",
        HangUp::MediaLost => "Q.850;cause=41;text=\"No media\"",
        HangUp::NotAcceptable => "SIP;cause=488;text=\"Not Acceptable Here\"",
        HangUp::Stopping => "Q.850;cause=41;text=\"Server stopping\"",
    };
    Some((Name::Reason, value.into()))
}
