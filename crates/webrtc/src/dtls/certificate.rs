//! The certificate that a DTLS endpoint shows, with its key.

use std::fmt;
use std::sync::Arc;

use dimpl::DtlsCertificate;
use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair, PKCS_ECDSA_P256_SHA256};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivatePkcs8KeyDer};

use super::handshake::config;
use super::{Algorithm, Fingerprint};

/// Who it is from. Nobody asks: what counts is the fingerprint.
const COMMON_NAME: &str = "confab";

/// Why there is no certificate.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    /// It can't be made.
    #[error("a certificate can't be made: {0}")]
    Generate(#[source] rcgen::Error),
    /// There is no certificate in the text.
    #[error("there is no certificate in PEM")]
    Certificate(#[source] rustls_pki_types::pem::Error),
    /// There is no private key in the text.
    #[error("there is no private key (PKCS #8) in PEM")]
    Key(#[source] rustls_pki_types::pem::Error),
    /// The private key isn't one for ECDSA on P-256.
    #[error("the private key is not one of ECDSA on P-256: {0}")]
    KeyKind(#[source] rcgen::Error),
    /// The certificate is for another key.
    #[error("the private key is not the certificate's")]
    OtherKey,
    /// DTLS can't be set up.
    #[error("DTLS can't be set up: {0}")]
    Dtls(#[from] dimpl::Error),
}

/// A self-signed certificate (ECDSA, P-256) and its private key. A server has one, and uses it for all.
pub struct Certificate {
    pub(super) dtls: DtlsCertificate,
    pub(super) config: Arc<dimpl::Config>,
    pem: String,
}

impl Certificate {
    /// Makes a new one. It never expires: it is known by its fingerprint and not by its date, and it is as
    /// old as its server.
    ///
    /// # Errors
    /// There is no randomness to be had.
    pub fn generate() -> Result<Self, CertificateError> {
        let generate = CertificateError::Generate;
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).map_err(generate)?;
        let mut params = CertificateParams::new(Vec::new()).map_err(generate)?;
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, COMMON_NAME);
        let certificate = params.self_signed(&key).map_err(generate)?;
        let pem = certificate.pem() + &key.serialize_pem();
        Self::from_der(certificate.der().to_vec(), key.serialize_der(), pem)
    }

    /// Reads what [`to_pem`](Self::to_pem) gave: a certificate and its private key, in any order.
    ///
    /// # Errors
    /// One of them is missing or can't be used, or they don't belong together.
    pub fn from_pem(pem: &str) -> Result<Self, CertificateError> {
        let certificate = CertificateDer::from_pem_slice(pem.as_bytes())
            .map_err(CertificateError::Certificate)?;
        let key =
            PrivatePkcs8KeyDer::from_pem_slice(pem.as_bytes()).map_err(CertificateError::Key)?;
        let pair = KeyPair::from_pkcs8_der_and_sign_algo(&key, &PKCS_ECDSA_P256_SHA256)
            .map_err(CertificateError::KeyKind)?;
        // A point on the curve is 65 bytes that stand in no certificate by chance.
        let point = pair.public_key_raw();
        if !certificate.windows(point.len()).any(|window| window == point) {
            return Err(CertificateError::OtherKey);
        }
        Self::from_der(certificate.to_vec(), key.secret_pkcs8_der().to_vec(), pem.to_owned())
    }

    /// The certificate and its private key, to be kept in a file that nobody else reads.
    #[must_use]
    pub fn to_pem(&self) -> &str {
        &self.pem
    }

    /// Its fingerprint by SHA-256, for the signalling.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(Algorithm::Sha256, &self.dtls.certificate)
    }

    fn from_der(
        certificate: Vec<u8>,
        private_key: Vec<u8>,
        pem: String,
    ) -> Result<Self, CertificateError> {
        let dtls = DtlsCertificate { certificate, private_key };
        Ok(Self { dtls, config: Arc::new(config()?), pem })
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Certificate({})", self.fingerprint())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn survives_its_file() {
        let made = Certificate::generate().unwrap();
        let read = Certificate::from_pem(made.to_pem()).unwrap();
        assert_eq!(read.fingerprint(), made.fingerprint());
        assert_eq!(read.dtls.private_key, made.dtls.private_key);
        assert_ne!(Certificate::generate().unwrap().fingerprint(), made.fingerprint());
    }

    #[test]
    fn what_cannot_be_used_is_told() {
        let made = Certificate::generate().unwrap();
        let (certificate, key) =
            made.to_pem().split_at(made.to_pem().find("-----BEGIN PRI").unwrap());
        let other = Certificate::generate().unwrap();
        let other_key = &other.to_pem()[other.to_pem().find("-----BEGIN PRI").unwrap()..];
        let p384 = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P384_SHA384).unwrap().serialize_pem();
        let read = |text: &str| Certificate::from_pem(text).unwrap_err();
        assert!(matches!(read(""), CertificateError::Certificate(_)));
        assert!(matches!(read(key), CertificateError::Certificate(_)));
        assert!(matches!(read(certificate), CertificateError::Key(_)));
        assert!(matches!(read(&(certificate.to_owned() + other_key)), CertificateError::OtherKey));
        assert!(matches!(read(&(certificate.to_owned() + &p384)), CertificateError::KeyKind(_)));
        assert!(Certificate::from_pem(&(key.to_owned() + certificate)).is_ok());
    }

    #[test]
    fn its_key_does_not_show() {
        let shown = format!("{:?}", Certificate::generate().unwrap());
        assert!(shown.starts_with("Certificate(sha-256 ") && shown.len() < 130, "{shown}");
    }
}
