//! A network between browsers and the server that loses packets and goes away: it passes datagrams from an
//! address of its own to the server's, for each client from another port.

use std::collections::HashMap;
use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// How long a thread waits for a datagram before it looks whether it should end.
const LOOK_INTERVAL: Duration = Duration::from_millis(50);

const DATAGRAM_BYTES_MAX: usize = 2_048;

/// A running relay, which ends when it is dropped.
pub struct Relay {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

struct Shared {
    clients: UdpSocket,
    server: SocketAddr,
    is_over: AtomicBool,
    passed: AtomicU32,
    lost: AtomicU32,
    /// Every such packet is lost; 0 for none.
    lose_one_in: AtomicU32,
    ways: Mutex<HashMap<SocketAddr, Way>>,
}

/// A client's way to the server.
#[derive(Clone)]
struct Way {
    socket: Arc<UdpSocket>,
    is_cut: Arc<AtomicBool>,
}

impl Relay {
    /// The address where relays listen, other than the one where servers do.
    pub const IP: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);

    /// Starts one in front of a server, on the server's port.
    pub fn start(server: SocketAddr) -> Self {
        let clients = UdpSocket::bind((Self::IP, server.port())).expect("a free port");
        clients.set_read_timeout(Some(LOOK_INTERVAL)).expect("a timeout");
        let shared = Arc::new(Shared {
            clients,
            server,
            is_over: AtomicBool::new(false),
            passed: AtomicU32::new(0),
            lost: AtomicU32::new(0),
            lose_one_in: AtomicU32::new(0),
            ways: Mutex::new(HashMap::new()),
        });
        let thread = thread::spawn({
            let shared = Arc::clone(&shared);
            move || shared.pass_to_server()
        });
        Self { shared, thread: Some(thread) }
    }

    /// Loses one in `packets` from now on, in either direction; none if that is 0.
    pub fn lose_one_in(&self, packets: u32) {
        self.shared.lose_one_in.store(packets, Ordering::Relaxed);
    }

    /// Cuts every client off for good, as one that leaves a network behind. From another address it gets through.
    pub fn cut(&self) {
        let ways = self.shared.ways.lock().unwrap_or_else(PoisonError::into_inner);
        ways.values().for_each(|way| way.is_cut.store(true, Ordering::Relaxed));
    }

    /// How many packets it has passed so far.
    pub fn passed(&self) -> u32 {
        self.shared.passed.load(Ordering::Relaxed)
    }

    /// How many packets it has lost so far, but for those of clients that were cut off.
    pub fn lost(&self) -> u32 {
        self.shared.lost.load(Ordering::Relaxed)
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.shared.is_over.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn pass_to_server(self: &Arc<Self>) {
        let mut datagram = [0; DATAGRAM_BYTES_MAX];
        while let Some(received) = self.next(&self.clients, &mut datagram) {
            let Some((length, client)) = received else { continue };
            let way = self.way_of(client);
            if self.passes(&way) {
                let _ = way.socket.send(&datagram[..length]);
            }
        }
    }

    fn pass_to_client(&self, way: &Way, client: SocketAddr) {
        let mut datagram = [0; DATAGRAM_BYTES_MAX];
        while let Some(received) = self.next(&way.socket, &mut datagram) {
            let Some((length, _)) = received else { continue };
            if self.passes(way) {
                let _ = self.clients.send_to(&datagram[..length], client);
            }
        }
    }

    /// The way of a client, which begins with its first datagram.
    fn way_of(self: &Arc<Self>, client: SocketAddr) -> Way {
        let mut ways = self.ways.lock().unwrap_or_else(PoisonError::into_inner);
        let way = ways.entry(client).or_insert_with(|| {
            let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
            socket.connect(self.server).expect("a connected socket");
            socket.set_read_timeout(Some(LOOK_INTERVAL)).expect("a timeout");
            let way = Way { socket: Arc::new(socket), is_cut: Arc::new(AtomicBool::new(false)) };
            let (shared, back) = (Arc::clone(self), way.clone());
            thread::spawn(move || shared.pass_to_client(&back, client));
            way
        });
        way.clone()
    }

    /// Whether a packet gets through.
    fn passes(&self, way: &Way) -> bool {
        if way.is_cut.load(Ordering::Relaxed) {
            return false;
        }
        let one_in = self.lose_one_in.load(Ordering::Relaxed);
        let count = self.passed.load(Ordering::Relaxed) + self.lost.load(Ordering::Relaxed);
        let is_lost = one_in != 0 && count.is_multiple_of(one_in);
        let counter = if is_lost { &self.lost } else { &self.passed };
        counter.fetch_add(1, Ordering::Relaxed);
        !is_lost
    }

    /// The next datagram, nothing after a while without one, and none when all is over.
    #[allow(clippy::type_complexity, reason = "said above")]
    fn next(&self, socket: &UdpSocket, datagram: &mut [u8]) -> Option<Option<(usize, SocketAddr)>> {
        if self.is_over.load(Ordering::Relaxed) {
            return None;
        }
        match socket.recv_from(datagram) {
            Ok(received) => Some(Some(received)),
            // A server that is down refuses packets; that is no reason to end.
            Err(e) if e.kind() == ErrorKind::ConnectionRefused => Some(None),
            Err(e) if matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => Some(None),
            Err(e) => panic!("the relay: {e}"),
        }
    }
}
