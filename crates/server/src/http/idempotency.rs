//! `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header): a POST that is sent again, because its answer was lost, is not
//! carried out again. It is given the answer that the first one was given. That is kept in the database, or if it lets
//! somebody in, in memory alone ([`Fleeting`]).

mod fleeting;

use std::net::SocketAddr;

use axum::body::{self, Body};
use axum::extract::{ConnectInfo, FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use conference::{CallSecret, ConferenceKey};
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};
use store::{Claim, KeptAnswer, KeyedRequest};

pub(super) use self::fleeting::Fleeting;
use self::fleeting::Held;
use super::auth::Authorized;
use super::client::client_ip;
use super::problem::Problem;
use super::{App, database_failed, subscribers, whip};

use crate::clock;
use crate::switchboard::CallAction;

/// The header.
const HEADER: HeaderName = HeaderName::from_static("idempotency-key");

/// Says that an answer was given before.
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// The longest key, in characters.
const KEY_CHARS_MAX: usize = 255;

/// How long an answer is kept.
const KEPT: SignedDuration = SignedDuration::from_hours(24);

/// How much longer than a request may take its key is held, so that it isn't free while it is being answered.
const MARGIN: SignedDuration = SignedDuration::from_secs(5);

/// The largest answer that is kept, in bytes.
const ANSWER_BYTES_MAX: usize = 2 * 1024 * 1024;

/// How the paths end whose answers sign somebody in, or set up a browser's sound: they are kept in memory.
const SECRETIVE: [&str; 3] = ["/session", "/sign-in-link", WHIP];

/// Where browsers come in.
const WHIP: &str = "/whip";

/// What somebody asks for who isn't known yet, or may have become so by the try before.
const SIGN_IN: [&str; 2] = ["/api/v1/sign-in", "/api/v1/session"];

/// What is asked for by a conference's key.
const IN_A_CONFERENCE: &str = "/api/v1/conferences/";

/// Carries a request with a key out once.
pub(super) async fn once(
    State(app): State<App>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
    next: Next,
) -> Response {
    let is_meant = is_for_api(&request) && request.headers().contains_key(HEADER);
    if !is_meant {
        return next.run(request).await;
    }
    let is_whip = request.uri().path().ends_with(WHIP);
    let response = carry_out_once(&app, peer, request, next).await;
    if is_whip { whip::open(response).await } else { response }
}

async fn carry_out_once(app: &App, peer: SocketAddr, request: Request, next: Next) -> Response {
    let key = match read_key(request.headers()) {
        Ok(key) => key,
        Err(problem) => return problem.into_response(),
    };
    let (mut parts, body) = request.into_parts();
    let Some(owner) = owner(app, peer, &mut parts).await else {
        // It will be refused, and has no say in what is kept.
        return next.run(Request::from_parts(parts, body)).await;
    };
    let bytes = match body::to_bytes(body, body_bytes_max(app, parts.uri.path())).await {
        Ok(bytes) => bytes,
        Err(_) => {
            let detail = "The body is larger than this server takes.";
            return Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", detail)
                .into_response();
        }
    };
    let target = parts.uri.path_and_query().map_or("", |target| target.as_str());
    let hash = hex_digest(&[owner.as_bytes(), b"\n", target.as_bytes(), b"\n", key.as_bytes()]);
    let fingerprint = hex_digest(&[&bytes]);
    let path = parts.uri.path();
    let (is_secretive, is_whip) =
        (SECRETIVE.iter().any(|end| path.ends_with(end)), path.ends_with(WHIP));
    let request = Request::from_parts(parts, Body::from(bytes));
    if is_secretive {
        return match claim_in_memory(app, &hash, &fingerprint, is_whip).await {
            Ok(Some(answer)) => answer,
            Ok(None) => {
                let response = next.run(request).await;
                let until = clock::now().saturating_add(KEPT).unwrap_or(Timestamp::MAX);
                app.fleeting.keep(&hash, response, until).await
            }
            Err(problem) => problem.into_response(),
        };
    }
    let keyed = KeyedRequest { hash: &hash, owner: &owner, fingerprint: &fingerprint };
    match claim(app, keyed).await {
        Ok(None) => {}
        Ok(Some(answer)) => return replay(answer),
        Err(problem) => return problem.into_response(),
    }
    keep(app, &hash, next.run(request).await).await
}

/// Whose key it is: a subscriber's, or where nobody has to be known, a client's.
async fn owner(app: &App, peer: SocketAddr, parts: &mut Parts) -> Option<String> {
    let client = |parts: &Parts| {
        let trusted = &app.settings.trusted_proxies;
        hex_digest(&[client_ip(peer, &parts.headers, trusted).to_string().as_bytes()])
    };
    if SIGN_IN.contains(&parts.uri.path()) {
        return Some(client(parts));
    }
    match Authorized::from_request_parts(parts, app).await {
        Ok(Authorized(subscriber)) => Some(format!("subscriber {}", subscriber.number())),
        Err(_) if parts.uri.path().starts_with(IN_A_CONFERENCE) => Some(client(parts)),
        Err(_) => None,
    }
}

fn is_for_api(request: &Request) -> bool {
    let path = request.uri().path();
    request.method() == Method::POST && path.starts_with("/api/")
}

/// The key: a string of RFC 8941, or as many write it, without its quotes.
fn read_key(headers: &HeaderMap) -> Result<String, Problem> {
    let mut values = headers.get_all(HEADER).iter();
    let value = values.next().filter(|_| values.next().is_none());
    let text = value.and_then(|value| value.to_str().ok()).unwrap_or_default().trim();
    let quoted = text.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
    let key = quoted.unwrap_or(text);
    let fits = (1..=KEY_CHARS_MAX).contains(&key.len()) && !key.contains(['"', '\\']);
    if fits && key.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic()) {
        return Ok(key.to_owned());
    }
    let detail = "Give one Idempotency-Key of 1 to 255 characters, such as \"8e03978e-40d5-43dd\".";
    Err(Problem::new(StatusCode::BAD_REQUEST, "idempotency_key_invalid", detail))
}

/// Nothing, if the request is to be carried out, or what was answered to the one before.
async fn claim(app: &App, request: KeyedRequest<'_>) -> Result<Option<KeptAnswer>, Problem> {
    let now = clock::now();
    let until = held_until(app, now);
    let claimed = app.store.claim_key(request, now, until).await;
    match claimed.map_err(|error| database_failed(&error))? {
        Claim::First => Ok(None),
        Claim::Answered(answer) => Ok(Some(answer)),
        Claim::UnderWay => Err(under_way()),
        Claim::Different => Err(different()),
        Claim::TooMany => {
            let detail = "Too many Idempotency-Keys were sent within a day.";
            let status = StatusCode::TOO_MANY_REQUESTS;
            let problem = Problem::new(status, "too_many_idempotency_keys", detail);
            Err(problem.retry_after(std::time::Duration::from_secs(60 * 60)))
        }
    }
}

/// The same for what is kept in memory. What was answered to a browser is so as long as that is there; then its key is free.
async fn claim_in_memory(
    app: &App,
    hash: &str,
    fingerprint: &str,
    is_whip: bool,
) -> Result<Option<Response>, Problem> {
    let now = clock::now();
    let until = held_until(app, now);
    for _ in 0..2 {
        match app.fleeting.claim(hash, fingerprint, now, until) {
            Held::First => return Ok(None),
            Held::Answered(answer) if is_whip && !lives(app, answer.location()).await? => {
                app.fleeting.forget(hash);
            }
            Held::Answered(answer) => return Ok(Some(answer.replay())),
            Held::UnderWay => break,
            Held::Different => return Err(different()),
        }
    }
    Err(under_way())
}

/// Whether the call goes on that is at this path.
async fn lives(app: &App, location: Option<&str>) -> Result<bool, Problem> {
    let path = location.and_then(|location| location.strip_prefix(IN_A_CONFERENCE));
    let Some((key, id)) = path.and_then(|path| path.split_once("/whip/")) else { return Ok(false) };
    let (Ok(key), Ok(id)) = (key.parse::<ConferenceKey>(), id.parse::<CallSecret>()) else {
        return Ok(false);
    };
    let call = app.switchboard.act_on_call(key, id, CallAction::Read).await;
    let call = call.map_err(|_| Problem::stopping())?;
    Ok(call.is_some_and(|call| call.state.ending().is_none()))
}

fn held_until(app: &App, now: Timestamp) -> Timestamp {
    let time = SignedDuration::try_from(app.settings.request_time).unwrap_or(KEPT);
    now.saturating_add(time.saturating_add(MARGIN)).unwrap_or(Timestamp::MAX)
}

fn under_way() -> Problem {
    let detail = "A request with this Idempotency-Key is being answered.";
    Problem::new(StatusCode::CONFLICT, "idempotency_key_in_use", detail)
}

fn different() -> Problem {
    let detail = "This Idempotency-Key was sent with another body.";
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "idempotency_key_reused", detail)
}

/// Keeps an answer, if another try would be given the same, and passes it on.
async fn keep(app: &App, hash: &str, response: Response) -> Response {
    let (parts, body) = response.into_parts();
    let text = |name| {
        let value: Option<&HeaderValue> = parts.headers.get(name);
        value.and_then(|value| value.to_str().ok()).map(str::to_owned)
    };
    let (content_type, location) = (text(header::CONTENT_TYPE), text(header::LOCATION));
    // Answers to POSTs are whole already, and none is larger than what it lists.
    let Ok(bytes) = body::to_bytes(body, usize::MAX).await else {
        return Problem::unavailable().into_response();
    };
    let answer = String::from_utf8(bytes.to_vec()).ok().filter(|_| is_final(parts.status));
    let done = match answer.filter(|body| body.len() <= ANSWER_BYTES_MAX) {
        Some(body) => {
            let answer = KeptAnswer { status: parts.status.as_u16(), content_type, location, body };
            let until = clock::now().saturating_add(KEPT).unwrap_or(Timestamp::MAX);
            app.store.keep_answer(hash, &answer, until).await
        }
        None => app.store.release_key(hash).await,
    };
    if let Err(error) = done {
        // It has been carried out: whoever asks again is told to wait, until the key is free.
        tracing::error!(%error, "an answer can't be kept for its Idempotency-Key");
    }
    Response::from_parts(parts, Body::from(bytes))
}

/// Whether the same request would be answered so again: it was carried out, or is wrong in itself.
fn is_final(status: StatusCode) -> bool {
    let is_wrong = matches!(status.as_u16(), 400 | 404 | 409 | 410 | 415 | 422);
    status.is_success() || is_wrong
}

fn replay(answer: KeptAnswer) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK);
    let mut response = (status, answer.body).into_response();
    let headers = response.headers_mut();
    headers.remove(header::CONTENT_TYPE);
    let named = [(header::CONTENT_TYPE, answer.content_type), (header::LOCATION, answer.location)];
    for (name, value) in named {
        if let Some(value) = value.and_then(|value| HeaderValue::try_from(value).ok()) {
            headers.insert(name, value);
        }
    }
    headers.insert(REPLAYED, HeaderValue::from_static("true"));
    response
}

/// The largest body that the handler of a path takes.
fn body_bytes_max(app: &App, path: &str) -> usize {
    match path {
        "/api/v1/subscribers" => subscribers::BODY_BYTES_MAX,
        _ => app.settings.body_bytes_max,
    }
}

fn hex_digest(parts: &[&[u8]]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part);
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(values: &[&str]) -> Option<String> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(HEADER, HeaderValue::from_bytes(value.as_bytes()).unwrap());
        }
        read_key(&headers).ok()
    }

    #[test]
    fn keys_are_strings_with_or_without_quotes() {
        assert_eq!(key(&["\"8e03978e-40d5\""]).as_deref(), Some("8e03978e-40d5"));
        assert_eq!(key(&["8e03978e-40d5"]).as_deref(), Some("8e03978e-40d5"));
        assert_eq!(key(&[&"a".repeat(255)]), Some("a".repeat(255)));
        let long = "a".repeat(256);
        for bad in [
            &["" as &str] as &[&str],
            &["\"\""],
            &["\"a"],
            &["a\\b"],
            &["é"],
            &[&long],
            &["a", "b"],
        ] {
            assert_eq!(key(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn what_may_pass_is_not_kept() {
        for (status, kept) in [
            (201, true),
            (204, true),
            (404, true),
            (422, true),
            (401, false),
            (403, false),
            (408, false),
            (429, false),
            (503, false),
        ] {
            assert_eq!(is_final(StatusCode::from_u16(status).unwrap()), kept, "{status}");
        }
    }
}
