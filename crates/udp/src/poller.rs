//! Which of many sockets have something to read: `epoll`.

use std::io;
use std::time::Duration;

use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};

use crate::Socket;

/// A set of sockets and the list of those that were readable at the last [`poll`](Self::poll).
///
/// Level-triggered: a socket that is not read empty is reported again, and the kernel moves it
/// behind the others, so a flood on one socket starves no other.
pub struct Poller {
    epoll: Epoll,
    events: Box<[EpollEvent]>,
    ready: usize,
}

impl Poller {
    /// Creates an empty set which reports at most `ready_max` sockets a poll (at least one).
    ///
    /// # Errors
    /// The kernel's, when it is out of descriptors or memory.
    pub fn new(ready_max: usize) -> io::Result<Self> {
        Ok(Self {
            epoll: Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC)?,
            events: vec![EpollEvent::empty(); ready_max.max(1)].into_boxed_slice(),
            ready: 0,
        })
    }

    /// Watches `socket`, to be reported as `token`.
    ///
    /// # Errors
    /// The kernel's, when the socket is watched already or a limit is reached.
    pub fn add(&self, socket: &Socket, token: u64) -> io::Result<()> {
        Ok(self.epoll.add(socket, EpollEvent::new(EpollFlags::EPOLLIN, token))?)
    }

    /// Watches `socket` no longer. Dropping the socket does this too.
    ///
    /// # Errors
    /// The kernel's, when the socket was not watched.
    pub fn remove(&self, socket: &Socket) -> io::Result<()> {
        Ok(self.epoll.delete(socket)?)
    }

    /// Waits up to `timeout` (in whole milliseconds; zero only looks) for a readable socket, and
    /// returns how many there are.
    ///
    /// # Errors
    /// The kernel's; an interrupting signal is not one, but no socket is ready then.
    pub fn poll(&mut self, timeout: Duration) -> io::Result<usize> {
        self.ready = 0;
        let milliseconds = u16::try_from(timeout.as_millis()).unwrap_or(u16::MAX);
        self.ready = match self.epoll.wait(&mut self.events, EpollTimeout::from(milliseconds)) {
            Ok(ready) => ready,
            Err(nix::errno::Errno::EINTR) => 0,
            Err(error) => return Err(error.into()),
        };
        Ok(self.ready)
    }

    /// The tokens of the sockets found readable by the last [`poll`](Self::poll).
    pub fn ready(&self) -> impl Iterator<Item = u64> {
        (0..).map_while(|number| self.nth_ready(number))
    }

    /// One of them, counted from 0: for those who change other things in between.
    #[must_use]
    pub fn nth_ready(&self, number: usize) -> Option<u64> {
        self.events.get(..self.ready)?.get(number).map(EpollEvent::data)
    }
}
