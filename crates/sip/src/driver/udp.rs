//! Datagrams in and out.

use std::{
    io,
    net::{IpAddr, SocketAddr},
};

use tokio::net::UdpSocket;

use crate::{Transport, flow::Flow, limits::MESSAGE_BYTES_MAX};

/// The UDP socket. IPv4 peers of an IPv6 socket are shown, and named, by their IPv4 addresses.
pub(super) struct Datagrams {
    socket: UdpSocket,
    local: SocketAddr,
    buffer: Vec<u8>,
}

impl Datagrams {
    pub(super) async fn bind(address: SocketAddr) -> io::Result<Self> {
        let socket = UdpSocket::bind(address).await?;
        // Until the reactor has seen the socket, it takes nothing and the first request would wait for its repetition.
        socket.writable().await?;
        let local = socket.local_addr()?;
        Ok(Self { socket, local, buffer: vec![0; MESSAGE_BYTES_MAX] })
    }

    pub(super) fn local(&self) -> SocketAddr {
        self.local
    }

    /// Waits until there may be a datagram to [`Self::receive`].
    pub(super) async fn readable(&self) -> io::Result<()> {
        self.socket.readable().await
    }

    /// The next datagram, if there is one.
    pub(super) fn receive(&mut self) -> Option<(Flow, &[u8])> {
        // Errors of a UDP socket are those of earlier sends (an ICMP message came back): the timers see to these.
        let (length, remote) = self.socket.try_recv_from(&mut self.buffer).ok()?;
        let remote = SocketAddr::new(remote.ip().to_canonical(), remote.port());
        let flow = Flow { transport: Transport::Udp, remote, connection: None };
        Some((flow, self.buffer.get(..length)?))
    }

    /// Sends without waiting: a datagram that finds no room is lost, as it might be further on.
    pub(super) fn send(&self, remote: SocketAddr, data: &[u8]) -> io::Result<()> {
        let remote = match (self.local, remote.ip()) {
            (SocketAddr::V6(_), IpAddr::V4(v4)) => (v4.to_ipv6_mapped(), remote.port()).into(),
            _ => remote,
        };
        match self.socket.try_send_to(data, remote) {
            Err(error) if error.kind() != io::ErrorKind::WouldBlock => Err(error),
            _ => Ok(()),
        }
    }
}
