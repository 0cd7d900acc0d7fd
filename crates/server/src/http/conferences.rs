//! `/api/v1/conferences`: create, list, read and end.

use axum::Json;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use conference::{
    Conference, ConferenceKey, ConferenceView, DialInCode, PhoneNumber, Schedule, SetTime,
    SubscriberId, Title,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use store::{Conflict, Page, StoreError};

use super::auth::Authorized;
use super::extract::{Body, Parsed};
use super::problem::Problem;
use super::{App, database_failed};

/// How often a code is drawn anew when another conference has it. One in 90 million is taken for each
/// conference there is.
const DRAWS_MAX: usize = 8;

/// What a new conference is made of.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct New {
    title: String,
    #[serde(default)]
    starts_at: Option<String>,
    #[serde(default)]
    time_zone: Option<String>,
    #[serde(default)]
    duration_min: Option<u32>,
    #[serde(default)]
    repetition: Option<String>,
    #[serde(default)]
    except: Vec<String>,
    #[serde(default)]
    ends_after_min: Option<u32>,
    #[serde(default)]
    dial_in_number: Option<String>,
}

/// `POST /api/v1/conferences`
pub(super) async fn create(
    State(app): State<App>,
    subscriber: Authorized,
    Body(new): Body<New>,
) -> Result<Response, Problem> {
    let mut conference = conference_of(&app, subscriber.0, &new)?;
    for _ in 0..DRAWS_MAX {
        match app.store.create_conference(&conference).await {
            Ok(()) => return created(&app, conference).await,
            Err(StoreError::Conflict(Conflict::DialInNumber)) => {
                let detail = "Another conference has this number.";
                return Err(
                    Problem::new(StatusCode::CONFLICT, "number_taken", detail).at("dial_in_number")
                );
            }
            Err(StoreError::Conflict(_)) => draw(&mut conference),
            Err(error) => return Err(database_failed(&error)),
        }
    }
    Err(Problem::unavailable())
}

/// `GET /api/v1/conferences?offset=0&limit=50`
pub(super) async fn list(
    State(app): State<App>,
    subscriber: Authorized,
    range: Result<Query<Range>, axum::extract::rejection::QueryRejection>,
) -> Result<Json<List>, Problem> {
    let Query(range) = range.map_err(|_| {
        Problem::new(StatusCode::BAD_REQUEST, "invalid", "offset and limit are whole numbers.")
    })?;
    let page = Page::new(range.offset, range.limit);
    let listing = app.store.list_conferences(subscriber.0, page).await;
    let listing = listing.map_err(|error| database_failed(&error))?;
    let mut conferences = Vec::with_capacity(listing.entries.len());
    for conference in listing.entries {
        conferences.push(app.view(conference).await?);
    }
    Ok(Json(List { conferences, next_offset: listing.next_offset }))
}

/// `GET /api/v1/conferences/{key}`
pub(super) async fn read(
    State(app): State<App>,
    Parsed(key): Parsed<Key>,
) -> Result<Json<ConferenceView>, Problem> {
    let conference = app.conference(key.parse()?).await?;
    Ok(Json(app.view(conference).await?))
}

/// `DELETE /api/v1/conferences/{key}`
pub(super) async fn end(
    State(app): State<App>,
    Parsed(key): Parsed<Key>,
    subscriber: Authorized,
) -> Result<StatusCode, Problem> {
    let key = key.parse()?;
    subscriber.own(&app, key).await?;
    match app.store.end_conference(subscriber.0, key, Timestamp::now()).await {
        Ok(Some(ended)) => {
            app.switchboard.end(ended).await.map_err(|_| Problem::stopping())?;
            Ok(StatusCode::NO_CONTENT)
        }
        Ok(None) => Err(Problem::not_found("There is no such conference of yours.")),
        Err(error) => Err(database_failed(&error)),
    }
}

/// The key in a path, before it is looked at.
#[derive(Deserialize)]
pub(super) struct Key {
    key: String,
}

impl Key {
    pub(super) fn parse(&self) -> Result<ConferenceKey, Problem> {
        self.key.parse().map_err(|_| Problem::not_found("There is no conference at this URL."))
    }
}

/// Which part of a list.
#[derive(Deserialize)]
pub(super) struct Range {
    #[serde(default)]
    offset: u32,
    #[serde(default = "limit_default")]
    limit: u32,
}

fn limit_default() -> u32 {
    store::PAGE_ENTRIES_MAX
}

/// Part of a list, newest first.
#[derive(Serialize)]
pub(super) struct List {
    conferences: Vec<ConferenceView>,
    next_offset: Option<u32>,
}

impl New {
    fn schedule(&self, now: Timestamp) -> Result<Option<Schedule>, Problem> {
        let Some(start) = &self.starts_at else { return Ok(None) };
        let set = SetTime {
            start,
            zone: self.time_zone.as_deref(),
            duration_min: self.duration_min,
            repetition: self.repetition.as_deref(),
            except: Some(&self.except.join(",")),
            ends_after_min: self.ends_after_min,
        };
        set.read(now).map(Some).map_err(|error| Problem::invalid(error.field(), error.to_string()))
    }
}

impl App {
    pub(super) async fn view(&self, conference: Conference) -> Result<ConferenceView, Problem> {
        self.switchboard.view(conference).await.map_err(|_| Problem::stopping())
    }
}

fn conference_of(app: &App, subscriber: SubscriberId, new: &New) -> Result<Conference, Problem> {
    let title: Title = new
        .title
        .parse()
        .map_err(|error: conference::TextError| Problem::invalid("title", error.to_string()))?;
    let now = Timestamp::now();
    let schedule = new.schedule(now)?;
    let number = new
        .dial_in_number
        .as_deref()
        .map(|text| PhoneNumber::parse(text, app.settings.default_country));
    let dial_in_number = number
        .transpose()
        .map_err(|error| Problem::invalid("dial_in_number", error.to_string()))?;
    let mut conference = Conference {
        key: ConferenceKey::from_random(rand::random()),
        subscriber,
        title,
        schedule,
        dial_in_code: DialInCode::from_random(rand::random()),
        dial_in_number,
        created_at: now,
        ended_at: None,
    };
    draw(&mut conference);
    Ok(conference)
}

fn draw(conference: &mut Conference) {
    conference.key = ConferenceKey::from_random(rand::random());
    conference.dial_in_code = DialInCode::from_random(rand::random());
}

async fn created(app: &App, conference: Conference) -> Result<Response, Problem> {
    tracing::info!(conference = ?conference.key, "conference created");
    let location = format!("/api/v1/conferences/{}", conference.key);
    let view = app.view(conference).await?;
    let mut headers = HeaderMap::new();
    // A key is made of letters and digits.
    if let Ok(location) = HeaderValue::try_from(location) {
        headers.insert(header::LOCATION, location);
    }
    Ok((StatusCode::CREATED, headers, Json(view)).into_response())
}
