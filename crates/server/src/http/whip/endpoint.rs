//! A conference's WHIP endpoint: offers come in, sessions come out (RFC 9725 section 4.2).

use std::net::SocketAddr;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, QueryRejection};
use axum::extract::{ConnectInfo, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use conference::{ClientAddress, ConferenceKey, ParticipantName, Proof};
use sdp::browser::{BrowserOffer, BrowserRefusal};
use serde::Deserialize;

use super::media_type::{self, ACCEPT_POST, SDP};
use super::{body, cors, session};
use crate::http::App;
use crate::http::calls::{not_placed, parse_secret};
use crate::http::client::client_ip;
use crate::http::conferences::Key;
use crate::http::extract::Parsed;
use crate::http::problem::Problem;
use crate::switchboard::{BrowserJoin, BrowserJoined, JoinError};

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
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Response> {
    media_type::check(&headers, SDP, ACCEPT_POST).map_err(IntoResponse::into_response)?;
    let client = ClientAddress::from(client_ip(peer, &headers, &app.settings.trusted_proxies));
    let joined = take_in(&app, key.parse(), client, who, body).await;
    joined.map_err(IntoResponse::into_response)
}

/// `OPTIONS /api/v1/conferences/{key}/whip`
pub(super) async fn options() -> Response {
    cors::allowed("OPTIONS, POST", ACCEPT_POST, SDP)
}

async fn take_in(
    app: &App,
    key: Result<ConferenceKey, Problem>,
    client: ClientAddress,
    who: Result<Query<Who>, QueryRejection>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let conference = app.conference(key?).await?;
    let Query(who) = who.map_err(|_| {
        let detail = "The query can't be read; each of its parameters is given once.";
        Problem::new(StatusCode::BAD_REQUEST, "invalid", detail)
    })?;
    let name = who.name.as_deref().filter(|name| !name.trim().is_empty());
    let name: Option<ParticipantName> = name
        .map(str::parse)
        .transpose()
        .map_err(|error: conference::TextError| Problem::invalid("name", error.to_string()))?;
    let (with, replaces) =
        (parse_secret("call", who.call)?, parse_secret("replaces", who.replaces)?);
    let offer = BrowserOffer::parse(&body::read(body)?).map_err(|refusal| not_agreed(&refusal))?;
    let key = conference.key;
    let join =
        BrowserJoin { conference, name, with, replaces, client, proof: Proof::default(), offer };
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
