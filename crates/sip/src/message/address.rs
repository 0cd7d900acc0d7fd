//! `name-addr` and `addr-spec`: the values of From, To, Contact, Route and their like.

use std::fmt;

use super::{
    Fault, Uri,
    text::{Params, find_outside, split_quoted, unquote},
};

use crate::HostPort;

/// A URI with a display name and parameters around it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Address {
    /// As it came, quotes included.
    display: Box<str>,
    /// The address.
    pub(crate) uri: Uri,
    /// The parameters of the field, not those of the URI.
    pub(crate) params: Params,
}

impl Address {
    /// A bare address.
    pub(crate) fn new(uri: Uri) -> Self {
        Self { display: "".into(), uri, params: Params::default() }
    }

    /// Nobody (RFC 3323 section 4.1.1.3).
    pub(crate) fn anonymous() -> Self {
        let host = HostPort { host: "anonymous.invalid".into(), port: None };
        let uri = Uri::sip(Some("anonymous"), &host, "");
        Self { display: "\"Anonymous\"".into(), ..Self::new(uri) }
    }

    pub(crate) fn parse(text: &str) -> Result<Self, Fault> {
        let text = text.trim();
        let (display, rest) = if text.starts_with('"') {
            let (display, rest) = split_quoted(text)?;
            (display, rest.trim_start())
        } else {
            text.split_at(find_outside(text, b'<').unwrap_or(0))
        };
        let (uri, params) = match rest.strip_prefix('<') {
            Some(rest) => rest.split_once('>').ok_or(Fault::Brackets)?,
            None if display.is_empty() => bare_uri(rest)?,
            None => return Err(Fault::Brackets),
        };
        let params = Params::parse(params)?;
        Ok(Self { display: display.trim_end().into(), uri: Uri::parse(uri)?, params })
    }

    /// The `tag`, without which a dialog has no such side yet. An empty one is none.
    pub(crate) fn tag(&self) -> Option<&str> {
        self.params.get("tag").filter(|tag| !tag.is_empty())
    }

    /// The same address with this tag.
    pub(crate) fn with_tag(mut self, tag: &str) -> Self {
        self.params.set("tag", tag);
        self
    }

    /// The display name without quotes and escapes.
    pub(crate) fn display_name(&self) -> Option<String> {
        let name = unquote(&self.display);
        let name = name.trim();
        (!name.is_empty()).then(|| name.to_owned())
    }
}

/// Without brackets, parameters belong to the field, and the URI can't hold `,` or `?` (RFC 3261 section 20.10).
fn bare_uri(text: &str) -> Result<(&str, &str), Fault> {
    let (uri, params) = text.split_at(text.find(';').unwrap_or(text.len()));
    if uri.contains([',', '?']) { Err(Fault::Brackets) } else { Ok((uri.trim_end(), params)) }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.display.is_empty() {
            write!(f, "{} ", self.display)?;
        }
        write!(f, "<{}>{}", self.uri, self.params)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_without_brackets_belong_to_the_field() {
        let address = Address::parse("sip:alice@example.com;tag=7").unwrap();
        assert_eq!(address.tag(), Some("7"));
        assert_eq!(address.to_string(), "<sip:alice@example.com>;tag=7");
    }

    #[test]
    fn display_names_may_hold_anything_in_quotes() {
        let address = Address::parse(r#""Watson, \"T\" <x>" <sip:t@example.org>;tag=1"#).unwrap();
        assert_eq!(address.display_name().as_deref(), Some(r#"Watson, "T" <x>"#));
        assert_eq!(address.to_string(), r#""Watson, \"T\" <x>" <sip:t@example.org>;tag=1"#);
    }

    #[test]
    fn refuses_open_quotes_and_brackets() {
        for bad in [
            "\"Mr. J. User <sip:j@example.com>",
            "<sip:a@b",
            "a sip:b@c",
            "sip:a@b?Route=c",
            "\"x\" sip:a@b",
        ] {
            assert!(Address::parse(bad).is_err(), "{bad}");
        }
    }
}
