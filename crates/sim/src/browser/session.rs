//! A browser on sockets: a task that runs a [`Peer`], and the handle to it.

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use audio::{Rate, TICK};
use sdp::browser::{CandidateTransport, ClientAnswer, ClientOffer, TrickleFragment};
use tokio::net::UdpSocket;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;
use tokio::time::{self, MissedTickBehavior};
use webrtc::Datagram;
use webrtc::dtls::Certificate;

use super::checks::Checks;
use super::media::is_rtcp;
use super::whip::Whip;
use super::wire::Wire;
use super::{BrowserError, Heard, Join, Peer, Route, Stage, Transport};
use crate::Speech;
use crate::correlate::{self, Match};
use crate::phone::Says;

/// A browser in a conference. It vanishes without a word when this is dropped.
pub struct Browser {
    peer: Arc<Mutex<Peer>>,
    whip: Whip,
    clicked: Instant,
    stage: watch::Receiver<Stage>,
    commands: mpsc::UnboundedSender<Command>,
    tap: Arc<Mutex<Tap>>,
    task: JoinHandle<()>,
}

/// What the task is told.
enum Command {
    /// Goes on by another socket.
    Move(Box<Wire>),
    /// Sends what waits, and ends.
    End(oneshot::Sender<()>),
}

/// What somebody on the browser's path knows of it.
#[derive(Default)]
struct Tap {
    socket: Option<Arc<UdpSocket>>,
    last_sound: Vec<u8>,
    last_check: Vec<u8>,
}

impl Browser {
    /// Joins: gives an offer to the server, takes its answer, and goes on from there in a task.
    ///
    /// # Errors
    /// The server can't be reached, refuses, or answers what can't be used.
    pub async fn join(join: Join) -> Result<Self, BrowserError> {
        let clicked = Instant::now();
        let certificate = match join.certificate {
            Some(certificate) => certificate,
            None => Arc::new(Certificate::generate()?),
        };
        let checks = Checks::new();
        let claims = join.claims.unwrap_or_else(|| certificate.fingerprint().to_string());
        let offer = ClientOffer::new(checks.credentials(), claims).to_string();
        let (whip, answer) = Whip::join(join.server, &join.path, offer).await?;
        let wire = match join.transport {
            Transport::Udp => Wire::udp(join.ip).await?,
            Transport::Tcp => Wire::tcp(passive(&answer)?).await?,
        };
        let does = (join.says, join.hears);
        let peer = Peer::new(checks, wire.local(), &answer, certificate, does, Instant::now())?;
        let peer = Arc::new(Mutex::new(peer));
        let (stage_sender, stage) = watch::channel(Stage::Connecting);
        let (commands, received) = mpsc::unbounded_channel();
        let tap = Arc::new(Mutex::new(Tap { socket: wire.udp_socket(), ..Tap::default() }));
        let line = Line {
            peer: Arc::clone(&peer),
            wire,
            stage: stage_sender,
            commands: received,
            tap: Arc::clone(&tap),
        };
        let task = tokio::spawn(line.run());
        Ok(Self { peer, whip, clicked, stage, commands, tap, task })
    }

    /// Waits until it talks and listens.
    ///
    /// # Errors
    /// It never will.
    pub async fn connected(&mut self) -> Result<(), BrowserError> {
        let settled = self.stage.wait_for(|stage| *stage != Stage::Connecting).await;
        match &*settled.map_err(|_| BrowserError::Ended)? {
            Stage::Failed(error) => Err(error.clone().into()),
            Stage::Closed => Err(BrowserError::Ended),
            Stage::Connecting | Stage::Connected => Ok(()),
        }
    }

    /// How far it is.
    pub fn stage(&self) -> Stage {
        self.stage.borrow().clone()
    }

    /// When it began to join.
    pub fn clicked(&self) -> Instant {
        self.clicked
    }

    /// The secret that names its session.
    pub fn secret(&self) -> &str {
        self.whip.secret()
    }

    /// The way of its media.
    pub fn route(&self) -> Option<Route> {
        self.peer().route()
    }

    /// What it received so far.
    pub fn heard(&self) -> Heard {
        self.peer().heard()
    }

    /// The sound that it received, at 8 kHz.
    pub fn sound(&self) -> Vec<f32> {
        // Its task waits for as long as the peer is held, so what takes long is done after that.
        let captured = self.peer().captured();
        captured.at_8_khz()
    }

    /// Looks for `speech` in the sound that it received.
    pub fn find(&self, speech: Speech) -> Match {
        correlate::find(&speech.samples(Rate::Hz8000), &self.sound())
    }

    /// Forgets what it received.
    pub fn forget(&self) {
        self.peer().forget();
    }

    /// Says something else from now on, or nothing.
    ///
    /// # Errors
    /// The codec can't be set up.
    pub fn say(&self, says: Option<Says>) -> Result<(), BrowserError> {
        Ok(self.peer().say(says)?)
    }

    /// Changes networks: the old socket is gone, and ICE restarts from one on `ip`.
    ///
    /// # Errors
    /// There is no socket, or the server doesn't go along.
    pub async fn move_to(&mut self, ip: IpAddr) -> Result<(), BrowserError> {
        let wire = Wire::udp(ip).await?;
        let local = wire.local();
        self.tap().socket = wire.udp_socket();
        let ice = self.peer().restart();
        // From here on nothing of it comes from where it was.
        self.commands.send(Command::Move(Box::new(wire))).map_err(|_| BrowserError::Ended)?;
        let fragment = TrickleFragment {
            mid: Some("0".to_owned()),
            ice: Some(ice),
            end_of_candidates: true,
            ..TrickleFragment::default()
        };
        let fragment = self.whip.restart(&fragment).await?;
        self.peer().restarted(local, &fragment)
    }

    /// Leaves, by WHIP, as a page does.
    ///
    /// # Errors
    /// The server doesn't know of it.
    pub async fn leave(self) -> Result<(), BrowserError> {
        self.whip.leave().await
    }

    /// Says goodbye by DTLS and is gone.
    pub async fn close(self) {
        self.peer().close();
        let (done, ended) = oneshot::channel();
        if self.commands.send(Command::End(done)).is_ok() {
            // The task ends either way.
            let _ = ended.await;
        }
    }

    /// Somebody on its path; none where that is TCP.
    pub fn intruder(&self) -> Option<Intruder> {
        let socket = self.tap().socket.clone()?;
        let remote = self.route()?.remote;
        Some(Intruder { socket, remote, tap: Arc::clone(&self.tap) })
    }

    fn peer(&self) -> MutexGuard<'_, Peer> {
        self.peer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tap(&self) -> MutexGuard<'_, Tap> {
        self.tap.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Somebody who can send from a browser's own address, and saw what it sent; but has no keys.
pub struct Intruder {
    socket: Arc<UdpSocket>,
    remote: SocketAddr,
    tap: Arc<Mutex<Tap>>,
}

impl Intruder {
    /// The last packet of sound that the browser sent.
    pub fn last_sound(&self) -> Vec<u8> {
        self.tap.lock().unwrap_or_else(PoisonError::into_inner).last_sound.clone()
    }

    /// The last of its connectivity checks.
    pub fn last_check(&self) -> Vec<u8> {
        self.tap.lock().unwrap_or_else(PoisonError::into_inner).last_check.clone()
    }

    /// Where the server takes the browser's media.
    pub fn remote(&self) -> SocketAddr {
        self.remote
    }

    /// Sends a datagram in the browser's name.
    ///
    /// # Errors
    /// The socket fails.
    pub async fn send(&self, datagram: &[u8]) -> Result<(), BrowserError> {
        Ok(self.socket.send_to(datagram, self.remote).await.map(drop)?)
    }
}

/// Where the server takes connections.
fn passive(answer: &ClientAnswer) -> Result<SocketAddr, BrowserError> {
    let mut passive =
        answer.candidates.iter().filter(|it| it.transport == CandidateTransport::TcpPassive);
    passive.find_map(|it| it.socket_address()).ok_or(BrowserError::Lacks("candidate for TCP"))
}

/// What the task owns.
struct Line {
    peer: Arc<Mutex<Peer>>,
    wire: Wire,
    stage: watch::Sender<Stage>,
    commands: mpsc::UnboundedReceiver<Command>,
    tap: Arc<Mutex<Tap>>,
}

impl Line {
    async fn run(mut self) {
        let mut clock = time::interval(TICK);
        // A late tick is made up for: the stream's rate is what matters.
        clock.set_missed_tick_behavior(MissedTickBehavior::Burst);
        loop {
            self.send().await;
            let due = self.peer().poll_timeout().map(time::Instant::from_std);
            let due = due.unwrap_or_else(|| time::Instant::now() + TICK);
            tokio::select! {
                _ = clock.tick() => self.peer().tick(Instant::now()),
                () = time::sleep_until(due) => self.peer().handle_timeout(Instant::now()),
                received = self.wire.receive() => match received {
                    Ok((route, datagram)) => {
                        let mut peer = self.peer.lock().unwrap_or_else(PoisonError::into_inner);
                        peer.handle_datagram(Instant::now(), route, datagram);
                    }
                    Err(error) => {
                        tracing::debug!(%error, "a browser's socket failed");
                        // Nobody there is told by ICMP, and passes; a connection that ended does not.
                        if self.wire.udp_socket().is_none() {
                            return;
                        }
                    }
                },
                Some(command) = self.commands.recv() => match command {
                    Command::Move(wire) => self.wire = *wire,
                    Command::End(done) => {
                        self.send().await;
                        // Who asked may be gone.
                        let _ = done.send(());
                        return;
                    }
                },
            }
        }
    }

    /// Sends what waits, and tells how far it is.
    async fn send(&mut self) {
        let stage = self.peer().stage().clone();
        self.stage.send_if_modified(|told| std::mem::replace(told, stage.clone()) != stage);
        let local = self.wire.local().0;
        while let Some((route, datagram)) = self.transmit() {
            if route.local == local {
                self.wire.send(route.remote, &datagram).await;
            }
        }
    }

    fn transmit(&mut self) -> Option<(Route, Vec<u8>)> {
        let (route, datagram) = self.peer().poll_transmit()?;
        let mut tap = self.tap.lock().unwrap_or_else(PoisonError::into_inner);
        match Datagram::of(&datagram) {
            Some(Datagram::Rtp) if !is_rtcp(&datagram) => tap.last_sound.clone_from(&datagram),
            Some(Datagram::Stun) => tap.last_check.clone_from(&datagram),
            _ => {}
        }
        Some((route, datagram))
    }

    fn peer(&self) -> MutexGuard<'_, Peer> {
        self.peer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
