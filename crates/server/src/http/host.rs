//! Who is a host of a conference: its subscriber, by a token or signed in; whoever has the host's URL, by the
//! key in it; and whoever is in as a host, having typed the host's PIN, by the secret of its own call. What isn't
//! a cookie comes as `Authorization: Bearer …`.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use conference::{CallSecret, Conference, HostKey, Pin, PinError, Proof, Role, SubscriberId};
use store::TokenHash;

use super::auth::{bearer, signed_in, unauthorized};
use super::problem::Problem;
use super::{App, database_failed};

/// What a request brings along to prove who asks.
pub(super) struct Credentials {
    bearer: Option<String>,
    /// Who is signed in; or why the cookie doesn't count.
    signed_in: Result<Option<SubscriberId>, Problem>,
}

/// What somebody is to a conference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rank {
    /// Nothing was shown.
    Anybody,
    /// What was shown says nothing here.
    Unknown,
    /// A participant that is no host, or another subscriber.
    Guest,
    Host,
    Subscriber,
}

impl Rank {
    /// Whether this one may do what hosts do.
    pub(super) fn is_host(self) -> bool {
        matches!(self, Rank::Host | Rank::Subscriber)
    }

    pub(super) fn role(self) -> Role {
        if self.is_host() { Role::Host } else { Role::Guest }
    }
}

impl FromRequestParts<App> for Credentials {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        // What is said on purpose counts; a cookie comes by itself.
        if parts.headers.contains_key(header::AUTHORIZATION) {
            let bearer = bearer(&parts.headers).map(str::to_owned);
            return Ok(Credentials { bearer, signed_in: Ok(None) });
        }
        let signed_in = signed_in(parts, app).await;
        let signed_in = signed_in.map(|found| found.map(|one| one.session.subscriber.id));
        Ok(Credentials { bearer: None, signed_in })
    }
}

impl App {
    /// What whoever asks is to this conference.
    pub(super) async fn rank(
        &self,
        conference: &Conference,
        credentials: &Credentials,
    ) -> Result<Rank, Problem> {
        let of_subscriber = |id: SubscriberId| match id == conference.subscriber {
            true => Rank::Subscriber,
            false => Rank::Guest,
        };
        let Some(bearer) = &credentials.bearer else {
            let signed_in = credentials.signed_in.clone()?;
            return Ok(signed_in.map_or(Rank::Anybody, of_subscriber));
        };
        let key = bearer.parse::<HostKey>().ok();
        if key.is_some_and(|key| self.settings.secret.is_host(&key, conference.key)) {
            return Ok(Rank::Host);
        }
        if let Ok(secret) = bearer.parse::<CallSecret>() {
            let role = self.switchboard.role_of(conference.key, secret).await;
            match role.map_err(|_| Problem::stopping())? {
                Some(Role::Host) => return Ok(Rank::Host),
                Some(Role::Guest) => return Ok(Rank::Guest),
                None => {}
            }
        }
        let owner = self.store.subscriber_by_token_hash(&TokenHash::of(bearer)).await;
        let owner = owner.map_err(|error| database_failed(&error))?;
        let owner = owner.filter(|owner| owner.subscriber.suspended_at.is_none());
        Ok(owner.map_or(Rank::Unknown, |owner| of_subscriber(owner.subscriber.id)))
    }

    /// Checks that whoever asks is a host of that conference.
    pub(super) async fn require_host(
        &self,
        conference: &Conference,
        credentials: &Credentials,
    ) -> Result<(), Problem> {
        match self.rank(conference, credentials).await? {
            Rank::Host | Rank::Subscriber => Ok(()),
            Rank::Anybody => Err(unauthorized(
                "token_missing",
                "This is for hosts. Sign in, or send a token or the host's key: Authorization: Bearer …",
            )),
            Rank::Unknown => Err(unauthorized("token_unknown", "This token is not known here.")),
            Rank::Guest => {
                let detail = "This is for the hosts of the conference.";
                Err(Problem::new(StatusCode::FORBIDDEN, "not_host", detail))
            }
        }
    }

    /// What somebody who wants to come in shows of itself. Whatever proves no host, be it because the database is
    /// away, is as if it had not been shown.
    pub(super) async fn proof(
        &self,
        conference: &Conference,
        credentials: &Credentials,
        pin: Option<&str>,
    ) -> Result<Proof, Problem> {
        let pin: Option<Pin> = pin
            .filter(|pin| !pin.trim().is_empty())
            .map(str::parse)
            .transpose()
            .map_err(|error: PinError| Problem::invalid("pin", error.to_string()))?;
        let is_host = self.rank(conference, credentials).await.is_ok_and(Rank::is_host);
        Ok(Proof { is_host, is_there: false, pin })
    }
}
