//! `/api/v1/conferences/{key}/participants`: what a conference's hosts may do with those in it, and with those
//! who wait before it.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use conference::{
    BREAKOUTS_MAX, Breakout, ConferenceKey, ParticipantId, ParticipantName, ParticipantView,
    TextError, Volume,
};
use serde::Deserialize;

use super::App;
use super::extract::{Body, Parsed, named};
use super::host::Credentials;
use super::problem::Problem;
use crate::config::NoiseSuppression;
use crate::switchboard::ParticipantAction;

/// What can be changed about a participant.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Change {
    muted: Option<bool>,
    /// Whether its hand is up.
    hand: Option<bool>,
    /// What it is called.
    name: Option<String>,
    /// By how many decibels it is turned up, or down.
    volume_db: Option<i8>,
    /// The break-out room that it is sent to; `null` is the conference's own.
    #[serde(deserialize_with = "named")]
    breakout: Option<Option<u8>>,
    /// `true` lets it in from the lobby. Who isn't to come in is removed.
    admitted: Option<bool>,
    /// Whether noise is taken out of what it says, in place of what holds for everybody.
    noise_suppression: Option<NoiseSuppression>,
}

impl Change {
    fn actions(self) -> Result<Vec<ParticipantAction>, Problem> {
        if self.admitted == Some(false) {
            let detail = "Remove a participant that isn't to come in.";
            return Err(Problem::invalid("admitted", detail));
        }
        let name = self.name.as_deref().map(parse_name).transpose()?;
        let volume = self.volume_db.map(parse_volume).transpose()?;
        let breakout = self.breakout.map(parse_breakout).transpose()?;
        let actions = [
            name.map(ParticipantAction::Rename),
            self.admitted.map(|_| ParticipantAction::Admit),
            self.muted.map(ParticipantAction::SetMuted),
            self.hand.map(ParticipantAction::SetHand),
            volume.map(ParticipantAction::SetVolume),
            breakout.map(ParticipantAction::SetBreakout),
            self.noise_suppression.map(|it| ParticipantAction::SetDenoise(it.denoise())),
        ];
        let actions: Vec<_> = actions.into_iter().flatten().collect();
        if actions.is_empty() {
            let detail = "Give at least one of muted, hand, name, volume_db, breakout, admitted and \
                          noise_suppression.";
            return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", detail));
        }
        Ok(actions)
    }
}

/// `PATCH /api/v1/conferences/{key}/participants/{id}`
pub(super) async fn change(
    State(app): State<App>,
    Parsed(path): Parsed<ParticipantPath>,
    credentials: Credentials,
    Body(change): Body<Change>,
) -> Result<Json<ParticipantView>, Problem> {
    let (key, id) = path.parse()?;
    app.require_host(&app.conference(key).await?, &credentials).await?;
    let mut changed = None;
    for action in change.actions()? {
        changed = Some(act(&app, key, id, action).await?);
    }
    changed.map(Json).ok_or_else(nobody)
}

/// `DELETE /api/v1/conferences/{key}/participants/{id}`
pub(super) async fn remove(
    State(app): State<App>,
    Parsed(path): Parsed<ParticipantPath>,
    credentials: Credentials,
) -> Result<StatusCode, Problem> {
    let (key, id) = path.parse()?;
    app.require_host(&app.conference(key).await?, &credentials).await?;
    act(&app, key, id, ParticipantAction::Remove).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn act(
    app: &App,
    key: ConferenceKey,
    id: ParticipantId,
    action: ParticipantAction,
) -> Result<ParticipantView, Problem> {
    let done = app.switchboard.act_on_participant(key, id, action).await;
    done.map_err(|_| Problem::stopping())?.ok_or_else(nobody)
}

/// The name of a participant, as it was typed.
pub(super) fn parse_name(name: &str) -> Result<ParticipantName, Problem> {
    name.parse().map_err(|error: TextError| Problem::invalid("name", error.to_string()))
}

fn parse_volume(decibels: i8) -> Result<Volume, Problem> {
    let detail = format!("A volume is from {} to {} dB.", Volume::DB_MIN, Volume::DB_MAX);
    Volume::new(decibels).ok_or_else(|| Problem::invalid("volume_db", detail))
}

fn parse_breakout(number: Option<u8>) -> Result<Option<Breakout>, Problem> {
    let detail = format!("Break-out rooms are numbered from 1 to {BREAKOUTS_MAX}.");
    let parsed = number.map(|number| Breakout::new(number).ok_or(()));
    parsed.transpose().map_err(|()| Problem::invalid("breakout", detail))
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
