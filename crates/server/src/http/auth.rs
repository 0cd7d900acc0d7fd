//! Who may do what a participant must not: whoever has a subscriber's token.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use conference::{Conference, ConferenceKey, SubscriberId};
use store::TokenHash;

use super::problem::Problem;
use super::{App, database_failed};

/// The longest token looked at, in bytes.
const TOKEN_BYTES_MAX: usize = 256;

/// Somebody who has proved to be a subscriber by `Authorization: Bearer TOKEN`.
pub(super) struct Authorized(pub(super) SubscriberId);

impl Authorized {
    /// The conference of this key, if it is the subscriber's. Another's is answered as if it weren't
    /// there.
    pub(super) async fn own(&self, app: &App, key: ConferenceKey) -> Result<Conference, Problem> {
        let conference = app.conference(key).await?;
        if conference.subscriber == self.0 {
            Ok(conference)
        } else {
            Err(Problem::not_found("There is no such conference of yours."))
        }
    }
}

impl FromRequestParts<App> for Authorized {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let token = bearer(&parts.headers).ok_or_else(|| {
            unauthorized("token_missing", "This needs a token: Authorization: Bearer …")
        })?;
        match app.store.subscriber_by_token_hash(&TokenHash::of(token)).await {
            Ok(Some(subscriber)) => Ok(Authorized(subscriber.id)),
            Ok(None) => Err(unauthorized("token_unknown", "This token is not known here.")),
            Err(error) => Err(database_failed(&error)),
        }
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    let token = token.trim();
    let fits = !token.is_empty() && token.len() <= TOKEN_BYTES_MAX;
    (scheme.eq_ignore_ascii_case("bearer") && fits).then_some(token)
}

fn unauthorized(code: &'static str, detail: &'static str) -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, code, detail)
}
