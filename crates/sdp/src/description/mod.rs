//! A session description as it stands in a message body.

mod attributes;
mod display;
mod parse;

pub use attributes::{Rtcp, RtpMap};
pub(crate) use attributes::{has, values};
pub use parse::ParseError;

use std::net::IpAddr;

/// A whole description. Lines that mean nothing to telephone audio (bandwidth, times, keys, who to mail) are
/// dropped when it is parsed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionDescription {
    /// Who made it, and which version it is.
    pub origin: Origin,
    /// A name for people; `-` when there is none.
    pub name: String,
    /// Where to send to, for those media that don't say it themselves.
    pub connection: Option<Address>,
    /// Attributes of the session, in their order.
    pub attributes: Vec<Attribute>,
    /// The media, in their order.
    pub media: Vec<Media>,
}

/// Who made a description (RFC 8866 section 5.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The user's name, or `-`.
    pub username: String,
    /// Names the session, together with the rest. A number of more than 64 bits becomes the largest.
    pub session_id: u64,
    /// Grows with each change of the description.
    pub session_version: u64,
    /// The machine that made it.
    pub address: Address,
}

/// Which version of IP an address is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AddressFamily {
    /// `IP4`
    V4,
    /// `IP6`
    V6,
}

/// An internet address or name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Address {
    /// An address.
    Ip(IpAddr),
    /// A name that would have to be resolved.
    Name {
        /// What it should resolve to.
        family: AddressFamily,
        /// The name, without white space.
        name: String,
    },
}

/// One line of attributes, `a=name` or `a=name:value`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute {
    /// The name; not empty, without colon.
    pub name: String,
    /// What stands behind the colon.
    pub value: Option<String>,
}

/// One media line, and what belongs to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Media {
    /// `audio`, `video`, `image`, ...
    pub kind: String,
    /// Where to send to; zero when the media is refused or switched off.
    pub port: u16,
    /// The profile: `RTP/AVP` is plain RTP.
    pub protocol: String,
    /// Payload types, for RTP.
    pub formats: Vec<String>,
    /// Where to send to, if it is not that of the session.
    pub connection: Option<Address>,
    /// Attributes, in their order.
    pub attributes: Vec<Attribute>,
}

impl Address {
    /// The address, if it is not a name.
    #[must_use]
    pub fn ip(&self) -> Option<IpAddr> {
        match self {
            Self::Ip(ip) => Some(*ip),
            Self::Name { .. } => None,
        }
    }

    /// Which version of IP it is of.
    #[must_use]
    pub fn family(&self) -> AddressFamily {
        match self {
            Self::Ip(IpAddr::V4(_)) => AddressFamily::V4,
            Self::Ip(IpAddr::V6(_)) => AddressFamily::V6,
            Self::Name { family, .. } => *family,
        }
    }
}

impl Attribute {
    /// An attribute that is there or not.
    #[must_use]
    pub fn flag(name: &str) -> Self {
        Self { name: name.to_owned(), value: None }
    }

    /// An attribute with a value.
    #[must_use]
    pub fn with_value(name: &str, value: impl ToString) -> Self {
        Self { name: name.to_owned(), value: Some(value.to_string()) }
    }
}

#[cfg(test)]
mod tests;
