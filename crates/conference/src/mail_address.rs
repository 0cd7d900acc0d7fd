//! Where mail goes. What is accepted can stand in a mail's header or an SMTP command as it is: there
//! is no way to write a line break, a space, a quote or a second address into one.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

/// Why a text is no mail address. The messages are for the person who typed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MailAddressError {
    /// Not of the form that is accepted.
    #[error("Please give a mail address such as anna@example.com.")]
    Malformed,
    /// Longer than any address may be.
    #[error("Please use a mail address of at most {} characters.", MailAddress::BYTES_MAX)]
    TooLong,
}

/// A mail address: a dot-atom, `@`, and a domain name (RFC 5321, section 4.1.2). Quoted local parts,
/// address literals and comments, which nobody has, are refused, and so are letters outside ASCII,
/// which not all servers take (RFC 6531): a domain of such is written in its `xn--` form.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MailAddress {
    text: String,
    at: usize,
}

impl MailAddress {
    /// The longest that SMTP carries, in bytes (RFC 5321, section 4.5.3.1.3, less the brackets).
    pub const BYTES_MAX: usize = 254;

    /// The longest local part, in bytes (RFC 5321, section 4.5.3.1.1).
    const LOCAL_BYTES_MAX: usize = 64;

    /// The longest label of a domain name, in bytes (RFC 1035, section 2.3.4).
    const LABEL_BYTES_MAX: usize = 63;

    /// The whole address, its domain in lower case.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// What stands before the `@`.
    #[must_use]
    pub fn local(&self) -> &str {
        &self.text[..self.at]
    }

    /// The domain, in lower case.
    #[must_use]
    pub fn domain(&self) -> &str {
        &self.text[self.at + 1..]
    }
}

impl FromStr for MailAddress {
    type Err = MailAddressError;

    fn from_str(text: &str) -> Result<Self, MailAddressError> {
        let text = text.trim_matches(' ');
        if text.len() > Self::BYTES_MAX {
            return Err(MailAddressError::TooLong);
        }
        let (local, domain) = text.split_once('@').ok_or(MailAddressError::Malformed)?;
        if !is_local(local) || !is_domain(domain) {
            return Err(MailAddressError::Malformed);
        }
        let at = local.len();
        Ok(Self { text: format!("{local}@{}", domain.to_ascii_lowercase()), at })
    }
}

impl fmt::Display for MailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Serialize for MailAddress {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

/// A dot-atom (RFC 5322, section 3.2.3).
fn is_local(local: &str) -> bool {
    let is_atext = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&b);
    local.len() <= MailAddress::LOCAL_BYTES_MAX
        && local.split('.').all(|atom| !atom.is_empty() && atom.bytes().all(is_atext))
}

/// Two labels at least: what lacks the last one is a slip of the keyboard.
fn is_domain(domain: &str) -> bool {
    let is_label = |label: &str| {
        (1..=MailAddress::LABEL_BYTES_MAX).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    domain.contains('.') && domain.split('.').all(is_label)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn addresses_as_people_have_them() {
        for good in ["anna@example.com", "o'brien+x@mail.example.co.uk", "a.b-c_d@xn--bcher-kva.de"]
        {
            assert_eq!(good.parse::<MailAddress>().unwrap().as_str(), good);
        }
        let tidied: MailAddress = " Anna@EXAMPLE.Com ".parse().unwrap();
        assert_eq!(tidied.as_str(), "Anna@example.com");
        assert_eq!((tidied.local(), tidied.domain()), ("Anna", "example.com"));
    }

    #[test]
    fn what_could_reach_into_a_header_is_refused() {
        for bad in [
            "anna@example.com\r\nBcc: all@example.com",
            "anna@example.com\n",
            "\r\nanna@example.com",
            "anna\0@example.com",
            "anna@example.com, bert@example.com",
            "Anna <anna@example.com>",
            "\"anna\"@example.com",
            "anna@[192.0.2.1]",
            "a b@example.com",
            "anna@exam ple.com",
            "anna(comment)@example.com",
        ] {
            assert_eq!(bad.parse::<MailAddress>(), Err(MailAddressError::Malformed), "{bad:?}");
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for bad in [
            "",
            "@",
            "anna",
            "anna@",
            "@example.com",
            "a@@example.com",
            "a@b@example.com",
            ".a@example.com",
            "a.@example.com",
            "a..b@example.com",
            "a@example",
            "a@.example.com",
            "a@example.com.",
            "a@-example.com",
            "a@example-.com",
            "ånna@example.com",
            "a@bücher.de",
        ] {
            assert_eq!(bad.parse::<MailAddress>(), Err(MailAddressError::Malformed), "{bad:?}");
        }
        let long = format!("{}@example.com", "a".repeat(65));
        assert_eq!(long.parse::<MailAddress>(), Err(MailAddressError::Malformed));
        let endless = format!("anna@{}com", "a.".repeat(5_000));
        assert_eq!(endless.parse::<MailAddress>(), Err(MailAddressError::TooLong));
    }

    proptest! {
        #[test]
        fn whatever_is_accepted_is_one_visible_word(text in "[ -~\r\n\t]{0,40}") {
            if let Ok(address) = text.parse::<MailAddress>() {
                let plain = |c: char| c.is_ascii_graphic() && !"<>,;:\"()[]\\".contains(c);
                prop_assert!(address.as_str().chars().all(plain));
                prop_assert_eq!(address.as_str().parse(), Ok(address.clone()));
            }
        }
    }
}
