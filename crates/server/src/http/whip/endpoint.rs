//! A conference's WHIP endpoint: offers come in, sessions come out (RFC 9725 section 4.2).

use std::net::SocketAddr;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, QueryRejection};
use axum::extract::{ConnectInfo, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use conference::{ClientAddress, ConferenceKey, PinError};
use sdp::browser::{BrowserOffer, BrowserRefusal};
use serde::Deserialize;

use super::media_type::{self, ACCEPT_POST, SDP};
use super::{body, cors, session};
use crate::http::App;
use crate::http::callee::parse_secret;
use crate::http::calls::not_placed;
use crate::http::client::client_ip;
use crate::http::conferences::Key;
use crate::http::extract::Parsed;
use crate::http::host::Credentials;
use crate::http::participants::parse_name;
use crate::http::problem::Problem;
use crate::switchboard::{BrowserJoin, BrowserJoined, JoinError};

/// The header that has the PIN, where there is one: not the query, which goes into logs.
const PIN: &str = "confab-pin";

/// When to try again after the media engine had no room.
const RETRY_AFTER: Duration = Duration::from_secs(5);

/// Who wants to come in. Other parameters are passed over: a WHIP client may add its own.
#[derive(Deserialize)]
pub(super) struct Who {
    #[serde(default)]
    name: Option<String>,
    /// The secret of the same person's phone call.
    #[serde(default)]
    call: Option<String>,
    /// The secret of the same person's session before this one.
    #[serde(default)]
    replaces: Option<String>,
}

/// `POST /api/v1/conferences/{key}/whip?name=…&call=…&replaces=…`
pub(super) async fn join(
    State(app): State<App>,
    Parsed(key): Parsed<Key>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    who: Result<Query<Who>, QueryRejection>,
    headers: HeaderMap,
    credentials: Credentials,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Response> {
    media_type::check(&headers, SDP, ACCEPT_POST).map_err(IntoResponse::into_response)?;
    let client = ClientAddress::from(client_ip(peer, &headers, &app.settings.trusted_proxies));
    let shown = Shown { client, credentials, pin: headers.get(PIN) };
    let joined = take_in(&app, key.parse(), who, shown, body).await;
    joined.map_err(IntoResponse::into_response)
}

/// `OPTIONS /api/v1/conferences/{key}/whip`
pub(super) async fn options() -> Response {
    cors::allowed("OPTIONS, POST", ACCEPT_POST, SDP)
}

/// What a request shows besides its query and its body.
struct Shown<'a> {
    client: ClientAddress,
    credentials: Credentials,
    pin: Option<&'a HeaderValue>,
}

async fn take_in(
    app: &App,
    key: Result<ConferenceKey, Problem>,
    who: Result<Query<Who>, QueryRejection>,
    shown: Shown<'_>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let conference = app.conference(key?).await?;
    let Query(who) = who.map_err(|_| {
        let detail = "The query can't be read; each of its parameters is given once.";
        Problem::new(StatusCode::BAD_REQUEST, "invalid", detail)
    })?;
    let name = who.name.as_deref().filter(|name| !name.trim().is_empty());
    let name = name.map(parse_name).transpose()?;
    let (with, replaces) =
        (parse_secret("call", who.call)?, parse_secret("replaces", who.replaces)?);
    let offer = BrowserOffer::parse(&body::read(body)?).map_err(|refusal| not_agreed(&refusal))?;
    let Shown { client, credentials, pin } = shown;
    let pin = pin.map(HeaderValue::to_str).transpose();
    let pin = pin.map_err(|_| Problem::invalid("pin", PinError.to_string()))?;
    let proof = app.proof(&conference, &credentials, pin).await?;
    let key = conference.key;
    let join = BrowserJoin { conference, name, with, replaces, client, proof, offer };
    let joined = app.switchboard.join_browser(join).await.map_err(|error| not_joined(&error))?;
    created(key, joined)
}

fn created(key: ConferenceKey, joined: BrowserJoined) -> Result<Response, Problem> {
    let location = format!("/api/v1/conferences/{key}/whip/{}", joined.call);
    let location = HeaderValue::try_from(location).map_err(|_| Problem::unavailable())?;
    let headers = [
        (header::LOCATION, location),
        (header::ETAG, session::etag(&joined.ice_session)?),
        (header::CONTENT_TYPE, HeaderValue::from_static(SDP)),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    Ok((StatusCode::CREATED, headers, joined.answer).into_response())
}

/// Garbage is a bad request; what can be read but not agreed to can't be processed.
fn not_agreed(refusal: &BrowserRefusal) -> Problem {
    let status = match refusal.is_malformed() {
        true => StatusCode::BAD_REQUEST,
        false => StatusCode::UNPROCESSABLE_ENTITY,
    };
    Problem::new(status, refusal.code(), refusal.to_string())
}

fn not_joined(error: &JoinError) -> Problem {
    match error {
        JoinError::Place(error) => not_placed(error),
        JoinError::NoMedia => {
            let detail = "The server has no room for more sound. Please try again shortly.";
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, "no_media", detail)
                .retry_after(RETRY_AFTER)
        }
    }
}
