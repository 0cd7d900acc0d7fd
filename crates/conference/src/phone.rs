//! Phone numbers: any usual form in, E.164 out, and masked wherever they are shown.

use std::fmt;
use std::str::FromStr;

use phonenumber::metadata::DATABASE;
use phonenumber::{Mode, ParseError};
use serde::{Serialize, Serializer};

/// The longest text read as a number, in bytes.
pub const TEXT_BYTES_MAX: usize = 64;

/// Digits that E.164 allows at most, with the country code.
pub const DIGITS_MAX: usize = 15;

/// Stands for a hidden digit.
const HIDDEN: char = '•';

/// Why a number was refused. The messages are for the person who typed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NumberError {
    /// Nothing typed.
    #[error("Please enter a phone number.")]
    Empty,
    /// Nothing in it that could be a number.
    #[error("This does not look like a phone number.")]
    NotANumber,
    /// Too few digits for its country.
    #[error("This number is too short.")]
    TooShort,
    /// Too many digits for its country.
    #[error("This number is too long.")]
    TooLong,
    /// A `+` with no country's code after it.
    #[error("No country has this calling code.")]
    UnknownCountry,
    /// Right in length, but not in the numbering plan of its country.
    #[error("This number does not exist. Please check it digit by digit.")]
    NotInUse,
    /// With an extension, which nobody could dial.
    #[error("Please leave the extension out.")]
    Extension,
}

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
        DATABASE.by_id(self.code()).map_or(0, |country| country.country_code())
    }
}

impl FromStr for Country {
    type Err = UnknownCountry;

    fn from_str(text: &str) -> Result<Self, UnknownCountry> {
        let id = text.trim().to_ascii_uppercase().parse().map_err(|_| UnknownCountry)?;
        let country = Self(id);
        // The library knows names of countries that it has no numbering plan for.
        if country.calling_code() == 0 { Err(UnknownCountry) } else { Ok(country) }
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

/// A number that can be dialled from anywhere: E.164, checked against its country's plan.
///
/// `Debug` and [`masked`](Self::masked) hide it; only [`e164`](Self::e164) gives it whole, for the
/// trunk and the call records.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct PhoneNumber {
    e164: String,
    masked: String,
    kind: NumberKind,
}

/// What kind of line a number reaches, as far as policy cares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NumberKind {
    /// A line like any other.
    Ordinary,
    /// A line that costs its caller extra, for the profit of the called.
    Premium,
}

impl PhoneNumber {
    /// Reads a number in any usual form: `+33 6 12 34 56 78`, `0033612345678`, `06.12.34.56.78`,
    /// `tel:+33-6-12-34-56-78`, `(202) 555-0143`, `1-800-FLOWERS`. Without a country's code it is
    /// of `country`.
    pub fn parse(text: &str, country: Country) -> Result<Self, NumberError> {
        let text = tidy(text)?;
        let parsed = phonenumber::parse(Some(country.0), &text)?;
        if parsed.extension().is_some_and(|extension| !extension.is_empty()) {
            return Err(NumberError::Extension);
        }
        let e164 = parsed.format().mode(Mode::E164).to_string();
        check_length(&parsed, &e164)?;
        if !parsed.is_valid() {
            return Err(NumberError::NotInUse);
        }
        let masked = mask(&parsed);
        let kind = kind(&parsed);
        Ok(Self { e164, masked, kind })
    }

    /// Reads a number that was written by [`e164`](Self::e164).
    pub fn from_e164(text: &str) -> Result<Self, NumberError> {
        if text.starts_with('+') {
            Self::parse(text, Country::DEFAULT)
        } else {
            Err(NumberError::NotANumber)
        }
    }

    /// `+33612345678`. Personal data: not for logs, pages or events.
    #[must_use]
    pub fn e164(&self) -> &str {
        &self.e164
    }

    /// With all but the country's code and the last two digits hidden: `+33 • •• •• •• 78`.
    #[must_use]
    pub fn masked(&self) -> &str {
        &self.masked
    }

    /// The kind of line.
    #[must_use]
    pub const fn kind(&self) -> NumberKind {
        self.kind
    }
}

impl fmt::Debug for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PhoneNumber({})", self.masked)
    }
}

impl From<ParseError> for NumberError {
    fn from(error: ParseError) -> Self {
        match error {
            ParseError::NoNumber | ParseError::MalformedInteger(_) => Self::NotANumber,
            ParseError::InvalidCountryCode => Self::UnknownCountry,
            ParseError::TooShortAfterIdd | ParseError::TooShortNsn => Self::TooShort,
            ParseError::TooLong => Self::TooLong,
        }
    }
}

/// Brings what people paste into the alphabet that the library reads, and bounds it.
fn tidy(text: &str) -> Result<String, NumberError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(NumberError::Empty);
    }
    if text.len() > TEXT_BYTES_MAX {
        return Err(NumberError::TooLong);
    }
    Ok(text
        .chars()
        .filter(|c| !matches!(c, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}'))
        .map(|c| if c.is_whitespace() { ' ' } else { c })
        .collect())
}

/// Tells a number too short or too long for its country from one that is only wrong.
fn check_length(number: &phonenumber::PhoneNumber, e164: &str) -> Result<(), NumberError> {
    let country_digits = number.code().value().to_string().len();
    let digits = e164.len().saturating_sub(1);
    if digits > DIGITS_MAX {
        return Err(NumberError::TooLong);
    }
    let Some(countries) = DATABASE.by_code(&number.code().value()) else {
        return Err(NumberError::UnknownCountry);
    };
    let lengths = || countries.iter().flat_map(|c| c.descriptors().general().possible_length());
    let national = u16::try_from(digits.saturating_sub(country_digits)).unwrap_or(u16::MAX);
    match (lengths().min(), lengths().max()) {
        (Some(&shortest), _) if national < shortest => Err(NumberError::TooShort),
        (_, Some(&longest)) if national > longest => Err(NumberError::TooLong),
        _ => Ok(()),
    }
}

/// Hides all digits of the national number but the last two, in the country's own grouping.
fn mask(number: &phonenumber::PhoneNumber) -> String {
    const SHOWN: usize = 2;
    let whole = number.format().mode(Mode::International).to_string();
    let country = format!("+{}", number.code().value());
    let national = whole.strip_prefix(&country).unwrap_or(&whole);
    let digits = national.chars().filter(char::is_ascii_digit).count();
    let mut hidden = digits.saturating_sub(SHOWN);
    let masked = national.chars().map(|c| {
        if c.is_ascii_digit() && hidden > 0 {
            hidden -= 1;
            HIDDEN
        } else {
            c
        }
    });
    country.chars().chain(masked).collect()
}

fn kind(number: &phonenumber::PhoneNumber) -> NumberKind {
    let national = number.national().to_string();
    let premium = DATABASE.by_code(&number.code().value()).is_some_and(|countries| {
        countries
            .iter()
            .filter_map(|country| country.descriptors().premium_rate())
            .any(|premium| premium.is_match(&national))
    });
    if premium { NumberKind::Premium } else { NumberKind::Ordinary }
}
