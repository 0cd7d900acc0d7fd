//! Browsers come and go in every order of events, and leave nothing behind.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use conference::{
    Access, CallSecret, Conference, ConferenceKey, DialInCode, Input, ParticipantId, Proof,
    SubscriberId,
};
use engine::{Engine, EngineSettings};
use jiff::Timestamp;
use rtp::srtp::{Keys, Master, Profile};
use sdp::browser::{BrowserOffer, ClientOffer, IceCredentials, TrickleFragment};
use sip::CallId;
use tempfile::TempDir;
use tokio::sync::oneshot;

use super::*;
use crate::archive::Archive;
use crate::config::Config;
use crate::metrics::Metrics;
use crate::prompts::Prompts;
use crate::setup;
use crate::switchboard::{Parts, Settings};
use crate::webhooks::Webhooks;

/// Longer than any worker takes for a command.
const PATIENCE: Duration = Duration::from_secs(10);

/// A switchboard that runs only when it is told to, and a conference.
struct World {
    board: Switchboard,
    conference: Conference,
    _directory: TempDir,
}

impl World {
    async fn new(change: impl FnOnce(&mut EngineSettings)) -> World {
        let directory = tempfile::tempdir().unwrap();
        let (settings, parts) = equipment(&directory, change).await;
        let (board, _) = Switchboard::new(settings, parts);
        let conference = Conference {
            key: ConferenceKey::from_random(rand::random()),
            subscriber: SubscriberId::new(1),
            title: "Planning".parse().unwrap(),
            schedule: None,
            dial_in_code: DialInCode::from_random(rand::random()),
            dial_in_number: None,
            access: Access::default(),
            placement: None,
            created_at: Timestamp::now(),
            ended_at: None,
        };
        World { board, conference, _directory: directory }
    }

    fn key(&self) -> ConferenceKey {
        self.conference.key
    }

    fn join(&mut self) -> Result<BrowserJoined, JoinError> {
        let (reply, mut answer) = oneshot::channel();
        self.board.join_and_reply(self.newcomer(), reply);
        answer.try_recv().unwrap()
    }

    fn newcomer(&self) -> BrowserJoin {
        self.newcomer_as(&format!("u{:07}", rand::random_range(0..10_000_000)))
    }

    /// One whose ICE has this user fragment.
    fn newcomer_as(&self, ufrag: &str) -> BrowserJoin {
        let fingerprint = format!("sha-256 {}", ["AB"; 32].join(":"));
        let offer = ClientOffer::new(credentials(ufrag), fingerprint);
        BrowserJoin {
            conference: self.conference.clone(),
            name: None,
            with: None,
            replaces: None,
            client: std::net::IpAddr::from(Ipv4Addr::LOCALHOST).into(),
            proof: Proof::default(),
            offer: BrowserOffer::parse(offer.to_string().as_bytes()).unwrap(),
        }
    }

    /// A browser that has its answer.
    fn seated(&mut self) -> Seated {
        let call = self.join().unwrap().call;
        let session = &self.board.conferences.get(self.key()).unwrap().session;
        let participant = session.call(call).unwrap().participant;
        let id = self.board.call_of(self.key(), participant).unwrap();
        Seated { id, participant, call }
    }

    fn is_in(&self, seated: &Seated) -> bool {
        self.board.calls.get(&seated.id).is_some_and(|call| call.is_attached)
    }

    /// Checks that nothing is left of anybody, here or in the engine.
    async fn expect_nobody(&mut self) {
        assert!(self.board.calls.is_empty());
        assert_eq!(self.board.handshakes.count(), 0);
        let active = self.board.conferences.get(self.key());
        assert!(active.is_none_or(|active| active.calls.is_empty() && active.room.is_none()));
        let freed = async {
            while self.board.engine.stats().legs > 0 {
                tokio::time::sleep(Duration::from_millis(5)).await;
                self.board.take_engine_events();
            }
        };
        tokio::time::timeout(PATIENCE, freed).await.expect("the engine keeps a leg");
    }
}

/// A browser in the conference.
struct Seated {
    id: CallId,
    participant: ParticipantId,
    call: CallSecret,
}

async fn equipment(
    directory: &TempDir,
    change: impl FnOnce(&mut EngineSettings),
) -> (Settings, Parts) {
    let free = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let mut config = Config::default();
    (config.sip.udp, config.sip.tcp) = (free, free);
    config.media.listen = free.ip();
    config.media.workers = 1;
    config.browser.port = 0;
    config.browser.joins_per_client_per_minute_max = 10_000;
    config.browser.joins_per_conference_per_minute_max = 10_000;
    let policy = setup::policy(&config).unwrap();
    let mut engine = setup::engine(&config, free.ip(), setup::browser_port(&config));
    change(&mut engine);
    let (sip, sip_events) = sip::Endpoint::bind(setup::sip(&config).unwrap()).await.unwrap();
    let parts = Parts {
        engine: Engine::start(engine).unwrap(),
        sip,
        sip_events,
        certificate: webrtc::dtls::Certificate::generate().unwrap(),
        store: store::Store::open(&directory.path().join("confab.db")).await.unwrap(),
        metrics: Metrics::default(),
        prompts: Prompts::load(None).unwrap(),
        archive: Archive::new(setup::archive(&config)),
        webhooks: Webhooks::new(setup::webhooks(&config, &policy)).unwrap(),
    };
    (setup::switchboard(&config, &policy, free.ip(), ""), parts)
}

fn credentials(ufrag: &str) -> IceCredentials {
    IceCredentials::new(ufrag, "a+password+of+24+letters")
}

fn keys() -> Keys {
    let profile = Profile::AeadAes128Gcm;
    let master = || Master::new(profile, &[7; 16], &[9; 12]).unwrap();
    Keys { profile, send: master(), receive: master() }
}

/// Something that happens to a browser.
type Act = fn(&mut Switchboard, ConferenceKey, &Seated);

const ACTS: [(&str, Act); 8] = [
    ("its handshake is done", |board, _, it| board.unlocked(it.id, keys())),
    ("it says goodbye", |board, _, it| board.end_browser(it.id, Ending::Left)),
    ("its handshake fails", |board, _, it| board.end_browser(it.id, Ending::NotConnected)),
    ("its consent is lost", |board, _, it| board.consent_lost(leg_of(it.id))),
    ("it hangs up", |board, key, it| {
        board.advance(key, Input::HangUp { participant: it.participant });
    }),
    ("it is removed", |board, key, it| {
        board.advance(key, Input::Remove { participant: it.participant });
    }),
    ("it is muted", |board, key, it| {
        let (participant, muted) = (it.participant, true);
        board.advance(key, Input::SetMuted { participant, muted, by: conference::MutedBy::Host });
    }),
    ("its network changes", |board, key, it| {
        let ice = Some(credentials("anew"));
        let fragment = TrickleFragment { ice, ..TrickleFragment::default() };
        let precondition = Precondition::Any;
        let update = IceUpdate { conference: key, call: it.call, precondition, fragment };
        let is_there = board.calls.contains_key(&it.id);
        assert_eq!(board.update_ice(update).is_ok(), is_there);
    }),
];

#[tokio::test]
async fn whatever_happens_in_whatever_order_nothing_is_left() {
    let mut world = World::new(|_| {}).await;
    let key = world.key();
    for (first, act) in ACTS {
        for (second, then) in ACTS {
            for (third, last) in ACTS {
                let seated = world.seated();
                act(&mut world.board, key, &seated);
                then(&mut world.board, key, &seated);
                last(&mut world.board, key, &seated);
                world.board.advance(key, Input::HangUp { participant: seated.participant });
                let left = world.board.calls.len();
                assert_eq!(left, 0, "{first}, {second}, {third}");
                world.board.take_engine_events();
            }
        }
        world.expect_nobody().await;
    }
}

#[tokio::test]
async fn the_leg_moves_in_when_the_handshake_is_done_and_only_once() {
    let mut world = World::new(|_| {}).await;
    let seated = world.seated();
    assert!(!world.is_in(&seated));
    world.board.unlocked(seated.id, keys());
    assert!(world.is_in(&seated));
    world.board.unlocked(seated.id, keys());
    let session = &world.board.conferences.get(world.key()).unwrap().session;
    assert_eq!(session.call(seated.call).unwrap().state, conference::CallState::InConference);
    world.board.consent_lost(leg_of(seated.id));
    let session = &world.board.conferences.get(world.key()).unwrap().session;
    let ended = session.call(seated.call).unwrap().state;
    assert_eq!(ended, conference::CallState::Ended(Ending::MediaLost));
    world.expect_nobody().await;
}

#[tokio::test]
async fn voices_are_placed_where_the_conference_has_it_so_or_else_the_configuration() {
    let mut world = World::new(|_| {}).await;
    for (placement, expected) in [(Some(true), true), (Some(false), false), (None, false)] {
        world.conference.placement = placement;
        // Those who are there when that is changed stay, and the next one hears by it.
        let conference = Box::new(world.conference.clone());
        world.board.advance(conference.key, Input::Change { conference });
        let seated = world.seated();
        assert_eq!(world.board.places_voices(seated.id), expected, "{placement:?}");
        world.board.unlocked(seated.id, keys());
        assert!(world.is_in(&seated));
    }
    let key = world.key();
    world.board.advance(key, Input::End);
    world.expect_nobody().await;
}

#[tokio::test]
async fn who_goes_before_the_answer_comes_leaves_no_ghost() {
    let mut world = World::new(|_| {}).await;
    let (reply, answer) = oneshot::channel();
    drop(answer);
    world.board.join_and_reply(world.newcomer(), reply);
    world.expect_nobody().await;
}

#[tokio::test]
async fn who_asks_again_for_want_of_an_answer_is_there_once() {
    let mut world = World::new(|_| {}).await;
    for _ in 0..3 {
        let (reply, _answer) = oneshot::channel();
        world.board.join_and_reply(world.newcomer_as("fJ3a"), reply);
        assert_eq!(world.board.calls.len(), 1);
    }
    let (reply, _answer) = oneshot::channel();
    world.board.join_and_reply(world.newcomer_as("another"), reply);
    assert_eq!(world.board.calls.len(), 2);
    let key = world.key();
    world.board.advance(key, Input::End);
    world.expect_nobody().await;
}

#[tokio::test]
async fn one_for_whom_there_is_no_leg_is_told_so() {
    let mut world = World::new(|engine| engine.legs_per_worker_max = 1).await;
    let seated = world.seated();
    assert_eq!(world.join(), Err(JoinError::NoMedia));
    assert_eq!(world.board.calls.len(), 1, "the first stays");
    let key = world.key();
    world.board.advance(key, Input::HangUp { participant: seated.participant });
    world.expect_nobody().await;
}
