//! What the tests share: the server as a process, its API, and the foreign phones.

pub mod api;
pub mod baresip;
pub mod confab;
pub mod process;
pub mod sipp;
pub mod sound;

use std::net::UdpSocket;
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

/// A UDP port that was free a moment ago, for a program that can't choose its own.
pub fn free_port() -> u16 {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a free port");
    socket.local_addr().expect("its address").port()
}
