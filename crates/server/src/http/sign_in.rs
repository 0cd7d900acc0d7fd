//! Signing in and out: `/sign-in` for people, `/api/v1/session` for their pages.

use std::net::SocketAddr;
use std::sync::PoisonError;

use axum::Json;
use axum::extract::{ConnectInfo, Form, Path, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use conference::sign_in::{LINK_LIFE, SESSION_LIFE};
use conference::{
    ClientAddress, MailAddress, SessionToken, SignInToken, SubscriberId, SubscriberName,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use store::{BrowserSession, SignInLink, StoreError, TokenHash};

use super::auth::SignedIn;
use super::client::client_ip;
use super::extract::Body;
use super::problem::Problem;
use super::{App, database_failed, letters};

use crate::clock;

/// The code of a refusal by a server that sends no mail.
const NO_MAIL: &str = "no_mail";

const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");

/// Who wants to sign in. A name is given by who is new here.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wish {
    mail: String,
    #[serde(default)]
    name: Option<String>,
}

/// What was mailed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Proof {
    token: String,
}

/// A link that signs in, once.
#[derive(Serialize)]
pub(super) struct Link {
    pub(super) url: String,
    pub(super) expires_at: Timestamp,
}

/// Who is signed in.
#[derive(Serialize)]
pub(super) struct Me {
    id: SubscriberId,
    name: String,
    mail: Option<MailAddress>,
    expires_at: Timestamp,
}

/// What a page needs to know of signing in.
#[derive(Serialize)]
pub(super) struct Ways {
    /// Whether links are mailed.
    by_mail: bool,
    /// Whether somebody who is new here becomes a subscriber by signing in.
    sign_up: bool,
    /// Who has signed in by this browser.
    signed_in: Option<Me>,
}

/// `GET /api/v1/sign-in`
pub(super) async fn ways(State(app): State<App>, signed_in: Option<SignedIn>) -> Response {
    let cookie = signed_in.as_ref().map(|signed_in| renewed_cookie(&app, signed_in));
    let ways = Ways {
        by_mail: app.settings.sends_mail,
        sign_up: app.settings.sign_up,
        signed_in: signed_in.map(|signed_in| signed_in.session.into()),
    };
    (cookie, [(header::CACHE_CONTROL, NO_STORE)], Json(ways)).into_response()
}

/// `POST /api/v1/sign-in`: has a link sent. The answer is the same whether or not anybody has the address.
pub(super) async fn ask(
    State(app): State<App>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Body(wish): Body<Wish>,
) -> Result<StatusCode, Problem> {
    send_link(&app, peer, &headers, &wish).map(|()| StatusCode::ACCEPTED)
}

/// `POST /sign-in`: the same for a page without script.
pub(super) async fn ask_by_form(
    State(app): State<App>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Form(wish): Form<Wish>,
) -> Redirect {
    Redirect::to(match send_link(&app, peer, &headers, &wish) {
        Ok(()) => "/sign-in#sent",
        Err(problem) if problem.code() == NO_MAIL => "/sign-in#no-mail",
        Err(_) => "/sign-in#trouble",
    })
}

/// `GET /sign-in`
pub(super) async fn page(State(app): State<App>, headers: HeaderMap) -> Response {
    app.settings.assets.page("sign-in.html", StatusCode::OK, &headers)
}

/// `GET /sign-in/{token}`: a page with one button. What only looks at a link (a mail server's scanner, a
/// preview) doesn't use it up.
pub(super) async fn link_page(State(app): State<App>, headers: HeaderMap) -> Response {
    let mut response = app.settings.assets.page("sign-in-link.html", StatusCode::OK, &headers);
    // The button's request shall say where it comes from; the link itself is told to nobody else.
    let policy = HeaderValue::from_static("same-origin");
    response.headers_mut().insert(header::REFERRER_POLICY, policy);
    response
}

/// `POST /sign-in/{token}`: the button.
pub(super) async fn follow_link(State(app): State<App>, Path(token): Path<String>) -> Response {
    match begin(&app, &token).await {
        Ok((_, cookie)) => ([(header::SET_COOKIE, cookie)], Redirect::to("/")).into_response(),
        Err(problem) if problem.status() == StatusCode::NOT_FOUND => {
            Redirect::to("/sign-in#expired").into_response()
        }
        Err(problem) => problem.into_response(),
    }
}

/// `POST /api/v1/session`: the button, for programs.
pub(super) async fn start(
    State(app): State<App>,
    Body(proof): Body<Proof>,
) -> Result<Response, Problem> {
    let (session, cookie) = begin(&app, &proof.token).await?;
    let me = Json(Me::from(session));
    Ok((StatusCode::CREATED, [(header::SET_COOKIE, cookie)], me).into_response())
}

/// `GET /api/v1/session`
pub(super) async fn read(State(app): State<App>, signed_in: SignedIn) -> Response {
    let cookie = renewed_cookie(&app, &signed_in);
    (cookie, [(header::CACHE_CONTROL, NO_STORE)], Json(Me::from(signed_in.session))).into_response()
}

/// Has the browser keep its session as long as the server does, from now on.
fn renewed_cookie(app: &App, signed_in: &SignedIn) -> [(HeaderName, HeaderValue); 1] {
    [(header::SET_COOKIE, app.settings.cookie.set(signed_in.token, SESSION_LIFE))]
}

/// `DELETE /api/v1/session`: signs this browser out.
pub(super) async fn end(State(app): State<App>, signed_in: SignedIn) -> Result<Response, Problem> {
    let ended = app.store.end_session(&signed_in.hash).await;
    ended.map_err(|error| database_failed(&error))?;
    Ok(signed_out(&app))
}

/// `DELETE /api/v1/sessions`: signs out everywhere.
pub(super) async fn end_all(
    State(app): State<App>,
    signed_in: SignedIn,
) -> Result<Response, Problem> {
    let ended = app.store.end_sessions_of(signed_in.session.subscriber.id).await;
    ended.map_err(|error| database_failed(&error))?;
    Ok(signed_out(&app))
}

fn signed_out(app: &App) -> Response {
    let cookie = app.settings.cookie.clear();
    (StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie)]).into_response()
}

/// Checks a wish, and has it carried out by a task of its own: how long that takes tells nothing.
fn send_link(app: &App, peer: SocketAddr, headers: &HeaderMap, wish: &Wish) -> Result<(), Problem> {
    let mail: MailAddress = wish.mail.parse().map_err(|error: conference::MailAddressError| {
        Problem::invalid("mail", error.to_string())
    })?;
    let name = wish.name.as_deref().filter(|name| !name.trim().is_empty());
    let name: Option<SubscriberName> = name
        .map(str::parse)
        .transpose()
        .map_err(|error: conference::TextError| Problem::invalid("name", error.to_string()))?;
    if !app.settings.sends_mail {
        let detail = "This server sends no mail. Please ask its operator for a link.";
        return Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, NO_MAIL, detail));
    }
    let client = ClientAddress::from(client_ip(peer, headers, &app.settings.trusted_proxies));
    let mut sign_in = app.settings.sign_in.lock().unwrap_or_else(PoisonError::into_inner);
    sign_in.ask(clock::now(), &mail, client).map_err(|over| {
        let detail = "Links were asked for too often. Please try again later.";
        Problem::new(StatusCode::TOO_MANY_REQUESTS, "too_many_links", detail)
            .retry_after(over.retry_after)
    })?;
    let app = app.clone();
    tokio::spawn(async move {
        if let Err(error) = post_link(&app, &mail, name).await {
            tracing::error!(%error, "a sign-in link was not sent");
        }
    });
    Ok(())
}

/// Sends a link to a subscriber; to anybody else only where people may sign up.
async fn post_link(
    app: &App,
    mail: &MailAddress,
    name: Option<SubscriberName>,
) -> Result<(), StoreError> {
    let name = name.unwrap_or_else(|| SubscriberName::of_address(mail));
    let name = app.settings.sign_up.then_some(&name);
    match app.store.subscriber_by_mail(mail).await? {
        None if name.is_none() => return Ok(()),
        Some(subscriber) if subscriber.suspended_at.is_some() => return Ok(()),
        _ => {}
    }
    let link = make_link(app, SignInToken::from_random(rand::random()), mail, name).await?;
    letters::post_sign_in(app, mail, &link.url).await
}

/// Makes a link for whoever reads the mail of this address.
pub(super) async fn make_link(
    app: &App,
    token: SignInToken,
    mail: &MailAddress,
    name: Option<&SubscriberName>,
) -> Result<Link, StoreError> {
    let now = clock::now();
    let expires_at = now.saturating_add(LINK_LIFE).unwrap_or(Timestamp::MAX);
    let hash = TokenHash::of(&token.to_string());
    app.store.create_sign_in_link(&SignInLink { hash, mail, name, expires_at }, now).await?;
    Ok(Link { url: format!("{}/sign-in/{token}", app.settings.public_url), expires_at })
}

/// Uses a link up: the session, and the cookie that stands for it.
async fn begin(app: &App, token: &str) -> Result<(BrowserSession, HeaderValue), Problem> {
    let expired = || Problem::not_found("This link has been used, or is too old. Ask for another.");
    let link: SignInToken = token.parse().map_err(|_| expired())?;
    let session = SessionToken::from_random(rand::random());
    let hash = TokenHash::of(&session.to_string());
    let now = clock::now();
    let until = now.saturating_add(SESSION_LIFE).unwrap_or(Timestamp::MAX);
    let begun = app.store.sign_in(&TokenHash::of(&link.to_string()), &hash, now, until).await;
    let begun = begun.map_err(|error| database_failed(&error))?.ok_or_else(expired)?;
    tracing::info!(subscriber = begun.subscriber.id.number(), "signed in");
    Ok((begun, app.settings.cookie.set(session, SESSION_LIFE)))
}

impl From<BrowserSession> for Me {
    fn from(session: BrowserSession) -> Me {
        let BrowserSession { subscriber, expires_at } = session;
        Me { id: subscriber.id, name: subscriber.name, mail: subscriber.mail, expires_at }
    }
}
