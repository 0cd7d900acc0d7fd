//! Reads requests; whatever is wrong with one becomes a [`Problem`].

use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};

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
        JsonRejection::JsonDataError(error) => wrong_data(&error.body_text()),
        other if other.status() == StatusCode::PAYLOAD_TOO_LARGE => {
            let detail = "The body is larger than this server takes.";
            Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", detail)
        }
        _ => Problem::new(StatusCode::BAD_REQUEST, "unreadable", "The body can't be read."),
    }
}

/// JSON of another shape than was expected. axum's words for that are:
/// `Failed to deserialize the JSON body into the target type: FIELD: WHAT at line 1 column 2`.
fn wrong_data(text: &str) -> Problem {
    let what = text.split_once(": ").map_or(text, |(_, rest)| rest);
    let what = what.rsplit_once(" at line ").map_or(what, |(what, _)| what);
    let is_name = |text: &str| text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    let (field, what) = match what.split_once(": ") {
        Some((field, what)) if is_name(field) => (Some(field), what),
        _ => (None, what),
    };
    let detail = format!("This isn't as it should be: {what}.");
    let problem = Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", detail);
    match field {
        Some(field) => problem.at(field.to_owned()),
        None => problem,
    }
}

/// Tells a field that is `null` from one that isn't there: `#[serde(deserialize_with = "named")]`.
pub(super) fn named<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    from: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(from).map(Some)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_type_is_said_at_its_field() {
        let text = "Failed to deserialize the JSON body into the target type: title: invalid type: \
             integer `7`, expected a string at line 1 column 10";
        let detail = "This isn't as it should be: invalid type: integer `7`, expected a string.";
        assert_eq!(wrong_data(text), Problem::invalid("title", detail));
        let missing = "Failed to deserialize the JSON body into the target type: missing field \
             `title` at line 1 column 2";
        let detail = "This isn't as it should be: missing field `title`.";
        let expected = Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", detail);
        assert_eq!(wrong_data(missing), expected);
    }
}
