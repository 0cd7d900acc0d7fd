//! What people type and paste, brought into the small alphabet that is then parsed.

use super::NumberError;
use crate::country::Country;

/// The longest text read as a number, in bytes.
pub const TEXT_BYTES_MAX: usize = 64;

/// Letters that make a word to dial, as in 1-800-FLOWERS. Fewer are slips, an O for a 0.
const WORD_LETTERS_MIN: usize = 3;

/// The zeros of the scripts whose digits phones type; the other nine follow each.
const ZEROS: [char; 5] = ['0', '\u{660}', '\u{6F0}', '\u{966}', '\u{FF10}'];

/// Bounds the text, makes it ASCII, and writes an international prefix as `+`.
pub(super) fn tidy(text: &str, country: Country) -> Result<String, NumberError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(NumberError::Empty);
    }
    if text.len() > TEXT_BYTES_MAX {
        return Err(NumberError::TooLong);
    }
    let text = to_ascii(text).ok_or(NumberError::NotANumber)?;
    check_letters(&text)?;
    Ok(with_plus(text, country))
}

/// `None` if there is something in it that belongs to no number.
fn to_ascii(text: &str) -> Option<String> {
    text.chars()
        // What word processors and contact lists put around numbers unseen.
        .filter(|c| !matches!(c, '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}'))
        .map(|c| match c {
            '\u{FF0B}' => Some('+'),
            '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{FF0D}' => Some('-'),
            '\u{FF08}' => Some('('),
            '\u{FF09}' => Some(')'),
            _ if c.is_whitespace() => Some(' '),
            _ if c.is_ascii() => (!c.is_ascii_control()).then_some(c),
            _ => digit(c),
        })
        .collect()
}

fn digit(c: char) -> Option<char> {
    ZEROS.into_iter().find_map(|zero| {
        let value = u32::from(c).checked_sub(u32::from(zero))?;
        char::from_digit(value, 10)
    })
}

/// Refuses lone letters, but for the x of an extension and what a `tel:` URI is written with.
fn check_letters(text: &str) -> Result<(), NumberError> {
    let is_uri = text.get(..4).is_some_and(|scheme| scheme.eq_ignore_ascii_case("tel:"));
    let letters = || text.chars().filter(char::is_ascii_alphabetic);
    let is_extension = letters().all(|c| matches!(c, 'x' | 'X'));
    if !is_uri && !is_extension && letters().count() < WORD_LETTERS_MIN {
        return Err(NumberError::Letter);
    }
    Ok(())
}

/// Writes the `00` or `011` with which `country` dials abroad as `+`, and takes off a `tel:`
/// before a `+`.
fn with_plus(text: String, country: Country) -> String {
    if let Some(plus) = text.find('+') {
        let before = text.get(..plus).unwrap_or_default();
        if before.eq_ignore_ascii_case("tel:") {
            return text.get(plus..).unwrap_or_default().to_owned();
        }
        return text;
    }
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let prefix = country
        .plan()
        .and_then(|plan| plan.international_prefix())
        .and_then(|prefix| prefix.find(&digits).filter(|found| found.start() == 0))
        .map_or(0, |found| found.end());
    let is_plain = text.chars().all(|c| c.is_ascii_digit() || " -./()".contains(c));
    match digits.get(prefix..) {
        Some(rest) if prefix > 0 && is_plain && !rest.starts_with('0') => format!("+{rest}"),
        _ => text,
    }
}
