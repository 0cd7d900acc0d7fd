//! `/healthz` and `/metrics`.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::App;
use super::problem::Problem;
use crate::figures;

/// 200 while calls are taken; 503 when the database is away or the server is stopping.
pub(super) async fn health(State(app): State<App>) -> Response {
    if *app.draining.borrow() {
        return Problem::stopping().into_response();
    }
    if !app.store.is_healthy().await {
        return Problem::unavailable().into_response();
    }
    let body = json!({ "status": "ok", "version": env!("CARGO_PKG_VERSION") });
    (StatusCode::OK, [(header::CACHE_CONTROL, "no-store")], Json(body)).into_response()
}

/// Prometheus' text form.
pub(super) async fn metrics(State(app): State<App>) -> Response {
    if let Ok(gauges) = app.switchboard.gauges().await {
        figures::publish(&app.metrics, &gauges);
    }
    let kind = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    ([(header::CONTENT_TYPE, kind)], app.metrics.render()).into_response()
}
