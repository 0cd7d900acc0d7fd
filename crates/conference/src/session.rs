//! One active conference: who is there, what each call is doing, and what has to be done about it.
//!
//! A state machine without I/O. Arrivals and [`Input`]s go in with the time; [`Effect`]s come out
//! of [`Session::poll_effect`], to be drained after each. Its invariants:
//!
//! - whoever arrives leaves through one place, with one [`Effect::Release`], one
//!   [`Event::Left`] and one [`Effect::Record`], all with the same ending;
//! - nobody stays halfway: each call that isn't in the room has a deadline;
//! - nobody is in the room who has not passed each [`Door`](crate::Door) before it;
//! - a person who is there by phone and by browser is muted or not by both alike, is heard by one
//!   of them at a time, and comes and goes with one chime each;
//! - a page that applies the published events to a snapshot sees what a later snapshot shows;
//! - [`Effect::Rest`] follows when, and only when, the last participant has gone.

mod breakout;
mod doors;
mod hosting;
mod io;
mod names;
mod participant;
mod person;
mod recording;
mod roll;
mod sound;
mod waiting;
mod whisper;

use std::collections::{BTreeMap, VecDeque};

use jiff::Timestamp;

pub use self::breakout::GATHERING_TIME;
pub use self::doors::WRONG_PINS_PER_CALL_MAX;
pub use self::hosting::HOST_RETURN_TIME;
pub use self::io::{Arrival, Chime, Effect, Input, Place};
use self::names::Announced;
pub use self::names::NAMES_MAX;
use self::participant::Participant;
pub use self::participant::{CONNECT_TIME_MAX, JOIN_TIME_MAX, RING_GRACE};
use self::recording::Tape;
use self::waiting::Music;
use crate::access::Role;
use crate::admission::{Load, Permit};
use crate::call::{CallState, Progress, Via};
use crate::details::DetailsView;
use crate::ending::Ending;
use crate::ids::{CallSecret, ParticipantId};
use crate::phone::PhoneNumber;
use crate::policy::Policy;
use crate::prompt::Prompt;
use crate::record::Conference;
use crate::view::{Activity, CallView, ConferenceStatus, Event, ParticipantView};
use crate::volume::Volume;

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
    /// When the room ends by its set time, for those who are there now.
    closes_at: Option<Timestamp>,
    /// Whether only hosts may come in.
    is_locked: bool,
    /// Whether a host has been in since the last rest, or has had it begin from a page.
    has_begun: bool,
    /// By when a host has to come back, or else the session ends.
    host_due_at: Option<Timestamp>,
    /// The set time for which somebody has come early.
    starts_at: Option<Timestamp>,
    /// When those in break-out rooms are brought back, if they are to be.
    gathers_at: Option<Timestamp>,
    music: Music,
    /// Whose names were announced lately.
    announced: Announced,
    /// The recording that is being made, or the last one.
    tape: Option<Tape>,
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
            closes_at: None,
            is_locked: false,
            has_begun: false,
            host_due_at: None,
            starts_at: None,
            gathers_at: None,
            music: Music::default(),
            announced: Announced::default(),
            tape: None,
        }
    }

    /// Takes somebody in, by leave of [`Admission`](crate::Admission).
    pub fn arrive(&mut self, now: Timestamp, arrival: Arrival, _leave: Permit) -> ParticipantId {
        let was_active = self.is_active();
        if !was_active {
            self.set_closing_time(now);
        }
        self.arrivals += 1;
        let id = ParticipantId::new(self.arrivals);
        let begin = match &arrival {
            Arrival::CallMe { number, .. } => Effect::Dial {
                participant: id,
                number: number.clone(),
                ring_time: self.policy.ring_time,
            },
            Arrival::DialIn { .. } | Arrival::Browser { .. } => Effect::Answer { participant: id },
        };
        let ties = self.ties_of(&arrival);
        let mut participant = Participant::new(id, arrival, now, self.policy.ring_time);
        self.tie(&mut participant, ties);
        participant.passage.is_early = participant.via == Via::DialIn && self.is_closed(now);
        let view = participant.view();
        let state = participant.state;
        self.participants.insert(id, participant);
        if !was_active {
            self.publish_status(now);
        }
        self.publish(Event::Participant(view));
        self.show_tie(ties);
        for before in [ties.replaced, ties.ousted].into_iter().flatten() {
            self.put_out(now, before, Ending::Replaced);
        }
        self.effects.push_back(begin);
        if state == CallState::Answered {
            self.approach(now, id);
        }
        self.review_gathering(now);
        self.review_music();
        id
    }

    /// Takes what has happened.
    pub fn handle(&mut self, now: Timestamp, input: Input) {
        // They come all the time, and in a large room from thousands; who is there stays the same.
        let is_of_sound = matches!(input, Input::Speaking { .. } | Input::Quality { .. });
        match input {
            Input::Progress { participant, progress } => self.progress(now, participant, progress),
            Input::Received { participant } => self.received(now, participant),
            Input::Told { participant } => self.told(now, participant),
            Input::PinChecked { participant, role } => self.pin_checked(now, participant, role),
            Input::NameTaken { participant, is_kept } => {
                self.name_taken(now, participant, is_kept);
            }
            Input::Over { participant, ending } => {
                self.depart(now, participant, Departure::alone(ending));
            }
            Input::MediaLost { participant } => self.put_out(now, participant, Ending::MediaLost),
            Input::Digit { participant, digit } => self.digit(now, participant, digit),
            Input::Speaking { participant, speaking } => self.set_speaking(participant, speaking),
            Input::EchoFound { participant } => self.tell_of_echo(now, participant),
            Input::Quality { participant, measured } => self.measure(now, participant, measured),
            Input::SetMuted { participant, muted, by } => self.set_muted(participant, muted, by),
            Input::HangUp { participant: id } => {
                if let Some(ending) = self.participants.get(&id).map(Participant::own_ending) {
                    self.put_out(now, id, ending);
                }
            }
            Input::Admit { participant } => self.admit(now, participant),
            Input::SetLocked { locked } => self.set_locked(now, locked),
            Input::Begin => self.begin(now),
            Input::MuteAll => self.mute_all(),
            Input::SetHand { participant, raised } => self.set_hand(participant, raised),
            Input::Rename { participant, name } => self.rename(participant, &name),
            Input::SetVolume { participant, volume } => self.set_volume(participant, volume),
            Input::Whisper { participant, to } => self.set_whisper(participant, to),
            Input::SetBreakout { participant, breakout } => {
                self.set_breakout(participant, breakout);
            }
            Input::Gather => self.gather(now),
            Input::Remove { participant } => self.remove(now, participant),
            Input::Change { conference } => self.change(now, *conference),
            Input::Record { recording, voices } => self.record(now, recording, voices),
            Input::NotRecorded { participant } => self.say(participant, Prompt::NotPossible),
            Input::StopRecording => self.stop_recording(),
            Input::RecordingLost { recording, lost } => self.recording_lost(now, recording, lost),
            Input::RecordingOver { recording, ending } => {
                self.recording_over(now, recording, ending);
            }
            Input::End => self.end(now),
            Input::Stop => self.put_all_out(now, Ending::ServerStopped),
            Input::Timeout => self.timeout(now),
        }
        if !is_of_sound {
            self.review_gathering(now);
            self.review_music();
        }
    }

    /// The next thing to do.
    pub fn poll_effect(&mut self) -> Option<Effect> {
        self.effects.pop_front()
    }

    /// When [`Input::Timeout`] is due, if at all.
    #[must_use]
    pub fn next_timeout(&self) -> Option<Timestamp> {
        let closes_at = self.closes_at.filter(|_| self.is_active());
        let of_participants = self
            .participants
            .values()
            .flat_map(|each| [each.deadline(), each.passage.repeat_at, each.roll_due()])
            .chain([self.host_due_at, closes_at, self.starts_at(), self.gathers_at]);
        of_participants.flatten().min()
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

    /// What its pages show of it as a whole.
    #[must_use]
    pub fn activity(&self) -> Activity {
        Activity {
            is_active: self.is_active(),
            is_locked: self.is_locked,
            has_begun: self.has_begun,
            gathers_at: self.gathers_at,
            recording: self.recording_view(),
        }
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
            browsers: count(|participant| participant.via == Via::Browser),
            is_overloaded: false,
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

    /// The whole number of one who is there by phone, if it is known: not to be shown.
    #[must_use]
    pub fn number(&self, id: ParticipantId) -> Option<&PhoneNumber> {
        self.participants.get(&id).and_then(Participant::number)
    }

    /// What whoever knows `secret` of a call that is in may do here.
    #[must_use]
    pub fn role_of(&self, secret: CallSecret) -> Option<Role> {
        let mut there = self.participants.values();
        there.find(|participant| participant.secret == Some(secret)).map(|caller| caller.role)
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
        if progress == Progress::Joined && !participant.passage.is_entering {
            return;
        }
        if !participant.advance(now, progress) {
            return;
        }
        let view = participant.view();
        self.publish(Event::Participant(view));
        match progress {
            Progress::Ringing => {}
            Progress::Answered => self.approach(now, id),
            Progress::Joined => self.joined(now, id),
        }
    }

    fn joined(&mut self, now: Timestamp, id: ParticipantId) {
        let is_known_otherwise = self.is_known_otherwise(id);
        let Some(participant) = self.participants.get_mut(&id) else { return };
        let was_known = std::mem::replace(&mut participant.is_known, true);
        let (browser, volume, is_away) =
            (participant.browser, participant.volume, participant.breakout.is_some());
        if let Some(browser) = browser {
            self.set_held(browser, true);
        }
        if volume != Volume::default() {
            self.effects.push_back(Effect::SetVolume { participant: id, volume });
        }
        if is_away {
            self.take_there(id);
        }
        if !was_known && !is_known_otherwise {
            self.effects.push_back(Effect::Announce(Chime::Entry));
            self.announce_name(now, id, true);
        }
        self.tell_who_came_in(id);
        self.host_joined(now, id);
    }

    /// Holds to what was chosen anew. Whoever is in stays in; whoever waits for what isn't asked any more goes on.
    fn change(&mut self, now: Timestamp, changed: Conference) {
        if self.conference.ended_at.is_some() {
            return;
        }
        self.conference = Conference { ended_at: None, ..changed };
        if self.is_active() {
            self.set_closing_time(now);
        }
        if !self.conference.access.ends_with_host {
            self.host_due_at = None;
        }
        let details = DetailsView::new(&self.conference, &self.policy, now);
        self.publish(Event::Details(Box::new(details)));
        self.publish_status(now);
        self.note_start(now);
        self.look_again(now);
    }

    /// Finds when the room ends, for those who are there now.
    fn set_closing_time(&mut self, now: Timestamp) {
        let schedule = self.conference.schedule.as_ref();
        self.closes_at = schedule.and_then(|set| set.closes_at(now, self.policy.lead));
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
        if self.closes_at.is_some_and(|closes_at| closes_at <= now) {
            self.put_all_out(now, Ending::ConferenceEnded);
        }
        self.opening_due(now);
        let overdue: Vec<_> = self
            .participants
            .values()
            .filter(|participant| participant.deadline().is_some_and(|deadline| deadline <= now))
            .map(|participant| (participant.id, participant.overdue_ending()))
            .collect();
        for (id, ending) in overdue {
            self.put_out(now, id, ending);
        }
        self.repeat_due(now);
        self.roll_due(now);
        self.start_due(now);
        self.gathering_due(now);
        self.end_without_host(now);
    }

    fn put_all_out(&mut self, now: Timestamp, ending: Ending) {
        let everybody: Vec<_> = self.participants.keys().copied().collect();
        for id in everybody {
            let departure = Departure { company: Company::Everybody, ..Departure::put_out(ending) };
            self.depart(now, id, departure);
        }
    }

    /// Puts a person out, by whatever ways it is there.
    fn remove(&mut self, now: Timestamp, id: ParticipantId) {
        for id in self.ways_of(id) {
            let stands_outside =
                self.participants.get(&id).is_some_and(|participant| participant.door().is_some());
            let ending = if stands_outside { Ending::NotAdmitted } else { Ending::Removed };
            let departure = Departure { company: Company::OtherWay, ..Departure::put_out(ending) };
            self.depart(now, id, departure);
        }
    }

    /// Ends a call that is still up.
    fn put_out(&mut self, now: Timestamp, id: ParticipantId, ending: Ending) {
        self.depart(now, id, Departure::put_out(ending));
    }

    /// The one way out.
    fn depart(&mut self, now: Timestamp, id: ParticipantId, departure: Departure) {
        let Some(participant) = self.participants.get(&id) else { return };
        let Departure { ending, hang_up, company } = departure;
        let is_missed = participant.is_known
            && !self.is_known_otherwise(id)
            && company != Company::Everybody
            && self.participants.values().any(|other| other.id != id && other.is_in());
        if is_missed {
            self.announce_name(now, id, false);
        }
        self.leave_whispers(id);
        let Some(mut participant) = self.participants.remove(&id) else { return };
        let farewell = Self::farewell(&participant, ending).filter(|_| hang_up);
        participant.state = CallState::Ended(ending);
        if let Some(call) = participant.call_view() {
            self.remember(call);
        }
        self.effects.push_back(Effect::Release { participant: id, ending, hang_up, farewell });
        if company == Company::Nobody {
            self.part(&participant);
        }
        if is_missed {
            self.effects.push_back(Effect::Announce(Chime::Exit));
        }
        self.publish(Event::Left { id, ending });
        self.host_left(now, &participant);
        let record = participant.into_record(self.conference.key, now, ending);
        self.effects.push_back(Effect::Record(record));
        if !self.is_active() {
            self.end_recording();
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
        self.publish(Event::Conference(self.status(now)));
    }

    fn status(&self, now: Timestamp) -> ConferenceStatus {
        ConferenceStatus::new(&self.conference, &self.policy, self.activity(), now)
    }
}

struct Departure {
    ending: Ending,
    /// Whether the call is still up on the other side.
    hang_up: bool,
    company: Company,
}

/// Who leaves in the same moment.
#[derive(PartialEq, Eq)]
enum Company {
    Nobody,
    /// The same person's phone or browser: it needs no sound back.
    OtherWay,
    /// All, so that no chime needs to tell the others.
    Everybody,
}

impl Departure {
    /// The other side is gone.
    fn alone(ending: Ending) -> Self {
        Self { ending, hang_up: false, company: Company::Nobody }
    }

    /// The other side is still there.
    fn put_out(ending: Ending) -> Self {
        Self { hang_up: true, ..Self::alone(ending) }
    }
}

#[cfg(test)]
mod tests;
