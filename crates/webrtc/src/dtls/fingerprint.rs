//! The fingerprint of a certificate (RFC 8122 section 5).

use std::fmt;

use sha2::{Digest, Sha256, Sha384, Sha512};

/// Why a fingerprint can't be used.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum FingerprintError {
    /// A hash that isn't known, or no longer safe, as SHA-1 and MD5.
    #[error("fingerprints by this hash are not accepted")]
    Algorithm,
    /// Not pairs of hexadecimal digits between colons, or not as many as the hash has bytes.
    #[error("the fingerprint is malformed")]
    Malformed,
}

/// A hash function that fingerprints are made with, the weakest first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Algorithm {
    /// SHA-256, which every browser uses.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

impl Algorithm {
    /// Reads the name, in whatever case (RFC 8122 section 5).
    ///
    /// # Errors
    /// It is none of those above: SHA-1 and what is older is refused.
    pub fn parse(name: &str) -> Result<Self, FingerprintError> {
        let known = [Self::Sha256, Self::Sha384, Self::Sha512];
        let named = known.into_iter().find(|known| known.name().eq_ignore_ascii_case(name));
        named.ok_or(FingerprintError::Algorithm)
    }

    /// The name as SDP has it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Sha256 => "sha-256",
            Self::Sha384 => "sha-384",
            Self::Sha512 => "sha-512",
        }
    }

    fn hash(self, certificate: &[u8]) -> Vec<u8> {
        match self {
            Self::Sha256 => Sha256::digest(certificate).to_vec(),
            Self::Sha384 => Sha384::digest(certificate).to_vec(),
            Self::Sha512 => Sha512::digest(certificate).to_vec(),
        }
    }

    fn bytes(self) -> usize {
        match self {
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }
}

/// What a certificate must hash to.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Fingerprint {
    algorithm: Algorithm,
    bytes: Vec<u8>,
}

impl Fingerprint {
    /// A fingerprint from the parts that signalling has: the hash's name, and its result.
    ///
    /// # Errors
    /// A hash that isn't accepted, or a result of another length than that hash has.
    pub fn new(algorithm: &str, bytes: &[u8]) -> Result<Self, FingerprintError> {
        let algorithm = Algorithm::parse(algorithm)?;
        let bytes = bytes.to_vec();
        let fits = bytes.len() == algorithm.bytes();
        fits.then_some(Self { algorithm, bytes }).ok_or(FingerprintError::Malformed)
    }

    /// Reads what stands behind `a=fingerprint:`, such as `sha-256 19:E2:1C:…`.
    ///
    /// # Errors
    /// As of [`new`](Self::new), and what isn't written so.
    pub fn parse(text: &str) -> Result<Self, FingerprintError> {
        let (algorithm, digits) = text.split_once(' ').ok_or(FingerprintError::Malformed)?;
        let bytes: Option<Vec<u8>> = digits.split(':').map(hexadecimal).collect();
        Self::new(algorithm, &bytes.ok_or(FingerprintError::Malformed)?)
    }

    /// The fingerprint of a certificate in DER.
    #[must_use]
    pub fn of(algorithm: Algorithm, certificate: &[u8]) -> Self {
        Self { algorithm, bytes: algorithm.hash(certificate) }
    }

    /// The hash.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Whether `certificate`, in DER, is the one that `expected` is about. Of several fingerprints those by the
    /// strongest hash count, and one of them must match (RFC 8122 section 5). None match nothing.
    pub(super) fn any_matches(expected: &[Self], certificate: &[u8]) -> bool {
        let Some(strongest) = expected.iter().map(Self::algorithm).max() else { return false };
        expected.contains(&Self::of(strongest, certificate))
    }
}

/// As SDP has it: the hash's name, and upper-case digits in pairs.
impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.algorithm.name())?;
        for (index, byte) in self.bytes.iter().enumerate() {
            write!(f, "{}{byte:02X}", if index == 0 { ' ' } else { ':' })?;
        }
        Ok(())
    }
}

/// Two hexadecimal digits.
fn hexadecimal(digits: &str) -> Option<u8> {
    let is_pair = digits.len() == 2 && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    u8::from_str_radix(digits, 16).ok().filter(|_| is_pair)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Of an empty certificate, so to speak.
    const EMPTY: &str = "sha-256 E3:B0:C4:42:98:FC:1C:14:9A:FB:F4:C8:99:6F:B9:24:\
                         27:AE:41:E4:64:9B:93:4C:A4:95:99:1B:78:52:B8:55";

    #[test]
    fn is_read_and_written_as_in_sdp() {
        let fingerprint = Fingerprint::of(Algorithm::Sha256, b"");
        assert_eq!(fingerprint.to_string(), EMPTY);
        assert_eq!(Fingerprint::parse(EMPTY), Ok(fingerprint.clone()));
        assert_eq!(Fingerprint::parse(&EMPTY.to_lowercase()), Ok(fingerprint.clone()));
        assert_eq!(Fingerprint::parse(&EMPTY.to_uppercase()), Ok(fingerprint));
    }

    #[test]
    fn weak_and_malformed_ones_are_refused() {
        let sha1 = format!("sha-1 {}", ["AB"; 20].join(":"));
        let md5 = format!("md5 {}", ["AB"; 16].join(":"));
        for weak in [sha1, md5, EMPTY.replace("sha-256", "sha-224")] {
            assert_eq!(Fingerprint::parse(&weak), Err(FingerprintError::Algorithm), "{weak}");
        }
        let cut = EMPTY.rsplit_once(':').unwrap().0;
        let signed = EMPTY.replace("E3:B0", "+3:B0");
        let long = format!("{EMPTY}:00");
        for bad in ["", "sha-256", "sha-256 ", cut, &signed, &long, &EMPTY.replace(':', "")] {
            assert_eq!(Fingerprint::parse(bad), Err(FingerprintError::Malformed), "{bad}");
        }
    }

    #[test]
    fn the_strongest_hash_decides() {
        let of = |algorithm, certificate: &[u8]| Fingerprint::of(algorithm, certificate);
        let (right, wrong) = (b"right".as_slice(), b"wrong".as_slice());
        let matches = |expected: &[Fingerprint]| Fingerprint::any_matches(expected, right);
        for algorithm in [Algorithm::Sha256, Algorithm::Sha384, Algorithm::Sha512] {
            assert!(matches(&[of(algorithm, right)]));
            assert!(matches(&[of(algorithm, wrong), of(algorithm, right)]));
            assert!(!matches(&[of(algorithm, wrong)]));
        }
        assert!(!matches(&[of(Algorithm::Sha256, right), of(Algorithm::Sha512, wrong)]));
        assert!(matches(&[of(Algorithm::Sha256, wrong), of(Algorithm::Sha384, right)]));
        assert!(!matches(&[]));
    }

    proptest! {
        #[test]
        fn anything_may_be_read(text: String, near in "(sha-(1|256|384|512)) ([0-9A-Fa-f]{2}:){20,70}[0-9A-G]{0,3}") {
            let _ = Fingerprint::parse(&text);
            if let Ok(fingerprint) = Fingerprint::parse(&near) {
                prop_assert!(fingerprint.to_string().eq_ignore_ascii_case(&near));
            }
        }
    }
}
