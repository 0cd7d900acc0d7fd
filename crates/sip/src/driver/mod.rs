//! The endpoint's sockets, clock and task: the only part of this crate that waits.

mod connections;
mod handle;
mod local;
mod report;
mod resolve;
mod stream;
mod task;
mod udp;

use std::{collections::HashSet, io, net::SocketAddr, sync::Arc};

use tokio::{
    net::TcpListener,
    sync::{mpsc, watch},
};

pub use handle::SipHandle;

use self::{local::RouteLookup, task::Task, udp::Datagrams};
use crate::{Entropy, Settings, SipError, SipEvent, Stats, Transport, endpoint::Core};

/// A SIP endpoint on sockets of its own.
#[derive(Debug)]
pub struct Endpoint;

impl Endpoint {
    /// Binds the sockets, looks up the trunks that have names, and starts the endpoint's task on the current tokio
    /// runtime. It runs until [`SipHandle::shutdown`], or until all handles or the receiver of events are dropped.
    ///
    /// # Errors
    /// There is no address, a socket can't be bound, or two trunks share a name.
    pub async fn bind(
        mut settings: Settings,
    ) -> Result<(SipHandle, mpsc::Receiver<SipEvent>), SipError> {
        if settings.udp.is_none() && settings.tcp.is_none() {
            return Err(SipError::NoAddress);
        }
        let mut names = HashSet::new();
        if let Some(twice) = settings.trunks.iter().find(|trunk| !names.insert(&trunk.id)) {
            return Err(SipError::DuplicateTrunk(twice.id.clone()));
        }
        let datagrams = match settings.udp {
            Some(address) => Some(
                Datagrams::bind(address).await.map_err(|e| failed(Transport::Udp, address, e))?,
            ),
            None => None,
        };
        let listener = match settings.tcp {
            Some(address) => {
                let listener = TcpListener::bind(address).await;
                Some(listener.map_err(|error| failed(Transport::Tcp, address, error))?)
            }
            None => None,
        };
        settings.udp = datagrams.as_ref().map(Datagrams::local);
        settings.tcp = listener.as_ref().and_then(|listener| listener.local_addr().ok());
        Ok(start(settings, datagrams, listener).await)
    }
}

async fn start(
    settings: Settings,
    datagrams: Option<Datagrams>,
    listener: Option<TcpListener>,
) -> (SipHandle, mpsc::Receiver<SipEvent>) {
    let (commands, command_queue) = mpsc::channel(settings.limits.commands_max.max(1));
    let (events, event_queue) = mpsc::channel(settings.limits.events_max.max(1));
    let (stats, stats_seen) = watch::channel(Stats::default());
    let (closing, closed) = watch::channel(false);
    let handle = SipHandle {
        commands,
        closed,
        stats: stats_seen,
        trunks: settings.trunks.iter().map(|trunk| trunk.id.clone()).collect::<Arc<[_]>>(),
        udp: settings.udp,
        tcp: settings.tcp,
    };
    let family = settings.udp.or(settings.tcp);
    let lookups = resolve::start(&settings.trunks, family).await;
    let limits = settings.limits.clone();
    let core = Core::new(settings, Box::new(RouteLookup::default()), Entropy::from_system());
    let task = Task::new(core, limits, datagrams, listener, events, stats);
    tokio::spawn(async move {
        task.run(command_queue, lookups).await;
        closing.send_replace(true);
    });
    (handle, event_queue)
}

fn failed(transport: Transport, address: SocketAddr, source: io::Error) -> SipError {
    SipError::Bind { transport, address, source }
}
