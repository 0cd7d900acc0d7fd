//! One TCP connection: its framing, its keep-alives and its time limits.

use std::net::SocketAddr;

use bytes::Bytes;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::mpsc,
    time::{Instant, sleep_until, timeout},
};

use crate::{
    Limits, Transport,
    flow::{ConnectionId, Flow},
    message::{Framed, Framer},
};

/// What a connection tells the endpoint's task.
#[derive(Debug)]
pub(super) enum Told {
    /// A message has come.
    Message(Flow, Bytes),
    /// The connection is no more.
    Closed(Flow, Closing),
}

/// Why a connection is closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Closing {
    /// By the peer, by us, or because nothing happened on it.
    Normal,
    /// It could not be opened, or broke.
    Failed,
    /// The peer sent what can't be framed, or a message too slowly.
    Unframed,
}

/// One connection.
pub(super) struct Stream {
    id: ConnectionId,
    remote: SocketAddr,
    limits: Limits,
    told: mpsc::Sender<Told>,
    queue: mpsc::Receiver<Bytes>,
}

/// The bytes read at a time.
const READ_BYTES: usize = 8 * 1024;

impl Stream {
    pub(super) fn new(
        id: ConnectionId,
        remote: SocketAddr,
        limits: Limits,
        told: mpsc::Sender<Told>,
        queue: mpsc::Receiver<Bytes>,
    ) -> Self {
        Self { id, remote, limits, told, queue }
    }

    /// Opens the connection, then runs it.
    pub(super) async fn connect(self) {
        let connecting = timeout(self.limits.message_time, TcpStream::connect(self.remote));
        match connecting.await {
            Ok(Ok(stream)) => self.run(stream).await,
            Ok(Err(_)) | Err(_) => self.close(Closing::Failed).await,
        }
    }

    /// Runs the connection until it is closed.
    pub(super) async fn run(mut self, stream: TcpStream) {
        // Requests are small and wait for their answers.
        let _ = stream.set_nodelay(true);
        let (reader, writer) = stream.into_split();
        let closing = self.exchange(reader, writer).await;
        self.close(closing).await;
    }

    async fn exchange(&mut self, mut reader: OwnedReadHalf, mut writer: OwnedWriteHalf) -> Closing {
        let mut framer = Framer::default();
        let mut buffer = vec![0; READ_BYTES];
        let mut idle_at = Instant::now() + self.limits.connection_idle;
        // When the message that has begun must be complete.
        let mut message_due = None;
        loop {
            let due: Instant = message_due.map_or(idle_at, |due: Instant| due.min(idle_at));
            tokio::select! {
                read = reader.read(&mut buffer) => match read {
                    Ok(0) => return Closing::Normal,
                    Ok(length) => {
                        framer.push(buffer.get(..length).unwrap_or_default());
                        if let Some(closing) = self.take_framed(&mut framer, &mut writer).await {
                            return closing;
                        }
                        let started = || Instant::now() + self.limits.message_time;
                        message_due = framer.is_partial().then(|| message_due.unwrap_or_else(started));
                    }
                    Err(_) => return Closing::Failed,
                },
                message = self.queue.recv() => match message {
                    Some(message) => if let Err(closing) = self.write(&mut writer, &message).await {
                        return closing;
                    },
                    None => return Closing::Normal,
                },
                () = sleep_until(due) => {
                    return if message_due.is_some() { Closing::Unframed } else { Closing::Normal };
                }
            }
            idle_at = Instant::now() + self.limits.connection_idle;
        }
    }

    async fn take_framed(
        &self,
        framer: &mut Framer,
        writer: &mut OwnedWriteHalf,
    ) -> Option<Closing> {
        loop {
            match framer.next() {
                Ok(Some(Framed::Message(message))) => {
                    let told = self.told.send(Told::Message(self.flow(), message));
                    if told.await.is_err() {
                        return Some(Closing::Normal);
                    }
                }
                Ok(Some(Framed::Ping)) => {
                    if let Err(closing) = self.write(writer, b"\r\n").await {
                        return Some(closing);
                    }
                }
                Ok(None) => return None,
                Err(_) => return Some(Closing::Unframed),
            }
        }
    }

    /// A peer that doesn't read is no peer.
    async fn write(&self, writer: &mut OwnedWriteHalf, data: &[u8]) -> Result<(), Closing> {
        match timeout(self.limits.message_time, writer.write_all(data)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(Closing::Failed),
        }
    }

    async fn close(self, closing: Closing) {
        let _ = self.told.send(Told::Closed(self.flow(), closing)).await;
    }

    fn flow(&self) -> Flow {
        Flow { transport: Transport::Tcp, remote: self.remote, connection: Some(self.id) }
    }
}
