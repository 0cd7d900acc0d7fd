//! What brings people to a conference, for whoever has its URL: a badge for any web page, QR codes
//! for posters, and a file for calendars.

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use conference::{Conference, ConferenceState, ConferenceView};
use invitation::badge::{self, Theme};
use invitation::letter::{self, Facts};
use invitation::qr::Code;
use invitation::{Calendar, Method};
use serde::{Deserialize, Serialize};

use super::App;
use super::conferences::Key;
use super::extract::Parsed;
use super::problem::Problem;
use crate::clock;
use crate::correspondence::uid;

/// Its own style, and nothing else.
const BADGE_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'";

/// A badge shows what is on now: it is asked for anew by whoever looks at the page a moment later.
const BADGE_LIFETIME: &str = "public, max-age=15";

/// A code stays what it is as long as its URL does.
const CODE_LIFETIME: &str = "private, max-age=86400";

/// Pages elsewhere may show it.
const FROM_ANYWHERE: (HeaderName, &str) =
    (HeaderName::from_static("cross-origin-resource-policy"), "cross-origin");

/// In whose colours a badge is wanted.
#[derive(Deserialize)]
pub(super) struct Look {
    #[serde(default)]
    theme: String,
}

/// `GET /c/{key}/badge.svg?theme=light|dark`
pub(super) async fn badge(
    State(app): State<App>,
    Parsed(key): Parsed<Key>,
    look: Result<Query<Look>, QueryRejection>,
) -> Result<Response, Problem> {
    let conference = app.conference(key.parse()?).await?;
    let title = conference.title.clone();
    let start = short_start(&conference);
    let view = app.view(conference).await?;
    let theme = match look.as_ref().map(|Query(look)| look.theme.as_str()) {
        Ok("light") => Theme::Light,
        Ok("dark") => Theme::Dark,
        _ => Theme::Auto,
    };
    let svg = badge::svg(title.as_str(), state(&view, start.as_deref()), theme);
    let headers = [
        (header::CONTENT_TYPE, "image/svg+xml"),
        (header::CACHE_CONTROL, BADGE_LIFETIME),
        (header::CONTENT_SECURITY_POLICY, BADGE_POLICY),
        FROM_ANYWHERE,
    ];
    Ok((headers, svg).into_response())
}

/// `GET /c/{key}/qr.svg`
pub(super) async fn qr_svg(
    State(app): State<App>,
    Parsed(key): Parsed<Key>,
) -> Result<Response, Problem> {
    let code = code(&app, &key).await?;
    let headers = [(header::CONTENT_TYPE, "image/svg+xml"), (header::CACHE_CONTROL, CODE_LIFETIME)];
    Ok((headers, code.svg()).into_response())
}

/// `GET /c/{key}/qr.png`
pub(super) async fn qr_png(
    State(app): State<App>,
    Parsed(key): Parsed<Key>,
) -> Result<Response, Problem> {
    let code = code(&app, &key).await?;
    let headers = [(header::CONTENT_TYPE, "image/png"), (header::CACHE_CONTROL, CODE_LIFETIME)];
    Ok((headers, code.png()).into_response())
}

/// All the ways to bring others to a conference.
#[derive(Serialize)]
pub(super) struct Sharing {
    /// A link that opens a mail to be sent by the reader's own program.
    mailto: String,
    /// What is pasted into a page to show the badge there.
    badge_html: String,
    badge_url: String,
    qr_svg_url: String,
    qr_png_url: String,
    /// None without a set time.
    calendar_url: Option<String>,
}

/// `GET /api/v1/conferences/{key}/sharing`
pub(super) async fn sharing(
    State(app): State<App>,
    Parsed(key): Parsed<Key>,
) -> Result<Json<Sharing>, Problem> {
    let conference = app.conference(key.parse()?).await?;
    let url = app.view(conference.clone()).await?.url;
    let title = conference.title.as_str();
    let schedule = conference.schedule.as_ref();
    let facts = Facts {
        title,
        url: &url,
        dial_in: conference.dial_in_number.as_ref(),
        set: schedule.map(|schedule| (schedule, schedule.current(clock::now()))),
        zone: None,
        host: None,
    };
    Ok(Json(Sharing {
        mailto: letter::mailto(&facts),
        badge_html: badge::html(&url, title),
        badge_url: format!("{url}/badge.svg"),
        qr_svg_url: format!("{url}/qr.svg"),
        qr_png_url: format!("{url}/qr.png"),
        calendar_url: schedule.map(|_| format!("{url}/conference.ics")),
    }))
}

/// `GET /c/{key}/conference.ics`
pub(super) async fn calendar(
    State(app): State<App>,
    Parsed(key): Parsed<Key>,
) -> Result<Response, Problem> {
    let conference = app.conference(key.parse()?).await?;
    let url = app.view(conference.clone()).await?.url;
    let Some(schedule) = &conference.schedule else {
        let detail = "This conference has no set time: its URL works whenever it is opened.";
        return Err(Problem::new(StatusCode::CONFLICT, "no_set_time", detail));
    };
    let calendar = Calendar {
        uid: &uid(&conference),
        sequence: 0,
        title: conference.title.as_str(),
        url: &url,
        dial_in: conference.dial_in_number.as_ref(),
        schedule,
        organizer: None,
        attendee: None,
        stamped_at: clock::now(),
    };
    let headers = [
        (header::CONTENT_TYPE, "text/calendar; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"conference.ics\""),
        (header::CACHE_CONTROL, "no-cache"),
    ];
    Ok((headers, calendar.write(Method::None)).into_response())
}

fn state<'a>(view: &ConferenceView, start: Option<&'a str>) -> badge::State<'a> {
    let opens_later = view.status.opens_at.is_some_and(|opens| opens > clock::now());
    match (view.status.state, start) {
        (ConferenceState::Ended, _) => badge::State::Over,
        (ConferenceState::Active, _) => badge::State::On,
        (_, Some(start)) if !view.status.open && opens_later => badge::State::Later(start),
        _ if view.status.open => badge::State::Open,
        _ => badge::State::Over,
    }
}

/// The set time in few words, for there is little room: `Tue 24 Nov, 14:30 CET`.
fn short_start(conference: &Conference) -> Option<String> {
    let schedule = conference.schedule.as_ref()?;
    let start = schedule.current(clock::now()).starts_at;
    let local = start.to_zoned(schedule.zone().rules().clone());
    Some(local.strftime("%a %-d %b, %H:%M %Z").to_string())
}

async fn code(app: &App, key: &Key) -> Result<Code, Problem> {
    let conference = app.conference(key.parse()?).await?;
    let url = app.view(conference).await?.url;
    Code::new(&url).map_err(|_| {
        let detail = "This server's URLs are too long for a QR code.";
        Problem::new(StatusCode::CONFLICT, "url_too_long", detail)
    })
}
