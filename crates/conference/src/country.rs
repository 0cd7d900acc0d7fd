//! Countries, as far as telephony goes.

use std::fmt;
use std::str::FromStr;

use phonenumber::metadata::{DATABASE, Metadata};
use serde::{Serialize, Serializer};

/// Why a country was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a country with phone numbers; give its ISO 3166 code of two letters, such as FR")]
pub struct UnknownCountry;

/// The country whose national form a number is read in when it has no `+`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Country(phonenumber::country::Id);

impl Country {
    /// Where numbers are taken to be from when nothing else is configured.
    pub const DEFAULT: Self = Self(phonenumber::country::FR);

    /// The two letters of ISO 3166.
    #[must_use]
    pub fn code(&self) -> &str {
        self.0.as_ref()
    }

    /// The digits after the `+`, such as 33.
    #[must_use]
    pub fn calling_code(&self) -> u16 {
        self.plan().map_or(0, Metadata::country_code)
    }

    /// The numbering plan, which [`FromStr`] has made sure of.
    pub(crate) fn plan(&self) -> Option<&'static Metadata> {
        DATABASE.by_id(self.code())
    }

    /// How the library names it.
    pub(crate) const fn id(self) -> phonenumber::country::Id {
        self.0
    }
}

impl FromStr for Country {
    type Err = UnknownCountry;

    fn from_str(text: &str) -> Result<Self, UnknownCountry> {
        let id = text.trim().to_ascii_uppercase().parse().map_err(|_| UnknownCountry)?;
        let country = Self(id);
        // The library knows names of countries that it has no numbering plan for.
        country.plan().map(|_| country).ok_or(UnknownCountry)
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl Serialize for Country {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_in_any_case() {
        let france: Country = " fr ".parse().unwrap();
        assert_eq!(france, Country::DEFAULT);
        assert_eq!(france.to_string(), "FR");
        assert_eq!(france.calling_code(), 33);
        assert_eq!(serde_json::to_value(france).unwrap(), "FR");
    }

    #[test]
    fn what_has_no_numbers_is_no_country_here() {
        for bad in ["", "F", "FRA", "XX", "AQ", "33", "001", "ﬀ"] {
            assert_eq!(bad.parse::<Country>(), Err(UnknownCountry), "{bad:?}");
        }
    }
}
