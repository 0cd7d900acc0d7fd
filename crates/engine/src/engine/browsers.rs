//! Legs of browsers: ICE credentials first, DTLS then, and with its keys the leg.

use std::net::SocketAddr;

use udp::{BindError, Socket, SocketOptions};
use webrtc::ice::{Credentials, RANDOM_BYTES};

use super::admission::Newness;
use super::{Engine, LegRecord, Line, Negotiated, Stage};
use crate::dtls::DtlsDatagram;
use crate::message::Command;
use crate::worker::browser::Browser;
use crate::worker::leg::{Directions, Leg, Place};
use crate::worker::transport::Transport;
use crate::worker::transport::secure::Secure;
use crate::{
    BrowserPort, BrowserSettings, EngineError, EngineSettings, KernelTimestamps, LegId, RoomId,
};

/// Receive buffer of a socket that all browsers of a worker share, in bytes: some 100 ms of 1,000 of
/// them, if the kernel grants it.
const RECEIVE_BUFFER_BYTES: usize = 4 * 1024 * 1024;

/// Port numbers that the system chooses, and which are tried on every address, before it counts as
/// failed.
const BIND_ATTEMPTS_MAX: usize = 16;

/// What a browser is to be told of where to send, for the answer to its offer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrowserPlace {
    /// Our ICE user fragment and password.
    pub credentials: Credentials,
    /// Our addresses, by UDP, one for each advertised IP address.
    pub candidates: Vec<SocketAddr>,
}

impl Engine {
    /// Makes a place for a browser that is to join `room`. Its worker answers STUN from now on, and
    /// its DTLS comes as [`Dtls`](crate::EngineEvent::Dtls).
    ///
    /// # Errors
    /// [`NoBrowserPort`](EngineError::NoBrowserPort), [`LegExists`](EngineError::LegExists),
    /// [`UnknownRoom`](EngineError::UnknownRoom), [`LegsFull`](EngineError::LegsFull),
    /// [`Overloaded`](EngineError::Overloaded) and [`WorkerBusy`](EngineError::WorkerBusy).
    pub fn reserve_browser(
        &mut self,
        leg: LegId,
        room: RoomId,
    ) -> Result<BrowserPlace, EngineError> {
        self.place_browser(leg, room, Newness::New)
    }

    /// The same for a browser that comes in the place of a leg that is there and is about to leave:
    /// it is taken however busy the workers are.
    ///
    /// # Errors
    /// Those of [`reserve_browser`](Self::reserve_browser), without
    /// [`Overloaded`](EngineError::Overloaded).
    pub fn reserve_browser_again(
        &mut self,
        leg: LegId,
        room: RoomId,
    ) -> Result<BrowserPlace, EngineError> {
        self.place_browser(leg, room, Newness::Again)
    }

    fn place_browser(
        &mut self,
        leg: LegId,
        room: RoomId,
        newness: Newness,
    ) -> Result<BrowserPlace, EngineError> {
        let port = self.settings.browser.as_ref().ok_or(EngineError::NoBrowserPort)?;
        let told_ips = port.told_ips().to_vec();
        let (worker, room_slot) = self.place_in(leg, room, newness)?;
        let link = &mut self.workers[worker].link;
        // It was chosen for having a place.
        let slot = link.legs.take().ok_or(EngineError::LegsFull(room))?;
        let credentials = credentials(worker, slot);
        let browser = Browser::new(leg, slot, &credentials, &self.settings);
        if link.send(Command::AddBrowser(Box::new(browser))).is_err() {
            link.legs.give_back(slot);
            self.close_unused_part(room, worker);
            return Err(EngineError::WorkerBusy(worker));
        }
        self.note(leg, LegRecord::new(room, worker, room_slot, slot, Line::Browser));
        let port = self.browser_addresses[worker].first().map_or(0, SocketAddr::port);
        let candidates = told_ips.into_iter().map(|ip| SocketAddr::new(ip, port)).collect();
        Ok(BrowserPlace { credentials, candidates })
    }

    /// Makes new credentials for a browser whose network has changed (RFC 8445 section 9). The old
    /// ones stay good until the new ones are first used, and the leg stays as it is.
    ///
    /// # Errors
    /// [`UnknownLeg`](EngineError::UnknownLeg), [`NotABrowser`](EngineError::NotABrowser) and
    /// [`WorkerBusy`](EngineError::WorkerBusy).
    pub fn restart_ice(&mut self, leg: LegId) -> Result<Credentials, EngineError> {
        let (worker, slot) = self.browser(leg)?;
        let credentials = credentials(worker, slot);
        let link = &mut self.workers[worker].link;
        link.send(Command::RestartIce(slot, credentials))
            .map_err(|_| EngineError::WorkerBusy(worker))?;
        Ok(credentials)
    }

    /// Sends a DTLS datagram to a browser, by the path that it has chosen or, before that, to where
    /// it was last heard; if it was heard nowhere, the datagram is dropped and counted.
    ///
    /// # Errors
    /// [`UnknownLeg`](EngineError::UnknownLeg), [`NotABrowser`](EngineError::NotABrowser),
    /// [`DatagramTooLong`](EngineError::DatagramTooLong) and
    /// [`WorkerBusy`](EngineError::WorkerBusy).
    pub fn send_dtls(&mut self, leg: LegId, datagram: &[u8]) -> Result<(), EngineError> {
        let (worker, slot) = self.browser(leg)?;
        let datagram =
            DtlsDatagram::new(leg, slot, datagram).ok_or(EngineError::DatagramTooLong)?;
        let is_taken = self.workers[worker].link.send_dtls(datagram);
        if is_taken { Ok(()) } else { Err(EngineError::WorkerBusy(worker)) }
    }

    /// Builds what a browser's leg needs and moves it into its room.
    ///
    /// # Errors
    /// [`UnknownLeg`](EngineError::UnknownLeg), [`NotABrowser`](EngineError::NotABrowser),
    /// [`Attached`](EngineError::Attached), [`Setting`](EngineError::Setting),
    /// [`Codec`](EngineError::Codec), [`Keys`](EngineError::Keys) and
    /// [`WorkerBusy`](EngineError::WorkerBusy). The leg stays reserved then.
    pub fn attach_browser(
        &mut self,
        leg: LegId,
        settings: BrowserSettings,
    ) -> Result<(), EngineError> {
        settings.validate()?;
        let record = self.legs.get_mut(&leg).ok_or(EngineError::UnknownLeg(leg))?;
        record.is_reserved(leg)?;
        if record.line != Line::Browser {
            return Err(EngineError::NotABrowser(leg));
        }
        let link = &mut self.workers[record.worker].link;
        if link.is_full() {
            return Err(EngineError::WorkerBusy(record.worker));
        }
        let place = Place { leg: record.slot, room: record.room_slot };
        let transport = Transport::Secure(Box::new(Secure::new(&settings.keys)?));
        let directions = Directions { sends: settings.send, receives: settings.receive };
        let object =
            Leg::new(leg, place, transport, &settings.media(), directions, &self.settings)?;
        link.send(Command::Attach(Box::new(object)))
            .map_err(|_| EngineError::WorkerBusy(record.worker))?;
        let takes_digits = settings.telephone_events.is_some();
        let encoder = settings.encoder;
        record.stage = Stage::Attached(Negotiated::Browser { takes_digits, encoder });
        Ok(())
    }

    /// The addresses on which each worker serves browsers. A worker's are of one port number.
    #[must_use]
    pub fn browser_addresses(&self) -> Vec<Vec<SocketAddr>> {
        self.browser_addresses.clone()
    }

    /// The worker of a browser, and its place there.
    fn browser(&self, leg: LegId) -> Result<(usize, u32), EngineError> {
        let record = self.legs.get(&leg).ok_or(EngineError::UnknownLeg(leg))?;
        match (&record.stage, record.line) {
            (Stage::Leaving, _) => Err(EngineError::UnknownLeg(leg)),
            (_, Line::Browser) => Ok((record.worker, record.slot)),
            (_, Line::Phone { .. }) => Err(EngineError::NotABrowser(leg)),
        }
    }
}

/// Credentials that nobody can guess, for a place of a worker.
fn credentials(worker: usize, slot: u32) -> Credentials {
    let random: [u8; RANDOM_BYTES] = rand::random();
    Credentials::new(worker as u8, slot, &random)
}

/// The sockets on which a worker serves browsers: none if no browsers are served.
pub(super) fn bind(settings: &EngineSettings, worker: usize) -> Result<Vec<Socket>, BindError> {
    let Some(port) = &settings.browser else { return Ok(Vec::new()) };
    let options = SocketOptions {
        receive_buffer_bytes: RECEIVE_BUFFER_BYTES,
        timestamps: settings.kernel_timestamps != KernelTimestamps::Nobody,
        v6_only: true,
        ..SocketOptions::default()
    };
    if port.port != 0 {
        return bind_all(port, port.port + worker as u16, &options);
    }
    let mut attempts = 1;
    loop {
        match bind_all(port, 0, &options) {
            Err(error) if error.is_in_use() && attempts < BIND_ATTEMPTS_MAX => attempts += 1,
            result => return result,
        }
    }
}

/// Binds every address to one port number: `number`, or one that the system chooses if that is 0.
fn bind_all(
    port: &BrowserPort,
    mut number: u16,
    options: &SocketOptions,
) -> Result<Vec<Socket>, BindError> {
    let mut sockets = Vec::with_capacity(port.ips.len());
    for &ip in &port.ips {
        let socket = Socket::bind(SocketAddr::new(ip, number), options)?;
        number = socket.local_addr().port();
        sockets.push(socket);
    }
    Ok(sockets)
}
