//! Slows down whoever guesses at URLs with secrets in them.

use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};

use axum::extract::{ConnectInfo, Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use conference::ClientAddress;
use conference::sign_in::Guesses;

use super::App;
use super::client::client_ip;
use super::problem::Problem;

use crate::clock;

/// Counts what is not found, by client, and looks nothing up for one that has missed too often: what it
/// guesses right then is answered as what it guesses wrong.
pub(super) async fn limit(
    State(app): State<App>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
    next: Next,
) -> Response {
    let ip = client_ip(peer, request.headers(), &app.settings.trusted_proxies);
    let client = ClientAddress::from(ip);
    if let Err(over) = lock(&app.settings.guesses).check(clock::now(), client) {
        let detail = "You have asked for too much that isn't here. Please wait a minute.";
        return Problem::new(StatusCode::TOO_MANY_REQUESTS, "too_many_guesses", detail)
            .retry_after(over.retry_after)
            .into_response();
    }
    let response = next.run(request).await;
    if response.status() == StatusCode::NOT_FOUND {
        lock(&app.settings.guesses).missed(clock::now(), client);
    }
    response
}

fn lock(guesses: &Mutex<Guesses>) -> std::sync::MutexGuard<'_, Guesses> {
    guesses.lock().unwrap_or_else(PoisonError::into_inner)
}
