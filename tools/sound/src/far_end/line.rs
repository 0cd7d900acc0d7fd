//! The line between a far end and the server: a socket, and for browsers ICE and SRTP.

use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::time::Duration;

use engine::{BrowserSettings, Engine, LegId, LegSettings, RoomId};
use rtp::packet::{Packet, is_rtcp};
use rtp::srtp::{Keys, OVERHEAD_BYTES_MAX, Profile, Protector, Side, Unprotector};
use webrtc::ice::Credentials;
use webrtc::stun::{self, Class, Key, Transaction, Writer};

use super::{Connection, OPUS_TYPE, Participant};
use crate::Fault;

/// The cipher of browsers' lines.
const PROFILE: Profile = Profile::AeadAes128Gcm;

/// What a DTLS handshake would have left: no secret is kept here.
const MATERIAL: u8 = 0x5a;

/// How often a browser shows that it wants to be sent to (RFC 7675).
const CONSENT_INTERVAL: Duration = Duration::from_secs(5);

/// The longest datagram.
const DATAGRAM_BYTES_MAX: usize = 2_048;

/// A socket of the far end's, and how it is guarded.
pub(crate) struct Line {
    socket: UdpSocket,
    server: SocketAddr,
    guard: Option<Guard>,
}

/// What a browser's line needs beyond a phone's.
struct Guard {
    credentials: Credentials,
    protector: Protector,
    unprotector: Unprotector,
    check_due: Duration,
    checks: u8,
}

impl Line {
    /// Finds a place in the room for a participant. A browser has to [check](Self::check) its path next.
    pub(crate) fn reserve(
        engine: &mut Engine,
        leg: LegId,
        room: RoomId,
        participant: &Participant,
    ) -> Result<Self, Fault> {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
        socket.set_nonblocking(true)?;
        if participant.connection == Connection::Phone {
            let server = engine.reserve(leg, room, Some(socket.local_addr()?))?;
            return Ok(Self { socket, server, guard: None });
        }
        let place = engine.reserve_browser(leg, room)?;
        let server = *place.candidates.first().ok_or(Fault::NoCandidate)?;
        let keys = Keys::from_dtls(PROFILE, &material(), Side::Client)?;
        let guard = Guard {
            credentials: place.credentials,
            protector: Protector::new(PROFILE, &keys.send)?,
            unprotector: Unprotector::new(PROFILE, &keys.receive)?,
            check_due: Duration::ZERO,
            checks: 0,
        };
        Ok(Self { socket, server, guard: Some(guard) })
    }

    /// Brings the participant into its room.
    pub(crate) fn attach(
        &self,
        engine: &mut Engine,
        leg: LegId,
        participant: &Participant,
    ) -> Result<(), Fault> {
        if self.guard.is_none() {
            let settings = LegSettings {
                encoder: participant.hears,
                payload_type_send: participant.payload_type(),
                payload_type_receive: participant.payload_type(),
                rtcp_mux: true,
                ..LegSettings::new(participant.codec, self.socket.local_addr()?)
            };
            return Ok(engine.attach(leg, settings)?);
        }
        let keys = Keys::from_dtls(PROFILE, &material(), Side::Server)?;
        let settings = BrowserSettings {
            encoder: participant.hears,
            red: participant.red_type(),
            ..BrowserSettings::new(OPUS_TYPE, keys)
        };
        Ok(engine.attach_browser(leg, settings)?)
    }

    /// Checks the path and consents to be sent to, if it is a browser's line and time for that.
    pub(crate) fn check(&mut self, now: Duration) -> Result<(), Fault> {
        let Some(guard) = self.guard.as_mut().filter(|guard| now >= guard.check_due) else {
            return Ok(());
        };
        guard.check_due = now + CONSENT_INTERVAL;
        guard.checks = guard.checks.wrapping_add(1);
        let credentials = &guard.credentials;
        let name = format!("{}:far", credentials.ufrag);
        let mut buffer = [0; 256];
        let length = Writer::new(&mut buffer, Class::Request, Transaction([guard.checks; 12]))
            .attribute(stun::USERNAME, name.as_bytes())
            .attribute(stun::ICE_CONTROLLING, &[9; 8])
            .attribute(stun::PRIORITY, &[0, 0, 1, 0])
            .attribute(stun::USE_CANDIDATE, &[])
            .finish(Some(&Key::new(credentials.pwd.as_str().as_bytes())))?;
        self.socket.send_to(&buffer[..length], self.server)?;
        Ok(())
    }

    /// Sends an RTP packet.
    pub(crate) fn send(&mut self, packet: &[u8]) -> Result<(), Fault> {
        let Some(guard) = &mut self.guard else {
            self.socket.send_to(packet, self.server)?;
            return Ok(());
        };
        let mut buffer = [packet, &[0; OVERHEAD_BYTES_MAX]].concat();
        let length = guard.protector.protect(&mut buffer, packet.len())?;
        self.socket.send_to(&buffer[..length], self.server)?;
        Ok(())
    }

    /// Sends an RTCP datagram.
    pub(crate) fn report(&mut self, datagram: &[u8]) -> Result<(), Fault> {
        let Some(guard) = &mut self.guard else {
            self.socket.send_to(datagram, self.server)?;
            return Ok(());
        };
        let mut buffer = [datagram, &[0; OVERHEAD_BYTES_MAX]].concat();
        let length = guard.protector.protect_rtcp(&mut buffer, datagram.len())?;
        self.socket.send_to(&buffer[..length], self.server)?;
        Ok(())
    }

    /// The next RTP packet that the server has sent, if there is one.
    pub(crate) fn receive(&mut self) -> Option<Vec<u8>> {
        let mut buffer = [0; DATAGRAM_BYTES_MAX];
        while let Ok((length, _)) = self.socket.recv_from(&mut buffer) {
            let datagram = &mut buffer[..length];
            // STUN begins with two zero bits, RTP and RTCP with the version 2.
            let is_media = datagram.first().is_some_and(|first| first >> 6 == 2);
            if !is_media || is_rtcp(datagram) {
                continue;
            }
            let length = match &mut self.guard {
                Some(guard) => guard.unprotector.unprotect(datagram).ok()?,
                None => length,
            };
            if Packet::parse(&buffer[..length]).is_ok() {
                return Some(buffer[..length].to_vec());
            }
        }
        None
    }
}

fn material() -> Vec<u8> {
    vec![MATERIAL; PROFILE.material_bytes()]
}
