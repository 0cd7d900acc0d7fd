//! What makes a message part of a transaction.

use crate::message::{Method, Request, Response};

/// Names a transaction of ours: its branch and method (RFC 3261 section 17.1.3).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct ClientKey(String);

impl ClientKey {
    /// The transaction that sends this request.
    pub(crate) fn of_request(request: &Request) -> Self {
        Self::new(request.head.via.branch(), &request.method)
    }

    /// The transaction that this response belongs to.
    pub(crate) fn of_response(response: &Response) -> Self {
        Self::new(response.head.via.branch(), &response.head.cseq.method)
    }

    fn new(branch: Option<&str>, method: &Method) -> Self {
        Self(format!("{} {method}", branch.unwrap_or_default()))
    }
}

/// Names a transaction of a peer's: branch, sent-by and method (RFC 3261 section 17.2.3).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct ServerKey(String);

impl ServerKey {
    /// The transaction that this request belongs to; an ACK belongs to its INVITE's.
    pub(crate) fn of(request: &Request) -> Self {
        let method = if request.method == Method::Ack { &Method::Invite } else { &request.method };
        Self::with_method(request, method)
    }

    /// The INVITE that this CANCEL cancels (RFC 3261 section 9.2).
    pub(crate) fn cancelled_by(cancel: &Request) -> Self {
        Self::with_method(cancel, &Method::Invite)
    }

    /// A request without a proper branch comes from a peer as old as RFC 2543, and is told by its other fields.
    fn with_method(request: &Request, method: &Method) -> Self {
        let head = &request.head;
        let sent_by = &head.via.sent_by;
        Self(match head.via.branch() {
            Some(branch) => format!("{branch} {sent_by} {method}"),
            None => {
                let (call_id, number) = (&head.call_id, head.cseq.number);
                format!("{call_id} {} {number} {sent_by} {method}", request.tag_of_sender())
            }
        })
    }
}
