//! The body of a request.

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::http::StatusCode;

use crate::http::problem::Problem;

/// The body, if it isn't too large.
pub(super) fn read(body: Result<Bytes, BytesRejection>) -> Result<Bytes, Problem> {
    body.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => {
            let detail = "The body is larger than this server takes.";
            Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", detail)
        }
        _ => Problem::new(StatusCode::BAD_REQUEST, "unreadable", "The body can't be read."),
    })
}
