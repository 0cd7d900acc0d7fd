//! The far ends of all legs: one socket that sends from an address of each, and takes in what comes back.

use std::net::{Ipv4Addr, SocketAddr};
use std::thread::sleep;
use std::time::{Duration, Instant};

use udp::{RecvBatch, SendBatch, Socket, SocketOptions};

use crate::server::Server;

/// Packets a step, whatever the number of legs: 50,000 a second.
const PACKETS: usize = 50;
const STEP: Duration = Duration::from_millis(1);

/// A header and 20 ms of G.711.
const PACKET: [u8; 172] = [0x80; 172];

const BUFFER_BYTES: usize = 16 << 20;

pub struct Generator {
    socket: Socket,
    send: SendBatch,
    receive: RecvBatch,
    legs: usize,
    /// Whose turn it is to send.
    next: usize,
}

impl Generator {
    pub fn new(legs: usize) -> Self {
        let options = SocketOptions {
            receive_buffer_bytes: BUFFER_BYTES,
            send_buffer_bytes: BUFFER_BYTES,
            timestamps: false,
            ..SocketOptions::default()
        };
        let socket = Socket::bind(SocketAddr::from(([0, 0, 0, 0], 0)), &options).unwrap();
        Self { socket, send: SendBatch::new(), receive: RecvBatch::new(), legs, next: 0 }
    }

    /// Where a leg sends from.
    pub fn source(&self, leg: usize) -> SocketAddr {
        SocketAddr::new(address(leg).into(), self.socket.local_addr().port())
    }

    /// Sends and receives for so long.
    pub fn run(&mut self, server: &Server, duration: Duration) {
        let mut due = Instant::now();
        let end = due + duration;
        while due < end {
            let legs = (self.next..self.next + PACKETS).map(|leg| leg % self.legs);
            let datagrams = legs.map(|leg| (address(leg), server.address(leg), &PACKET[..]));
            self.send.send_from(&self.socket, datagrams);
            self.next = (self.next + PACKETS) % self.legs;
            while self.receive.receive(&self.socket).unwrap().is_full() {}
            due += STEP;
            sleep(due.saturating_duration_since(Instant::now()));
        }
    }
}

/// An address of this machine's loopback, for each leg another.
fn address(leg: usize) -> Ipv4Addr {
    Ipv4Addr::from(u32::from(Ipv4Addr::new(127, 1, 0, 1)) + leg as u32)
}
