//! Live events: what happens in a conference, for every page that is open on it.

use std::collections::HashMap;
use std::sync::Arc;

use conference::{Conference, ConferenceKey, ConferenceStatus, ConferenceView, Event, Policy};
use jiff::Timestamp;
use tokio::sync::broadcast;

use super::conferences::Conferences;
use super::errors::WatchError;
use crate::metrics::{Metrics, names};

/// Events kept for a page that is slow to read. One that falls further behind is given a new snapshot.
const EVENTS_MAX: usize = 256;

/// One event, written once for all pages.
#[derive(Debug)]
pub struct Published {
    /// Counts the conference's events, from 1.
    pub sequence: u64,
    /// The event's name.
    pub name: &'static str,
    /// Its data, as JSON.
    pub json: String,
}

/// What a page starts with and goes on with.
#[derive(Debug)]
pub struct Watch {
    /// All there is to see.
    pub snapshot: ConferenceView,
    /// The number of the last event that the snapshot includes.
    pub sequence: u64,
    /// What happens from then on.
    pub events: broadcast::Receiver<Arc<Published>>,
}

/// The pages of all conferences.
pub(super) struct Watchers {
    by_key: HashMap<ConferenceKey, Watched>,
    per_conference_max: usize,
    metrics: Metrics,
}

/// A conference that somebody looks at.
struct Watched {
    conference: Conference,
    sender: broadcast::Sender<Arc<Published>>,
    sequence: u64,
    /// Whether the pages know it as open.
    is_open: bool,
}

impl Watchers {
    pub(super) fn new(per_conference_max: usize, metrics: Metrics) -> Watchers {
        Watchers { by_key: HashMap::new(), per_conference_max, metrics }
    }

    /// Adds a page, which has seen `snapshot`.
    pub(super) fn watch(
        &mut self,
        conference: Conference,
        snapshot: ConferenceView,
    ) -> Result<Watch, WatchError> {
        let watched = self.by_key.entry(conference.key).or_insert_with(|| Watched {
            conference,
            sender: broadcast::Sender::new(EVENTS_MAX),
            sequence: 0,
            is_open: snapshot.status.open,
        });
        if watched.sender.receiver_count() >= self.per_conference_max {
            return Err(WatchError::TooMany);
        }
        let events = watched.sender.subscribe();
        Ok(Watch { snapshot, sequence: watched.sequence, events })
    }

    /// The conference is another one now, as the database has it.
    pub(super) fn note_change(&mut self, changed: &Conference) {
        if let Some(watched) = self.by_key.get_mut(&changed.key) {
            watched.conference = changed.clone();
        }
    }

    /// Tells the pages.
    pub(super) fn publish(&mut self, key: ConferenceKey, event: &Event) {
        let Some(watched) = self.by_key.get_mut(&key) else { return };
        if let Event::Conference(status) = event {
            watched.is_open = status.open;
        }
        watched.sequence += 1;
        match serde_json::to_string(event) {
            Ok(json) => {
                let published = Published { sequence: watched.sequence, name: event.name(), json };
                // Without a page left, nobody misses it.
                let _ = watched.sender.send(Arc::new(published));
            }
            Err(error) => tracing::error!(%error, "an event can't be written as JSON"),
        }
    }

    /// Forgets conferences that nobody looks at any more, and tells the pages of those whose time to
    /// open has come.
    pub(super) fn sweep(&mut self, now: Timestamp, policy: &Policy, conferences: &Conferences) {
        self.by_key.retain(|_, watched| watched.sender.receiver_count() > 0);
        let mut opened = Vec::new();
        for (key, watched) in self.by_key.iter().filter(|(_, watched)| !watched.is_open) {
            let session = conferences.get(*key).map(|active| &active.session);
            let activity = session.map(conference::Session::activity).unwrap_or_default();
            let conference = session.map_or(&watched.conference, conference::Session::conference);
            let status = ConferenceStatus::new(conference, policy, activity, now);
            if status.open {
                opened.push((*key, status));
            }
        }
        for (key, status) in opened {
            self.publish(key, &Event::Conference(status));
        }
        self.metrics.gauge(names::EVENT_STREAMS, self.count());
    }

    /// All pages.
    pub(super) fn count(&self) -> usize {
        self.by_key.values().map(|watched| watched.sender.receiver_count()).sum()
    }
}
