//! The server: sends every packet back, in turns, from a core of its own.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use nix::time::{ClockId, clock_gettime};
use udp::{RecvBatch, SendBatch, Socket};

use crate::layout::{Layout, Sockets};
use crate::thread::{Core, Punctual};

/// The period of a worker's sub-ticks.
const PERIOD: Duration = Duration::from_millis(5);

/// A running server.
pub struct Server {
    addresses: Vec<SocketAddr>,
    shared: Arc<Shared>,
    thread: JoinHandle<()>,
}

/// What it has used so far.
#[derive(Clone, Copy)]
pub struct Used {
    pub cpu: Duration,
    pub packets: u64,
}

#[derive(Default)]
struct Shared {
    cpu_ns: AtomicU64,
    packets: AtomicU64,
    stop: AtomicBool,
}

impl Server {
    pub fn start(layout: &Layout, legs: usize, source: impl Fn(usize) -> SocketAddr) -> Self {
        let sockets = Sockets::open(layout, legs, source);
        let addresses = (0..legs).map(|leg| sockets.address(leg)).collect();
        let shared = Arc::new(Shared::default());
        let own = Arc::clone(&shared);
        let thread = std::thread::spawn(move || run(sockets, &own));
        Self { addresses, shared, thread }
    }

    /// Where a leg sends to.
    pub fn address(&self, leg: usize) -> SocketAddr {
        self.addresses[leg]
    }

    pub fn used(&self) -> Used {
        Used {
            cpu: Duration::from_nanos(self.shared.cpu_ns.load(Ordering::Relaxed)),
            packets: self.shared.packets.load(Ordering::Relaxed),
        }
    }

    pub fn stop(self) {
        self.shared.stop.store(true, Ordering::Relaxed);
        self.thread.join().unwrap();
    }
}

fn run(mut sockets: Sockets, shared: &Shared) {
    let _punctual = Punctual::on(Core::First);
    let mut reflector = Reflector { receive: RecvBatch::new(), send: SendBatch::new(), packets: 0 };
    let mut next = Instant::now();
    while !shared.stop.load(Ordering::Relaxed) {
        next += PERIOD;
        std::thread::sleep(next.saturating_duration_since(Instant::now()));
        reflector.turn(&mut sockets);
        let used = clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID).map(Duration::from).unwrap();
        shared.cpu_ns.store(used.as_nanos() as u64, Ordering::Relaxed);
        shared.packets.store(reflector.packets, Ordering::Relaxed);
    }
}

struct Reflector {
    receive: RecvBatch,
    send: SendBatch,
    packets: u64,
}

impl Reflector {
    fn turn(&mut self, sockets: &mut Sockets) {
        let Sockets { sockets, poller, table } = sockets;
        let table = table.as_ref();
        let destination = |source: SocketAddr| match table {
            Some(table) => table.get(&source).copied(),
            None => Some(source),
        };
        let Some(poller) = poller else {
            sockets.iter().for_each(|socket| self.reflect(socket, destination));
            return;
        };
        poller.poll(Duration::ZERO).unwrap();
        for token in poller.ready() {
            self.reflect(&sockets[token as usize], destination);
        }
    }

    /// Sends back all that waits at a socket.
    fn reflect(&mut self, socket: &Socket, destination: impl Fn(SocketAddr) -> Option<SocketAddr>) {
        loop {
            let received = self.receive.receive(socket).unwrap();
            if received.datagrams > 0 {
                let datagrams = self.receive.iter();
                let back = datagrams
                    .filter_map(|datagram| Some((destination(datagram.source)?, datagram.payload)));
                self.packets += self.send.send(socket, back).sent as u64;
            }
            if !received.is_full() {
                return;
            }
        }
    }
}
