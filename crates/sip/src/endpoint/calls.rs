//! All calls that there are.

use std::collections::HashMap;

use crate::{CallId, call::Call, message::Request, transaction::ServerKey};

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

    pub(super) fn ids(&self) -> Vec<CallId> {
        self.by_id.keys().copied().collect()
    }

    pub(super) fn contains(&self, id: CallId) -> bool {
        self.by_id.contains_key(&id)
    }

    pub(super) fn get(&self, id: CallId) -> Option<&Call> {
        self.by_id.get(&id)
    }

    pub(super) fn get_mut(&mut self, id: CallId) -> Option<&mut Call> {
        self.by_id.get_mut(&id)
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

    pub(super) fn insert(&mut self, id: CallId, call: Call) {
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

    pub(super) fn remove(&mut self, id: CallId) {
        if let Some(call) = self.by_id.remove(&id) {
            self.by_tag.remove(call.local_tag());
        }
        if let Some((origin, invite)) = self.inbound.remove(&id) {
            self.by_origin.remove(&origin);
            self.by_invite.remove(&invite);
        }
    }
}
