//! Small scanners for the grammar of RFC 3261 section 25.

use super::Fault;

/// Whether `text` is a `token`: the alphabet of methods, tags and parameter names.
pub(crate) fn is_token(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-.!%*_+`'~".contains(&byte))
}

/// Splits at `separator` where it stands neither in a quoted string nor between `<` and `>`. Parts are trimmed,
/// and may be empty.
pub(crate) fn split_outside(text: &str, separator: u8) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        match find_outside(text, separator) {
            Some(at) => {
                rest = text.get(at + 1..);
                text.get(..at).map(str::trim)
            }
            None => {
                rest = None;
                Some(text.trim())
            }
        }
    })
}

/// Where `wanted` first stands outside quoted strings and angle brackets.
pub(crate) fn find_outside(text: &str, wanted: u8) -> Option<usize> {
    let (mut quoted, mut escaped, mut bracketed) = (false, false, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            _ if quoted => {}
            _ if byte == wanted && !bracketed => return Some(at),
            b'<' => bracketed = true,
            b'>' => bracketed = false,
            _ => {}
        }
    }
    None
}

/// Splits a quoted string off the front of `text`, which starts with its opening quote; both quotes stay with it.
pub(crate) fn split_quoted(text: &str) -> Result<(&str, &str), Fault> {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return text.split_at_checked(at + 1).ok_or(Fault::Quotes),
            _ => {}
        }
    }
    Err(Fault::Quotes)
}

/// The content of a quoted string, or the text as it is when there are no quotes around it.
pub(crate) fn unquote(text: &str) -> String {
    let Some(inner) = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')) else {
        return text.into();
    };
    let mut escaped = false;
    inner
        .chars()
        .filter(|&character| {
            escaped = character == '\\' && !escaped;
            !escaped
        })
        .collect()
}

/// A decimal number and nothing else: no sign, no space.
pub(crate) fn number<N: std::str::FromStr>(text: &str) -> Option<N> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}

/// Decodes `%41`; what is no valid escape stays as it is, and so does what would not be UTF-8.
pub(crate) fn percent_decode(text: &str) -> String {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        match (byte, escaped_byte(after)) {
            (b'%', Some((value, after))) => {
                decoded.push(value);
                rest = after;
            }
            _ => {
                decoded.push(byte);
                rest = after;
            }
        }
    }
    String::from_utf8(decoded).unwrap_or_else(|_| text.into())
}

/// Escapes what a user part can't hold (RFC 3261 section 25.1, `user`).
pub(crate) fn percent_encode(text: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.!~*'()&=+$,;?/".contains(&byte);
    let encode = |byte: u8| {
        if is_plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }
    };
    text.bytes().map(encode).collect()
}

/// Two hexadecimal digits off the front.
fn escaped_byte(text: &[u8]) -> Option<(u8, &[u8])> {
    let (&[high, low], rest) = text.split_first_chunk()?;
    let value = char::from(high).to_digit(16)? * 16 + char::from(low).to_digit(16)?;
    Some((u8::try_from(value).ok()?, rest))
}

/// Parameters in their order: `;name`, `;name=value`. Values keep their quotes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Params(Vec<(String, Option<String>)>);

impl Params {
    /// Reads what stands after the first `;` (which may itself still be there).
    pub(crate) fn parse(text: &str) -> Result<Self, Fault> {
        let text = text.trim();
        if text.is_empty() {
            return Ok(Self::default());
        }
        let text = text.strip_prefix(';').ok_or(Fault::Parameters)?;
        let mut params = Vec::new();
        for part in split_outside(text, b';') {
            let (name, value) = match part.split_once('=') {
                Some((name, value)) => (name.trim_end(), Some(value.trim_start())),
                None => (part, None),
            };
            let is_valid = value.is_none_or(is_param_value);
            if !is_token(name) || !is_valid {
                return Err(Fault::Parameters);
            }
            params.push((name.into(), value.map(Into::into)));
        }
        Ok(Self(params))
    }

    /// The value of a parameter: `None` when it isn't there, `""` when it has none.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let param = self.0.iter().find(|(known, _)| known.eq_ignore_ascii_case(name))?;
        Some(param.1.as_deref().unwrap_or_default())
    }

    /// Replaces a parameter, or adds it at the end.
    pub(crate) fn set(&mut self, name: &str, value: impl Into<String>) {
        let value = Some(value.into());
        match self.0.iter_mut().find(|(known, _)| known.eq_ignore_ascii_case(name)) {
            Some(param) => param.1 = value,
            None => self.0.push((name.into(), value)),
        }
    }

    /// Adds a parameter without a value.
    pub(crate) fn set_flag(&mut self, name: &str) {
        self.0.push((name.into(), None));
    }
}

/// A token, a host (which may be an IPv6 reference) or a quoted string. Old senders leave values empty.
fn is_param_value(value: &str) -> bool {
    if value.starts_with('"') {
        return split_quoted(value).is_ok_and(|(_, rest)| rest.trim().is_empty());
    }
    value.bytes().all(|byte| !byte.is_ascii_whitespace() && !b"\"<>,;".contains(&byte))
}

impl std::fmt::Display for Params {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|(name, value)| match value {
            Some(value) => write!(f, ";{name}={value}"),
            None => write!(f, ";{name}"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_only_outside_quotes_and_brackets() {
        let parts: Vec<_> = split_outside(r#""a, \" b" <sip:x@y;p=1,2>;q, c"#, b',').collect();
        assert_eq!(parts, [r#""a, \" b" <sip:x@y;p=1,2>;q"#, "c"]);
    }

    #[test]
    fn unquotes_and_decodes() {
        assert_eq!(unquote(r#""J Rosenberg \\\"""#), r#"J Rosenberg \""#);
        assert_eq!(percent_decode("u%40example%2"), "u@example%2");
        assert_eq!(percent_decode("%ff"), "%ff");
    }

    #[test]
    fn parameters_keep_order_and_case() {
        let params = Params::parse(r#"; Branch = z9hG4bK1 ;rport;x="a;b""#).unwrap();
        assert_eq!(params.to_string(), r#";Branch=z9hG4bK1;rport;x="a;b""#);
        assert_eq!(params.get("branch"), Some("z9hG4bK1"));
        assert_eq!(params.get("RPORT"), Some(""));
        for bad in ["x", ";;", ";a b", ";a=b c", ";a=\"x"] {
            assert!(Params::parse(bad).is_err(), "{bad}");
        }
    }
}
