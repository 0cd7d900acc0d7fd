//! The HTTP plane: pages, API, live events, health and metrics.

mod access;
mod appointments;
mod assets;
mod auth;
mod call_records;
mod callee;
mod calls;
mod client;
mod conferences;
mod cookie;
mod csv;
mod events;
mod extract;
mod guesses;
mod hand_out;
mod headers;
mod host;
mod idempotency;
mod invitations;
mod letters;
mod listener;
mod openapi;
mod origin;
mod participants;
mod problem;
mod recordings;
mod room;
mod sign_in;
mod status;
mod streams;
mod subscribers;
mod webhooks;
mod whip;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Path, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, patch, post, put};
use conference::{
    Conference, ConferenceKey, ConferenceView, Country, Guesses, ServerSecret, SignIn,
};
use ipnet::IpNet;
use store::{Store, StoreError};
use tokio::sync::watch;

use crate::archive::Archive;
use crate::correspondence::Desk;
use crate::mail::Mail;
use crate::metrics::{Metrics, names};
use crate::switchboard::Handle;
use crate::webhooks::Webhooks;

pub use self::assets::Assets;
pub use self::cookie::Cookie;
pub use self::listener::{Limits, serve};
pub use self::problem::Problem;
pub use self::streams::Streams;

/// What every handler works with.
#[derive(Clone)]
pub struct App {
    services: Arc<Services>,
    /// Answers that no database may have.
    fleeting: Arc<idempotency::Fleeting>,
}

/// What handlers ask and use.
pub struct Services {
    /// Conferences, subscribers and records.
    pub store: Store,
    /// Whatever is live.
    pub switchboard: Handle,
    /// Recordings.
    pub archive: Archive,
    /// Letters.
    pub mail: Mail,
    /// Where those who are invited are written to.
    pub(crate) desk: Desk,
    /// Programs outside that are told of what happens.
    pub webhooks: Webhooks,
    /// Counters.
    pub metrics: Metrics,
    /// Becomes true when the server takes no new calls.
    pub draining: watch::Receiver<bool>,
    /// Becomes true when event streams have to end.
    pub stopping: watch::Receiver<bool>,
    /// How the plane is set up.
    pub settings: Settings,
}

/// How the HTTP plane is set up.
pub struct Settings {
    /// Pages and what belongs to them.
    pub assets: Assets,
    /// Event streams by client.
    pub streams: Streams,
    /// What hosts' keys are made with, and PINs hashed under.
    pub secret: ServerSecret,
    /// In whose national form numbers are read.
    pub default_country: Country,
    /// Whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// The largest body of a request.
    pub body_bytes_max: usize,
    /// The time a request may take in all.
    pub request_time: Duration,
    /// Where people reach us, without a slash at the end.
    pub public_url: String,
    /// How browsers that are signed in are known.
    pub cookie: Cookie,
    /// Whether whoever signs in and is new here becomes a subscriber.
    pub sign_up: bool,
    /// Whether mail is sent.
    pub sends_mail: bool,
    /// Who has asked for links lately.
    pub sign_in: Mutex<SignIn>,
    /// Who has guessed at URLs lately.
    pub guesses: Mutex<Guesses>,
}

impl std::ops::Deref for App {
    type Target = Services;

    fn deref(&self) -> &Services {
        &self.services
    }
}

impl App {
    /// Shares `services` among handlers.
    pub fn new(services: Services) -> App {
        App { services: Arc::new(services), fleeting: Arc::default() }
    }

    /// The conference of this key, as the database has it. While that is away, those that are running go
    /// on: people can reload their pages, have phones rung and hang up.
    async fn conference(&self, key: ConferenceKey) -> Result<Conference, Problem> {
        match self.store.conference_by_key(key).await {
            Ok(Some(conference)) => Ok(conference),
            Ok(None) => Err(Problem::not_found("There is no conference at this URL.")),
            Err(error @ StoreError::Unavailable(_)) => match self.switchboard.running(key).await {
                Ok(Some(conference)) => Ok(conference),
                Ok(None) | Err(_) => Err(database_failed(&error)),
            },
            Err(error) => Err(database_failed(&error)),
        }
    }

    /// What there is to see of a conference.
    async fn view(&self, conference: Conference) -> Result<ConferenceView, Problem> {
        self.switchboard.view(conference).await.map_err(|_| Problem::stopping())
    }

    /// What there is to see of several.
    async fn views(&self, conferences: Vec<Conference>) -> Result<Vec<ConferenceView>, Problem> {
        let mut views = Vec::with_capacity(conferences.len());
        for conference in conferences {
            views.push(self.view(conference).await?);
        }
        Ok(views)
    }
}

/// Everything that is served.
pub fn router(app: App) -> Router {
    let body_bytes_max = app.settings.body_bytes_max;
    let in_time = middleware::from_fn_with_state(app.clone(), in_time);
    let once = middleware::from_fn_with_state(app.clone(), idempotency::once);
    let own_pages_only = middleware::from_fn_with_state(app.clone(), origin::own_pages_only);
    let own_pages_change = middleware::from_fn_with_state(app.clone(), origin::own_pages_change);
    let limit_guesses = middleware::from_fn_with_state(app.clone(), guesses::limit);
    let timed = Router::new()
        .route("/", get(index))
        .route("/assets/{*name}", get(asset))
        .route("/healthz", get(status::health))
        .route("/metrics", get(status::metrics))
        .route("/api/v1/conferences", post(conferences::create).get(conferences::list))
        .route("/api/v1/openapi.json", get(openapi::read))
        .route("/api/v1/call-records", get(call_records::list))
        .route("/api/v1/call-records.csv", get(call_records::list_csv))
        .merge(operators_routes())
        .merge(webhooks::routes())
        .merge(secret_routes().route_layer(limit_guesses.clone()))
        .merge(sign_in_routes().route_layer(own_pages_change).route_layer(limit_guesses.clone()))
        .layer(once)
        .layer(in_time);
    let streaming = Router::new()
        .route("/api/v1/conferences/{key}/events", get(events::follow))
        .route_layer(own_pages_only)
        .route_layer(limit_guesses);
    timed
        .merge(streaming)
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(DefaultBodyLimit::max(body_bytes_max))
        .layer(middleware::from_fn(headers::guard))
        .layer(middleware::from_fn_with_state(app.clone(), count))
        .with_state(app)
}

/// What has a secret in its path.
fn secret_routes() -> Router<App> {
    Router::new()
        .route("/c/{key}", get(conference_page))
        .route("/c/{key}/badge.svg", get(hand_out::badge))
        .route("/c/{key}/qr.svg", get(hand_out::qr_svg))
        .route("/c/{key}/qr.png", get(hand_out::qr_png))
        .route("/c/{key}/conference.ics", get(hand_out::calendar))
        .route(
            "/api/v1/conferences/{key}",
            get(conferences::read).patch(conferences::change).delete(conferences::end),
        )
        .route("/api/v1/conferences/{key}/sharing", get(hand_out::sharing))
        .route("/api/v1/conferences/{key}/rotation", post(conferences::rotate))
        .route(
            "/api/v1/conferences/{key}/invitations",
            post(invitations::create).get(invitations::list),
        )
        .route("/api/v1/conferences/{key}/invitations/{address}", delete(invitations::withdraw))
        .route("/api/v1/conferences/{key}/room", patch(room::change))
        .route("/api/v1/conferences/{key}/recording", put(recordings::switch))
        .route("/api/v1/conferences/{key}/recordings", get(recordings::list))
        .route(
            "/api/v1/conferences/{key}/recordings/{id}",
            get(recordings::read).delete(recordings::delete),
        )
        .route("/api/v1/conferences/{key}/recordings/{id}/{file}", get(recordings::download))
        .route(
            "/api/v1/conferences/{key}/appointments",
            post(appointments::create).get(appointments::list),
        )
        .route(
            "/api/v1/conferences/{key}/appointments/{id}",
            get(appointments::read).delete(appointments::withdraw),
        )
        .route("/api/v1/conferences/{key}/calls", post(calls::place))
        .route(
            "/api/v1/conferences/{key}/calls/{id}",
            get(calls::read).patch(calls::change).delete(calls::hang_up),
        )
        .route(
            "/api/v1/conferences/{key}/participants/{id}",
            patch(participants::change).delete(participants::remove),
        )
        .merge(whip::routes())
}

/// What signs people in and out.
fn sign_in_routes() -> Router<App> {
    Router::new()
        .route("/sign-in", get(sign_in::page).post(sign_in::ask_by_form))
        .route("/sign-in/{token}", get(sign_in::link_page).post(sign_in::follow_link))
        .route("/api/v1/sign-in", get(sign_in::ways).post(sign_in::ask))
        .route("/api/v1/session", post(sign_in::start).get(sign_in::read).delete(sign_in::end))
        .route("/api/v1/sessions", delete(sign_in::end_all))
}

/// What an operator does.
fn operators_routes() -> Router<App> {
    let large = DefaultBodyLimit::max(subscribers::BODY_BYTES_MAX);
    Router::new()
        .route("/api/v1/subscribers", post(subscribers::create).layer(large).get(subscribers::list))
        .route("/api/v1/subscribers/{id}", get(subscribers::read).patch(subscribers::change))
        .route("/api/v1/subscribers/{id}/sign-in-link", post(subscribers::link))
        .route("/api/v1/subscribers/{id}/urls", post(subscribers::assign))
        .route("/api/v1/urls/assignments", post(subscribers::assign_to_several))
        .route("/api/v1/urls", post(subscribers::add_to_pool).get(subscribers::list_pool))
}

async fn index(State(app): State<App>, headers: HeaderMap) -> Response {
    app.settings.assets.page("index.html", StatusCode::OK, &headers)
}

async fn conference_page(
    State(app): State<App>,
    Path(key): Path<String>,
    headers: HeaderMap,
) -> Response {
    let found = match key.parse() {
        Ok(key) => app.conference(key).await.map(|_| ()),
        Err(_) => Err(Problem::not_found("There is no conference at this URL.")),
    };
    match found {
        Ok(()) => app.settings.assets.page("conference.html", StatusCode::OK, &headers),
        Err(problem) if problem.status() == StatusCode::NOT_FOUND => {
            app.settings.assets.page("not-found.html", StatusCode::NOT_FOUND, &headers)
        }
        Err(problem) => problem.into_response(),
    }
}

async fn asset(State(app): State<App>, Path(name): Path<String>, headers: HeaderMap) -> Response {
    let found = app.settings.assets.serve(&name, &headers);
    found.unwrap_or_else(|| Problem::not_found("There is nothing here.").into_response())
}

/// Programs are told by a problem, people by a page.
async fn not_found(State(app): State<App>, headers: HeaderMap, request: Request) -> Response {
    let path = request.uri().path();
    if path == "/api" || path.starts_with("/api/") {
        return Problem::not_found("There is nothing here.").into_response();
    }
    app.settings.assets.page("not-found.html", StatusCode::NOT_FOUND, &headers)
}

async fn method_not_allowed() -> Problem {
    let detail = "This can't be done here; see the Allow header.";
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", detail)
}

/// Ends requests that take too long: a body that trickles in, most often.
async fn in_time(State(app): State<App>, request: Request, next: Next) -> Response {
    match tokio::time::timeout(app.settings.request_time, next.run(request)).await {
        Ok(response) => response,
        Err(_) => {
            let detail = "The request took too long.";
            Problem::new(StatusCode::REQUEST_TIMEOUT, "timeout", detail).into_response()
        }
    }
}

async fn count(State(app): State<App>, request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    let class = match response.status().as_u16() {
        100..=199 => "1xx",
        200..=299 => "2xx",
        300..=399 => "3xx",
        400..=499 => "4xx",
        _ => "5xx",
    };
    app.metrics.count(names::HTTP_RESPONSES, Some(("class", class)));
    response
}

fn database_failed(error: &StoreError) -> Problem {
    tracing::error!(%error, "the database failed");
    Problem::unavailable()
}
