//! Digest authentication (RFC 7616 as used by RFC 3261 section 22 and RFC 8760), both ways.

mod client;
mod server;

use md5::Md5;
use sha2::{Digest, Sha256};

use crate::message::{split_outside, unquote};

pub(crate) use self::{
    client::ClientAuth,
    server::{Verdict, Verifier},
};

/// The hash functions that we know; `-sess` is a matter of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hash {
    Md5,
    Sha256,
}

/// How a response is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Algorithm {
    hash: Hash,
    /// Whether the secret is bound to the nonces of both sides.
    session: bool,
}

impl Algorithm {
    /// MD5 when the challenge doesn't say (RFC 7616 section 3.3).
    fn parse(text: Option<&str>) -> Option<Self> {
        let text = text.unwrap_or("MD5").to_ascii_uppercase();
        let (name, session) = match text.strip_suffix("-SESS") {
            Some(name) => (name, true),
            None => (text.as_str(), false),
        };
        let hash = match name {
            "MD5" => Hash::Md5,
            "SHA-256" => Hash::Sha256,
            _ => return None,
        };
        Some(Self { hash, session })
    }

    fn as_str(self) -> &'static str {
        match (self.hash, self.session) {
            (Hash::Md5, false) => "MD5",
            (Hash::Md5, true) => "MD5-sess",
            (Hash::Sha256, false) => "SHA-256",
            (Hash::Sha256, true) => "SHA-256-sess",
        }
    }

    fn hash(self, text: &str) -> String {
        match self.hash {
            Hash::Md5 => hex(&Md5::digest(text)),
            Hash::Sha256 => hex(&Sha256::digest(text)),
        }
    }
}

/// All that goes into a response.
struct Proof<'a> {
    algorithm: Algorithm,
    username: &'a str,
    realm: &'a str,
    password: &'a str,
    nonce: &'a str,
    method: &'a str,
    uri: &'a str,
    /// `nc` and `cnonce`, with `qop=auth`; without it, the form of RFC 2069.
    quality: Option<(&'a str, &'a str)>,
}

impl Proof<'_> {
    /// The `response` parameter (RFC 7616 section 3.4.1).
    fn response(&self) -> String {
        let Self { algorithm, nonce, .. } = self;
        let hash = |text: &str| algorithm.hash(text);
        let mut secret = hash(&format!("{}:{}:{}", self.username, self.realm, self.password));
        if algorithm.session {
            let cnonce = self.quality.map_or("", |(_, cnonce)| cnonce);
            secret = hash(&format!("{secret}:{nonce}:{cnonce}"));
        }
        let request = hash(&format!("{}:{}", self.method, self.uri));
        match self.quality {
            Some((count, cnonce)) => {
                hash(&format!("{secret}:{nonce}:{count}:{cnonce}:auth:{request}"))
            }
            None => hash(&format!("{secret}:{nonce}:{request}")),
        }
    }
}

/// The parameters of a challenge or of credentials, if their scheme is Digest.
struct Fields(Vec<(String, String)>);

impl Fields {
    fn parse(value: &str) -> Option<Self> {
        let (scheme, rest) = value.trim_start().split_once([' ', '\t'])?;
        if !scheme.eq_ignore_ascii_case("Digest") {
            return None;
        }
        let fields = split_outside(rest, b',').filter_map(|field| {
            let (name, value) = field.split_once('=')?;
            Some((name.trim().to_ascii_lowercase(), unquote(value.trim())))
        });
        Some(Self(fields.collect()))
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Wraps in quotes; what would end them is escaped.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of RFC 7616 section 3.9.1.
    #[test]
    fn computes_the_rfc_examples() {
        let proof = |algorithm| Proof {
            algorithm,
            username: "Mufasa",
            realm: "http-auth@example.org",
            password: "Circle of Life",
            nonce: "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
            method: "GET",
            uri: "/dir/index.html",
            quality: Some(("00000001", "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ")),
        };
        let md5 = Algorithm { hash: Hash::Md5, session: false };
        assert_eq!(proof(md5).response(), "8ca523f5e9506fed4657c9700eebdbec");
        let sha256 = Algorithm { hash: Hash::Sha256, session: false };
        assert_eq!(
            proof(sha256).response(),
            "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"
        );
    }

    /// The example of RFC 2617 section 3.5, and its form without `qop`.
    #[test]
    fn computes_the_older_forms() {
        let mut proof = Proof {
            algorithm: Algorithm { hash: Hash::Md5, session: false },
            username: "Mufasa",
            realm: "testrealm@host.com",
            password: "Circle Of Life",
            nonce: "dcd98b7102dd2f0e8b11d0f600bfb0c093",
            method: "GET",
            uri: "/dir/index.html",
            quality: Some(("00000001", "0a4f113b")),
        };
        assert_eq!(proof.response(), "6629fae49393a05397450978507c4ef1");
        proof.quality = None;
        assert_eq!(proof.response(), "670fd8c2df070c60b045671b8b24ff02");
    }

    #[test]
    fn knows_its_algorithms_by_their_registered_names() {
        for name in ["MD5", "MD5-sess", "SHA-256", "SHA-256-sess"] {
            assert_eq!(Algorithm::parse(Some(name)).unwrap().as_str(), name);
        }
        assert!(Algorithm::parse(Some("SHA-512-256")).is_none());
    }
}
