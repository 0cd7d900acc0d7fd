//! The conferences in memory: active ones, and those that came to rest a moment ago.

use std::collections::HashMap;
use std::time::Duration;

use conference::{
    Breakout, Conference, ConferenceKey, Herald, Load, ParticipantId, Policy, Role, Session,
    Standing, SubscriberId,
};
use engine::RoomId;
use jiff::Timestamp;
use sip::CallId;

use super::announcer::Announcer;

/// How long a conference at rest stays in memory, so that pages learn how their calls ended without
/// the database being asked.
const REST_TIME: Duration = Duration::from_secs(60);

/// One conference in memory.
pub(super) struct Active {
    pub(super) session: Session,
    /// Picks out what programs outside are told.
    pub(super) herald: Herald,
    /// Its room in the engine, while there are calls.
    pub(super) room: Option<RoomId>,
    /// The room before it, once somebody has had to wait there.
    pub(super) anteroom: Option<RoomId>,
    /// Its break-out rooms, while somebody is in them.
    pub(super) breakouts: HashMap<Breakout, RoomId>,
    /// What is announced in it.
    pub(super) announcer: Announcer,
    /// Whose call is which.
    pub(super) calls: HashMap<ParticipantId, CallId>,
    /// Since when nobody is there.
    rested_at: Option<Timestamp>,
}

/// All of them.
#[derive(Default)]
pub(super) struct Conferences {
    by_key: HashMap<ConferenceKey, Active>,
    /// Numbers the next room.
    rooms_opened: u64,
}

impl Conferences {
    pub(super) fn get(&self, key: ConferenceKey) -> Option<&Active> {
        self.by_key.get(&key)
    }

    pub(super) fn get_mut(&mut self, key: ConferenceKey) -> Option<&mut Active> {
        self.by_key.get_mut(&key)
    }

    /// The conference in memory; brings it there if need be.
    pub(super) fn wake(&mut self, conference: Conference, policy: &Policy) -> &mut Active {
        self.by_key.entry(conference.key).or_insert_with(|| Active {
            session: Session::new(conference, policy.clone()),
            herald: Herald::default(),
            room: None,
            anteroom: None,
            breakouts: HashMap::new(),
            announcer: Announcer::default(),
            calls: HashMap::new(),
            rested_at: None,
        })
    }

    /// The conference as it is now: one in memory knows of its end before the database was read.
    pub(super) fn latest(&self, conference: Conference) -> Conference {
        let in_memory = self.get(conference.key).map(|active| active.session.conference().clone());
        in_memory.unwrap_or(conference)
    }

    /// Whether this is the room before some conference's.
    pub(super) fn has_anteroom(&self, room: RoomId) -> bool {
        self.by_key.values().any(|active| active.anteroom == Some(room))
    }

    /// How somebody with this role stands to a conference.
    pub(super) fn standing(&self, key: ConferenceKey, role: Role, is_there: bool) -> Standing {
        let activity = self.get(key).map(|active| active.session.activity()).unwrap_or_default();
        Standing { role, is_there, is_locked: activity.is_locked, has_begun: activity.has_begun }
    }

    /// A room's name that none had before.
    pub(super) fn next_room(&mut self) -> RoomId {
        self.rooms_opened += 1;
        RoomId(self.rooms_opened)
    }

    /// How busy one conference is.
    pub(super) fn load_of(&self, key: ConferenceKey) -> Load {
        self.get(key).map(|active| active.session.load()).unwrap_or_default()
    }

    /// How busy the server is.
    pub(super) fn load(&self) -> Load {
        self.by_key.values().map(|active| active.session.load()).sum()
    }

    /// Those with a deadline that has come.
    pub(super) fn overdue(&self, now: Timestamp) -> Vec<ConferenceKey> {
        let is_overdue =
            |active: &Active| active.session.next_timeout().is_some_and(|at| at <= now);
        self.by_key.iter().filter(|(_, active)| is_overdue(active)).map(|(key, _)| *key).collect()
    }

    /// Those with an announcement that waits.
    pub(super) fn with_announcements(&self) -> Vec<ConferenceKey> {
        let waiting = self.by_key.iter().filter(|(_, active)| active.announcer.has_waiting());
        waiting.map(|(key, _)| *key).collect()
    }

    /// All that have somebody in them.
    pub(super) fn active(&self) -> Vec<ConferenceKey> {
        let active = self.by_key.iter().filter(|(_, active)| active.session.is_active());
        active.map(|(key, _)| *key).collect()
    }

    /// A subscriber's, with somebody in them or not.
    pub(super) fn of_subscriber(&self, subscriber: SubscriberId) -> Vec<Conference> {
        let all = self.by_key.values().map(|active| active.session.conference());
        all.filter(|conference| conference.subscriber == subscriber).cloned().collect()
    }

    /// Drops those that have been at rest for a while.
    pub(super) fn forget_rested(&mut self, now: Timestamp) {
        self.by_key.retain(|_, active| {
            if active.session.is_active() {
                active.rested_at = None;
                return true;
            }
            let since = *active.rested_at.get_or_insert(now);
            now.duration_since(since).unsigned_abs() < REST_TIME
        });
    }
}
