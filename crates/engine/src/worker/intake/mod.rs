//! Datagrams from the network: which leg they are for, whether they may come in, and in they go.

mod browsers;
mod phones;

use std::net::SocketAddr;

use super::outbox::Outbox;
use super::reporting::Moment;
use super::socket_key::{Purpose, SocketKey};
use super::tables::Tables;

impl Tables {
    /// Takes a datagram that came to `socket` from `source` at `at`, and may decrypt it where it
    /// lies. What is to be answered at once goes into `outbox`.
    pub(crate) fn datagram(
        &mut self,
        socket: SocketKey,
        source: SocketAddr,
        at: Moment,
        datagram: &mut [u8],
        outbox: &mut Outbox,
    ) {
        match socket.purpose() {
            Purpose::Port(port, channel) => {
                self.take_from_phone((port, channel), (socket, source), at, datagram);
            }
            Purpose::Browsers(_) => self.take_from_browser((socket, source), at, datagram, outbox),
        }
    }
}
