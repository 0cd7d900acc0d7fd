//! The names of things: newtypes that parse strictly and print one way.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

use crate::base32;

/// A text that is not the id it was taken for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a valid {0}")]
pub struct IdError(&'static str);

/// What a conference is known by in its URL: 128 random bits, so that nobody guesses one.
///
/// Whoever has it may join, so `Debug` shows its beginning only.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ConferenceKey([u8; 16]);

/// What the page that placed a call proves itself with when it mutes or hangs up: 128 random bits.
///
/// `Debug` shows its beginning only.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CallSecret([u8; 16]);

/// What a mailed link proves that its reader gets the mail of an address by: 128 random bits.
///
/// `Debug` shows its beginning only.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SignInToken([u8; 16]);

/// What a browser that is signed in has as its cookie: 128 random bits.
///
/// `Debug` shows its beginning only.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SessionToken([u8; 16]);

/// What a recording and the directory of its files are known by: 128 random bits.
///
/// `Debug` shows its beginning only.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RecordingId([u8; 16]);

macro_rules! secret_id {
    ($type:ident, $what:literal) => {
        impl $type {
            /// Made of 16 bytes from a cryptographic random generator.
            #[must_use]
            pub const fn from_random(bytes: [u8; 16]) -> Self {
                Self(bytes)
            }
        }

        impl FromStr for $type {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                base32::decode(text).map(Self).ok_or(IdError($what))
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&base32::encode(self.0))
            }
        }

        impl fmt::Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({:.4}…)", stringify!($type), base32::encode(self.0))
            }
        }

        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
    };
}

secret_id!(ConferenceKey, "conference key");
secret_id!(CallSecret, "call id");
secret_id!(RecordingId, "recording");
secret_id!(SignInToken, "sign-in link");
secret_id!(SessionToken, "session");

/// A participant of one session, printed as `p7`. Counted from 1; no secret: it names the
/// participant to everybody in the conference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ParticipantId(u64);

impl ParticipantId {
    /// The n-th participant.
    #[must_use]
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// The n of the n-th participant.
    #[must_use]
    pub const fn number(self) -> u64 {
        self.0
    }
}

impl FromStr for ParticipantId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        text.strip_prefix('p')
            .filter(|digits| !digits.starts_with(['0', '+']))
            .and_then(|digits| digits.parse().ok())
            .map(Self)
            .ok_or(IdError("participant id"))
    }
}

impl fmt::Display for ParticipantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "p{}", self.0)
    }
}

impl Serialize for ParticipantId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Who owns conferences: a number given by the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct SubscriberId(i64);

impl SubscriberId {
    /// The subscriber that the store knows by this number.
    #[must_use]
    pub const fn new(number: i64) -> Self {
        Self(number)
    }

    /// The number in the store.
    #[must_use]
    pub const fn number(self) -> i64 {
        self.0
    }
}

/// The eight digits by which a caller names a conference over the phone.
///
/// The first is never 0, so that the code survives being taken for a number. Far fewer than a
/// key's bits: callers come over configured trunks only, one call at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DialInCode(u32);

impl DialInCode {
    /// Digits in a code.
    pub const DIGITS: usize = 8;

    const FIRST: u32 = 10_000_000;
    const COUNT: u64 = 90_000_000;

    /// Made of 8 random bytes.
    #[must_use]
    pub const fn from_random(bytes: [u8; 8]) -> Self {
        // 2^64 is no multiple of 9·10^7, but the bias is below 10^-11.
        Self(Self::FIRST + (u64::from_be_bytes(bytes) % Self::COUNT) as u32)
    }

    /// The code in two groups, for reading it out: `1234 5678`.
    #[must_use]
    pub fn grouped(&self) -> String {
        format!("{:04} {:04}", self.0 / 10_000, self.0 % 10_000)
    }
}

impl FromStr for DialInCode {
    type Err = IdError;

    /// Reads eight digits, alone or grouped by spaces or hyphens.
    fn from_str(text: &str) -> Result<Self, IdError> {
        let error = IdError("dial-in code");
        let mut value = 0u32;
        let mut digits = 0;
        for c in text.chars().filter(|c| !matches!(c, ' ' | '-')) {
            let digit = c.to_digit(10).ok_or(error)?;
            digits += 1;
            if digits > Self::DIGITS {
                return Err(error);
            }
            value = value * 10 + digit;
        }
        if digits == Self::DIGITS && value >= Self::FIRST { Ok(Self(value)) } else { Err(error) }
    }
}

impl fmt::Display for DialInCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08}", self.0)
    }
}

impl Serialize for DialInCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_key_prints_url_safe_and_parses_back() {
        let key = ConferenceKey::from_random(*b"sixteen bytes ok");
        let text = key.to_string();
        assert_eq!(text.len(), base32::ENCODED_CHARS);
        assert!(text.bytes().all(|b| b.is_ascii_alphanumeric()));
        assert_eq!(text.parse(), Ok(key));
    }

    #[test]
    fn debug_gives_no_secret_away() {
        let secret = CallSecret::from_random([7; 16]);
        let shown = format!("{secret:?}");
        assert_eq!(shown, "CallSecret(0w3g…)");
        assert!(!shown.contains(&secret.to_string()));
    }

    #[test]
    fn errors_say_what_was_expected() {
        let error = "hello".parse::<ConferenceKey>().unwrap_err();
        assert_eq!(error.to_string(), "not a valid conference key");
    }

    #[test]
    fn participant_ids() {
        assert_eq!(ParticipantId::new(7).to_string(), "p7");
        assert_eq!("p7".parse(), Ok(ParticipantId::new(7)));
        for bad in ["", "p", "7", "p07", "p+7", "p-7", "P7", "p99999999999999999999"] {
            assert!(bad.parse::<ParticipantId>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn codes_parse_as_people_write_them() {
        let code: DialInCode = "12345678".parse().unwrap();
        assert_eq!("1234 5678".parse(), Ok(code));
        assert_eq!("12-34-56-78".parse(), Ok(code));
        assert_eq!(code.to_string(), "12345678");
        assert_eq!(code.grouped(), "1234 5678");
        for bad in ["", "1234567", "123456789", "01234567", "1234567a", "+12345678", "١٢٣٤٥٦٧٨"]
        {
            assert!(bad.parse::<DialInCode>().is_err(), "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn every_random_code_has_eight_digits_and_parses_back(bytes: [u8; 8]) {
            let code = DialInCode::from_random(bytes);
            prop_assert_eq!(code.to_string().len(), DialInCode::DIGITS);
            prop_assert_eq!(code.to_string().parse(), Ok(code));
            prop_assert_eq!(code.grouped().parse(), Ok(code));
        }
    }
}
