//! Browser sessions: WHIP, ICE, and DTLS for the keys.
//!
//! Thousands of them share one certificate, one clock and the media plane's socket, so that what a session costs
//! the tester is its handshake. All run on the thread that polls them; only HTTP has tasks of its own.

mod checks;
mod session;
mod timers;
mod whip;

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use sdp::browser::{CandidateTransport, ClientAnswer, ClientOffer, IceCredentials};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinSet;
use webrtc::dtls::{Certificate, CertificateError, Epoch};
use webrtc::ice::{Credentials, RANDOM_BYTES};

use super::{Agreed, CallEvent, Events, Reason};
use crate::LegId;
use crate::destination::Reach;
use crate::http::Server;
use crate::media::Media;

pub use checks::NoWay;
pub use session::{Progress, Session, Trouble};
use timers::Timers;
use whip::Opened;

/// Sessions that are ended at a time when all are.
const CLOSING_AT_ONCE_MAX: usize = 32;

/// Datagrams taken from the media plane in a row before timers have their turn.
const DATAGRAMS_PER_TURN_MAX: usize = 512;

/// Browsers in sessions of one server.
pub struct Browsers {
    server: Server,
    reach: Reach,
    certificate: Arc<Certificate>,
    epoch: Instant,
    browsers: HashMap<LegId, Browser>,
    timers: Timers,
    answers: UnboundedReceiver<(LegId, u64, Result<Opened, Reason>)>,
    answered: UnboundedSender<(LegId, u64, Result<Opened, Reason>)>,
    attempts: u64,
    closing: JoinSet<()>,
    events: Events,
}

/// One browser that is not over.
struct Browser {
    ice: IceCredentials,
    /// Tells this session of the leg from earlier ones, whose answers may still come.
    attempt: u64,
    session: Option<Session>,
    location: Option<String>,
}

impl Browsers {
    /// Browsers that join at `server`.
    ///
    /// # Errors
    /// There is no certificate to be had.
    pub fn new(server: Server, reach: Reach) -> Result<Self, CertificateError> {
        let (answered, answers) = unbounded_channel();
        Ok(Self {
            server,
            reach,
            certificate: Arc::new(Certificate::generate()?),
            epoch: Instant::now(),
            browsers: HashMap::new(),
            timers: Timers::default(),
            answers,
            answered,
            attempts: 0,
            closing: JoinSet::new(),
            events: Events::new(),
        })
    }

    /// Has a leg join at the WHIP endpoint at `path`.
    pub fn place(&mut self, leg: LegId, path: &str) {
        let ice = draw_credentials();
        let offer = self.offer(&ice);
        self.attempts += 1;
        let attempt = self.attempts;
        let browser = Browser { ice, attempt, session: None, location: None };
        self.browsers.insert(leg, browser);
        let (server, path) = (self.server.clone(), path.to_owned());
        let answered = self.answered.clone();
        tokio::spawn(async move {
            let opened = whip::open(&server, &path, offer).await;
            // Nobody listens any more when the run is over.
            let _ = answered.send((leg, attempt, opened));
        });
    }

    /// The next thing that happened.
    pub fn poll(&mut self, media: &mut Media) -> Option<CallEvent> {
        if self.events.is_empty() {
            self.turn(media);
        }
        self.events.pop_front()
    }

    /// Ends the session of a leg.
    pub fn hang_up(&mut self, leg: LegId, media: &mut Media) {
        let Some(mut browser) = self.browsers.remove(&leg) else { return };
        if let Some(session) = &mut browser.session {
            session.close();
            transmit(leg, session, media);
        }
        self.leave(browser.location);
    }

    /// Ends all sessions, and waits until the server has heard it.
    pub async fn close(mut self) {
        let left: Vec<Browser> = self.browsers.drain().map(|(_, browser)| browser).collect();
        for browser in left {
            while self.closing.len() >= CLOSING_AT_ONCE_MAX {
                self.closing.join_next().await;
            }
            self.leave(browser.location);
        }
        while self.closing.join_next().await.is_some() {}
    }

    /// Tells the server that a session is over, in a task of its own.
    fn leave(&mut self, location: Option<String>) {
        while self.closing.try_join_next().is_some() {}
        let Some(location) = location else { return };
        let server = self.server.clone();
        self.closing.spawn(async move {
            // A server that doesn't hear it finds out by itself, when consent has ended.
            let _ = whip::close(&server, &location).await;
        });
    }

    fn turn(&mut self, media: &mut Media) {
        while let Ok((leg, attempt, opened)) = self.answers.try_recv() {
            self.take_answer(leg, attempt, opened, media);
        }
        for _ in 0..DATAGRAMS_PER_TURN_MAX {
            let Some((leg, source, datagram)) = media.poll_datagram() else { break };
            let now = self.now();
            self.with_session(leg, media, |session| {
                session.handle_datagram(now, source, &datagram);
            });
        }
        let now = self.now();
        while let Some(leg) = self.timers.pop_due(now) {
            self.with_session(leg, media, |session| session.handle_timeout(now));
        }
    }

    fn take_answer(
        &mut self,
        leg: LegId,
        attempt: u64,
        opened: Result<Opened, Reason>,
        media: &mut Media,
    ) {
        let times = (Epoch::new(self.epoch), self.now());
        let is_current = self.browsers.get(&leg).is_some_and(|known| known.attempt == attempt);
        let opened = match opened {
            Ok(opened) if is_current => opened,
            Ok(late) => return self.leave(late.location),
            Err(reason) if is_current => return self.over(leg, reason),
            Err(_) => return,
        };
        let Some(browser) = self.browsers.get_mut(&leg) else { return };
        browser.location = opened.location;
        let session = remotes(&opened.answer, self.reach).and_then(|remotes| {
            let certificate = Arc::clone(&self.certificate);
            Session::new(&browser.ice, &opened.answer, &remotes, certificate, times)
                .map_err(|error| Reason::Sdp(error.to_string()))
        });
        match session {
            Ok(session) => {
                browser.session = Some(session);
                self.with_session(leg, media, |_| {});
            }
            Err(reason) => {
                let location = browser.location.take();
                self.leave(location);
                self.over(leg, reason);
            }
        }
    }

    /// Does something with a session, sends what it has to send, and tells what has become of it.
    fn with_session(&mut self, leg: LegId, media: &mut Media, act: impl FnOnce(&mut Session)) {
        let Some(session) = self.browsers.get_mut(&leg).and_then(|it| it.session.as_mut()) else {
            return;
        };
        act(session);
        let mut trouble = None;
        while let Some(progress) = session.poll_progress() {
            match progress {
                Progress::Connected { remote, keys } => {
                    let agreed = session.agreed();
                    self.events.push_back(CallEvent::Up(Box::new(Agreed {
                        leg,
                        remote,
                        payload_type: agreed.payload_type,
                        keys: Some(*keys),
                        level_extension: agreed.level_extension,
                        mid: agreed.mid_extension.clone(),
                    })));
                }
                Progress::Over(why) => trouble = Some(why),
            }
        }
        transmit(leg, session, media);
        if let Some(due) = session.poll_timeout() {
            self.timers.set(leg, due);
        }
        if let Some(trouble) = trouble {
            let location = self.browsers.remove(&leg).and_then(|browser| browser.location);
            self.leave(location);
            self.over(leg, trouble.into());
        }
    }

    fn over(&mut self, leg: LegId, reason: Reason) {
        self.browsers.remove(&leg);
        self.events.push_back(CallEvent::Over { leg, reason });
    }

    fn offer(&self, ice: &IceCredentials) -> String {
        let offer = ClientOffer::new(ice.clone(), self.certificate.fingerprint().to_string());
        // What a tester doesn't listen for it doesn't ask for.
        let offer = ClientOffer {
            red: None,
            telephone_event: None,
            send_time_extension: None,
            session_id: rand::random::<u32>().into(),
            ..offer
        };
        offer.to_string()
    }

    fn now(&self) -> Duration {
        self.epoch.elapsed()
    }
}

/// Sends what a session has to send.
fn transmit(leg: LegId, session: &mut Session, media: &mut Media) {
    while let Some((remote, datagram)) = session.poll_transmit() {
        // What finds no room is lost, as by the network: both ends repeat it.
        let _ = media.send(leg, remote, &datagram);
    }
}

/// Where the server may be looked for: its candidates by UDP over IPv4, as far as sound may go there.
fn remotes(answer: &ClientAnswer, reach: Reach) -> Result<Vec<SocketAddr>, Reason> {
    let by_udp = answer.candidates.iter().filter(|it| it.transport == CandidateTransport::Udp);
    let addresses = by_udp.filter_map(|it| it.socket_address()).filter(SocketAddr::is_ipv4);
    let addresses: Vec<SocketAddr> = addresses.collect();
    let mut allowed = addresses.clone();
    allowed.retain(|address| reach.check(*address).is_ok());
    match (addresses.is_empty(), allowed.is_empty()) {
        (true, _) => Err(Reason::NoCandidate),
        (false, true) => Err(Reason::Elsewhere),
        (false, false) => Ok(allowed),
    }
}

/// Credentials that nobody guesses.
fn draw_credentials() -> IceCredentials {
    let random: [u8; RANDOM_BYTES] = rand::random();
    let drawn = Credentials::new(0, 0, &random);
    IceCredentials::new(drawn.ufrag.as_str(), drawn.pwd.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(candidates: &[&str]) -> ClientAnswer {
        let certificate = Certificate::generate().unwrap();
        let offer = ClientOffer::new(draw_credentials(), certificate.fingerprint().to_string());
        let offer = offer.to_string();
        let offer = sdp::browser::BrowserOffer::parse(offer.as_bytes()).unwrap();
        let candidates: Vec<SocketAddr> =
            candidates.iter().map(|candidate| candidate.parse().unwrap()).collect();
        let local = sdp::browser::BrowserLocal::new(
            draw_credentials(),
            certificate.fingerprint().to_string(),
            sdp::browser::host_candidates(&candidates, &[]),
            1,
        );
        ClientAnswer::parse(offer.answer(&local).to_string().as_bytes()).unwrap()
    }

    #[test]
    fn the_server_is_looked_for_only_where_load_may_go() {
        let both = answer(&["192.0.2.1:10000", "127.0.0.1:10000", "[::1]:10000"]);
        let here = "127.0.0.1:10000".parse().unwrap();
        assert_eq!(remotes(&both, Reach::Loopback).unwrap(), [here]);
        assert_eq!(remotes(&both, Reach::Remote).unwrap().len(), 2);
        let elsewhere = answer(&["192.0.2.1:10000"]);
        assert!(matches!(remotes(&elsewhere, Reach::Loopback), Err(Reason::Elsewhere)));
        let by_ipv6 = answer(&["[::1]:10000"]);
        assert!(matches!(remotes(&by_ipv6, Reach::Loopback), Err(Reason::NoCandidate)));
    }

    #[test]
    fn credentials_differ() {
        assert_ne!(draw_credentials(), draw_credentials());
    }
}
