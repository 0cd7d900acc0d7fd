//! Addresses of the kinds `sip:`, `sips:` and `tel:`.

use std::fmt;

use super::{
    Fault,
    text::{Params, is_token, number, percent_decode, percent_encode},
};
use crate::{HostPort, Transport};

/// A URI, kept letter for letter as it came: a target or a route must go back unchanged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Uri {
    text: Box<str>,
    /// Which kind it is.
    pub(crate) scheme: Scheme,
    user: Option<Box<str>>,
    /// Host and port; `None` for `tel:` and for schemes that we don't know.
    pub(crate) host: Option<HostPort>,
    params: Params,
    has_headers: bool,
}

/// The scheme of a URI.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scheme {
    Sip,
    Sips,
    Tel,
    Other,
}

impl Uri {
    /// Longest URI that is taken, in bytes.
    const BYTES_MAX: usize = 4096;

    pub(crate) fn parse(text: &str) -> Result<Self, Fault> {
        let is_clean = |byte: u8| byte.is_ascii_graphic() && !b"<>\"".contains(&byte);
        if text.len() > Self::BYTES_MAX || !text.bytes().all(is_clean) {
            return Err(Fault::Uri);
        }
        let (scheme, rest) = text.split_once(':').ok_or(Fault::Uri)?;
        let scheme = match scheme.to_ascii_lowercase().as_str() {
            "sip" => Scheme::Sip,
            "sips" => Scheme::Sips,
            "tel" => Scheme::Tel,
            other if is_token(other) => Scheme::Other,
            _ => return Err(Fault::Uri),
        };
        match scheme {
            Scheme::Sip | Scheme::Sips => Self::parse_sip(text, scheme, rest),
            Scheme::Tel => Self::parse_tel(text, rest),
            Scheme::Other => Ok(Self::bare(text, scheme)),
        }
    }

    /// A URI of ours; what a user part can't hold is escaped. `params` begins with its `;`.
    pub(crate) fn sip(user: Option<&str>, host: &HostPort, params: &str) -> Self {
        let user = user.map(|user| format!("{}@", percent_encode(user))).unwrap_or_default();
        let text = format!("sip:{user}{host}{params}");
        Self::parse(&text).unwrap_or_else(|_| Self::bare(&text, Scheme::Other))
    }

    /// `user:password@host:port;parameters?headers`. A user part may hold `;` and `?`, so `@` is looked for first.
    fn parse_sip(text: &str, scheme: Scheme, rest: &str) -> Result<Self, Fault> {
        let (user, rest) = match rest.split_once('@') {
            Some(("", _)) => return Err(Fault::Uri),
            Some((user, rest)) => (Some(user.split_once(':').map_or(user, |(user, _)| user)), rest),
            None => (None, rest),
        };
        let (rest, has_headers) = match rest.split_once('?') {
            Some((rest, _)) => (rest, true),
            None => (rest, false),
        };
        let (host, params) = rest.split_at(rest.find(';').unwrap_or(rest.len()));
        Ok(Self {
            user: user.map(Into::into),
            host: Some(parse_host_port(host)?),
            params: Params::parse(params).map_err(|_| Fault::Uri)?,
            has_headers,
            ..Self::bare(text, scheme)
        })
    }

    /// `tel:+33...;parameters` (RFC 3966). The number takes the place of a user.
    fn parse_tel(text: &str, rest: &str) -> Result<Self, Fault> {
        let (number, params) = rest.split_at(rest.find(';').unwrap_or(rest.len()));
        let is_digit = |byte: u8| byte.is_ascii_hexdigit() || b"+-.()*#".contains(&byte);
        if number.is_empty() || !number.bytes().all(is_digit) {
            return Err(Fault::Uri);
        }
        Ok(Self {
            user: Some(number.replace(['-', '.', '(', ')'], "").into()),
            params: Params::parse(params).map_err(|_| Fault::Uri)?,
            ..Self::bare(text, Scheme::Tel)
        })
    }

    fn bare(text: &str, scheme: Scheme) -> Self {
        let (user, host) = (None, None);
        Self {
            text: text.into(),
            scheme,
            user,
            host,
            params: Params::default(),
            has_headers: false,
        }
    }

    /// The user part, decoded; parameters within it (`+33612;phone-context=x`) are cut off.
    pub(crate) fn user(&self) -> Option<String> {
        let user = self.user.as_deref()?;
        Some(percent_decode(user.split_once(';').map_or(user, |(user, _)| user)))
    }

    /// Whether a route to here is a loose one (RFC 3261 section 19.1.1).
    pub(crate) fn is_loose(&self) -> bool {
        self.params.get("lr").is_some()
    }

    /// The transport that it asks for.
    pub(crate) fn transport(&self) -> Option<Transport> {
        let transport = self.params.get("transport")?;
        [Transport::Udp, Transport::Tcp]
            .into_iter()
            .find(|known| known.uri_token().eq_ignore_ascii_case(transport))
    }

    /// Whether it carries header fields, which a Request-URI must not (RFC 3261 table in section 19.1.1).
    pub(crate) fn has_headers(&self) -> bool {
        self.has_headers
    }
}

/// `host`, `host:port`, `[v6]:port`; also in a `Via`, with space around the colon.
pub(crate) fn parse_host_port(text: &str) -> Result<HostPort, Fault> {
    let (host, port) = if let Some(rest) = text.strip_prefix('[') {
        let (host, rest) = rest.split_once(']').ok_or(Fault::Host)?;
        let host: std::net::Ipv6Addr = host.parse().map_err(|_| Fault::Host)?;
        (
            host.to_string(),
            rest.trim_start().strip_prefix(':').or((!rest.is_empty()).then_some(rest)),
        )
    } else {
        let (host, port) = match text.split_once(':') {
            Some((host, port)) => (host.trim_end(), Some(port)),
            None => (text, None),
        };
        let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
        if host.is_empty() || !host.bytes().all(is_name) {
            return Err(Fault::Host);
        }
        (host.to_owned(), port)
    };
    let port = port.map(|port| number(port.trim_start()).ok_or(Fault::Host)).transpose()?;
    Ok(HostPort { host, port })
}

impl fmt::Display for Uri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_carriers_send() {
        let uri =
            Uri::parse("sip:+33612345678;npdi@[2001:db8::1]:5080;user=phone;lr;transport=TCP")
                .unwrap();
        assert_eq!(uri.user().as_deref(), Some("+33612345678"));
        let host = uri.host.clone().unwrap();
        assert_eq!((host.host.as_str(), host.port()), ("2001:db8::1", 5080));
        assert!(uri.is_loose() && !uri.has_headers());
        assert_eq!(uri.transport(), Some(Transport::Tcp));
    }

    #[test]
    fn a_user_may_hold_what_elsewhere_separates() {
        let uri = Uri::parse("sip:user;par=u%40example.net@example.com").unwrap();
        assert_eq!(uri.host.clone().unwrap().host, "example.com");
        let uri = Uri::parse("sip:1?x=%31@example.com?a=b").unwrap();
        assert_eq!(uri.user().as_deref(), Some("1?x=1"));
        assert!(uri.has_headers());
    }

    #[test]
    fn telephone_numbers_lose_their_visual_separators() {
        let uri = Uri::parse("tel:+1-201-555-0123;phone-context=x").unwrap();
        assert_eq!((uri.scheme, uri.user().as_deref()), (Scheme::Tel, Some("+12015550123")));
    }

    #[test]
    fn refuses_what_is_no_uri() {
        for bad in [
            "",
            "sip:",
            "sip:@h",
            "sip:a b@h",
            "<sip:a@h>",
            "sip:a@h:70000",
            "sip:a@h:",
            "sip:[::1",
            "sip:a@b@c",
        ] {
            assert!(Uri::parse(bad).is_err(), "{bad}");
        }
    }
}
