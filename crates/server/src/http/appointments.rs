//! `/api/v1/conferences/{key}/appointments`: whoever leaves a number beforehand is called at the set time.

use std::net::SocketAddr;

use axum::Json;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use conference::{CallSecret, Conference, ConferenceKey, ParticipantName, Role};
use jiff::Timestamp;
use serde::Serialize;
use store::{APPOINTMENTS_MAX, Appointment, Conflict, NewAppointment, StoreError};

use super::auth::Authorized;
use super::callee::Callee;
use super::calls::{CallPath, not_placed};
use super::client::client_ip;
use super::conferences::{Key, RangeQuery, page_of};
use super::extract::{Body, Parsed};
use super::host::Credentials;
use super::problem::Problem;
use super::{App, database_failed};

use crate::clock;

/// An appointment.
#[derive(Serialize)]
pub(super) struct View {
    /// Lets whoever has it take it back.
    id: CallSecret,
    /// Masked.
    number: String,
    name: Option<ParticipantName>,
    state: String,
    tries: i64,
    starts_at: Timestamp,
}

/// Part of a conference's appointments, the newest first.
#[derive(Serialize)]
pub(super) struct List {
    appointments: Vec<View>,
    next_offset: Option<u32>,
}

/// `POST /api/v1/conferences/{key}/appointments`
pub(super) async fn create(
    State(app): State<App>,
    Parsed(key): Parsed<Key>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    credentials: Credentials,
    Body(callee): Body<Callee>,
) -> Result<Response, Problem> {
    let conference = app.conference(key.parse()?).await?;
    let now = clock::now();
    let next = conference.schedule.as_ref().and_then(|schedule| schedule.next_after(now));
    let next = next.filter(|_| conference.ended_at.is_none()).ok_or_else(|| {
        let detail = "This conference has no set time ahead. Please have yourself called now.";
        Problem::new(StatusCode::CONFLICT, "no_set_time", detail)
    })?;
    let key = conference.key;
    let client = client_ip(peer, &headers, &app.settings.trusted_proxies);
    let placement = callee.placement(&app, conference, client, &credentials).await?;
    if placement.browser.is_some() {
        let detail = "A browser is there now; the call is later, and of a phone alone.";
        return Err(Problem::invalid("browser", detail));
    }
    let (number, name) = (placement.number.clone(), placement.name.clone());
    let role = app.switchboard.book_call(placement).await.map_err(|error| not_placed(&error))?;
    let new = NewAppointment {
        conference: key,
        secret: CallSecret::from_random(rand::random()),
        number: &number,
        name: name.as_ref(),
        client,
        is_host: role == Role::Host,
        starts_at: next.starts_at,
    };
    match app.store.create_appointment(&new, now).await {
        Ok(true) => created(&app, key, new.secret).await,
        Ok(false) => {
            let detail = format!("{APPOINTMENTS_MAX} numbers wait for this conference already.");
            Err(Problem::new(StatusCode::CONFLICT, "too_many_appointments", detail))
        }
        Err(StoreError::Conflict(Conflict::Appointment)) => {
            let detail = "This number will be called already.";
            Err(Problem::new(StatusCode::CONFLICT, "already_called", detail).at("number"))
        }
        Err(error) => Err(database_failed(&error)),
    }
}

/// `GET /api/v1/conferences/{key}/appointments?offset=0&limit=50`
pub(super) async fn list(
    State(app): State<App>,
    Parsed(key): Parsed<Key>,
    subscriber: Authorized,
    range: RangeQuery,
) -> Result<Json<List>, Problem> {
    let conference = subscriber.own(&app, key.parse()?).await?;
    let listing = app.store.appointments_of(conference.key, page_of(range)?).await;
    let listing = listing.map_err(|error| database_failed(&error))?;
    let appointments = listing.entries.into_iter().map(View::from).collect();
    Ok(Json(List { appointments, next_offset: listing.next_offset }))
}

/// `GET /api/v1/conferences/{key}/appointments/{id}`
pub(super) async fn read(
    State(app): State<App>,
    Parsed(path): Parsed<CallPath>,
) -> Result<Json<View>, Problem> {
    let (key, id) = path.parse()?;
    Ok(Json(find(&app, key, id).await?))
}

/// `DELETE /api/v1/conferences/{key}/appointments/{id}`: takes the number back. Who is being called already can hang up.
pub(super) async fn withdraw(
    State(app): State<App>,
    Parsed(path): Parsed<CallPath>,
) -> Result<StatusCode, Problem> {
    let (key, id) = path.parse()?;
    match app.store.withdraw_appointment(key, id).await {
        Ok(true) => Ok(StatusCode::NO_CONTENT),
        Ok(false) => Err(no_such_appointment()),
        Err(error) => Err(database_failed(&error)),
    }
}

impl App {
    /// Has those who have left a number be called at the set time as it is now.
    pub(super) async fn move_appointments(&self, conference: &Conference) -> Result<(), Problem> {
        let schedule = conference.schedule.as_ref().filter(|_| conference.ended_at.is_none());
        let next = schedule.and_then(|schedule| schedule.next_after(clock::now()));
        let starts_at = next.map(|next| next.starts_at);
        let moved = self.store.move_appointments(conference.key, starts_at).await;
        moved.map_err(|error| database_failed(&error))
    }
}

async fn created(app: &App, key: ConferenceKey, id: CallSecret) -> Result<Response, Problem> {
    let location = format!("/api/v1/conferences/{key}/appointments/{id}");
    let location = HeaderValue::try_from(location).map_err(|_| Problem::unavailable())?;
    let view = find(app, key, id).await?;
    Ok((StatusCode::CREATED, [(header::LOCATION, location)], Json(view)).into_response())
}

async fn find(app: &App, key: ConferenceKey, id: CallSecret) -> Result<View, Problem> {
    match app.store.appointment(key, id).await {
        Ok(Some(appointment)) => Ok(appointment.into()),
        Ok(None) => Err(no_such_appointment()),
        Err(error) => Err(database_failed(&error)),
    }
}

fn no_such_appointment() -> Problem {
    Problem::not_found("There is no such appointment.")
}

impl From<Appointment> for View {
    fn from(appointment: Appointment) -> View {
        let Appointment { secret, number, name, state, tries, starts_at } = appointment;
        View { id: secret, number: number.masked().to_owned(), name, state, tries, starts_at }
    }
}
