//! `/api/v1/conferences/{key}/participants`: what the conference's owner may do with those in it.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use conference::{ConferenceKey, ParticipantId, ParticipantView};
use serde::Deserialize;

use super::App;
use super::auth::Authorized;
use super::calls::Change;
use super::extract::{Body, Parsed};
use super::problem::Problem;

/// `PATCH /api/v1/conferences/{key}/participants/{id}`
pub(super) async fn change(
    State(app): State<App>,
    Parsed(path): Parsed<ParticipantPath>,
    subscriber: Authorized,
    Body(change): Body<Change>,
) -> Result<Json<ParticipantView>, Problem> {
    let (key, id) = path.parse()?;
    subscriber.own(&app, key).await?;
    match app.switchboard.mute_participant(key, id, change.muted).await {
        Ok(Some(participant)) => Ok(Json(participant)),
        Ok(None) => Err(nobody()),
        Err(_) => Err(Problem::stopping()),
    }
}

/// `DELETE /api/v1/conferences/{key}/participants/{id}`
pub(super) async fn remove(
    State(app): State<App>,
    Parsed(path): Parsed<ParticipantPath>,
    subscriber: Authorized,
) -> Result<StatusCode, Problem> {
    let (key, id) = path.parse()?;
    subscriber.own(&app, key).await?;
    match app.switchboard.remove_participant(key, id).await {
        Ok(Some(_)) => Ok(StatusCode::NO_CONTENT),
        Ok(None) => Err(nobody()),
        Err(_) => Err(Problem::stopping()),
    }
}

/// A participant's path, before it is looked at.
#[derive(Deserialize)]
pub(super) struct ParticipantPath {
    key: String,
    id: String,
}

impl ParticipantPath {
    fn parse(&self) -> Result<(ConferenceKey, ParticipantId), Problem> {
        let parsed = self.key.parse().ok().zip(self.id.parse().ok());
        parsed.ok_or_else(nobody)
    }
}

fn nobody() -> Problem {
    Problem::not_found("There is no such participant.")
}
