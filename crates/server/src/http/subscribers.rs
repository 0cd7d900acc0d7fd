//! `/api/v1/subscribers` and `/api/v1/urls`: what the operator does.

use std::collections::BTreeSet;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use conference::{
    Conference, ConferenceKey, ConferenceView, DialInCode, MailAddress, SignInToken, SubscriberId,
    SubscriberName, Title,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use store::{NewSubscriber, StoreError, Subscriber};

use super::auth::Operator;
use super::conferences::{RangeQuery, page_of};
use super::extract::{Body, Parsed};
use super::problem::Problem;
use super::sign_in::{self, Link};
use super::{App, database_failed};

use crate::clock;

/// Subscribers that one request may create. More would hold other writers up for longer than they wait.
const SUBSCRIBERS_AT_ONCE_MAX: usize = 5_000;

/// URLs that one request may add to the pool.
const URLS_AT_ONCE_MAX: usize = 10_000;

/// URLs that one request may assign.
const ASSIGNED_AT_ONCE_MAX: usize = 1_000;

/// The largest body of a request that creates subscribers, in bytes: so many of them with the longest names
/// and addresses come to less than twice this, with usual ones to a quarter.
pub(super) const BODY_BYTES_MAX: usize = 2 * 1024 * 1024;

/// One subscriber to be, or several.
#[derive(Deserialize)]
#[serde(untagged, deny_unknown_fields)]
pub(super) enum New {
    Several { subscribers: Vec<One> },
    Single(One),
}

/// One subscriber to be.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct One {
    mail: String,
    #[serde(default)]
    name: Option<String>,
}

/// How many.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Count {
    count: usize,
}

/// A subscriber, as the operator sees it.
#[derive(Serialize)]
pub(super) struct View {
    id: SubscriberId,
    name: String,
    mail: Option<MailAddress>,
    created_at: Timestamp,
    suspended_at: Option<Timestamp>,
}

/// What shall be different about a subscriber.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Change {
    suspended: bool,
}

/// Part of the list of subscribers, or those that were created.
#[derive(Serialize)]
pub(super) struct List {
    subscribers: Vec<View>,
    next_offset: Option<u32>,
}

/// Part of the pool, or what was added to it.
#[derive(Serialize)]
pub(super) struct Pool {
    urls: Vec<String>,
    /// How many there are in all.
    in_pool: u64,
    next_offset: Option<u32>,
}

/// What a subscriber was given.
#[derive(Serialize)]
pub(super) struct Assigned {
    conferences: Vec<ConferenceView>,
}

/// Who is to be given how many.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Assignment {
    subscribers: Vec<i64>,
    #[serde(default = "one")]
    count: usize,
}

/// What several were given.
#[derive(Serialize)]
pub(super) struct Assignments {
    assigned: Vec<AssignedTo>,
}

/// What one of them was given.
#[derive(Serialize)]
struct AssignedTo {
    subscriber: SubscriberId,
    conferences: Vec<ConferenceView>,
}

/// `POST /api/v1/subscribers`: all or none.
pub(super) async fn create(
    State(app): State<App>,
    _: Operator,
    Body(new): Body<New>,
) -> Result<(StatusCode, Json<List>), Problem> {
    let new = match new {
        New::Several { subscribers } => subscribers,
        New::Single(one) => vec![one],
    };
    if !(1..=SUBSCRIBERS_AT_ONCE_MAX).contains(&new.len()) {
        let detail = format!("Give 1 to {SUBSCRIBERS_AT_ONCE_MAX} subscribers at a time.");
        return Err(Problem::invalid("subscribers", detail));
    }
    let parsed: Result<Vec<NewSubscriber>, Problem> =
        new.iter().enumerate().map(|(index, one)| one.parse(index)).collect();
    match app.store.create_subscribers(&parsed?, clock::now()).await {
        Ok(created) => {
            tracing::info!(count = created.len(), "subscribers created");
            let subscribers = created.into_iter().map(View::from).collect();
            Ok((StatusCode::CREATED, Json(List { subscribers, next_offset: None })))
        }
        Err(StoreError::MailTaken { index }) => {
            let detail = "Another subscriber has this mail address.";
            Err(Problem::new(StatusCode::CONFLICT, "mail_taken", detail)
                .at(format!("subscribers.{index}.mail")))
        }
        Err(error) => Err(database_failed(&error)),
    }
}

/// `GET /api/v1/subscribers?offset=0&limit=50`
pub(super) async fn list(
    State(app): State<App>,
    _: Operator,
    range: RangeQuery,
) -> Result<Json<List>, Problem> {
    let listing = app.store.subscribers(page_of(range)?).await;
    let listing = listing.map_err(|error| database_failed(&error))?;
    let subscribers = listing.entries.into_iter().map(View::from).collect();
    Ok(Json(List { subscribers, next_offset: listing.next_offset }))
}

/// `GET /api/v1/subscribers/{id}`
pub(super) async fn read(
    State(app): State<App>,
    _: Operator,
    Parsed(id): Parsed<i64>,
) -> Result<Json<View>, Problem> {
    Ok(Json(find(&app, id).await?.into()))
}

/// `PATCH /api/v1/subscribers/{id}`: suspends it, or has it be as before. Suspended, it can't sign in, nor use its tokens, and
/// its conferences answer as if they had ended; whoever is in one is out.
pub(super) async fn change(
    State(app): State<App>,
    _: Operator,
    Parsed(id): Parsed<i64>,
    Body(Change { suspended }): Body<Change>,
) -> Result<Json<View>, Problem> {
    let (id, now) = (SubscriberId::new(id), clock::now());
    let changed = match suspended {
        true => app.store.suspend(id, now).await,
        false => app.store.resume(id).await,
    };
    let changed = changed.map_err(|error| database_failed(&error))?;
    let changed = changed.ok_or_else(|| Problem::not_found("There is no such subscriber."))?;
    if suspended {
        app.switchboard.end_all_of(id).await.map_err(|_| Problem::stopping())?;
    }
    tracing::info!(subscriber = id.number(), suspended, "a subscriber was changed");
    Ok(Json(changed.into()))
}

/// `POST /api/v1/subscribers/{id}/sign-in-link`: for whoever has no mail just now, or a server that sends
/// none.
pub(super) async fn link(
    State(app): State<App>,
    _: Operator,
    Parsed(id): Parsed<i64>,
) -> Result<(StatusCode, Json<Link>), Problem> {
    let subscriber = find(&app, id).await?;
    let mail = subscriber.mail.ok_or_else(|| {
        Problem::new(StatusCode::CONFLICT, "no_mail", "This subscriber has no mail address.")
    })?;
    let token = SignInToken::from_random(rand::random());
    let link = sign_in::make_link(&app, token, &mail, None).await;
    Ok((StatusCode::CREATED, Json(link.map_err(|error| database_failed(&error))?)))
}

/// `POST /api/v1/subscribers/{id}/urls`: assigns so many of the pool.
pub(super) async fn assign(
    State(app): State<App>,
    _: Operator,
    Parsed(id): Parsed<i64>,
    Body(Count { count }): Body<Count>,
) -> Result<(StatusCode, Json<Assigned>), Problem> {
    check_count(count, ASSIGNED_AT_ONCE_MAX)?;
    let subscriber = find(&app, id).await?;
    let assigned = take_from_pool(&app, &rooms_of(&subscriber, count)?).await?;
    let conferences = app.views(assigned).await?;
    Ok((StatusCode::CREATED, Json(Assigned { conferences })))
}

/// `POST /api/v1/urls/assignments`: assigns so many of the pool to each of several, all or none.
pub(super) async fn assign_to_several(
    State(app): State<App>,
    _: Operator,
    Body(Assignment { subscribers, count }): Body<Assignment>,
) -> Result<(StatusCode, Json<Assignments>), Problem> {
    check_count(count, ASSIGNED_AT_ONCE_MAX)?;
    let fits = !subscribers.is_empty() && subscribers.len() <= ASSIGNED_AT_ONCE_MAX / count;
    let distinct: BTreeSet<i64> = subscribers.iter().copied().collect();
    if !fits || distinct.len() < subscribers.len() {
        let detail = format!(
            "Give different subscribers, who are assigned {ASSIGNED_AT_ONCE_MAX} URLs at most in all."
        );
        return Err(Problem::invalid("subscribers", detail));
    }
    let mut rooms = Vec::with_capacity(subscribers.len() * count);
    for id in subscribers {
        rooms.extend(rooms_of(&find(&app, id).await?, count)?);
    }
    let views = app.views(take_from_pool(&app, &rooms).await?).await?;
    let mut views = views.into_iter();
    let each = rooms.chunks(count).filter_map(|rooms| rooms.first());
    let assigned = each.map(|(subscriber, _)| AssignedTo {
        subscriber: *subscriber,
        conferences: views.by_ref().take(count).collect(),
    });
    Ok((StatusCode::CREATED, Json(Assignments { assigned: assigned.collect() })))
}

/// `POST /api/v1/urls`: adds so many to the pool.
pub(super) async fn add_to_pool(
    State(app): State<App>,
    _: Operator,
    Body(Count { count }): Body<Count>,
) -> Result<(StatusCode, Json<Pool>), Problem> {
    check_count(count, URLS_AT_ONCE_MAX)?;
    let draw = |_| ConferenceKey::from_random(rand::random());
    let keys: Vec<ConferenceKey> = (0..count).map(draw).collect();
    let added = app.store.add_to_pool(&keys, clock::now()).await;
    added.map_err(|error| database_failed(&error))?;
    tracing::info!(count, "URLs added to the pool");
    Ok((StatusCode::CREATED, Json(pool(&app, &keys, None).await?)))
}

/// `GET /api/v1/urls?offset=0&limit=50`: what waits in the pool.
pub(super) async fn list_pool(
    State(app): State<App>,
    _: Operator,
    range: RangeQuery,
) -> Result<Json<Pool>, Problem> {
    let listing = app.store.pool(page_of(range)?).await.map_err(|error| database_failed(&error))?;
    Ok(Json(pool(&app, &listing.entries, listing.next_offset).await?))
}

impl One {
    fn parse(&self, index: usize) -> Result<NewSubscriber, Problem> {
        let wrong = |field: &str, why: String| {
            Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", why)
                .at(format!("subscribers.{index}.{field}"))
        };
        let mail: MailAddress = self
            .mail
            .parse()
            .map_err(|error: conference::MailAddressError| wrong("mail", error.to_string()))?;
        let name = match &self.name {
            Some(name) => name
                .parse()
                .map_err(|error: conference::TextError| wrong("name", error.to_string()))?,
            None => SubscriberName::of_address(&mail),
        };
        Ok(NewSubscriber { name, mail })
    }
}

impl From<Subscriber> for View {
    fn from(subscriber: Subscriber) -> View {
        let Subscriber { id, name, mail, created_at, suspended_at } = subscriber;
        View { id, name, mail, created_at, suspended_at }
    }
}

/// So many rooms of a subscriber's, named after it.
fn rooms_of(subscriber: &Subscriber, count: usize) -> Result<Vec<(SubscriberId, Title)>, Problem> {
    let name = subscriber.name.parse().or_else(|_| "subscriber".parse::<SubscriberName>());
    let name = name.map_err(|_| Problem::unavailable())?;
    Ok((1..=count).map(|number| (subscriber.id, Title::of_room(&name, number))).collect())
}

/// Has rooms be there by URLs of the pool, all or none.
async fn take_from_pool(
    app: &App,
    rooms: &[(SubscriberId, Title)],
) -> Result<Vec<Conference>, Problem> {
    let draw = || DialInCode::from_random(rand::random());
    match app.store.assign_urls(rooms, draw, clock::now()).await {
        Ok(assigned) => {
            tracing::info!(count = assigned.len(), "URLs assigned");
            Ok(assigned)
        }
        Err(StoreError::PoolEmpty) => {
            let detail = "There are not so many URLs in the pool. Add some first.";
            Err(Problem::new(StatusCode::CONFLICT, "pool_empty", detail))
        }
        Err(error) => Err(database_failed(&error)),
    }
}

async fn find(app: &App, id: i64) -> Result<Subscriber, Problem> {
    match app.store.subscriber(SubscriberId::new(id)).await {
        Ok(Some(subscriber)) => Ok(subscriber),
        Ok(None) => Err(Problem::not_found("There is no such subscriber.")),
        Err(error) => Err(database_failed(&error)),
    }
}

fn one() -> usize {
    1
}

fn check_count(count: usize, max: usize) -> Result<(), Problem> {
    if (1..=max).contains(&count) {
        return Ok(());
    }
    Err(Problem::invalid("count", format!("Give a number from 1 to {max}.")))
}

async fn pool(
    app: &App,
    keys: &[ConferenceKey],
    next_offset: Option<u32>,
) -> Result<Pool, Problem> {
    let in_pool = app.store.pool_size().await.map_err(|error| database_failed(&error))?;
    let url = |key| format!("{}/c/{key}", app.settings.public_url);
    Ok(Pool { urls: keys.iter().map(url).collect(), in_pool, next_offset })
}
