//! What the server alone knows, and what it can prove by it: PINs and hosts.
//!
//! A PIN of a few digits is found in no time by whoever may try them all, however it is hashed. So its
//! hash is an HMAC-SHA-256 (RFC 2104) under a key that the server keeps beside its database and not in it:
//! the database alone tells nothing. A salt keeps equal PINs of two conferences from looking alike.

use std::fmt;
use std::str::FromStr;

use hmac::digest::Key;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::Sha256;

use crate::base32;
use crate::ids::ConferenceKey;
use crate::pin::Pin;

/// What separates one use of the server's key from the other.
const FOR_PIN: &[u8] = b"confab pin";
const FOR_HOST: &[u8] = b"confab host";
const FOR_WEBHOOK: &[u8] = b"confab webhook";

/// What a conference keeps of a PIN.
#[derive(Clone, PartialEq, Eq)]
pub struct PinHash {
    salt: [u8; 16],
    mac: [u8; 32],
}

/// A text that [`PinHash`] didn't write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not the hash of a PIN")]
pub struct PinHashError;

/// Salt and code, each as base32.
impl fmt::Display for PinHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (first, second) = halves(&self.mac);
        for part in [self.salt, first, second] {
            f.write_str(&base32::encode(part))?;
        }
        Ok(())
    }
}

impl FromStr for PinHash {
    type Err = PinHashError;

    fn from_str(text: &str) -> Result<Self, PinHashError> {
        let part = |index: usize| {
            let start = index * base32::ENCODED_CHARS;
            let part = text.get(start..start + base32::ENCODED_CHARS)?;
            base32::decode(part)
        };
        let is_whole = text.len() == 3 * base32::ENCODED_CHARS;
        let parts = part(0).zip(part(1)).zip(part(2)).filter(|_| is_whole);
        let ((salt, first), second) = parts.ok_or(PinHashError)?;
        let mut mac = [0; 32];
        mac[..16].copy_from_slice(&first);
        mac[16..].copy_from_slice(&second);
        Ok(Self { salt, mac })
    }
}

impl fmt::Debug for PinHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PinHash(…)")
    }
}

impl Serialize for PinHash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for PinHash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// The server's own secret, without which no hash of a PIN says anything. Its `Debug` form doesn't show it.
#[derive(Clone, PartialEq, Eq)]
pub struct ServerSecret([u8; 32]);

impl fmt::Debug for ServerSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ServerSecret(…)")
    }
}

impl ServerSecret {
    /// A secret from 256 random bits.
    #[must_use]
    pub const fn new(random: [u8; 32]) -> Self {
        Self(random)
    }

    /// What is kept of `pin`; `salt` is freshly drawn.
    #[must_use]
    pub fn hash(&self, pin: &Pin, salt: [u8; 16]) -> PinHash {
        let mac =
            self.code(&[FOR_PIN, &salt, pin.digits().as_bytes()]).finalize().into_bytes().into();
        PinHash { salt, mac }
    }

    /// Whether `pin` is the one that was hashed; takes as long either way.
    #[must_use]
    pub fn is_of(&self, pin: &Pin, hash: &PinHash) -> bool {
        let code = self.code(&[FOR_PIN, &hash.salt, pin.digits().as_bytes()]);
        code.verify_slice(&hash.mac).is_ok()
    }

    /// What proves somebody the host of a conference: the secret part of the host's own URL. It goes
    /// with the conference's key, and so is another one when that is.
    #[must_use]
    pub fn host_key(&self, conference: ConferenceKey) -> HostKey {
        let code = self.code(&[FOR_HOST, conference.to_string().as_bytes()]);
        let code: [u8; 32] = code.finalize().into_bytes().into();
        HostKey(halves(&code).0)
    }

    /// Whether `key` is the host's of that conference; takes as long either way.
    #[must_use]
    pub fn is_host(&self, key: &HostKey, conference: ConferenceKey) -> bool {
        let code = self.code(&[FOR_HOST, conference.to_string().as_bytes()]);
        code.verify_truncated_left(&key.0).is_ok()
    }

    /// What an endpoint's notices are signed with: who has the database alone can't. `salt` is the endpoint's.
    #[must_use]
    pub fn webhook_key(&self, salt: &str) -> [u8; 32] {
        self.code(&[FOR_WEBHOOK, salt.as_bytes()]).finalize().into_bytes().into()
    }

    fn code(&self, parts: &[&[u8]]) -> Hmac<Sha256> {
        // Shorter than a block, a key is filled up with zeros (RFC 2104 section 2).
        let mut key = Key::<Hmac<Sha256>>::default();
        key[..self.0.len()].copy_from_slice(&self.0);
        let mut code = Hmac::<Sha256>::new(&key);
        for part in parts {
            code.update(part);
        }
        code
    }
}

/// Proves its bearer the host of one conference. Its `Debug` form doesn't show it.
#[derive(Clone, PartialEq, Eq)]
pub struct HostKey([u8; 16]);

/// A text that is no [`HostKey`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not the key of a host")]
pub struct HostKeyError;

impl fmt::Display for HostKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&base32::encode(self.0))
    }
}

impl fmt::Debug for HostKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HostKey(…)")
    }
}

impl FromStr for HostKey {
    type Err = HostKeyError;

    fn from_str(text: &str) -> Result<Self, HostKeyError> {
        base32::decode(text).map(Self).ok_or(HostKeyError)
    }
}

fn halves(mac: &[u8; 32]) -> ([u8; 16], [u8; 16]) {
    let (mut first, mut second) = ([0; 16], [0; 16]);
    first.copy_from_slice(&mac[..16]);
    second.copy_from_slice(&mac[16..]);
    (first, second)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pin(text: &str) -> Pin {
        text.parse().unwrap()
    }

    #[test]
    fn nothing_shows_a_pin() {
        let secret = ServerSecret::new([7; 32]);
        let shown =
            format!("{:?} {:?} {secret:?}", pin("2468"), secret.hash(&pin("2468"), [1; 16]));
        assert!(!shown.contains("2468"), "{shown}");
    }

    #[test]
    fn a_hash_is_of_its_pin_its_salt_and_its_server() {
        let secret = ServerSecret::new([7; 32]);
        let hash = secret.hash(&pin("2468"), [1; 16]);
        assert!(secret.is_of(&pin("24 68"), &hash));
        assert!(!secret.is_of(&pin("2469"), &hash));
        assert!(!secret.is_of(&pin("02468"), &hash));
        assert!(!ServerSecret::new([8; 32]).is_of(&pin("2468"), &hash));
        assert_ne!(hash, secret.hash(&pin("2468"), [2; 16]));
        assert_eq!(hash.to_string().parse(), Ok(hash.clone()));
        assert!("nonsense".parse::<PinHash>().is_err());
        assert!(format!("{hash}0").parse::<PinHash>().is_err());
    }

    #[test]
    fn each_conference_has_a_host_key_of_its_own() {
        let secret = ServerSecret::new([7; 32]);
        let (one, other) =
            (ConferenceKey::from_random([1; 16]), ConferenceKey::from_random([2; 16]));
        let key = secret.host_key(one);
        assert!(secret.is_host(&key, one));
        assert!(!secret.is_host(&key, other));
        assert_eq!(key.to_string().parse(), Ok(key.clone()));
        assert_ne!(key.to_string(), one.to_string());
        assert!(!format!("{key:?}").contains(&key.to_string()));
    }
}
