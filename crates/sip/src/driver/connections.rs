//! All TCP connections that there are.

use std::{collections::HashMap, net::SocketAddr};

use bytes::Bytes;
use tokio::{net::TcpStream, sync::mpsc};

use super::stream::{Stream, Told};
use crate::{
    Limits,
    flow::{ConnectionId, Flow},
};

/// The connections, by id and by the peer's address.
pub(super) struct Connections {
    by_id: HashMap<ConnectionId, Connection>,
    by_remote: HashMap<SocketAddr, ConnectionId>,
    count: u64,
    limits: Limits,
    told: mpsc::Sender<Told>,
}

struct Connection {
    remote: SocketAddr,
    queue: mpsc::Sender<Bytes>,
}

/// Messages of all connections that wait for the endpoint's task. Above: the connections wait.
const TOLD_MAX: usize = 256;

/// There are as many connections as there may be, or one of them doesn't keep up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Refused;

impl Connections {
    pub(super) fn new(limits: Limits) -> (Self, mpsc::Receiver<Told>) {
        let (told, tellings) = mpsc::channel(TOLD_MAX);
        let (by_id, by_remote) = (HashMap::new(), HashMap::new());
        (Self { by_id, by_remote, count: 0, limits, told }, tellings)
    }

    pub(super) fn len(&self) -> usize {
        self.by_id.len()
    }

    /// Takes in a connection that a peer has opened.
    ///
    /// # Errors
    /// There are too many; it is closed.
    pub(super) fn accept(&mut self, stream: TcpStream, remote: SocketAddr) -> Result<(), Refused> {
        let remote = SocketAddr::new(remote.ip().to_canonical(), remote.port());
        let connection = self.open(remote)?;
        tokio::spawn(connection.run(stream));
        Ok(())
    }

    /// Sends on the flow's connection, or on another one to its peer, or on a new one.
    ///
    /// # Errors
    /// There are too many connections, or too much waits on this one.
    pub(super) fn send(&mut self, flow: Flow, data: Bytes) -> Result<(), Refused> {
        let known = flow.connection.filter(|id| self.by_id.contains_key(id));
        let known = known.or_else(|| self.by_remote.get(&flow.remote).copied());
        let id = match known {
            Some(id) => id,
            None => {
                let stream = self.open(flow.remote)?;
                tokio::spawn(stream.connect());
                *self.by_remote.get(&flow.remote).ok_or(Refused)?
            }
        };
        let connection = self.by_id.get(&id).ok_or(Refused)?;
        if connection.queue.try_send(data).is_err() {
            self.remove(id);
            return Err(Refused);
        }
        Ok(())
    }

    /// Forgets a connection; its task ends when it is forgotten.
    pub(super) fn remove(&mut self, id: ConnectionId) {
        if let Some(connection) = self.by_id.remove(&id)
            && self.by_remote.get(&connection.remote) == Some(&id)
        {
            self.by_remote.remove(&connection.remote);
        }
    }

    fn open(&mut self, remote: SocketAddr) -> Result<Stream, Refused> {
        let from_there = self.by_id.values().filter(|one| one.remote.ip() == remote.ip()).count();
        if self.len() >= self.limits.connections_max
            || from_there >= self.limits.connections_per_address_max
        {
            return Err(Refused);
        }
        self.count += 1;
        let id = ConnectionId(self.count);
        let (queue, queued) = mpsc::channel(self.limits.connection_queue_max.max(1));
        self.by_id.insert(id, Connection { remote, queue });
        self.by_remote.insert(remote, id);
        Ok(Stream::new(id, remote, self.limits.clone(), self.told.clone(), queued))
    }
}
