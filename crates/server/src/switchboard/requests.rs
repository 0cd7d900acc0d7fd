//! What HTTP asks for, and the answers.

use conference::{
    Breakout, CallSecret, CallView, ClientAddress, Conference, ConferenceKey, ConferenceView,
    Input, MutedBy, ParticipantId, ParticipantName, ParticipantView, PhoneNumber, Proof,
    RecordingId, RecordingView, Role, SubscriberId, Volume,
};
use engine::{EngineStats, WorkerStats};
use mixer::Denoise;
use tokio::sync::oneshot;

use super::Switchboard;
use super::browser::{BrowserJoin, BrowserJoined, IceError, IceOutcome, IceUpdate, JoinError};
use super::errors::{NotWhispered, PlaceError, RecordError, WatchError};
use super::watch::Watch;

use crate::clock;

/// One request. A reply that nobody waits for any more is dropped.
pub(super) enum Request {
    View {
        conference: Conference,
        reply: oneshot::Sender<ConferenceView>,
    },
    Watch {
        conference: Conference,
        reply: oneshot::Sender<Result<Watch, WatchError>>,
    },
    Book {
        placement: Placement,
        reply: oneshot::Sender<Result<Role, PlaceError>>,
    },
    Place {
        placement: Placement,
        reply: oneshot::Sender<Result<CallView, PlaceError>>,
    },
    JoinBrowser {
        join: Box<BrowserJoin>,
        reply: oneshot::Sender<Result<BrowserJoined, JoinError>>,
    },
    UpdateIce {
        update: Box<IceUpdate>,
        reply: oneshot::Sender<Result<IceOutcome, IceError>>,
    },
    Call {
        conference: ConferenceKey,
        call: CallSecret,
        action: CallAction,
        reply: oneshot::Sender<Option<CallView>>,
    },
    Participant {
        conference: ConferenceKey,
        participant: ParticipantId,
        action: ParticipantAction,
        reply: oneshot::Sender<Option<ParticipantView>>,
    },
    Room {
        conference: ConferenceKey,
        action: RoomAction,
        reply: oneshot::Sender<()>,
    },
    RoleOf {
        conference: ConferenceKey,
        call: CallSecret,
        reply: oneshot::Sender<Option<Role>>,
    },
    Change {
        conference: Conference,
        reply: oneshot::Sender<()>,
    },
    Record {
        conference: Conference,
        recording: RecordingId,
        voices: bool,
        reply: oneshot::Sender<Result<RecordingView, RecordError>>,
    },
    StopRecording {
        key: ConferenceKey,
        reply: oneshot::Sender<Option<RecordingView>>,
    },
    RecordingNow {
        key: ConferenceKey,
        reply: oneshot::Sender<Option<RecordingId>>,
    },
    Whisper {
        conference: ConferenceKey,
        call: CallSecret,
        to: Option<ParticipantId>,
        reply: oneshot::Sender<Result<CallView, NotWhispered>>,
    },
    Running {
        key: ConferenceKey,
        reply: oneshot::Sender<Option<Conference>>,
    },
    End {
        conference: Conference,
        reply: oneshot::Sender<()>,
    },
    EndAllOf {
        subscriber: SubscriberId,
        reply: oneshot::Sender<()>,
    },
    Rotate {
        former: Conference,
        reply: oneshot::Sender<()>,
    },
    Gauges {
        reply: oneshot::Sender<Gauges>,
    },
    Drain {
        reply: oneshot::Sender<()>,
    },
    Stop {
        done: oneshot::Sender<()>,
    },
}

/// A call that somebody asks for on a page.
#[derive(Debug)]
pub struct Placement {
    /// Into this conference, as the database has it.
    pub conference: Conference,
    /// To this number.
    pub number: PhoneNumber,
    /// The name to show.
    pub name: Option<ParticipantName>,
    /// The session of the same person by browser.
    pub browser: Option<CallSecret>,
    /// Who asks.
    pub client: ClientAddress,
    /// What its page has shown.
    pub proof: Proof,
}

/// What the owner of a call may do with it.
#[derive(Clone, Debug)]
pub enum CallAction {
    /// Nothing.
    Read,
    /// Cancel it, or hang it up.
    HangUp,
    /// Mute it, or let it be heard again.
    SetMuted(bool),
    /// Raise one's hand, or lower it.
    SetHand(bool),
    /// Be called otherwise.
    Rename(ParticipantName),
    /// Come back from a break-out room.
    ComeBack,
}

/// What a host may do with a participant.
#[derive(Clone, Debug)]
pub enum ParticipantAction {
    /// Mute it, or let it be heard again: who has a browser is asked to unmute by itself, and stays muted until
    /// then.
    SetMuted(bool),
    /// Raise its hand, or lower it.
    SetHand(bool),
    /// Call it otherwise.
    Rename(ParticipantName),
    /// Take noise out of what it says always, never, or where there is much.
    SetDenoise(Denoise),
    /// Turn it up or down for all others.
    SetVolume(Volume),
    /// Send it to a break-out room, or back.
    SetBreakout(Option<Breakout>),
    /// Let it in from the lobby.
    Admit,
    /// Put it out, or send it away from the lobby.
    Remove,
}

/// What a host may do with a conference as a whole.
#[derive(Clone, Copy, Debug)]
pub enum RoomAction {
    /// Let nobody else in but hosts, or let people in again.
    SetLocked(bool),
    /// Mute all guests.
    MuteGuests,
    /// Bring all back from break-out rooms.
    Gather,
    /// Have it begin for those who wait, whatever the set time.
    Begin,
}

/// How many there are of what is worth a gauge.
#[derive(Clone, Debug)]
pub struct Gauges {
    /// Conferences with somebody in them.
    pub conferences_active: usize,
    /// Calls at whatever stage.
    pub calls: usize,
    /// Of these, browsers.
    pub browsers: usize,
    /// DTLS handshakes on their way.
    pub handshakes: usize,
    /// Event streams.
    pub watchers: usize,
    /// Recordings that are being made.
    pub recordings: usize,
    /// The media world's figures.
    pub engine: EngineStats,
    /// Those of each of its workers.
    pub workers: Vec<WorkerStats>,
    /// The figures of signalling.
    pub sip: sip::Stats,
}

impl Switchboard {
    pub(super) fn take_request(&mut self, request: Request) {
        match request {
            Request::View { conference, reply } => answer(reply, self.view(&conference)),
            Request::Watch { conference, reply } => answer(reply, self.watch(conference)),
            Request::Book { placement, reply } => answer(reply, self.book(&placement)),
            Request::Place { placement, reply } => answer(reply, self.place(placement)),
            Request::JoinBrowser { join, reply } => self.join_and_reply(*join, reply),
            Request::UpdateIce { update, reply } => answer(reply, self.update_ice(*update)),
            Request::Call { conference, call, action, reply } => {
                answer(reply, self.act_on_call(conference, call, action));
            }
            Request::Participant { conference, participant, action, reply } => {
                answer(reply, self.act_on_participant(conference, participant, action));
            }
            Request::Room { conference, action, reply } => {
                self.advance(conference, room_input(action));
                answer(reply, ());
            }
            Request::RoleOf { conference, call, reply } => {
                let active = self.conferences.get(conference);
                answer(reply, active.and_then(|active| active.session.role_of(call)));
            }
            Request::Whisper { conference, call, to, reply } => {
                answer(reply, self.whisper_for(conference, call, to));
            }
            Request::Change { conference, reply } => {
                self.change(conference);
                answer(reply, ());
            }
            Request::Record { conference, recording, voices, reply } => {
                answer(reply, self.record_conference(&conference, recording, voices));
            }
            Request::StopRecording { key, reply } => answer(reply, self.stop_recording(key)),
            Request::RecordingNow { key, reply } => {
                let active = self.conferences.get(key);
                answer(reply, active.and_then(|active| active.session.recording()));
            }
            Request::Running { key, reply } => {
                let active = self.conferences.get(key);
                answer(reply, active.map(|active| active.session.conference().clone()));
            }
            Request::End { conference, reply } => {
                self.end(conference);
                answer(reply, ());
            }
            Request::EndAllOf { subscriber, reply } => {
                self.end_all_of(subscriber);
                answer(reply, ());
            }
            Request::Rotate { former, reply } => {
                self.rotate(former);
                answer(reply, ());
            }
            Request::Gauges { reply } => answer(reply, self.gauges()),
            Request::Drain { reply } => {
                self.is_draining = true;
                answer(reply, ());
            }
            // Taken by the loop, which it ends.
            Request::Stop { done } => answer(done, ()),
        }
    }

    fn view(&self, conference: &Conference) -> ConferenceView {
        let session = self.conferences.get(conference.key).map(|active| &active.session);
        let conference = session.map_or(conference, |session| session.conference());
        let policy = self.admission.policy();
        let url = &self.settings.public_url;
        ConferenceView::new(conference, session, policy, url, clock::now())
    }

    fn watch(&mut self, conference: Conference) -> Result<Watch, WatchError> {
        let snapshot = self.view(&conference);
        self.watchers.watch(conference, snapshot)
    }

    fn act_on_call(
        &mut self,
        key: ConferenceKey,
        secret: CallSecret,
        action: CallAction,
    ) -> Option<CallView> {
        let call = self.conferences.get(key)?.session.call(secret)?;
        let participant = call.participant;
        let input = match action {
            CallAction::Read => return Some(call),
            CallAction::HangUp => Input::HangUp { participant },
            CallAction::SetMuted(muted) => Input::SetMuted { participant, muted, by: MutedBy::Own },
            CallAction::SetHand(raised) => Input::SetHand { participant, raised },
            CallAction::Rename(name) => Input::Rename { participant, name },
            CallAction::ComeBack => Input::SetBreakout { participant, breakout: None },
        };
        self.advance(key, input);
        self.conferences.get(key)?.session.call(secret)
    }

    fn act_on_participant(
        &mut self,
        key: ConferenceKey,
        participant: ParticipantId,
        action: ParticipantAction,
    ) -> Option<ParticipantView> {
        let before = self.conferences.get(key)?.session.participant(participant)?;
        let input = match action {
            ParticipantAction::SetMuted(muted) => {
                Input::SetMuted { participant, muted, by: MutedBy::Host }
            }
            ParticipantAction::SetHand(raised) => Input::SetHand { participant, raised },
            ParticipantAction::Rename(name) => Input::Rename { participant, name },
            ParticipantAction::SetDenoise(denoise) => {
                if let Some(call) = self.call_of(key, participant) {
                    self.set_denoise(call, denoise);
                }
                return Some(before);
            }
            ParticipantAction::SetVolume(volume) => Input::SetVolume { participant, volume },
            ParticipantAction::SetBreakout(breakout) => {
                Input::SetBreakout { participant, breakout }
            }
            ParticipantAction::Admit => Input::Admit { participant },
            ParticipantAction::Remove => Input::Remove { participant },
        };
        self.advance(key, input);
        let after = self.conferences.get(key)?.session.participant(participant);
        Some(after.unwrap_or(before))
    }

    /// Has a conference, and its pages, hold to what the database has now. It stays in memory for a while even if
    /// nobody is there, so that a request that read it before can't bring that back.
    fn change(&mut self, changed: Conference) {
        let key = changed.key;
        self.watchers.note_change(&changed);
        self.conferences.wake(changed.clone(), self.admission.policy());
        self.advance(key, Input::Change { conference: Box::new(changed) });
    }

    /// The conference stays in memory as an ended one for a while, so that a request that read it from
    /// the database just before can't bring it back.
    fn end(&mut self, ended: Conference) {
        let key = ended.key;
        let as_before = Conference { ended_at: None, ..ended };
        self.conferences.wake(as_before, self.admission.policy());
        self.advance(key, Input::End);
    }

    /// Ends the conferences of a subscriber in which somebody is. They are forgotten when they have come to rest,
    /// and so may go on when the database has them as going on.
    fn end_all_of(&mut self, subscriber: SubscriberId) {
        for conference in self.conferences.of_subscriber(subscriber) {
            self.end(conference);
        }
    }

    /// As [`end`](Self::end), but what ends is a URL, and the conference goes on by another.
    fn rotate(&mut self, former: Conference) {
        let as_before = Conference { ended_at: None, ..former.clone() };
        self.conferences.wake(as_before, self.admission.policy()).herald.rotated();
        self.end(former);
    }

    fn gauges(&self) -> Gauges {
        Gauges {
            conferences_active: self.conferences.load().conferences_active,
            calls: self.calls.len(),
            browsers: self.calls.values().filter(|call| call.browser().is_some()).count(),
            handshakes: self.handshakes.under_way(),
            watchers: self.watchers.count(),
            recordings: self.tapes.len(),
            engine: self.engine.stats(),
            workers: self.engine.worker_stats(),
            sip: self.sip.stats(),
        }
    }
}

fn room_input(action: RoomAction) -> Input {
    match action {
        RoomAction::SetLocked(locked) => Input::SetLocked { locked },
        RoomAction::MuteGuests => Input::MuteAll,
        RoomAction::Gather => Input::Gather,
        RoomAction::Begin => Input::Begin,
    }
}

fn answer<T>(reply: oneshot::Sender<T>, value: T) {
    // Whoever asked may have gone: a page was closed.
    let _ = reply.send(value);
}
