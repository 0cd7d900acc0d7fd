//! Who may do what a participant must not: a subscriber, by a token or signed in by a browser; and an
//! operator, by a token.

use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use conference::{Conference, ConferenceKey, SessionToken, SubscriberId, sign_in};
use store::{BrowserSession, TokenHash, TokenOwner};

use super::problem::Problem;
use super::{App, database_failed, origin};

use crate::clock;

/// The longest token looked at, in bytes.
const TOKEN_BYTES_MAX: usize = 256;

/// Somebody who has proved to be a subscriber, by `Authorization: Bearer TOKEN` or by the cookie of a
/// session.
pub(super) struct Authorized(pub(super) SubscriberId);

/// Somebody who has a token with the operator's right.
pub(super) struct Operator;

/// A browser that is signed in.
pub(super) struct SignedIn {
    pub(super) session: BrowserSession,
    pub(super) token: SessionToken,
    pub(super) hash: TokenHash,
}

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
        // A token is said on purpose, a cookie comes by itself.
        if parts.headers.contains_key(header::AUTHORIZATION) {
            return Ok(Authorized(owner(&parts.headers, app).await?.subscriber.id));
        }
        match signed_in(parts, app).await? {
            Some(signed_in) => Ok(Authorized(signed_in.session.subscriber.id)),
            None => Err(unauthorized(
                "token_missing",
                "Sign in, or send a token: Authorization: Bearer …",
            )),
        }
    }
}

impl FromRequestParts<App> for Operator {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        if owner(&parts.headers, app).await?.is_operator {
            return Ok(Operator);
        }
        let detail = "This needs the token of an operator.";
        Err(Problem::new(StatusCode::FORBIDDEN, "not_operator", detail))
    }
}

impl FromRequestParts<App> for SignedIn {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let signed_in = signed_in(parts, app).await?;
        signed_in.ok_or_else(|| unauthorized("not_signed_in", "You are not signed in."))
    }
}

/// Somebody may not be signed in, and that is no fault.
impl OptionalFromRequestParts<App> for SignedIn {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Option<Self>, Problem> {
        signed_in(parts, app).await
    }
}

/// The session of a request's cookie, which is prolonged now and then.
pub(super) async fn signed_in(parts: &Parts, app: &App) -> Result<Option<SignedIn>, Problem> {
    let Some(token) = app.settings.cookie.read(&parts.headers) else { return Ok(None) };
    origin::check_cookie_use(app, &parts.method, &parts.headers)?;
    let (hash, now) = (TokenHash::of(&token.to_string()), clock::now());
    let found = app.store.session(&hash, now).await.map_err(|error| database_failed(&error))?;
    let Some(mut session) = found else { return Ok(None) };
    if let Some(until) = sign_in::prolonged(session.expires_at, now) {
        let prolonged = app.store.prolong_session(&hash, until).await;
        prolonged.map_err(|error| database_failed(&error))?;
        session.expires_at = until;
    }
    Ok(Some(SignedIn { session, token, hash }))
}

async fn owner(headers: &HeaderMap, app: &App) -> Result<TokenOwner, Problem> {
    let token = bearer(headers).ok_or_else(|| {
        unauthorized("token_missing", "This needs a token: Authorization: Bearer …")
    })?;
    match app.store.subscriber_by_token_hash(&TokenHash::of(token)).await {
        Ok(Some(owner)) if owner.subscriber.suspended_at.is_some() => {
            let detail = "This subscriber is suspended. Please ask the operator.";
            Err(Problem::new(StatusCode::FORBIDDEN, "suspended", detail))
        }
        Ok(Some(owner)) => Ok(owner),
        Ok(None) => Err(unauthorized("token_unknown", "This token is not known here.")),
        Err(error) => Err(database_failed(&error)),
    }
}

/// The token that a request says to have.
pub(super) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    let token = token.trim();
    let fits = !token.is_empty() && token.len() <= TOKEN_BYTES_MAX;
    (scheme.eq_ignore_ascii_case("bearer") && fits).then_some(token)
}

pub(super) fn unauthorized(code: &'static str, detail: &'static str) -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, code, detail)
}
