//! Who may come in, and what the others are told.

use std::sync::Arc;

use bytes::Bytes;

use super::{Arrival, Core};
use crate::{
    Transport, Trunk,
    digest::Verdict,
    message::{Fault, Method, Raw, Request},
};

/// What becomes of a request that begins something.
pub(super) enum Admission {
    /// It comes over this trunk.
    Trunk(Arc<Trunk>),
    /// It may prove that it comes over a trunk.
    Challenge { is_stale: bool },
    /// It comes from nobody we know.
    Stranger,
}

impl Core {
    /// Finds the trunk that a request comes over: by its address, and by its credentials where the trunk wants them.
    pub(super) fn admit(&self, arrival: Arrival, request: &Request) -> Admission {
        let peer = arrival.flow.remote.ip();
        let by_address = self.trunk_at(peer);
        let Some(trunk) = by_address.or_else(|| self.trunk_of_user(request)) else {
            return Admission::Stranger;
        };
        let known = || Admission::Trunk(Arc::clone(trunk));
        let Some(credentials) = &trunk.inbound.digest else { return known() };
        // Only what begins a call needs a proof: an OPTIONS of a carrier's never brings one.
        if request.method != Method::Invite && by_address.is_some() {
            return known();
        }
        match self.shared.verifier.verify(arrival.now, peer, request, credentials) {
            Verdict::Known => known(),
            Verdict::Absent => Admission::Challenge { is_stale: false },
            Verdict::Stale => Admission::Challenge { is_stale: true },
            Verdict::Wrong => Admission::Stranger,
        }
    }

    /// Among the trunks that may call from anywhere, the one whose user the request claims to be; else the first, so
    /// that an unknown user sees what a known one sees.
    fn trunk_of_user(&self, request: &Request) -> Option<&Arc<Trunk>> {
        let claimed = self.shared.verifier.claimed_user(request);
        let mut anywhere = self.trunks.iter().filter_map(|trunk| {
            let digest = trunk.inbound.digest.as_ref()?;
            trunk.inbound.sources.is_empty().then_some((trunk, &digest.username))
        });
        let first = anywhere.clone().next();
        let found = anywhere.find(|(_, username)| Some(*username) == claimed.as_ref());
        found.or(first).map(|(trunk, _)| trunk)
    }

    pub(super) fn challenge(&mut self, arrival: Arrival, request: &Request, is_stale: bool) {
        let response = request.response(401, &self.tag_for(request));
        let peer = arrival.flow.remote.ip();
        let response = self.shared.verifier.challenge(arrival.now, peer, is_stale, response);
        if self.answer_stranger(arrival, response.to_bytes()) {
            self.stats.challenged += 1;
        }
    }

    /// The one refusal for all that no trunk vouches for. It says nothing, and nothing is remembered of it.
    pub(super) fn refuse_stranger(&mut self, arrival: Arrival, request: &Request) {
        let response = request.response(403, &self.tag_for(request));
        if self.answer_stranger(arrival, response.to_bytes()) {
            self.stats.strangers_refused += 1;
        }
    }

    /// Tells what is wrong with a malformed request, where it is sound enough to be told.
    pub(super) fn refuse_malformed(&mut self, arrival: Arrival, raw: &Raw<'_>, fault: Fault) {
        tracing::trace!(%fault, source = %arrival.flow.remote, "malformed");
        let tag = self.shared.verifier.stateless_tag(raw.start_line, "");
        let Some((via, refusal)) = raw.refusal(fault, arrival.flow.remote, &tag) else {
            self.stats.dropped_malformed += 1;
            return;
        };
        if self.answer_stranger(arrival.answered_by(&via), refusal) {
            self.stats.refused_malformed += 1;
        }
    }

    /// Answers without a transaction, not too often, and by datagram never with more than was asked with: we are no
    /// amplifier for those who forge source addresses. A trunk's own addresses are not limited. True if it was sent.
    fn answer_stranger(&mut self, arrival: Arrival, response: Bytes) -> bool {
        let Arrival { now, flow, length } = arrival;
        let peer = flow.remote.ip();
        let is_amplified = flow.transport == Transport::Udp && response.len() > length;
        let may_answer =
            self.trunk_at(peer).is_some() || !is_amplified && self.strangers.may_answer(now, peer);
        if may_answer {
            self.out.send(flow, response);
        } else {
            self.stats.strangers_dropped += 1;
        }
        may_answer
    }
}
