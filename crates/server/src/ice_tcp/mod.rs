//! ICE over TCP (RFC 6544), for browsers in networks that let no UDP through.
//!
//! A browser connects to one port for all, and frames what it would have sent in datagrams (RFC 4571). Here is
//! no more than a relay: the first frame has to be a connectivity check, whose user fragment names the worker
//! that the browser is to reach. From then on a socket of the connection's own passes frames and datagrams
//! between the browser and that worker over loopback, so that to the worker it is a browser like all others,
//! at one more address. What is forged or unwelcome is the worker's to tell, as it is with datagrams.
//!
//! A connection lives as long as the worker has something to say on it. A worker speaks only to those whose
//! checks are authentic, so that neither strangers nor those who have left keep a place: see [`Limits`]. TCP
//! makes late what it should lose, so that the sound that waits to be sent is bounded, and the oldest goes first.

mod backlog;
mod framing;
mod relay;
mod socket;
mod tally;
mod workers;

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use conference::ClientAddress;
use futures_util::future::select_all;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::MissedTickBehavior;

use self::relay::Ending;
use self::tally::Tally;
use self::workers::Workers;
use crate::metrics::{Metrics, names};

/// Connections at a time. Each has a socket for the browser and one for the worker.
const CONNECTIONS_MAX: usize = 1_024;
/// Connections of one client at a time. A browser tries one for each of its networks, and many browsers may
/// share an address.
const CONNECTIONS_PER_CLIENT_MAX: usize = 128;
/// For the first check to be here in whole.
const FIRST_FRAME_TIME_MAX: Duration = Duration::from_secs(5);
/// From the first check to the worker's answer to an authentic one.
const ANSWER_TIME_MAX: Duration = Duration::from_secs(10);
/// Without a word from the worker. Browsers check each path more often (RFC 7675 section 5.1).
const SILENCE_TIME_MAX: Duration = Duration::from_secs(30);
/// How often counters are published.
const PUBLISH_INTERVAL: Duration = Duration::from_secs(1);
/// After a failed accept (no descriptor is free, most often) the next waits this long.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// What connections are held to. Frames and what waits to be sent have limits beside: see `framing` and
/// `backlog`.
#[derive(Clone, Copy, Debug)]
struct Limits {
    connections_max: usize,
    connections_per_client_max: usize,
    first_frame_time_max: Duration,
    answer_time_max: Duration,
    silence_time_max: Duration,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            connections_max: CONNECTIONS_MAX,
            connections_per_client_max: CONNECTIONS_PER_CLIENT_MAX,
            first_frame_time_max: FIRST_FRAME_TIME_MAX,
            answer_time_max: ANSWER_TIME_MAX,
            silence_time_max: SILENCE_TIME_MAX,
        }
    }
}

/// The port that browsers connect to.
pub(crate) struct IceTcp {
    listeners: Vec<TcpListener>,
    port: u16,
    limits: Limits,
}

impl IceTcp {
    /// Listens on a port, the same of all addresses; 0 is any that is free.
    ///
    /// # Errors
    /// The port can't be had on one of the addresses.
    pub(crate) fn bind(ips: &[IpAddr], port: u16) -> io::Result<IceTcp> {
        let listeners = socket::listen(ips, port)?;
        let first = listeners.first().ok_or(io::ErrorKind::InvalidInput)?;
        let port = first.local_addr()?.port();
        Ok(IceTcp { listeners, port, limits: Limits::default() })
    }

    /// The port.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Relays between browsers and workers, each of which is given by the addresses of its port for browsers,
    /// until `stopping` says so. All connections are cut then.
    pub(crate) async fn serve(
        self,
        workers: Vec<Vec<SocketAddr>>,
        metrics: Metrics,
        mut stopping: watch::Receiver<bool>,
    ) {
        let mut floor = Floor::new(self.limits, Workers::new(&workers), metrics);
        let mut publishing = tokio::time::interval(PUBLISH_INTERVAL);
        publishing.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = told(&mut stopping) => break,
                accepted = accept(&self.listeners) => match accepted {
                    Ok((stream, peer)) => floor.admit(stream, peer),
                    Err(error) => {
                        tracing::warn!(%error, "can't take a browser's connection by TCP");
                        tokio::time::sleep(ACCEPT_PAUSE).await;
                    }
                },
                Some(ended) = floor.connections.join_next_with_id() => floor.dismiss(ended),
                _ = publishing.tick() => floor.publish(),
            }
        }
        drop(self.listeners);
        floor.connections.shutdown().await;
        floor.publish();
    }
}

/// Waits until it is said to stop.
async fn told(stopping: &mut watch::Receiver<bool>) {
    // Whoever would say it is gone: as good as said.
    let _ = stopping.wait_for(|stopping| *stopping).await;
}

/// The next connection of any listener.
async fn accept(listeners: &[TcpListener]) -> io::Result<(TcpStream, SocketAddr)> {
    let accepting = listeners.iter().map(|listener| Box::pin(listener.accept()));
    select_all(accepting).await.0
}

/// The connections that there are.
struct Floor {
    limits: Limits,
    workers: Arc<Workers>,
    connections: JoinSet<Ending>,
    /// Whose connections they are.
    clients: HashMap<Id, ClientAddress>,
    tally: Arc<Tally>,
    metrics: Metrics,
}

impl Floor {
    fn new(limits: Limits, workers: Workers, metrics: Metrics) -> Floor {
        Floor {
            limits,
            workers: Arc::new(workers),
            connections: JoinSet::new(),
            clients: HashMap::new(),
            tally: Arc::default(),
            metrics,
        }
    }

    fn admit(&mut self, stream: TcpStream, peer: SocketAddr) {
        let client = ClientAddress::from(peer.ip());
        if self.clients.len() >= self.limits.connections_max {
            return self.refuse("too_many");
        }
        let of_client = self.clients.values().filter(|other| **other == client).count();
        if of_client >= self.limits.connections_per_client_max {
            return self.refuse("too_many_of_client");
        }
        let (workers, tally) = (Arc::clone(&self.workers), Arc::clone(&self.tally));
        let connection = relay::run(stream, workers, self.limits, tally);
        let id = self.connections.spawn(connection).id();
        self.clients.insert(id, client);
        self.metrics.gauge(names::ICE_TCP_CONNECTIONS, self.clients.len());
    }

    fn dismiss(&mut self, ended: Result<(Id, Ending), JoinError>) {
        let id = match ended {
            Ok((id, ending)) => {
                if let Some(reason) = ending.reason() {
                    self.refuse(reason);
                }
                id
            }
            Err(error) => {
                tracing::error!(%error, "a browser's connection by TCP failed");
                error.id()
            }
        };
        self.clients.remove(&id);
        self.metrics.gauge(names::ICE_TCP_CONNECTIONS, self.clients.len());
    }

    fn refuse(&self, reason: &'static str) {
        self.metrics.count(names::ICE_TCP_REFUSED, Some(("reason", reason)));
    }

    fn publish(&self) {
        self.metrics.gauge(names::ICE_TCP_CONNECTIONS, self.clients.len());
        for (direction, frames) in self.tally.totals() {
            self.metrics.total(names::ICE_TCP_FRAMES, Some(("direction", direction)), frames);
        }
    }
}
