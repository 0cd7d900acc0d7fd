//! Calls before the room: where they stand meanwhile, what they are told there, and their PINs.
//!
//! A conference at whose doors somebody stands has an anteroom beside its room: all who wait are in there,
//! muted, and each hears what is said to it alone. Who is let in is moved over; who is sent away stays to hear why,
//! as a [`Role::Listening`] call of nobody's, and is then hung up.

use conference::{ConferenceKey, Input, ParticipantId, Pin, Prompt, Source};
use engine::{EngineError, RoomId};
use mixer::RoomSettings;
use sip::{CallId, HangUp};

use super::Switchboard;
use super::announcement::LISTENING_TIME_MAX;
use super::call::{Call, Entry, Place, Role, leg_of};
use super::media;
use crate::clock;
use crate::prompts;

impl Switchboard {
    /// Puts a call before the room of its conference.
    pub(super) fn receive(&mut self, key: ConferenceKey, id: CallId, held: bool) {
        let moved = self
            .anteroom(key)
            .and_then(|anteroom| self.engine.move_leg(leg_of(id), anteroom, true));
        match moved {
            Ok(()) => self.join(id, Entry { muted: true, held, place: Place::Anteroom }),
            Err(error) => {
                tracing::error!(%error, "a call can't be put before its room");
                self.drop_call(id, HangUp::MediaLost);
            }
        }
    }

    /// Moves a call that stands before the room into it.
    pub(super) fn let_through(&mut self, key: ConferenceKey, id: CallId, entry: Entry) {
        let moved =
            self.room(key).and_then(|room| self.engine.move_leg(leg_of(id), room, entry.muted));
        match moved.and_then(|()| self.take_in(id, entry)) {
            Ok(()) => {}
            Err(error) => {
                tracing::error!(%error, "a call can't be moved into its room");
                self.drop_call(id, HangUp::MediaLost);
            }
        }
    }

    /// Says something to a participant: before the room nothing else is heard, in it the others are.
    pub(super) fn say(&mut self, call: CallId, prompt: &Prompt) {
        let language = self.settings.language;
        let words = prompts::sentence(language, prompt);
        let key = self.calls.get(&call).and_then(Call::seat).map(|(key, _)| key);
        let name_of = |participant| self.said_name(key?, participant);
        let clip = self.prompts.say_with_names(language, &words, name_of);
        self.play(call, media::over_the_mix(clip));
    }

    /// Has music play for all who are somewhere, or no more.
    pub(super) fn set_music(&mut self, key: ConferenceKey, place: conference::Place, on: bool) {
        let Some(active) = self.conferences.get(key) else { return };
        let room = match place {
            conference::Place::Room => active.room,
            conference::Place::Anteroom => active.anteroom,
        };
        let Some(room) = room else { return };
        if let Err(error) = self.engine.set_music(room, on.then(|| self.prompts.music())) {
            tracing::warn!(conference = ?key, %error, "music isn't heard by everybody, or goes on");
        }
    }

    /// Says something to everybody, in break-out rooms as well.
    pub(super) fn say_to_all(&mut self, key: ConferenceKey, prompt: &Prompt) {
        let language = self.settings.language;
        let clip = self.prompts.say(language, &prompts::sentence(language, prompt));
        let Some(active) = self.conferences.get_mut(key) else { return };
        active.announcer.note(clock::now(), clip.duration());
        let aside = prompts::sentence_in_breakout(language, prompt);
        let aside = self.prompts.say(language, &aside);
        let rooms = active.room.iter().map(|room| (room, &clip));
        for (room, clip) in rooms.chain(active.breakouts.values().map(|room| (room, &aside))) {
            if let Err(error) = self.engine.broadcast(*room, clip) {
                tracing::error!(conference = ?key, %error, "not everybody hears an announcement");
            }
        }
    }

    /// Tells a call that is nobody's any more why, and hangs up. Its leg stays in the anteroom until then, or is taken
    /// there, so that nobody hears it or is heard by it any more.
    pub(super) fn bid_farewell(&mut self, key: ConferenceKey, id: CallId, prompt: &Prompt) {
        // What it may have begun to say is of no use.
        drop(self.leave_booth(key, id));
        match self.take_outside(key, id) {
            Some(room) => {
                if let Some(call) = self.calls.get_mut(&id) {
                    let until = clock::now() + LISTENING_TIME_MAX;
                    call.role = Role::Listening { room, until };
                }
                self.say(id, prompt);
            }
            None => self.free(id, Some(HangUp::Normal)),
        }
    }

    /// Has a leg be in the anteroom, if it stands there or in the room; that room.
    fn take_outside(&mut self, key: ConferenceKey, id: CallId) -> Option<RoomId> {
        self.calls.get(&id).filter(|call| call.is_attached)?;
        let moved = self.anteroom(key).and_then(|anteroom| {
            self.engine.move_leg(leg_of(id), anteroom, true)?;
            Ok(anteroom)
        });
        moved.inspect_err(|error| tracing::debug!(%error, "it isn't told why it is sent away")).ok()
    }

    /// Looks at a PIN that was typed on a phone.
    pub(super) fn check_pin(&mut self, key: ConferenceKey, participant: ParticipantId, pin: &Pin) {
        let Some(active) = self.conferences.get(key) else { return };
        let number = active.session.number(participant).cloned();
        let source = number.map_or(Source::Withheld, Source::Number);
        let conference = active.session.conference().clone();
        let checked = self.admission.check_pin(clock::now(), &conference, source, pin);
        if let Err(refusal) = &checked {
            self.note_refusal(key, refusal);
        }
        self.input(key, Input::PinChecked { participant, role: checked.ok() });
    }

    /// Closes an anteroom that nobody stands in any more, as soon as the last has heard its farewell.
    pub(super) fn close_if_unused(&mut self, room: RoomId) {
        let is_in_use = self.conferences.has_anteroom(room)
            || self.calls.values().any(|call| call.listens_in(room));
        if is_in_use {
            return;
        }
        match self.engine.close_room(room) {
            Ok(()) | Err(EngineError::UnknownRoom(_)) => {}
            Err(error) => tracing::warn!(%error, "a room can't be closed"),
        }
    }

    /// The room before a conference's room, opened if need be.
    pub(super) fn anteroom(&mut self, key: ConferenceKey) -> Result<RoomId, EngineError> {
        if let Some(room) = self.conferences.get(key).and_then(|active| active.anteroom) {
            return Ok(room);
        }
        let beside = self.room(key)?;
        let room = self.conferences.next_room();
        let members_max = self.members_max();
        let comfort_noise = self.settings.comfort_noise;
        let settings = RoomSettings { members_max, comfort_noise, ..RoomSettings::default() };
        self.engine.open_room_beside(room, beside, settings)?;
        if let Some(active) = self.conferences.get_mut(key) {
            active.anteroom = Some(room);
        }
        Ok(room)
    }
}
