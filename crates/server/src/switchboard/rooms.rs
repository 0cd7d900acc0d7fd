//! Break-out rooms, whispers and volumes, as the media world has them.

use conference::{
    Breakout, CallSecret, CallView, ConferenceKey, Input, ParticipantId, Role, Session, Volume,
};
use engine::{EngineError, RoomId};
use sip::CallId;

use super::Switchboard;
use super::call::leg_of;
use super::errors::NotWhispered;

impl Switchboard {
    /// Takes a call to the room that its participant is in now. Where there is no place for that room, it comes back.
    pub(super) fn move_call(
        &mut self,
        key: ConferenceKey,
        participant: ParticipantId,
        breakout: Option<Breakout>,
        muted: bool,
    ) {
        let Some(call) = self.call_of(key, participant) else { return };
        let room = match breakout {
            Some(breakout) => self.breakout_room(key, breakout),
            None => self.room(key),
        };
        let moved = room.and_then(|room| self.engine.move_leg(leg_of(call), room, muted));
        if let Err(error) = moved {
            tracing::warn!(%call, %error, "a call can't be taken to another room");
            if breakout.is_some() {
                self.input(key, Input::SetBreakout { participant, breakout: None });
            }
        }
        // Who is taken elsewhere says its name no more.
        self.abandon_booth(call);
        self.close_empty_breakouts(key);
    }

    /// Has a call be heard by one other alone, or by all again.
    pub(super) fn whisper(
        &mut self,
        key: ConferenceKey,
        participant: ParticipantId,
        to: Option<ParticipantId>,
    ) {
        let Some(call) = self.call_of(key, participant) else { return };
        let done = match to.map(|to| self.call_of(key, to)) {
            None => self.engine.end_whisper(leg_of(call)),
            Some(Some(to)) => self.engine.whisper(leg_of(call), leg_of(to)),
            Some(None) => return,
        };
        if let Err(error) = done {
            tracing::warn!(%call, %error, "a call can't whisper");
            if to.is_some() {
                self.input(key, Input::Whisper { participant, to: None });
            }
        }
    }

    /// Has a host whose call goes by that secret whisper, if that can be.
    pub(super) fn whisper_for(
        &mut self,
        key: ConferenceKey,
        secret: CallSecret,
        to: Option<ParticipantId>,
    ) -> Result<CallView, NotWhispered> {
        let here = self.session(key).ok_or(NotWhispered::NoCall)?;
        let participant = here.call(secret).ok_or(NotWhispered::NoCall)?.participant;
        if here.role_of(secret) != Some(Role::Host) {
            return Err(NotWhispered::NoHost);
        }
        self.advance(key, Input::Whisper { participant, to });
        let here = self.session(key).ok_or(NotWhispered::NoCall)?;
        if to.is_some_and(|to| !here.whispers(participant, to)) {
            return Err(NotWhispered::OutOfReach);
        }
        here.call(secret).ok_or(NotWhispered::NoCall)
    }

    /// Turns a call up or down for all others.
    pub(super) fn set_volume(&mut self, call: CallId, volume: Volume) {
        if let Err(error) = self.engine.set_volume(leg_of(call), f32::from(volume.decibels())) {
            tracing::warn!(%call, %error, "a leg can't be turned up or down");
        }
    }

    /// Closes all break-out rooms of a conference that comes to rest.
    pub(super) fn close_breakouts(&mut self, key: ConferenceKey) {
        let Some(active) = self.conferences.get_mut(key) else { return };
        for (_, room) in std::mem::take(&mut active.breakouts) {
            self.close_breakout(room);
        }
    }

    fn session(&self, key: ConferenceKey) -> Option<&Session> {
        self.conferences.get(key).map(|active| &active.session)
    }

    fn close_empty_breakouts(&mut self, key: ConferenceKey) {
        let Some(active) = self.conferences.get_mut(key) else { return };
        let in_use: Vec<Breakout> = active.session.breakouts().collect();
        let mut empty = Vec::new();
        active.breakouts.retain(|breakout, room| {
            let is_in_use = in_use.contains(breakout);
            if !is_in_use {
                empty.push(*room);
            }
            is_in_use
        });
        for room in empty {
            self.close_breakout(room);
        }
    }

    fn close_breakout(&mut self, room: RoomId) {
        if let Err(error) = self.engine.close_room(room) {
            tracing::warn!(%error, "a break-out room can't be closed");
        }
    }

    /// The room of this number, opened beside the conference's own if need be.
    fn breakout_room(
        &mut self,
        key: ConferenceKey,
        breakout: Breakout,
    ) -> Result<RoomId, EngineError> {
        let active = self.conferences.get(key);
        if let Some(room) = active.and_then(|active| active.breakouts.get(&breakout)) {
            return Ok(*room);
        }
        let beside = self.room(key)?;
        let room = self.conferences.next_room();
        self.engine.open_room_beside(room, beside, self.room_settings())?;
        if let Some(active) = self.conferences.get_mut(key) {
            active.breakouts.insert(breakout, room);
        }
        Ok(room)
    }
}
