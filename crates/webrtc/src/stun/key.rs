//! The key of MESSAGE-INTEGRITY: an ICE password, ready for use.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha1::{Digest, Sha1};

use super::INTEGRITY_BYTES;

/// Bytes of a block of SHA-1, to which HMAC brings its key.
const BLOCK_BYTES: usize = 64;

/// A short-term credential's key (RFC 8489 section 9.1.1). The HMAC has taken the key in already, which
/// saves two of the five blocks of a usual check.
#[derive(Clone)]
pub struct Key(Hmac<Sha1>);

impl Key {
    /// The key of a password, whatever its length.
    #[must_use]
    pub fn new(password: &[u8]) -> Self {
        // As RFC 2104 section 2 makes a key fit: what is longer than a block is hashed, the rest is zero.
        let mut block = [0; BLOCK_BYTES];
        if let Some(front) = block.get_mut(..password.len()) {
            front.copy_from_slice(password);
        } else {
            block.iter_mut().zip(Sha1::digest(password)).for_each(|(to, from)| *to = from);
        }
        Self(Hmac::new(&block.into()))
    }

    /// The HMAC-SHA1 of `parts`, one after the other.
    pub(super) fn sign(&self, parts: &[&[u8]]) -> [u8; INTEGRITY_BYTES] {
        self.taken_in(parts).finalize().into_bytes().into()
    }

    /// Whether `code` is the HMAC-SHA1 of `parts`, in constant time.
    pub(super) fn verify(&self, parts: &[&[u8]], code: &[u8]) -> bool {
        self.taken_in(parts).verify_slice(code).is_ok()
    }

    fn taken_in(&self, parts: &[&[u8]]) -> Hmac<Sha1> {
        let mut hmac = self.0.clone();
        parts.iter().for_each(|part| hmac.update(part));
        hmac
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_of_any_length_is_hmacs() {
        for length in [0, 22, 63, 64, 65, 256] {
            let password: Vec<u8> = (0..length).map(|index| index as u8).collect();
            let mut plain = Hmac::<Sha1>::new_from_slice(&password).unwrap();
            plain.update(b"what is signed");
            let plain: [u8; 20] = plain.finalize().into_bytes().into();
            let key = Key::new(&password);
            assert_eq!(key.sign(&[b"what is", b" signed"]), plain, "{length}");
            assert!(key.verify(&[b"what is signed"], &plain));
            assert!(!key.verify(&[b"what is signee"], &plain));
            assert!(!key.verify(&[b"what is signed"], &plain[..19]));
        }
        assert_eq!(format!("{:?}", Key::new(b"secret")), "Key(..)");
    }
}
