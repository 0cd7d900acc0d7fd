//! From the parts of a message to one that can be believed.

use bytes::Bytes;

use super::{
    Address, CSeq, Fault, Head, Headers, Message, Method, Name, Raw, Request, Response, Uri, Via,
    text::{number, split_outside},
};
use crate::limits::{BODY_BYTES_MAX, HOPS_MAX};

/// CSeq numbers lie below this (RFC 3261 section 8.1.1.5).
const CSEQ_END: u32 = 1 << 31;

impl Message {
    /// Understands the start line and the mandatory fields; checks that they agree with each other.
    ///
    /// # Errors
    /// Says what is wrong. A request can be refused with [`Raw::refusal`].
    pub(crate) fn parse(raw: &Raw<'_>) -> Result<Self, Fault> {
        if raw.is_response() {
            parse_response(raw).map(Self::Response)
        } else {
            parse_request(raw).map(Self::Request)
        }
    }
}

impl Raw<'_> {
    /// Whether it is a response, which is never answered.
    pub(crate) fn is_response(&self) -> bool {
        self.start_line.starts_with("SIP/")
    }
}

fn parse_request(raw: &Raw<'_>) -> Result<Request, Fault> {
    let mut parts = raw.start_line.split(' ');
    let (Some(method), Some(uri), Some(version), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(Fault::StartLine);
    };
    check_version(version)?;
    let method = Method::parse(method).ok_or(Fault::StartLine)?;
    let uri = Uri::parse(uri)?;
    if uri.has_headers() {
        return Err(Fault::Uri);
    }
    let head = parse_head(&raw.headers)?;
    if head.cseq.method != method {
        return Err(Fault::CSeq);
    }
    if raw.headers.get(&Name::MaxForwards).is_some_and(|hops| number::<u8>(hops).is_none()) {
        return Err(Fault::MaxForwards);
    }
    let (headers, body) = (other_fields(&raw.headers), parse_body(raw)?);
    Ok(Request { method, uri, head, headers, body })
}

fn parse_response(raw: &Raw<'_>) -> Result<Response, Fault> {
    let mut parts = raw.start_line.splitn(3, ' ');
    check_version(parts.next().unwrap_or_default())?;
    let status = parts.next().filter(|status| status.len() == 3).and_then(number::<u16>);
    let status = status.filter(|status| (100..700).contains(status)).ok_or(Fault::StartLine)?;
    let reason = parts.next().unwrap_or_default().to_owned();
    let head = parse_head(&raw.headers)?;
    let (headers, body) = (other_fields(&raw.headers), parse_body(raw)?);
    Ok(Response { status, reason, head, headers, body })
}

fn check_version(version: &str) -> Result<(), Fault> {
    if version.eq_ignore_ascii_case("SIP/2.0") {
        return Ok(());
    }
    let numbers = version.strip_prefix("SIP/").and_then(|version| version.split_once('.'));
    match numbers {
        Some((major, minor))
            if number::<u32>(major).is_some() && number::<u32>(minor).is_some() =>
        {
            Err(Fault::Version)
        }
        _ => Err(Fault::StartLine),
    }
}

fn parse_head(headers: &Headers) -> Result<Head, Fault> {
    if headers.repeats_single() {
        return Err(Fault::Repeated);
    }
    let field = |name| headers.get(&name).ok_or(Fault::Missing);
    let mut hops = headers.list(&Name::Via);
    let via = Via::parse(hops.next().ok_or(Fault::Missing)?)?;
    let hops: Vec<_> = hops.take(HOPS_MAX + 1).map(str::to_owned).collect();
    let routes =
        [Name::Route, Name::RecordRoute].iter().map(|name| headers.list(name).count()).max();
    if hops.len().max(routes.unwrap_or_default()) > HOPS_MAX {
        return Err(Fault::TooManyHops);
    }
    let call_id = field(Name::CallId)?;
    if call_id.is_empty() || call_id.contains([' ', '\t']) {
        return Err(Fault::Header);
    }
    Ok(Head {
        via,
        hops,
        from: Address::parse(field(Name::From)?)?,
        to: Address::parse(field(Name::To)?)?,
        call_id: call_id.to_owned(),
        cseq: parse_cseq(field(Name::CSeq)?)?,
    })
}

fn parse_cseq(text: &str) -> Result<CSeq, Fault> {
    let mut parts = text.split_ascii_whitespace();
    let (Some(digits), Some(method), None) = (parts.next(), parts.next(), parts.next()) else {
        return Err(Fault::CSeq);
    };
    let number = number(digits).filter(|number| *number < CSEQ_END).ok_or(Fault::CSeq)?;
    Ok(CSeq { number, method: Method::parse(method).ok_or(Fault::CSeq)? })
}

fn parse_body(raw: &Raw<'_>) -> Result<Bytes, Fault> {
    let body = raw.body()?;
    if body.len() > BODY_BYTES_MAX {
        return Err(Fault::BodyTooLarge);
    }
    Ok(Bytes::copy_from_slice(body))
}

fn other_fields(headers: &Headers) -> Headers {
    let mut headers = headers.clone();
    for name in [Name::Via, Name::From, Name::To, Name::CallId, Name::CSeq, Name::ContentLength] {
        headers.remove(&name);
    }
    headers
}

/// The addresses of a Route, Record-Route or Contact list.
///
/// # Errors
/// One of them is malformed.
pub(crate) fn addresses<'a>(values: impl Iterator<Item = &'a str>) -> Result<Vec<Address>, Fault> {
    values.flat_map(|value| split_outside(value, b',')).map(Address::parse).collect()
}
