//! What the tests share: the server as a process, its API, and the foreign phones.

pub mod aiortc;
pub mod api;
pub mod baresip;
pub mod browser;
pub mod confab;
pub mod mail;
pub mod process;
pub mod relay;
pub mod sipp;
pub mod sound;

use std::net::{Ipv4Addr, TcpListener, UdpSocket};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// How long anything that must happen may take. Generous: a busy machine is no fault.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// Asks again and again until there is an answer.
///
/// # Panics
/// When [`PATIENCE`] is over; `what` says what was waited for.
pub fn eventually<T>(what: &str, ask: impl FnMut() -> Option<T>) -> T {
    within(PATIENCE, what, ask)
}

/// As [`eventually`], with a patience of its own.
pub fn within<T>(patience: Duration, what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + patience;
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(Instant::now() < deadline, "not within {patience:?}: {what}");
        sleep(Duration::from_millis(25));
    }
}

/// The first of four neighbouring ports that are free for UDP and TCP, for a program that can't choose
/// its own. They lie below those that the system hands out by itself, and each is given once.
pub fn free_ports() -> u16 {
    const FIRST: u32 = 10_000;
    const COUNT: u32 = 9_000;
    static NEXT: AtomicU32 = AtomicU32::new(0);
    // Test runs side by side begin in different places.
    let start = std::process::id() * 64;
    loop {
        let port = FIRST + (start + NEXT.fetch_add(4, Ordering::Relaxed)) % COUNT / 4 * 4;
        let port = u16::try_from(port).expect("a port");
        let is_free = |port: u16| {
            let address = (Ipv4Addr::LOCALHOST, port);
            UdpSocket::bind(address).is_ok() && TcpListener::bind(address).is_ok()
        };
        if (port..port + 4).all(is_free) {
            return port;
        }
    }
}
