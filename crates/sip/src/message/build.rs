//! Messages to be sent.

use std::net::SocketAddr;

use bytes::Bytes;

use super::{
    Address, Fault, Head, Headers, Method, Name, Raw, Request, Response, Via, text::is_token,
};

/// Wherever the peer's number of hops doesn't matter (RFC 3261 section 8.1.1.6).
const MAX_FORWARDS: &str = "70";

impl Request {
    /// The bytes to send.
    pub(crate) fn to_bytes(&self) -> Bytes {
        let start_line = format!("{} {} SIP/2.0", self.method, self.uri);
        write(&start_line, &self.head, Some(MAX_FORWARDS), &self.headers, &self.body)
    }

    /// A response to this request, with `tag` added to its To where there is none yet (RFC 3261 section 8.2.6.2).
    pub(crate) fn response(&self, status: u16, tag: &str) -> Response {
        let mut head = self.head.clone();
        if status > 100 && head.to.tag().is_none() {
            head.to = head.to.with_tag(tag);
        }
        let reason = reason_phrase(status).to_owned();
        let mut response =
            Response { status, reason, head, headers: Headers::default(), body: Bytes::new() };
        if let (100, Some(timestamp)) = (status, self.headers.get(&Name::Timestamp)) {
            response.headers.push(Name::Timestamp, timestamp);
        }
        response
    }

    /// The ACK of a final response other than 2xx: same branch, same route, the response's To
    /// (RFC 3261 section 17.1.1.3).
    pub(crate) fn ack_of_refusal(&self, to: &Address) -> Self {
        Self {
            head: Head { to: to.clone(), ..self.companion_head(Method::Ack) },
            ..self.companion(Method::Ack)
        }
    }

    /// The CANCEL of this request (RFC 3261 section 9.1).
    pub(crate) fn cancel(&self) -> Self {
        self.companion(Method::Cancel)
    }

    fn companion(&self, method: Method) -> Self {
        let mut headers = Headers::default();
        for route in self.headers.all(&Name::Route) {
            headers.push(Name::Route, route);
        }
        let head = self.companion_head(method.clone());
        Self { method, uri: self.uri.clone(), head, headers, body: Bytes::new() }
    }

    fn companion_head(&self, method: Method) -> Head {
        let mut head = self.head.clone();
        head.cseq.method = method;
        head
    }
}

impl Response {
    /// The bytes to send.
    pub(crate) fn to_bytes(&self) -> Bytes {
        let start_line = format!("SIP/2.0 {} {}", self.status, self.reason);
        write(&start_line, &self.head, None, &self.headers, &self.body)
    }

    /// Gives it an SDP body.
    pub(crate) fn with_sdp(mut self, sdp: Bytes) -> Self {
        self.headers.push(Name::ContentType, SDP);
        self.body = sdp;
        self
    }

    /// Adds a field.
    pub(crate) fn with(mut self, name: Name, value: impl Into<String>) -> Self {
        self.headers.push(name, value);
        self
    }
}

/// The media type of session descriptions.
pub(crate) const SDP: &str = "application/sdp";

impl Raw<'_> {
    /// The refusal of a malformed request, where it is sound enough to have one: the fields go back as they came.
    pub(crate) fn refusal(
        &self,
        fault: Fault,
        source: SocketAddr,
        tag: &str,
    ) -> Option<(Via, Bytes)> {
        if self.is_response() || self.start_line.starts_with("ACK ") {
            return None;
        }
        let mut hops = self.headers.list(&Name::Via);
        let mut via = Via::parse(hops.next()?).ok()?;
        via.stamp(source);
        let status = fault.status();
        let mut text = format!("SIP/2.0 {status} {}\r\nVia: {via}\r\n", reason_phrase(status));
        for hop in hops {
            text += &format!("Via: {hop}\r\n");
        }
        for name in [Name::From, Name::CallId, Name::CSeq] {
            text += &format!("{name}: {}\r\n", self.headers.get(&name)?);
        }
        let to = self.headers.get(&Name::To)?;
        let to = match Address::parse(to) {
            Ok(to) if to.tag().is_none() && is_token(tag) => to.with_tag(tag).to_string(),
            _ => to.to_owned(),
        };
        text += &format!("To: {to}\r\nWarning: 399 - \"{fault}\"\r\nContent-Length: 0\r\n\r\n");
        Some((via, text.into()))
    }
}

fn write(
    start_line: &str,
    head: &Head,
    hops: Option<&str>,
    headers: &Headers,
    body: &Bytes,
) -> Bytes {
    let mut text = format!("{start_line}\r\nVia: {}\r\n", head.via);
    for hop in &head.hops {
        text += &format!("Via: {hop}\r\n");
    }
    let Head { from, to, call_id, cseq, .. } = head;
    text += &format!("From: {from}\r\nTo: {to}\r\nCall-ID: {call_id}\r\n");
    text += &format!("CSeq: {} {}\r\n", cseq.number, cseq.method);
    // First among the other fields: read and written again, it stays where it is.
    if let (Some(hops), None) = (hops, headers.get(&Name::MaxForwards)) {
        text += &format!("{}: {hops}\r\n", Name::MaxForwards);
    }
    text += &headers.to_string();
    text += &format!("Content-Length: {}\r\n\r\n", body.len());
    let mut bytes = text.into_bytes();
    bytes.extend_from_slice(body);
    bytes.into()
}

/// The usual words for a status (RFC 3261 section 21).
#[expect(clippy::match_overlapping_arm, reason = "the ranges catch what isn't named above them")]
pub(crate) const fn reason_phrase(status: u16) -> &'static str {
    match status {
        100 => "Trying",
        180 => "Ringing",
        181 => "Call Is Being Forwarded",
        182 => "Queued",
        183 => "Session Progress",
        200 => "OK",
        202 => "Accepted",
        302 => "Moved Temporarily",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        406 => "Not Acceptable",
        407 => "Proxy Authentication Required",
        408 => "Request Timeout",
        410 => "Gone",
        413 => "Request Entity Too Large",
        415 => "Unsupported Media Type",
        416 => "Unsupported URI Scheme",
        420 => "Bad Extension",
        422 => "Session Interval Too Small",
        480 => "Temporarily Unavailable",
        481 => "Call/Transaction Does Not Exist",
        482 => "Loop Detected",
        483 => "Too Many Hops",
        484 => "Address Incomplete",
        486 => "Busy Here",
        487 => "Request Terminated",
        488 => "Not Acceptable Here",
        491 => "Request Pending",
        500 => "Server Internal Error",
        501 => "Not Implemented",
        503 => "Service Unavailable",
        504 => "Server Time-out",
        505 => "Version Not Supported",
        600 => "Busy Everywhere",
        603 => "Decline",
        604 => "Does Not Exist Anywhere",
        606 => "Not Acceptable",
        0..200 => "Progress",
        200..300 => "OK",
        _ => "Failure",
    }
}
