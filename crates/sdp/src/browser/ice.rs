//! The credentials of an ICE agent.

use crate::Attribute;
use std::fmt;
use std::ops::RangeInclusive;

/// Lengths of a user fragment (RFC 8839 section 5.4), in characters.
const UFRAG_LENGTH: RangeInclusive<usize> = 4..=256;
/// Lengths of a password.
const PWD_LENGTH: RangeInclusive<usize> = 22..=256;

/// The short-term credentials of one side's ICE agent (RFC 8839 section 5.4).
#[derive(Clone, PartialEq, Eq)]
pub struct IceCredentials {
    /// The user fragment, which names the agent in connectivity checks.
    pub ufrag: String,
    /// The password, which proves that a check is from one who knows the description.
    pub pwd: String,
}

impl IceCredentials {
    /// Credentials of our own.
    #[must_use]
    pub fn new(ufrag: impl Into<String>, pwd: impl Into<String>) -> Self {
        Self { ufrag: ufrag.into(), pwd: pwd.into() }
    }

    /// A peer's, if they are as they should be.
    pub(super) fn checked(ufrag: &str, pwd: &str) -> Option<Self> {
        let sound = UFRAG_LENGTH.contains(&ufrag.len()) && PWD_LENGTH.contains(&pwd.len());
        (sound && is_ice_text(ufrag) && is_ice_text(pwd)).then(|| Self::new(ufrag, pwd))
    }

    pub(super) fn attributes(&self) -> [Attribute; 2] {
        [
            Attribute::with_value("ice-ufrag", &self.ufrag),
            Attribute::with_value("ice-pwd", &self.pwd),
        ]
    }
}

/// Without the password, which has no place in a log.
impl fmt::Debug for IceCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IceCredentials").field("ufrag", &self.ufrag).finish_non_exhaustive()
    }
}

/// Whether all are an `ice-char` (RFC 8839 section 5.1).
pub(super) fn is_ice_text(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_and_characters_are_those_of_the_grammar() {
        let pwd = "p".repeat(22);
        assert!(IceCredentials::checked("a+/9", &pwd).is_some());
        assert!(IceCredentials::checked(&"u".repeat(256), &"p".repeat(256)).is_some());
        for (ufrag, pwd) in [
            ("abc", pwd.as_str()),
            (&"u".repeat(257), &pwd),
            ("abcd", &"p".repeat(21)),
            ("abcd", &"p".repeat(257)),
            ("ab d", &pwd),
            ("ab:d", &pwd),
            ("abcd", "ppppppppppppppppppppp="),
            ("äbcd", &pwd),
        ] {
            assert_eq!(IceCredentials::checked(ufrag, pwd), None, "{ufrag} {pwd}");
        }
    }

    #[test]
    fn a_log_has_no_password() {
        let text = format!("{:?}", IceCredentials::new("abcd", "secret"));
        assert!(text.contains("abcd") && !text.contains("secret"), "{text}");
    }
}
