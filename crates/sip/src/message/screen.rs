//! The first look at what the network sent: limits and shape, before anything is believed.

use super::{
    Fault,
    headers::Headers,
    name::Name,
    text::{is_token, number},
};
use crate::limits::{HEAD_BYTES_MAX, HEADERS_MAX, MESSAGE_BYTES_MAX};

/// A message cut into its parts, none of which has been understood yet. There is enough in it to refuse it properly.
#[derive(Debug)]
pub(crate) struct Raw<'a> {
    /// The request line or status line.
    pub(crate) start_line: &'a str,
    /// Unfolded.
    pub(crate) headers: Headers,
    /// All that follows the empty line.
    pub(crate) rest: &'a [u8],
}

impl<'a> Raw<'a> {
    /// Cuts a message into its parts.
    ///
    /// # Errors
    /// It isn't SIP, or so far beyond a limit that no answer is due.
    pub(crate) fn screen(data: &'a [u8]) -> Result<Self, Fault> {
        if data.len() > MESSAGE_BYTES_MAX {
            return Err(Fault::TooLong);
        }
        let data = skip_empty_lines(data);
        let (head, rest) = split_head(data).ok_or(Fault::Truncated)?;
        let head = std::str::from_utf8(head).map_err(|_| Fault::Encoding)?;
        let (start_line, fields) = head.split_once("\r\n").unwrap_or((head, ""));
        if start_line.is_empty() || has_control(start_line) {
            return Err(Fault::StartLine);
        }
        Ok(Self { start_line, headers: unfold(fields)?, rest })
    }

    /// The body's length: as declared, or in a datagram all there is (RFC 3261 section 18.3).
    pub(crate) fn body(&self) -> Result<&'a [u8], Fault> {
        match self.headers.get(&Name::ContentLength) {
            Some(length) => {
                let length = number(length).ok_or(Fault::ContentLength)?;
                self.rest.get(..length).ok_or(Fault::ContentLength)
            }
            None => Ok(self.rest),
        }
    }
}

/// Empty lines before a message are ignored (RFC 3261 section 7.5): keep-alives, mostly.
pub(crate) fn skip_empty_lines(mut data: &[u8]) -> &[u8] {
    while let Some(rest) = data.strip_prefix(b"\r\n") {
        data = rest;
    }
    data
}

/// Splits at the first empty line, which must come within the limit.
pub(crate) fn split_head(data: &[u8]) -> Option<(&[u8], &[u8])> {
    let window = data.get(..HEAD_BYTES_MAX).unwrap_or(data);
    let end = window.windows(4).position(|four| four == b"\r\n\r\n")?;
    Some((data.get(..end)?, data.get(end + 4..)?))
}

fn unfold(fields: &str) -> Result<Headers, Fault> {
    let mut headers = Headers::default();
    let mut open: Option<(Name, String)> = None;
    let mut count = 0;
    for line in fields.split("\r\n").filter(|line| !line.is_empty()) {
        if has_control(line) {
            return Err(Fault::Header);
        }
        if line.starts_with([' ', '\t']) {
            let (_, value) = open.as_mut().ok_or(Fault::Header)?;
            value.push(' ');
            value.push_str(line.trim());
            continue;
        }
        count += 1;
        if count > HEADERS_MAX {
            return Err(Fault::TooManyHeaders);
        }
        let (name, value) = line.split_once(':').ok_or(Fault::Header)?;
        let name = name.trim_end();
        if !is_token(name) {
            return Err(Fault::Header);
        }
        let closed = open.replace((Name::parse(name), value.trim().to_owned()));
        headers.extend(closed);
    }
    headers.extend(open);
    headers.trim();
    Ok(headers)
}

/// No control character but the tab belongs into a head, unless a backslash in a quoted string makes it harmless. A
/// bare CR or LF never does: it would split differently elsewhere.
fn has_control(line: &str) -> bool {
    let mut is_escaped = false;
    line.bytes().any(|byte| {
        let is_harmless = byte == b'\t' || is_escaped && byte != b'\r' && byte != b'\n';
        is_escaped = byte == b'\\' && !is_escaped;
        byte.is_ascii_control() && !is_harmless
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unfolds_lines_and_knows_compact_names() {
        let raw = Raw::screen(b"\r\n\r\nX y\r\nv:\r\n  a\r\n\tb\r\nl : 2\r\n\r\nabc").unwrap();
        assert_eq!(raw.start_line, "X y");
        assert_eq!(raw.headers.get(&Name::Via), Some("a b"));
        assert_eq!(raw.body(), Ok(&b"ab"[..]));
    }

    #[test]
    fn a_body_can_not_be_longer_than_its_datagram() {
        for length in ["4", "-1", "99999999999999999999999", "3a", ""] {
            let text = format!("X y\r\nContent-Length: {length}\r\n\r\nabc");
            assert_eq!(Raw::screen(text.as_bytes()).unwrap().body(), Err(Fault::ContentLength));
        }
    }

    #[test]
    fn stops_at_each_limit() {
        let many = format!("X y\r\n{}\r\n", "a: b\r\n".repeat(HEADERS_MAX + 1));
        assert_eq!(Raw::screen(many.as_bytes()).unwrap_err(), Fault::TooManyHeaders);
        let long = format!("X y\r\na: {}\r\n\r\n", "b".repeat(HEAD_BYTES_MAX));
        assert_eq!(Raw::screen(long.as_bytes()).unwrap_err(), Fault::Truncated);
        assert_eq!(Raw::screen(&vec![b' '; MESSAGE_BYTES_MAX + 1]).unwrap_err(), Fault::TooLong);
        assert_eq!(Raw::screen(b"X\0y\r\n\r\n").unwrap_err(), Fault::StartLine);
        assert_eq!(Raw::screen(b"X y\r\n \xff: \r\n\r\n").unwrap_err(), Fault::Encoding);
    }
}
