//! What a handshake comes to: connected once the certificate, the keys and the end of it are all there.

use dimpl::{KeyingMaterial, SrtpProfile};
use rtp::srtp::{Keys, Profile, Side};

use super::{DtlsError, Fingerprint};

/// Gathers what the handshake brings, in whatever order.
#[derive(Debug)]
pub(super) struct Verdict {
    side: Side,
    expected: Vec<Fingerprint>,
    is_verified: bool,
    keys: Option<Keys>,
}

impl Verdict {
    pub(super) fn new(side: Side, expected: Vec<Fingerprint>) -> Self {
        Self { side, expected, is_verified: false, keys: None }
    }

    /// The peer's certificate, in DER, of which the handshake proves that the peer has its key.
    pub(super) fn take_certificate(&mut self, certificate: &[u8]) -> Result<(), DtlsError> {
        self.is_verified = Fingerprint::any_matches(&self.expected, certificate);
        if self.is_verified { Ok(()) } else { Err(DtlsError::WrongFingerprint) }
    }

    /// The keys for both directions.
    pub(super) fn take_keys(
        &mut self,
        profile: SrtpProfile,
        material: &KeyingMaterial,
    ) -> Result<(), DtlsError> {
        let profile = match profile {
            SrtpProfile::AES128_CM_SHA1_80 => Profile::Aes128CmSha1_80,
            SrtpProfile::AEAD_AES_128_GCM => Profile::AeadAes128Gcm,
            SrtpProfile::AEAD_AES_256_GCM => Profile::AeadAes256Gcm,
            _ => return Err(DtlsError::NoProfile),
        };
        let keys = Keys::from_dtls(profile, material, self.side);
        self.keys = Some(keys.map_err(|error| DtlsError::Protocol(error.to_string()))?);
        Ok(())
    }

    /// The handshake is at its end.
    pub(super) fn conclude(&mut self) -> Result<Keys, DtlsError> {
        if !self.is_verified {
            return Err(DtlsError::WrongFingerprint);
        }
        self.keys.take().ok_or(DtlsError::NoProfile)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dtls::Algorithm;

    const PROFILES: [(SrtpProfile, Profile); 3] = [
        (SrtpProfile::AES128_CM_SHA1_80, Profile::Aes128CmSha1_80),
        (SrtpProfile::AEAD_AES_128_GCM, Profile::AeadAes128Gcm),
        (SrtpProfile::AEAD_AES_256_GCM, Profile::AeadAes256Gcm),
    ];

    fn verdict() -> Verdict {
        Verdict::new(Side::Server, vec![Fingerprint::of(Algorithm::Sha256, b"certificate")])
    }

    fn material(profile: SrtpProfile) -> KeyingMaterial {
        KeyingMaterial::new(&vec![7; profile.keying_material_len()])
    }

    #[test]
    fn certificate_and_keys_make_a_connection() {
        for (theirs, ours) in PROFILES {
            let mut verdict = verdict();
            verdict.take_certificate(b"certificate").unwrap();
            verdict.take_keys(theirs, &material(theirs)).unwrap();
            assert_eq!(verdict.conclude().unwrap().profile, ours);
        }
    }

    #[test]
    fn nobody_is_connected_without_a_certificate_that_matches() {
        let mut verdict = verdict();
        verdict.take_keys(PROFILES[0].0, &material(PROFILES[0].0)).unwrap();
        assert_eq!(verdict.conclude().unwrap_err(), DtlsError::WrongFingerprint);
        let other = verdict.take_certificate(b"another certificate");
        assert_eq!(other.unwrap_err(), DtlsError::WrongFingerprint);
        assert_eq!(verdict.conclude().unwrap_err(), DtlsError::WrongFingerprint);
    }

    #[test]
    fn without_keys_for_srtp_there_was_no_common_profile() {
        let mut verdict = verdict();
        verdict.take_certificate(b"certificate").unwrap();
        assert_eq!(verdict.conclude().unwrap_err(), DtlsError::NoProfile);
        let cut = KeyingMaterial::new(&[0; 10]);
        let cut = verdict.take_keys(PROFILES[1].0, &cut);
        assert!(matches!(cut, Err(DtlsError::Protocol(_))));
    }
}
