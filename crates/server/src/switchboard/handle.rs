//! How the HTTP plane asks the switchboard.

use conference::{
    CallSecret, CallView, Conference, ConferenceKey, ConferenceView, ParticipantId,
    ParticipantView, RecordingId, RecordingView, Role, SubscriberId,
};
use tokio::sync::{mpsc, oneshot};

use super::browser::{BrowserJoin, BrowserJoined, IceError, IceOutcome, IceUpdate, JoinError};
use super::errors::{NotWhispered, PlaceError, RecordError, Stopped, WatchError};
use super::requests::{CallAction, Gauges, ParticipantAction, Placement, Request, RoomAction};
use super::watch::Watch;

/// Asks the switchboard. Cheap to clone.
#[derive(Clone)]
pub struct Handle {
    requests: mpsc::Sender<Request>,
}

impl Handle {
    pub(super) fn new(requests: mpsc::Sender<Request>) -> Handle {
        Handle { requests }
    }

    /// What there is to see of a conference.
    ///
    /// # Errors
    /// The server is stopping.
    pub async fn view(&self, conference: Conference) -> Result<ConferenceView, Stopped> {
        self.ask(|reply| Request::View { conference, reply }).await
    }

    /// What there is to see of a conference, and whatever happens from then on.
    ///
    /// # Errors
    /// Too many watch it, or the server is stopping.
    pub async fn watch(&self, conference: Conference) -> Result<Watch, WatchError> {
        self.ask(|reply| Request::Watch { conference, reply }).await?
    }

    /// Sees whether a number may be called at the set time, and gives what its owner may do then.
    ///
    /// # Errors
    /// [`PlaceError`] says why not.
    pub async fn book_call(&self, placement: Placement) -> Result<Role, PlaceError> {
        self.ask(|reply| Request::Book { placement, reply }).await?
    }

    /// Has a number called.
    ///
    /// # Errors
    /// [`PlaceError`] says why not.
    pub async fn place_call(&self, placement: Placement) -> Result<CallView, PlaceError> {
        self.ask(|reply| Request::Place { placement, reply }).await?
    }

    /// Takes a browser in.
    ///
    /// # Errors
    /// [`JoinError`] says why not.
    pub async fn join_browser(&self, join: BrowserJoin) -> Result<BrowserJoined, JoinError> {
        let join = Box::new(join);
        self.ask(|reply| Request::JoinBrowser { join, reply }).await.map_err(PlaceError::from)?
    }

    /// Takes what a browser tells of its transport.
    ///
    /// # Errors
    /// [`IceError`] says why nothing came of it.
    pub async fn update_ice(&self, update: IceUpdate) -> Result<IceOutcome, IceError> {
        let update = Box::new(update);
        self.ask(|reply| Request::UpdateIce { update, reply }).await?
    }

    /// Does what whoever placed a call asks for with it, while it is in memory.
    ///
    /// # Errors
    /// The server is stopping.
    pub async fn act_on_call(
        &self,
        conference: ConferenceKey,
        call: CallSecret,
        action: CallAction,
    ) -> Result<Option<CallView>, Stopped> {
        self.ask(|reply| Request::Call { conference, call, action, reply }).await
    }

    /// Does what a host asks for with a participant, who is told as it is then, or was before it went. `None` when
    /// there is no such participant.
    ///
    /// # Errors
    /// The server is stopping.
    pub async fn act_on_participant(
        &self,
        conference: ConferenceKey,
        participant: ParticipantId,
        action: ParticipantAction,
    ) -> Result<Option<ParticipantView>, Stopped> {
        self.ask(|reply| Request::Participant { conference, participant, action, reply }).await
    }

    /// Does what a host asks for with a running conference. One at rest stays as it is.
    ///
    /// # Errors
    /// The server is stopping.
    pub async fn act_on_room(
        &self,
        conference: ConferenceKey,
        action: RoomAction,
    ) -> Result<(), Stopped> {
        self.ask(|reply| Request::Room { conference, action, reply }).await
    }

    /// Has a host whose call this is whisper to a participant, or with `None` speak to all again.
    ///
    /// # Errors
    /// The server is stopping; within, why nobody is whispered to.
    pub async fn whisper(
        &self,
        conference: ConferenceKey,
        call: CallSecret,
        to: Option<ParticipantId>,
    ) -> Result<Result<CallView, NotWhispered>, Stopped> {
        self.ask(|reply| Request::Whisper { conference, call, to, reply }).await
    }

    /// What whoever knows the secret of a call that is there may do. `None` when there is no such call.
    ///
    /// # Errors
    /// The server is stopping.
    pub async fn role_of(
        &self,
        conference: ConferenceKey,
        call: CallSecret,
    ) -> Result<Option<Role>, Stopped> {
        self.ask(|reply| Request::RoleOf { conference, call, reply }).await
    }

    /// Has a conference hold to what its subscriber has changed, which the database has already.
    ///
    /// # Errors
    /// The server is stopping.
    pub async fn change(&self, conference: Conference) -> Result<(), Stopped> {
        self.ask(|reply| Request::Change { conference, reply }).await
    }

    /// Has a conference recorded, by a name that the database knows already.
    ///
    /// # Errors
    /// [`RecordError`] says why it isn't.
    pub async fn record(
        &self,
        conference: Conference,
        recording: RecordingId,
        voices: bool,
    ) -> Result<RecordingView, RecordError> {
        self.ask(|reply| Request::Record { conference, recording, voices, reply }).await?
    }

    /// Has it recorded no more. `None` when it wasn't.
    ///
    /// # Errors
    /// The server is stopping.
    pub async fn stop_recording(
        &self,
        key: ConferenceKey,
    ) -> Result<Option<RecordingView>, Stopped> {
        self.ask(|reply| Request::StopRecording { key, reply }).await
    }

    /// The recording of a conference that is being made.
    ///
    /// # Errors
    /// The server is stopping.
    pub async fn recording_now(&self, key: ConferenceKey) -> Result<Option<RecordingId>, Stopped> {
        self.ask(|reply| Request::RecordingNow { key, reply }).await
    }

    /// A conference as its session has it, while it is in memory: for when the database is away.
    ///
    /// # Errors
    /// The server is stopping.
    pub async fn running(&self, key: ConferenceKey) -> Result<Option<Conference>, Stopped> {
        self.ask(|reply| Request::Running { key, reply }).await
    }

    /// Ends a conference, which the database has as ended already, and all its calls.
    ///
    /// # Errors
    /// The server is stopping.
    pub async fn end(&self, conference: Conference) -> Result<(), Stopped> {
        self.ask(|reply| Request::End { conference, reply }).await
    }

    /// Ends all of a subscriber's conferences that are in memory, and all their calls.
    ///
    /// # Errors
    /// The server is stopping.
    pub async fn end_all_of(&self, subscriber: SubscriberId) -> Result<(), Stopped> {
        self.ask(|reply| Request::EndAllOf { subscriber, reply }).await
    }

    /// Ends a conference by the URL that it had until now, and all its calls.
    ///
    /// # Errors
    /// The server is stopping.
    pub async fn rotate(&self, former: Conference) -> Result<(), Stopped> {
        self.ask(|reply| Request::Rotate { former, reply }).await
    }

    /// How many there are of what is worth a gauge.
    ///
    /// # Errors
    /// The server is stopping.
    pub async fn gauges(&self) -> Result<Gauges, Stopped> {
        self.ask(|reply| Request::Gauges { reply }).await
    }

    /// Takes no new call from now on.
    ///
    /// # Errors
    /// The server is stopping.
    pub async fn drain(&self) -> Result<(), Stopped> {
        self.ask(|reply| Request::Drain { reply }).await
    }

    /// Ends all calls and stops; returns when that is done.
    pub async fn stop(&self) {
        // Once stopped, it is done.
        let _ = self.ask(|done| Request::Stop { done }).await;
    }

    async fn ask<T>(
        &self,
        request: impl FnOnce(oneshot::Sender<T>) -> Request,
    ) -> Result<T, Stopped> {
        let (reply, answer) = oneshot::channel();
        self.requests.send(request(reply)).await.map_err(|_| Stopped)?;
        answer.await.map_err(|_| Stopped)
    }
}
