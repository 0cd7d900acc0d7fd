//! Callers who come too early are told when the conference starts, and hung up on.

use std::time::Duration;

use conference::Conference;
use engine::RoomId;
use jiff::Timestamp;
use mixer::{Playback, RoomSettings};
use sip::{CallId, HangUp};

use super::Switchboard;
use super::call::{Entry, Role, leg_of};
use super::media;
use crate::prompts::{self, Language};

/// The caller alone: a room of its own keeps early callers from hearing each other.
const LISTENERS_MAX: usize = 1;

/// The longest announcement takes a third of it. A leg that can't be played to is not kept longer.
pub(super) const LISTENING_TIME_MAX: Duration = Duration::from_secs(60);

impl Switchboard {
    pub(super) fn tell_when_it_starts(&mut self, id: CallId, early: &Conference, now: Timestamp) {
        let language = self.settings.language;
        let room = self.conferences.next_room();
        let settings = RoomSettings { members_max: LISTENERS_MAX, ..RoomSettings::default() };
        let picked_up = match self.engine.open_room(room, settings) {
            Ok(()) => self.pick_up(id, room),
            Err(error) => Err(error.into()),
        };
        if let Some(call) = self.calls.get_mut(&id) {
            call.role = Role::Listening { room, until: now + LISTENING_TIME_MAX };
        }
        if let Some(phone) = self.phone_mut(id) {
            phone.announcement = announcement(language, early, now);
        }
        match picked_up {
            Ok(()) => self.join(id, Entry { muted: true, ..Entry::default() }),
            Err(error) => {
                tracing::warn!(%error, "an early caller can't be told");
                self.turn_away(id, "not_open_yet", error.status(), None);
                self.close_if_unused(room);
            }
        }
    }

    /// The caller's leg is in its room: tells it.
    pub(super) fn speak(&mut self, id: CallId) {
        let Some(phone) = self.phone_mut(id) else { return };
        let words = std::mem::take(&mut phone.announcement);
        let clip = self.prompts.say(self.settings.language, &words);
        tracing::info!(seconds = clip.duration().as_secs(), "an early caller is told the time");
        self.play(id, media::in_place_of_the_mix(clip));
    }

    /// The caller has heard it all, or hung up before.
    pub(super) fn stop_listening(&mut self, id: CallId, room: RoomId, hang_up: Option<HangUp>) {
        self.free(id, hang_up);
        self.close_if_unused(room);
    }

    /// Hangs up on those who should have heard it all long ago.
    pub(super) fn hang_up_on_overdue_listeners(&mut self, now: Timestamp) {
        let overdue: Vec<(CallId, RoomId)> = self
            .calls
            .iter()
            .filter_map(|(id, call)| match call.role {
                Role::Listening { room, until } if until <= now => Some((*id, room)),
                _ => None,
            })
            .collect();
        for (id, room) in overdue {
            self.stop_listening(id, room, Some(HangUp::MediaLost));
        }
    }

    pub(super) fn play(&mut self, id: CallId, playback: Playback) {
        if let Err(error) = self.engine.play(leg_of(id), playback) {
            tracing::warn!(%error, "nothing can be played to the leg");
            if let Some(Role::Listening { .. }) = self.calls.get(&id).map(|call| call.role) {
                self.drop_call(id, HangUp::Normal);
            }
        }
    }
}

fn announcement(language: Language, conference: &Conference, now: Timestamp) -> Vec<prompts::Word> {
    let Some(schedule) = &conference.schedule else { return Vec::new() };
    let in_zone = |time: Timestamp| {
        time.in_tz(schedule.zone().name())
            .unwrap_or_else(|_| time.to_zoned(jiff::tz::TimeZone::UTC))
    };
    prompts::not_yet_open(language, &in_zone(schedule.current(now).starts_at), &in_zone(now))
}
