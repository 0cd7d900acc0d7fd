//! The two kinds of body that WHIP has, and what is said to others.

use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::http::problem::Problem;

/// A session description (RFC 8866).
pub(super) const SDP: &str = "application/sdp";

/// A fragment of one (RFC 8840).
pub(super) const FRAGMENT: &str = "application/trickle-ice-sdpfrag";

/// Says what a POST may bring, as `Accept-Patch` does for a PATCH.
pub(super) const ACCEPT_POST: HeaderName = HeaderName::from_static("accept-post");

/// Says what a PATCH may bring (RFC 5789 section 3.1).
pub(super) const ACCEPT_PATCH: HeaderName = HeaderName::from_static("accept-patch");

/// Checks that a request's body is of `wanted`, whatever its parameters.
pub(super) fn check(
    headers: &HeaderMap,
    wanted: &'static str,
    accept: HeaderName,
) -> Result<(), Unsupported> {
    let given = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = given.and_then(|value| value.split(';').next()).map(str::trim);
    match essence {
        Some(essence) if essence.eq_ignore_ascii_case(wanted) => Ok(()),
        _ => Err(Unsupported { wanted, accept }),
    }
}

/// A body of a kind that isn't taken.
pub(super) struct Unsupported {
    wanted: &'static str,
    accept: HeaderName,
}

impl IntoResponse for Unsupported {
    fn into_response(self) -> Response {
        let detail = format!("Send the body as Content-Type: {}.", self.wanted);
        let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
        let problem = Problem::new(status, "unsupported_media_type", detail);
        ([(self.accept, HeaderValue::from_static(self.wanted))], problem).into_response()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn takes(content_type: &str) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, content_type.parse().unwrap());
        check(&headers, SDP, ACCEPT_POST).is_ok()
    }

    #[test]
    fn a_media_type_may_have_parameters_and_capitals() {
        assert!(takes("application/sdp"));
        assert!(takes("Application/SDP; charset=utf-8"));
        for other in ["application/json", "application/sdpx", "text/plain; x=application/sdp", ""] {
            assert!(!takes(other), "{other}");
        }
        assert!(check(&HeaderMap::new(), SDP, ACCEPT_POST).is_err());
    }
}
