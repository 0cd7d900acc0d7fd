//! Headers that every response carries.

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::problem::Problem;
use crate::clock;

/// The longest path and query, in bytes. A longer one gets 414.
pub(super) const URI_BYTES_MAX: usize = 2048;

/// No inline script or style, nothing from elsewhere, and nobody may frame a page.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
     img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; \
     form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// A page may listen and speak, if the person before it lets it, and nothing else.
const PERMISSIONS_POLICY: &str = "autoplay=(self), camera=(), geolocation=(), microphone=(self), \
     payment=(), speaker-selection=(self), usb=()";

/// A conference's URL is a secret: `Referrer-Policy` keeps it from the sites that a page links to.
const HEADERS: [(HeaderName, &str); 6] = [
    (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("permissions-policy"), PERMISSIONS_POLICY),
];

/// Refuses URIs that are too long, and adds the headers to whatever comes back.
pub(super) async fn guard(request: Request, next: Next) -> Response {
    let length = request.uri().path_and_query().map_or(0, |uri| uri.as_str().len());
    let mut response = if length > URI_BYTES_MAX {
        let detail = "The URL is longer than this server takes.";
        Problem::new(StatusCode::URI_TOO_LONG, "uri_too_long", detail).into_response()
    } else {
        next.run(request).await
    };
    secure(response.headers_mut());
    if let Some(date) = clock::http_date() {
        response.headers_mut().insert(header::DATE, date);
    }
    response
}

fn secure(headers: &mut HeaderMap) {
    for (name, value) in HEADERS {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
}
