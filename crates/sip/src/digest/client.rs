//! Answers challenges.

use super::{Algorithm, Fields, Proof, quoted};
use crate::{
    Credentials, Entropy,
    limits::CHALLENGES_MAX,
    message::{Name, Request, Response, split_outside},
};

/// What one call knows about the challenges of its peers.
#[derive(Debug, Default)]
pub(crate) struct ClientAuth {
    credentials: Option<Credentials>,
    /// One for each realm, of the server and of proxies on the way.
    challenges: Vec<Challenge>,
    /// Rounds since the last request that was let through.
    rounds: u8,
}

#[derive(Debug, Clone)]
struct Challenge {
    /// 407, not 401.
    by_proxy: bool,
    realm: String,
    nonce: String,
    opaque: Option<String>,
    algorithm: Algorithm,
    /// Whether `qop=auth` is offered; without any `qop` the older form is used.
    quality: bool,
    stale: bool,
    /// Requests answered with this nonce.
    count: u32,
}

/// Why a challenge is not answered: it counts as the refusal that it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Unanswerable;

impl ClientAuth {
    pub(crate) fn new(credentials: Option<Credentials>) -> Self {
        Self { credentials, ..Self::default() }
    }

    /// Takes the challenges of a 401 or 407. After this the request can be tried again.
    ///
    /// # Errors
    /// There are no credentials for them, none can be computed, or they were answered already and it did not help.
    pub(crate) fn handle_challenge(&mut self, response: &Response) -> Result<(), Unanswerable> {
        let credentials = self.credentials.as_ref().ok_or(Unanswerable)?;
        self.rounds += 1;
        if self.rounds > CHALLENGES_MAX {
            return Err(Unanswerable);
        }
        let fits = |challenge: &Challenge| {
            credentials.realm.as_ref().is_none_or(|realm| *realm == challenge.realm)
        };
        let mut fresh: Vec<Challenge> = Vec::new();
        for challenge in Challenge::all(response).filter(fits) {
            // The first that we can compute is the strongest the peer wants (RFC 8760 section 2.3).
            if !fresh.iter().any(|known| known.is_same_realm(&challenge)) {
                fresh.push(challenge);
            }
        }
        let is_news = |challenge: &Challenge| {
            let known = self.challenges.iter().find(|known| known.is_same_realm(challenge));
            challenge.stale || known.is_none_or(|known| known.count == 0 || self.rounds == 1)
        };
        if !fresh.iter().any(is_news) {
            return Err(Unanswerable);
        }
        for challenge in fresh {
            self.challenges.retain(|known| !known.is_same_realm(&challenge));
            self.challenges.push(challenge);
        }
        Ok(())
    }

    /// A request was let through: the next challenge begins anew.
    pub(crate) fn handle_success(&mut self) {
        self.rounds = 0;
    }

    /// Adds what the challenges so far ask for.
    pub(crate) fn authorize(&mut self, request: &mut Request, entropy: &mut Entropy) {
        request.headers.remove(&Name::Authorization);
        request.headers.remove(&Name::ProxyAuthorization);
        let Some(credentials) = &self.credentials else { return };
        for challenge in &mut self.challenges {
            challenge.count += 1;
            let (method, uri) = (request.method.as_str(), request.uri.to_string());
            let value = challenge.answer(credentials, method, &uri, &entropy.token());
            let name =
                if challenge.by_proxy { Name::ProxyAuthorization } else { Name::Authorization };
            request.headers.push(name, value);
        }
    }
}

impl Challenge {
    /// Those of a response that can be computed.
    fn all(response: &Response) -> impl Iterator<Item = Self> {
        let of_kind = |name: &'static Name, by_proxy| {
            response.headers.all(name).filter_map(move |value| Self::parse(value, by_proxy))
        };
        of_kind(&Name::WwwAuthenticate, false).chain(of_kind(&Name::ProxyAuthenticate, true))
    }

    fn parse(value: &str, by_proxy: bool) -> Option<Self> {
        let fields = Fields::parse(value)?;
        let qualities = fields.get("qop");
        let quality = qualities.is_some_and(|all| {
            split_outside(all, b',').any(|one| one.eq_ignore_ascii_case("auth"))
        });
        if qualities.is_some() && !quality {
            return None;
        }
        Some(Self {
            by_proxy,
            realm: fields.get("realm")?.to_owned(),
            nonce: fields.get("nonce")?.to_owned(),
            opaque: fields.get("opaque").map(Into::into),
            algorithm: Algorithm::parse(fields.get("algorithm"))?,
            quality,
            stale: fields.get("stale").is_some_and(|stale| stale.eq_ignore_ascii_case("true")),
            count: 0,
        })
    }

    fn is_same_realm(&self, other: &Self) -> bool {
        self.by_proxy == other.by_proxy && self.realm == other.realm
    }

    fn answer(&self, credentials: &Credentials, method: &str, uri: &str, cnonce: &str) -> String {
        let Self { realm, nonce, algorithm, .. } = self;
        let Credentials { username, password, .. } = credentials;
        let count = format!("{:08x}", self.count);
        let quality = self.quality.then_some((count.as_str(), cnonce));
        let proof =
            Proof { algorithm: *algorithm, username, realm, password, nonce, method, uri, quality };
        let mut value = format!(
            "Digest username={}, realm={}, nonce={}, uri={}, response=\"{}\", algorithm={}",
            quoted(username),
            quoted(realm),
            quoted(nonce),
            quoted(uri),
            proof.response(),
            algorithm.as_str()
        );
        if let Some((count, cnonce)) = quality {
            value += &format!(", qop=auth, nc={count}, cnonce=\"{cnonce}\"");
        }
        if let Some(opaque) = &self.opaque {
            value += &format!(", opaque={}", quoted(opaque));
        }
        value
    }
}
