//! Legs of phones: a port for each, and what was negotiated.

use std::net::{IpAddr, SocketAddr};

use udp::{Socket, SocketOptions};

use super::admission::Newness;
use super::{Engine, LegRecord, Line, Negotiated, Stage};
use crate::clock::monotonic;
use crate::message::Command;
use crate::ports::known;
use crate::worker::leg::{Directions, Leg, LegUpdate, Place};
use crate::worker::port::Port;
use crate::worker::transport::Transport;
use crate::worker::transport::plain::Plain;
use crate::{EngineError, KernelTimestamps, LegId, LegSettings, RoomId};

/// Ports tried for one leg before the range counts as full: others may hold ports of it.
const BIND_ATTEMPTS_MAX: usize = 128;

impl Engine {
    /// Finds a port for a leg that is to join `room`, and returns the address to tell its peer.
    /// `remote` is where the peer wants its RTP, if it is known: such legs may share a port.
    ///
    /// # Errors
    /// [`LegExists`](EngineError::LegExists), [`UnknownRoom`](EngineError::UnknownRoom),
    /// [`LegsFull`](EngineError::LegsFull), [`Overloaded`](EngineError::Overloaded), [`PortsFull`](EngineError::PortsFull),
    /// [`Socket`](EngineError::Socket) and [`WorkerBusy`](EngineError::WorkerBusy).
    pub fn reserve(
        &mut self,
        leg: LegId,
        room: RoomId,
        remote: Option<SocketAddr>,
    ) -> Result<SocketAddr, EngineError> {
        let place = self.place_in(leg, room, Newness::New)?;
        let reserved = self.reserve_at(place, leg, room, remote);
        if reserved.is_err() {
            self.close_unused_part(room, place.0);
        }
        reserved
    }

    fn reserve_at(
        &mut self,
        (worker, room_slot): (usize, u32),
        leg: LegId,
        room: RoomId,
        remote: Option<SocketAddr>,
    ) -> Result<SocketAddr, EngineError> {
        let remote = remote.and_then(known);
        let shared = remote.and_then(|remote| self.ports.shareable(worker, remote, monotonic()));
        let port = match shared {
            Some(port) => port,
            None => self.open_port(worker)?,
        };
        let slot = self.workers[worker].link.legs.take().ok_or(EngineError::LegsFull(room))?;
        self.ports.join(port, leg, remote);
        self.note(leg, LegRecord::new(room, worker, room_slot, slot, Line::Phone { port }));
        Ok(SocketAddr::new(self.settings.advertised_ip, port))
    }

    /// Builds what a reserved leg needs and moves it into its room.
    ///
    /// # Errors
    /// [`UnknownLeg`](EngineError::UnknownLeg), [`NotAPhone`](EngineError::NotAPhone),
    /// [`Attached`](EngineError::Attached), [`Setting`](EngineError::Setting), [`Codec`](EngineError::Codec),
    /// [`RemoteInUse`](EngineError::RemoteInUse) and [`WorkerBusy`](EngineError::WorkerBusy). The
    /// leg stays reserved then.
    pub fn attach(&mut self, leg: LegId, settings: LegSettings) -> Result<(), EngineError> {
        settings.validate()?;
        let record = self.legs.get_mut(&leg).ok_or(EngineError::UnknownLeg(leg))?;
        record.is_reserved(leg)?;
        let Line::Phone { port } = record.line else { return Err(EngineError::NotAPhone(leg)) };
        let link = &mut self.workers[record.worker].link;
        if link.is_full() {
            return Err(EngineError::WorkerBusy(record.worker));
        }
        let slot = self.ports.slot(port).ok_or(EngineError::UnknownLeg(leg))?;
        let place = Place { leg: record.slot, room: record.room_slot };
        let transport = Transport::Plain(Plain::new(slot, &settings));
        let directions = Directions::of(&settings);
        let object =
            Leg::new(leg, place, transport, &settings.media(), directions, &self.settings)?;
        if !self.ports.signal(port, leg, settings.remote_rtp) {
            return Err(EngineError::RemoteInUse(leg));
        }
        link.send(Command::Attach(Box::new(object)))
            .map_err(|_| EngineError::WorkerBusy(record.worker))?;
        record.stage = Stage::Attached(Negotiated::Phone(Box::new(settings)));
        Ok(())
    }

    /// Changes an attached leg after a re-INVITE: its peer's address, hold and resume, payload
    /// types, even its codec. It stays in its room and keeps its port.
    ///
    /// # Errors
    /// Those of [`attach`](Self::attach), and [`NotAttached`](EngineError::NotAttached). The leg
    /// stays as it was then.
    pub fn update(&mut self, leg: LegId, settings: LegSettings) -> Result<(), EngineError> {
        settings.validate()?;
        let record = self.legs.get_mut(&leg).ok_or(EngineError::UnknownLeg(leg))?;
        let current = match &mut record.stage {
            Stage::Attached(Negotiated::Phone(current)) => current,
            Stage::Attached(Negotiated::Browser { .. }) => return Err(EngineError::NotAPhone(leg)),
            Stage::Reserved => return Err(EngineError::NotAttached(leg)),
            Stage::Leaving => return Err(EngineError::UnknownLeg(leg)),
        };
        let link = &mut self.workers[record.worker].link;
        if link.is_full() {
            return Err(EngineError::WorkerBusy(record.worker));
        }
        let Line::Phone { port } = record.line else { return Err(EngineError::NotAPhone(leg)) };
        let update = LegUpdate::new(current, &settings, &self.settings)?;
        if !self.ports.signal(port, leg, settings.remote_rtp) {
            return Err(EngineError::RemoteInUse(leg));
        }
        link.send(Command::Update(record.slot, Box::new(update)))
            .map_err(|_| EngineError::WorkerBusy(record.worker))?;
        **current = settings;
        Ok(())
    }

    /// Binds a pair of sockets and moves them into the worker.
    fn open_port(&mut self, worker: usize) -> Result<u16, EngineError> {
        let link = &mut self.workers[worker].link;
        if link.is_full() {
            return Err(EngineError::WorkerBusy(worker));
        }
        let timestamps = self.settings.kernel_timestamps == KernelTimestamps::Everybody;
        let options = SocketOptions { timestamps, ..SocketOptions::default() };
        for number in self.ports.unused().take(BIND_ATTEMPTS_MAX) {
            let Some((rtp, rtcp)) = bind_pair(self.settings.bind_ip, number, &options)? else {
                continue;
            };
            let slot = link.ports.take().ok_or(EngineError::PortsFull)?;
            let port = Port::new(slot, number, rtp, rtcp, self.settings.legs_per_port_max);
            if link.send(Command::AddPort(Box::new(port))).is_err() {
                link.ports.give_back(slot);
                return Err(EngineError::WorkerBusy(worker));
            }
            self.ports.open(number, worker, slot);
            return Ok(number);
        }
        Err(EngineError::PortsFull)
    }
}

/// Sockets for RTP on `port` and RTCP on the one above it; `None` if somebody else has one of them.
fn bind_pair(
    ip: IpAddr,
    port: u16,
    options: &SocketOptions,
) -> Result<Option<(Socket, Socket)>, udp::BindError> {
    let bind = |port| match Socket::bind(SocketAddr::new(ip, port), options) {
        Err(error) if error.is_in_use() => Ok(None),
        result => result.map(Some),
    };
    let Some(rtp) = bind(port)? else { return Ok(None) };
    Ok(bind(port + 1)?.map(|rtcp| (rtp, rtcp)))
}
