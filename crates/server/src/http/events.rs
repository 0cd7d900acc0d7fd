//! `/api/v1/conferences/{key}/events`: what happens in a conference, as server-sent events.
//!
//! The first event of every stream is a `snapshot`. A client too slow to follow misses events and is
//! given a new snapshot instead, so that nothing piles up.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::time::Duration;

use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use conference::{ClientAddress, Conference};
use futures_util::stream::{self, Stream};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::watch;

use super::App;
use super::client::client_ip;
use super::conferences::Key;
use super::extract::Parsed;
use super::problem::Problem;
use super::streams;
use crate::metrics::names;
use crate::switchboard::{Watch, WatchError};

/// Keeps proxies from closing a quiet stream.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// When to try again after too many streams.
const RETRY_AFTER: Duration = Duration::from_secs(10);

/// `GET /api/v1/conferences/{key}/events`
pub(super) async fn follow(
    State(app): State<App>,
    Parsed(key): Parsed<Key>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let conference = app.conference(key.parse()?).await?;
    let client = ClientAddress::from(client_ip(peer, &headers, &app.settings.trusted_proxies));
    let place = app.settings.streams.open(client).ok_or_else(|| {
        let detail = "You have as many pages open as this server allows.";
        Problem::new(StatusCode::TOO_MANY_REQUESTS, "too_many_streams", detail)
            .retry_after(RETRY_AFTER)
    })?;
    let watch = app.switchboard.watch(conference.clone()).await.map_err(not_watched)?;
    let stopping = app.stopping.clone();
    let follower = Follower { app, conference, watch, stopping, is_new: true, _place: place };
    let events = Sse::new(follow_on(follower)).keep_alive(KeepAlive::new().interval(HEARTBEAT));
    // A proxy must not keep events back; nginx asks to be told so.
    let unbuffered =
        [(header::CACHE_CONTROL, "no-store"), (HeaderName::from_static("x-accel-buffering"), "no")];
    Ok((unbuffered, events).into_response())
}

/// One page that follows a conference.
struct Follower {
    app: App,
    conference: Conference,
    watch: Watch,
    stopping: watch::Receiver<bool>,
    /// Whether the snapshot is still to be sent.
    is_new: bool,
    _place: streams::Stream,
}

fn follow_on(follower: Follower) -> impl Stream<Item = Result<Event, Infallible>> {
    stream::unfold(follower, |mut follower| async move {
        let event = follower.next().await?;
        Some((Ok(event), follower))
    })
}

impl Follower {
    /// The next event; `None` ends the stream.
    async fn next(&mut self) -> Option<Event> {
        if self.is_new {
            return self.snapshot();
        }
        let received = tokio::select! {
            _ = self.stopping.wait_for(|stopping| *stopping) => return None,
            received = self.watch.events.recv() => received,
        };
        match received {
            Ok(event) => {
                let id = event.sequence.to_string();
                Some(Event::default().event(event.name).id(id).data(&event.json))
            }
            Err(RecvError::Lagged(missed)) => {
                tracing::debug!(missed, "a page is given a new snapshot");
                self.app.metrics.count(names::EVENT_STREAMS_LAGGED, None);
                self.watch = self.app.switchboard.watch(self.conference.clone()).await.ok()?;
                self.snapshot()
            }
            Err(RecvError::Closed) => None,
        }
    }

    fn snapshot(&mut self) -> Option<Event> {
        self.is_new = false;
        let id = self.watch.sequence.to_string();
        Event::default().event("snapshot").id(id).json_data(&self.watch.snapshot).ok()
    }
}

fn not_watched(error: WatchError) -> Problem {
    match error {
        WatchError::TooMany => {
            let detail = "This conference has as many pages open as it may.";
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, "too_many_streams", detail)
                .retry_after(RETRY_AFTER)
        }
        WatchError::Stopped(_) => Problem::stopping(),
    }
}
