//! The browsers of a worker: the sockets that all of them share, and which is which.

use std::time::Duration;

use udp::Socket;
use webrtc::ice::{Binding, Credentials, UserFragment};

use super::browser::Browser;
use super::demux::Demux;
use super::places::{empty, put, take};
use super::socket_key::{Route, SocketKey};
use crate::sizes::Sizes;

/// How many turns it takes to look after every browser once: a second's.
const TURNS_PER_ROUND: usize = 200;

/// Browsers by the places of their legs, from reservation to detachment.
pub(crate) struct Browsers {
    sockets: Vec<Socket>,
    /// Which worker this is, as user fragments name it.
    worker: u8,
    peers: Box<[Option<Box<Browser>>]>,
    /// Who was proved to be where.
    demux: Demux,
    /// The place to be looked after next.
    cursor: u32,
}

impl Browsers {
    /// Served on `sockets`, which are the worker's own.
    pub(crate) fn new(worker: u8, sockets: Vec<Socket>, sizes: Sizes) -> Self {
        let size = if sockets.is_empty() { 0 } else { sizes.legs };
        Self {
            sockets,
            worker,
            peers: empty(size),
            demux: Demux::new(size * Browser::ROUTES_MAX),
            cursor: 0,
        }
    }

    /// The sockets and their names.
    pub(crate) fn sockets(&self) -> impl Iterator<Item = (SocketKey, &Socket)> {
        let keys = (0..).map(SocketKey::browsers);
        keys.zip(&self.sockets)
    }

    pub(crate) fn socket(&self, index: usize) -> Option<&Socket> {
        self.sockets.get(index)
    }

    pub(crate) fn get(&self, slot: u32) -> Option<&Browser> {
        self.peers.get(slot as usize)?.as_deref()
    }

    pub(crate) fn get_mut(&mut self, slot: u32) -> Option<&mut Browser> {
        self.peers.get_mut(slot as usize)?.as_deref_mut()
    }

    /// Takes a browser in, which will be answered from now on.
    pub(crate) fn add(&mut self, mut browser: Box<Browser>, now: Duration) {
        browser.begin(now);
        let slot = browser.slot();
        put(&mut self.peers, slot, browser);
    }

    /// Takes a browser out. It is known from nowhere any more.
    pub(crate) fn remove(&mut self, slot: u32) -> Option<Box<Browser>> {
        let browser = take(&mut self.peers, slot)?;
        for (socket, source) in browser.routes() {
            self.demux.release(socket, source, slot);
        }
        Some(browser)
    }

    /// Has a browser go by other credentials, once it uses them.
    pub(crate) fn restart(&mut self, slot: u32, credentials: &Credentials) {
        if let Some(browser) = self.get_mut(slot) {
            browser.agent.restart(credentials);
        }
    }

    /// The browser that was proved to be at the other end of `route`.
    pub(crate) fn find(&self, (socket, source): Route) -> Option<u32> {
        self.demux.find(socket, source)
    }

    /// Who was proved to be where.
    pub(crate) fn demux(&self) -> &Demux {
        &self.demux
    }

    /// The browser that a STUN datagram says it is from: by the user fragment that it is for. That
    /// proves nothing yet.
    pub(crate) fn named_by(&self, datagram: &[u8]) -> Option<u32> {
        let fragment = UserFragment::parse(Binding::peek(datagram)?)?;
        (fragment.worker() == self.worker).then_some(fragment.slot())
    }

    /// Whether another browser than that at `slot` is being sent to by `route`, and still wants to
    /// be. Then nobody else can be there, whatever somebody who makes up addresses says. Once its
    /// consent is gone, the address is free to be another's.
    pub(crate) fn is_anothers(&self, route: Route, slot: u32, now: Duration) -> bool {
        let holder = self.find(route).filter(|&holder| holder != slot);
        let holder = holder.and_then(|holder| self.get(holder));
        holder.is_some_and(|holder| holder.path() == Some(route) && !holder.is_lost(now))
    }

    /// Notes that a browser was proved to be at the other end of `route`, and forgets where its
    /// agent doesn't know it to be any more.
    pub(crate) fn claim(&mut self, slot: u32, route: Route) {
        let Some(Some(browser)) = self.peers.get_mut(slot as usize) else { return };
        let demux = &mut self.demux;
        browser.note(route, |(socket, source)| demux.release(socket, source, slot));
        let (socket, source) = route;
        demux.assign(socket, source, slot);
    }

    /// The places that have their turn to be looked after now: each comes once a second.
    pub(crate) fn round(&mut self) -> impl Iterator<Item = u32> + use<> {
        let size = self.peers.len() as u32;
        let count = size.div_ceil(TURNS_PER_ROUND as u32);
        let first = self.cursor;
        self.cursor = if size == 0 { 0 } else { (first + count) % size };
        (first..first + count).map(move |place| place % size)
    }
}
