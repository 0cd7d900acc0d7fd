//! `/api/v1/openapi.json`: the API as OpenAPI 3.1 describes it. Tests hold the document against the routes and against
//! whatever is answered in them.

use axum::http::header;
use axum::response::IntoResponse;

/// The document.
const DOCUMENT: &str = include_str!("../../api/openapi.json");

/// `GET /api/v1/openapi.json`
pub(super) async fn read() -> impl IntoResponse {
    let headers = [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-cache")];
    (headers, DOCUMENT)
}
