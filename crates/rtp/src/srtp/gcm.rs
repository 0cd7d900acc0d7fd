//! AES in Galois counter mode, as RFC 7714 puts it into SRTP and SRTCP.

use super::error::{Dropped, ProtectError};
use super::keys::KeyError;
use super::layout::{INDEX_WORD_BYTES, RTCP_CLEAR_BYTES};
use super::position::{Position, rtcp_index_word};
use ring::aead::{Aad, Algorithm, LessSafeKey, Nonce, UnboundKey};
use zeroize::Zeroize;

pub(super) const TAG_BYTES: usize = 16;

pub(super) const SALT_BYTES: usize = 12;

/// The session key and session salt of one direction of RTP or RTCP.
pub(super) struct Gcm {
    key: LessSafeKey,
    salt: [u8; SALT_BYTES],
}

impl Gcm {
    /// `key` has the length that `algorithm` takes, or it is refused.
    pub(super) fn new(
        algorithm: &'static Algorithm,
        key: &[u8],
        salt: [u8; SALT_BYTES],
    ) -> Result<Self, KeyError> {
        let key = UnboundKey::new(algorithm, key).map_err(|_| KeyError::Refused)?;
        Ok(Self { key: LessSafeKey::new(key), salt })
    }

    /// Encrypts what lies behind the header, and puts the tag behind that (RFC 7714 section 8).
    pub(super) fn seal_rtp(
        &self,
        position: Position,
        buffer: &mut [u8],
        clear_bytes: usize,
        length: usize,
    ) -> Result<usize, ProtectError> {
        let (packet, behind) = buffer.split_at_mut_checked(length).ok_or(ProtectError::NoRoom)?;
        let (clear, text) =
            packet.split_at_mut_checked(clear_bytes).ok_or(ProtectError::Malformed)?;
        let place = behind.first_chunk_mut().ok_or(ProtectError::NoRoom)?;
        *place = self.seal(position, clear, text)?;
        Ok(length.saturating_add(TAG_BYTES))
    }

    pub(super) fn open_rtp(
        &self,
        position: Position,
        packet: &mut [u8],
        clear_bytes: usize,
    ) -> Result<usize, Dropped> {
        let (clear, sealed) = packet.split_at_mut_checked(clear_bytes).ok_or(Dropped::Malformed)?;
        Ok(clear_bytes.saturating_add(self.open(position, clear, sealed)?))
    }

    /// Encrypts what lies behind the first eight bytes; the tag comes behind that, and the index word last (RFC
    /// 7714 section 9.2).
    pub(super) fn seal_rtcp(
        &self,
        position: Position,
        buffer: &mut [u8],
        length: usize,
    ) -> Result<usize, ProtectError> {
        let word = rtcp_index_word(position.index);
        let (packet, behind) = buffer.split_at_mut_checked(length).ok_or(ProtectError::NoRoom)?;
        let (clear, text) = packet.split_first_chunk_mut().ok_or(ProtectError::Malformed)?;
        let (tag, behind) = behind.split_first_chunk_mut().ok_or(ProtectError::NoRoom)?;
        let place = behind.first_chunk_mut().ok_or(ProtectError::NoRoom)?;
        *tag = self.seal(position, &rtcp_associated(clear, word), text)?;
        *place = word;
        Ok(length.saturating_add(TAG_BYTES).saturating_add(INDEX_WORD_BYTES))
    }

    pub(super) fn open_rtcp(
        &self,
        position: Position,
        packet: &mut [u8],
    ) -> Result<usize, Dropped> {
        let (packet, word) = packet.split_last_chunk_mut().ok_or(Dropped::Malformed)?;
        let (clear, sealed) = packet.split_first_chunk_mut().ok_or(Dropped::Malformed)?;
        let plain_bytes = self.open(position, &rtcp_associated(clear, *word), sealed)?;
        Ok(RTCP_CLEAR_BYTES.saturating_add(plain_bytes))
    }

    fn seal(
        &self,
        position: Position,
        associated: &[u8],
        text: &mut [u8],
    ) -> Result<[u8; TAG_BYTES], ProtectError> {
        let tag = self
            .key
            .seal_in_place_separate_tag(self.nonce(position), Aad::from(associated), text)
            .map_err(|_| ProtectError::Malformed)?;
        tag.as_ref().try_into().map_err(|_| ProtectError::Malformed)
    }

    /// Opens ciphertext with its tag behind it, and returns how long the plain text is.
    fn open(
        &self,
        position: Position,
        associated: &[u8],
        sealed: &mut [u8],
    ) -> Result<usize, Dropped> {
        if sealed.len() < TAG_BYTES {
            return Err(Dropped::Malformed);
        }
        let plain = self.key.open_in_place(self.nonce(position), Aad::from(associated), sealed);
        plain.map(|plain| plain.len()).map_err(|_| Dropped::Forged)
    }

    /// Two zeros, the source and the 48-bit index, over the salt (RFC 7714 sections 8.1 and 9.1: an index of RTCP
    /// stands where one of RTP has its lower 31 bits).
    fn nonce(&self, position: Position) -> Nonce {
        let [i0, i1, i2, i3] = position.ssrc.to_be_bytes();
        let [_, _, n0, n1, n2, n3, n4, n5] = position.index.to_be_bytes();
        let mut nonce = [0, 0, i0, i1, i2, i3, n0, n1, n2, n3, n4, n5];
        nonce.iter_mut().zip(self.salt).for_each(|(byte, salt)| *byte ^= salt);
        Nonce::assume_unique_for_key(nonce)
    }
}

/// The library doesn't wipe its keys; this one is written over with one that is no secret.
impl Drop for Gcm {
    fn drop(&mut self) {
        let algorithm = self.key.algorithm();
        let zeros = [0; 32];
        let zeros = zeros.get(..algorithm.key_len()).unwrap_or_default();
        if let Ok(key) = UnboundKey::new(algorithm, zeros) {
            self.key = LessSafeKey::new(key);
            // Without this look at it the compiler may leave out what nobody reads.
            std::hint::black_box(&self.key);
        }
        self.salt.zeroize();
    }
}

/// RTCP authenticates its index word too, as if it followed the clear part.
fn rtcp_associated(
    clear: &[u8; RTCP_CLEAR_BYTES],
    word: [u8; INDEX_WORD_BYTES],
) -> [u8; RTCP_CLEAR_BYTES + INDEX_WORD_BYTES] {
    let ([c0, c1, c2, c3, c4, c5, c6, c7], [w0, w1, w2, w3]) = (*clear, word);
    [c0, c1, c2, c3, c4, c5, c6, c7, w0, w1, w2, w3]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::srtp::tests::hex;
    use ring::aead::{AES_128_GCM, AES_256_GCM};

    const SALT: [u8; 12] = *b"Quid pro quo";

    /// The packet of RFC 7714 section 16: SSRC 5501a0b2, sequence number f17b, rollover counter 0.
    const RTP: &str = "8040f17b 8041f8d3 5501a0b2 47616c6c 69612065 7374206f 6d6e6973 20646976
        69736120 696e2070 61727465 73207472 6573";
    const RTP_AT: Position = Position { ssrc: 0x5501_A0B2, index: 0xF17B };

    /// The packet of RFC 7714 section 17: SSRC 4d617273, index 5d4.
    const RTCP: &str = "81c8000d 4d617273 4e545031 4e545032 52545020 0000042a 0000e930 4c756e61
        deadbeef deadbeef deadbeef deadbeef deadbeef";
    const RTCP_AT: Position = Position { ssrc: 0x4D61_7273, index: 0x5D4 };

    fn key(algorithm: &'static Algorithm) -> Gcm {
        let key: Vec<u8> = (0..algorithm.key_len() as u8).collect();
        Gcm::new(algorithm, &key, SALT).unwrap()
    }

    fn check_rtp(algorithm: &'static Algorithm, sealed: &str) {
        let (gcm, plain, sealed) = (key(algorithm), hex(RTP), hex(sealed));
        let mut buffer = plain.clone();
        buffer.resize(plain.len() + TAG_BYTES, 0);
        assert_eq!(gcm.seal_rtp(RTP_AT, &mut buffer, 12, plain.len()), Ok(sealed.len()));
        assert_eq!(buffer, sealed);
        assert_eq!(gcm.open_rtp(RTP_AT, &mut buffer, 12), Ok(plain.len()));
        assert_eq!(buffer[..plain.len()], plain);
    }

    fn check_rtcp(algorithm: &'static Algorithm, sealed: &str) {
        let (gcm, plain, sealed) = (key(algorithm), hex(RTCP), hex(sealed));
        let mut buffer = plain.clone();
        buffer.resize(plain.len() + TAG_BYTES + INDEX_WORD_BYTES, 0);
        assert_eq!(gcm.seal_rtcp(RTCP_AT, &mut buffer, plain.len()), Ok(sealed.len()));
        assert_eq!(buffer, sealed);
        assert_eq!(gcm.open_rtcp(RTCP_AT, &mut buffer), Ok(plain.len()));
        assert_eq!(buffer[..plain.len()], plain);
    }

    #[test]
    fn rtp_is_protected_as_in_rfc_7714_section_16() {
        check_rtp(
            &AES_128_GCM,
            "8040f17b 8041f8d3 5501a0b2 f24de3a3 fb34de6c acba861c 9d7e4bca be633bd5 0d294e6f
            42a5f47a 51c7d19b 36de3adf 8833899d 7f27beb1 6a9152cf 765ee439 0cce",
        );
        check_rtp(
            &AES_256_GCM,
            "8040f17b 8041f8d3 5501a0b2 32b1de78 a822fe12 ef9f78fa 332e33aa b1801238 9a58e2f3
            b50b2a02 76ffae0f 1ba63799 b87b7aa3 db36dfff d6b0f9bb 7878d7a7 6c13",
        );
    }

    #[test]
    fn rtcp_is_protected_as_in_rfc_7714_section_17() {
        check_rtcp(
            &AES_128_GCM,
            "81c8000d 4d617273 63e94885 dcdab67c a727d766 2f6b7e99 7ff5c0f7 6c06f32d c676a5f1
            730d6fda 4ce09b46 86303ded 0bb9275b c84aa458 96cf4d2f c5abf872 45d9eade 800005d4",
        );
        check_rtcp(
            &AES_256_GCM,
            "81c8000d 4d617273 d50ae4d1 f5ce5d30 4ba297e4 7d470c28 2c3ece5d bffe0a50 a2eaa5c1
            110555be 8415f658 c61de047 6f1b6fad 1d1eb30c 4446839f 57ff6f6c b26ac3be 800005d4",
        );
    }
}
