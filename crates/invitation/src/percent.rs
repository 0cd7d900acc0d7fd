//! Percent-encoding (RFC 3986, section 2).

use std::fmt::Write;

/// `text` with everything encoded but unreserved characters, so that it may stand anywhere in a URI.
pub(crate) fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a string can't fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_is_reserved_is_encoded() {
        assert_eq!(encode("a-b_c.d~e"), "a-b_c.d~e");
        assert_eq!(encode("a b&c?d#e%f/é\r\n"), "a%20b%26c%3Fd%23e%25f%2F%C3%A9%0D%0A");
    }
}
