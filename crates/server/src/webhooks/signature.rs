//! How a receiver knows that a notice is from here, and not an old one sent again: signatures as
//! [Standard Webhooks](https://www.standardwebhooks.com) has them, for which there are libraries in most languages.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use hmac::digest::Key;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// What the text of a key begins with.
const KEY_PREFIX: &str = "whsec_";

/// The key of an endpoint as its owner is told it.
pub(super) fn key_text(key: &[u8; 32]) -> String {
    format!("{KEY_PREFIX}{}", BASE64.encode(key))
}

/// The `webhook-signature` header: HMAC-SHA-256 (RFC 2104) over the notice's name, the time in seconds since 1970 and the
/// body, with points between.
pub(super) fn sign(key: &[u8; 32], name: &str, second: i64, body: &str) -> String {
    // Shorter than a block, a key is filled up with zeros (RFC 2104 section 2).
    let mut block = Key::<Hmac<Sha256>>::default();
    block[..key.len()].copy_from_slice(key);
    let mut code = Hmac::<Sha256>::new(&block);
    code.update(format!("{name}.{second}.{body}").as_bytes());
    format!("v1,{}", BASE64.encode(code.finalize().into_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_are_those_of_the_standards_example() {
        // From the test vectors of the specification's libraries, whose key has 24 bytes.
        let decoded = BASE64.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let mut key = [0; 32];
        key[..decoded.len()].copy_from_slice(&decoded);
        let signature =
            sign(&key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, "{\"test\": 2432232314}");
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        assert!(key_text(&key).starts_with("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"));
    }
}
