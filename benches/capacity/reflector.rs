//! The floor: a thread that sends every packet back to where it came from, by the same batches of
//! the same `udp` crate and woken as often as a worker, and does nothing else.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use nix::time::{ClockId, clock_gettime};
use udp::{RecvBatch, SendBatch, Socket, SocketOptions};

use crate::thread::{Core, Punctual};

/// The period of a worker's sub-ticks.
const PERIOD: Duration = Duration::from_millis(5);

/// A running reflector.
pub struct Reflector {
    address: SocketAddr,
    cpu_us: Arc<AtomicU64>,
    stop: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl Reflector {
    pub fn start() -> Self {
        let socket =
            Socket::bind("127.0.0.1:0".parse().unwrap(), &SocketOptions::default()).unwrap();
        let address = socket.local_addr();
        let cpu_us = Arc::new(AtomicU64::new(0));
        let stop = Arc::new(AtomicBool::new(false));
        let (cpu, stopped) = (Arc::clone(&cpu_us), Arc::clone(&stop));
        let thread = std::thread::spawn(move || run(&socket, &cpu, &stopped));
        Self { address, cpu_us, stop, thread }
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Processor time used so far.
    pub fn cpu_used(&self) -> Duration {
        Duration::from_micros(self.cpu_us.load(Ordering::Relaxed))
    }

    pub fn stop(self) {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().unwrap();
    }
}

fn run(socket: &Socket, cpu_us: &AtomicU64, stop: &AtomicBool) {
    let _punctual = Punctual::on(Core::First);
    let (mut receive, mut send) = (RecvBatch::new(), SendBatch::new());
    let mut next = Instant::now();
    while !stop.load(Ordering::Relaxed) {
        next += PERIOD;
        std::thread::sleep(next.saturating_duration_since(Instant::now()));
        while receive.receive(socket).unwrap().datagrams > 0 {
            send.send(socket, receive.iter().map(|datagram| (datagram.source, datagram.payload)));
        }
        let used = clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID).map(Duration::from).unwrap();
        cpu_us.store(used.as_micros() as u64, Ordering::Relaxed);
    }
}
