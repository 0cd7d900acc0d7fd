//! `/api/v1/conferences/{key}/recording` and `…/recordings`: a host starts and stops, the subscriber lists, hears and
//! deletes.

mod range;
mod view;

use axum::Json;
use axum::body::Body as HttpBody;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use conference::{Conference, Recording, RecordingView};
use recording::MIX_FILE;
use serde::Deserialize;

use self::range::Wanted;
use self::view::{Listed, View};
use super::auth::Authorized;
use super::conferences::{Key, RangeQuery, page_of};
use super::extract::{Body, Parsed};
use super::host::Credentials;
use super::problem::Problem;
use super::{App, database_failed};
use crate::archive::{self, NotBegun};
use crate::switchboard::RecordError;

/// Whether a conference is recorded.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Switch {
    on: bool,
    /// Whether each voice gets a file of its own as well.
    #[serde(default)]
    voices: bool,
}

/// A recording in a path.
#[derive(Deserialize)]
pub(super) struct RecordingPath {
    key: String,
    id: String,
}

/// A file of one.
#[derive(Deserialize)]
pub(super) struct FilePath {
    key: String,
    id: String,
    file: String,
}

/// `PUT /api/v1/conferences/{key}/recording`: has the conference recorded from now on, or no more. That it has ended is
/// told by an event.
pub(super) async fn switch(
    State(app): State<App>,
    Parsed(key): Parsed<Key>,
    credentials: Credentials,
    Body(switch): Body<Switch>,
) -> Result<Json<Option<RecordingView>>, Problem> {
    let conference = app.conference(key.parse()?).await?;
    app.require_host(&conference, &credentials).await?;
    if switch.on {
        return Ok(Json(Some(start(&app, conference, switch.voices).await?)));
    }
    let stopped = app.switchboard.stop_recording(conference.key).await;
    stopped.map(Json).map_err(|_| Problem::stopping())
}

/// `GET /api/v1/conferences/{key}/recordings?offset=0&limit=50`: the newest first.
pub(super) async fn list(
    State(app): State<App>,
    Parsed(key): Parsed<Key>,
    subscriber: Authorized,
    range: RangeQuery,
) -> Result<Json<Listed>, Problem> {
    let conference = subscriber.own(&app, key.parse()?).await?;
    let listing = app.store.recordings_of(conference.key, page_of(range)?).await;
    let listing = listing.map_err(|error| database_failed(&error))?;
    let mut recordings = Vec::with_capacity(listing.entries.len());
    for recording in listing.entries {
        recordings.push(app.recording_view(recording).await?);
    }
    Ok(Json(Listed { recordings, next_offset: listing.next_offset }))
}

/// `GET /api/v1/conferences/{key}/recordings/{id}`
pub(super) async fn read(
    State(app): State<App>,
    Parsed(path): Parsed<RecordingPath>,
    subscriber: Authorized,
) -> Result<Json<View>, Problem> {
    let (_, recording) = path.find(&app, &subscriber).await?;
    Ok(Json(app.recording_view(recording).await?))
}

/// `DELETE /api/v1/conferences/{key}/recordings/{id}`: its files and all that is known of it.
pub(super) async fn delete(
    State(app): State<App>,
    Parsed(path): Parsed<RecordingPath>,
    subscriber: Authorized,
) -> Result<StatusCode, Problem> {
    let (conference, recording) = path.find(&app, &subscriber).await?;
    let made_now = app.switchboard.recording_now(conference.key).await;
    if made_now.map_err(|_| Problem::stopping())? == Some(recording.id) {
        let detail = "It is still being made. Please stop it first.";
        return Err(Problem::new(StatusCode::CONFLICT, "still_recording", detail));
    }
    if let Err(error) = app.archive.delete(recording.id).await {
        tracing::error!(%error, "a recording can't be deleted");
        return Err(Problem::unavailable());
    }
    let forgotten = app.store.forget_recording(recording.id).await;
    forgotten.map_err(|error| database_failed(&error))?;
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /api/v1/conferences/{key}/recordings/{id}/{file}`: Ogg Opus, all of it or a range (RFC 9110 section 14).
pub(super) async fn download(
    State(app): State<App>,
    Parsed(path): Parsed<FilePath>,
    subscriber: Authorized,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let FilePath { key, id, file } = path;
    let (conference, recording) = RecordingPath { key, id }.find(&app, &subscriber).await?;
    if file != MIX_FILE {
        let voices = app.store.recorded_voices(recording.id).await;
        let voices = voices.map_err(|error| database_failed(&error))?;
        voices.iter().find(|voice| voice.file == file).ok_or_else(nothing)?;
    }
    let opened = app.archive.open(recording.id, &file).await.map_err(|error| {
        tracing::warn!(%error, recording = ?recording.id, "a recording's file can't be read");
        nothing()
    })?;
    let length = opened.length();
    let wanted = headers.get(header::RANGE).and_then(|value| value.to_str().ok());
    let (status, range) = match Wanted::of(wanted, length) {
        Wanted::All => (StatusCode::OK, 0..length),
        Wanted::Part(range) => (StatusCode::PARTIAL_CONTENT, range),
        Wanted::Nothing => return Ok(unsatisfiable(length)),
    };
    let name = file_name(&conference, &recording, &file);
    let mut response = HttpBody::from_stream(opened.pieces(range.clone())).into_response();
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("audio/ogg"));
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(range.end - range.start));
    let mut insert = |name, value: String| {
        // Made of what headers may hold.
        if let Ok(value) = HeaderValue::try_from(value) {
            headers.insert(name, value);
        }
    };
    insert(header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\""));
    if status == StatusCode::PARTIAL_CONTENT {
        let last = range.end - 1;
        insert(header::CONTENT_RANGE, format!("bytes {}-{last}/{length}", range.start));
    }
    Ok(response)
}

/// Has a conference recorded.
async fn start(app: &App, conference: Conference, voices: bool) -> Result<RecordingView, Problem> {
    let begun = archive::begin(&app.archive, &app.store, conference.key, voices).await;
    let recording = begun.map_err(|error| match error {
        NotBegun::DiskFull => disk_full(),
        NotBegun::Store(error) => database_failed(&error),
        NotBegun::Disk(_) => {
            tracing::error!(%error, "a recording can't begin");
            Problem::unavailable()
        }
    })?;
    let started = app.switchboard.record(conference, recording, voices).await;
    if started.is_err() {
        let forgotten = app.store.forget_recording(recording).await;
        forgotten.map_err(|error| database_failed(&error))?;
    }
    started.map_err(not_recorded)
}

impl RecordingPath {
    /// The recording, if it is one of the subscriber's.
    async fn find(
        &self,
        app: &App,
        subscriber: &Authorized,
    ) -> Result<(Conference, Recording), Problem> {
        let key = self.key.parse().map_err(|_| nothing())?;
        let id = self.id.parse().map_err(|_| nothing())?;
        let conference = subscriber.own(app, key).await?;
        let found = app.store.recording(conference.key, id).await;
        let recording = found.map_err(|error| database_failed(&error))?.ok_or_else(nothing)?;
        Ok((conference, recording))
    }
}

/// What a file is called on the reader's disk: by the conference's title as far as that is plain, and the day.
fn file_name(conference: &Conference, recording: &Recording, file: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
    let title: String = conference.title.as_str().chars().take(40).map(plain).collect();
    let title = title.trim_matches('-');
    let day = recording.began_at.strftime("%Y-%m-%dT%H%M");
    let title = if title.is_empty() { "conference" } else { title };
    format!("{title}-{day}-{file}")
}

fn unsatisfiable(length: u64) -> Response {
    let detail = "The file isn't so long.";
    let problem = Problem::new(StatusCode::RANGE_NOT_SATISFIABLE, "no_such_range", detail);
    let mut response = problem.into_response();
    if let Ok(range) = HeaderValue::try_from(format!("bytes */{length}")) {
        response.headers_mut().insert(header::CONTENT_RANGE, range);
    }
    response
}

fn nothing() -> Problem {
    Problem::not_found("There is no such recording.")
}

fn disk_full() -> Problem {
    let detail = "The server has no room for another recording.";
    Problem::new(StatusCode::INSUFFICIENT_STORAGE, "disk_full", detail)
}

fn not_recorded(error: RecordError) -> Problem {
    let conflict = |code, detail| Problem::new(StatusCode::CONFLICT, code, detail);
    match error {
        RecordError::Already => {
            conflict("already_recording", "The conference is being recorded already.")
        }
        RecordError::NobodyIn => conflict("nobody_in", "Nobody is in yet who could be recorded."),
        RecordError::TooMany => Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "too_many_recordings",
            "The server makes as many recordings as it may just now.",
        ),
        RecordError::Failed => Problem::unavailable(),
        RecordError::Stopped(_) => Problem::stopping(),
    }
}
