//! A browser's socket: UDP, or TCP with a frame around each datagram (RFC 4571).

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use bytes::{Buf, BytesMut};
use is::Protocol;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpStream, UdpSocket};

/// Room for any datagram.
const DATAGRAM_BYTES_MAX: usize = 2048;

/// Bytes of the length in front of each frame.
const LENGTH_BYTES: usize = 2;

/// From where to where a datagram goes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Route {
    /// The browser's end.
    pub local: SocketAddr,
    /// The server's end.
    pub remote: SocketAddr,
    /// UDP or TCP.
    pub protocol: Protocol,
}

/// The one socket that a browser has at a time.
pub(super) enum Wire {
    Udp { socket: Arc<UdpSocket>, local: SocketAddr, received: Vec<u8> },
    Tcp(Box<Tcp>),
}

/// A connection.
pub(super) struct Tcp {
    reader: OwnedReadHalf,
    writer: OwnedWriteHalf,
    route: Route,
    /// What came, and isn't given out.
    received: BytesMut,
    /// The frame that is given out.
    frame: BytesMut,
}

impl Wire {
    pub(super) async fn udp(ip: IpAddr) -> io::Result<Self> {
        let socket = UdpSocket::bind((ip, 0)).await?;
        let local = socket.local_addr()?;
        Ok(Self::Udp { socket: Arc::new(socket), local, received: vec![0; DATAGRAM_BYTES_MAX] })
    }

    pub(super) async fn tcp(remote: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(remote).await?;
        stream.set_nodelay(true)?;
        let route = Route { local: stream.local_addr()?, remote, protocol: Protocol::Tcp };
        let (reader, writer) = stream.into_split();
        Ok(Self::Tcp(Box::new(Tcp {
            reader,
            writer,
            route,
            received: BytesMut::new(),
            frame: BytesMut::new(),
        })))
    }

    pub(super) fn local(&self) -> (SocketAddr, Protocol) {
        match self {
            Self::Udp { local, .. } => (*local, Protocol::Udp),
            Self::Tcp(tcp) => (tcp.route.local, Protocol::Tcp),
        }
    }

    pub(super) fn udp_socket(&self) -> Option<Arc<UdpSocket>> {
        match self {
            Self::Udp { socket, .. } => Some(Arc::clone(socket)),
            Self::Tcp(_) => None,
        }
    }

    /// The next datagram, and its way. Nothing is lost when this is dropped while it waits.
    pub(super) async fn receive(&mut self) -> io::Result<(Route, &mut [u8])> {
        match self {
            Self::Udp { socket, local, received } => {
                let (length, remote) = socket.recv_from(received).await?;
                let route = Route { local: *local, remote, protocol: Protocol::Udp };
                Ok((route, received.get_mut(..length).unwrap_or_default()))
            }
            Self::Tcp(tcp) => tcp.receive().await,
        }
    }

    /// Sends a datagram. That nobody is there shows elsewhere.
    pub(super) async fn send(&mut self, remote: SocketAddr, datagram: &[u8]) {
        let sent = match self {
            Self::Udp { socket, .. } => socket.send_to(datagram, remote).await.map(drop),
            Self::Tcp(tcp) => tcp.send(datagram).await,
        };
        if let Err(error) = sent {
            tracing::debug!(%error, %remote, "a browser can't send");
        }
    }
}

impl Tcp {
    async fn receive(&mut self) -> io::Result<(Route, &mut [u8])> {
        loop {
            let length = self.received.first_chunk().map(|length| u16::from_be_bytes(*length));
            let length = length.map(usize::from);
            if let Some(length) =
                length.filter(|length| self.received.len() >= LENGTH_BYTES + length)
            {
                self.received.advance(LENGTH_BYTES);
                self.frame = self.received.split_to(length);
                return Ok((self.route, &mut self.frame));
            }
            if self.reader.read_buf(&mut self.received).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }

    async fn send(&mut self, datagram: &[u8]) -> io::Result<()> {
        let length = u16::try_from(datagram.len()).map_err(|_| io::ErrorKind::InvalidInput)?;
        let frame = [&length.to_be_bytes(), datagram].concat();
        self.writer.write_all(&frame).await
    }
}
