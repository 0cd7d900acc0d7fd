//! Lets pages of other sites use WHIP (RFC 9725 section 4.5).

use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

/// How long a browser may remember what it was allowed, in seconds: as long as any does.
const MAX_AGE: &str = "86400";

/// Adds to a response that any page may read it, with those of its headers that WHIP is about.
pub(in crate::http) async fn open(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    let exposed = HeaderValue::from_static(
        "location, etag, accept-post, accept-patch, retry-after, idempotency-replayed",
    );
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
    response
}

/// Answers an OPTIONS request, be it a preflight or not: these methods, and bodies of this type.
pub(super) fn allowed(
    methods: &'static str,
    accept: HeaderName,
    media_type: &'static str,
) -> Response {
    let headers = [
        (header::ALLOW, methods),
        (accept, media_type),
        (header::ACCESS_CONTROL_ALLOW_METHODS, methods),
        (
            header::ACCESS_CONTROL_ALLOW_HEADERS,
            "authorization, confab-pin, content-type, idempotency-key, if-match",
        ),
        (header::ACCESS_CONTROL_MAX_AGE, MAX_AGE),
    ];
    (StatusCode::NO_CONTENT, headers).into_response()
}
