//! `/api/v1/conferences`: create, list, read, change, rotate and end.

use std::time::Duration;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use conference::{
    Access, Conference, ConferenceKey, ConferenceView, DialInCode, PhoneNumber, Repetition, Role,
    Schedule, SetTime, SubscriberId, Title,
};
use invitation::Occasion;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use store::{Conflict, Page, StoreError};

use super::access::Choices;
use super::auth::Authorized;
use super::extract::{Body, Parsed, named};
use super::host::{Credentials, Rank};
use super::problem::Problem;
use super::{App, database_failed};

use crate::clock;

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
    /// How long before each start those who are invited are reminded.
    #[serde(default)]
    remind_min: Option<u32>,
    #[serde(default)]
    dial_in_number: Option<String>,
    /// Who may come in.
    #[serde(default)]
    access: Choices,
    /// Whether browsers hear the others from left to right. Not said, it is as the server is configured.
    #[serde(default)]
    placement: Option<bool>,
}

/// What shall be different about a conference. What isn't named stays; `null` takes a choice back.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Change {
    title: Option<String>,
    /// `null`, and there is no set time, nor what belongs to it.
    #[serde(deserialize_with = "named")]
    starts_at: Option<Option<String>>,
    #[serde(deserialize_with = "named")]
    time_zone: Option<Option<String>>,
    #[serde(deserialize_with = "named")]
    duration_min: Option<Option<u32>>,
    #[serde(deserialize_with = "named")]
    repetition: Option<Option<String>>,
    #[serde(deserialize_with = "named")]
    except: Option<Option<Vec<String>>>,
    #[serde(deserialize_with = "named")]
    ends_after_min: Option<Option<u32>>,
    #[serde(deserialize_with = "named")]
    remind_min: Option<Option<u32>>,
    access: Choices,
    /// Not said, and it stays; `null`, and it is as the server is configured.
    #[serde(deserialize_with = "named")]
    placement: Option<Option<bool>>,
}

/// A conference as one sees it who asks.
#[derive(Serialize)]
pub(super) struct AskersView {
    #[serde(flatten)]
    view: ConferenceView,
    /// What the asker may do there.
    role: Role,
    /// The URL that makes its bearer a host, for the subscriber alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    host_url: Option<String>,
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
    range: RangeQuery,
) -> Result<Json<List>, Problem> {
    let listing = app.store.list_conferences(subscriber.0, page_of(range)?).await;
    let listing = listing.map_err(|error| database_failed(&error))?;
    let mut conferences = Vec::with_capacity(listing.entries.len());
    for conference in listing.entries {
        conferences.push(app.view_for(conference, Rank::Subscriber).await?);
    }
    Ok(Json(List { conferences, next_offset: listing.next_offset }))
}

/// `GET /api/v1/conferences/{key}`
pub(super) async fn read(
    State(app): State<App>,
    Parsed(key): Parsed<Key>,
    credentials: Credentials,
) -> Result<Json<AskersView>, Problem> {
    let conference = app.conference(key.parse()?).await?;
    // Anybody may read it: what proves nothing does no harm.
    let rank = app.rank(&conference, &credentials).await.unwrap_or(Rank::Anybody);
    Ok(Json(app.view_for(conference, rank).await?))
}

/// `PATCH /api/v1/conferences/{key}`: another title, another set time, or (`starts_at: null`) none, who may
/// come in, and how voices are placed. Whoever is in stays, and hears them as before.
pub(super) async fn change(
    State(app): State<App>,
    Parsed(key): Parsed<Key>,
    subscriber: Authorized,
    Body(change): Body<Change>,
) -> Result<Json<AskersView>, Problem> {
    let mut conference = subscriber.own(&app, key.parse()?).await?;
    if let Some(title) = &change.title {
        conference.title = parse_title(title)?;
    }
    let now = clock::now();
    conference.schedule = change.over(conference.schedule.take(), now)?;
    conference.access = change.access.over(&conference.access, &app.settings.secret)?;
    conference.placement = change.placement.unwrap_or(conference.placement);
    match app.store.change_conference(&conference, now).await {
        Ok(Some(changed)) => {
            app.move_appointments(&changed).await?;
            let told = app.switchboard.change(changed.clone()).await;
            told.map_err(|_| Problem::stopping())?;
            app.tell_invitees(&changed, Occasion::Update).await?;
            Ok(Json(app.view_for(changed, Rank::Subscriber).await?))
        }
        Ok(None) => Err(Problem::not_found("There is no such conference of yours.")),
        Err(error) => Err(database_failed(&error)),
    }
}

/// `POST /api/v1/conferences/{key}/rotation`: gives it another URL. Whoever is in by the former one is out,
/// and that is answered as if it had never been.
pub(super) async fn rotate(
    State(app): State<App>,
    Parsed(key): Parsed<Key>,
    subscriber: Authorized,
) -> Result<(StatusCode, Json<AskersView>), Problem> {
    let key = key.parse()?;
    let former = subscriber.own(&app, key).await?;
    let new = ConferenceKey::from_random(rand::random());
    let now = clock::now();
    match app.store.rotate_url(subscriber.0, key, new, now).await {
        Ok(Some(rotated)) => {
            let former = Conference { ended_at: Some(now), ..former };
            app.switchboard.rotate(former).await.map_err(|_| Problem::stopping())?;
            tracing::info!(conference = ?rotated.key, "a URL was rotated");
            Ok((StatusCode::CREATED, Json(app.view_for(rotated, Rank::Subscriber).await?)))
        }
        Ok(None) => Err(Problem::not_found("There is no such conference of yours.")),
        Err(error) => Err(database_failed(&error)),
    }
}

/// `DELETE /api/v1/conferences/{key}`
pub(super) async fn end(
    State(app): State<App>,
    Parsed(key): Parsed<Key>,
    subscriber: Authorized,
) -> Result<StatusCode, Problem> {
    let key = key.parse()?;
    subscriber.own(&app, key).await?;
    match app.store.end_conference(subscriber.0, key, clock::now()).await {
        Ok(Some(ended)) => {
            app.tell_invitees(&ended, Occasion::Cancellation).await?;
            app.move_appointments(&ended).await?;
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

/// As much of a query as can be read.
pub(super) type RangeQuery = Result<Query<Range>, QueryRejection>;

/// The page that a query means.
pub(super) fn page_of(range: RangeQuery) -> Result<Page, Problem> {
    let Query(Range { offset, limit }) = range.map_err(|_| {
        Problem::new(StatusCode::BAD_REQUEST, "invalid", "offset and limit are whole numbers.")
    })?;
    Ok(Page::new(offset, limit))
}

fn limit_default() -> u32 {
    store::PAGE_ENTRIES_MAX
}

/// Part of a list, newest first.
#[derive(Serialize)]
pub(super) struct List {
    conferences: Vec<AskersView>,
    next_offset: Option<u32>,
}

impl App {
    /// What there is to see of a conference for somebody of this rank.
    async fn view_for(&self, conference: Conference, rank: Rank) -> Result<AskersView, Problem> {
        let key = conference.key;
        let view = self.view(conference).await?;
        let host_url = (rank == Rank::Subscriber).then(|| {
            // A fragment is sent to nobody: the page keeps the key for itself.
            format!("{}#host={}", view.url, self.settings.secret.host_key(key))
        });
        Ok(AskersView { view, role: rank.role(), host_url })
    }
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
            remind_min: self.remind_min,
        };
        read_set_time(&set, now).map(Some)
    }
}

impl Change {
    /// The set time as it shall be: these choices over those there are.
    fn over(&self, former: Option<Schedule>, now: Timestamp) -> Result<Option<Schedule>, Problem> {
        if matches!(self.starts_at, Some(None)) {
            return Ok(None);
        }
        if !self.names_a_part() {
            return Ok(former);
        }
        let former = former.as_ref();
        let repeated = former.and_then(Schedule::repetition);
        let start = named_or(&self.starts_at, || Some(former?.starts_at().to_string()));
        let zone = named_or(&self.time_zone, || Some(former?.zone().name().to_owned()));
        let rule = named_or(&self.repetition, || Some(repeated?.rule.to_string()));
        let except = match &self.except {
            Some(days) => days.as_deref().map(|days| days.join(",")),
            None => repeated.map(Repetition::except_text),
        };
        let Some(start) = start else {
            return Err(Problem::invalid("starts_at", "A set time needs a start."));
        };
        let set = SetTime {
            start: &start,
            zone: zone.as_deref(),
            duration_min: named_or(&self.duration_min, || minutes_of(former?.duration())),
            repetition: rule.as_deref(),
            except: except.as_deref(),
            ends_after_min: named_or(&self.ends_after_min, || minutes_of(former?.ends_after()?)),
            remind_min: named_or(&self.remind_min, || minutes_of(former?.remind_before()?)),
        };
        let set = read_set_time(&set, now)?;
        // A rule that isn't named is the former one, of which some may have been already.
        Ok(Some(match former.filter(|_| self.starts_at.is_some() && self.repetition.is_none()) {
            Some(former) => set.going_on_from(former, now),
            None => set,
        }))
    }

    /// Whether anything is said about the set time.
    const fn names_a_part(&self) -> bool {
        self.starts_at.is_some()
            || self.time_zone.is_some()
            || self.duration_min.is_some()
            || self.repetition.is_some()
            || self.except.is_some()
            || self.ends_after_min.is_some()
            || self.remind_min.is_some()
    }
}

/// A part as a request names it, which may be none; as it was, if it names none.
fn named_or<T: Clone>(named: &Option<Option<T>>, former: impl FnOnce() -> Option<T>) -> Option<T> {
    named.clone().unwrap_or_else(former)
}

fn minutes_of(duration: Duration) -> Option<u32> {
    u32::try_from(duration.as_secs() / 60).ok()
}

fn read_set_time(set: &SetTime<'_>, now: Timestamp) -> Result<Schedule, Problem> {
    set.read(now).map_err(|error| Problem::invalid(error.field(), error.to_string()))
}

fn parse_title(title: &str) -> Result<Title, Problem> {
    title
        .parse()
        .map_err(|error: conference::TextError| Problem::invalid("title", error.to_string()))
}

fn conference_of(app: &App, subscriber: SubscriberId, new: &New) -> Result<Conference, Problem> {
    let title = parse_title(&new.title)?;
    let now = clock::now();
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
        access: new.access.over(&Access::default(), &app.settings.secret)?,
        placement: new.placement,
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
    let view = app.view_for(conference, Rank::Subscriber).await?;
    let mut headers = HeaderMap::new();
    // A key is made of letters and digits.
    if let Ok(location) = HeaderValue::try_from(location) {
        headers.insert(header::LOCATION, location);
    }
    Ok((StatusCode::CREATED, headers, Json(view)).into_response())
}
