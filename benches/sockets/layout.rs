//! The layouts: which sockets there are, and how they are set up and found.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::os::fd::{AsFd, AsRawFd};

use udp::{Poller, Socket, SocketOptions};

/// A way to lay out the sockets of a worker.
pub struct Layout {
    pub name: &'static str,
    ports: Ports,
    /// Whether the kernel notes when each packet came.
    timestamps: bool,
    /// Whether sockets with packets are found by epoll, rather than by looking at each.
    is_polled: bool,
    /// Whether packets may be cut up on their way.
    may_fragment: bool,
    /// Whether the leg is looked up by the address that a packet came from.
    is_looked_up: bool,
}

enum Ports {
    /// Each leg has its own.
    PerLeg,
    /// All legs share so many.
    Shared(usize),
    /// All legs share one, which so many sockets share: `SO_REUSEPORT`.
    OneForMany(usize),
}

impl Layout {
    const fn new(name: &'static str, ports: Ports) -> Self {
        Self {
            name,
            ports,
            timestamps: false,
            is_polled: false,
            may_fragment: false,
            is_looked_up: false,
        }
    }
}

/// All others are compared with the first.
pub const LAYOUTS: [Layout; 10] = [
    Layout::new("one socket", Ports::Shared(1)),
    Layout { timestamps: true, ..Layout::new("one socket, kernel timestamps", Ports::Shared(1)) },
    Layout { may_fragment: true, ..Layout::new("one socket, fragments allowed", Ports::Shared(1)) },
    Layout { is_polled: true, ..Layout::new("one socket, found by epoll", Ports::Shared(1)) },
    Layout {
        is_looked_up: true,
        ..Layout::new("one socket, legs told by address", Ports::Shared(1))
    },
    Layout {
        is_looked_up: true,
        ..Layout::new("4 sockets, legs told by address", Ports::Shared(4))
    },
    Layout {
        is_looked_up: true,
        ..Layout::new("16 sockets, legs told by address", Ports::Shared(16))
    },
    Layout::new("4 sockets at one port", Ports::OneForMany(4)),
    Layout { is_polled: true, ..Layout::new("a socket a leg, found by epoll", Ports::PerLeg) },
    Layout::new("a socket a leg, each looked at", Ports::PerLeg),
];

/// The sockets of a layout.
pub struct Sockets {
    pub sockets: Vec<Socket>,
    pub poller: Option<Poller>,
    /// Where to send what came from an address, if that is looked up.
    pub table: Option<HashMap<SocketAddr, SocketAddr>>,
}

impl Sockets {
    pub fn open(layout: &Layout, legs: usize, source: impl Fn(usize) -> SocketAddr) -> Self {
        let (count, share_port) = match layout.ports {
            Ports::PerLeg => (legs, false),
            Ports::Shared(count) => (count, false),
            Ports::OneForMany(count) => (count, true),
        };
        let shared_buffer_bytes = 16 << 20;
        let options = SocketOptions {
            receive_buffer_bytes: shared_buffer_bytes / count,
            send_buffer_bytes: shared_buffer_bytes / count,
            timestamps: layout.timestamps,
            reuse_port: share_port,
            ..SocketOptions::default()
        };
        let mut sockets: Vec<Socket> = Vec::with_capacity(count);
        for _ in 0..count {
            let first = sockets.first().filter(|_| share_port).map(Socket::local_addr);
            let address = first.unwrap_or(SocketAddr::from(([127, 0, 0, 1], 0)));
            let socket = Socket::bind(address, &options).unwrap();
            set_fragmenting(&socket, layout.may_fragment);
            sockets.push(socket);
        }
        let poller = layout.is_polled.then(|| {
            let poller = Poller::new(count).unwrap();
            let tokens = (0..).zip(&sockets);
            tokens.for_each(|(token, socket)| poller.add(socket, token).unwrap());
            poller
        });
        let addresses = || (0..legs).map(|leg| (source(leg), source(leg)));
        let table = layout.is_looked_up.then(|| addresses().collect());
        Self { sockets, poller, table }
    }

    /// Where a leg sends to.
    pub fn address(&self, leg: usize) -> SocketAddr {
        self.sockets[leg % self.sockets.len()].local_addr()
    }
}

/// Says whether packets of a socket may be cut up by routers, whatever it was bound with.
#[allow(unsafe_code)]
fn set_fragmenting(socket: &Socket, may_fragment: bool) {
    let value = if may_fragment { libc::IP_PMTUDISC_DONT } else { libc::IP_PMTUDISC_PROBE };
    // SAFETY: the pointer is to a live number of the length given.
    let status = unsafe {
        libc::setsockopt(
            socket.as_fd().as_raw_fd(),
            libc::IPPROTO_IP,
            libc::IP_MTU_DISCOVER,
            (&raw const value).cast(),
            size_of_val(&value) as libc::socklen_t,
        )
    };
    assert_eq!(status, 0, "{}", std::io::Error::last_os_error());
}
