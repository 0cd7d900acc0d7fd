//! 128 bits as 26 characters of [Crockford's base32](https://www.crockford.com/base32.html).
//!
//! Chosen over base64 because a person may have to type it from paper into a phone: one case, no
//! punctuation, no letters that look like digits.

/// Characters that 128 bits take: 25 of five bits each and one that carries the last three.
pub(crate) const ENCODED_CHARS: usize = 26;

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// Writes `bytes` in lower case.
pub(crate) fn encode(bytes: [u8; 16]) -> String {
    let value = u128::from_be_bytes(bytes);
    (0..ENCODED_CHARS)
        .map(|place| {
            let digit = match shift(place) {
                Some(bits) => value >> bits,
                None => value << 2,
            };
            char::from(ALPHABET[(digit & 31) as usize])
        })
        .collect()
}

/// Reads what [`encode`] wrote, in either case; `None` for anything else, so that one value has
/// one spelling but for its case.
pub(crate) fn decode(text: &str) -> Option<[u8; 16]> {
    if text.len() != ENCODED_CHARS {
        return None;
    }
    let mut value = 0u128;
    for (place, byte) in text.bytes().enumerate() {
        let digit = ALPHABET.iter().position(|&c| c == byte.to_ascii_lowercase())? as u128;
        match shift(place) {
            Some(bits) => value |= digit << bits,
            None if digit & 3 == 0 => value |= digit >> 2,
            None => return None,
        }
    }
    Some(value.to_be_bytes())
}

/// How far left of the value's end the five bits of a place are; the last place hangs over by two.
fn shift(place: usize) -> Option<u32> {
    123u32.checked_sub(5 * place as u32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn known_values() {
        assert_eq!(encode([0; 16]), "0".repeat(26));
        assert_eq!(encode([0xff; 16]), format!("{}w", "z".repeat(25)));
        assert_eq!(encode(1u128.to_be_bytes()), format!("{}4", "0".repeat(25)));
    }

    #[test]
    fn refuses_what_it_would_not_write() {
        assert_eq!(decode(""), None);
        assert_eq!(decode(&"0".repeat(25)), None);
        assert_eq!(decode(&"0".repeat(27)), None);
        assert_eq!(decode(&"u".repeat(26)), None, "u is not in the alphabet");
        assert_eq!(decode(&format!("{}1", "0".repeat(25))), None, "stray bits at the end");
        assert_eq!(decode(&format!("{}é", "0".repeat(24))), None);
    }

    proptest! {
        #[test]
        fn round_trip(bytes: [u8; 16]) {
            let text = encode(bytes);
            prop_assert_eq!(decode(&text), Some(bytes));
            prop_assert_eq!(decode(&text.to_ascii_uppercase()), Some(bytes));
        }

        #[test]
        fn what_is_read_is_written_back(text in "[0-9a-z]{26}") {
            if let Some(bytes) = decode(&text) {
                prop_assert_eq!(encode(bytes), text);
            }
        }
    }
}
