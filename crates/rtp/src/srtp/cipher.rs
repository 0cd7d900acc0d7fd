//! The ciphers behind one face: what seals and opens the packets of one direction of RTP or RTCP.

use super::Profile;
use super::counter_mode::{self, AUTHENTICATION_KEY_BYTES, CounterMode};
use super::derivation::{Protocol, Purpose, derive};
use super::error::{Dropped, ProtectError};
use super::gcm::{self, Gcm};
use super::keys::{KeyError, Master};
use super::position::Position;
use ring::aead::{AES_128_GCM, AES_256_GCM};
use zeroize::Zeroizing;

/// A cipher with its session keys.
pub(super) enum Cipher {
    Gcm(Gcm),
    CounterMode(CounterMode),
}

impl Cipher {
    /// Derives the session keys of `protocol`.
    pub(super) fn new(
        profile: Profile,
        master: &Master,
        protocol: Protocol,
    ) -> Result<Self, KeyError> {
        if master.profile() != profile {
            return Err(KeyError::OtherProfile(master.profile()));
        }
        let mut key = Zeroizing::new([0; 32]);
        let key = key.get_mut(..profile.key_bytes()).ok_or(KeyError::Refused)?;
        derive(master, protocol, Purpose::Encryption, key)?;
        let algorithm = match profile {
            Profile::AeadAes128Gcm => &AES_128_GCM,
            Profile::AeadAes256Gcm => &AES_256_GCM,
            Profile::Aes128CmSha1_80 => return Self::counter_mode(master, protocol, key),
        };
        let mut salt = [0; gcm::SALT_BYTES];
        derive(master, protocol, Purpose::Salt, &mut salt)?;
        Ok(Self::Gcm(Gcm::new(algorithm, key, salt)?))
    }

    fn counter_mode(master: &Master, protocol: Protocol, key: &[u8]) -> Result<Self, KeyError> {
        let mut authentication_key = Zeroizing::new([0; AUTHENTICATION_KEY_BYTES]);
        derive(master, protocol, Purpose::Authentication, &mut *authentication_key)?;
        let mut salt = [0; counter_mode::SALT_BYTES];
        derive(master, protocol, Purpose::Salt, &mut salt)?;
        Ok(Self::CounterMode(CounterMode::new(key, &*authentication_key, salt)?))
    }

    /// Protects the RTP packet that takes up the first `length` bytes of `buffer`, of which `clear_bytes` stay
    /// in clear, and returns how long it is then. After an error the packet is as it was.
    pub(super) fn seal_rtp(
        &self,
        position: Position,
        buffer: &mut [u8],
        clear_bytes: usize,
        length: usize,
    ) -> Result<usize, ProtectError> {
        match self {
            Self::Gcm(gcm) => gcm.seal_rtp(position, buffer, clear_bytes, length),
            Self::CounterMode(mode) => mode.seal_rtp(position, buffer, clear_bytes, length),
        }
    }

    /// Opens a protected RTP packet and returns how long the plain one at its front is.
    pub(super) fn open_rtp(
        &self,
        position: Position,
        packet: &mut [u8],
        clear_bytes: usize,
    ) -> Result<usize, Dropped> {
        match self {
            Self::Gcm(gcm) => gcm.open_rtp(position, packet, clear_bytes),
            Self::CounterMode(mode) => mode.open_rtp(position, packet, clear_bytes),
        }
    }

    /// Protects the RTCP packet that takes up the first `length` bytes of `buffer`.
    pub(super) fn seal_rtcp(
        &self,
        position: Position,
        buffer: &mut [u8],
        length: usize,
    ) -> Result<usize, ProtectError> {
        match self {
            Self::Gcm(gcm) => gcm.seal_rtcp(position, buffer, length),
            Self::CounterMode(mode) => mode.seal_rtcp(position, buffer, length),
        }
    }

    /// Opens a protected RTCP packet and returns how long the plain one at its front is.
    pub(super) fn open_rtcp(
        &self,
        position: Position,
        packet: &mut [u8],
    ) -> Result<usize, Dropped> {
        match self {
            Self::Gcm(gcm) => gcm.open_rtcp(position, packet),
            Self::CounterMode(mode) => mode.open_rtcp(position, packet),
        }
    }

    /// The index that a protected RTCP packet carries; none unless it says that it is encrypted.
    pub(super) fn rtcp_index(&self, packet: &[u8]) -> Option<u64> {
        let behind_word = match self {
            Self::Gcm(_) => 0,
            Self::CounterMode(_) => counter_mode::TAG_BYTES,
        };
        let end = packet.len().checked_sub(behind_word)?;
        let word = u32::from_be_bytes(*packet.get(..end)?.last_chunk()?);
        let is_encrypted = word >> 31 == 1;
        is_encrypted.then_some(u64::from(word & 0x7FFF_FFFF))
    }
}
