//! Answers that depend on nothing but the request.

use super::keys;
use crate::message::{Headers, Method, Name, Request, Response};

/// The methods that we understand, for `Allow`.
pub(crate) const ALLOWED: &str = "INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE, INFO";

/// The answer to a request that changes nothing.
pub(crate) fn plain_reply(request: &Request, tag: &str) -> Response {
    match &request.method {
        Method::Options => request
            .response(200, tag)
            .with(Name::Allow, ALLOWED)
            .with(Name::Accept, "application/sdp")
            .with(Name::Supported, ""),
        // An empty INFO is a keep-alive of old; of what else may be in one, only keys are understood, and those by
        // the call itself (RFC 6086 section 4.2.2).
        Method::Info if request.body.is_empty() => request.response(200, tag),
        Method::Info => request.response(415, tag).with(Name::Accept, keys::ACCEPTED),
        Method::Other(_) => request.response(501, tag).with(Name::Allow, ALLOWED),
        _ => request.response(405, tag).with(Name::Allow, ALLOWED),
    }
}

/// What a request requires and we don't have, for `Unsupported` (RFC 3261 section 8.2.2.3).
pub(crate) fn unknown_extensions(headers: &Headers) -> Option<String> {
    let required: Vec<_> = headers.list(&Name::Require).collect();
    (!required.is_empty()).then(|| required.join(", "))
}
