//! `/api/v1/conferences/{key}/whip`: joining with a browser, by WHIP (RFC 9725).
//!
//! A POST of an SDP offer to the endpoint makes a session, whose answer comes back with where it is;
//! a PATCH there brings candidates or restarts ICE, and a DELETE ends it. Sound goes both ways in that
//! one session, which WHIP leaves to those who agree on it by SDP.
//!
//! Clients on other sites may join too: what lets somebody in is the conference's key, which no site
//! has that wasn't given it, and no cookie is ever looked at.

mod body;
mod cors;
mod endpoint;
mod media_type;
mod session;

use axum::Router;
use axum::middleware;
use axum::routing::{patch, post};

pub(super) use self::cors::open;
use super::{App, method_not_allowed};

/// The endpoint, and the sessions that it makes.
pub(super) fn routes() -> Router<App> {
    let endpoint = post(endpoint::join).options(endpoint::options);
    let session = patch(session::update).delete(session::leave).options(session::options);
    Router::new()
        .route("/api/v1/conferences/{key}/whip", endpoint)
        .route("/api/v1/conferences/{key}/whip/{id}", session)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(middleware::map_response(open))
}
