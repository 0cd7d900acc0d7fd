//! The secrets of a session: what the handshake agreed on, before session keys are derived of it.

use super::Profile;
use crate::bytes::Reader;
use std::fmt;
use zeroize::Zeroize;

const KEY_BYTES_MAX: usize = 32;
const SALT_BYTES_MAX: usize = 14;

/// Why keys can't be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The key is not as long as the profile wants it.
    #[error("a key of {bytes} bytes, where {profile:?} takes {}", profile.key_bytes())]
    KeyLength {
        /// What the key was to be for.
        profile: Profile,
        /// How long it is.
        bytes: usize,
    },
    /// The salt is not as long as the profile wants it.
    #[error("a salt of {bytes} bytes, where {profile:?} takes {}", profile.salt_bytes())]
    SaltLength {
        /// What the salt was to be for.
        profile: Profile,
        /// How long it is.
        bytes: usize,
    },
    /// The exported keying material is not as long as the profile wants it.
    #[error("{bytes} bytes of keying material, where {profile:?} takes {}", profile.material_bytes())]
    MaterialLength {
        /// What the material was to be for.
        profile: Profile,
        /// How long it is.
        bytes: usize,
    },
    /// The master belongs to another profile.
    #[error("a master key for {0:?} is of no use to another profile")]
    OtherProfile(Profile),
    /// The cipher's library refuses the session key.
    #[error("the cipher refuses its key")]
    Refused,
}

/// Master key and master salt of one direction (RFC 3711 section 3.2.1). Wiped when dropped.
#[derive(Clone)]
pub struct Master {
    profile: Profile,
    /// The rest is zero where the profile's key is shorter; so is that of the salt.
    key: [u8; KEY_BYTES_MAX],
    salt: [u8; SALT_BYTES_MAX],
}

impl Master {
    /// Takes over what was negotiated or exported.
    ///
    /// # Errors
    ///
    /// [`KeyError::KeyLength`] or [`KeyError::SaltLength`] unless both have the profile's length.
    pub fn new(profile: Profile, key: &[u8], salt: &[u8]) -> Result<Self, KeyError> {
        if key.len() != profile.key_bytes() {
            return Err(KeyError::KeyLength { profile, bytes: key.len() });
        }
        if salt.len() != profile.salt_bytes() {
            return Err(KeyError::SaltLength { profile, bytes: salt.len() });
        }
        Ok(Self { profile, key: padded(key), salt: padded(salt) })
    }

    /// What these secrets are for.
    #[must_use]
    pub fn profile(&self) -> Profile {
        self.profile
    }

    /// The key, of the profile's length.
    pub(super) fn key(&self) -> &[u8] {
        self.key.get(..self.profile.key_bytes()).unwrap_or_default()
    }

    /// The salt as key derivation takes it: a shorter one has zeros at its end (RFC 7714 section 11).
    pub(super) fn salt(&self) -> &[u8; SALT_BYTES_MAX] {
        &self.salt
    }
}

impl Drop for Master {
    fn drop(&mut self) {
        self.key.zeroize();
        self.salt.zeroize();
    }
}

impl fmt::Debug for Master {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Master").field("profile", &self.profile).finish_non_exhaustive()
    }
}

/// Which end of the DTLS handshake one is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The one that began the handshake.
    Client,
    /// The one that answered.
    Server,
}

/// The secrets of a session, both directions, as one end of it sees them.
#[derive(Clone, Debug)]
pub struct Keys {
    /// Cipher and authentication.
    pub profile: Profile,
    /// Protects what this end sends.
    pub send: Master,
    /// Opens what this end receives.
    pub receive: Master,
}

impl Keys {
    /// Cuts up the keying material that was exported from DTLS, for the end that is `ours` (RFC 5764 section
    /// 4.2: client's key, server's key, client's salt, server's salt).
    ///
    /// # Errors
    ///
    /// [`KeyError::MaterialLength`] unless it has [`Profile::material_bytes`].
    pub fn from_dtls(profile: Profile, material: &[u8], ours: Side) -> Result<Self, KeyError> {
        let wrong_length = KeyError::MaterialLength { profile, bytes: material.len() };
        if material.len() != profile.material_bytes() {
            return Err(wrong_length);
        }
        let mut reader = Reader::new(material);
        let mut part = |bytes| reader.take(bytes).ok_or(wrong_length);
        let client_key = part(profile.key_bytes())?;
        let server_key = part(profile.key_bytes())?;
        let client_salt = part(profile.salt_bytes())?;
        let server_salt = part(profile.salt_bytes())?;
        let client = Master::new(profile, client_key, client_salt)?;
        let server = Master::new(profile, server_key, server_salt)?;
        let (send, receive) = match ours {
            Side::Client => (client, server),
            Side::Server => (server, client),
        };
        Ok(Self { profile, send, receive })
    }
}

/// `secret` with zeros behind it; its length was checked before.
fn padded<const N: usize>(secret: &[u8]) -> [u8; N] {
    let mut whole = [0; N];
    whole.iter_mut().zip(secret).for_each(|(to, from)| *to = *from);
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_those_of_the_profile() {
        let profile = Profile::Aes128CmSha1_80;
        let wrong_key = Master::new(profile, &[0; 32], &[0; 14]);
        assert_eq!(wrong_key.unwrap_err(), KeyError::KeyLength { profile, bytes: 32 });
        let wrong_salt = Master::new(profile, &[0; 16], &[0; 12]);
        assert_eq!(wrong_salt.unwrap_err(), KeyError::SaltLength { profile, bytes: 12 });
        let wrong_material = Keys::from_dtls(profile, &[0; 59], Side::Client);
        assert_eq!(wrong_material.unwrap_err(), KeyError::MaterialLength { profile, bytes: 59 });
    }

    #[test]
    fn exported_material_is_cut_as_the_standard_lays_it_out() {
        let material: Vec<u8> = (0..56).collect();
        let profile = Profile::AeadAes128Gcm;
        let client = Keys::from_dtls(profile, &material, Side::Client).unwrap();
        assert_eq!(client.send.key(), &material[..16]);
        assert_eq!(client.receive.key(), &material[16..32]);
        assert_eq!(client.send.salt()[..12], material[32..44]);
        assert_eq!(client.receive.salt()[..12], material[44..]);
        let server = Keys::from_dtls(profile, &material, Side::Server).unwrap();
        assert_eq!(server.send.key(), client.receive.key());
        assert_eq!(server.receive.salt(), client.send.salt());
    }

    #[test]
    fn nothing_secret_is_shown() {
        let material = [0x5A; 88];
        let keys = Keys::from_dtls(Profile::AeadAes256Gcm, &material, Side::Server).unwrap();
        let shown = format!("{keys:?} {keys:#?}");
        assert!(shown.contains("AeadAes256Gcm"));
        assert!(!shown.contains("90") && !shown.to_lowercase().contains("5a"), "{shown}");
    }
}
