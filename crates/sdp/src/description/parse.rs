//! Reading a description: strict about what matters, patient with what doesn't.

use super::{Address, AddressFamily, Attribute, Media, Origin, SessionDescription};
use crate::limits::{ATTRIBUTES_MAX, BYTES_MAX, FORMATS_MAX, LINES_MAX, MEDIA_MAX};
use std::net::IpAddr;
use std::str::FromStr;

/// Why bytes are not a session description.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// Not UTF-8, or with control characters inside of lines.
    #[error("the description is not text")]
    NotText,
    /// A limit of [`limits`](crate::limits) is exceeded.
    #[error("the description has more than {max} {what}")]
    TooMuch {
        /// Of what there is too much.
        what: &'static str,
        /// How much is allowed.
        max: usize,
    },
    /// The description doesn't begin with `v=0`.
    #[error("the description doesn't begin with v=0")]
    Version,
    /// There is no `o=` line.
    #[error("the description has no origin")]
    NoOrigin,
    /// A line is not as it should be.
    #[error("line {number} ({kind}=) is malformed")]
    Line {
        /// Counted from one.
        number: usize,
        /// The line's letter, or `?` when it has none.
        kind: char,
    },
}

impl SessionDescription {
    /// Reads a message body. Lines may end in CRLF or LF; lines that are not needed are skipped, whatever
    /// stands in them; `s=` and `t=` may be missing.
    ///
    /// # Errors
    ///
    /// A [`ParseError`] that says which line, or which limit.
    pub fn parse(bytes: &[u8]) -> Result<Self, ParseError> {
        if bytes.len() > BYTES_MAX {
            return Err(ParseError::TooMuch { what: "bytes", max: BYTES_MAX });
        }
        let text = std::str::from_utf8(bytes).map_err(|_| ParseError::NotText)?;
        let mut lines = text.lines().zip(1..);
        if lines.next().is_none_or(|(first, _)| first.trim_end() != "v=0") {
            return Err(ParseError::Version);
        }
        let mut draft = Draft::default();
        for (line, number) in lines {
            if number > LINES_MAX {
                return Err(ParseError::TooMuch { what: "lines", max: LINES_MAX });
            }
            draft.read_line(line, number)?;
        }
        draft.finish()
    }
}

/// What was read so far.
#[derive(Default)]
struct Draft {
    origin: Option<Origin>,
    name: Option<String>,
    connection: Option<Address>,
    attributes: Vec<Attribute>,
    media: Vec<Media>,
}

impl Draft {
    fn read_line(&mut self, line: &str, number: usize) -> Result<(), ParseError> {
        if line.chars().any(|c| c.is_control() && c != '\t') {
            return Err(ParseError::NotText);
        }
        // Some put an empty line at the end.
        if line.trim().is_empty() {
            return Ok(());
        }
        let malformed = |kind| ParseError::Line { number, kind };
        let (kind, value) = line.split_once('=').ok_or(malformed('?'))?;
        match kind {
            "o" => self.origin = Some(value.parse().map_err(|()| malformed('o'))?),
            "s" => self.name = Some(value.trim().to_owned()).filter(|name| !name.is_empty()),
            "c" => *self.connection_place() = Some(value.parse().map_err(|()| malformed('c'))?),
            "a" => self.read_attribute(value).ok_or(malformed('a'))??,
            "m" => self.read_media(value).ok_or(malformed('m'))??,
            _ if kind.len() == 1 => {}
            _ => return Err(malformed('?')),
        }
        Ok(())
    }

    fn connection_place(&mut self) -> &mut Option<Address> {
        match self.media.last_mut() {
            Some(media) => &mut media.connection,
            None => &mut self.connection,
        }
    }

    fn read_attribute(&mut self, value: &str) -> Option<Result<(), ParseError>> {
        let (name, value) = match value.split_once(':') {
            Some((name, value)) => (name.trim(), Some(value.trim().to_owned())),
            None => (value.trim(), None),
        };
        if name.is_empty() {
            return None;
        }
        let attributes = match self.media.last_mut() {
            Some(media) => &mut media.attributes,
            None => &mut self.attributes,
        };
        let attribute = Attribute { name: name.to_owned(), value };
        Some(push_within(attributes, attribute, "attributes in one section", ATTRIBUTES_MAX))
    }

    fn read_media(&mut self, value: &str) -> Option<Result<(), ParseError>> {
        let mut fields = value.split_whitespace();
        let kind = fields.next()?.to_owned();
        // A number of ports may follow a slash; only the first is of use.
        let port = fields.next()?.split('/').next()?.parse().ok()?;
        let protocol = fields.next()?.to_owned();
        let mut formats = Vec::new();
        for format in fields {
            let pushed =
                push_within(&mut formats, format.to_owned(), "formats in one media", FORMATS_MAX);
            if let Err(error) = pushed {
                return Some(Err(error));
            }
        }
        let media =
            Media { kind, port, protocol, formats, connection: None, attributes: Vec::new() };
        Some(push_within(&mut self.media, media, "media", MEDIA_MAX))
    }

    fn finish(self) -> Result<SessionDescription, ParseError> {
        Ok(SessionDescription {
            origin: self.origin.ok_or(ParseError::NoOrigin)?,
            name: self.name.unwrap_or_else(|| "-".to_owned()),
            connection: self.connection,
            attributes: self.attributes,
            media: self.media,
        })
    }
}

fn push_within<T>(
    list: &mut Vec<T>,
    item: T,
    what: &'static str,
    max: usize,
) -> Result<(), ParseError> {
    if list.len() >= max {
        return Err(ParseError::TooMuch { what, max });
    }
    list.push(item);
    Ok(())
}

impl FromStr for Origin {
    type Err = ();

    /// Read from its end, as some have spaces in the user's name, or no name at all.
    fn from_str(text: &str) -> Result<Self, ()> {
        let fields: Vec<&str> = text.split_whitespace().collect();
        let (name, rest) =
            fields.split_at_checked(fields.len().checked_sub(5).ok_or(())?).ok_or(())?;
        let [session_id, session_version, network, family, address] = rest else { return Err(()) };
        let username = if name.is_empty() { "-".to_owned() } else { name.join(" ") };
        Ok(Self {
            username,
            session_id: large_number(session_id).ok_or(())?,
            session_version: large_number(session_version).ok_or(())?,
            address: address_of(network, family, address).ok_or(())?,
        })
    }
}

impl FromStr for Address {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let mut fields = text.split_whitespace();
        let (network, family) = (fields.next().ok_or(())?, fields.next().ok_or(())?);
        address_of(network, family, fields.next().ok_or(())?).ok_or(())
    }
}

fn address_of(network: &str, family: &str, address: &str) -> Option<Address> {
    if !network.eq_ignore_ascii_case("IN") {
        return None;
    }
    let family = match family.to_ascii_uppercase().as_str() {
        "IP4" => AddressFamily::V4,
        "IP6" => AddressFamily::V6,
        _ => return None,
    };
    // A multicast address has its reach behind a slash.
    let address = address.split('/').next().filter(|address| !address.is_empty())?;
    match address.parse::<IpAddr>() {
        Ok(ip) if ip.is_ipv4() == (family == AddressFamily::V4) => Some(Address::Ip(ip)),
        Ok(_) => None,
        Err(_) => Some(Address::Name { family, name: address.to_owned() }),
    }
}

/// Digits only; those beyond 64 bits become the largest number, as nothing depends on it.
fn large_number(digits: &str) -> Option<u64> {
    let are_digits = digits.bytes().all(|byte| byte.is_ascii_digit());
    are_digits.then(|| digits.parse().unwrap_or(u64::MAX))
}
