//! A WHIP session: ICE's later news, and the way out (RFC 9725 sections 4.2 and 4.3).

use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use sdp::browser::TrickleFragment;

use super::media_type::{self, ACCEPT_PATCH, FRAGMENT};
use super::{body, cors};
use crate::http::App;
use crate::http::calls::{CallPath, end_call};
use crate::http::extract::Parsed;
use crate::http::problem::Problem;
use crate::switchboard::{IceError, IceOutcome, IceUpdate, Precondition};

/// `PATCH /api/v1/conferences/{key}/whip/{id}`: candidates (204), or a restart of ICE (200 with our side
/// of it).
pub(super) async fn update(
    State(app): State<App>,
    Parsed(path): Parsed<CallPath>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Response> {
    media_type::check(&headers, FRAGMENT, ACCEPT_PATCH).map_err(IntoResponse::into_response)?;
    take(&app, &path, &headers, body).await.map_err(IntoResponse::into_response)
}

/// `DELETE /api/v1/conferences/{key}/whip/{id}`: leaves. Once more is no fault.
pub(super) async fn leave(
    State(app): State<App>,
    Parsed(path): Parsed<CallPath>,
) -> Result<StatusCode, Problem> {
    end_call(&app, &path).await.map(|()| StatusCode::OK)
}

/// `OPTIONS /api/v1/conferences/{key}/whip/{id}`
pub(super) async fn options() -> Response {
    cors::allowed("DELETE, OPTIONS, PATCH", ACCEPT_PATCH, FRAGMENT)
}

/// The entity tag of an ICE session. It is strong: each restart makes another.
pub(super) fn etag(ice_session: &str) -> Result<HeaderValue, Problem> {
    // A name is of letters, digits, '+' and '/'.
    HeaderValue::try_from(format!("\"{ice_session}\"")).map_err(|_| Problem::unavailable())
}

async fn take(
    app: &App,
    path: &CallPath,
    headers: &HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    let (conference, call) = path.parse()?;
    let precondition = precondition(headers)?;
    let fragment = TrickleFragment::parse(&body::read(body)?).map_err(|error| {
        Problem::new(StatusCode::BAD_REQUEST, "fragment_unreadable", error.to_string())
    })?;
    let update = IceUpdate { conference, call, precondition, fragment };
    match app.switchboard.update_ice(update).await {
        Ok(IceOutcome::Noted) => Ok(StatusCode::NO_CONTENT.into_response()),
        Ok(IceOutcome::Restarted { ice_session, fragment }) => {
            let headers = [
                (header::ETAG, etag(&ice_session)?),
                (header::CONTENT_TYPE, HeaderValue::from_static(FRAGMENT)),
                (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
            ];
            Ok((headers, fragment).into_response())
        }
        Err(error) => Err(not_updated(&error)),
    }
}

/// Which ICE session a request is about. It has to say so: a candidate of a session that is over would
/// be taken for one of the session after it.
fn precondition(headers: &HeaderMap) -> Result<Precondition, Problem> {
    let lines: Vec<&str> = headers
        .get_all(header::IF_MATCH)
        .iter()
        .map(|line| line.to_str().unwrap_or_default().trim())
        .collect();
    if lines.is_empty() {
        let detail = "Say by If-Match which ICE session is meant: its ETag, or * to restart ICE.";
        return Err(Problem::new(StatusCode::PRECONDITION_REQUIRED, "if_match_missing", detail));
    }
    // Some clients put quotes around the star.
    if lines.iter().any(|line| matches!(*line, "*" | "\"*\"")) {
        return Ok(Precondition::Any);
    }
    let tags = lines.iter().flat_map(|line| line.split(',')).map(str::trim);
    // A weak tag never matches strongly (RFC 9110 section 8.8.3.2).
    let strong = tags.filter_map(|tag| tag.strip_prefix('"')?.strip_suffix('"'));
    Ok(Precondition::OneOf(strong.map(str::to_owned).collect()))
}

fn not_updated(error: &IceError) -> Problem {
    match error {
        IceError::NoSuchCall => Problem::not_found("There is no such session."),
        IceError::OtherSession => {
            let detail = "ICE was restarted since: this is about a session that is over.";
            Problem::new(StatusCode::PRECONDITION_FAILED, "other_ice_session", detail)
        }
        IceError::Engine(error) => {
            tracing::warn!(%error, "ICE can't be restarted");
            Problem::unavailable()
        }
        IceError::Stopped(_) => Problem::stopping(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(lines: &[&str]) -> Result<Precondition, StatusCode> {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(header::IF_MATCH, line.parse().unwrap());
        }
        precondition(&headers).map_err(|problem| problem.status())
    }

    #[test]
    fn a_session_is_named_by_its_strong_tag() {
        let one_of = |names: &[&str]| {
            Ok(Precondition::OneOf(names.iter().map(|&name| name.to_owned()).collect()))
        };
        assert_eq!(of(&["\"a/1\""]), one_of(&["a/1"]));
        assert_eq!(of(&["\"a\", \"b\"", "\"c\""]), one_of(&["a", "b", "c"]));
        assert_eq!(of(&["W/\"a\""]), one_of(&[]), "a weak tag matches nothing");
        assert_eq!(of(&["a"]), one_of(&[]), "nor does one without quotes");
        assert_eq!(of(&[""]), one_of(&[]));
    }

    #[test]
    fn any_session_is_meant_by_a_star_and_none_by_silence() {
        assert_eq!(of(&["*"]), Ok(Precondition::Any));
        assert_eq!(of(&["\"*\""]), Ok(Precondition::Any));
        assert_eq!(of(&[]), Err(StatusCode::PRECONDITION_REQUIRED));
    }
}
