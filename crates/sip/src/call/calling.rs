//! An outbound call until it is answered.

use std::time::Duration;

use bytes::Bytes;

use super::{
    context::Context,
    party::Party,
    requests::{acknowledge, reason},
    step::{Next, Wish},
};
use crate::{
    Dial, EndCause, HangUp, SipEvent, Transport, Trunk,
    dialog::Dialog,
    flow::Flow,
    limits::FORKS_MAX,
    message::{Address, CSeq, Head, Method, Name, Request, Response, Uri},
    transaction::ClientKey,
};

/// The INVITE that is out, and what has come back so far.
#[derive(Debug)]
pub(crate) struct Calling {
    invite: Request,
    key: ClientKey,
    flow: Flow,
    /// The forks that ring (RFC 3261 section 12.1.2), with the answer each gave early.
    early: Vec<(String, Option<Bytes>)>,
    /// Whether any provisional has come: only then may a CANCEL go out (section 9.1).
    is_heard: bool,
    cancel: Cancel,
    ring_until: Duration,
}

#[derive(Debug)]
enum Cancel {
    No,
    /// As soon as there is a provisional.
    Wanted(HangUp),
    /// What comes now is the answer to the INVITE, or nothing.
    Sent,
}

impl Calling {
    pub(super) fn start(party: &mut Party, ctx: &mut Context<'_>, flow: Flow, dial: &Dial) -> Self {
        let invite = first_invite(party, ctx, flow, dial);
        let key = party.send(ctx, invite.clone(), flow);
        let ring_until = ctx.now + dial.ring_time;
        let (early, is_heard, cancel) = (Vec::new(), false, Cancel::No);
        Self { invite, key, flow, early, is_heard, cancel, ring_until }
    }

    pub(super) fn matches(&self, request: &Request) -> bool {
        self.invite.head.call_id == request.head.call_id
    }

    pub(super) fn handle_response(
        &mut self,
        party: &mut Party,
        ctx: &mut Context<'_>,
        key: &ClientKey,
        response: &Response,
        flow: Flow,
    ) -> Option<Next> {
        if *key != self.key {
            return None;
        }
        match response.status {
            100..200 => self.handle_provisional(party, ctx, response),
            200..300 => self.handle_success(party, ctx, response, flow),
            401 | 407
                if matches!(self.cancel, Cancel::No)
                    && party.auth.handle_challenge(response).is_ok() =>
            {
                self.try_again(party, ctx);
                None
            }
            status => {
                let reason = response.reason.clone();
                party.end(ctx, EndCause::Rejected { status, reason });
                Some(Next::Done)
            }
        }
    }

    fn handle_provisional(
        &mut self,
        party: &mut Party,
        ctx: &mut Context<'_>,
        response: &Response,
    ) -> Option<Next> {
        self.is_heard = true;
        if let Cancel::Wanted(why) = self.cancel {
            self.send_cancel(party, ctx, why);
        }
        if !(180..190).contains(&response.status) {
            return None;
        }
        let sdp = response.sdp();
        let is_full = self.early.len() >= FORKS_MAX;
        if let Some(tag) = response.tag_of_answerer() {
            match self.early.iter_mut().find(|(known, _)| known == tag) {
                Some((_, early)) => *early = sdp.clone().or(early.take()),
                None if is_full => return None,
                None => self.early.push((tag.into(), sdp.clone())),
            }
        }
        party.tell(ctx, SipEvent::Ringing { call: party.id, sdp });
        None
    }

    fn handle_success(
        &mut self,
        party: &mut Party,
        ctx: &mut Context<'_>,
        response: &Response,
        flow: Flow,
    ) -> Option<Next> {
        party.auth.handle_success();
        let dialog = match Dialog::of_response(&self.invite, response, flow) {
            Ok(dialog) => dialog,
            Err(fault) => {
                // Without its route the answer can't even be acknowledged.
                party.end(ctx, EndCause::Rejected { status: 502, reason: fault.to_string() });
                return Some(Next::Done);
            }
        };
        acknowledge(ctx, &self.key, &self.invite, &dialog, response.tag_of_answerer());
        if party.is_over {
            // The answer crossed our CANCEL (section 9.1).
            return Some(Next::Leave { dialog, why: HangUp::Normal });
        }
        let early =
            self.early.iter().find(|(tag, _)| Some(tag.as_str()) == response.tag_of_answerer());
        let Some(sdp) = response.sdp().or_else(|| early.and_then(|(_, sdp)| sdp.clone())) else {
            let reason = "answered without a session description".to_owned();
            party.end(ctx, EndCause::Rejected { status: 488, reason });
            return Some(Next::Leave { dialog, why: HangUp::NotAcceptable });
        };
        party.tell(ctx, SipEvent::Answered { call: party.id, sdp, remote: flow.remote });
        Some(Next::Talk { dialog, waiting: None })
    }

    /// Sends the INVITE again with credentials: a new transaction, the next number (section 22.2).
    fn try_again(&mut self, party: &mut Party, ctx: &mut Context<'_>) {
        self.invite.head.cseq.number += 1;
        self.invite.head.via = ctx.via(self.flow);
        party.auth.authorize(&mut self.invite, ctx.entropy);
        self.key = party.send(ctx, self.invite.clone(), self.flow);
        self.is_heard = false;
        self.early.clear();
    }

    pub(super) fn handle_unanswered(
        &mut self,
        party: &mut Party,
        ctx: &mut Context<'_>,
        key: &ClientKey,
    ) -> Option<Next> {
        if *key != self.key {
            return None;
        }
        party.end(ctx, EndCause::Unreachable);
        Some(Next::Done)
    }

    pub(super) fn handle_wish(
        &mut self,
        party: &mut Party,
        ctx: &mut Context<'_>,
        wish: Wish,
    ) -> Option<Next> {
        if let Wish::HangUp(why) = wish {
            party.end(ctx, EndCause::Local);
            self.give_up(party, ctx, why);
        }
        None
    }

    pub(super) fn handle_timeout(
        &mut self,
        party: &mut Party,
        ctx: &mut Context<'_>,
    ) -> Option<Next> {
        if self.deadline().is_some_and(|due| due <= ctx.now) {
            party.end(ctx, EndCause::RingTimeout);
            self.give_up(party, ctx, HangUp::Normal);
        }
        None
    }

    /// Once we have given up, the INVITE's own transaction sees to the end.
    pub(super) fn deadline(&self) -> Option<Duration> {
        matches!(self.cancel, Cancel::No).then_some(self.ring_until)
    }

    fn give_up(&mut self, party: &Party, ctx: &mut Context<'_>, why: HangUp) {
        if self.is_heard {
            self.send_cancel(party, ctx, why);
        } else {
            self.cancel = Cancel::Wanted(why);
        }
    }

    fn send_cancel(&mut self, party: &Party, ctx: &mut Context<'_>, why: HangUp) {
        // The INVITE may have gone another way than planned: its CANCEL has to follow it.
        let Some((invite, flow)) = ctx.transactions.request(&self.key) else { return };
        let mut cancel = invite.cancel();
        cancel.headers.extend(reason(why));
        party.send(ctx, cancel, flow);
        ctx.transactions.lose_patience(ctx.now, &self.key);
        self.cancel = Cancel::Sent;
    }
}

fn first_invite(party: &Party, ctx: &mut Context<'_>, flow: Flow, dial: &Dial) -> Request {
    let trunk = &party.trunk;
    let uri = target(trunk, &dial.to_number);
    let caller_id = dial.caller_id.as_ref().or(trunk.caller_id.as_ref());
    let from = caller(trunk, caller_id.map(String::as_str));
    let mut headers = ctx.session_headers(flow).with(Name::ContentType, "application/sdp");
    if let (true, Some(_)) = (trunk.asserted_identity, caller_id) {
        headers.push(Name::AssertedIdentity, from.to_string());
    }
    let head = Head {
        via: ctx.via(flow),
        hops: Vec::new(),
        from: from.with_tag(&party.local_tag),
        to: Address::new(uri.clone()),
        call_id: ctx.entropy.token(),
        cseq: CSeq { number: 1, method: Method::Invite },
    };
    Request { method: Method::Invite, uri, head, headers, body: dial.offer.clone() }
}

/// `sip:+33123456789@trunk;user=phone` (RFC 3261 section 19.1.6).
fn target(trunk: &Trunk, number: &str) -> Uri {
    let user = if number.starts_with('+') { ";user=phone" } else { "" };
    let transport = match trunk.transport {
        Transport::Udp => "",
        Transport::Tcp => ";transport=tcp",
    };
    Uri::sip(Some(number), &trunk.address, &format!("{user}{transport}"))
}

/// The calling party; nobody, when no number is to be shown (RFC 3323 section 4.1).
fn caller(trunk: &Trunk, caller_id: Option<&str>) -> Address {
    let domain = trunk.from_domain.as_ref().unwrap_or(&trunk.address.host);
    let host = crate::HostPort { host: domain.clone(), port: None };
    match caller_id {
        Some(number) => Address::new(Uri::sip(Some(number), &host, "")),
        None => Address::anonymous(),
    }
}
