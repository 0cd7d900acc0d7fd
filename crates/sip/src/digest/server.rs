//! Challenges others, and remembers nothing about it.

use std::{net::IpAddr, time::Duration};

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::{Algorithm, Fields, Hash, Proof, hex, quoted};
use crate::{
    Credentials, Entropy,
    limits::NONCE_LIFETIME,
    message::{Name, Request, Response},
};

/// Makes and checks nonces. A nonce holds the time of its making, sealed together with the address that it is for by
/// a key of this process: it costs nothing until it comes back, and serves nobody else.
///
/// Within a nonce's life its holder may use it again; a request that was overheard and sent again from the same
/// address is stopped by its transaction or its dialog, not here.
pub(crate) struct Verifier {
    mac: Hmac<Sha256>,
    realm: String,
}

/// What a request's credentials prove.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// They are the right ones.
    Known,
    /// There are none for us: a challenge is due.
    Absent,
    /// They are right, but the nonce is too old: a challenge is due that says so.
    Stale,
    /// They are wrong.
    Wrong,
}

/// What we can be answered with. MD5 goes first, though it is the weaker: many phones and carriers look
/// at the first challenge only, and give up at an algorithm that they don't know.
const OFFERED: [Algorithm; 2] = [
    Algorithm { hash: Hash::Md5, session: false },
    Algorithm { hash: Hash::Sha256, session: false },
];

impl Verifier {
    pub(crate) fn new(entropy: &mut Entropy, realm: &str) -> Self {
        Self { mac: Hmac::new(&entropy.key().into()), realm: realm.to_owned() }
    }

    /// Adds our challenges to a 401.
    pub(crate) fn challenge(
        &self,
        now: Duration,
        peer: IpAddr,
        stale: bool,
        mut response: Response,
    ) -> Response {
        let nonce = self.nonce(now.as_secs(), peer);
        for algorithm in OFFERED {
            let (realm, algorithm) = (quoted(&self.realm), algorithm.as_str());
            let stale = if stale { ", stale=true" } else { "" };
            let value = format!(
                "Digest realm={realm}, nonce=\"{nonce}\", algorithm={algorithm}, qop=\"auth\"{stale}"
            );
            response.headers.push(Name::WwwAuthenticate, value);
        }
        response
    }

    /// The user that a request claims to be, if it answers a challenge of ours.
    pub(crate) fn claimed_user(&self, request: &Request) -> Option<String> {
        self.fields(request)?.get("username").map(Into::into)
    }

    /// Checks a request's credentials.
    pub(crate) fn verify(
        &self,
        now: Duration,
        peer: IpAddr,
        request: &Request,
        credentials: &Credentials,
    ) -> Verdict {
        let Some(fields) = self.fields(request) else { return Verdict::Absent };
        let nonce = fields.get("nonce").unwrap_or_default();
        let Some(made_at) = self.opened(nonce, peer) else { return Verdict::Absent };
        if !self.is_proof(&fields, request, credentials).unwrap_or(false) {
            return Verdict::Wrong;
        }
        let age = now.as_secs().checked_sub(made_at);
        if age.is_some_and(|age| age <= NONCE_LIFETIME.as_secs()) {
            Verdict::Known
        } else {
            Verdict::Stale
        }
    }

    fn is_proof(
        &self,
        fields: &Fields,
        request: &Request,
        credentials: &Credentials,
    ) -> Option<bool> {
        let algorithm = Algorithm::parse(fields.get("algorithm"))?;
        let uri = fields.get("uri")?;
        let (username, count, cnonce) =
            (fields.get("username")?, fields.get("nc"), fields.get("cnonce"));
        if !OFFERED.contains(&algorithm)
            || username != credentials.username
            || uri != request.uri.to_string()
        {
            return Some(false);
        }
        let quality = match fields.get("qop") {
            Some(quality) if quality.eq_ignore_ascii_case("auth") => Some((count?, cnonce?)),
            Some(_) => return None,
            None => None,
        };
        let proof = Proof {
            algorithm,
            username,
            realm: &self.realm,
            password: &credentials.password,
            nonce: fields.get("nonce")?,
            method: request.method.as_str(),
            uri,
            quality,
        };
        Some(is_equal(proof.response().as_bytes(), fields.get("response")?.as_bytes()))
    }

    fn fields(&self, request: &Request) -> Option<Fields> {
        let all = request.headers.all(&Name::Authorization).filter_map(Fields::parse);
        all.into_iter().find(|fields| fields.get("realm") == Some(&self.realm))
    }

    fn nonce(&self, made_at: u64, peer: IpAddr) -> String {
        format!("{made_at:08x}{}", self.seal(made_at, peer))
    }

    /// When a nonce was made, if it is one of ours for that peer.
    fn opened(&self, nonce: &str, peer: IpAddr) -> Option<u64> {
        let (made_at, _) = nonce.split_at_checked(nonce.len().checked_sub(32)?)?;
        let made_at = u64::from_str_radix(made_at, 16).ok()?;
        is_equal(self.nonce(made_at, peer).as_bytes(), nonce.as_bytes()).then_some(made_at)
    }

    fn seal(&self, made_at: u64, peer: IpAddr) -> String {
        self.mac(&[&made_at.to_be_bytes(), peer.to_canonical().to_string().as_bytes()])
    }

    /// A tag for a response that nobody will remember: the same one for each retransmission of the request.
    pub(crate) fn stateless_tag(&self, call_id: &str, branch: &str) -> String {
        self.mac(&[b"tag", call_id.as_bytes(), b"\0", branch.as_bytes()])[..16].to_owned()
    }

    /// 128 bits in hexadecimal.
    fn mac(&self, parts: &[&[u8]]) -> String {
        let mut mac = self.mac.clone();
        parts.iter().for_each(|part| mac.update(part));
        hex(mac.finalize().into_bytes().get(..16).unwrap_or_default())
    }
}

/// Compares in a time that doesn't tell where the difference is.
fn is_equal(one: &[u8], other: &[u8]) -> bool {
    one.len() == other.len() && one.iter().zip(other).fold(0, |all, (a, b)| all | (a ^ b)) == 0
}
