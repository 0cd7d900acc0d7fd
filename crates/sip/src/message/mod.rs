//! SIP messages: read from the network, and written to it.
//!
//! Reading goes in two steps. [`Raw::screen`] cuts a message into parts within limits; [`Message::parse`] then
//! understands the fields that every message has. What fails the first step is dropped; what fails the second can
//! be refused with [`Raw::refusal`]. The rest of the crate sees only messages whose [`Head`] is complete.

mod address;
mod build;
mod framing;
mod headers;
mod method;
mod name;
mod parse;
mod screen;
mod text;
mod uri;
mod via;

use bytes::Bytes;

pub(crate) use self::{
    address::Address,
    framing::{Framed, Framer},
    headers::Headers,
    method::Method,
    name::Name,
    parse::addresses,
    screen::{Raw, skip_empty_lines},
    text::{split_outside, unquote},
    uri::{Scheme, Uri, parse_host_port},
    via::Via,
};

/// A request or a response.
#[derive(Debug, Clone)]
pub(crate) enum Message {
    Request(Request),
    Response(Response),
}

/// A request.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) method: Method,
    pub(crate) uri: Uri,
    pub(crate) head: Head,
    /// All fields but those of the head and `Content-Length`.
    pub(crate) headers: Headers,
    pub(crate) body: Bytes,
}

/// A response.
#[derive(Debug, Clone)]
pub(crate) struct Response {
    /// 100 to 699.
    pub(crate) status: u16,
    pub(crate) reason: String,
    pub(crate) head: Head,
    /// All fields but those of the head and `Content-Length`.
    pub(crate) headers: Headers,
    pub(crate) body: Bytes,
}

/// The fields that every message has (RFC 3261 section 8.1.1), understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Head {
    /// The hop before us.
    pub(crate) via: Via,
    /// The hops before that, as they came.
    pub(crate) hops: Vec<String>,
    pub(crate) from: Address,
    pub(crate) to: Address,
    pub(crate) call_id: String,
    pub(crate) cseq: CSeq,
}

/// The number of a request within its dialog, and its method.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CSeq {
    /// Below 2^31 (RFC 3261 section 8.1.1.5).
    pub(crate) number: u32,
    pub(crate) method: Method,
}

/// What is wrong with a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Fault {
    #[error("message too long")]
    TooLong,
    #[error("no end of the headers")]
    Truncated,
    #[error("not UTF-8")]
    Encoding,
    #[error("malformed start line")]
    StartLine,
    #[error("SIP version not supported")]
    Version,
    #[error("malformed header field")]
    Header,
    #[error("too many header fields")]
    TooManyHeaders,
    #[error("too many hops")]
    TooManyHops,
    #[error("a field that may stand once stands twice")]
    Repeated,
    #[error("a mandatory field is missing")]
    Missing,
    #[error("malformed URI")]
    Uri,
    #[error("malformed host or port")]
    Host,
    #[error("malformed Via")]
    Via,
    #[error("malformed parameters")]
    Parameters,
    #[error("quotation mark missing")]
    Quotes,
    #[error("angle bracket missing")]
    Brackets,
    #[error("malformed CSeq")]
    CSeq,
    #[error("malformed Max-Forwards")]
    MaxForwards,
    #[error("wrong Content-Length")]
    ContentLength,
    #[error("body too large")]
    BodyTooLarge,
}

impl Fault {
    /// Whether the message is sound, but too much.
    pub(crate) const fn is_limit(self) -> bool {
        matches!(self, Self::TooLong | Self::Truncated | Self::TooManyHeaders | Self::TooManyHops)
    }

    /// What a request with this fault is answered.
    pub(crate) const fn status(self) -> u16 {
        match self {
            Self::Version => 505,
            Self::BodyTooLarge => 413,
            Self::TooManyHops => 483,
            _ => 400,
        }
    }
}

impl Request {
    /// The tag of the sender's side.
    pub(crate) fn tag_of_sender(&self) -> &str {
        self.head.from.tag().unwrap_or_default()
    }

    /// The first Contact.
    pub(crate) fn contact(&self) -> Option<Address> {
        contact(&self.headers)
    }

    /// The body, where there is one and it is SDP.
    pub(crate) fn sdp(&self) -> Option<Bytes> {
        sdp(&self.headers, &self.body)
    }

    /// What the body is, without parameters.
    pub(crate) fn media_type(&self) -> Option<&str> {
        media_type(&self.headers)
    }
}

impl Response {
    /// The tag of the answerer's side.
    pub(crate) fn tag_of_answerer(&self) -> Option<&str> {
        self.head.to.tag()
    }

    /// Whether it says no more than "wait".
    pub(crate) fn is_provisional(&self) -> bool {
        self.status < 200
    }

    /// The first Contact.
    pub(crate) fn contact(&self) -> Option<Address> {
        contact(&self.headers)
    }

    /// The body, where there is one and it is SDP.
    pub(crate) fn sdp(&self) -> Option<Bytes> {
        sdp(&self.headers, &self.body)
    }
}

fn contact(headers: &Headers) -> Option<Address> {
    Address::parse(headers.list(&Name::Contact).next()?).ok()
}

fn media_type(headers: &Headers) -> Option<&str> {
    Some(headers.get(&Name::ContentType)?.split(';').next().unwrap_or_default().trim())
}

fn sdp(headers: &Headers, body: &Bytes) -> Option<Bytes> {
    let media_type = media_type(headers)?;
    (!body.is_empty() && media_type.eq_ignore_ascii_case("application/sdp")).then(|| body.clone())
}
