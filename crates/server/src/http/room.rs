//! `/api/v1/conferences/{key}/room`: what a host does to a running conference as a whole.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use conference::ConferenceView;
use serde::Deserialize;

use super::App;
use super::conferences::Key;
use super::extract::{Body, Parsed};
use super::host::Credentials;
use super::problem::Problem;
use crate::switchboard::RoomAction;

/// What is to be different.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Change {
    /// Whether nobody else may come in, but hosts.
    locked: Option<bool>,
    /// `true` mutes everybody who isn't a host. Nobody opens all their microphones.
    guests_muted: Option<bool>,
    /// `true` brings all back from break-out rooms.
    gathered: Option<bool>,
    /// `true` has it begin for those who have come before the set time, or wait for a host.
    begun: Option<bool>,
}

impl Change {
    fn actions(&self) -> Result<Vec<RoomAction>, Problem> {
        if self.guests_muted == Some(false) {
            let detail = "Nobody opens another's microphone: it can only be true.";
            return Err(Problem::invalid("guests_muted", detail));
        }
        if self.gathered == Some(false) {
            let detail = "Send each participant to a break-out room by itself.";
            return Err(Problem::invalid("gathered", detail));
        }
        if self.begun == Some(false) {
            let detail = "What has begun can't be put off: it can only be true.";
            return Err(Problem::invalid("begun", detail));
        }
        let begin = self.begun.map(|_| RoomAction::Begin);
        let lock = self.locked.map(RoomAction::SetLocked);
        let mute = self.guests_muted.map(|_| RoomAction::MuteGuests);
        let gather = self.gathered.map(|_| RoomAction::Gather);
        let actions: Vec<_> = [begin, lock, mute, gather].into_iter().flatten().collect();
        if actions.is_empty() {
            let detail = "Give at least one of locked, guests_muted, gathered and begun.";
            return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", detail));
        }
        Ok(actions)
    }
}

/// `PATCH /api/v1/conferences/{key}/room`
pub(super) async fn change(
    State(app): State<App>,
    Parsed(key): Parsed<Key>,
    credentials: Credentials,
    Body(change): Body<Change>,
) -> Result<Json<ConferenceView>, Problem> {
    let conference = app.conference(key.parse()?).await?;
    app.require_host(&conference, &credentials).await?;
    for action in change.actions()? {
        let done = app.switchboard.act_on_room(conference.key, action).await;
        done.map_err(|_| Problem::stopping())?;
    }
    app.view(conference).await.map(Json)
}
