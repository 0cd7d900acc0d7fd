//! Secure RTP and RTCP (RFC 3711) with the ciphers that browsers bring: AES-GCM (RFC 7714) and AES in counter
//! mode with HMAC-SHA1.
//!
//! A [`Protector`] secures what one peer is sent, an [`Unprotector`] opens what it sends; both are made from the
//! [`Keys`] that a DTLS handshake leaves (RFC 5764) and work in place on a datagram in the caller's buffer.
//!
//! ```
//! use rtp::packet::Header;
//! use rtp::srtp::{Dropped, Master, OVERHEAD_BYTES_MAX, Profile, Protector, Unprotector};
//!
//! let profile = Profile::AeadAes128Gcm;
//! let master = Master::new(profile, &[7; 16], &[9; 12])?;
//! let (mut ours, mut theirs) = (Protector::new(profile, &master)?, Unprotector::new(profile, &master)?);
//!
//! let header = Header { marker: false, payload_type: 111, sequence: 1, timestamp: 960, ssrc: 5 };
//! let mut datagram = header.to_bytes().to_vec();
//! datagram.extend(b"sound");
//! datagram.extend([0; OVERHEAD_BYTES_MAX]);
//!
//! let length = ours.protect(&mut datagram, 17)?;
//! let mut replayed = datagram.clone();
//! assert_eq!(theirs.unprotect(&mut datagram[..length]), Ok(17));
//! assert_eq!(&datagram[12..17], b"sound");
//! assert_eq!(theirs.unprotect(&mut replayed[..length]), Err(Dropped::Replayed));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Invariants
//!
//! - A packet changes what is remembered of its stream only after it proved authentic: whoever doesn't have the
//!   keys can neither move a rollover counter or a replay window, nor take up a place for a stream.
//! - No two packets are protected under the same key, source and index: for AES-GCM that would give the key away.
//! - Header, contributing sources and header extensions stay in clear, as RFC 3711 section 3.1 wants; all of them
//!   are authenticated.
//!
//! # Deliberately missing
//!
//! The master key identifier (DTLS never negotiates it here), key derivation rates other than zero, packets
//! whose RTCP is authenticated but not encrypted, and encrypted header extensions (RFC 6904).

mod cipher;
mod counter_mode;
mod derivation;
mod error;
mod gcm;
mod index;
mod keys;
mod layout;
mod position;
mod receiver;
mod sender;
mod streams;

pub use error::{Dropped, ProtectError};
pub use index::REPLAY_WINDOW_PACKETS;
pub use keys::{KeyError, Keys, Master, Side};
pub use receiver::Unprotector;
pub use sender::Protector;
pub use streams::SSRCS_MAX;

/// Bytes that protection adds at most, to RTP or RTCP: room to leave behind a packet.
pub const OVERHEAD_BYTES_MAX: usize = 20;

/// A protection profile: which cipher and authentication a session uses, for RTP and RTCP alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Profile {
    /// AES-128 in Galois counter mode (RFC 7714 section 14.2).
    AeadAes128Gcm,
    /// AES-256 in Galois counter mode (RFC 7714 section 14.2).
    AeadAes256Gcm,
    /// AES-128 in counter mode, HMAC-SHA1 cut to 80 bits (RFC 5764 section 4.1.2).
    Aes128CmSha1_80,
}

impl Profile {
    /// Bytes of a master key, which are also those of the session keys that encrypt.
    #[must_use]
    pub const fn key_bytes(self) -> usize {
        match self {
            Self::AeadAes128Gcm | Self::Aes128CmSha1_80 => 16,
            Self::AeadAes256Gcm => 32,
        }
    }

    /// Bytes of a master salt, which are also those of the session salts.
    #[must_use]
    pub const fn salt_bytes(self) -> usize {
        match self {
            Self::AeadAes128Gcm | Self::AeadAes256Gcm => 12,
            Self::Aes128CmSha1_80 => 14,
        }
    }

    /// Bytes of the authentication tag, which is what an RTP packet grows by. RTCP grows by the four bytes of
    /// its index more.
    #[must_use]
    pub const fn tag_bytes(self) -> usize {
        match self {
            Self::AeadAes128Gcm | Self::AeadAes256Gcm => gcm::TAG_BYTES,
            Self::Aes128CmSha1_80 => counter_mode::TAG_BYTES,
        }
    }

    /// Bytes that protection adds to a packet at most.
    #[must_use]
    pub const fn overhead(self) -> usize {
        self.tag_bytes().saturating_add(layout::INDEX_WORD_BYTES)
    }

    /// Bytes of keying material that a session takes, to be exported from DTLS (RFC 5764 section 4.2): a key and
    /// a salt for each direction.
    #[must_use]
    pub const fn material_bytes(self) -> usize {
        self.key_bytes().saturating_add(self.salt_bytes()).saturating_mul(2)
    }
}

const _: () = assert!(Profile::AeadAes128Gcm.overhead() <= OVERHEAD_BYTES_MAX);
const _: () = assert!(Profile::AeadAes256Gcm.overhead() <= OVERHEAD_BYTES_MAX);
const _: () = assert!(Profile::Aes128CmSha1_80.overhead() <= OVERHEAD_BYTES_MAX);

#[cfg(test)]
mod tests;
