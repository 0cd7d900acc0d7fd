//! Which sockets are read in a sub-tick: some always, the others when the kernel says that something
//! waits.
//!
//! Asking the kernel first pays for sockets that are mostly empty, but each packet that a watched
//! socket takes in or sends costs more, for the kernel then looks whether anybody is to be told. So
//! sockets on which every look finds something are not watched, but read.

use std::io;
use std::time::Duration;

use udp::{Poller, Socket};

use super::port::Port;
use super::socket_key::{Channel, SocketKey};

/// A port with at least so many legs is read in every sub-tick: with packets of 20 ms, one waits there
/// at each look.
const BUSY_LEGS_MIN: usize = 4;

/// A busy port with no more legs than this is watched again.
const QUIET_LEGS_MAX: usize = 2;

/// Not among those that are read always.
const WATCHED: u32 = u32::MAX;

/// The sockets of a worker.
pub(crate) struct Inlets {
    poller: Poller,
    /// Those that are read always.
    busy: Vec<SocketKey>,
    /// By a socket's place in the table of all of them: its place among the busy ones.
    places: Box<[u32]>,
    /// Which of the busy ones comes first in this sub-tick, so that none comes last forever.
    turn: usize,
}

impl Inlets {
    /// For a worker of `ports` ports.
    pub(crate) fn new(ports: usize) -> io::Result<Self> {
        let sockets = SocketKey::table_size(ports);
        Ok(Self {
            poller: Poller::new(sockets)?,
            busy: Vec::with_capacity(sockets),
            places: vec![WATCHED; sockets].into_boxed_slice(),
            turn: 0,
        })
    }

    /// Takes a socket in that is always read.
    pub(crate) fn read(&mut self, key: SocketKey) {
        if let Some(place) = self.places.get_mut(key.index()).filter(|place| **place == WATCHED) {
            *place = self.busy.len() as u32;
            self.busy.push(key);
        }
    }

    /// Takes a port in that nobody uses yet. If the kernel lacks the memory to watch it, it is read
    /// always.
    pub(crate) fn open(&mut self, port: &Port) {
        for channel in [Channel::Rtp, Channel::Rtcp] {
            self.watch(SocketKey::port(port.slot(), channel), port.socket(channel));
        }
    }

    /// Lets go of a port.
    pub(crate) fn close(&mut self, port: &Port) {
        for channel in [Channel::Rtp, Channel::Rtcp] {
            if !self.forget(SocketKey::port(port.slot(), channel)) {
                // It fails for a socket that is not watched.
                let _ = self.poller.remove(port.socket(channel));
            }
        }
    }

    /// Reviews a port whose legs have become more or fewer. Only its RTP is worth that: of RTCP there
    /// is a packet every few seconds.
    pub(crate) fn review(&mut self, port: &Port) {
        let (key, socket) = (SocketKey::port(port.slot(), Channel::Rtp), port.socket(Channel::Rtp));
        let is_busy = self.places.get(key.index()).is_some_and(|&place| place != WATCHED);
        match port.legs().len() {
            BUSY_LEGS_MIN.. if !is_busy => {
                let _ = self.poller.remove(socket);
                self.read(key);
            }
            ..=QUIET_LEGS_MAX if is_busy => {
                self.forget(key);
                self.watch(key, socket);
            }
            _ => {}
        }
    }

    /// Begins a sub-tick: finds out where something waits.
    pub(crate) fn poll(&mut self) {
        self.turn = self.turn.wrapping_add(1);
        // It fails only if memory lacks; then the packets wait.
        let _ = self.poller.poll(Duration::ZERO);
    }

    /// The sockets to be read in this sub-tick, by number from 0 on.
    pub(crate) fn nth(&self, number: usize) -> Option<SocketKey> {
        let busy = self.busy.len();
        match number.checked_sub(busy) {
            None => self.busy.get((number + self.turn) % busy).copied(),
            Some(number) => self.poller.nth_ready(number).map(SocketKey::at),
        }
    }

    fn watch(&mut self, key: SocketKey, socket: &Socket) {
        if self.poller.add(socket, key.index() as u64).is_err() {
            self.read(key);
        }
    }

    /// Has a socket not be read always any more; false if it wasn't.
    fn forget(&mut self, key: SocketKey) -> bool {
        let Some(place) = self.places.get_mut(key.index()) else { return false };
        let index = std::mem::replace(place, WATCHED) as usize;
        if index >= self.busy.len() {
            return false;
        }
        self.busy.swap_remove(index);
        if let Some(moved) = self.busy.get(index) {
            self.places[moved.index()] = index as u32;
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use udp::SocketOptions;

    fn port(slot: u32) -> Port {
        let socket =
            || Socket::bind("127.0.0.1:0".parse().unwrap(), &SocketOptions::default()).unwrap();
        Port::new(slot, 0, socket(), socket(), 16)
    }

    fn now(inlets: &mut Inlets) -> Vec<SocketKey> {
        inlets.poll();
        let mut keys: Vec<_> = (0..).map_while(|number| inlets.nth(number)).collect();
        keys.sort();
        keys
    }

    fn rtp(port: u32) -> SocketKey {
        SocketKey::port(port, Channel::Rtp)
    }

    #[test]
    fn a_port_is_read_always_while_it_has_many_legs() {
        let mut inlets = Inlets::new(3).unwrap();
        inlets.read(SocketKey::browsers(0));
        let mut ports = [port(0), port(1), port(2)];
        ports.iter().for_each(|port| inlets.open(port));
        assert_eq!(now(&mut inlets), [SocketKey::browsers(0)], "nothing waits elsewhere");
        for leg in 0..4 {
            for port in &mut ports[..2] {
                port.join(leg);
                inlets.review(port);
            }
        }
        assert_eq!(now(&mut inlets), [SocketKey::browsers(0), rtp(0), rtp(1)]);
        for _ in 0..2 {
            assert_eq!(now(&mut inlets).len(), 3, "a few legs less change nothing");
            ports[0].leave(0);
            inlets.review(&ports[0]);
        }
        assert_eq!(now(&mut inlets), [SocketKey::browsers(0), rtp(1)]);
        inlets.close(&ports[1]);
        inlets.close(&ports[0]);
        assert_eq!(now(&mut inlets), [SocketKey::browsers(0)]);
    }

    #[test]
    fn a_watched_port_is_read_when_something_waits() {
        let mut inlets = Inlets::new(1).unwrap();
        let port = port(0);
        inlets.open(&port);
        for _ in 0..3 {
            assert_eq!(now(&mut inlets), []);
        }
        let socket = port.socket(Channel::Rtcp);
        let from = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        from.send_to(b"x", socket.local_addr()).unwrap();
        assert_eq!(now(&mut inlets), [SocketKey::port(0, Channel::Rtcp)]);
    }

    #[test]
    fn each_of_the_busy_comes_first_in_its_turn() {
        let mut inlets = Inlets::new(0).unwrap();
        (0..3).for_each(|index| inlets.read(SocketKey::browsers(index)));
        let firsts = [(); 4].map(|()| {
            inlets.poll();
            inlets.nth(0)
        });
        assert_eq!(firsts, [1, 2, 0, 1].map(|index| Some(SocketKey::browsers(index))));
    }
}
