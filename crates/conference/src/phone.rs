//! Phone numbers: any usual form in, E.164 out, and masked wherever they are shown.

mod tidy;

use std::fmt;

use phonenumber::metadata::{DATABASE, Metadata};
use phonenumber::{Mode, ParseError};

use crate::country::Country;

pub use self::tidy::TEXT_BYTES_MAX;

/// Digits that E.164 allows at most, with the country's code.
pub const DIGITS_MAX: usize = 15;

/// Stands for a hidden digit.
const HIDDEN: char = '•';

/// Last digits that stay visible when a number is masked.
const SHOWN_DIGITS: usize = 2;

/// Why a number was refused. The messages are for the person who typed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NumberError {
    /// Nothing typed.
    #[error("Please enter a phone number.")]
    Empty,
    /// Nothing in it that could be a number.
    #[error("This does not look like a phone number.")]
    NotANumber,
    /// A letter or two, of which nobody could say what digit was meant.
    #[error("There is a letter in this number. Please use digits only.")]
    Letter,
    /// Too few digits for its country.
    #[error("This number is too short.")]
    TooShort,
    /// Too many digits for its country.
    #[error("This number is too long.")]
    TooLong,
    /// A `+` with no country's code after it.
    #[error("No country has this calling code.")]
    UnknownCountry,
    /// Right in length, but not in the numbering plan of its country; or an emergency or other
    /// short number, which nobody can be called at.
    #[error("This number does not exist. Please check it digit by digit.")]
    NotInUse,
    /// With an extension, which nobody could dial.
    #[error("Please leave the extension out.")]
    Extension,
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
        let text = tidy::tidy(text, country)?;
        // Given a country, the library takes that country's trunk prefix even off a number of
        // another (the 0 of +39 06 is part of it), so a number that names its own goes without.
        let international = text.starts_with('+');
        let parsed = phonenumber::parse((!international).then(|| country.id()), &text)?;
        if parsed.extension().is_some_and(|extension| !extension.is_empty()) {
            return Err(NumberError::Extension);
        }
        if !parsed.is_valid() {
            return Err(what_is_wrong(&parsed));
        }
        Self::checked(&parsed)
    }

    /// Reads a number that was written by [`e164`](Self::e164). It is not looked up again: what
    /// was a number when it was stored stays one when its country changes its plan.
    pub fn from_e164(text: &str) -> Result<Self, NumberError> {
        let digits = text.strip_prefix('+').ok_or(NumberError::NotANumber)?;
        if !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(NumberError::NotANumber);
        }
        if digits.len() > DIGITS_MAX {
            return Err(NumberError::TooLong);
        }
        Self::checked(&phonenumber::parse(None, text)?)
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

    fn checked(number: &phonenumber::PhoneNumber) -> Result<Self, NumberError> {
        let e164 = number.format().mode(Mode::E164).to_string();
        if e164.len() > DIGITS_MAX + 1 {
            return Err(NumberError::TooLong);
        }
        Ok(Self { e164, masked: mask(number), kind: kind(number) })
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

/// Tells why a number is not in its country's plan.
fn what_is_wrong(number: &phonenumber::PhoneNumber) -> NumberError {
    let lengths = || {
        plans(number)
            .flat_map(|plan| [plan.descriptors().fixed_line(), plan.descriptors().mobile()])
            .flatten()
            .flat_map(|lines| lines.possible_length())
            .map(|&length| usize::from(length))
    };
    let length = number.national().to_string().len();
    match (lengths().min(), lengths().max()) {
        (Some(shortest), _) if length < shortest => NumberError::TooShort,
        (_, Some(longest)) if length > longest => NumberError::TooLong,
        _ => NumberError::NotInUse,
    }
}

/// The numbering plans under the number's country code, of which some are shared: +1 has 25.
fn plans(number: &phonenumber::PhoneNumber) -> impl Iterator<Item = &'static Metadata> {
    DATABASE.by_code(&number.code().value()).into_iter().flatten()
}

/// Hides the national number but for its end, in the country's own grouping.
fn mask(number: &phonenumber::PhoneNumber) -> String {
    let whole = number.format().mode(Mode::International).to_string();
    let country = format!("+{}", number.code().value());
    let national = whole.strip_prefix(&country).unwrap_or(&whole);
    let digits = national.chars().filter(char::is_ascii_digit).count();
    let mut hidden = digits.saturating_sub(SHOWN_DIGITS);
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
    let is_premium = plans(number)
        .filter_map(|plan| plan.descriptors().premium_rate())
        .any(|premium| premium.is_match(&national));
    if is_premium { NumberKind::Premium } else { NumberKind::Ordinary }
}

#[cfg(test)]
mod tests;
