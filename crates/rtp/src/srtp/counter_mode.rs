//! AES-128 in counter mode with HMAC-SHA1, the transforms that RFC 3711 itself defines.

use super::error::{Dropped, ProtectError};
use super::keys::KeyError;
use super::layout::{INDEX_WORD_BYTES, RTCP_CLEAR_BYTES};
use super::position::{Position, rtcp_index_word};
use aes::Aes128;
use ctr::CtrCore;
use ctr::cipher::{InnerIvInit, KeyInit, StreamCipherCore};
use ctr::flavors::Ctr32BE;
use hmac::{Hmac, Mac};
use sha1::Sha1;

/// 80 bits of the 160 that HMAC-SHA1 has.
pub(super) const TAG_BYTES: usize = 10;

pub(super) const SALT_BYTES: usize = 14;

/// Bytes of a session key that authenticates (RFC 3711 section 5.2).
pub(super) const AUTHENTICATION_KEY_BYTES: usize = 20;

/// The session keys and session salt of one direction of RTP or RTCP.
pub(super) struct CounterMode {
    cipher: Aes128,
    /// Keyed, and cloned for each packet: the two blocks of the key are hashed once only.
    mac: Hmac<Sha1>,
    salt: [u8; SALT_BYTES],
}

impl CounterMode {
    pub(super) fn new(
        key: &[u8],
        authentication_key: &[u8],
        salt: [u8; SALT_BYTES],
    ) -> Result<Self, KeyError> {
        let cipher = Aes128::new_from_slice(key).map_err(|_| KeyError::Refused)?;
        let mac = Hmac::new_from_slice(authentication_key).map_err(|_| KeyError::Refused)?;
        Ok(Self { cipher, mac, salt })
    }

    /// Encrypts what lies behind the header, and puts the tag of all of it and of the rollover counter, which is
    /// not sent, behind that (RFC 3711 sections 3.3 and 4.2).
    pub(super) fn seal_rtp(
        &self,
        position: Position,
        buffer: &mut [u8],
        clear_bytes: usize,
        length: usize,
    ) -> Result<usize, ProtectError> {
        let (packet, behind) = buffer.split_at_mut_checked(length).ok_or(ProtectError::NoRoom)?;
        let place = behind.first_chunk_mut().ok_or(ProtectError::NoRoom)?;
        let text = packet.get_mut(clear_bytes..).ok_or(ProtectError::Malformed)?;
        self.apply_keystream(position, text).ok_or(ProtectError::Malformed)?;
        *place = self.tag(packet, &position.rollover_counter());
        Ok(length.saturating_add(TAG_BYTES))
    }

    pub(super) fn open_rtp(
        &self,
        position: Position,
        packet: &mut [u8],
        clear_bytes: usize,
    ) -> Result<usize, Dropped> {
        let (packet, tag) = packet.split_last_chunk_mut::<TAG_BYTES>().ok_or(Dropped::Malformed)?;
        let is_whole = packet.len() >= clear_bytes;
        if !is_whole {
            return Err(Dropped::Malformed);
        }
        self.verify(packet, &position.rollover_counter(), tag)?;
        let text = packet.get_mut(clear_bytes..).ok_or(Dropped::Malformed)?;
        self.apply_keystream(position, text).ok_or(Dropped::Malformed)?;
        Ok(packet.len())
    }

    /// Encrypts what lies behind the first eight bytes; the index word comes behind that, and the tag of all of
    /// it last (RFC 3711 section 3.4).
    pub(super) fn seal_rtcp(
        &self,
        position: Position,
        buffer: &mut [u8],
        length: usize,
    ) -> Result<usize, ProtectError> {
        let end = length.saturating_add(INDEX_WORD_BYTES);
        let (packet, behind) = buffer.split_at_mut_checked(end).ok_or(ProtectError::NoRoom)?;
        let place = behind.first_chunk_mut().ok_or(ProtectError::NoRoom)?;
        let (text, word) = packet.split_last_chunk_mut().ok_or(ProtectError::NoRoom)?;
        let text = text.get_mut(RTCP_CLEAR_BYTES..).ok_or(ProtectError::Malformed)?;
        self.apply_keystream(position, text).ok_or(ProtectError::Malformed)?;
        *word = rtcp_index_word(position.index);
        *place = self.tag(packet, &[]);
        Ok(end.saturating_add(TAG_BYTES))
    }

    pub(super) fn open_rtcp(
        &self,
        position: Position,
        packet: &mut [u8],
    ) -> Result<usize, Dropped> {
        let (packet, tag) = packet.split_last_chunk_mut::<TAG_BYTES>().ok_or(Dropped::Malformed)?;
        self.verify(packet, &[], tag)?;
        let (packet, _word) =
            packet.split_last_chunk_mut::<INDEX_WORD_BYTES>().ok_or(Dropped::Malformed)?;
        let text = packet.get_mut(RTCP_CLEAR_BYTES..).ok_or(Dropped::Malformed)?;
        self.apply_keystream(position, text).ok_or(Dropped::Malformed)?;
        Ok(packet.len())
    }

    /// Encrypts or decrypts (RFC 3711 section 4.1.1). The block counter's 16 bits begin at zero and are enough
    /// for a datagram, so that those of the index above them are never touched.
    fn apply_keystream(&self, position: Position, text: &mut [u8]) -> Option<()> {
        let [i0, i1, i2, i3] = position.ssrc.to_be_bytes();
        let [_, _, n0, n1, n2, n3, n4, n5] = position.index.to_be_bytes();
        let mut iv = [0, 0, 0, 0, i0, i1, i2, i3, n0, n1, n2, n3, n4, n5, 0, 0];
        iv.iter_mut().zip(self.salt).for_each(|(byte, salt)| *byte ^= salt);
        let stream = CtrCore::<_, Ctr32BE>::inner_iv_init(&self.cipher, &iv.into());
        stream.try_apply_keystream_partial(text.into()).ok()
    }

    fn tag(&self, authenticated: &[u8], suffix: &[u8]) -> [u8; TAG_BYTES] {
        let whole = self.mac.clone().chain_update(authenticated).chain_update(suffix).finalize();
        let whole: [u8; 20] = whole.into_bytes().into();
        let [t0, t1, t2, t3, t4, t5, t6, t7, t8, t9, ..] = whole;
        [t0, t1, t2, t3, t4, t5, t6, t7, t8, t9]
    }

    fn verify(&self, authenticated: &[u8], suffix: &[u8], tag: &[u8]) -> Result<(), Dropped> {
        let mac = self.mac.clone().chain_update(authenticated).chain_update(suffix);
        mac.verify_truncated_left(tag).map_err(|_| Dropped::Forged)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::srtp::tests::hex;

    #[test]
    fn the_key_stream_is_that_of_rfc_3711_appendix_b_2() {
        let salt = hex("F0F1F2F3F4F5F6F7F8F9FAFBFCFD").try_into().unwrap();
        let key = hex("2B7E151628AED2A6ABF7158809CF4F3C");
        let mode = CounterMode::new(&key, &[0; AUTHENTICATION_KEY_BYTES], salt).unwrap();
        let mut stream = vec![0; 0xFF02 * 16];
        mode.apply_keystream(Position { ssrc: 0, index: 0 }, &mut stream).unwrap();
        let first = "E03EAD0935C95E80E166B16DD92B4EB4 D23513162B02D0F72A43A2FE4A5F97AB
            41E95B3BB0A2E8DD477901E4FCA894C0";
        assert_eq!(stream[..48], hex(first));
        let last = "EC8CDF7398607CB0F2D21675EA9EA1E4 362B7C3C6773516318A077D7FC5073AE
            6A2CC3787889374FBEB4C81B17BA6C44";
        assert_eq!(stream[0xFEFF * 16..], hex(last));
    }
}
