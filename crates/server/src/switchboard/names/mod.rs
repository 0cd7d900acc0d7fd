//! Names that callers say: each is asked in a booth, a room of its own, whose sound is taken out by a tap and looked
//! at here, outside the media threads. Nothing of it is ever written.
//!
//! A booth stands beside the room before the conference's, and its caller goes back there when the name is said, and on
//! from there into the room, if that is where it came from. The name stays with the call until another one is said, and
//! is freed with it.

mod take;

use std::collections::HashMap;
use std::time::Duration;

use conference::{ConferenceKey, Input, ParticipantId, Prompt};
use engine::{EngineError, RoomId, Tap, TapSettings};
use jiff::Timestamp;
use mixer::{Heed, RoomSettings};
use sip::{CallId, HangUp};

use self::take::Take;
use super::Switchboard;
use super::call::{Call, leg_of};
use crate::clock;
use crate::prompts::{self, SaidName};

/// Booths at once. Who finds none goes on without a name.
const BOOTHS_MAX: usize = 64;

/// How long somebody is in a booth at most: to be asked, to think, and to say it.
const BOOTH_TIME_MAX: Duration = Duration::from_secs(25);

/// For how long a booth's sound waits to be taken: 200 KB of it.
const TAP_TICKS: usize = 50;

/// The booths in use.
#[derive(Default)]
pub(super) struct Booths {
    by_call: HashMap<CallId, Booth>,
}

/// Where somebody says its name.
struct Booth {
    room: RoomId,
    tap: Tap,
    /// What is said, since the tone has sounded.
    take: Option<Take>,
    until: Timestamp,
}

impl Booths {
    /// The tone has sounded: from now on a name is said. False if that is nobody in a booth.
    pub(super) fn begin(&mut self, call: CallId) -> bool {
        let Some(booth) = self.by_call.get_mut(&call) else { return false };
        // Whatever was said before isn't meant.
        booth.tap.drain(|_| {});
        booth.take.get_or_insert_with(Take::new);
        true
    }

    /// Takes what was said, and gives those who are done.
    fn listen(&mut self, now: Timestamp) -> Vec<CallId> {
        let mut done = Vec::new();
        for (call, booth) in &mut self.by_call {
            let Booth { tap, take, until, .. } = booth;
            let mut is_over = *until <= now;
            tap.drain(|tapped| {
                is_over |= take.as_mut().is_some_and(|take| !is_over && take.hear(&tapped.frame));
            });
            if is_over {
                done.push(*call);
            }
        }
        done
    }
}

impl Switchboard {
    /// Asks a caller for its name. If that can't be, it goes on without.
    pub(super) fn ask_name(&mut self, key: ConferenceKey, participant: ParticipantId) {
        let Some(call) = self.call_of(key, participant) else { return };
        match self.open_booth(key, call) {
            Ok(()) => self.say(call, &Prompt::SayName),
            Err(error) => {
                tracing::warn!(%call, %error, "a caller isn't asked for its name");
                self.input(key, Input::NameTaken { participant, is_kept: false });
            }
        }
    }

    /// Takes what a caller has said so far for its name.
    pub(super) fn end_name(&mut self, key: ConferenceKey, participant: ParticipantId) {
        let Some(call) = self.call_of(key, participant) else { return };
        let name = self.leave_booth(key, call);
        let is_kept = name.is_some();
        if let Some(call) = self.calls.get_mut(&call) {
            call.name = name.or(call.name.take());
        }
        self.input(key, Input::NameTaken { participant, is_kept });
    }

    /// Looks who has said its name.
    pub(super) fn tend_booths(&mut self) {
        for call in self.booths.listen(clock::now()) {
            if let Some((key, participant)) = self.calls.get(&call).and_then(Call::seat) {
                self.end_name(key, participant);
                self.carry_out(key);
            }
        }
    }

    /// Takes a caller back before the room, if it is in a booth, and gives the name that it has said there.
    pub(super) fn leave_booth(&mut self, key: ConferenceKey, call: CallId) -> Option<SaidName> {
        let booth = self.booths.by_call.remove(&call)?;
        let back = self
            .anteroom(key)
            .and_then(|anteroom| self.engine.move_leg(leg_of(call), anteroom, true));
        self.close_booth(booth.room);
        if let Err(error) = back {
            tracing::error!(%call, %error, "a caller can't be taken back before its room");
            self.drop_call(call, HangUp::MediaLost);
        }
        booth.take.and_then(Take::name)
    }

    /// Closes the booth of a call that is over or elsewhere, if it was in one.
    pub(super) fn abandon_booth(&mut self, call: CallId) {
        if let Some(booth) = self.booths.by_call.remove(&call) {
            self.close_booth(booth.room);
        }
    }

    /// The name that a participant has said.
    pub(super) fn said_name(
        &self,
        key: ConferenceKey,
        participant: ParticipantId,
    ) -> Option<&SaidName> {
        self.call_of(key, participant).and_then(|call| self.calls.get(&call)?.name.as_ref())
    }

    /// Has everybody hear who comes or goes.
    pub(super) fn announce_name(
        &mut self,
        key: ConferenceKey,
        participant: ParticipantId,
        comes: bool,
    ) {
        let words = prompts::comes_or_goes(participant, comes);
        let name_of = |participant| self.said_name(key, participant);
        let clip = self.prompts.say_with_names(self.settings.language, &words, name_of);
        let Some(active) = self.conferences.get_mut(key) else { return };
        active.announcer.queue(clip);
        self.announce_next(key);
    }

    fn open_booth(&mut self, key: ConferenceKey, call: CallId) -> Result<(), BoothError> {
        if self.booths.by_call.len() >= BOOTHS_MAX {
            return Err(BoothError::Full);
        }
        let anteroom = self.anteroom(key)?;
        let room = self.conferences.next_room();
        let settings = RoomSettings {
            members_max: 1,
            strip: self.settings.strip,
            heed: Heed::Speech,
            ..RoomSettings::default()
        };
        self.engine.open_room_beside(room, anteroom, settings)?;
        match self.furnish(room, call) {
            Ok(tap) => {
                let until = clock::now() + BOOTH_TIME_MAX;
                self.booths.by_call.insert(call, Booth { room, tap, take: None, until });
                Ok(())
            }
            Err(error) => {
                self.close_booth(room);
                Err(error.into())
            }
        }
    }

    /// Has a booth tapped, and a caller in there who can be heard.
    fn furnish(&mut self, room: RoomId, call: CallId) -> Result<Tap, EngineError> {
        let tap = self.engine.tap_room(room, TapSettings { voices: false, ticks: TAP_TICKS })?;
        self.engine.move_leg(leg_of(call), room, false)?;
        Ok(tap)
    }

    fn close_booth(&mut self, room: RoomId) {
        if let Err(error) = self.engine.close_room(room) {
            tracing::warn!(%error, "a booth can't be closed");
        }
    }
}

/// Why somebody isn't asked for its name.
#[derive(Debug, thiserror::Error)]
enum BoothError {
    #[error("all booths are in use")]
    Full,
    #[error(transparent)]
    Engine(#[from] EngineError),
}
