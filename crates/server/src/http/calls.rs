//! `/api/v1/conferences/{key}/calls`: what the page does for the person before it.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Json;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use conference::{
    CallRecord, CallSecret, CallState, CallView, ConferenceKey, ParticipantId, Refusal, RefusalKind,
};
use serde::Deserialize;

use super::callee::Callee;
use super::client::client_ip;
use super::conferences::Key;
use super::extract::{Body, Parsed, named};
use super::host::Credentials;
use super::participants::parse_name;
use super::problem::Problem;
use super::{App, database_failed};
use crate::clock;
use crate::switchboard::{CallAction, NotWhispered, PlaceError};

/// What can be changed about a call by whoever placed it.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Change {
    muted: Option<bool>,
    /// Whether one's hand is up.
    hand: Option<bool>,
    /// What one is called.
    name: Option<String>,
    /// For a host: the participant to whom alone it speaks; `null` to speak to all again.
    #[serde(deserialize_with = "named")]
    whispers_to: Option<Option<String>>,
    /// `null` comes back from a break-out room. It is hosts who send people there.
    #[serde(deserialize_with = "named")]
    breakout: Option<Option<u8>>,
}

impl Change {
    /// What is to be done, and to whom one whispers from now on, if that is to change.
    fn actions(self) -> Result<(Vec<CallAction>, Option<Option<ParticipantId>>), Problem> {
        if let Some(Some(_)) = self.breakout {
            let detail = "Hosts send people to break-out rooms; null comes back.";
            return Err(Problem::invalid("breakout", detail));
        }
        let name = self.name.as_deref().map(parse_name).transpose()?;
        let whisper = self
            .whispers_to
            .map(|to| to.map(|to| to.parse::<ParticipantId>()).transpose())
            .transpose();
        let whisper =
            whisper.map_err(|_| Problem::invalid("whispers_to", "This is no participant."))?;
        let actions = [
            name.map(CallAction::Rename),
            self.muted.map(CallAction::SetMuted),
            self.hand.map(CallAction::SetHand),
            self.breakout.map(|_| CallAction::ComeBack),
        ];
        let actions: Vec<_> = actions.into_iter().flatten().collect();
        if actions.is_empty() && whisper.is_none() {
            let detail = "Give at least one of muted, hand, name, whispers_to and breakout.";
            return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", detail));
        }
        Ok((actions, whisper))
    }
}

/// `POST /api/v1/conferences/{key}/calls`
pub(super) async fn place(
    State(app): State<App>,
    Parsed(key): Parsed<Key>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    credentials: Credentials,
    Body(callee): Body<Callee>,
) -> Result<Response, Problem> {
    let conference = app.conference(key.parse()?).await?;
    let key = conference.key;
    let client = client_ip(peer, &headers, &app.settings.trusted_proxies);
    let placement = callee.placement(&app, conference, client, &credentials).await?;
    let placed = app.switchboard.place_call(placement).await;
    let call = placed.map_err(|error| not_placed(&error))?;
    let location = format!("/api/v1/conferences/{key}/calls/{}", call.id);
    let location = HeaderValue::try_from(location).map_err(|_| Problem::unavailable())?;
    Ok((StatusCode::CREATED, [(header::LOCATION, location)], Json(call)).into_response())
}

/// `GET /api/v1/conferences/{key}/calls/{id}`
pub(super) async fn read(
    State(app): State<App>,
    Parsed(path): Parsed<CallPath>,
) -> Result<Json<CallView>, Problem> {
    let (key, id) = path.parse()?;
    match app.switchboard.act_on_call(key, id, CallAction::Read).await {
        Ok(Some(call)) => Ok(Json(call)),
        Ok(None) => from_record(&app, key, id).await.map(Json),
        Err(_) => Err(Problem::stopping()),
    }
}

/// `PATCH /api/v1/conferences/{key}/calls/{id}`
pub(super) async fn change(
    State(app): State<App>,
    Parsed(path): Parsed<CallPath>,
    Body(change): Body<Change>,
) -> Result<Json<CallView>, Problem> {
    let (key, id) = path.parse()?;
    let (actions, whispers_to) = change.actions()?;
    let mut changed = None;
    for action in actions {
        let done = app.switchboard.act_on_call(key, id, action).await;
        changed = Some(done.map_err(|_| Problem::stopping())?.ok_or_else(no_such_call)?);
    }
    if let Some(to) = whispers_to {
        let whispered = app.switchboard.whisper(key, id, to).await;
        changed = Some(whispered.map_err(|_| Problem::stopping())?.map_err(not_whispered)?);
    }
    changed.map(Json).ok_or_else(no_such_call)
}

fn not_whispered(refused: NotWhispered) -> Problem {
    match refused {
        NotWhispered::NoCall => no_such_call(),
        NotWhispered::NoHost => {
            let detail = "This is for the hosts of the conference.";
            Problem::new(StatusCode::FORBIDDEN, "not_host", detail)
        }
        NotWhispered::OutOfReach => {
            let detail = "Whisper to somebody else who is in the same room, and to whom no other host whispers.";
            Problem::new(StatusCode::CONFLICT, "cannot_whisper", detail).at("whispers_to")
        }
    }
}

/// `DELETE /api/v1/conferences/{key}/calls/{id}`: cancels or hangs up. Once more is no fault.
pub(super) async fn hang_up(
    State(app): State<App>,
    Parsed(path): Parsed<CallPath>,
) -> Result<StatusCode, Problem> {
    end_call(&app, &path).await.map(|()| StatusCode::NO_CONTENT)
}

/// Ends a call, unless it has ended.
pub(super) async fn end_call(app: &App, path: &CallPath) -> Result<(), Problem> {
    let (key, id) = path.parse()?;
    match app.switchboard.act_on_call(key, id, CallAction::HangUp).await {
        Ok(Some(_)) => Ok(()),
        Ok(None) => from_record(app, key, id).await.map(|_| ()),
        Err(_) => Err(Problem::stopping()),
    }
}

/// A call's path, before it is looked at.
#[derive(Deserialize)]
pub(super) struct CallPath {
    key: String,
    id: String,
}

impl CallPath {
    pub(super) fn parse(&self) -> Result<(ConferenceKey, CallSecret), Problem> {
        let parsed = self.key.parse().ok().zip(self.id.parse().ok());
        parsed.ok_or_else(no_such_call)
    }
}

/// A call that ended so long ago that only the database knows it.
async fn from_record(app: &App, key: ConferenceKey, id: CallSecret) -> Result<CallView, Problem> {
    match app.store.call_by_secret(key, id).await {
        Ok(Some(record)) => Ok(view_of(record, id)),
        Ok(None) => Err(no_such_call()),
        Err(error) => Err(database_failed(&error)),
    }
}

fn view_of(record: CallRecord, id: CallSecret) -> CallView {
    CallView {
        id,
        participant: record.participant,
        via: record.via,
        number: record.number.as_ref().map(|number| number.masked().to_owned()),
        state: CallState::Ended(record.ending),
        muted: false,
    }
}

fn no_such_call() -> Problem {
    Problem::not_found("There is no such call.")
}

pub(super) fn not_placed(error: &PlaceError) -> Problem {
    match error {
        PlaceError::Refused(refusal) => refused(refusal),
        PlaceError::NoTrunk => {
            let detail = "This server has no trunk to call by.";
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, "no_trunk", detail)
                .retry_after(Duration::from_secs(60))
        }
        PlaceError::Stopped(_) => Problem::stopping(),
    }
}

fn refused(refusal: &Refusal) -> Problem {
    let status = match refusal.kind() {
        RefusalKind::NotYet => StatusCode::CONFLICT,
        RefusalKind::Gone => StatusCode::GONE,
        RefusalKind::Forbidden => StatusCode::FORBIDDEN,
        RefusalKind::TooMany => StatusCode::TOO_MANY_REQUESTS,
        RefusalKind::NoRoom => StatusCode::SERVICE_UNAVAILABLE,
    };
    let problem = Problem::new(status, refusal.code(), refusal.to_string());
    let problem = match refusal {
        Refusal::NumberNotAllowed => problem.at("number"),
        Refusal::PinRequired | Refusal::WrongPin | Refusal::PinLocked { .. } => problem.at("pin"),
        _ => problem,
    };
    match refusal.retry_after(clock::now()) {
        Some(time) => problem.retry_after(time),
        None => problem,
    }
}
