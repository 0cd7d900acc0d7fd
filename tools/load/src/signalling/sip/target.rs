//! Whom to call: a SIP URI, in which `{room}` stands for a room's number.

use std::fmt;
use std::str::FromStr;

use sip::{HostPort, Transport};

/// What stands for the number of a room in a URI.
pub const ROOM: &str = "{room}";

/// A SIP URI to call.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SipTarget {
    user: Option<String>,
    /// Where the server is.
    pub host: HostPort,
    /// How messages get there.
    pub transport: Transport,
}

/// A text that is no URI to call.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("not a SIP URI such as sip:1000@127.0.0.1:5060 or sip:{{room}}@127.0.0.1;transport=tcp")]
pub struct InvalidTarget;

impl SipTarget {
    /// Whether each room has a URI of its own.
    #[must_use]
    pub fn tells_rooms_apart(&self) -> bool {
        self.user.as_deref().is_some_and(|user| user.contains(ROOM))
    }

    /// The user part to call for the room of this number; none if the URI has none.
    #[must_use]
    pub fn user(&self, room: u64) -> Option<String> {
        self.user.as_deref().map(|user| user.replace(ROOM, &room.to_string()))
    }
}

impl FromStr for SipTarget {
    type Err = InvalidTarget;

    fn from_str(text: &str) -> Result<Self, InvalidTarget> {
        let rest = text.strip_prefix("sip:").ok_or(InvalidTarget)?;
        let (rest, parameters) = rest.split_once(';').unwrap_or((rest, ""));
        let (user, host) = match rest.rsplit_once('@') {
            Some((user, host)) => (Some(user), host),
            None => (None, rest),
        };
        let transport = match parameters.to_ascii_lowercase().as_str() {
            "" | "transport=udp" => Transport::Udp,
            "transport=tcp" => Transport::Tcp,
            _ => return Err(InvalidTarget),
        };
        let plain = |user: &str| {
            let user = user.replace(ROOM, "0");
            let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"+*#-_.!~".contains(&byte);
            !user.is_empty() && user.bytes().all(is_plain)
        };
        if !user.is_none_or(plain) {
            return Err(InvalidTarget);
        }
        let host = host.parse().map_err(|_| InvalidTarget)?;
        Ok(Self { user: user.map(str::to_owned), host, transport })
    }
}

impl fmt::Display for SipTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("sip:")?;
        if let Some(user) = &self.user {
            write!(f, "{user}@")?;
        }
        write!(f, "{}", self.host)?;
        if self.transport == Transport::Tcp { f.write_str(";transport=tcp") } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uris_are_read_and_shown() {
        for text in [
            "sip:1000@127.0.0.1:5060",
            "sip:room-{room}@localhost;transport=tcp",
            "sip:127.0.0.1:5062",
        ] {
            assert_eq!(text.parse::<SipTarget>().unwrap().to_string(), text);
        }
        for bad in ["1000@host", "sip:@host", "sip:a b@host", "sip:a@host;lr", "sip:{seat}@host"] {
            assert_eq!(bad.parse::<SipTarget>(), Err(InvalidTarget), "{bad}");
        }
    }

    #[test]
    fn rooms_have_numbers() {
        let target: SipTarget = "sip:9{room}@127.0.0.1".parse().unwrap();
        assert!(target.tells_rooms_apart());
        assert_eq!(target.user(12), Some("912".to_owned()));
        let one: SipTarget = "sip:100@127.0.0.1".parse().unwrap();
        assert!(!one.tells_rooms_apart());
        assert_eq!(one.user(12), Some("100".to_owned()));
    }
}
