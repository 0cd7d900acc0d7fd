//! Fingerprints of certificates.

use std::fmt;

/// The hash function of a fingerprint. MD5 and SHA-1 are not among them: they no longer prove anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HashFunction {
    /// What all browsers use.
    Sha256,
    /// Offered besides by some clients.
    Sha384,
    /// Offered besides by some clients.
    Sha512,
}

impl HashFunction {
    const ALL: [Self; 3] = [Self::Sha256, Self::Sha384, Self::Sha512];

    /// The name in a description.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Sha256 => "sha-256",
            Self::Sha384 => "sha-384",
            Self::Sha512 => "sha-512",
        }
    }

    /// Bytes of a hash.
    #[must_use]
    pub fn length(self) -> usize {
        match self {
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }
}

/// The hash of a certificate (RFC 8122 section 5), which displays as in its attribute: `sha-256 AB:CD:…`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Fingerprint {
    hash: HashFunction,
    bytes: Vec<u8>,
}

impl Fingerprint {
    /// Reads the value of the attribute. None if the hash function is not one of ours, or the bytes are not
    /// as many as it makes.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (name, digits) = text.trim().split_once(char::is_whitespace)?;
        let hash =
            HashFunction::ALL.into_iter().find(|hash| hash.name().eq_ignore_ascii_case(name))?;
        let bytes: Option<Vec<u8>> = digits.trim().split(':').map(byte).collect();
        bytes.filter(|bytes| bytes.len() == hash.length()).map(|bytes| Self { hash, bytes })
    }

    /// Which function it is of.
    #[must_use]
    pub fn hash(&self) -> HashFunction {
        self.hash
    }

    /// The hash, as long as the function makes it.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.hash.name())?;
        let mut separator = ' ';
        for byte in &self.bytes {
            write!(f, "{separator}{byte:02X}")?;
            separator = ':';
        }
        Ok(())
    }
}

/// Two digits; some write small ones.
fn byte(digits: &str) -> Option<u8> {
    let are_digits = digits.len() == 2 && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    are_digits.then(|| u8::from_str_radix(digits, 16).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_whole_hashes_of_known_functions_are_read() {
        let whole = ["0a"; 32].join(":");
        let fingerprint = Fingerprint::parse(&format!("SHA-256  {whole}")).unwrap();
        assert_eq!(
            (fingerprint.hash(), fingerprint.bytes()),
            (HashFunction::Sha256, &[10; 32][..])
        );
        let short = ["0A"; 31].join(":");
        for text in [
            String::new(),
            "sha-256".to_owned(),
            format!("sha-256 {short}"),
            format!("sha-256 {whole}:0A"),
            format!("sha-256 {short}:+A"),
            format!("sha-256 {short}:A"),
            format!("sha-384 {whole}"),
            format!("sha-1 {}", ["0A"; 20].join(":")),
            format!("md5 {}", ["0A"; 16].join(":")),
        ] {
            assert_eq!(Fingerprint::parse(&text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn fingerprints_survive_the_wire(hash in prop::sample::select(&HashFunction::ALL[..]), byte: u8) {
            let fingerprint = Fingerprint { hash, bytes: vec![byte; hash.length()] };
            prop_assert_eq!(Fingerprint::parse(&fingerprint.to_string()), Some(fingerprint));
        }

        #[test]
        fn any_text_is_safe(text: String) {
            let _ = Fingerprint::parse(&text);
        }
    }
}
