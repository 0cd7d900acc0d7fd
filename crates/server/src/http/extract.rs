//! Reads requests; whatever is wrong with one becomes a [`Problem`].

use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use super::problem::Problem;

/// A JSON body.
pub(super) struct Body<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        match axum::Json::from_request(request, state).await {
            Ok(axum::Json(value)) => Ok(Body(value)),
            Err(rejection) => Err(problem_of(&rejection)),
        }
    }
}

fn problem_of(rejection: &JsonRejection) -> Problem {
    match rejection {
        JsonRejection::MissingJsonContentType(_) => {
            let detail = "Send the body as Content-Type: application/json.";
            Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", detail)
        }
        JsonRejection::JsonSyntaxError(_) => {
            Problem::new(StatusCode::BAD_REQUEST, "not_json", "The body is not JSON.")
        }
        JsonRejection::JsonDataError(error) => {
            // "Failed to deserialize the JSON body into the target type: number: invalid type…"
            let text = error.body_text();
            let detail = text.split_once(": ").map_or(text.as_str(), |(_, rest)| rest).to_owned();
            Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", detail)
        }
        other if other.status() == StatusCode::PAYLOAD_TOO_LARGE => {
            let detail = "The body is larger than this server takes.";
            Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", detail)
        }
        _ => Problem::new(StatusCode::BAD_REQUEST, "unreadable", "The body can't be read."),
    }
}

/// The parts of a path, each parsed strictly. A part that isn't what it should be names nothing,
/// and so is answered as a thing that doesn't exist.
pub(super) struct Parsed<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Parsed<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match Path::from_request_parts(parts, state).await {
            Ok(Path(value)) => Ok(Parsed(value)),
            Err(_) => Err(Problem::not_found("There is nothing here.")),
        }
    }
}
