//! Joins everything: requests from HTTP, events of SIP and of the media engine, and timers go into the
//! conferences' state machines, and what those want done is done here.
//!
//! One task owns it all, so that there is no lock and no order of events to worry about. It never
//! waits: the database is asked by tasks that come back with their answer.
//!
//! A call has one number everywhere: [`sip::CallId`] and [`engine::LegId`] are the same. Whatever ends
//! a call ends in `effects.rs`: the session's [`conference::Effect::Release`] frees the leg and hangs
//! up, its `Record` is written, and its events tell the pages why.

mod announcement;
mod announcer;
mod browser;
mod call;
mod conferences;
mod dial;
mod dial_in;
mod doors;
mod effects;
mod engine_events;
mod errors;
mod handle;
mod media;
mod names;
mod notices;
mod recorder;
mod recording;
mod recording_by_key;
mod requests;
mod rooms;
mod seat;
mod shutdown;
mod sip_events;
mod watch;

#[cfg(test)]
#[path = "../../../store/testing/cluster.rs"]
mod cluster;

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use conference::{Admission, Country, Load, Policy};
use engine::Engine;
use sip::{CallId, SipEvent, SipHandle, TrunkId};
use store::Store;
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::MissedTickBehavior;

use webrtc::dtls::Certificate;

use crate::archive::Archive;
use crate::clock;
use crate::metrics::Metrics;
use crate::prompts::{Language, Prompts};
use crate::webhooks::Webhooks;

use self::browser::Handshakes;
pub use self::browser::{
    BrowserJoin, BrowserJoined, IceError, IceOutcome, IceUpdate, JoinError, Precondition,
};
use self::call::Call;
use self::conferences::Conferences;
use self::dial_in::LookedUp;
pub use self::errors::{NotWhispered, PlaceError, RecordError, Stopped, WatchError};
pub use self::handle::Handle;
use self::names::Booths;
use self::notices::Notices;
use self::recorder::Recorder;
use self::recording::Tapes;
use self::recording_by_key::Begun;
use self::requests::Request;
pub use self::requests::{CallAction, Gauges, ParticipantAction, Placement, RoomAction};
use self::watch::Watchers;
pub use self::watch::{Published, Watch};

/// How often the engine's events are taken: well below the 20 ms in which it makes them.
const ENGINE_POLL: Duration = Duration::from_millis(5);

/// How often deadlines are looked at. They are of seconds.
const SWEEP: Duration = Duration::from_millis(250);

/// Requests of HTTP that wait; one more waits in its own task.
const REQUESTS_MAX: usize = 1024;

/// What a switchboard is told at its start.
pub struct Settings {
    /// The rules of admission.
    pub policy: Policy,
    /// The trunk by which calls go out, if there is any.
    pub trunk: Option<TrunkId>,
    /// Our address in SDP.
    pub media_ip: IpAddr,
    /// Where browsers come that have TCP alone.
    pub ice_tcp: Vec<SocketAddr>,
    /// Codecs, the best loved first.
    pub codecs: Vec<sdp::Encoding>,
    /// What is done to each voice before it is mixed.
    pub strip: mixer::StripSettings,
    /// How loud the noise is that is heard where nobody speaks, if any is.
    pub comfort_noise: Option<audio::level::Dbfs>,
    /// Event streams a conference has at most.
    pub watchers_per_conference_max: usize,
    /// Where the server's pages are, without a slash at the end.
    pub public_url: String,
    /// Whether the first to come is told that nobody else is there.
    pub announce_alone: bool,
    /// The language in which people on the phone are told something.
    pub language: Language,
}

/// What a switchboard works with.
pub struct Parts {
    /// The media world.
    pub engine: Engine,
    /// Signalling.
    pub sip: SipHandle,
    /// What signalling tells.
    pub sip_events: mpsc::Receiver<SipEvent>,
    /// What browsers know us by.
    pub certificate: Certificate,
    /// Conferences and call records.
    pub store: Store,
    /// Counters.
    pub metrics: Metrics,
    /// What callers are told.
    pub prompts: Prompts,
    /// Where recordings go.
    pub archive: Archive,
    /// Where programs outside are told.
    pub webhooks: Webhooks,
}

struct Switchboard {
    settings: Settings,
    admission: Admission,
    conferences: Conferences,
    calls: HashMap<CallId, Call>,
    watchers: Watchers,
    booths: Booths,
    lookups: JoinSet<LookedUp>,
    /// Recordings that the database is told of.
    beginnings: JoinSet<Begun>,
    /// Numbers the next call that begins on our side.
    calls_numbered: u64,
    handshakes: Handshakes,
    engine: Engine,
    sip: SipHandle,
    store: Store,
    recorder: Recorder,
    notices: Notices,
    metrics: Metrics,
    prompts: Arc<Prompts>,
    tapes: Tapes,
    is_draining: bool,
}

/// Starts the switchboard's task.
pub fn start(settings: Settings, parts: Parts) -> (Handle, JoinHandle<()>) {
    let (sender, receiver) = mpsc::channel(REQUESTS_MAX);
    let (switchboard, sip_events) = Switchboard::new(settings, parts);
    let task = tokio::spawn(switchboard.run(receiver, sip_events));
    (Handle::new(sender), task)
}

impl Switchboard {
    /// A switchboard that nobody has asked anything yet, and what signalling tells it.
    fn new(settings: Settings, parts: Parts) -> (Switchboard, mpsc::Receiver<SipEvent>) {
        let switchboard = Switchboard {
            admission: Admission::new(settings.policy.clone()),
            conferences: Conferences::default(),
            calls: HashMap::new(),
            watchers: Watchers::new(settings.watchers_per_conference_max, parts.metrics.clone()),
            booths: Booths::default(),
            lookups: JoinSet::new(),
            beginnings: JoinSet::new(),
            calls_numbered: 0,
            handshakes: Handshakes::new(parts.certificate),
            engine: parts.engine,
            sip: parts.sip,
            recorder: Recorder::start(parts.store.clone(), parts.metrics.clone()),
            notices: Notices::start(parts.store.clone(), parts.webhooks, parts.metrics.clone()),
            store: parts.store,
            metrics: parts.metrics,
            prompts: Arc::new(parts.prompts),
            tapes: Tapes::new(parts.archive),
            is_draining: false,
            settings,
        };
        (switchboard, parts.sip_events)
    }

    async fn run(
        mut self,
        mut requests: mpsc::Receiver<Request>,
        mut sip_events: mpsc::Receiver<SipEvent>,
    ) {
        let mut engine_poll = tokio::time::interval(ENGINE_POLL);
        engine_poll.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut sweep = tokio::time::interval(SWEEP);
        sweep.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                request = requests.recv() => match request {
                    Some(Request::Stop { done }) => {
                        self.stop(&mut sip_events).await;
                        // Whoever asked may have gone.
                        let _ = done.send(());
                        return;
                    }
                    Some(request) => self.take_request(request),
                    None => return self.stop(&mut sip_events).await,
                },
                Some(event) = sip_events.recv() => self.take_sip_event(event),
                Some(Ok(found)) = self.lookups.join_next() => self.take_lookup(found),
                Some(Ok(begun)) = self.beginnings.join_next() => self.take_begun(begun),
                Some(told) = self.tapes.report() => self.take_report(told),
                _ = engine_poll.tick() => {
                    self.take_engine_events();
                    self.tend_booths();
                    self.tend_handshakes();
                }
                _ = sweep.tick() => self.sweep(),
            }
        }
    }

    /// Does what is due by time.
    fn sweep(&mut self) {
        let now = clock::now();
        for key in self.conferences.overdue(now) {
            self.input(key, conference::Input::Timeout);
            self.carry_out(key);
        }
        self.hang_up_on_overdue_listeners(now);
        self.announce_waiting();
        self.conferences.forget_rested(now);
        self.watchers.sweep(now, self.admission.policy(), &self.conferences);
    }

    /// How busy the server is.
    fn load(&mut self) -> Load {
        Load { is_overloaded: self.engine.is_overloaded(), ..self.conferences.load() }
    }

    fn default_country(&self) -> Country {
        self.admission.policy().default_country
    }
}
