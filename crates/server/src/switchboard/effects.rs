//! Carries out what a session wants done. This is the one place where calls end.

use std::time::Duration;

use audio::tone::Tone;
use conference::{
    CallRecord, Chime, ConferenceKey, Effect, Ending, Input, ParticipantId, PhoneNumber, Progress,
    Prompt,
};
use mixer::{Denoise, Heed, RoomSettings};
use sip::{CallId, HangUp, Rejection};

use super::Switchboard;
use super::announcer::Announcer;
use super::call::{Call, Entry, FarEnd, Place, leg_of};
use super::media;
use crate::clock;
use crate::metrics::names;
use crate::prompts;

/// Places in a room for legs that are on their way out: a browser that comes again is there before
/// the worker has let go of its leg from before.
const LEAVING_MAX: usize = 16;

/// When to call again after there was no room.
const RETRY_AFTER: Duration = Duration::from_secs(30);

impl Switchboard {
    /// Gives a session an input and does what follows.
    pub(super) fn advance(&mut self, key: ConferenceKey, input: Input) {
        self.input(key, input);
        self.carry_out(key);
    }

    /// Gives a session an input; [`carry_out`](Self::carry_out) is still to do.
    pub(super) fn input(&mut self, key: ConferenceKey, input: Input) {
        if let Some(active) = self.conferences.get_mut(key) {
            active.session.handle(clock::now(), input);
        }
    }

    /// Does all that a session wants done. What fails goes back into the session, whose effects of that
    /// are done in turn.
    pub(super) fn carry_out(&mut self, key: ConferenceKey) {
        let next = |this: &mut Self| this.conferences.get_mut(key)?.session.poll_effect();
        while let Some(effect) = next(self) {
            self.carry_out_one(key, effect);
        }
    }

    fn carry_out_one(&mut self, key: ConferenceKey, effect: Effect) {
        self.tell_programs(key, &effect);
        match effect {
            Effect::Dial { participant, number, ring_time } => {
                self.dial(key, participant, &number, ring_time);
            }
            Effect::Answer { participant } => self.answer(key, participant),
            Effect::Join { participant, muted, held } => {
                if let Some(call) = self.call_of(key, participant) {
                    self.bring_in(key, call, Entry { muted, held, place: Place::Room });
                }
            }
            Effect::Receive { participant, held } => {
                if let Some(call) = self.call_of(key, participant) {
                    self.receive(key, call, held);
                }
            }
            Effect::Say { participant, prompt } => {
                if let Some(call) = self.call_of(key, participant) {
                    self.say(call, &prompt);
                }
            }
            Effect::AskName { participant } => self.ask_name(key, participant),
            Effect::EndName { participant } => self.end_name(key, participant),
            Effect::AnnounceName { participant, comes } => {
                self.announce_name(key, participant, comes);
            }
            Effect::SetMusic { place, on } => self.set_music(key, place, on),
            Effect::SayToAll { prompt } => self.say_to_all(key, &prompt),
            Effect::PrepareRecording { participant } => self.prepare_recording(key, participant),
            Effect::StartRecording { recording, voices } => {
                self.start_tape(key, recording, voices);
            }
            Effect::StopRecording { recording, ending } => self.stop_tape(recording, ending),
            Effect::CheckPin { participant, pin } => self.check_pin(key, participant, &pin),
            Effect::SetMuted { participant, muted } => {
                if let Some(call) = self.call_of(key, participant) {
                    self.set_muted(call, muted);
                }
            }
            Effect::SetHeld { participant, held } => {
                if let Some(call) = self.call_of(key, participant) {
                    self.set_held(call, held);
                }
            }
            Effect::SetVolume { participant, volume } => {
                if let Some(call) = self.call_of(key, participant) {
                    self.set_volume(call, volume);
                }
            }
            Effect::Whisper { participant, to } => self.whisper(key, participant, to),
            Effect::Move { participant, breakout, muted } => {
                self.move_call(key, participant, breakout, muted);
            }
            Effect::Announce(chime) => self.announce(key, chime),
            Effect::Play { participant, chime } => {
                if let Some(call) = self.call_of(key, participant) {
                    self.play(call, media::chime(tone_of(chime)));
                }
            }
            Effect::Release { participant, ending, hang_up, farewell } => {
                self.release(key, participant, hang_up.then(|| reason_of(ending)), farewell);
            }
            Effect::Publish(event) => self.watchers.publish(key, &event),
            Effect::Record(record) => self.record(record),
            Effect::Rest => self.close_room(key),
        }
    }

    fn tell_programs(&mut self, key: ConferenceKey, effect: &Effect) {
        let Some(active) = self.conferences.get_mut(key) else { return };
        let conference = active.session.conference();
        if let Some(notice) = active.herald.hear(conference, effect, clock::now()) {
            self.notices.tell(notice);
        }
    }

    pub(super) fn call_of(&self, key: ConferenceKey, participant: ParticipantId) -> Option<CallId> {
        self.conferences.get(key)?.calls.get(&participant).copied()
    }

    /// Whether a listener of two channels hears the others from left to right where this call is.
    pub(super) fn places_voices(&self, call: CallId) -> bool {
        let seat = self.calls.get(&call).and_then(Call::seat);
        let active = seat.and_then(|(key, _)| self.conferences.get(key));
        let chosen = active.and_then(|active| active.session.conference().placement);
        chosen.unwrap_or(self.admission.policy().placement)
    }

    /// The call failed on our side or the trunk's: the session shall let it go.
    pub(super) fn fail(&mut self, key: ConferenceKey, participant: ParticipantId) {
        let call = self.call_of(key, participant).and_then(|call| self.calls.get(&call));
        let ending = match call.and_then(Call::browser) {
            Some(_) => Ending::NotConnected,
            None => Ending::TrunkFailed,
        };
        self.input(key, Input::Over { participant, ending });
    }

    /// The conference's room in the engine, opened if need be.
    pub(super) fn room(
        &mut self,
        key: ConferenceKey,
    ) -> Result<engine::RoomId, engine::EngineError> {
        if let Some(room) = self.conferences.get(key).and_then(|active| active.room) {
            return Ok(room);
        }
        let room = self.conferences.next_room();
        self.engine.open_room(room, self.room_settings())?;
        if let Some(active) = self.conferences.get_mut(key) {
            active.room = Some(room);
        }
        Ok(room)
    }

    /// How a room is set up in which people confer.
    pub(super) fn room_settings(&self) -> RoomSettings {
        RoomSettings {
            members_max: self.members_max(),
            strip: self.settings.strip,
            comfort_noise: self.settings.comfort_noise,
            heed: Heed::Speech,
            ..RoomSettings::default()
        }
    }

    /// Members of a room, those on their way out included.
    pub(super) fn members_max(&self) -> usize {
        self.admission.policy().participants_per_conference_max + LEAVING_MAX
    }

    /// Picks up a call that came in.
    fn answer(&mut self, key: ConferenceKey, participant: ParticipantId) {
        let Some(call) = self.call_of(key, participant) else { return };
        let is_browser = self.calls.get(&call).is_some_and(|call| call.browser().is_some());
        let answered = match self.room(key) {
            Ok(room) if is_browser => self.answer_browser(call, room),
            Ok(room) => self.pick_up(call, room),
            Err(error) => Err(error.into()),
        };
        let Err(error) = answered else { return };
        tracing::warn!(%call, %error, "a call can't be answered");
        if !is_browser {
            let rejection = Rejection { status: error.status(), retry_after: Some(RETRY_AFTER) };
            self.tell_sip(call, |sip| sip.reject(call, rejection));
        }
        self.fail(key, participant);
    }

    fn announce(&mut self, key: ConferenceKey, chime: Chime) {
        let Some(room) = self.conferences.get(key).and_then(|active| active.room) else { return };
        if let Err(error) = self.engine.announce(room, tone_of(chime)) {
            tracing::debug!(%error, "a chime is left out");
        }
        if chime == Chime::Entry && self.settings.announce_alone {
            self.greet_the_only_one(key);
        }
    }

    fn greet_the_only_one(&mut self, key: ConferenceKey) {
        let Some(active) = self.conferences.get(key) else { return };
        let only = match active.session.participants().as_slice() {
            [only] => only.id,
            _ => return,
        };
        if let Some(call) = self.call_of(key, only) {
            let clip = self.prompts.say(self.settings.language, &prompts::alone());
            self.play(call, media::over_the_mix(clip));
        }
    }

    fn set_muted(&mut self, call: CallId, muted: bool) {
        if let Some(joining) = self.calls.get_mut(&call).and_then(|call| call.joining.as_mut()) {
            joining.muted = muted;
            return;
        }
        if let Err(error) = self.engine.set_muted(leg_of(call), muted) {
            tracing::warn!(%call, %error, "a leg can't be muted");
        }
    }

    /// Has noise taken out of what is said there, now or as soon as there is a leg.
    pub(super) fn set_denoise(&mut self, id: CallId, denoise: Denoise) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        call.denoise = Some(denoise);
        if call.is_attached
            && let Err(error) = self.engine.set_denoise(leg_of(id), call.denoise)
        {
            tracing::warn!(call = %id, %error, "a leg's noise can't be dealt with");
        }
    }

    fn set_held(&mut self, call: CallId, held: bool) {
        if let Some(joining) = self.calls.get_mut(&call).and_then(|call| call.joining.as_mut()) {
            joining.held = held;
            return;
        }
        if let Err(error) = self.engine.set_held(leg_of(call), held) {
            tracing::warn!(%call, %error, "a leg can't be held");
        }
    }

    fn release(
        &mut self,
        key: ConferenceKey,
        id: ParticipantId,
        hang_up: Option<HangUp>,
        farewell: Option<Prompt>,
    ) {
        let Some(active) = self.conferences.get_mut(key) else { return };
        let Some(call) = active.calls.remove(&id) else { return };
        match farewell {
            Some(prompt) => self.bid_farewell(key, call, &prompt),
            None => self.free(call, hang_up),
        }
    }

    /// Into the room: from before it, or as a leg that is still to be built.
    fn bring_in(&mut self, key: ConferenceKey, call: CallId, entry: Entry) {
        match self.calls.get(&call).is_some_and(|call| call.is_attached) {
            true => self.let_through(key, call, entry),
            false => self.join(call, entry),
        }
    }

    /// Forgets a call: its leg is freed, and the other side hung up on if it is still there.
    pub(super) fn free(&mut self, call: CallId, hang_up: Option<HangUp>) {
        let Some(freed) = self.calls.remove(&call) else { return };
        self.abandon_booth(call);
        let _in_span = freed.span.enter();
        let has_leg = match freed.far_end {
            FarEnd::Phone(phone) => {
                if let Some(reason) = hang_up {
                    self.tell_sip(call, |sip| sip.hang_up(call, reason));
                }
                phone.session.is_some()
            }
            FarEnd::Browser(browser) => {
                self.part_from_browser(call);
                browser.has_leg()
            }
        };
        if has_leg && let Err(error) = self.engine.detach(leg_of(call)) {
            tracing::debug!(%error, "the leg was gone already");
        }
    }

    fn record(&mut self, record: CallRecord) {
        let ending = record.ending.as_str();
        let via = record.via.as_str();
        tracing::info!(conference = ?record.conference, participant = %record.participant, via, ending, "call ended");
        self.metrics.count(names::CALLS_ENDED, Some(("ending", ending)));
        self.recorder.record(record);
    }

    fn close_room(&mut self, key: ConferenceKey) {
        self.close_breakouts(key);
        let Some(active) = self.conferences.get_mut(key) else { return };
        let (room, anteroom) = (active.room.take(), active.anteroom.take());
        active.announcer = Announcer::default();
        if let Some(anteroom) = anteroom {
            self.close_if_unused(anteroom);
        }
        let Some(room) = room else { return };
        if let Err(error) = self.engine.close_room(room) {
            tracing::warn!(%error, "a room can't be closed");
        }
    }

    /// The leg is in the room: the participant is in the conference.
    pub(super) fn joined(&mut self, key: ConferenceKey, participant: ParticipantId) {
        self.input(key, Input::Progress { participant, progress: Progress::Joined });
    }

    /// Gives signalling a command. It refuses only when it is overwhelmed or has stopped, and then ends
    /// the call by itself sooner or later.
    pub(super) fn tell_sip(
        &self,
        call: CallId,
        command: impl FnOnce(&sip::SipHandle) -> Result<(), sip::SipError>,
    ) {
        if let Err(error) = command(&self.sip) {
            tracing::error!(%call, %error, "signalling takes no command");
        }
    }

    fn dial(
        &mut self,
        key: ConferenceKey,
        id: ParticipantId,
        to: &PhoneNumber,
        ring_time: Duration,
    ) {
        let dialled = match self.room(key) {
            Ok(room) => self.call_out(key, id, to, ring_time, room),
            Err(error) => Err(error.into()),
        };
        if let Err(error) = dialled {
            tracing::warn!(number = to.masked(), %error, "a call can't be placed");
            self.fail(key, id);
        }
    }
}

fn tone_of(chime: Chime) -> Tone {
    match chime {
        // Whom a knock is for hears it alone; then all hear the same as whoever knocked comes in.
        Chime::Entry | Chime::Knock => Tone::Entry,
        Chime::Exit => Tone::Exit,
        Chime::Muted => Tone::Muted,
        Chime::Unmuted => Tone::Unmuted,
    }
}

fn reason_of(ending: Ending) -> HangUp {
    match ending {
        Ending::ConferenceEnded | Ending::Removed => HangUp::Cleared,
        Ending::MediaLost => HangUp::MediaLost,
        Ending::ServerStopped => HangUp::Stopping,
        _ => HangUp::Normal,
    }
}
