//! `/api/v1/webhooks`: where a subscriber's programs are told of what happens.

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use store::{NewWebhook, NoticeState, WEBHOOKS_MAX, Webhook};

use super::auth::{Authorized, Operator};
use super::conferences::{RangeQuery, page_of};
use super::extract::{Body, Parsed};
use super::problem::Problem;
use super::{App, database_failed};

use crate::clock;

/// An endpoint to be.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct New {
    url: String,
    /// Whether it is told of everybody's conferences; for operators.
    #[serde(default)]
    for_everybody: bool,
}

/// An endpoint.
#[derive(Serialize)]
pub(super) struct View {
    id: i64,
    url: String,
    for_everybody: bool,
    created_at: Timestamp,
}

/// An endpoint with what its notices are signed with.
#[derive(Serialize)]
pub(super) struct Whole {
    #[serde(flatten)]
    view: View,
    secret: String,
}

/// All of a subscriber's endpoints.
#[derive(Serialize)]
pub(super) struct List {
    webhooks: Vec<View>,
}

/// Something that an endpoint was told, or is to be.
#[derive(Serialize)]
struct NoticeView {
    id: String,
    r#type: String,
    state: String,
    tries: i64,
    reason: Option<String>,
    created_at: Timestamp,
    due_at: Option<Timestamp>,
}

/// Part of what an endpoint was told, the newest first.
#[derive(Serialize)]
pub(super) struct Notices {
    notices: Vec<NoticeView>,
    next_offset: Option<u32>,
}

/// The routes of webhooks.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/api/v1/webhooks", get(list).post(create))
        .route("/api/v1/webhooks/{id}", get(read).delete(delete))
        .route("/api/v1/webhooks/{id}/notices", get(notices))
}

/// `POST /api/v1/webhooks`
pub(super) async fn create(
    State(app): State<App>,
    Authorized(subscriber): Authorized,
    operator: Result<Operator, Problem>,
    Body(New { url, for_everybody }): Body<New>,
) -> Result<Response, Problem> {
    if for_everybody {
        operator?;
    }
    let checked = app.webhooks.check(&url).await;
    checked.map_err(|forbidden| Problem::invalid("url", forbidden.to_string()))?;
    let salt = format!("{:032x}", rand::random::<u128>());
    let new = NewWebhook { subscriber, for_everybody, url: &url, salt: &salt };
    let created = app.store.create_webhook(new, clock::now()).await;
    let Some(webhook) = created.map_err(|error| database_failed(&error))? else {
        let detail = format!("There are {WEBHOOKS_MAX} webhooks already. Delete one first.");
        return Err(Problem::new(StatusCode::CONFLICT, "too_many_webhooks", detail));
    };
    tracing::info!(webhook = webhook.id, for_everybody, "webhook created");
    let mut headers = HeaderMap::new();
    // A number is a header's value.
    if let Ok(location) = HeaderValue::try_from(format!("/api/v1/webhooks/{}", webhook.id)) {
        headers.insert(header::LOCATION, location);
    }
    Ok((StatusCode::CREATED, headers, Json(View::from(webhook))).into_response())
}

/// `GET /api/v1/webhooks`
pub(super) async fn list(
    State(app): State<App>,
    Authorized(subscriber): Authorized,
) -> Result<Json<List>, Problem> {
    let webhooks = app.store.webhooks_of(subscriber).await;
    let webhooks = webhooks.map_err(|error| database_failed(&error))?;
    Ok(Json(List { webhooks: webhooks.into_iter().map(View::from).collect() }))
}

/// `GET /api/v1/webhooks/{id}`
pub(super) async fn read(
    State(app): State<App>,
    subscriber: Authorized,
    Parsed(id): Parsed<i64>,
) -> Result<Json<Whole>, Problem> {
    let webhook = find(&app, &subscriber, id).await?;
    let secret = app.webhooks.key_text(&webhook);
    Ok(Json(Whole { view: webhook.into(), secret }))
}

/// `DELETE /api/v1/webhooks/{id}`: with all that it was still to be told.
pub(super) async fn delete(
    State(app): State<App>,
    Authorized(subscriber): Authorized,
    Parsed(id): Parsed<i64>,
) -> Result<StatusCode, Problem> {
    match app.store.delete_webhook(subscriber, id).await {
        Ok(true) => Ok(StatusCode::NO_CONTENT),
        Ok(false) => Err(no_such_webhook()),
        Err(error) => Err(database_failed(&error)),
    }
}

/// `GET /api/v1/webhooks/{id}/notices?offset=0&limit=50`: what became of what it was told.
pub(super) async fn notices(
    State(app): State<App>,
    subscriber: Authorized,
    Parsed(id): Parsed<i64>,
    range: RangeQuery,
) -> Result<Json<Notices>, Problem> {
    let webhook = find(&app, &subscriber, id).await?;
    let listing = app.store.notices_of(subscriber.0, webhook.id, page_of(range)?).await;
    let listing = listing.map_err(|error| database_failed(&error))?;
    let notices = listing.entries.into_iter().map(NoticeView::from).collect();
    Ok(Json(Notices { notices, next_offset: listing.next_offset }))
}

async fn find(app: &App, subscriber: &Authorized, id: i64) -> Result<Webhook, Problem> {
    let webhooks = app.store.webhooks_of(subscriber.0).await;
    let webhooks = webhooks.map_err(|error| database_failed(&error))?;
    webhooks.into_iter().find(|webhook| webhook.id == id).ok_or_else(no_such_webhook)
}

fn no_such_webhook() -> Problem {
    Problem::not_found("There is no such webhook of yours.")
}

impl From<Webhook> for View {
    fn from(webhook: Webhook) -> Self {
        let Webhook { id, url, for_everybody, created_at, .. } = webhook;
        Self { id, url, for_everybody, created_at }
    }
}

impl From<NoticeState> for NoticeView {
    fn from(notice: NoticeState) -> Self {
        Self {
            id: notice.name,
            r#type: notice.kind,
            state: notice.state,
            tries: notice.tries,
            reason: notice.reason,
            created_at: notice.created_at,
            due_at: notice.due_at,
        }
    }
}
