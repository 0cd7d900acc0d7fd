//! The endpoint's one task: feeds the core and does what it wants done.

use std::{collections::VecDeque, io, net::SocketAddr, time::Duration};

use bytes::Bytes;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{mpsc, watch},
    time::{Instant, sleep, sleep_until},
};

use super::{
    connections::Connections,
    report::Report,
    resolve::Lookup,
    stream::{Closing, Told},
    udp::Datagrams,
};
use crate::{
    Command, Limits, SipEvent, Stats, Transport, endpoint::Core, flow::Flow, outbox::Output,
};

/// Everything that the task owns.
pub(super) struct Task {
    core: Core,
    start: Instant,
    datagrams: Option<Datagrams>,
    listener: Option<TcpListener>,
    connections: Connections,
    told: mpsc::Receiver<Told>,
    events: mpsc::Sender<SipEvent>,
    /// Events that found the queue full. Until they are gone the network isn't read, so that no more arise.
    backlog: VecDeque<SipEvent>,
    stats: watch::Sender<Stats>,
    /// All handles are gone, or the receiver of events is.
    is_orphaned: bool,
    connections_refused: u64,
    report: Report,
}

/// Why the task woke up.
enum Wake {
    Command(Option<Command>),
    /// There is room for events again.
    Room,
    Datagrams,
    Accepted(TcpStream, SocketAddr),
    Told(Told),
    Found(Lookup),
    Due,
}

/// Datagrams taken in a row before anything else has its turn.
const BATCH: usize = 64;
/// How long to wait after a connection could not be accepted.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);
/// How long the task sleeps when nothing is due.
const LONG: Duration = Duration::from_secs(3600);

impl Task {
    pub(super) fn new(
        core: Core,
        limits: Limits,
        datagrams: Option<Datagrams>,
        listener: Option<TcpListener>,
        events: mpsc::Sender<SipEvent>,
        stats: watch::Sender<Stats>,
    ) -> Self {
        let (connections, told) = Connections::new(limits);
        Self {
            core,
            start: Instant::now(),
            datagrams,
            listener,
            connections,
            told,
            events,
            backlog: VecDeque::new(),
            stats,
            is_orphaned: false,
            connections_refused: 0,
            report: Report::default(),
        }
    }

    /// Runs until the endpoint has shut down.
    pub(super) async fn run(
        mut self,
        mut commands: mpsc::Receiver<Command>,
        mut lookups: mpsc::Receiver<Lookup>,
    ) {
        // What the start found is known before the first call that wants it.
        while let Ok((trunk, address)) = lookups.try_recv() {
            self.core.set_trunk_address(&trunk, address);
        }
        while !self.core.is_shut_down() || !self.backlog.is_empty() {
            let wake = self.wait(&mut commands, &mut lookups).await;
            let now = self.start.elapsed();
            match wake {
                // With the last handle, or the receiver of events, gone nobody can see to the calls any more.
                Wake::Command(command) => {
                    self.core.handle_command(now, command.unwrap_or(Command::Shutdown));
                }
                Wake::Room => {}
                Wake::Datagrams => self.receive_datagrams(),
                Wake::Accepted(stream, remote) => {
                    if self.connections.accept(stream, remote).is_err() {
                        self.connections_refused += 1;
                    }
                }
                Wake::Told(told) => self.handle_told(told),
                Wake::Found((trunk, address)) => self.core.set_trunk_address(&trunk, address),
                Wake::Due => self.core.handle_timeout(now),
            }
            self.flush();
        }
    }

    async fn wait(
        &mut self,
        commands: &mut mpsc::Receiver<Command>,
        lookups: &mut mpsc::Receiver<Lookup>,
    ) -> Wake {
        let due = self.core.poll_timeout().unwrap_or(self.start.elapsed() + LONG);
        let may_read = self.backlog.is_empty();
        tokio::select! {
            command = commands.recv(), if !self.is_orphaned => {
                self.is_orphaned = command.is_none();
                Wake::Command(command)
            }
            () = self.events.closed(), if !self.is_orphaned => {
                self.is_orphaned = true;
                Wake::Command(None)
            }
            _ = self.events.reserve(), if !may_read => Wake::Room,
            Ok(()) = readable(self.datagrams.as_ref()), if may_read => Wake::Datagrams,
            (stream, remote) = accept(self.listener.as_ref()), if may_read => {
                Wake::Accepted(stream, remote)
            }
            Some(told) = self.told.recv(), if may_read => Wake::Told(told),
            Some(lookup) = lookups.recv() => Wake::Found(lookup),
            () = sleep_until(self.start + due) => Wake::Due,
        }
    }

    fn receive_datagrams(&mut self) {
        let Some(datagrams) = &mut self.datagrams else { return };
        for _ in 0..BATCH {
            let Some((flow, data)) = datagrams.receive() else { return };
            self.core.handle_message(self.start.elapsed(), flow, data);
        }
    }

    fn handle_told(&mut self, told: Told) {
        match told {
            Told::Message(flow, data) => {
                self.core.handle_message(self.start.elapsed(), flow, &data)
            }
            Told::Closed(flow, closing) => {
                if let Some(id) = flow.connection {
                    self.connections.remove(id);
                }
                if closing == Closing::Unframed {
                    self.connections_refused += 1;
                }
                let now = self.start.elapsed();
                match closing {
                    Closing::Failed => self.core.handle_send_failure(now, flow),
                    Closing::Normal | Closing::Unframed => self.core.handle_closed(now, flow),
                }
            }
        }
    }

    /// Does what the core wants done.
    fn flush(&mut self) {
        while let Some(output) = self.core.poll_output() {
            match output {
                Output::Send(flow, data) => self.send(flow, data),
                Output::Event(event) => self.backlog.push_back(event),
            }
        }
        while let Some(event) = self.backlog.pop_front() {
            match self.events.try_send(event) {
                Err(mpsc::error::TrySendError::Full(event)) => {
                    self.backlog.push_front(event);
                    break;
                }
                Ok(()) | Err(mpsc::error::TrySendError::Closed(_)) => {}
            }
        }
        let stats = Stats {
            connections: self.connections.len(),
            connections_refused: self.connections_refused,
            ..self.core.stats()
        };
        self.report.update(self.start.elapsed(), &stats);
        self.stats.send_replace(stats);
    }

    fn send(&mut self, flow: Flow, data: Bytes) {
        let is_sent = match flow.transport {
            Transport::Udp => self
                .datagrams
                .as_ref()
                .is_some_and(|socket| socket.send(flow.remote, &data).is_ok()),
            Transport::Tcp => self.connections.send(flow, data).is_ok(),
        };
        if !is_sent {
            self.core.handle_send_failure(self.start.elapsed(), flow);
        }
    }
}

async fn readable(datagrams: Option<&Datagrams>) -> io::Result<()> {
    match datagrams {
        Some(datagrams) => datagrams.readable().await,
        None => std::future::pending().await,
    }
}

/// The next connection. When the system has none to give (no more file descriptors, say), it is asked again later.
async fn accept(listener: Option<&TcpListener>) -> (TcpStream, SocketAddr) {
    let Some(listener) = listener else { return std::future::pending().await };
    loop {
        match listener.accept().await {
            Ok(accepted) => return accepted,
            Err(_) => sleep(ACCEPT_PAUSE).await,
        }
    }
}
