//! One active conference: who is there, what each call is doing, and what has to be done about it.
//!
//! A state machine without I/O. Arrivals and [`Input`]s go in with the time; [`Effect`]s come out
//! of [`Session::poll_effect`], to be drained after each. Its invariants:
//!
//! - whoever arrives leaves through one place, with one [`Effect::Release`], one
//!   [`Event::Left`] and one [`Effect::Record`], all with the same ending;
//! - nobody stays halfway: each call that isn't in the room has a deadline;
//! - a page that applies the published events to a snapshot sees what a later snapshot shows;
//! - [`Effect::Rest`] follows when, and only when, the last participant has gone.

mod io;
mod participant;

use std::collections::{BTreeMap, VecDeque};

use jiff::Timestamp;

pub use self::io::{Arrival, Chime, Effect, Input};
use self::participant::Participant;
pub use self::participant::{JOIN_TIME_MAX, RING_GRACE};
use crate::admission::{Load, Permit};
use crate::call::{CallState, Progress, Via};
use crate::ending::Ending;
use crate::ids::{CallSecret, ParticipantId};
use crate::keypad::Command;
use crate::policy::Policy;
use crate::record::Conference;
use crate::view::{CallView, ConferenceStatus, Event, ParticipantView};

/// Ended calls that a session can still tell about, for the page that asks a moment too late.
pub const ENDED_CALLS_MAX: usize = 64;

/// One active conference.
#[derive(Debug)]
pub struct Session {
    conference: Conference,
    policy: Policy,
    participants: BTreeMap<ParticipantId, Participant>,
    arrivals: u64,
    ended_calls: VecDeque<CallView>,
    effects: VecDeque<Effect>,
}

impl Session {
    /// A session with nobody in it yet.
    #[must_use]
    pub fn new(conference: Conference, policy: Policy) -> Self {
        Self {
            conference,
            policy,
            participants: BTreeMap::new(),
            arrivals: 0,
            ended_calls: VecDeque::new(),
            effects: VecDeque::new(),
        }
    }

    /// Takes somebody in, by leave of [`Admission`](crate::Admission).
    pub fn arrive(&mut self, now: Timestamp, arrival: Arrival, _leave: Permit) -> ParticipantId {
        let was_active = self.is_active();
        self.arrivals += 1;
        let id = ParticipantId::new(self.arrivals);
        let begin = match &arrival {
            Arrival::CallMe { number, .. } => Effect::Dial {
                participant: id,
                number: number.clone(),
                ring_time: self.policy.ring_time,
            },
            Arrival::DialIn { .. } => Effect::Answer { participant: id },
        };
        let participant = Participant::new(id, arrival, now, self.policy.ring_time);
        let view = participant.view();
        let (via, muted) = (participant.via, participant.muted);
        self.participants.insert(id, participant);
        if !was_active {
            self.publish_status(now);
        }
        self.publish(Event::Participant(view));
        self.effects.push_back(begin);
        if via == Via::DialIn {
            self.effects.push_back(Effect::Join { participant: id, muted });
        }
        id
    }

    /// Takes what has happened.
    pub fn handle(&mut self, now: Timestamp, input: Input) {
        match input {
            Input::Progress { participant, progress } => self.progress(now, participant, progress),
            Input::Over { participant, ending } => {
                self.depart(now, participant, Departure { ending, hang_up: false });
            }
            Input::MediaLost { participant } => self.put_out(now, participant, Ending::MediaLost),
            Input::Digit { participant, digit } => self.digit(now, participant, digit),
            Input::Speaking { participant, speaking } => self.set_speaking(participant, speaking),
            Input::SetMuted { participant, muted } => self.set_muted(participant, muted),
            Input::HangUp { participant: id } => {
                if let Some(ending) = self.participants.get(&id).map(Participant::own_ending) {
                    self.put_out(now, id, ending);
                }
            }
            Input::Remove { participant } => self.put_out(now, participant, Ending::Removed),
            Input::End => self.end(now),
            Input::Stop => self.put_all_out(now, Ending::ServerStopped),
            Input::Timeout => self.timeout(now),
        }
    }

    /// The next thing to do.
    pub fn poll_effect(&mut self) -> Option<Effect> {
        self.effects.pop_front()
    }

    /// When [`Input::Timeout`] is due, if at all.
    #[must_use]
    pub fn next_timeout(&self) -> Option<Timestamp> {
        self.participants.values().filter_map(Participant::deadline).min()
    }

    /// The conference that this is a session of.
    #[must_use]
    pub const fn conference(&self) -> &Conference {
        &self.conference
    }

    /// Whether somebody is there or on the way.
    #[must_use]
    pub fn is_active(&self) -> bool {
        !self.participants.is_empty()
    }

    /// How busy it is.
    #[must_use]
    pub fn load(&self) -> Load {
        let count = |pred: fn(&Participant) -> bool| {
            self.participants.values().filter(|participant| pred(participant)).count()
        };
        Load {
            conferences_active: usize::from(self.is_active()),
            participants: self.participants.len(),
            being_placed: count(|participant| participant.state.is_being_placed()),
            outbound_calls: count(|participant| participant.via == Via::CallMe),
        }
    }

    /// Who is there, in the order in which they came.
    #[must_use]
    pub fn participants(&self) -> Vec<ParticipantView> {
        self.participants.values().map(Participant::view).collect()
    }

    /// One who is there.
    #[must_use]
    pub fn participant(&self, id: ParticipantId) -> Option<ParticipantView> {
        self.participants.get(&id).map(Participant::view)
    }

    /// The call that goes by `secret`, while it lasts and for a while after.
    #[must_use]
    pub fn call(&self, secret: CallSecret) -> Option<CallView> {
        self.participants
            .values()
            .find(|participant| participant.secret == Some(secret))
            .and_then(Participant::call_view)
            .or_else(|| self.ended_calls.iter().find(|call| call.id == secret).cloned())
    }

    fn progress(&mut self, now: Timestamp, id: ParticipantId, progress: Progress) {
        let Some(participant) = self.participants.get_mut(&id) else { return };
        if !participant.advance(now, progress) {
            return;
        }
        let (view, muted) = (participant.view(), participant.muted);
        self.publish(Event::Participant(view));
        match progress {
            Progress::Ringing => {}
            Progress::Answered => self.effects.push_back(Effect::Join { participant: id, muted }),
            Progress::Joined => self.effects.push_back(Effect::Announce(Chime::Entry)),
        }
    }

    fn digit(&mut self, now: Timestamp, id: ParticipantId, digit: char) {
        let Some(participant) = self.participants.get_mut(&id) else { return };
        match participant.keypad.press(now, digit) {
            Some(Command::ToggleMute) => {
                let muted = !participant.muted;
                self.set_muted(id, muted);
            }
            None => {}
        }
    }

    fn set_speaking(&mut self, id: ParticipantId, speaking: bool) {
        let Some(participant) = self.participants.get_mut(&id) else { return };
        // The mixer may be a moment behind a mute.
        let speaking = speaking && participant.is_in() && !participant.muted;
        if participant.speaking != speaking {
            participant.speaking = speaking;
            self.publish(Event::Speaking { id, speaking });
        }
    }

    fn set_muted(&mut self, id: ParticipantId, muted: bool) {
        let Some(participant) = self.participants.get_mut(&id) else { return };
        if participant.muted == muted {
            return;
        }
        participant.muted = muted;
        participant.speaking &= !muted;
        let (view, state) = (participant.view(), participant.state);
        self.publish(Event::Participant(view));
        // Before `Answered` the leg doesn't exist: `Join` will say whether it is muted.
        if !state.is_being_placed() {
            self.effects.push_back(Effect::SetMuted { participant: id, muted });
        }
        if state == CallState::InConference {
            let chime = if muted { Chime::Muted } else { Chime::Unmuted };
            self.effects.push_back(Effect::Play { participant: id, chime });
        }
    }

    fn end(&mut self, now: Timestamp) {
        if self.conference.ended_at.is_some() {
            return;
        }
        self.conference.ended_at = Some(now);
        if self.is_active() {
            self.put_all_out(now, Ending::ConferenceEnded);
        } else {
            self.publish_status(now);
        }
    }

    fn timeout(&mut self, now: Timestamp) {
        let overdue: Vec<_> = self
            .participants
            .values()
            .filter(|participant| participant.deadline().is_some_and(|deadline| deadline <= now))
            .map(|participant| (participant.id, participant.overdue_ending()))
            .collect();
        for (id, ending) in overdue {
            self.put_out(now, id, ending);
        }
    }

    fn put_all_out(&mut self, now: Timestamp, ending: Ending) {
        let everybody: Vec<_> = self.participants.keys().copied().collect();
        for id in everybody {
            self.put_out(now, id, ending);
        }
    }

    /// Ends a call that is still up.
    fn put_out(&mut self, now: Timestamp, id: ParticipantId, ending: Ending) {
        self.depart(now, id, Departure { ending, hang_up: true });
    }

    /// The one way out.
    fn depart(&mut self, now: Timestamp, id: ParticipantId, departure: Departure) {
        let Some(mut participant) = self.participants.remove(&id) else { return };
        let Departure { ending, hang_up } = departure;
        let was_in = participant.is_in();
        participant.state = CallState::Ended(ending);
        if let Some(call) = participant.call_view() {
            self.remember(call);
        }
        self.effects.push_back(Effect::Release { participant: id, ending, hang_up });
        if was_in
            && !departure.is_of_everybody()
            && self.participants.values().any(Participant::is_in)
        {
            self.effects.push_back(Effect::Announce(Chime::Exit));
        }
        self.publish(Event::Left { id, ending });
        let record = participant.into_record(self.conference.key, now, ending);
        self.effects.push_back(Effect::Record(record));
        if !self.is_active() {
            self.publish_status(now);
            self.effects.push_back(Effect::Rest);
        }
    }

    fn remember(&mut self, call: CallView) {
        if self.ended_calls.len() >= ENDED_CALLS_MAX {
            self.ended_calls.pop_front();
        }
        self.ended_calls.push_back(call);
    }

    fn publish(&mut self, event: Event) {
        self.effects.push_back(Effect::Publish(event));
    }

    fn publish_status(&mut self, now: Timestamp) {
        let active = self.is_active();
        let status = ConferenceStatus::new(&self.conference, &self.policy, active, now);
        self.publish(Event::Conference(status));
    }
}

struct Departure {
    ending: Ending,
    hang_up: bool,
}

impl Departure {
    /// Whether all leave together, so that no chime needs to tell the others.
    fn is_of_everybody(&self) -> bool {
        matches!(self.ending, Ending::ConferenceEnded | Ending::ServerStopped)
    }
}

#[cfg(test)]
mod tests;
